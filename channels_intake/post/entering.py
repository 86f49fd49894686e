"""A letter becomes a ticket, or joins one, through the pipeline: once for a scan, whatever is clicked."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_intake.models import Scan, ScanState
from channels_intake.pipeline import intake
from channels_intake.post.holding import require_free, scan_lock
from core.antivirus import FileCheck, Verdict
from core.errors import Conflict, Invalid
from core.text import one_line
from directory.actions.citizens import Requester
from directory.actions.contact_points import phone_add
from directory.models import Agent, Citizen, RequestType, Service
from directory.roles import WORK
from tickets.actions.attachments import Upload
from tickets.actions.messages import Incoming, message_receive
from tickets.actions.opening import Draft, ticket_open
from tickets.actions.processing import ticket_transfer
from tickets.actions.routing.route import ticket_route
from tickets.actions.search_text import search_text_append
from tickets.enums import Channel
from tickets.models import Ticket
from tickets.permissions import may
from tickets.timezones import town_zone

SOURCE = "post"
NOON = time(12)  # of a past day: the hour is not known, and no time zone moves noon to another day


@dataclass(frozen=True)
class Letter:
    """What the agent read. ``received_on`` is the day the town hall received it: the law counts from it.

    ``ticket``: the letter joins it instead of opening another. ``service`` has the last word on routing. ``address``
    and ``new_phone`` complete the card of ``citizen``.
    """

    received_on: date
    subject: str
    body: str = ""
    requester: Requester = field(default_factory=Requester)
    citizen: Citizen | None = None
    address: str = ""
    new_phone: str = ""
    request_type: RequestType | None = None
    service: Service | None = None
    location: str = ""
    registered_number: str = ""
    ticket: Ticket | None = None


def received_at(day: date, now: datetime) -> datetime:
    """The moment that stands for a day of reception. Raises `Invalid` for a day to come."""
    if day > timezone.localtime(now, town_zone()).date():
        raise Invalid(_("The date of reception is in the future."), field="received_on")
    return min(datetime.combine(day, NOON, tzinfo=town_zone()), now)


@transaction.atomic
def scan_enter(*, scan_id: int, letter: Letter, actor: Agent, now: datetime) -> Ticket:
    """The ticket of this letter, its scan and the sheets joined to it with the first message.

    The same agent's second click gives the same ticket. Raises `Conflict` when a colleague entered it, set it aside or
    holds it, or when its file is gone; `Invalid` for a day to come or a missing text.
    """
    scan = scan_lock(scan_id)
    if scan.state == ScanState.ENTERED and scan.ticket is not None and scan.held_by_id == actor.pk:
        return scan.ticket
    require_free(scan, actor, now)
    sheets = [scan, *Scan.objects.select_for_update().filter(joined_to=scan).order_by("position")]
    at = received_at(letter.received_on, now)
    if letter.citizen is not None:
        _complete(letter.citizen, letter)
    draft = Draft(
        channel=Channel.POST,
        subject=letter.subject,
        body=_body(letter),
        requester=letter.requester,
        citizen=letter.citizen,
        request_type=letter.request_type,
        service=letter.service,
        location=letter.location,
        received_at=at,
        quoted=text_of(sheets),
        uploads=[_upload(sheet) for sheet in sheets],
    )
    ticket, _is_new = intake(
        source=SOURCE, key=str(scan.pk), draft=draft, actor=actor, now=now, open_with=_open, joined=letter.ticket
    )
    scan.state, scan.ticket, scan.entered_at = ScanState.ENTERED, ticket, now
    scan.received_on, scan.registered_number, scan.text = letter.received_on, letter.registered_number, ""
    scan.held_by, scan.held_at = actor, None  # stays: it says who entered it
    scan.save()
    Scan.objects.filter(joined_to=scan).update(
        state=ScanState.ENTERED, ticket=ticket, entered_at=now, received_on=letter.received_on, text="", held_by=actor
    )
    return ticket


def text_of(sheets: Iterable[Scan]) -> str:
    """What was read on the sheets of a letter, in order."""
    return "\n\n".join(sheet.text for sheet in sheets if sheet.text)


def _open(*, draft: Draft, actor: Agent, now: datetime, joined: Ticket | None) -> Ticket:
    if joined is not None:
        message = message_receive(ticket=joined, incoming=_incoming(draft), now=now, actor=actor)
        search_text_append(message.ticket, draft.quoted)
        return message.ticket
    # routed at once: the next page says what the law wants for its type
    ticket = ticket_open(draft=draft, actor=actor, now=now, tell=False)
    search_text_append(ticket, draft.quoted)
    ticket = ticket_route(ticket_id=ticket.pk, now=now) or ticket
    if draft.service is not None and ticket.service != draft.service:
        with translation.override(settings.LANGUAGE_CODE):
            reason = gettext("Service chosen by %(name)s when the letter was entered.") % {"name": actor.full_name}
        # whoever enters letters sends them to services where they do not work
        sent_by = actor if may(actor, WORK, ticket) else None
        ticket = ticket_transfer(ticket=ticket, service=draft.service, reason=reason, actor=sent_by, now=now)
    return ticket


def _incoming(draft: Draft) -> Incoming:
    return Incoming(
        channel=draft.channel,
        body=draft.body,
        subject=draft.subject,
        author_name=draft.citizen.display_name if draft.citizen else draft.requester.name,
        quoted=draft.quoted,
        received_at=draft.received_at,
        uploads=draft.uploads,
    )


def _body(letter: Letter) -> str:
    """The summary, and the number of a registered letter: read with the message, and found by the search."""
    if not letter.registered_number:
        return letter.body
    with translation.override(settings.LANGUAGE_CODE):
        line = gettext("Registered letter no. %(number)s") % {"number": letter.registered_number}
    return f"{letter.body}\n\n{line}".strip()


def _upload(scan: Scan) -> Upload:
    try:
        with scan.file.open("rb") as stored:
            return Upload(scan.name, scan.content_type, stored.read(), _verdict(scan))
    except OSError as error:
        raise Conflict(_("The file of this scan cannot be read: tell the administrator."), code="no_file") from error


def _verdict(scan: Scan) -> Verdict | None:
    """What the antivirus said when the scan was dropped; None when it was away: it is asked again."""
    return None if scan.virus_check == FileCheck.WAITING else Verdict(scan.virus_check, scan.virus)


def _complete(citizen: Citizen, letter: Letter) -> None:
    """What a card did not have; what it had is never overwritten."""
    if letter.new_phone:
        phone_add(citizen=citizen, phone=letter.new_phone)
    if letter.address and not citizen.address:
        citizen.address = one_line(letter.address, 250)
        citizen.save(update_fields=["address"])
