"""The same subject by the same person: the pure rule, then what is linked, flagged and told — and to whom."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory.actions.citizens import Requester
from directory.models import Citizen
from knowledge.ranking import telling_words
from notifications.models import OutboundMessage
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tickets.actions.imports import ticket_route_mute
from tickets.actions.processing import ticket_close
from tickets.models import Ticket, TicketEvent, TicketLink
from tickets.routing.similarity import Subject, closeness, closest

CLAIRE = "claire@example.org"


def subject(text: str, type_id: int | None = None) -> Subject:
    return Subject.of(type_id, telling_words(text))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Lampadaire éteint allée du Stade", "Bonjour, le lampadaire de l’allée du stade est toujours éteint", True),
        ("Lampadaires éteints", "lampadaire éteint", True),
        ("Lampadaire éteint allée du Stade", "Lampadaire cassé rue des Tilleuls depuis hier soir", False),
        ("Inscription à la cantine", "Un trou devant chez moi", False),
        ("Bonjour, merci de votre réponse", "Bonjour, merci de votre réponse", False),
        ("Cantine", "Cantine", False),
        ("", "", False),
    ],
)
def test_words_make_the_same_subject(one: str, other: str, same: bool) -> None:
    assert (closeness(subject(one), subject(other)) > 0) is same
    assert closeness(subject(one), subject(other)) == closeness(subject(other), subject(one))


@pytest.mark.parametrize(
    ("types", "same"), [((1, 1), True), ((1, 2), False), ((None, None), False), ((1, None), False)]
)
def test_a_type_in_common_makes_the_same_subject(types: tuple[int | None, int | None], same: bool) -> None:
    assert (closeness(subject("Cantine", types[0]), subject("Un trou", types[1])) > 0) is same


def test_the_closest_wins_and_words_decide_between_two_of_the_type() -> None:
    others = [
        (1, subject("Trou rue Haute", 5)),
        (2, subject("Trou devant le 12 rue des Tilleuls", 5)),
        (3, subject("X")),
    ]
    assert closest(subject("Le trou du 12 rue des Tilleuls", 5), others) == 2
    assert closest(subject("Cantine"), others) is None


@pytest.fixture
def known() -> Citizen:
    """Claire, known before she writes."""
    ticket = make_ticket(
        requester=Requester(name="Claire Vasseur", email=CLAIRE, phone="06 39 98 12 34"),
        subject="Inscription",
        body="Première demande",
        now=timezone.now() - timedelta(days=90),
    )
    ticket_close(ticket=ticket, actor=None, now=timezone.now())
    assert ticket.requester is not None
    Citizen.objects.filter(pk=ticket.requester.pk).update(created_at=timezone.now() - timedelta(days=90))
    return ticket.requester


def writes(days_ago: float = 0, email: str = CLAIRE, phone: str = "", **draft: Any) -> Ticket:
    fields = {"subject": "Lampadaire éteint allée du Stade", "body": "Il fait noir, merci."}
    return make_ticket(
        requester=Requester(name="Claire Vasseur", email=email, phone=phone),
        now=timezone.now() - timedelta(days=days_ago),
        **(fields | draft),
    )


def told(ticket: Ticket) -> str:
    return OutboundMessage.objects.get(kind="acknowledgement", ticket_reference=ticket.reference).body


@pytest.mark.django_db
def test_the_second_request_is_linked_flagged_and_acknowledged_as_such(known: Citizen) -> None:
    first, again = writes(days_ago=4), writes()
    assert again.flag == f"Même sujet que {first.reference}, 4 jours avant."
    link = TicketLink.objects.get()
    assert (link.ticket, link.target, link.kind, link.created_by) == (again, first, "duplicate", None)
    assert TicketEvent.objects.filter(kind="linked").count() == 2
    assert first.reference in told(again)
    assert first.flag == ""
    assert "déjà écrit" not in told(first)


@pytest.mark.django_db
@pytest.mark.parametrize("channel", ["email", "web", "api"])
def test_on_every_written_channel(channel: str, known: Citizen) -> None:
    first = writes(days_ago=1, channel=channel)
    assert first.reference in writes(channel=channel).flag


@pytest.mark.django_db
def test_what_is_not_the_same_is_left_alone(known: Citizen) -> None:
    writes(days_ago=4)
    others = [
        writes(subject="Cantine de mon fils", body="Comment l’inscrire ?"),
        writes(email="paul@example.org"),
        make_ticket(citizen=known, requester=Requester(), subject="Lampadaire éteint allée du Stade", routed=False),
    ]
    Ticket.objects.filter(pk=others[2].pk).update(created_by=make_agent())
    assert [other.flag for other in others] == ["", "", ""]
    assert not TicketLink.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("closed", "flagged"), [(False, True), (True, False)])
def test_after_thirty_days_only_an_open_request_counts(closed: bool, flagged: bool, known: Citizen) -> None:
    first = writes(days_ago=40)
    if closed:
        ticket_close(ticket=first, actor=None, now=timezone.now())
    assert bool(writes().flag) is flagged


@pytest.mark.django_db
def test_a_sensitive_request_is_never_told_to_the_readers_of_an_ordinary_one(known: Citizen) -> None:
    secret = make_type("aide", make_service("ccas"), is_sensitive=True)
    writes(days_ago=2, request_type=secret)
    assert writes().flag == ""
    assert writes(request_type=secret).flag


@pytest.mark.django_db
def test_typing_somebodys_number_or_address_tells_nothing_of_what_they_asked(known: Citizen) -> None:
    """Anybody may know a telephone number: it does not make them its owner, and the answer to *their* address is
    silent."""
    first = writes(days_ago=4)
    intruder = writes(email="intrus@example.org", phone="06 39 98 12 34")
    assert intruder.requester != first.requester
    assert first.reference not in told(intruder)
    assert "déjà" not in told(intruder)


@pytest.mark.django_db
def test_an_organisation_writes_often_and_is_not_flagged(known: Citizen) -> None:
    Citizen.objects.filter(pk=known.pk).update(kind="notary")
    writes(days_ago=1)
    assert writes().flag == ""


@pytest.mark.django_db
def test_old_mail_being_imported_is_not_flagged(known: Citizen) -> None:
    writes(days_ago=1)
    old = writes(routed=False)
    ticket_route_mute(ticket_id=old.pk, now=timezone.now())
    old.refresh_from_db()
    assert old.flag == ""


@pytest.mark.django_db
def test_it_costs_nothing_for_somebody_new_and_one_query_for_the_others(known: Citizen) -> None:
    make_town()

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            writes(subject="Cantine", body="Menu")
        return sum("said" in query["sql"] for query in queries)

    assert asked() == 1
    for _number in range(25):
        writes(days_ago=1, subject="Piscine", body="Horaires")
    assert asked() == 1
    with CaptureQueriesContext(connection) as queries:
        make_ticket(requester=Requester(name="Ana Costa", email="ana@example.org"))
    assert not any("said" in query["sql"] for query in queries)
