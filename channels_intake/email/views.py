"""What the town's mailboxes received and what became of it."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from channels_intake.email.replaying import Requeued, mail_requeue, told
from channels_intake.models import InboundMail, InboundOutcome, InboundStatus, Mailbox, MailFetch
from core.antivirus import FileCheck
from core.errors import NotAllowed
from core.jobs import enqueue
from core.pagination import keyset_page
from directory.models import Agent
from notifications.guards import mail_watcher_required
from tickets.permissions import may_see
from tickets.views.attachments import require_out_of_quarantine

LOOKS = {
    InboundStatus.STORED: ("hourglass", "soon"),
    InboundStatus.DONE: ("circle-check", "ok"),
    InboundStatus.IGNORED: ("circle-minus", "muted"),
    InboundStatus.FAILED: ("triangle-alert", "late"),
}
ORDER = ("-received_at", "-id")


@require_GET
@mail_watcher_required
def received(request: HttpRequest) -> HttpResponse:
    agent = cast(Agent, request.user)
    kept = {name: request.GET[name] for name in ("status", "outcome", "mailbox") if request.GET.get(name)}
    rows = InboundMail.objects.select_related("mailbox", "ticket", "message")
    rows = rows.defer("raw", "message__body", "message__quoted", "message__body_html")
    if kept.get("status") in InboundStatus.values:
        rows = rows.filter(status=kept["status"])
    if kept.get("outcome") in InboundOutcome.values:
        rows = rows.filter(outcome=kept["outcome"])
    if kept.get("mailbox", "").isdecimal():
        rows = rows.filter(mailbox_id=int(kept["mailbox"][:15]))
    page = keyset_page(rows, order=ORDER, cursor=request.GET.get("cursor"))

    def link(**changed: str | None) -> str:
        return "?" + urlencode({name: value for name, value in (kept | changed).items() if value})

    states = [{"label": _("Every status"), "url": link(status=None), "current": not kept.get("status")}]
    states += [
        {"label": label, "url": link(status=value), "current": kept.get("status") == value}
        for value, label in InboundStatus.choices
    ]
    context = {
        "rows": [_row(mail, agent) for mail in page.rows],
        "states": states,
        "status": kept.get("status", ""),
        "outcomes": InboundOutcome.choices,
        "outcome": kept.get("outcome", ""),
        "failing": MailFetch.objects.filter(is_active=True, failing_since__isnull=False).select_related("mailbox"),
        "mailboxes": Mailbox.objects.all(),
        "mailbox": kept.get("mailbox", ""),
        "next_url": link(cursor=page.next) if page.next else "",
        "previous_url": link(cursor=page.previous) if page.previous else "",
    }
    return render(request, "channels_intake/email/list.html", context)


@require_GET
@mail_watcher_required
def raw(request: HttpRequest, pk: int) -> HttpResponse:
    """The message exactly as it was received, as a file. Never shown in the browser: anybody can have written it."""
    agent = cast(Agent, request.user)
    mail = get_object_or_404(InboundMail.objects.select_related("ticket", "message"), pk=pk)
    if not _readable(mail, agent):
        raise NotAllowed(_("This message belongs to a ticket that you may not see."))
    infected = mail.message.attachments.filter(virus_check=FileCheck.INFECTED).first() if mail.message else None
    if infected is not None:
        require_out_of_quarantine(agent, is_quarantined=True, virus=infected.virus)
    response = HttpResponse(bytes(mail.raw), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="courriel-{mail.pk}.eml"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@mail_watcher_required
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Process again a mail that failed or was ignored."""
    get_object_or_404(InboundMail.objects.only("pk"), pk=pk)
    result = mail_requeue(mail_id=pk, now=timezone.now())
    if result == Requeued.AGAIN:
        enqueue("channels_intake.process_mail", pk)
    level = {Requeued.AGAIN: messages.SUCCESS, Requeued.TOO_LARGE: messages.WARNING}.get(result, messages.INFO)
    messages.add_message(request, level, told(result))
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if safe else reverse("inbound:list"))


def _readable(mail: InboundMail, agent: Agent) -> bool:
    return mail.ticket is None or may_see(agent, mail.ticket)


def _row(mail: InboundMail, agent: Agent) -> dict[str, Any]:
    icon, tone = LOOKS[InboundStatus(mail.status)]
    label = mail.get_outcome_display() or mail.get_status_display()
    return {
        "mail": mail,
        "note": "" if label.startswith(mail.note) else mail.note,  # « Nouvelle demande » is said once
        "sender": mail.envelope_from or (mail.message.author_email if mail.message else ""),
        "label": label,
        "icon": icon,
        "tone": tone,
        "readable": _readable(mail, agent),
        "can_retry": mail.status in {InboundStatus.FAILED, InboundStatus.IGNORED},
    }
