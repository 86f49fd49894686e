"""The demo town: its files say nothing real, and its history is what the actions would have written."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from core.text import fold
from directory.models import Agent, Citizen, ContactPoint, RequestType, Service, Site, Town
from grc.demo import data, loader
from grc.demo.citizens import Population
from grc.demo.history import History, Telling
from grc.demo.organisation import Organisation
from grc.demo.story import Opening, Story
from knowledge.models import Article
from notifications.models import OutboundMessage
from tickets.actions.clocks.deadlines import next_due
from tickets.actions.clocks.enforcement import deadlines_enforce
from tickets.actions.messages import Incoming, message_receive, note_add, reply_send
from tickets.actions.opening import Draft, ticket_open
from tickets.actions.processing import ticket_assign, ticket_classify, ticket_close, ticket_transfer
from tickets.actions.replies.first_contact import contact_answered
from tickets.actions.routing.route import ticket_route
from tickets.enums import OPEN_STATUSES, Status
from tickets.models import Deadline, Message, Ticket, TicketEvent, TicketText
from tickets.references import parse_reference
from tickets.routing.keywords import TypeKeywords, best_match

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=PARIS)
FICTION = re.compile(r"^(01 99 00|02 61 91|03 53 01|04 65 71|05 36 49|06 39 98) \d\d \d\d$")
PHONE = re.compile(r"\b0\d(?: \d\d){4}\b")
EMAIL = re.compile(r"[\w.+-]+@[\w.-]+\w")


# What the files say


def all_text() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in [*data.DATA.iterdir(), data.CATALOGUE])


def test_numbers_and_addresses_are_those_kept_for_fiction() -> None:
    numbers = PHONE.findall(all_text())
    assert numbers
    assert [number for number in numbers if not FICTION.match(number)] == []
    assert {mail.rsplit("@")[1] for mail in EMAIL.findall(all_text())} == {"rives-sur-orme.example"}
    assert set(data.people()["email_domains"]) == {"example.org", "example.com", "example.net"}


def test_the_ten_known_messages_are_recognised() -> None:
    rows = [line.split(";") for line in data.CATALOGUE.read_text(encoding="utf-8").splitlines()[1:]]
    codes = sorted(row[0] for row in rows)
    keywords = {row[0]: row[9].split("|") for row in rows}
    types = [TypeKeywords(number, keywords[code]) for number, code in enumerate(codes)]
    for entry in data.voices()["famous"]:
        match = best_match("", entry["text"], types)
        assert (codes[match.type_id] if match else "") == entry["type"], entry["text"]


@pytest.mark.django_db
def test_the_town_is_whole(town: Organisation) -> None:
    assert Service.objects.filter(kind="service").count() == 12
    assert Service.objects.filter(kind="direction").count() == 4
    assert (Agent.objects.count(), Site.objects.count()) == (30, 2)
    assert Town.objects.get().is_fictional
    assert town.pilot.code == "accueil"
    for service in Service.objects.filter(kind="service"):
        facts = [service.referent, service.postal_address, service.phone, service.email, service.opening_hours]
        assert all(facts), service.code
        assert town.workers[service.code]
    assert all(direction.manager for direction in Service.objects.filter(kind="direction"))
    assert {role: len(agents) for role, agents in town.desks.items()} == {"counter": 3, "phone": 3}
    assert Article.objects.filter(audience="public").count() >= 40
    assert Article.objects.filter(audience="internal").count() >= 8
    for article in Article.objects.all():
        assert 60 <= len(article.answer.split()) <= 150, article.question
    assert {story.type_code for story in data.stories()} == set(RequestType.objects.values_list("code", flat=True))


# A story and the actions write the same rows


def rows_of(ticket: Ticket) -> dict[str, Any]:
    """Everything a ticket left, without keys and references, comparable between two tellings of one life."""
    fields = [each.attname for each in Ticket._meta.concrete_fields if each.name not in {"id", "reference"}]
    clocks = ticket.deadlines.order_by("kind", "cycle").values_list(
        *("kind", "cycle", "state", "started_at", "due_at", "amount", "unit", "stopped_at", "taken", "next_step_at"),
    )
    steps = ticket.deadlines.values_list(
        "kind", "escalations__level", "escalations__step", "escalations__recipient", "escalations__at"
    )
    events = ticket.events.values_list("kind", "actor_id", "at", "data")
    pauses = ticket.clock_pauses.values_list("started_at", "ended_at")
    decisions = ticket.decisions.values_list("kind", "outcome", "decided_on", "notified_on", "reasons", "actor_id")
    letters = ticket.letters.values_list("kind", "subject", "sent_at", "by_email", "data__regime")
    messages = ticket.messages.values_list("kind", "channel", "author_id", "author_name", "body", "created_at")
    return {
        "ticket": {name: getattr(ticket, name) for name in fields},
        "clocks": list(clocks),
        "steps": sorted(steps, key=str),
        "events": sorted(
            ((k, a, at, json.dumps(d, sort_keys=True).replace(ticket.reference, "")) for k, a, at, d in events), key=str
        ),
        "pauses": list(pauses),
        "decisions": list(decisions),
        "letters": list(letters),
        "messages": sorted(messages, key=str),
        "text": fold(ticket.text.body),
    }


def enforce_until(end: datetime) -> None:
    """Sweep at the very moment each step falls."""
    due = Deadline.objects.filter(state="running", next_step_at__lte=end).order_by("next_step_at")
    while (clock := due.first()) is not None:
        assert clock.next_step_at is not None
        deadlines_enforce(now=clock.next_step_at)


def saved(story: Story) -> Ticket:
    from grc.demo.writer import stories_write

    stories_write([story])
    return Ticket.objects.get(pk=story.ticket.pk)


@pytest.fixture
def citizen(db: None) -> Citizen:
    person = Citizen.objects.create(first_name="Rose", last_name="Picard")
    ContactPoint.objects.create(citizen=person, kind="email", value="rose@example.org")
    return person


def test_an_answered_and_reopened_ticket(town: Organisation, citizen: Citizen) -> None:
    """Mail routed by its words, corrected, sent elsewhere, a question, an answer, a return, the end; late meanwhile."""
    start = datetime(2026, 9, 7, 9, 12, tzinfo=PARIS)
    t = [start + timedelta(hours=hours) for hours in (0, 1, 20, 21, 22, 100, 240, 260, 300, 420, 421)]
    body, subject = "Je demande l'autorisation de poser une benne rue Basse.", "Travaux"
    first, second = town.types["occupation-domaine-public"], town.types["subvention"]
    worker, other = town.workers["voirie"][0], town.workers["vie-locale"][0]

    ticket = ticket_open(
        draft=Draft(channel="email", subject=subject, body=body, citizen=citizen, received_at=t[0]),
        actor=None,
        now=t[0],
    )
    ticket_route(ticket_id=ticket.pk, now=t[1])
    ticket_assign(ticket=ticket, assignee=worker, actor=worker, now=t[2])
    ticket_classify(ticket=ticket, request_type=second, actor=worker, now=t[3])
    ticket_transfer(ticket=ticket, service=second.service, reason="Pour vous.", actor=worker, now=t[4])
    enforce_until(t[5])
    reply_send(ticket=ticket, actor=other, body="Une pièce manque.", now=t[5], then=Status.WAITING)
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="La voici."), now=t[6])
    note_add(ticket=ticket, actor=other, body="Complet.", now=t[7])
    enforce_until(t[8])
    reply_send(ticket=ticket, actor=other, body="C’est accordé.", now=t[8], outcome="accepted")
    message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Il manque une date."), now=t[9])
    ticket_close(ticket=Ticket.objects.get(pk=ticket.pk), actor=other, now=t[10])

    story = Story(
        town,
        Opening(
            reference="G-AAAAA-AAAAA", channel="email", subject=subject, body=body, at=t[0], citizen=citizen, email=True
        ),
    )
    story.route(t[1], first, ("benne",))
    story.assign(t[2], worker)
    story.classify(t[3], second, worker)
    story.transfer(t[4], second.service, "Pour vous.", worker)
    story.reply(t[5], "Une pièce manque.", other, Status.WAITING)
    story.receive(t[6], "La voici.")
    story.note(t[7], "Complet.", other)
    story.reply(t[8], "C’est accordé.", other, outcome="accepted")
    story.receive(t[9], "Il manque une date.")
    story.close(t[10], other)

    assert rows_of(saved(story)) == rows_of(Ticket.objects.get(pk=ticket.pk))


def test_a_ticket_that_nobody_answers(town: Organisation, citizen: Citizen) -> None:
    start = datetime(2026, 9, 7, 9, 0, tzinfo=PARIS)
    kind = town.types["attestation-accueil"]
    draft = Draft(
        channel="web", subject="Visa", body="Attestation.", citizen=citizen, request_type=kind, received_at=start
    )
    ticket = ticket_open(draft=draft, actor=None, now=start)
    ticket_route(ticket_id=ticket.pk, now=start)
    end = start + timedelta(days=40)
    enforce_until(end)

    story = Story(
        town,
        Opening(
            reference="G-BBBBB-BBBBB",
            channel="web",
            subject="Visa",
            body="Attestation.",
            at=start,
            citizen=citizen,
            request_type=kind,
            email=True,
        ),
    )
    story.route(start)
    story.advance(end)

    told = rows_of(saved(story))
    assert told == rows_of(Ticket.objects.get(pk=ticket.pk))
    assert told["ticket"]["escalation_level"] == 3
    assert "implicit_decision" in {event[0] for event in told["events"]}


def test_a_call_answered_on_the_spot(town: Organisation, citizen: Citizen) -> None:
    agent, article = town.desks["phone"][0], town.articles["encombrants"][0]
    kind, at = town.types["encombrants"], datetime(2026, 9, 7, 9, 0, tzinfo=PARIS)
    draft = Draft(
        channel="phone", subject="Canapé", body="Un canapé.", citizen=citizen, request_type=kind, received_at=at
    )
    ticket = contact_answered(draft=draft, actor=agent, now=at, article=article)
    ticket_route(ticket_id=ticket.pk, now=at)

    story = Story(
        town,
        Opening(
            reference="G-CCCCC-CCCCC",
            channel="phone",
            subject="Canapé",
            body="Un canapé.",
            at=at,
            citizen=citizen,
            request_type=kind,
            email=True,
            by=agent,
        ),
    )
    story.answer_on_the_spot(at, article, agent)
    story.route(at)

    assert rows_of(saved(story)) == rows_of(Ticket.objects.get(pk=ticket.pk))


# The history


@pytest.mark.django_db
def test_the_history_holds_together() -> None:
    loader.demo_load(seed=3, tickets=150, now=NOW, say=lambda line: None)

    assert Ticket.objects.count() == 150
    assert not OutboundMessage.objects.exists()
    assert deadlines_enforce(now=NOW, dry_run=True).taken == []
    assert not TicketEvent.objects.filter(at__gt=NOW).exists()
    assert not Message.objects.filter(created_at__gt=NOW).exists()
    assert TicketText.objects.count() == 150
    channels = Counter(Ticket.objects.values_list("channel", flat=True))
    assert {"web", "email", "phone", "counter"} <= set(channels)
    for ticket in Ticket.objects.prefetch_related("deadlines", "messages"):
        clocks = list(ticket.deadlines.all())
        assert parse_reference(ticket.reference) == ticket.reference
        assert ticket.routed_at is not None
        assert ticket.next_due_at == next_due(clocks)
        assert (ticket.closed_at is not None) == (ticket.status in {Status.CLOSED, Status.CANCELLED})
        if not ticket.is_open:
            assert not [clock for clock in clocks if clock.state in {"running", "paused"}]
        if ticket.status in {Status.ANSWERED, Status.CLOSED}:
            assert ticket.answer_kept is not None
        assert [message for message in ticket.messages.all() if "{" in message.body] == []


def tell(town: Organisation, now: datetime, seed: int = 1, count: int = 600) -> list[Story]:
    rng = Random(seed)
    return History(Telling(rng, now.astimezone(UTC), PARIS, town, Population(rng, 250))).stories(count)


def test_the_same_seed_tells_the_same_history(town: Organisation) -> None:
    one, same, other = (tell(town, NOW, seed, 40) for seed in (1, 1, 2))
    assert [(s.ticket.reference, s.messages[0].body) for s in one] == [
        (s.ticket.reference, s.messages[0].body) for s in same
    ]
    assert [s.ticket.reference for s in one] != [s.ticket.reference for s in other]


@pytest.mark.parametrize(
    "now",
    [NOW, datetime(2026, 11, 22, 3, 0, tzinfo=PARIS), datetime(2027, 1, 1, 23, 58, tzinfo=PARIS)],
    ids=["a Tuesday morning", "a Sunday night", "the end of a holiday"],
)
def test_the_proportions_are_those_of_a_town(town: Organisation, now: datetime) -> None:
    stories = tell(town, now)
    tickets = [story.ticket for story in stories]
    still_open = [ticket for ticket in tickets if ticket.status in OPEN_STATUSES]
    late = [ticket for ticket in still_open if ticket.next_due_at and ticket.next_due_at < now]
    kept = Counter(ticket.answer_kept for ticket in tickets)
    desk = [ticket for ticket in tickets if ticket.channel in {"phone", "counter"}]
    soon = [t for t in still_open if t.legal_due_on and 0 <= (t.legal_due_on - now.date()).days <= 15]

    assert len(tickets) == 600
    assert 110 <= len(still_open) <= 130
    assert 20 <= len(late) <= 32
    assert 0.83 <= kept[True] / (kept[True] + kept[False]) <= 0.92
    assert 0.5 <= sum(ticket.is_first_contact for ticket in desk) / len(desk) <= 0.72
    assert len(soon) >= 8
    assert any(ticket.assignee is None for ticket in still_open)
    assert {"waiting", "open", "new"} == {str(ticket.status) for ticket in still_open}
    assert {ticket.escalation_level for ticket in late} >= {1, 2, 3}
    assert max(ticket.received_at for ticket in tickets) <= now
    days = Counter(ticket.received_at.astimezone(PARIS).weekday() for ticket in tickets)
    assert days[0] > days[5] > 0


# The commands


@pytest.mark.django_db
def test_load_demo_needs_an_empty_database(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_demo", tickets=15)
    assert "600" not in capsys.readouterr().out
    assert Ticket.objects.count() == 15
    with pytest.raises(CommandError, match="base vide"):
        call_command("load_demo")
    call_command("load_demo", "--if-empty")
    assert "Déjà chargée" in capsys.readouterr().out
    assert Ticket.objects.count() == 15


def test_the_sites_clock_is_not_used(town: Organisation) -> None:
    """Nothing in a story is dated by the machine's clock."""
    story = tell(town, datetime(2020, 6, 3, 12, 0, tzinfo=UTC), count=12)[0]
    ticket = story.ticket
    moments = [ticket.created_at, ticket.updated_at, ticket.last_inbound_at, *(event.at for event in story.events)]
    assert max(moments) < timezone.now() - timedelta(days=365)
