"""A ticket's story in the citizen's words. Internal events (notes, alerts, flags) are not told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tickets.enums import Channel, EventKind, LetterKind, Status
from tickets.models import Ticket, TicketEvent

TOLD = [
    EventKind.OPENED,
    EventKind.ROUTED,
    EventKind.ASSIGNED,
    EventKind.TRANSFERRED,
    EventKind.STATUS,
    EventKind.MESSAGE,
    EventKind.REPLIED,
    EventKind.ACKNOWLEDGED,
    EventKind.LETTER,
    EventKind.IMPLICIT_DECISION,
    EventKind.PIECES_ASKED,
    EventKind.PIECES_RECEIVED,
    EventKind.TRANSMITTED,
    EventKind.WITHDRAWN,
    EventKind.MERGED,
    EventKind.UNMERGED,
]
STATUS_WORDS = {
    Status.NEW: pgettext_lazy("request", "Received"),
    Status.OPEN: gettext_lazy("Being handled"),
    Status.WAITING: gettext_lazy("We are waiting for your answer"),
    Status.ANSWERED: gettext_lazy("Answer sent"),
    Status.CLOSED: gettext_lazy("Finished"),
    Status.MERGED: gettext_lazy("Joined to another of your requests"),
    Status.CANCELLED: gettext_lazy("Cancelled"),
}
LETTER_WORDS = {
    LetterKind.RECEIPT: gettext_lazy("acknowledgement of receipt"),
    LetterKind.INCOMPLETE: gettext_lazy("missing pieces"),
    LetterKind.TRANSMISSION: gettext_lazy("your request was forwarded"),
    LetterKind.ATTESTATION: gettext_lazy("attestation of implicit acceptance"),
    LetterKind.REASONS: gettext_lazy("reasons of the refusal"),
}
DONE_BEFORE = {Status.ANSWERED, Status.CLOSED, Status.CANCELLED}


@dataclass(frozen=True)
class Step:
    """A station of the line: ``state`` is done, current or future."""

    label: str
    icon: str
    at: datetime | None = None
    detail: str = ""
    state: str = "done"


def steps_of(ticket: Ticket, events: Iterable[TicketEvent]) -> list[Step]:
    """The story so far, oldest first, then what is expected. Agents are named as they chose to be (CRPA L111-2)."""
    events = list(events)
    taken = next((event.pk for event in reversed(events) if event.kind == EventKind.ASSIGNED), None)
    steps = [step for event in events if (step := _step(ticket, event, last_taken=event.pk == taken))]
    if steps:
        steps[-1] = Step(steps[-1].label, steps[-1].icon, steps[-1].at, steps[-1].detail, "current")
    if ticket.is_open:
        steps.append(_expected(ticket))
    return steps


def _expected(ticket: Ticket) -> Step:
    """What the citizen waits for, or what is waited for from them."""
    due = timezone.localtime(ticket.answer_due_at)
    if ticket.status == Status.WAITING:
        return Step(_("We are waiting for your answer"), "hourglass", state="future")
    if ticket.answer_due_at < timezone.now():
        detail = _("We had announced an answer before this date. The service has been alerted.")
        return Step(_("Answer overdue"), "hourglass", due, detail, "future")
    return Step(_("Answer expected by"), "hourglass", due, state="future")


def _step(ticket: Ticket, event: TicketEvent, *, last_taken: bool) -> Step | None:
    data = event.data
    match event.kind:
        case EventKind.OPENED:
            return Step(_("Request received"), "inbox", event.at)
        case EventKind.ROUTED | EventKind.TRANSFERRED:
            service = data.get("service") or ticket.service.name
            return Step(_("Sent to the service: %(service)s") % {"service": service}, "send", event.at)
        case EventKind.LETTER:
            return _letter(event)
        case EventKind.ACKNOWLEDGED:
            return Step(_("Acknowledgement sent to you by e-mail"), "mail-check", event.at)
        case EventKind.ASSIGNED:
            if not data.get("assignee"):
                return None
            if last_taken and ticket.assignee is not None:
                label = _("Taken in charge by %(name)s") % {"name": ticket.assignee.public_name}
            else:
                label = _("Taken in charge by an agent")
            return Step(label, "user-round-check", event.at)
        case EventKind.MESSAGE:
            return Step(_("Your message has arrived"), "message-square", event.at)
        case EventKind.REPLIED:
            if data.get("to") == Status.WAITING:
                return Step(_("The town hall asks you a question"), "message-circle-question-mark", event.at)
            if data.get("by") == Channel.PHONE:
                return Step(_("Answer given by telephone"), "phone", event.at)
            return Step(_("Answer sent"), "reply", event.at)
        case EventKind.IMPLICIT_DECISION:
            return _implicit(event)
        case EventKind.STATUS:
            return _status(event)
        case EventKind.PIECES_ASKED:
            return Step(_("We asked you for missing pieces"), "file-question-mark", event.at)
        case EventKind.PIECES_RECEIVED:
            return Step(_("The pieces we asked for have arrived"), "file-check", event.at)
        case EventKind.TRANSMITTED:
            return _transmitted(event)
        case EventKind.MERGED | EventKind.UNMERGED:
            return _merged(event)
        case EventKind.WITHDRAWN:
            return Step(_("What had been granted was withdrawn"), "undo-2", event.at)
    return None


def _letter(event: TicketEvent) -> Step | None:
    """A letter that left. An answer is told by its reply; a letter still to be posted is not the citizen's yet."""
    data = event.data
    if data.get("letter") == LetterKind.ANSWER or not (data.get("by_email") or data.get("posted_on")):
        return None
    return Step(
        _("Letter sent to you: %(letter)s") % {"letter": LETTER_WORDS.get(data.get("letter"), "")}, "mail", event.at
    )


