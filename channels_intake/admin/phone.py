"""Telephone systems, and who sits at which extension."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from channels_intake.models import Extension, TelephoneSystem
from channels_intake.phone.systems import SHORTEST_SECRET, secret_set
from directory.admin.base import ActivableAdmin, ConfigurationAdmin


class TelephoneSystemForm(forms.ModelForm):
    chosen_secret = forms.CharField(
        label=_("Secret"),
        required=False,
        min_length=SHORTEST_SECRET,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave empty to keep the secret (a new system gets one, shown once)."),
    )

    class Meta:
        model = TelephoneSystem
        fields = ("code", "name", "is_active")


@admin.register(TelephoneSystem)
class TelephoneSystemAdmin(ActivableAdmin):
    form = TelephoneSystemForm
    list_display = ("name", "code", "is_active", "last_heard_at")
    readonly_fields = ("last_heard_at",)
    fields = ("code", "name", "chosen_secret", "is_active", "last_heard_at")
    actions = (*ActivableAdmin.actions, "renew")

    def save_model(self, request: HttpRequest, obj: TelephoneSystem, form: Any, change: bool) -> None:
        typed = form.cleaned_data["chosen_secret"]
        if change and not typed:
            obj.save()
            return
        secret = secret_set(system=obj, secret=typed)
        if not typed:
            self._show(request, obj, secret)

    @admin.action(description=_("Give the selected systems a new secret"))
    def renew(self, request: HttpRequest, queryset: QuerySet[TelephoneSystem]) -> None:
        for system in queryset:
            self._show(request, system, secret_set(system=system))

    def _show(self, request: HttpRequest, system: TelephoneSystem, secret: str) -> None:
        text = _("Secret of %(name)s, shown once: %(secret)s") % {"name": system.name, "secret": secret}
        self.message_user(request, text, messages.WARNING)


@admin.register(Extension)
class ExtensionAdmin(ConfigurationAdmin):
    list_display = ("number", "agent")
    search_fields = ("number", "agent__last_name", "agent__email")
    autocomplete_fields = ("agent",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allowed(request)
