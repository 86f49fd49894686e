"""Replies planned for later: sent now, taken back to be changed, given up, by their author."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Conflict, Invalid
from core.guards import agent_required
from tickets.actions.replies.scheduled import scheduled_cancel, scheduled_send
from tickets.models import ScheduledReply
from tickets.permissions import may_see
from tickets.views.common import agent_of, back_to

WHAT = ("send", "edit", "cancel")


@require_POST
@agent_required
def planned(request: HttpRequest, pk: int, do: str) -> HttpResponse:
    """``do``: send, edit (the text comes back as a draft) or cancel. Http404 when the ticket is out of sight."""
    agent, now = agent_of(request), timezone.now()
    row = ScheduledReply.objects.select_related("ticket").filter(pk=pk).first()
    if row is None or do not in WHAT or not may_see(agent, row.ticket):
        raise Http404
    try:
        if do == "send":
            message = scheduled_send(scheduled_id=row.pk, actor=agent, now=now)
            messages.success(request, _("Your reply is on its way to the citizen."))
            return back_to(request, row.ticket, f"message-{message.pk}")
        scheduled_cancel(scheduled_id=row.pk, actor=agent, to_draft=do == "edit", now=now)
    except (Conflict, Invalid) as refusal:
        messages.error(request, refusal.message)
        return redirect("tickets:detail", row.ticket.reference)
    said = (
        _("The text is back in the reply: change it, then send it.")
        if do == "edit"
        else _("This reply will not leave.")
    )
    messages.success(request, said)
    return back_to(request, row.ticket, "compose")
