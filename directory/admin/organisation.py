from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from directory.actions.organisation import pilot_set, service_activate, tree_order, would_loop
from directory.admin.base import ActivableAdmin, ConfigurationAdmin
from directory.admin.changes import MovesDeadlinesMixin
from directory.models import Calendar, Service, Site, Town


def calendars_offered(field: Any, instance: Any) -> None:
    """Offer the active calendars, and the one the row already has."""
    if field is not None:
        field.queryset = Calendar.objects.filter(Q(is_active=True) | Q(pk=instance.calendar_id))


class WithCalendarForm(forms.ModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        calendars_offered(self.fields.get("calendar"), self.instance)


@admin.register(Town)
class TownAdmin(MovesDeadlinesMixin, ConfigurationAdmin):
    """The one row that says whose guichet this is."""

    form = WithCalendarForm
    moving_fields = frozenset({"answer_hours", "calendar", "holiday_region"})
    moves_when_added = False
    list_display = ("name", "email", "phone", "answer_hours")
    fieldsets = (
        (None, {"fields": ("name", "email", "phone", "postal_address", "opening_hours")}),
        (_("Commitment"), {"fields": ("answer_hours", "calendar", "holiday_region")}),
        (_("Appeals"), {"fields": ("tribunal_name", "tribunal_address")}),
        (_("Appearance"), {"fields": ("accent", "is_fictional")}),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request) and not Town.objects.exists()

    def save_model(self, request: HttpRequest, obj: Town, form: forms.ModelForm, change: bool) -> None:
        obj.pk = 1
        super().save_model(request, obj, form, change)


class ServiceForm(WithCalendarForm):
    class Meta:
        model = Service
        fields = (
            "name",
            "code",
            "kind",
            "parent",
            "referent",
            "manager",
            "email",
            "phone",
            "postal_address",
            "opening_hours",
            "calendar",
            "assignment",
            "works_by_email",
        )

    def clean_parent(self) -> Service | None:
        parent: Service | None = self.cleaned_data["parent"]
        if parent is not None and self.instance.pk and would_loop(self.instance.pk, parent.pk):
            raise forms.ValidationError(_("A service cannot be part of itself, nor of a service below it."))
        return parent

    def clean(self) -> dict[str, Any]:
        """A service that works by e-mail needs an address, and one that somebody else than Guichet reads."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        email = (data.get("email") or "").lower()
        if data.get("works_by_email") and "email" not in self.errors:
            if not email:
                self.add_error("email", _("A service that works by e-mail needs an e-mail address."))
            elif self._is_read_here(email):
                self.add_error("email", _("Guichet reads this mailbox itself: give an address that the service reads."))
        return data

    @staticmethod
    def _is_read_here(email: str) -> bool:
        mailboxes: Any = Service._meta.get_field("mailboxes").related_model  # of an app above this one
        own = mailboxes.objects.filter(address__iexact=email, is_active=True)
        return own.exists() or Town.objects.filter(email__iexact=email).exists()


class TreeList(ChangeList):
    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str | Combinable]:
        return ["place", "pk"]


@admin.register(Service)
class ServiceAdmin(MovesDeadlinesMixin, ActivableAdmin):
    """The tree of directions and services, in the order of the tree."""

    form = ServiceForm
    moving_fields = frozenset({"calendar", "parent"})  # policies and calendars reach down the tree
    moves_when_added = False
    list_display = ("in_tree", "code", "kind", "referent", "manager", "assignment", "is_pilot", "is_active")
    list_display_links = ("in_tree",)
    list_filter = ("kind", "works_by_email", "is_active")
    list_select_related = ("referent", "manager")
    list_per_page = 300
    search_fields = ("name", "code")
    autocomplete_fields = ("referent", "manager")
    prepopulated_fields = {"code": ("name",)}
    actions = ("make_pilot", "activate", "deactivate")
    fieldsets = (
        (None, {"fields": ("name", "code", "kind", "parent")}),
        (_("People"), {"fields": ("referent", "manager", "assignment")}),
        (
            _("How citizens reach it"),
            {"fields": ("email", "phone", "postal_address", "opening_hours", "calendar")},
        ),
        (_("Not on the tool yet"), {"fields": ("works_by_email",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Service]:
        order = tree_order(Service.objects.order_by().values_list("pk", "parent_id", "name"))
        places = [When(pk=pk, then=Value(place)) for place, (pk, _depth) in enumerate(order)]
        depths = [When(pk=pk, then=Value(depth)) for pk, depth in order]
        return (
            super()
            .get_queryset(request)
            .annotate(
                place=Case(*places, default=Value(len(order)), output_field=IntegerField()),
                depth=Case(*depths, default=Value(0), output_field=IntegerField()),
            )
            .order_by("place")
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TreeList

    @admin.display(description=_("service"))
    def in_tree(self, service: Any) -> str:
        return format_html("{}{}", "\u2003" * service.depth, service.name)

    @admin.action(description=_("Make it the pilot service (choose one)"))
    def make_pilot(self, request: HttpRequest, queryset: QuerySet[Service]) -> None:
        chosen = list(queryset)
        if len(chosen) != 1:
            self.message_user(request, _("Choose exactly one service."), messages.ERROR)
            return
        self._do(request, lambda: pilot_set(service=chosen[0]))

    @admin.action(description=_("Activate the selected rows"))
    def activate(self, request: HttpRequest, queryset: QuerySet[Service]) -> None:
        self._activate(request, queryset, active=True)

    @admin.action(description=_("Deactivate the selected rows"))
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Service]) -> None:
        self._activate(request, queryset, active=False)

    def _activate(self, request: HttpRequest, queryset: QuerySet[Service], *, active: bool) -> None:
        for service in queryset:
            self._do(request, lambda service=service: service_activate(service=service, active=active))

    def _do(self, request: HttpRequest, action: Any) -> None:
        try:
            action()
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
        else:
            self.tell(request, 1)


@admin.register(Site)
class SiteAdmin(ActivableAdmin):
    form = WithCalendarForm
    list_display = ("name", "code", "phone", "calendar", "is_active")
    list_select_related = ("calendar",)
    search_fields = ("name", "code")
    prepopulated_fields = {"code": ("name",)}
