"""Mails that wait are processed a few at once: as each alone would be, with fewer statements."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels_intake.email import delivering, processing, receiver
from channels_intake.email.processing import SMALL, TOGETHER, mails_process
from channels_intake.email.receiver import Teller
from channels_intake.email.report import inbound_report
from channels_intake.email.storing import mail_store
from channels_intake.models import InboundMail, Mailbox
from channels_intake.tasks import process_mail
from core.jobs import enqueue, enqueued_together
from notifications.models import OutboundMessage
from tests.support.factories import make_service, make_ticket, make_town, make_type
from tickets.actions.routing.route import ticket_route
from tickets.models import Message, Ticket, TicketEvent

TOWN = "mairie@rives-sur-orme.example"
Told = list[tuple[str, tuple[object, ...]]]


@pytest.fixture
def box(db: None) -> Mailbox:
    make_town()
    make_type("eclairage", make_service("voirie"), keywords=["lampadaire"])
    return Mailbox.objects.get_or_create(address=TOWN)[0]


def store(*boxes: Mailbox, number: int, text: str = "Le lampadaire est éteint.") -> list[int]:
    raw = (
        f"From: Personne {number} <personne{number}@example.org>\r\nSubject: Demande {number}\r\n"
        f"Message-ID: <{number}@example.org>\r\n\r\n{text}\r\n"
    )
    sender = f"personne{number}@example.org"
    return mail_store(mailbox_ids=[each.pk for each in boxes], raw=raw.encode(), envelope_from=sender)


def test_those_that_wait_are_taken_along(box: Mailbox, told: Told, django_capture_on_commit_callbacks: Any) -> None:
    ids = [pk for number in range(TOGETHER + 3) for pk in store(box, number=number)]
    with django_capture_on_commit_callbacks(execute=True):
        done = mails_process(mail_id=ids[0], now=timezone.now())
    assert done.statuses == dict.fromkeys(ids[:TOGETHER], "done")
    assert done.next_id == ids[TOGETHER - 1] + 1
    assert told == [("notifications.sweep_outbox", ())]  # the acknowledgements leave together
    assert mails_process(mail_id=ids[0], now=timezone.now()).statuses == dict.fromkeys(ids[TOGETHER:], "done")
    assert mails_process(mail_id=ids[0], now=timezone.now()) == processing.Done({})
    assert sorted(Ticket.objects.values_list("subject", flat=True)) == sorted(f"Demande {n}" for n in range(len(ids)))
    assert Ticket.objects.filter(service__code="voirie", routed_at__isnull=False).count() == len(ids)
    for ticket in Ticket.objects.all():
        assert list(ticket.events.values_list("kind", flat=True)) == ["opened", "routed", "acknowledged"]
    assert OutboundMessage.objects.values("to_address").distinct().count() == len(ids)


def test_the_task_goes_on_until_nothing_waits(box: Mailbox) -> None:
    [first, *_] = [pk for number in range(2 * TOGETHER + 1) for pk in store(box, number=number)]
    process_mail(first)
    assert inbound_report()["became"]["ticket"] == 2 * TOGETHER + 1


def test_one_bad_mail_costs_nothing_to_the_others(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = processing.parse_mail

    def trips(raw: bytes, **given: Any) -> Any:
        if b"Demande 2" in raw:
            raise ValueError("a mail like no other")
        return parse(raw, **given)

    monkeypatch.setattr(processing, "parse_mail", trips)
    ids = [pk for number in range(4) for pk in store(box, number=number)]
    assert mails_process(mail_id=ids[0], now=timezone.now()).statuses == dict.fromkeys(ids, "done")
    assert Ticket.objects.count() == Message.objects.count() == 4
    assert "a mail like no other" in InboundMail.objects.get(pk=ids[2]).note
    assert set(InboundMail.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_a_failing_database_leaves_them_all_to_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    make_town()
    box = Mailbox.objects.get_or_create(address=TOWN)[0]
    [first, _second] = [pk for number in range(2) for pk in store(box, number=number)]

    def down(**_: object) -> None:
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr(delivering, "intake", down)
        process_mail(first)
    assert list(InboundMail.objects.values_list("status", "attempts")) == [("stored", 1)] * 2
    process_mail(first)  # those that were tried are taken alone
    assert Ticket.objects.count() == 1


def test_a_heavy_mail_is_taken_alone(box: Mailbox) -> None:
    ids = [*store(box, number=1), *store(box, number=2, text="x" * SMALL), *store(box, number=3)]
    assert set(mails_process(mail_id=ids[0], now=timezone.now()).statuses) == {ids[0], ids[2]}
    assert mails_process(mail_id=ids[1], now=timezone.now()).statuses == {ids[1]: "done"}


def test_copies_to_two_mailboxes_are_one_ticket(box: Mailbox) -> None:
    other = Mailbox.objects.create(address="accueil@rives-sur-orme.example")
    ids = store(box, other, number=1)
    mails_process(mail_id=min(ids), now=timezone.now())
    assert Ticket.objects.count() == 1
    assert sorted(InboundMail.objects.values_list("outcome", flat=True)) == ["ticket", "twin"]


def test_the_worker_is_told_of_one_in_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(receiver, "enqueue", lambda _name, mail_id: told.append(mail_id))
    monkeypatch.setattr(receiver.threading.Thread, "start", lambda _self: None)
    teller = Teller()
    for mail_id in range(1, 2 * TOGETHER + 2):
        teller.tell(mail_id, 2000)
    teller.tell(900, SMALL)
    teller._ids.put(None)
    teller._run()
    assert told == [1, 1 + TOGETHER, 1 + 2 * TOGETHER, 900]


def test_what_is_enqueued_together(told: Told, db: None, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        with enqueued_together("one", many="all"):
            enqueue("one", 1)
            enqueue("other", 2)
        with enqueued_together("one", many="all"):
            enqueue("one", 3)
            enqueue("one", 4)
    assert told == [("other", (2,)), ("one", (1,)), ("all", ())]


def test_what_a_mail_and_a_request_cost(box: Mailbox) -> None:
    """In statements; the batch of eight: for each."""
    store(box, number=0)
    mails_process(mail_id=InboundMail.objects.get().pk, now=timezone.now())
    [alone] = store(box, number=1)
    with CaptureQueriesContext(connection) as one:
        mails_process(mail_id=alone, now=timezone.now())
    ids = [pk for number in range(2, 2 + TOGETHER) for pk in store(box, number=number)]
    with CaptureQueriesContext(connection) as eight:
        mails_process(mail_id=ids[0], now=timezone.now())
    ticket = make_ticket(routed=False)
    with CaptureQueriesContext(connection) as routing:
        ticket_route(ticket_id=ticket.pk, now=timezone.now())
    assert len(one) <= 31
    assert len(eight) / TOGETHER <= 20
    assert len(routing) <= 17
    assert TicketEvent.objects.filter(ticket=ticket).count() == 3
