"""Letters of a ticket: written with a preview, downloaded, said to be posted. A refused text always comes back."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Conflict, Invalid
from core.guards import agent_required
from directory.models import Agent
from directory.roles import WORK
from tickets.actions.letters.answers import answer_letter_write, letter_posted
from tickets.actions.letters.letters import MentionsMissing, letter_preview, letter_write, requester_locate
from tickets.actions.replies.acknowledgement import receipt_send
from tickets.actions.replies.drafts import LONGEST, draft_save
from tickets.actions.rights.access import access_log, visit_log
from tickets.enums import LetterKind, MessageKind
from tickets.letter_forms import EMAIL, PAPER, LetterForm, PostedForm
from tickets.letters.content import Content
from tickets.letters.mentions import Missing
from tickets.models import AccessKind, Letter, Message, Ticket
from tickets.permissions import may_see, require
from tickets.reply_frame import unframed
from tickets.selectors.addresses import answer_address
from tickets.selectors.detail import last_message_id
from tickets.selectors.visible import ticket_get
from tickets.views.common import agent_of, back_to, posted_on_ticket, refuse
from tickets.views.letter_files import letter_file
from tickets.views.mending import mends
from tickets.views.ticket import ticket_page


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def write(request: HttpRequest, reference: str) -> HttpResponse:
    """The page of a new letter. POST shows what it would say (``do=preview``) or writes it (``do=send``)."""
    agent = agent_of(request)
    ticket = ticket_get(agent, reference)
    require(agent, WORK, ticket)
    if request.method != "POST":
        return _page(request, ticket, LetterForm(ticket=ticket, initial=_initial(request, ticket)))
    if request.POST.get("do") == "carry":
        return _page(request, ticket, LetterForm(ticket=ticket, initial=_carried(request, ticket, agent)))
    form = LetterForm(request.POST, ticket=ticket)
    if not form.is_valid():
        return _page(request, ticket, form, status=422)
    if request.POST.get("do") == "preview":
        content, missing = _preview(ticket, agent, form.cleaned_data)
        return _page(request, ticket, form, preview=content, missing=missing)
    try:
        letter = _write(ticket, agent, form.cleaned_data)
    except MentionsMissing as refusal:
        form.add_error(None, refusal.message)
        return _page(request, ticket, form, missing=refusal.missing, status=422)
    except (Conflict, Invalid) as refusal:
        status = refuse(form, refusal)
        # the page shows what came meanwhile: sending again means having read it
        form.data = form.data.dict() | {"seen": last_message_id(ticket)}  # type: ignore[attr-defined]
        return _page(request, ticket, form, status=status, arrived=_since(ticket, form.cleaned_data.get("seen")))
    if letter.by_email:
        messages.success(request, _("The letter is on its way by e-mail."))
    else:
        messages.success(request, _("The letter is ready: download it, print it, and say when it is posted."))
    return back_to(request, ticket, "letters")


def _initial(request: HttpRequest, ticket: Ticket) -> dict[str, Any]:
    kind = request.GET.get("kind", LetterKind.ANSWER)
    return {
        "kind": kind,
        "way": EMAIL if answer_address(ticket) else PAPER,
        "address": ticket.requester.address if ticket.requester else "",
        "seen": last_message_id(ticket),
    }


def _carried(request: HttpRequest, ticket: Ticket, agent: Agent) -> dict[str, Any]:
    """What was written in the composer, without the frame a letter has of its own. It is kept as a draft meanwhile."""
    body, outcome = request.POST.get("body", "")[:LONGEST].strip(), request.POST.get("outcome", "")
    if body:
        draft_save(ticket=ticket, actor=agent, kind=MessageKind.REPLY, body=body, now=timezone.now())
    carried = {"way": PAPER, "body": unframed(body), "outcome": outcome, "seen": request.POST.get("seen", "")}
    return _initial(request, ticket) | carried


def _extra(data: dict[str, Any]) -> dict[str, Any]:
    if data["kind"] != LetterKind.ANSWER:
        return {}
    return {"body": data["body"], "subject": data["subject"], "outcome": data["outcome"]}


def _preview(ticket: Ticket, agent: Agent, data: dict[str, Any]) -> tuple[Content, list[Missing]]:
    by_email = data["way"] == EMAIL
    if ticket.requester is not None and not by_email and data["address"].strip():
        ticket.requester.address = data["address"]  # shown, not saved
    return letter_preview(
        ticket=ticket, kind=data["kind"], actor=agent, now=timezone.now(), by_email=by_email, extra=_extra(data)
    )


@transaction.atomic
def _write(ticket: Ticket, agent: Agent, data: dict[str, Any]) -> Letter:
    now, by_email = timezone.now(), data["way"] == EMAIL
    if not by_email:
        requester_locate(ticket=ticket, address=data["address"], actor=agent)
    if data["kind"] == LetterKind.ANSWER:
        return answer_letter_write(
            ticket=ticket, actor=agent, now=now, by_email=by_email, seen_message_id=data["seen"], **_extra(data)
        )
    return letter_write(ticket=ticket, kind=data["kind"], actor=agent, now=now, by_email=by_email)


def _since(ticket: Ticket, seen: int | None) -> list[Message]:
    """What was said after the message ``seen``: the citizen and colleagues, no machine."""
    kinds = [MessageKind.INBOUND, MessageKind.REPLY]
    said = Message.objects.filter(ticket=ticket, kind__in=kinds, is_automatic=False)
    return list(said.filter(pk__gt=seen)) if seen is not None else []


def _page(
    request: HttpRequest,
    ticket: Ticket,
    form: LetterForm,
    *,
    preview: Content | None = None,
    missing: list[Missing] | None = None,
    arrived: Sequence[Message] = (),
    status: int = 200,
) -> HttpResponse:
    visit_log(agent_of(request), ticket)
    context = {
        "ticket": ticket,
        "form": form,
        "preview": preview,
        "address": answer_address(ticket),
        "arrived": arrived,
        "mends": mends(missing or [], agent_of(request)),
    }
    return render(request, "tickets/letter.html", context, status=status)


@require_safe
@agent_required  # type: ignore[arg-type]  # a streamed answer is no HttpResponse, and is returned as it is
def letter(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The PDF of a letter; ``?inline=1`` shows it in the browser. Http404 when the ticket is out of sight."""
    found = Letter.objects.select_related("ticket").filter(pk=pk).first()
    if found is None or not may_see(agent_of(request), found.ticket):
        raise Http404
    access_log(agent_of(request), found.ticket, AccessKind.LETTER)
    return letter_file(found, inline=request.GET.get("inline") == "1")


@require_POST
@agent_required
def posted(request: HttpRequest, pk: int) -> HttpResponse:
    """A letter on paper left the town hall."""
    agent = agent_of(request)
    found = Letter.objects.select_related("ticket").filter(pk=pk).first()
    if found is None or not may_see(agent, found.ticket):
        raise Http404
    ticket = ticket_get(agent, found.ticket.reference)
    form = PostedForm(request.POST, auto_id=f"posted-{found.pk}-%s")
    status = 422
    if form.is_valid():
        data = form.cleaned_data
        try:
            letter_posted(
                letter=found,
                actor=agent,
                on=data["on"],
                registered_number=data["registered_number"],
                now=timezone.now(),
            )
        except (Conflict, Invalid) as refusal:
            status = refuse(form, refusal)
        else:
            messages.success(request, _("The letter is recorded as posted."))
            return back_to(request, ticket, "letters")
    return ticket_page(request, ticket, posting={found.pk: form}, status=status)


@posted_on_ticket
def send_receipt(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Try again to send the electronic acknowledgement that waits for its mentions."""
    receipt_send(ticket=ticket, now=timezone.now(), actor=agent_of(request))
    messages.success(request, _("The acknowledgement is on its way."))
    return back_to(request, ticket, "letters")
