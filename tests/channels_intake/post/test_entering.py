import threading
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from channels_intake.models import IntakeKey, Scan, ScanState
from channels_intake.post.entering import Letter, received_at, scan_enter
from channels_intake.post.holding import (
    HOLD,
    Missing,
    scan_discard,
    scan_leave,
    scan_next,
    scan_restore,
    scan_take,
)
from channels_intake.post.reading import scan_read
from channels_intake.post.storing import scan_store
from core.errors import Conflict, Invalid
from directory.actions.citizens import Requester
from directory.models import Agent
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_town, make_type
from tests.support.scans import pdf, png
from tests.support.search import tickets_matching
from tickets.enums import Status
from tickets.models import Ticket

NOW = timezone.now()
TODAY = timezone.localdate()
PARIS = ZoneInfo("Europe/Paris")


def scan_of(number: int = 1, content: bytes = b"") -> Scan:
    return scan_store(name=f"{number}.png", content=content or png(number), origin=str(number), now=NOW).scan


@pytest.fixture
def agent(db: None) -> Agent:
    return make_agent(("counter", make_town()))


@pytest.fixture
def colleague(db: None) -> Agent:
    return make_agent(("counter", make_town()))


def test_the_law_counts_from_the_day_of_reception(agent: Agent) -> None:
    kind = make_type("permis", make_service("urbanisme"), regime="SVR", delay_months=2)
    scan = scan_of()
    day = TODAY - timedelta(days=10)
    letter = Letter(
        received_on=day,
        subject="Permis de construire",
        body="Pour un abri.",
        requester=Requester(name="Paul Martin", address="3 rue des Lilas"),
        request_type=kind,
        registered_number="1A 200 123 4567 8",
    )
    ticket = scan_enter(scan_id=scan.pk, letter=letter, actor=agent, now=NOW)
    assert ticket.channel == "post"
    assert timezone.localtime(ticket.received_at, PARIS).date() == day
    assert ticket.created_at == NOW
    assert ticket.legal_due_on is not None
    assert ticket.legal_due_on > day + timedelta(days=58)
    assert ticket.legal_due_on < TODAY + timedelta(days=56)
    message = ticket.messages.get()
    assert message.body == "Pour un abri.\n\nRecommandé n° 1A 200 123 4567 8"
    [file] = message.attachments.all()
    assert (file.name, file.content_type, file.sha256) == ("1.png", "image/png", scan.sha256)
    assert file.file.read() == png(1)
    assert ticket.requester is not None
    assert ticket.requester.address == "3 rue des Lilas"
    scan.refresh_from_db()
    assert (scan.state, scan.ticket, scan.received_on, scan.registered_number, scan.entered_at) == (
        ScanState.ENTERED,
        ticket,
        day,
        "1A 200 123 4567 8",
        NOW,
    )


def test_the_moment_that_stands_for_a_day() -> None:
    now = datetime(2026, 3, 29, 9, 30, tzinfo=PARIS)
    assert received_at(date(2026, 3, 29), now) == now  # before noon
    assert received_at(date(2026, 3, 29), now + timedelta(hours=6)).hour == 12
    assert received_at(date(2026, 3, 27), now) == datetime(2026, 3, 27, 12, tzinfo=PARIS)
    with pytest.raises(Invalid):
        received_at(date(2026, 3, 30), now)
    late = datetime(2026, 3, 28, 23, 30, tzinfo=ZoneInfo("UTC"))  # already the 29th in Paris
    assert received_at(date(2026, 3, 29), late) == late


def test_a_letter_is_entered_once(agent: Agent, colleague: Agent) -> None:
    scan = scan_of()
    letter = Letter(received_on=TODAY, subject="Un banc cassé")
    first = scan_enter(scan_id=scan.pk, letter=letter, actor=agent, now=NOW)
    assert scan_enter(scan_id=scan.pk, letter=letter, actor=agent, now=NOW) == first
    with pytest.raises(Conflict):
        scan_enter(scan_id=scan.pk, letter=letter, actor=colleague, now=NOW)
    assert Ticket.objects.count() == 1
    assert IntakeKey.objects.get().source == "post"


