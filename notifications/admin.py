"""The outbox in the administration: to look at, never to change. The text is on the page that checks rights."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from directory.admin.base import ConfigurationAdmin
from notifications.models import OutboundMessage


@admin.register(OutboundMessage)
class OutboundMessageAdmin(ConfigurationAdmin):
    list_display = ("created_at", "kind", "status", "attempts", "sent_at", "last_error")
    list_filter = ("status", "kind")
    fields = ("kind", "status", "attempts", "next_attempt_at", "last_error", "message_id", "created_at", "sent_at")
    readonly_fields = fields
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutboundMessage | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutboundMessage | None = None) -> bool:
        return False
