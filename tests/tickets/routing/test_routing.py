"""Routing a ticket: emergencies, rules, the type given, keywords, the pilot; and what it costs in queries."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.models import CitizenKind, RequestType, Service
from notifications.models import Notice, OutboundKind, OutboundMessage
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_type
from tests.tickets.routing.conftest import make_rule
from tickets.actions.imports import ticket_route_mute
from tickets.actions.messages import Incoming, message_receive
from tickets.actions.routing.delivered_emergencies import emergencies_load
from tickets.actions.routing.emergencies import emergency_clear, emergency_tell
from tickets.actions.routing.route import ticket_route
from tickets.enums import EventKind, Priority
from tickets.models import Emergency, RoutingHit, RoutingRule, Ticket
from tickets.selectors.routing import RoutingTable, alarms_told

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def event(ticket: Ticket, kind: str) -> dict[str, Any]:
    data: dict[str, Any] = ticket.events.get(kind=kind).data
    return data


def test_a_rule_sends_raises_and_tags(voirie: Service) -> None:
    lighting = make_type("eclairage", voirie)
    night = make_service("astreinte")
    first = make_rule(
        "Gare",
        {"text": {"any": ["lampadaire éteint"]}, "places": ["gare"]},
        {"type": lighting.pk, "priority": 3, "tags": ["gare"]},
    )
    second = make_rule("Astreinte", {"types": [lighting.pk]}, {"service": night.pk, "tags": ["nuit"]})
    ticket = make_ticket(subject="Lampadaires éteints", location="Place de la Gare", now=NOW)
    assert (ticket.request_type, ticket.service, ticket.priority) == (lighting, night, Priority.HIGH)
    assert ticket.tags == ["gare", "nuit"]
    told = event(ticket, EventKind.ROUTED)
    assert (told["reason"], told["rules"]) == ("rule", ["Gare", "Astreinte"])
    assert told["keywords"] == ["Gare", "Lampadaires éteints"]
    assert set(RoutingHit.objects.values_list("rule_id", "ticket_id")) == {
        (first.pk, ticket.pk),
        (second.pk, ticket.pk),
    }


def test_a_rule_about_a_type_sees_the_type_the_keywords_gave(voirie: Service) -> None:
    lighting = make_type("eclairage", voirie, keywords=["lampadaire"])
    night = make_service("astreinte")
    make_rule("Éclairage", {"types": [lighting.pk]}, {"service": night.pk})
    ticket = make_ticket()
    assert (ticket.request_type, ticket.service) == (lighting, night)


def test_the_type_given_then_the_keywords_then_the_pilot(voirie: Service) -> None:
    make_type("eclairage", voirie, keywords=["lampadaire"])
    given = make_type("nid-de-poule", make_service("chaussees"))
    assert event(make_ticket(request_type=given), EventKind.ROUTED)["reason"] == "type"
    assert event(make_ticket(), EventKind.ROUTED)["reason"] == "keywords"
    lost = make_ticket(subject="Bonjour", body="Une question.")
    assert (event(lost, EventKind.ROUTED)["reason"], lost.service.is_pilot) == ("default", True)


@pytest.mark.parametrize(
    ("conditions", "effects"),
    [
        ({"channels": ["web"], "sujet": "x"}, {"priority": 4}),
        ({"channels": ["web"]}, {"service": 999_999}),
        ({"channels": ["web"]}, {"type": 999_999}),
        ({"channels": ["web"]}, {"agent": 999_999}),
        ([], {"priority": 4}),
        ({"channels": ["web"]}, "urgent"),
    ],
)
def test_a_broken_rule_is_skipped_and_the_ticket_goes_on(voirie: Service, conditions: Any, effects: Any) -> None:
    broken = make_rule("Cassée", conditions, effects)
    make_rule("Bonne", {"channels": ["web"]}, {"service": voirie.pk})
    ticket = make_ticket()
    assert (ticket.service, ticket.routed_at is not None) == (voirie, True)
    assert list(RoutingTable.load(0).broken) == [broken.pk]


def test_a_rule_for_a_service_closed_since_is_skipped(voirie: Service) -> None:
    kind = make_type("trou", voirie)
    make_rule("Ancienne", {"channels": ["web"]}, {"service": voirie.pk, "type": kind.pk})
    assert make_ticket().service == voirie
    Service.objects.filter(pk=voirie.pk).update(is_active=False)
    RequestType.objects.filter(pk=kind.pk).update(is_active=False)
    ticket = make_ticket()
    assert (ticket.service.is_pilot, ticket.request_type) == (True, None)


def test_inactive_rules_do_nothing(voirie: Service) -> None:
    make_rule("Éteinte", {"channels": ["web"]}, {"service": voirie.pk}, is_active=False)
    assert make_ticket().service.is_pilot


def test_a_change_of_the_rules_holds_for_the_next_ticket(voirie: Service) -> None:
    rule = make_rule("Web", {"channels": ["web"]}, {"service": voirie.pk})
    assert make_ticket().service == voirie
    RoutingRule.objects.filter(pk=rule.pk).delete()
    from tickets.actions.clocks.commitments_change import version_bump

    version_bump()
    assert make_ticket().service.is_pilot


def test_requester_mailbox_language_and_answers(voirie: Service) -> None:
    notary = make_citizen("Me Durand")
    notary.kind = CitizenKind.NOTARY
    notary.save(update_fields=["kind"])
    make_rule("Notaires", {"requesters": ["notary"]}, {"tags": ["notaire"]})
    make_rule("Boîte", {"mailboxes": ["technique@town.example"]}, {"tags": ["technique"]})
    make_rule("Anglais", {"languages": ["en"]}, {"tags": ["anglais"]})
    make_rule("Réponse", {"answers": [{"question": "combien", "is": "plusieurs"}]}, {"tags": ["plusieurs"]})
    plain = make_ticket()
    assert plain.tags == []
    ticket = make_ticket(
        citizen=notary,
        mailbox="Technique@town.example",
        language="en",
        answers=[["combien", "Combien de lampes ?", "Plusieurs"]],
    )
    assert ticket.tags == ["notaire", "technique", "anglais", "plusieurs"]


def test_hours_are_those_of_the_town(voirie: Service) -> None:
    make_rule("Nuit", {"hours": {"from": "18:00", "until": "08:00"}}, {"tags": ["nuit"]})
    assert make_ticket(now=datetime(2026, 7, 6, 15, 59, tzinfo=UTC)).tags == []
    assert make_ticket(now=datetime(2026, 7, 6, 16, 0, tzinfo=UTC)).tags == ["nuit"]


class TestCompartments:
    def test_a_sensitive_type_closes_its_compartment(self, voirie: Service) -> None:
        aid = make_type("aide-ccas", make_service("ccas"), is_sensitive=True)
        make_rule("Aide", {"text": {"any": ["aide sociale"]}}, {"type": aid.pk, "service": voirie.pk})
        ticket = make_ticket(subject="Demande d'aide sociale")
        assert (ticket.is_sensitive, ticket.service) == (True, voirie)

    def test_a_rule_may_close_and_never_open(self, voirie: Service) -> None:
        aid = make_type("aide-ccas", make_service("ccas"), is_sensitive=True)
        plain = make_type("plan", voirie)
        make_rule("Fermer", {"text": {"any": ["signalement"]}}, {"sensitive": True})
        make_rule("Ranger", {"text": {"any": ["plan"]}}, {"type": plain.pk})
        assert make_ticket(subject="Un signalement").is_sensitive
        assert make_ticket(subject="Un plan", request_type=aid).is_sensitive

    def test_an_agent_outside_the_compartment_is_not_given_the_ticket(self, voirie: Service) -> None:
        aid = make_type("aide-ccas", make_service("ccas"), is_sensitive=True)
        inside, outside = make_agent(("back_office", aid.service)), make_agent(("counter", aid.service))
        rule = make_rule("Aide", {"types": [aid.pk]}, {"agent": outside.pk})
        assert make_ticket(request_type=aid).assignee is None
        RoutingRule.objects.filter(pk=rule.pk).delete()
        make_rule("Aide", {"types": [aid.pk]}, {"agent": inside.pk})
        assert make_ticket(request_type=aid).assignee == inside


def test_an_agent_who_is_away_is_not_given_the_ticket(voirie: Service) -> None:
    agent = make_agent(("back_office", voirie), is_available=False)
    make_rule("Web", {"channels": ["web"]}, {"service": voirie.pk, "agent": agent.pk})
    assert make_ticket().assignee is None


def test_two_subjects_are_suggested_and_a_flag_already_there_is_kept(voirie: Service) -> None:
    make_rule("Deux", {"text": {"any": ['"tant que j\'y suis"']}}, {"split": True})
    ticket = make_ticket(body="Le bac n'est pas ramassé. Tant que j'y suis, la cantine ?")
    assert "plusieurs sujets" in ticket.flag
    assert event(ticket, EventKind.FLAGGED)["reason"] == ticket.flag
    flagged = make_ticket(body="Et tant que j'y suis…", flag="À vérifier.")
    assert flagged.flag == "À vérifier."


class TestEmergency:
    def test_it_marks_raises_and_tells_the_supervisors(self, emergencies: int, voirie: Service) -> None:
        referent, manager, pilot = (make_agent(("referent", voirie)) for _ in range(3))
        Service.objects.filter(pk=voirie.pk).update(referent=referent, manager=manager)
        Service.objects.filter(is_pilot=True).update(referent=pilot)
        kind = make_type("fuite", voirie)
        ticket = make_ticket(request_type=kind, body="Il y a une forte odeur de gaz chez moi.", now=NOW)
        assert ticket.emergency is not None
        assert (ticket.emergency.name, ticket.priority) == ("Odeur ou fuite de gaz", Priority.URGENT)
        assert event(ticket, EventKind.EMERGENCY)["words"] == ["odeur de gaz"]
        told = {notice.agent_id: notice for notice in Notice.objects.filter(ticket_reference=ticket.reference)}
        assert set(told) == {referent.pk, manager.pk, pilot.pk}
        assert all(notice.is_urgent for notice in told.values())
        assert told[referent.pk].title == f"{ticket.reference} — Urgence : Odeur ou fuite de gaz"
        assert "0 800 47 33 33" in told[referent.pk].body
        mails = {mail.to_address: mail for mail in OutboundMessage.objects.filter(kind=OutboundKind.NOTICE)}
        assert set(mails) == {referent.email, manager.email, pilot.email}
        mail, url = mails[referent.email], reverse("tickets:detail", args=[ticket.reference])
        assert mail.subject == f"Urgence : Odeur ou fuite de gaz — {ticket.reference}"
        assert all(words in mail.body for words in ("0 800 47 33 33", ticket.reference, url))
        assert "chez moi" not in mail.body
        alarms = alarms_told("Une odeur de gaz.")
        emergency_tell(ticket, alarms, now=NOW)  # told again of the same instant
        assert OutboundMessage.objects.filter(kind=OutboundKind.NOTICE).count() == len(mails)

    def test_nothing_is_told_of_a_ticket_one_may_not_see(self, emergencies: int, voirie: Service) -> None:
        aid = make_type("aide-ccas", make_service("ccas"), is_sensitive=True)
        stranger = make_agent(("pilot", aid.service))
        Service.objects.filter(is_pilot=True).update(referent=stranger)
        ticket = make_ticket(request_type=aid, body="Je n'ai plus envie de vivre.")
        notice = Notice.objects.get(ticket_reference=ticket.reference, agent=stranger)
        mail = OutboundMessage.objects.get(to_address=stranger.email)
        assert notice.path == ""
        told = f"{notice.title} {notice.body} {mail.subject} {mail.body}".lower()
        assert not any(words in told for words in ("suicide", "vivre", "http"))

    def test_the_priority_is_never_lowered(self, voirie: Service) -> None:
        make_rule("Web", {"channels": ["web"]}, {"priority": 4})
        Emergency.objects.create(name="Bruit", words=["musique forte"], instruction="Appeler le 17.", priority=3)
        assert make_ticket(body="Musique forte").priority == Priority.URGENT

    def test_the_citizen_s_next_message_is_read_too(self, emergencies: int, voirie: Service) -> None:
        pilot = make_agent(("pilot", voirie))
        Service.objects.filter(is_pilot=True).update(referent=pilot)
        ticket = make_ticket(now=NOW)
        assert ticket.emergency is None
        message_receive(ticket=ticket, incoming=Incoming(channel="email", body="Je vais vous tuer."), now=NOW)
        ticket.refresh_from_db()
        assert ticket.emergency is not None
        assert (ticket.emergency.name, ticket.priority) == ("Menace contre une personne", Priority.URGENT)
        assert Notice.objects.filter(ticket_reference=ticket.reference, is_urgent=True).exists()

    def test_what_is_written_in_the_form_is_read_too(self, emergencies: int, voirie: Service) -> None:
        questions = [
            {"code": "detail", "label": "Que voyez-vous ?", "kind": "text"},
            {"code": "choix", "label": "Est-ce urgent ?", "kind": "choice", "choices": ["Odeur de gaz", "Non"]},
        ]
        kind = make_type("fuite", voirie, questions=questions)
        told = make_ticket(request_type=kind, answers=[["detail", "Que voyez-vous ?", "Une fuite de gaz"]])
        assert told.emergency is not None
        assert event(told, EventKind.EMERGENCY)["words"] == ["fuite de gaz"]
        chosen = make_ticket(request_type=kind, answers=[["choix", "Est-ce urgent ?", "Odeur de gaz"]])
        assert chosen.emergency is None, "the town's own words, which a rule on answers may ask for"
        make_type("collecte", voirie, keywords=["bac jaune"])
        untyped = make_ticket(body="Voir la réponse.", answers=[["objet", "De quoi s'agit-il ?", "Un bac jaune cassé"]])
        assert untyped.request_type is not None
        assert untyped.request_type.code == "collecte"

    def test_old_mail_alerts_nobody(self, emergencies: int, voirie: Service) -> None:
        Service.objects.filter(is_pilot=True).update(referent=make_agent(("pilot", voirie)))
        ticket = make_ticket(routed=False, body="Une odeur de gaz.", now=NOW)
        assert ticket_route_mute(ticket_id=ticket.pk, now=NOW) is not None
        ticket.refresh_from_db()
        assert ticket.emergency is not None
        assert not Notice.objects.exists()
        assert not OutboundMessage.objects.exists()

    def test_an_agent_says_that_it_is_dealt_with(self, emergencies: int, root: Service) -> None:
        ticket = make_ticket(body="Une odeur de gaz.", now=NOW)
        agent = make_agent(("pilot", ticket.service))
        emergency_clear(ticket=ticket, actor=agent, now=NOW)
        ticket.refresh_from_db()
        assert (ticket.emergency, ticket.priority) == (None, Priority.URGENT)
        assert ticket.events.filter(kind=EventKind.EMERGENCY, data__cleared=True, actor=agent).exists()

    def test_loading_again_adds_what_is_missing_and_replaces_nothing(self, emergencies: int) -> None:
        own = Emergency.objects.create(name="Crue", words=["l'eau monte"], instruction="18")
        Emergency.objects.filter(name="Feu, incendie").update(words=["feu"], is_active=False)
        Emergency.objects.filter(name="Violences").delete()
        assert emergencies_load() == 1
        assert emergencies_load() == 0
        assert Emergency.objects.filter(pk=own.pk).exists()
        fire = Emergency.objects.get(name="Feu, incendie")
        assert (fire.words, fire.is_active) == (["feu"], False)


def queries_of(ticket: Ticket) -> int:
    RoutingTable.current(-1)  # the next one reads it again
    make_ticket()  # the table is held from here
    with CaptureQueriesContext(connection) as queries:
        ticket_route(ticket_id=ticket.pk, now=NOW)
    return len(queries)


def test_rules_and_emergencies_that_do_not_catch_cost_no_query(root: Service) -> None:
    bare = queries_of(make_ticket(routed=False, now=NOW))
    emergencies_load()
    make_rule("Autre", {"text": {"any": ["chapiteau"]}}, {"tags": ["fête"]})
    assert queries_of(make_ticket(routed=False, now=NOW)) == bare