def test_the_text_read_is_folded_and_found(agent: Agent) -> None:
    scan = scan_of(content=pdf())
    scan_read(scan_id=scan.pk, now=NOW)
    letter = Letter(received_on=TODAY, subject="Courrier de M. Martin", requester=Requester(name="Paul Martin"))
    ticket = scan_enter(scan_id=scan.pk, letter=letter, actor=agent, now=NOW)
    assert "plongée dans le noir" in ticket.messages.get().quoted
    assert list(tickets_matching(Ticket.objects.all(), "plongée lampadaire")) == [ticket]
    scan.refresh_from_db()
    assert scan.text == ""  # it is the ticket's now


def test_the_service_chosen_has_the_last_word(agent: Agent) -> None:
    voirie, parcs = make_service("voirie"), make_service("parcs")
    make_type("eclairage", voirie, keywords=["lampadaire"])
    letter = Letter(received_on=TODAY, subject="Un lampadaire dans le parc")
    routed = scan_enter(scan_id=scan_of(1).pk, letter=letter, actor=agent, now=NOW)
    assert routed.service == voirie
    sent = Letter(received_on=TODAY, subject="Un lampadaire dans le parc", service=parcs)
    assert scan_enter(scan_id=scan_of(2).pk, letter=sent, actor=agent, now=NOW).service == parcs
    # who only receives letters sends them where they do not work, too
    clerk = make_agent(("counter", parcs))
    ticket = scan_enter(scan_id=scan_of(3).pk, letter=sent, actor=clerk, now=NOW)
    assert ticket.service == parcs
    told = ticket.events.get(kind="transferred")
    assert told.actor is None
    assert clerk.full_name in told.data["reason"]


def test_a_letter_joins_a_request(agent: Agent) -> None:
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(status=Status.CLOSED)
    letter = Letter(received_on=TODAY, subject="Suite", body="Toujours rien.", ticket=ticket)
    scan = scan_of()
    assert scan_enter(scan_id=scan.pk, letter=letter, actor=agent, now=NOW) == ticket
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    message = ticket.messages.order_by("id").last()
    assert message is not None
    assert (message.channel, message.body, message.attachments.count()) == ("post", "Toujours rien.", 1)
    assert Ticket.objects.count() == 1


def test_a_card_is_completed_never_overwritten(agent: Agent) -> None:
    citizen = make_citizen()
    letter = Letter(received_on=TODAY, subject="Un", citizen=citizen, address="3 rue des Lilas", new_phone="0639981234")
    scan_enter(scan_id=scan_of(1).pk, letter=letter, actor=agent, now=NOW)
    moved = Letter(received_on=TODAY, subject="Deux", citizen=citizen, address="9 autre rue")
    scan_enter(scan_id=scan_of(2).pk, letter=moved, actor=agent, now=NOW)
    citizen.refresh_from_db()
    assert citizen.address == "3 rue des Lilas"
    assert citizen.contact_points.filter(kind="phone").count() == 1


def test_what_cannot_be_entered_leaves_the_letter_as_it_was(agent: Agent) -> None:
    scan = scan_of()
    for letter in (Letter(TODAY + timedelta(days=1), "Demain"), Letter(TODAY, "  ")):
        with pytest.raises(Invalid):
            scan_enter(scan_id=scan.pk, letter=letter, actor=agent, now=NOW)
    scan.file.storage.delete(scan.file.name)
    with pytest.raises(Conflict):
        scan_enter(scan_id=scan.pk, letter=Letter(TODAY, "Un banc"), actor=agent, now=NOW)
    with pytest.raises(Missing):
        scan_enter(scan_id=10**9, letter=Letter(TODAY, "Un banc"), actor=agent, now=NOW)
    scan.refresh_from_db()
    assert scan.state == ScanState.NEW
    assert not Ticket.objects.exists()


