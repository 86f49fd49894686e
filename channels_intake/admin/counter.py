"""The counters: desks, reasons of a visit, and the addresses of the public screens."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from channels_intake.models import Desk, SiteScreens, VisitReason
from channels_intake.models.visits import new_token
from directory.admin.base import ActivableAdmin, ConfigurationAdmin
from notifications.actions.outbox import absolute_url


@admin.register(Desk)
class DeskAdmin(ActivableAdmin):
    list_display = ("name", "site", "service", "screens", "is_active")
    list_filter = ("site", "is_active")
    list_select_related = ("site__screens", "service")
    search_fields = ("name",)
    autocomplete_fields = ("service",)

    @admin.display(description=_("public screens of the site"))
    def screens(self, row: Desk) -> str:
        screens = getattr(row.site, "screens", None)  # a site may have none
        if screens is None:
            return format_html('<a href="{}">{}</a>', reverse("admin:channels_intake_sitescreens_add"), _("Open them"))
        return format_html(
            "{} · {}",
            _address("kiosk:home", screens.kiosk_token, _("kiosk")),
            _address("kiosk:display", screens.display_token, _("display")),
        )


@admin.register(VisitReason)
class VisitReasonAdmin(ActivableAdmin):
    list_display = ("label", "label_en", "letter", "service", "request_type", "position", "is_active")
    list_filter = ("sites", "is_active")
    list_select_related = ("service", "request_type")
    search_fields = ("label", "label_en")
    autocomplete_fields = ("service", "request_type")
    filter_horizontal = ("sites",)
    fieldsets = (
        (None, {"fields": ("label", "label_en", "letter", "position", "sites")}),
        (_("What is behind it"), {"fields": ("service", "request_type")}),
    )


@admin.register(SiteScreens)
class SiteScreensAdmin(ConfigurationAdmin):
    """One row opens the kiosk and the display of a site. Whoever knows an address may use it: renew it if it leaks."""

    list_display = ("site", "kiosk", "display")
    list_select_related = ("site",)
    fields = ("site", "kiosk", "display")
    readonly_fields = ("kiosk", "display")
    actions = ("renew",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("site", *self.readonly_fields) if obj else self.readonly_fields

    @admin.display(description=_("kiosk"))
    def kiosk(self, row: SiteScreens) -> str:
        return _address("kiosk:home", row.kiosk_token) if row.pk else ""

    @admin.display(description=_("display"))
    def display(self, row: SiteScreens) -> str:
        return _address("kiosk:display", row.display_token) if row.pk else ""

    @admin.action(description=_("Give new addresses (the former ones stop at once)"))
    def renew(self, request: HttpRequest, queryset: QuerySet[SiteScreens]) -> None:
        for row in queryset:
            row.kiosk_token, row.display_token = new_token(), new_token()
            row.save(update_fields=["kiosk_token", "display_token"])
        self.message_user(request, _("New addresses given: open them again on the screens."), messages.SUCCESS)


def _address(name: str, token: str, label: object = "") -> str:
    """A link, absolute: it is copied to another machine."""
    url = absolute_url(reverse(name, args=[token]))
    return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', url, label or url)
