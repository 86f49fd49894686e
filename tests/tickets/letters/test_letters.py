"""Writing letters: what is kept, what leaves, and what they do to the request."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from core.errors import Conflict, Invalid, NotAllowed
from notifications.models import OutboundKind, OutboundStatus
from tests.support.factories import make_agent, make_service
from tests.tickets.letters.town import clerk, request
from tickets.actions.letters.answers import answer_letter_write, letter_posted
from tickets.actions.letters.letters import MentionsMissing, letter_write, requester_locate
from tickets.enums import DeadlineKind, DeadlineState, EventKind, LetterKind, MessageKind, Outcome, Status
from tickets.letters import render
from tickets.models import Letter, Ticket
from tickets.selectors.letters import receipt_of

pytestmark = pytest.mark.django_db


def answer(ticket, actor, **fields):
    values = {"body": "La chaussée est trop étroite.", "by_email": True, "now": timezone.now()}
    return answer_letter_write(ticket=ticket, actor=actor, **(values | fields))


def files() -> set[Path]:
    return set((Path(settings.MEDIA_ROOT) / "letters").rglob("*.pdf"))


def test_a_letter_keeps_its_data_its_text_and_its_pdf():
    ticket = request()
    actor = clerk(ticket.service)
    letter = letter_write(
        ticket=ticket,
        kind=LetterKind.ANSWER,
        actor=actor,
        now=timezone.now(),
        by_email=True,
        extra={"body": "Bonjour."},
    )
    raw = letter.pdf.read()
    assert hashlib.sha256(raw).hexdigest() == letter.sha256
    assert render.pdf(letter.data) == raw, "the same PDF can be made again"
    assert letter.reference == f"{ticket.reference}-C2"
    assert letter.outbound.kind == OutboundKind.LETTER
    assert not letter.outbound.is_automatic
    assert letter.outbound.body == letter.text
    assert letter.sent_at is not None
    event = ticket.events.get(kind=EventKind.LETTER)
    assert event.data == {"letter": "answer", "reference": letter.reference, "by_email": True}


def test_a_missing_mention_blocks_and_writes_nothing():
    ticket = request()
    actor = clerk(ticket.service, title="")
    kept = files()
    with pytest.raises(MentionsMissing) as refusal:
        answer(ticket, actor)
    assert refusal.value.code == "mentions_missing"
    assert [each.code for each in refusal.value.missing] == ["agent_title"]
    assert not ticket.letters.filter(kind=LetterKind.ANSWER).exists()
    assert files() == kept
    assert Ticket.objects.get(pk=ticket.pk).status == Status.NEW


def test_no_file_is_left_by_a_letter_that_fails(monkeypatch):
    ticket = request()
    actor = clerk(ticket.service)
    kept = files()
    monkeypatch.setattr("tickets.actions.letters.letters.outbound_queue", lambda **_fields: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        answer(ticket, actor)
    assert files() == kept


def test_only_those_who_work_on_the_ticket_write():
    ticket = request()
    with pytest.raises(NotAllowed):
        answer(ticket, make_agent())
    with pytest.raises(NotAllowed):
        answer(ticket, clerk(make_service("autre")))


def test_an_answer_by_email_answers_the_request_and_decides():
    ticket = request()
    actor = clerk(ticket.service)
    letter = answer(ticket, actor, outcome=Outcome.REFUSED)
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert ticket.status == Status.ANSWERED
    assert ticket.answer_kept is True
    assert ticket.assignee == actor
    assert ticket.legal_running is False
    assert ticket.deadlines.get(kind=DeadlineKind.ANSWER).state == DeadlineState.MET
    decision = ticket.decisions.get()
    assert (decision.outcome, decision.letter, decision.appeals_told) == (Outcome.REFUSED, letter, True)
    message = ticket.messages.get(kind=MessageKind.REPLY)
    assert message.body == "La chaussée est trop étroite."
    assert message.outbound == letter.outbound


def test_an_answer_on_paper_waits_to_be_posted():
    ticket = request(channel="post")
    actor = clerk(ticket.service)
    letter = answer(ticket, actor, by_email=False)
    assert letter.sent_at is None
    assert letter.outbound is None
    assert Ticket.objects.get(pk=ticket.pk).status == Status.NEW
    now = timezone.now()
    letter_posted(
        letter=letter, actor=actor, on=timezone.localdate(now), now=now, registered_number=" 1A 234 567 8901 2 "
    )
    letter.refresh_from_db()
    assert letter.sent_at == now
    assert letter.registered_number == "1A 234 567 8901 2"
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert ticket.status == Status.ANSWERED
    assert ticket.messages.get(kind=MessageKind.REPLY).channel == "post"
    with pytest.raises(Conflict):
        letter_posted(letter=letter, actor=actor, on=timezone.localdate(now), now=now)


@pytest.mark.parametrize("days", [-1, 1])
def test_a_letter_is_not_posted_before_it_is_written_nor_tomorrow(days):
    ticket = request(channel="post")
    actor = clerk(ticket.service)
    letter = answer(ticket, actor, by_email=False)
    now = timezone.now()
    with pytest.raises(Invalid) as refusal:
        letter_posted(letter=letter, actor=actor, on=timezone.localdate(now) + timedelta(days=days), now=now)
    assert refusal.value.field == "on"


def test_the_acknowledgement_on_paper_counts_once_it_is_posted():
    ticket = request(channel="post")
    actor = clerk(ticket.service)
    now = timezone.now()
    letter = letter_write(ticket=ticket, kind=LetterKind.RECEIPT, actor=actor, now=now, by_email=False)
    assert receipt_of(ticket) is None, "still on the desk"
    letter_posted(letter=letter, actor=actor, on=timezone.localdate(now), now=now)
    assert receipt_of(ticket) == letter
    assert Ticket.objects.get(pk=ticket.pk).status == Status.NEW, "an acknowledgement answers nothing"


def test_an_acknowledgement_whose_mail_failed_was_not_sent():
    ticket = request()
    letter = receipt_of(ticket)
    letter.outbound.status = OutboundStatus.FAILED
    letter.outbound.save()
    assert receipt_of(ticket) is None


def test_letters_are_numbered_in_their_ticket():
    ticket = request()
    actor = clerk(ticket.service)
    for _ in range(3):
        answer(ticket, actor)
    assert list(Letter.objects.order_by("id").values_list("reference", flat=True)) == [
        f"{ticket.reference}-C{number}" for number in (1, 2, 3, 4)
    ]


def test_a_closed_request_is_not_written_to():
    ticket = request("none")
    Ticket.objects.filter(pk=ticket.pk).update(status=Status.CLOSED)
    with pytest.raises(Conflict):
        answer(ticket, clerk(ticket.service))


def test_an_address_is_kept_and_an_empty_one_changes_nothing():
    ticket = request()
    actor = clerk(ticket.service)
    requester_locate(ticket=ticket, address="3 place Haute\n\n99120 Rives\x00", actor=actor)
    ticket.requester.refresh_from_db()
    assert ticket.requester.address == "3 place Haute, 99120 Rives"
    requester_locate(ticket=ticket, address="  ", actor=actor)
    ticket.requester.refresh_from_db()
    assert ticket.requester.address == "3 place Haute, 99120 Rives"