def _implicit(event: TicketEvent) -> Step:
    if event.data.get("annulled"):
        return Step(_("The legal delay was counted again: no decision was born of silence"), "scale", event.at)
    if event.data.get("regime") == "SVA":
        return Step(_("Legal delay over: your request is deemed accepted"), "scale", event.at)
    return Step(_("Legal delay over: your request is deemed refused"), "scale", event.at)


def _merged(event: TicketEvent) -> Step:
    """Both tickets are this person's: `tickets.actions.teamwork.merging` merges no others."""
    other = {"other": event.data.get("other", "")}
    if event.kind == EventKind.UNMERGED:
        return Step(_("Handled apart again from your request %(other)s") % other, "git-branch", event.at)
    if event.data.get("into"):
        return Step(_("Joined to your request %(other)s, received before") % other, "git-merge", event.at)
    return Step(_("Your request %(other)s, received since, joined this one") % other, "git-merge", event.at)


def _transmitted(event: TicketEvent) -> Step:
    name = {"name": event.data.get("administration", "")}
    if event.data.get("inbound"):
        return Step(_("Sent to us by %(name)s") % name, "building-2", event.at)
    return Step(_("Forwarded to %(name)s, which is competent") % name, "forward", event.at)


def _status(event: TicketEvent) -> Step | None:
    """Only the changes no other event tells: closed, reopened, waiting by hand, cancelled, merged."""
    former, current = event.data.get("former"), event.data.get("current")
    if current == Status.CLOSED:
        return Step(_("Request finished"), "circle-check", event.at)
    if current == Status.CANCELLED:
        return Step(_("Request cancelled"), "circle-x", event.at)
    if current == Status.MERGED:
        return Step(_("Joined to another of your requests"), "git-merge", event.at)
    if event.data.get("undone"):
        return Step(_("Handling resumed"), "play", event.at)
    if current == Status.OPEN and former in DONE_BEFORE:
        return Step(_("Request reopened"), "rotate-ccw", event.at)
    if current == Status.OPEN and former == Status.WAITING:
        return Step(_("Handling resumed"), "play", event.at)
    return None
