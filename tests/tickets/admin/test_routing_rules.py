"""The pages of the routing rules and of the words of emergency."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from directory.models import RequestType, Service
from tests.support.asserts import assert_accessible, assert_status
from tests.support.factories import make_agent, make_service, make_ticket, make_type
from tests.tickets.routing.conftest import make_rule
from tickets.actions.routing.delivered_emergencies import emergencies_load
from tickets.admin.routing_rules import RECENT
from tickets.admin.rule_sentences import FAILED, WHY
from tickets.enums import Channel
from tickets.models import Emergency, Message, RoutingHit, RoutingRule, Ticket
from tickets.routing.rule_json import REASONS
from tickets.routing.rules import Conditions

LIST, TRY = reverse("admin:tickets_routingrule_changelist"), reverse("admin:tickets_routingrule_try")
EMERGENCIES = reverse("admin:tickets_emergency_changelist")
ADD = reverse("admin:tickets_routingrule_add")
ASKED = {"body": "Bonjour", "channel": "email", "requester": "person", "language": "fr"}
ASKED |= {"received_at": "2026-11-23T09:30"}
pytestmark = pytest.mark.django_db


def change_url(rule: RoutingRule) -> str:
    return reverse("admin:tickets_routingrule_change", args=[rule.pk])


@pytest.mark.parametrize("url", [LIST, ADD, EMERGENCIES, reverse("admin:tickets_emergency_add")])
def test_only_administrators(only_administrators: Any, url: str) -> None:
    only_administrators(url)


@pytest.mark.parametrize("name", ["routingrule_try", "emergency_try", "emergency_load", "emergency_restore"])
def test_only_administrators_may_try_and_load(client_of: Any, root: Service, name: str) -> None:
    client = client_of(make_agent(("manager", root), is_staff=True))
    args = [1] if name == "emergency_restore" else []
    assert_status(client.post(reverse(f"admin:tickets_{name}", args=args), ASKED), 403)


class TestForm:
    def test_what_is_typed_is_what_routes(self, office: Any, root: Service) -> None:
        lighting, night = make_type("eclairage", make_service("voirie")), make_service("astreinte")
        typed = {
            "name": "Gare, la nuit",
            "is_active": "on",
            "any_text": "lampadaire éteint\nnoir",
            "places": "gare",
            "channels": ["web"],
            "days": ["0", "1", "2", "3", "4", "5", "6"],
            "set_type": lighting.pk,
            "set_service": night.pk,
            "set_priority": "3",
            "set_tags": "Gare, #nuit",
        }
        assert_status(office.post(ADD, typed), 302)
        rule = RoutingRule.objects.get()
        assert rule.conditions == {
            "text": {"any": ["lampadaire éteint", "noir"]},
            "places": ["gare"],
            "channels": ["web"],
            "days": [0, 1, 2, 3, 4, 5, 6],
        }
        assert rule.effects == {"type": lighting.pk, "service": night.pk, "priority": 3, "tags": ["gare", "nuit"]}
        ticket = make_ticket(subject="Lampadaires éteints", location="Gare")
        assert (ticket.service, ticket.tags) == (night, ["gare", "nuit"])
        form = assert_status(office.get(change_url(rule)), 200).context["adminform"].form
        assert form.initial["any_text"] == ["lampadaire éteint", "noir"]
        assert form.initial["set_priority"] == 3

    def test_a_rule_without_conditions_or_effects_is_refused(self, office: Any) -> None:
        page = assert_status(office.post(ADD, {"name": "Tout"}), 200).content.decode()
        assert "au moins une condition" in page
        assert "au moins un effet" in page
        assert not RoutingRule.objects.exists()

    def test_a_phrase_without_a_word_is_named(self, office: Any, root: Service) -> None:
        page = office.post(ADD, {"name": "Points", "all_text": "…", "set_priority": "3"}).content.decode()
        assert "«\u00a0…\u00a0» ne contient aucun mot" in page

    def test_answers_of_the_catalogue_are_offered(self, office: Any, root: Service) -> None:
        questions = [{"code": "lampes", "label": "Combien ?", "kind": "choice", "choices": ["Une", "Plusieurs"]}]
        make_type("eclairage", make_service("voirie"), questions=questions)
        typed = {"name": "Panne", "answers": ["lampes\x1fPlusieurs"], "set_priority": "3", "is_active": "on"}
        assert_status(office.post(ADD, typed), 302)
        assert RoutingRule.objects.get().conditions == {"answers": [{"question": "lampes", "is": "Plusieurs"}]}
        assert make_ticket(answers=[["lampes", "Combien ?", "Plusieurs"]]).priority == 3

    def test_the_words_of_an_open_answer_are_asked_for(self, office: Any, root: Service) -> None:
        questions = [{"code": "detail", "label": "Que voyez-vous ?", "kind": "text"}]
        make_type("chaussee", make_service("voirie"), questions=questions)
        typed = {"name": "Huile", "said_question": "detail", "set_priority": "3", "is_active": "on"}
        assert "les deux, ou ni l’un ni l’autre" in office.post(ADD, typed).content.decode()
        assert_status(office.post(ADD, typed | {"said_any": "flaque d'huile"}), 302)
        rule = RoutingRule.objects.get()
        assert rule.conditions == {"said": {"question": "detail", "any": ["flaque d'huile"]}}
        assert make_ticket(answers=[["detail", "Que voyez-vous ?", "Une flaque d’huile"]]).priority == 3
        assert make_ticket(body="Une flaque d’huile").priority == 2
        assert "la réponse à la question contient" in office.get(LIST).content.decode()
        RequestType.objects.update(questions=[])
        form = assert_status(office.get(change_url(rule)), 200).context["adminform"].form
        assert (form.initial["said_question"], form.initial["said_any"]) == ("detail", ["flaque d'huile"])
        assert "detail (plus aucune démarche ne la pose)" in str(form["said_question"])

    def test_a_broken_rule_says_why_and_is_mended(self, office: Any, root: Service) -> None:
        rule = make_rule("Cassée", {"chanel": ["web"]}, {"priority": 3})
        page = assert_status(office.get(change_url(rule)), 200).content.decode()
        assert "conditions.chanel : cette clé n’existe pas" in page
        typed = {"name": "Mendée", "channels": ["web"], "set_priority": "3", "is_active": "on"}
        assert_status(office.post(change_url(rule), typed), 302)
        assert make_ticket().priority == 3

    def test_deleting(self, office: Any, root: Service) -> None:
        rule = make_rule("Web", {"channels": ["web"]}, {"priority": 3})
        assert make_ticket().priority == 3
        assert_status(office.post(reverse("admin:tickets_routingrule_delete", args=[rule.pk]), {"post": "yes"}), 302)
        assert make_ticket().priority == 2


class TestList:
    def test_what_each_caught(self, office: Any, root: Service, client_of: Any) -> None:
        make_rule("Web", {"channels": ["web"]}, {"priority": 3})
        make_rule("Jamais", {"channels": ["post"]}, {"priority": 3})
        seen, sensitive = make_ticket(), make_ticket()
        Ticket.objects.filter(pk=sensitive.pk).update(is_sensitive=True)
        RoutingHit.objects.filter(ticket=seen).update(at=timezone.now() - RECENT - timedelta(days=1))
        rows = {row["rule"].name: row for row in assert_status(office.get(LIST), 200).context["rows"]}
        assert (rows["Web"]["total"], rows["Web"]["recent"], rows["Jamais"]["total"]) == (2, 1, 0)
        assert rows["Web"]["last"]["reference"] == "", "the compartment stays closed"
        page = office.get(LIST).content.decode()
        assert "2 demandes concernées, 1 sur les 30 derniers jours" in page
        assert sensitive.reference not in page
        caught = f"{reverse('tickets:search')}?rule={rows['Web']['rule'].pk}"
        assert page.count(f'href="{caught}"') == 1
        listed = office.get(caught)
        assert [row.ticket.reference for row in listed.context["rows"]] == [seen.reference]
        assert [chip["label"] for chip in listed.context["active"]] == ["Concernée par la règle\u00a0: Web"]
        other = client_of(make_agent(("manager", root))).get(caught)
        [chip] = other.context["active"]
        assert chip["label"] == f"Concernée par la règle\u00a0: {rows['Web']['rule'].pk}", "named to who sees the rules"

    def test_broken_and_inactive_are_told(self, office: Any, root: Service) -> None:
        make_rule("Cassée", {"channels": ["web"]}, {"service": 999_999})
        make_rule("Éteinte", {"channels": ["web"]}, {"priority": 3}, is_active=False, is_final=True)
        page = office.get(LIST).content.decode()
        for text in ("Ignorée", "ce qu’elle désigne n’existe plus", "Inactive", "S’arrête là"):
            assert text in page, text

    def test_moving(self, office: Any, root: Service) -> None:
        first = make_rule("A", {"channels": ["web"]}, {"priority": 3})
        second = make_rule("B", {"channels": ["web"]}, {"priority": 1})
        assert make_ticket().priority == 3
        up = reverse("admin:tickets_routingrule_move", args=[second.pk, "haut"])
        assert_status(office.get(up), 405)
        assert_status(office.post(up), 302)
        assert [row["rule"].name for row in office.get(LIST).context["rows"]] == ["B", "A"]
        assert make_ticket().priority == 1
        assert_status(office.post(up), 302)
        down = reverse("admin:tickets_routingrule_move", args=[first.pk, "bas"])
        assert_status(office.post(down), 302)
        assert [row["rule"].name for row in office.get(LIST).context["rows"]] == ["B", "A"]

    def test_as_many_queries_whatever_the_number(self, office: Any, root: Service) -> None:
        def count() -> int:
            with CaptureQueriesContext(connection) as queries:
                assert_status(office.get(LIST), 200)
            return len(queries)

        make_rule("R", {"channels": ["web"]}, {"priority": 3})
        make_ticket()
        office.get(LIST)
        few = count()
        for number in range(6):
            make_rule(f"R{number}", {"channels": ["web"]}, {"tags": [f"t{number}"]})
        make_ticket()
        assert count() == few


class TestTrial:
    def test_it_says_what_a_real_ticket_gets_and_writes_nothing(self, office: Any, root: Service) -> None:
        emergencies_load()
        lighting = make_type("eclairage", make_service("voirie"), keywords=["lampadaire"])
        night = make_service("astreinte")
        make_rule("Astreinte", {"types": [lighting.pk]}, {"service": night.pk, "tags": ["nuit"]}, is_final=True)
        make_rule("Après", {"channels": ["email"]}, {"priority": 1})
        make_rule("Poste", {"channels": ["post"]}, {"priority": 1})
        before = (Ticket.objects.count(), Message.objects.count(), RoutingHit.objects.count())
        body = "Le lampadaire est ouvert, des fils apparents !"
        found = assert_status(office.post(TRY, ASKED | {"body": body}), 200).context["found"]
        assert (Ticket.objects.count(), Message.objects.count(), RoutingHit.objects.count()) == before
        ticket = make_ticket(channel=Channel.EMAIL, subject="", body=body)
        assert (found["type"], found["service"]) == (lighting.name, ticket.service.name)
        assert found["priority"] == ticket.get_priority_display()
        assert [alarm.words for alarm in found["alarms"]] == [("fils apparents",)]
        assert found["keywords"] == {"type": lighting.name, "words": "lampadaire"}
        assert found["learned"] is None

    def test_why_each_rule_applies_or_not(self, office: Any, root: Service) -> None:
        make_rule("Poste", {"channels": ["post"]}, {"priority": 1})
        make_rule("Trou", {"text": {"any": ["trou"]}}, {"priority": 3}, is_final=True)
        make_rule("Ensuite", {"channels": ["email"]}, {"priority": 1})
        page = assert_status(office.post(TRY, ASKED | {"body": "Un énorme TROU"}), 200)
        told = [(each.name, list(each.words), str(each.against)) for each in page.context["found"]["rules"]]
        assert told == [
            ("Poste", [], "Elle est arrivée par un autre canal."),
            ("Trou", ["TROU"], ""),
            ("Ensuite", [], "Une règle précédente s’arrête là."),
        ]

    def test_answers_are_tried_too(self, office: Any, root: Service) -> None:
        emergencies_load()
        questions = [
            {"code": "detail", "label": "Que voyez-vous : dites-le", "kind": "text"},
            {"code": "lampes", "label": "Combien ?", "kind": "choice", "choices": ["Une", "Plusieurs"]},
        ]
        make_type("eclairage", make_service("voirie"), questions=questions)
        make_rule("Plusieurs", {"answers": [{"question": "lampes", "is": "Plusieurs"}]}, {"priority": 3})
        make_rule("Mât", {"said": {"question": "detail", "any": ["mât"]}}, {"tags": ["mât"]})
        given = ASKED | {"answers": "Que voyez-vous : dites-le : un mât et des fils apparents\nlampes: Plusieurs"}
        found = assert_status(office.post(TRY, given), 200).context["found"]
        assert [(each.name, list(each.words)) for each in found["rules"]] == [
            ("Plusieurs", ["Plusieurs"]),
            ("Mât", ["mât"]),
        ]
        assert [alarm.words for alarm in found["alarms"]] == [("fils apparents",)]
        page = assert_status(office.post(TRY, ASKED | {"answers": "Autre : oui"}), 422).content.decode()
        assert "«\u00a0Autre : oui\u00a0»\u00a0: écrivez une question" in page

    def test_an_empty_text_is_refused(self, office: Any, root: Service) -> None:
        assert_status(office.post(TRY, ASKED | {"body": ""}), 422)
        assert_status(office.get(TRY), 302)


def test_every_reason_has_its_words() -> None:
    assert set(WHY) == {*REASONS, "gone"}
    assert set(Conditions.__dataclass_fields__) - {"since", "until"} | {"hours", "empty", "stopped"} == set(FAILED)


class TestEmergencies:
    def test_loading_and_trying(self, office: Any, root: Service) -> None:
        assert_status(office.post(reverse("admin:tickets_emergency_load")), 302)
        assert Emergency.objects.count() == 9
        try_url = reverse("admin:tickets_emergency_try")
        page = assert_status(office.post(try_url, {"body": "Ça sent le gaz"}), 200).content.decode()
        assert "0 800 47 33 33" in page
        assert "« sent le gaz »" in page
        page = assert_status(office.post(try_url, {"body": "Ma facture de gaz"}), 200).content.decode()
        assert "Aucune urgence dans ce texte" in page

    def test_one_is_put_back_as_delivered_and_those_of_the_town_are_not(self, office: Any, root: Service) -> None:
        emergencies_load()
        gas, own = (
            Emergency.objects.get(name="Odeur ou fuite de gaz"),
            Emergency.objects.create(name="Crue", words=["x"]),
        )
        Emergency.objects.filter(pk=gas.pk).update(instruction="Appeler Jean.", is_active=False)
        assert office.get(EMERGENCIES).content.decode().count("Remettre comme livré<") == 1
        for row in (gas, own):
            assert_status(office.post(reverse("admin:tickets_emergency_restore", args=[row.pk])), 302)
        gas.refresh_from_db()
        assert ("0 800 47 33 33" in gas.instruction, gas.is_active) == (True, False)
        assert Emergency.objects.get(pk=own.pk).words == ["x"]

    def test_a_phrase_added_holds_for_the_next_ticket(self, office: Any, root: Service) -> None:
        assert make_ticket(body="L'eau monte dans la rue").emergency is None
        typed = {"name": "Crue", "is_active": "on", "priority": "4", "words": "l'eau monte\nl'eau monte"}
        typed |= {"unless": "facture", "instruction": "Appeler le 18."}
        assert_status(office.post(reverse("admin:tickets_emergency_add"), typed), 302)
        assert Emergency.objects.get().words == ["l'eau monte"]
        assert make_ticket(body="L'eau monte dans la rue").emergency == Emergency.objects.get()
        assert make_ticket(body="Le prix de l'eau monte sur ma facture").emergency is None

    def test_a_phrase_without_a_word_is_refused(self, office: Any, root: Service) -> None:
        typed = {"name": "Rien", "priority": "4", "words": "!!!", "instruction": "18"}
        page = assert_status(office.post(reverse("admin:tickets_emergency_add"), typed), 200).content.decode()
        assert "ne contient aucun mot" in page


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_pages_are_accessible(admin_page: Any) -> None:
    emergencies_load()
    make_rule("Web", {"channels": ["web"], "text": {"any": ["trou"]}}, {"priority": 3})
    make_rule("Cassée", {"chanel": ["web"]}, {"priority": 3})
    admin_page.goto(LIST)
    admin_page.get_by_label("Texte de la demande").fill("Un trou, et ça sent le gaz")
    admin_page.get_by_role("button", name="Essayer").click()
    admin_page.get_by_text("Odeur ou fuite de gaz").wait_for()
    assert_accessible(admin_page)
    admin_page.goto(EMERGENCIES)
    assert_accessible(admin_page)
    admin_page.goto(ADD)
    assert_accessible(admin_page)