def test_each_agent_gets_another_letter(agent: Agent, colleague: Agent) -> None:
    scans = [scan_of(number) for number in (1, 2, 3)]
    assert scan_next(actor=agent, now=NOW) == scans[0]
    assert scan_next(actor=colleague, now=NOW) == scans[1]
    assert scan_next(actor=agent, now=NOW) == scans[0]  # the one begun comes back
    assert scan_next(actor=agent, now=NOW, after=scans[0].pk) == scans[2]
    assert scan_next(actor=colleague, now=NOW, after=scans[1].pk) == scans[0]  # after the last, the first again
    with pytest.raises(Conflict):
        scan_take(scan_id=scans[0].pk, actor=agent, now=NOW)
    assert scan_take(scan_id=scans[0].pk, actor=agent, now=NOW + HOLD).held_by == agent
    scan_leave(scan_id=scans[0].pk, actor=colleague)
    assert Scan.objects.get(pk=scans[0].pk).held_by == agent
    scan_leave(scan_id=scans[0].pk, actor=agent)
    assert Scan.objects.get(pk=scans[0].pk).held_by is None
    Scan.objects.update(state=ScanState.ENTERED)
    assert scan_next(actor=agent, now=NOW) is None


@pytest.mark.django_db(transaction=True)
def test_agents_who_click_at_once_never_get_the_same_letter() -> None:
    root = make_town()
    for number in range(4):
        scan_of(number)
    agents = [make_agent(("counter", root)) for _ in range(4)]
    barrier, found = threading.Barrier(4), list[int]()

    def click(one: Agent) -> None:
        barrier.wait()
        scan = scan_next(actor=one, now=NOW)
        if scan is not None:
            found.append(scan.pk)
        connection.close()

    threads = [threading.Thread(target=click, args=(one,)) for one in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) >= 2  # a row another click holds is skipped, never shared
    assert len(set(found)) == len(found)


def test_set_aside_and_back(agent: Agent, colleague: Agent) -> None:
    scan = scan_of()
    scan_take(scan_id=scan.pk, actor=agent, now=NOW)
    with pytest.raises(Conflict):
        scan_discard(scan_id=scan.pk, reason="Publicité", actor=colleague, now=NOW)
    with pytest.raises(Invalid):
        scan_discard(scan_id=scan.pk, reason=" ", actor=agent, now=NOW)
    for _ in range(2):
        scan_discard(scan_id=scan.pk, reason="Publicité", actor=agent, now=NOW)
    scan.refresh_from_db()
    assert (scan.state, scan.discard_reason, scan.discarded_by, scan.held_by) == (
        ScanState.DISCARDED,
        "Publicité",
        agent,
        None,
    )
    assert scan_next(actor=agent, now=NOW) is None
    with pytest.raises(Conflict):
        scan_enter(scan_id=scan.pk, letter=Letter(TODAY, "Un banc"), actor=agent, now=NOW)
    for _ in range(2):
        assert scan_restore(scan_id=scan.pk).state == ScanState.NEW
    ticket = scan_enter(scan_id=scan.pk, letter=Letter(TODAY, "Un banc"), actor=agent, now=NOW)
    with pytest.raises(Conflict):
        scan_restore(scan_id=scan.pk)
    with pytest.raises(Conflict):
        scan_discard(scan_id=scan.pk, reason="Publicité", actor=agent, now=NOW)
    assert Scan.objects.get().ticket == ticket


@pytest.mark.django_db(transaction=True)
def test_killed_while_entering_leaves_nothing_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    make_town()
    agent = make_agent(("counter", make_town()))
    scan = scan_of()

    class Killed(BaseException):
        pass

    def die(*_args: Any, **_named: Any) -> None:
        raise Killed

    for step in ("ticket_open", "ticket_route", "search_text_append"):
        with monkeypatch.context() as patched:
            patched.setattr(f"channels_intake.post.entering.{step}", die)
            with pytest.raises(Killed):
                scan_enter(scan_id=scan.pk, letter=Letter(TODAY, "Un banc"), actor=agent, now=NOW)
        assert not Ticket.objects.exists()
    scan_enter(scan_id=scan.pk, letter=Letter(TODAY, "Un banc"), actor=agent, now=NOW)
    assert Ticket.objects.count() == 1
