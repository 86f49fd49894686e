"""What a change of policy, calendar or matrix recomputes: asked once per save, followed on a page of its own."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from core.fragments import render_page
from directory.admin.base import ConfigurationAdmin
from tickets.actions.clocks.commitments_change import commitments_changed
from tickets.models import Recomputation

SHOWN = 30


def recompute(request: HttpRequest, reason: str) -> None:
    """Have the open tickets recomputed, once whatever the number of rows saved by this request."""
    if getattr(request, "_recomputation", None) is not None:
        return
    row = commitments_changed(reason=reason, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
    request._recomputation = row  # type: ignore[attr-defined]
    tell_recomputation(request)


def tell_recomputation(request: HttpRequest) -> None:
    """The message that leads to the page where a recomputation is followed."""
    link = format_html(
        '<a href="{}">{}</a>', reverse("admin:tickets_recomputation_changelist"), _("Follow the recomputation")
    )
    text = _("The deadlines of the open requests are being recomputed in the background.")
    messages.info(request, format_html("{} {}", text, link))


@admin.register(Recomputation)
class RecomputationAdmin(ConfigurationAdmin):
    """A page to look at: the list shows the progress, refreshed while something runs."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Recomputation | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = list(Recomputation.objects.select_related("actor").order_by("-id")[:SHOWN])
        context = {"rows": rows, "running": any(row.finished_at is None for row in rows), "now": timezone.now()}
        return render_page(
            request,
            "tickets/admin/recomputations.html",
            context,
            partials={"recomputations": "tickets/admin/_recomputations.html"},
        )
