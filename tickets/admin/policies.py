"""SLA policies: for which requests, what is promised. And the pages beside them: the presets, « Try it »."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from directory.admin.base import ConfigurationMixin
from directory.admin.changes import MovingActivableAdmin
from directory.admin.organisation import WithCalendarForm
from tickets.admin import presets, trial
from tickets.admin.labelled import LabelledFormSet
from tickets.admin.sentences import conditions_text, target_text
from tickets.models import SlaPolicy, SlaTarget

CONDITIONS = ("channel", "request_type", "service", "priority")


class PolicyForm(WithCalendarForm):
    """Conditions left empty say that they do not count."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in CONDITIONS:
            field: Any = self.fields[name]
            if hasattr(field, "empty_label"):
                field.empty_label = _("Any")
            else:
                field.choices = [("", _("Any")), *[choice for choice in field.choices if choice[0]]]


class TargetInline(ConfigurationMixin, admin.TabularInline):
    model = SlaTarget
    formset = LabelledFormSet
    extra = 1
    max_num = 4
    verbose_name_plural = _("What is promised")
    fields = ("kind", "amount", "unit", "pauses")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(SlaPolicy)
class SlaPolicyAdmin(MovingActivableAdmin):
    """Policies, in the order they are tried. Deactivated rather than deleted: deadlines say where they come from."""

    form = PolicyForm
    moving_fields = frozenset(
        {"position", "request_type", "service", "channel", "priority", "calendar", "effective_from", "effective_until"}
        | {"is_active"}
    )
    inlines = (TargetInline,)
    list_display = ("position", "name", "in_words", "period", "is_active")
    list_display_links = ("name",)
    list_filter = ("is_active", "channel", "service")
    list_select_related = ("request_type", "service")
    search_fields = ("name", "note")
    ordering = ("position", "pk")
    change_list_template = "admin/policy_list.html"
    fieldsets = (
        (None, {"fields": ("name", "position", "is_active")}),
        (
            _("For which requests"),
            {
                "fields": CONDITIONS,
                "description": _(
                    "A request must fulfil every condition given here. With none, the policy holds for every request."
                ),
            },
        ),
        (_("How time is counted"), {"fields": ("calendar", ("effective_from", "effective_until"), "note")}),
    )

    def has_moved(self, form: Any, formsets: Any, change: bool) -> bool:
        moved = super().has_moved(form, formsets, change)
        return moved or any(formset.has_changed() for formset in formsets)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SlaPolicy]:
        return super().get_queryset(request).prefetch_related("targets")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Plain lists: a condition is chosen here, and neither added nor changed from here."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("modeles/", view(presets.presets), name="tickets_slapolicy_presets"),
            path("essayer/", view(trial.trial), name="tickets_slapolicy_try"),
            *super().get_urls(),
        ]

    @admin.display(description=_("what it promises"))
    def in_words(self, policy: SlaPolicy) -> str:
        targets = format_html_join(" · ", "{}", ((target_text(target),) for target in policy.targets.all()))
        return format_html("{} → {}", conditions_text(policy), targets or _("nothing yet"))

    @admin.display(description=_("in force"))
    def period(self, policy: SlaPolicy) -> Any:
        first, last = (
            date_format(day, "j F Y") if day else "" for day in (policy.effective_from, policy.effective_until)
        )
        if first and last:
            return _("from %(first)s to %(last)s") % {"first": first, "last": last}
        if first:
            return _("from %(first)s") % {"first": first}
        return _("until %(last)s") % {"last": last} if last else _("always")
