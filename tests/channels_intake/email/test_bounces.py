"""What came back, what is late, and how many automatic answers leave at most."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from channels_intake.email.processing import mail_process
from channels_intake.models import InboundMail
from directory.models import Agent, ContactPoint
from notifications.models import OutboundMessage
from tests.channels_intake.email.corpus_wrapped import report
from tests.channels_intake.email.test_processing import arrive, box, letter
from tests.support.factories import make_agent, make_town
from tickets.actions.messages import reply_send
from tickets.actions.replies.send_failures import send_failures_note
from tickets.enums import EventKind
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
REFUSED = ("", "Final-Recipient: rfc822; claire@example.org", "Action: failed", "Status: 5.1.1")
LATE = ("", "Final-Recipient: rfc822; claire@example.org", "Action: delayed", "Status: 4.4.1")


@pytest.fixture(autouse=True)
def _town() -> None:
    make_town()


def notice(*group: str, number: int = 1, about: str = "") -> bytes:
    """A report on the message ``about``, by default the last one that we sent."""
    ours = about or OutboundMessage.objects.latest("id").message_id
    raw = report(*group, returned=f"Message-ID: {ours}\r\n".encode())
    raw = raw.replace(b"<one@example.org>", f"<bounce{number}@mx.example>".encode())
    return raw.replace(b"Claire Vasseur <claire@example.org>", b"MAILER-DAEMON@mx.example")


def sent_ticket() -> Ticket:
    """A ticket whose acknowledgement left."""
    [row] = arrive(letter())
    OutboundMessage.objects.update(status="sent", sent_at=timezone.now())
    assert row.ticket is not None
    return row.ticket


def test_a_refused_message_shows_on_the_ticket_and_on_the_person() -> None:
    ticket = sent_ticket()
    [row] = arrive(notice(*REFUSED), sender="")
    assert (row.status, row.outcome, row.ticket) == ("done", "bounce", ticket)
    assert row.note == "Non remis : claire@example.org — 5.1.1"
    assert OutboundMessage.objects.get().status == "failed"
    ticket.refresh_from_db()
    assert "claire@example.org" in ticket.flag
    event = ticket.events.get(kind=EventKind.SEND_FAILED)
    assert event.data["reason"] == "claire@example.org — 5.1.1"
    point = ContactPoint.objects.get(value="claire@example.org")
    assert point.failing_since is not None
    assert point.failure == "claire@example.org — 5.1.1"
    assert ticket.messages.count() == 1
    arrive(notice(*REFUSED, number=2), sender="")
    assert send_failures_note(now=timezone.now()) == 0
    assert ticket.events.filter(kind=EventKind.SEND_FAILED).count() == 1
    since = point.failing_since
    point.refresh_from_db()
    assert point.failing_since == since


def test_the_person_writes_again_and_the_address_works() -> None:
    sent_ticket()
    arrive(notice(*REFUSED), sender="")
    arrive(letter(Auto_Submitted="auto-replied"))
    assert ContactPoint.objects.get(value="claire@example.org").failing_since is not None
    arrive(letter("Me revoilà."))
    point = ContactPoint.objects.get(value="claire@example.org")
    assert (point.failing_since, point.failure) == (None, "")


def test_a_late_message_is_only_noted() -> None:
    ticket = sent_ticket()
    [row] = arrive(notice(*LATE), sender="")
    assert (row.status, row.outcome, row.ticket) == ("done", "bounce", ticket)
    assert row.note == "En retard, nouveaux essais en cours : claire@example.org — 4.4.1"
    assert OutboundMessage.objects.get().status == "sent"
    assert not ticket.events.filter(kind=EventKind.SEND_FAILED).exists()
    assert ContactPoint.objects.get(value="claire@example.org").failing_since is None


def test_a_notice_about_somebody_elses_message_marks_nobody() -> None:
    sent_ticket()
    [row] = arrive(notice(*REFUSED, about="<forged@ville.example>"), sender="")
    assert (row.status, row.outcome, row.ticket) == ("ignored", "ignored", None)
    assert "que nous n’avons pas envoyé" in row.note
    assert Ticket.objects.count() == 1
    assert ContactPoint.objects.get(value="claire@example.org").failing_since is None


def test_a_refused_reply_flags_its_ticket_and_is_never_answered() -> None:
    ticket = sent_ticket()
    agent = make_agent(("back_office", ticket.service))
    reply_send(ticket=ticket, actor=agent, body="Réparé.", now=timezone.now())
    OutboundMessage.objects.update(status="sent")
    count = OutboundMessage.objects.count()
    arrive(notice(*REFUSED), sender="")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.flag != "") == ("answered", True)
    assert OutboundMessage.objects.count() == count


def test_automatic_answers_to_one_address_are_capped() -> None:
    now = timezone.now()
    for _ in range(7):
        arrive(letter())
    assert Ticket.objects.count() == 7
    assert OutboundMessage.objects.count() == 5
    last = Ticket.objects.latest("id")
    event = last.events.get(kind=EventKind.SEND_FAILED)
    assert event.data["reason"] == (
        "Pas d’accusé de réception\u00a0: "
        "5 réponses automatiques sont déjà parties vers claire@example.org en une heure."
    )
    OutboundMessage.objects.update(created_at=now - timedelta(hours=2))
    arrive(letter())
    assert OutboundMessage.objects.count() == 6


def test_automatic_answers_are_capped_by_day_and_in_total(settings: pytest.FixtureRequest) -> None:
    settings.AUTO_ANSWERS_PER_DAY = 2  # type: ignore[attr-defined]
    for _ in range(3):
        arrive(letter())
    assert OutboundMessage.objects.count() == 2
    settings.AUTO_ANSWERS_IN_TOTAL = 3  # type: ignore[attr-defined]
    arrive(letter(From="a@example.net"))
    [row] = arrive(letter(From="b@example.net"))
    assert OutboundMessage.objects.count() == 3
    assert row.ticket is not None
    assert "en dix minutes" in row.ticket.events.get(kind=EventKind.SEND_FAILED).data["reason"]


def test_each_mail_says_what_it_became() -> None:
    voirie = box("voirie@rives-sur-orme.example")
    first, twin = arrive(letter(), box(), voirie)
    ours = OutboundMessage.objects.get().message_id
    [reply] = arrive(letter("Merci", In_Reply_To=ours))
    [loop] = arrive(letter(From="mairie@rives-sur-orme.example", Auto_Submitted="auto-replied"))
    assert [row.outcome for row in (first, twin, reply, loop)] == ["ticket", "twin", "reply", "ignored"]
    InboundMail.objects.filter(pk=loop.pk).update(status="stored", outcome="")
    mail_process(mail_id=loop.pk, now=timezone.now())
    loop.refresh_from_db()
    assert loop.outcome == "ignored"


def test_the_ticket_says_that_its_mail_came_to_another_mailbox_too(client_of: Callable[[Agent], Client]) -> None:
    first, _twin = arrive(letter(), box(), box("voirie@rives-sur-orme.example"))
    assert first.ticket is not None
    page = client_of(make_agent(("back_office", first.ticket.service))).get(
        f"/agents/demandes/{first.ticket.reference}/"
    )
    assert "Le même courriel est aussi arrivé à voirie@rives-sur-orme.example" in page.content.decode()


def test_the_ticket_page_says_that_the_address_fails(client_of: Callable[[Agent], Client]) -> None:
    ticket = sent_ticket()
    agent = make_agent(("back_office", ticket.service))
    page = f"/agents/demandes/{ticket.reference}/"
    assert "non remis" not in client_of(agent).get(page).content.decode()
    arrive(notice(*REFUSED), sender="")
    shown = client_of(agent).get(page).content.decode()
    assert "non remis" in shown
    assert "Un message n’a pas pu être envoyé" in shown or "n’a pas pu être remis" in shown
    assert "claire@example.org — 5.1.1" in shown
