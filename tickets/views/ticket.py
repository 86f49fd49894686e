"""The ticket page: one function gathers it, whichever action brings the agent back to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core.guards import agent_required
from directory.contacts import display_phone
from directory.models import Agent
from directory.roles import ASSIGN, WORK
from tickets import workflow
from tickets.actions.rights.access import access_log, list_log
from tickets.composer_forms import NoteForm, PhoneAnswerForm, ReplyForm
from tickets.enums import Channel, DeadlineKind, DeadlineState, Status
from tickets.filter_forms import language_name
from tickets.forms import PanelForm
from tickets.letter_forms import PostedForm
from tickets.models import AccessKind, Deadline, Ticket
from tickets.permissions import may
from tickets.selectors.detail import CitizenCard, Given, citizen_card, conversation_read, events_of, given_with
from tickets.selectors.visible import ticket_get
from tickets.views.common import agent_of
from tickets.views.composer import composer_context
from tickets.views.facts import answers_of, map_point
from tickets.views.legal_card import legal_card
from tickets.views.letter_rows import letters_context
from tickets.views.rows import escalation_html, marks
from tickets.views.stream import stream_of

OTHER_TICKETS = 5
# what the menu offers to work with others: (address, label, icon)
TOGETHER = [
    ("task", gettext_lazy("Ask a service for a task"), "list-todo"),
    ("link", gettext_lazy("Link to another ticket"), "link"),
    ("merge", gettext_lazy("Merge with another ticket"), "merge"),
]
LASTING = (DeadlineKind.ANSWER, DeadlineKind.TARGET, DeadlineKind.LEGAL)


@require_safe
@agent_required
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """The ticket: conversation, deadlines, citizen, suggestions, history, and what this agent may do with it."""
    agent = agent_of(request)
    return ticket_page(request, ticket_get(agent, reference, with_file=True))


@dataclass(frozen=True)
class Abilities:
    """What the page offers. The actions check again: hiding is a courtesy, not the rule."""

    work: bool
    assign: bool
    correct: bool
    reply: bool
    take: bool
    release: bool
    wait: bool
    resume: bool
    close: bool
    cancel: bool
    reopen: bool

    @classmethod
    def of(cls, agent: Agent, ticket: Ticket) -> "Abilities":
        status = ticket.status
        here = status != Status.MERGED  # what is done about a merged ticket is done where it went
        work, correct = here and may(agent, WORK, ticket), here and may(agent, ASSIGN, ticket)
        to = workflow.TRANSITIONS[status]
        return cls(
            work=work,
            assign=ticket.is_open and correct,
            correct=correct,
            reply=work and (ticket.is_open or status == Status.ANSWERED),
            take=work and ticket.is_open and ticket.assignee_id != agent.pk,
            release=work and ticket.is_open and ticket.assignee_id == agent.pk,
            wait=work and Status.WAITING in to and ticket.is_open,
            resume=work and status == Status.WAITING,
            close=work and Status.CLOSED in to,
            cancel=work and Status.CANCELLED in to,
            reopen=work and not ticket.is_open and Status.OPEN in to,
        )


@dataclass(frozen=True)
class OpenPanel:
    """A form opened above the conversation."""

    name: str
    title: object
    submit: object
    icon: str
    danger: bool
    form: PanelForm
    url: str
    intro: object = ""
    proposed: Sequence[Ticket] = ()


def ticket_page(
    request: HttpRequest,
    ticket: Ticket,
    *,
    reply: ReplyForm | None = None,
    note: NoteForm | None = None,
    phone: PhoneAnswerForm | None = None,
    panel: OpenPanel | None = None,
    posting: dict[int, PostedForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the ticket, with the refused form of an action filled as it was sent."""
    agent, now = agent_of(request), timezone.now()
    access_log(agent, ticket, AccessKind.PAGE)
    prefetch_related_objects([ticket], "deadlines")
    messages = conversation_read(ticket)
    events = list(events_of(ticket))
    card = citizen_card(agent, ticket.requester, without=ticket, limit=OTHER_TICKETS) if ticket.requester else None
    list_log(agent, card.tickets if card else [])
    contacts = _contacts(card)
    can = Abilities.of(agent, ticket)
    composer = composer_context(
        request,
        ticket,
        agent,
        may_reply=can.reply,
        messages=messages,
        emails=contacts["email"],
        reply=reply,
        note=note,
        phone=phone,
        now=now,
    )
    context = {
        "ticket": ticket,
        "now": now,
        "can": can,
        "marks": marks(ticket),
        "escalation": escalation_html(ticket.escalation_level) if ticket.escalation_level else "",
        "clocks": _clocks(ticket),
        "legal": legal_card(ticket, agent),
        "has_waited": any(Status.WAITING in (event.data.get("to"), event.data.get("current")) for event in events),
        "stream": stream_of(messages, events),
        "card": card,
        "emails": contacts["email"],
        "phones": contacts["phone"],
        "given": [_given(each) for each in given_with(messages, card.contacts if card else ())],
        "panel": panel,
        "together": TOGETHER,
        "map": map_point(ticket),
        "language": language_name(ticket.language) if ticket.language else "",
        "answers": answers_of(ticket),
    }
    context |= composer | letters_context(ticket, agent, now=now, posting=posting)
    return render(request, "tickets/detail.html", context, status=status)


def _given(each: Given) -> dict[str, str]:
    """A way to be reached that nobody checked, in words."""
    words = {
        Channel.WEB: gettext_lazy("given in the form, not checked"),
        Channel.POST: gettext_lazy("given in the letter, not checked"),
    }
    return {
        "icon": "mail" if each.is_email else "phone",
        "text": each.value if each.is_email else display_phone(each.value),
        "url": f"mailto:{each.value}" if each.is_email else f"tel:{each.value}",
        "value": each.value,
        "words": str(words.get(Channel(each.channel), gettext_lazy("given with the request, not checked"))),
    }


def _contacts(card: CitizenCard | None) -> dict[str, list[dict[str, str]]]:
    values = card.contacts if card else []
    failing = card.failing if card else {}
    return {
        "email": [
            {"text": value, "url": f"mailto:{value}", "failing": failing.get(value, "")}
            for value in values
            if "@" in value
        ],
        "phone": [{"text": display_phone(value), "url": f"tel:{value}"} for value in values if "@" not in value],
    }


def _clocks(ticket: Ticket) -> dict[str, dict[str, Any]]:
    """The last clock of each kind, as the arguments of a deadline chip; those of a moment only while they run."""
    last: dict[str, Deadline] = {}
    for clock in sorted(ticket.deadlines.all(), key=lambda each: (each.cycle, each.pk)):
        if clock.state != DeadlineState.CANCELLED:
            last[clock.kind] = clock
    found: dict[str, dict[str, Any]] = {}
    for kind, clock in last.items():
        if kind in LASTING or clock.state in (DeadlineState.RUNNING, DeadlineState.PAUSED):
            found[kind] = {
                "due": ticket.legal_due_on if kind == DeadlineKind.LEGAL else clock.due_at,
                "paused": clock.state == DeadlineState.PAUSED,
                "met": clock.stopped_at,
            }
    return found
