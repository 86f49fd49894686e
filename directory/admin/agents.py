from collections import defaultdict
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from directory.actions.memberships import membership_set
from directory.admin.base import ActivableAdmin, ConfigurationMixin
from directory.models import Agent, Membership, Service


class AgentCreationForm(AdminUserCreationForm):
    class Meta:
        model = Agent
        fields = ("email", "first_name", "last_name")
        field_classes: dict[str, type[forms.Field]] = {}

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class AgentChangeForm(UserChangeForm):
    class Meta:
        model = Agent
        fields = "__all__"
        field_classes: dict[str, type[forms.Field]] = {}

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("is_anonymous_for_safety") and not data.get("anonymity_reason"):
            self.add_error("anonymity_reason", _("Write the reason: this anonymity is an exception (CRPA L111-2)."))
        return data


class MembershipInline(ConfigurationMixin, admin.TabularInline):
    """Roles by service. Saved by `AgentAdmin.save_formset` through `membership_set`, so that rights follow."""

    model = Membership
    extra = 1
    verbose_name_plural = _("Roles: each one holds on its service and on those below it")
    autocomplete_fields = ("service",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(Agent)
class AgentAdmin(ActivableAdmin, UserAdmin):
    """Agents. Only a superuser touches a superuser or makes one."""

    form = AgentChangeForm
    add_form = AgentCreationForm
    inlines = (MembershipInline,)
    ordering = ("last_name", "first_name")
    list_display = ("full_name", "email", "title", "is_staff", "is_active")
    list_filter = ("is_active", "is_staff", "memberships__role", "services")
    search_fields = ("last_name", "first_name", "email")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "password", "first_name", "last_name", "title", "phone")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "last_login")}),
        (_("Assignment of new tickets"), {"fields": ("is_available", "skills", "languages")}),
        (_("Anonymity"), {"classes": ("collapse",), "fields": ("is_anonymous_for_safety", "anonymity_reason")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "first_name", "last_name", "usable_password", "password1", "password2")}),
    )
    readonly_fields = ("last_login",)
    autocomplete_fields = ("skills",)

    def get_inlines(self, request: HttpRequest, obj: Agent | None = None) -> Any:
        return self.inlines if obj else ()  # an agent exists before having roles, like in Django's own user pages

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        if isinstance(obj, Agent) and obj.is_superuser:
            return allowed and bool(request.user.is_superuser)
        return allowed

    @admin.action(description=_("Activate the selected rows"))
    def activate(self, request: HttpRequest, queryset: QuerySet[Agent]) -> None:
        super().activate(request, self._touchable(request, queryset))

    @admin.action(description=_("Deactivate the selected rows"))
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Agent]) -> None:
        """Leaves out whoever does it: locking oneself out is never wanted."""
        super().deactivate(request, self._touchable(request, queryset).exclude(email=request.user.get_username()))

    def _touchable(self, request: HttpRequest, queryset: QuerySet[Agent]) -> QuerySet[Agent]:
        return queryset if request.user.is_superuser else queryset.filter(is_superuser=False)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is not Membership:
            super().save_formset(request, form, formset, change)
            return
        formset.save(commit=False)  # nothing is written: it fills the lists that the history reads
        agent: Agent = form.instance
        wanted: dict[Service, set[str]] = defaultdict(set)
        for service in Service.objects.filter(memberships__agent=agent):
            wanted[service] = set()
        for row in formset.cleaned_data:
            if row and not row.get("DELETE"):
                wanted[row["service"]].add(row["role"])
        for service, roles in wanted.items():
            membership_set(agent=agent, service=service, roles=roles)
