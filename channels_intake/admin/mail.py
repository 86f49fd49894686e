"""The town's addresses, and the mail they received (to look at, never to change)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from channels_intake.models import InboundMail, Mailbox
from directory.admin.base import ActivableAdmin, ConfigurationAdmin


@admin.register(Mailbox)
class MailboxAdmin(ActivableAdmin):
    list_display = ("address", "name", "service", "is_active")
    list_filter = ("is_active",)
    search_fields = ("address", "name")


@admin.register(InboundMail)
class InboundMailAdmin(ConfigurationAdmin):
    list_display = ("received_at", "mailbox", "status", "outcome", "attempts", "note")
    list_filter = ("status", "outcome", "mailbox")
    fields = (
        *("mailbox", "external_id", "size", "status", "outcome", "is_mute", "attempts", "note"),
        *("received_at", "stored_at", "processed_at"),
    )
    readonly_fields = fields
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: InboundMail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: InboundMail | None = None) -> bool:
        return False
