"""The reply as the citizen will receive it, by the code that sends it, with what will happen then."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from core.guards import agent_required
from directory.models import Agent
from directory.roles import WORK
from directory.selectors import town_get
from tickets.actions.replies.drafts import draft_save
from tickets.actions.rights.access import visit_log
from tickets.composer_forms import AFTER_REPLY, REPLY_DECIDES, ReplyForm
from tickets.enums import MessageKind, Outcome
from tickets.models import Attachment, DraftFile, Ticket
from tickets.permissions import require
from tickets.reply_mail import ReplyMail, reply_mail
from tickets.reply_variables import leftovers
from tickets.selectors.addresses import answer_addresses
from tickets.selectors.composing import drafts_of
from tickets.selectors.visible import ticket_get
from tickets.views.common import agent_of, posted_numbers, posted_on_ticket

CSP_MAIL = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@posted_on_ticket
def preview(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Show the e-mail; its text is kept as a draft, which the frame of its HTML part reads."""
    agent = agent_of(request)
    require(agent, WORK, ticket)
    form = ReplyForm(request.POST, auto_id="preview-%s")
    form.is_valid()
    data = form.cleaned_data
    body = data.get("body") or ""
    if body:
        draft_save(ticket=ticket, actor=agent, kind=MessageKind.REPLY, body=body, now=timezone.now())
    outcome = data.get("outcome") or ""
    to_address = data.get("to") or ""
    if to_address not in answer_addresses(ticket):
        to_address = ""
    htmx = getattr(request, "htmx", None)
    is_part = bool(htmx and htmx.target == "reply-preview")
    context = {
        "ticket": ticket,
        "mail": _mail(ticket, agent, body, outcome, to_address) if body else None,
        "left": leftovers(body),
        "then": dict(AFTER_REPLY).get(data.get("then", ""), ""),
        "outcome": dict(REPLY_DECIDES).get(outcome, "") if outcome else "",
        "files": _files(request, ticket, agent),
        "is_part": is_part,
        "query": urlencode({"outcome": outcome, "at": int(timezone.now().timestamp())}),
    }
    template = "tickets/partials/_reply_preview.html" if is_part else "tickets/reply_preview.html"
    response = render(request, template, context, status=200 if body else 422)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_safe
@agent_required
@xframe_options_exempt  # its own policy says who may frame it: our own pages
def preview_html(request: HttpRequest, reference: str) -> HttpResponse:
    """The HTML part of the e-mail that the agent's draft would be; ``outcome``: what it decides."""
    agent = agent_of(request)
    ticket = ticket_get(agent, reference)
    require(agent, WORK, ticket)
    visit_log(agent, ticket)
    draft = drafts_of(ticket, agent).get(MessageKind.REPLY)
    if draft is None:
        raise Http404
    outcome = request.GET.get("outcome", "")
    mail = _mail(ticket, agent, draft.body, outcome if outcome in Outcome.values else "")
    response = HttpResponse(mail.html)
    response["Content-Security-Policy"] = CSP_MAIL
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "private, no-store"
    return response


def _mail(ticket: Ticket, agent: Agent, body: str, outcome: str, to_address: str = "") -> ReplyMail:
    return reply_mail(ticket=ticket, actor=agent, body=body, outcome=outcome, town=town_get(), to_address=to_address)


def _files(request: HttpRequest, ticket: Ticket, agent: Agent) -> list[str]:
    """The names of what will be enclosed; those of the form itself are only kept once it is sent."""
    enclosed = Attachment.objects.filter(message__ticket=ticket, pk__in=posted_numbers(request, "enclosed"))
    own = DraftFile.objects.filter(ticket=ticket, agent=agent, pk__in=posted_numbers(request, "file"))
    names = [*own.values_list("name", flat=True), *enclosed.values_list("name", flat=True)]
    return names + [str(upload.name) for upload in request.FILES.getlist("files")]
