"""The compartment of one ticket: what closes it, what opens it, and where it goes so that somebody may open it."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from core.errors import Invalid, NotAllowed
from directory.models import Agent, Service
from notifications.actions.notices import digests_send
from notifications.actions.outbox import outbound_queue
from notifications.models import Notice, OutboundKind, OutboundMessage
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tests.tickets.routing.conftest import make_rule
from tickets.actions.lists.bulk import bulk_run, bulk_start
from tickets.actions.processing import ticket_assign, ticket_classify, ticket_transfer
from tickets.actions.rights.compartments import ticket_mark, ticket_unmark
from tickets.enums import EventKind
from tickets.models import AccessLog, BulkKind, Ticket
from tickets.permissions import may_see

pytestmark = pytest.mark.django_db
NOW = timezone.now


@pytest.fixture
def ticket(voirie: Service) -> Ticket:
    return make_ticket(request_type=make_type("trou", voirie))


@pytest.fixture
def counter(voirie: Service) -> Agent:
    """Works on the ordinary tickets of the service."""
    return make_agent(("counter", voirie))


@pytest.fixture
def parks() -> Service:
    """Nobody there processes sensitive requests."""
    service = make_service("espaces-verts", "Espaces verts")
    make_agent(("counter", service), ("manager", service))
    return service


def url(ticket: Ticket, name: str) -> str:
    return reverse(f"tickets:{name}", args=[ticket.reference])


def test_an_ordinary_type_does_not_open_what_was_closed(ticket: Ticket, agent: Agent, voirie: Service) -> None:
    ticket_mark(ticket=ticket, actor=agent, now=NOW())
    for kind in (make_type("lampe", voirie), make_type("aide", voirie, is_sensitive=True), None):
        assert ticket_classify(ticket=ticket, request_type=kind, actor=agent, now=NOW()).is_sensitive


def test_whoever_works_on_it_marks_it_and_leaves_a_trace(
    ticket: Ticket, agent: Agent, counter: Agent, client_of: Any
) -> None:
    ticket_assign(ticket=ticket, assignee=counter, actor=counter, now=NOW())
    Notice.objects.update(read_at=NOW())
    told = {"title": "Urgence : suicide", "body": ticket.subject, "path": url(ticket, "detail")}
    for person in (counter, agent):
        for fields in (told | {"ticket_reference": ticket.reference}, {"title": "Réponse en retard"}):
            Notice.objects.create(agent=person, in_digest=True, created_at=NOW() - timedelta(days=5), **fields)
        outbound_queue(
            kind=OutboundKind.NOTICE,
            to_address=person.email,
            from_address="mairie@rives-sur-orme.example",
            subject="Urgence : suicide",
            ticket_reference=ticket.reference,
        )
    assert digests_send(NOW()) == 2
    client = client_of(counter)
    assert "Urgence : suicide" in client.get(reverse("notices:list")).content.decode()
    assert url(ticket, "mark") in client.get(url(ticket, "detail")).content.decode()
    assert agent.full_name in client.get(url(ticket, "mark")).content.decode(), "who will still open it"
    response = assert_status(client.post(url(ticket, "mark"), {"reason": "Santé"}), 302)
    assert response["Location"] == reverse("tickets:queue"), "out of their own sight"
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert (ticket.is_sensitive, ticket.assignee) == (True, None)
    assert not Notice.objects.exclude(body="").exists(), "an alert given before says its subject no more"
    assert digests_send(NOW()) == 1, "the one that had not left is made again"
    for person, is_told in ((counter, False), (agent, True)):
        alerts = client_of(person).get(reverse("notices:list"))
        assert ("Urgence : suicide" in alerts.content.decode()) is is_told
        assert alerts.context["unread_notices"]["count"] == 1 + is_told
        mails = OutboundMessage.objects.filter(to_address=person.email).order_by("id")
        said = [f"{mail.subject} {mail.body}" for mail in mails]
        assert any("suicide" in each for each in said) is is_told
        assert "Réponse en retard" in " ".join(said)
    assert ticket.events.get(kind=EventKind.SENSITIVE).data == {"marked": True, "reason": "Santé"}
    assert ticket.events.get(kind=EventKind.RELEASED).data["why"] == "sensitive"
    assert [(row.kind, row.agent, row.subject) for row in AccessLog.objects.filter(ticket=ticket, kind="marked")] == [
        ("marked", counter, "Santé")
    ]
    page = client_of(agent).get(url(ticket, "detail")).content.decode()
    assert "Marquée sensible" in page
    assert url(ticket, "unmark") in page


def test_opening_needs_both_rights_and_a_reason(ticket: Ticket, agent: Agent, voirie: Service, client_of: Any) -> None:
    ticket_mark(ticket=ticket, actor=agent, now=NOW())
    worker, manager = make_agent(("back_office", voirie)), make_agent(("manager", voirie))
    assert_status(client_of(worker).post(url(ticket, "unmark"), {"reason": "Erreur"}), 403)
    assert_status(client_of(manager).post(url(ticket, "unmark"), {"reason": "Erreur"}), 404)
    with pytest.raises(NotAllowed):
        ticket_unmark(ticket=ticket, reason="Erreur", actor=worker, now=NOW())
    client = client_of(agent)
    assert_status(client.post(url(ticket, "unmark"), {"reason": " "}), 422)
    assert_status(client.post(url(ticket, "unmark"), {"reason": "Marquée par erreur"}), 302)
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert may_see(manager, ticket)
    assert AccessLog.objects.filter(ticket=ticket, kind="unmarked", subject="Marquée par erreur").exists()
    assert ticket.events.filter(kind=EventKind.SENSITIVE, data__marked=False).exists()


def test_a_sensitive_type_is_corrected_first(ticket: Ticket, agent: Agent, voirie: Service) -> None:
    kind = make_type("aide", voirie, is_sensitive=True)
    ticket_classify(ticket=ticket, request_type=kind, actor=agent, now=NOW())
    with pytest.raises(Invalid, match="type"):
        ticket_unmark(ticket=ticket, reason="Erreur", actor=agent, now=NOW())
    ticket_classify(ticket=ticket, request_type=None, actor=agent, now=NOW())
    assert not ticket_unmark(ticket=ticket, reason="Erreur", actor=agent, now=NOW()).is_sensitive


def test_what_was_merged_into_it_is_closed_with_it(ticket: Ticket, agent: Agent) -> None:
    joined = make_ticket(service=ticket.service)
    Ticket.objects.filter(pk=joined.pk).update(merged_into=ticket, status="merged")
    Notice.objects.create(agent=agent, title="x", body=joined.subject, ticket_reference=joined.reference)
    ticket_mark(ticket=ticket, actor=agent, now=NOW())
    joined.refresh_from_db()
    assert joined.is_sensitive
    assert Notice.objects.get(ticket_reference=joined.reference).body == ""
    ticket_unmark(ticket=ticket, reason="Erreur", actor=agent, now=NOW())
    joined.refresh_from_db()
    assert not joined.is_sensitive


class TestNobodyThere:
    """Where no agent may open a sensitive ticket, none is sent, and none stays."""

    def test_a_transfer_is_refused_and_the_form_says_so(
        self, ticket: Ticket, agent: Agent, parks: Service, client_of: Any
    ) -> None:
        ccas = make_service("ccas")
        make_agent(("back_office", ccas))
        client, there = client_of(agent), {"service": parks.pk, "reason": "Une haie"}
        assert "personne n’y peut ouvrir" not in client.get(url(ticket, "transfer")).content.decode()
        ticket_mark(ticket=ticket, actor=agent, now=NOW())
        page = client.get(url(ticket, "transfer")).content.decode()
        assert f'<option value="{parks.pk}" disabled>' in page
        assert f'<option value="{ccas.pk}">' in page
        assert "Espaces verts — personne n’y peut ouvrir cette demande" in page
        refused = assert_status(client.post(url(ticket, "transfer"), there), 422)
        assert "celle-ci reste ici" in refused.content.decode()
        assert_status(client.post(url(ticket, "transfer"), there | {"service": ccas.pk}), 302)
        ticket.refresh_from_db()
        assert ticket.service == ccas

    def test_a_bulk_transfer_leaves_it_and_says_why(self, ticket: Ticket, agent: Agent, parks: Service) -> None:
        plain = make_ticket(service=ticket.service)
        ticket_mark(ticket=ticket, actor=agent, now=NOW())
        job = bulk_start(
            actor=agent,
            kind=BulkKind.TRANSFER,
            params={"service": parks.pk, "reason": "Une haie"},
            ticket_ids=[ticket.pk, plain.pk],
            now=NOW(),
        )
        bulk_run(job_id=job.pk, now=NOW())
        errors = dict(job.items.values_list("ticket", "error"))
        assert "celle-ci reste ici" in errors[ticket.pk]
        assert not errors[plain.pk]

    def test_marking_it_there_sends_it_to_the_service_of_its_type(
        self, agent: Agent, voirie: Service, parks: Service, client_of: Any
    ) -> None:
        gardener = make_agent(("counter", parks))
        ticket = make_ticket(request_type=make_type("trou", voirie))
        ticket_transfer(ticket=ticket, service=parks, reason="Une haie", actor=agent, now=NOW())
        client = client_of(gardener)
        assert "Personne ici ne peut ouvrir" in client.get(url(ticket, "mark")).content.decode()
        assert_status(client.post(url(ticket, "mark"), {"reason": "Santé"}), 422)
        assert_status(client.post(url(ticket, "mark"), {"reason": "Santé", "moved": "on"}), 302)
        ticket.refresh_from_db()
        assert (ticket.is_sensitive, ticket.service) == (True, voirie)
        assert ticket.events.filter(kind=EventKind.TRANSFERRED, data__service="Voirie", actor=gardener).exists()

    def test_it_is_not_marked_when_no_service_could_open_it(self, parks: Service, client_of: Any) -> None:
        gardener = make_agent(("counter", parks))
        ticket = make_ticket(service=parks)
        client = client_of(gardener)
        assert "Plus aucun agent ne pourrait l’ouvrir" in client.get(url(ticket, "mark")).content.decode()
        assert_status(client.post(url(ticket, "mark"), {"reason": "Santé"}), 422)
        kind = make_type("aide", parks, is_sensitive=True)
        with pytest.raises(Invalid):
            ticket_classify(ticket=ticket, request_type=kind, actor=gardener, now=NOW())
        ticket.refresh_from_db()
        assert not ticket.is_sensitive

    def test_a_sensitive_type_takes_it_to_its_own_service(self, voirie: Service, agent: Agent, parks: Service) -> None:
        ticket = make_ticket(service=parks)
        kind = make_type("aide", voirie, is_sensitive=True)
        gardener = make_agent(("counter", parks))
        ticket = ticket_classify(ticket=ticket, request_type=kind, actor=gardener, now=NOW())
        assert (ticket.is_sensitive, ticket.service) == (True, voirie)

    def test_a_rule_sends_it_to_the_pilot_who_reads_why(self, parks: Service) -> None:
        pilot = Service.objects.get(is_pilot=True)
        make_rule("Haies", {"text": {"any": ["haie"]}}, {"service": parks.pk, "sensitive": True})
        words = {"subject": "Une haie", "body": "La haie du voisin, et ma santé."}
        assert make_ticket(**words).service == parks, "nobody could open it anywhere: it stays where it is sent"
        make_agent(("back_office", pilot))
        ticket = make_ticket(**words)
        assert (ticket.service, ticket.is_sensitive) == (pilot, True)
        assert "Espaces verts" in ticket.flag
