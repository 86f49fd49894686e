"""Answers to the questions of a request type: asked by the citizens' form and the API, kept on the ticket, routed."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from directory.models import RequestType
from tests.support.api import api_client, post_json
from tests.support.asserts import assert_accessible, assert_status
from tests.support.factories import make_agent, make_service, make_town, make_type
from tests.tickets.routing.conftest import make_rule
from tickets.actions.routing.route import ticket_route
from tickets.models import Ticket

LAMPS = {"code": "lampes", "label": "Combien de lampes ?", "kind": "choice", "choices": ["Une", "Plusieurs"]}
QUESTIONS = [
    LAMPS | {"required": True},
    {"code": "mat", "label": "Numéro du mât", "kind": "text", "help": "Sur la plaque."},
    {"code": "depuis", "label": "Depuis quand ?", "kind": "date"},
    {"code": "fils", "label": "Des fils sont visibles ?", "kind": "yes_no", "required": True},
    {"code": "nombre", "label": "Combien ?", "kind": "number"},
]
TYPED = {"subject": "Lampadaire éteint", "body": "Il est éteint.", "q-lampes": "Plusieurs", "q-mat": "A-12"}
TYPED |= {"q-depuis": "2026-11-02", "q-fils": "Non", "q-nombre": "3,5"}
CONTACT = {"last_name": "Vasseur", "email": "claire@example.org"}
KEPT = [
    ["lampes", "Combien de lampes ?", "Plusieurs"],
    ["mat", "Numéro du mât", "A-12"],
    ["depuis", "Depuis quand ?", "02/11/2026"],
    ["fils", "Des fils sont visibles ?", "Non"],
    ["nombre", "Combien ?", "3,5"],
]
pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(db: None) -> RequestType:
    make_town()
    return make_type("eclairage", make_service("voirie"), questions=QUESTIONS)


def details_url(kind: RequestType) -> str:
    return reverse("portal:request_type", args=[kind.code])


class TestWebForm:
    def test_from_the_form_to_the_receipt(self, client: Client, kind: RequestType) -> None:
        page = assert_status(client.get(details_url(kind)), 200).content.decode()
        assert "Numéro du mât (facultatif)" in page
        assert_status(client.post(details_url(kind), TYPED), 302)
        assert_status(client.post(reverse("portal:request_contact"), CONTACT), 302)
        check = assert_status(client.get(reverse("portal:request_check")), 200)
        assert "02/11/2026" in check.content.decode()
        receipt = client.post(reverse("portal:request_check"), {"key": check.context["draft"].key}, follow=True)
        ticket = Ticket.objects.get()
        assert ticket.answers == KEPT
        for _code, question, answer in KEPT:
            assert question in receipt.content.decode()
            assert answer in receipt.content.decode()

    def test_coming_back_finds_what_was_answered(self, client: Client, kind: RequestType) -> None:
        client.post(details_url(kind), TYPED)
        form = client.get(details_url(kind)).context["form"]
        assert {name: form[name].value() for name in TYPED} == TYPED

    def test_an_error_keeps_everything_and_names_the_question(self, client: Client, kind: RequestType) -> None:
        wrong = TYPED | {"q-fils": "", "q-depuis": "2026-02-31", "q-nombre": "beaucoup"}
        page = assert_status(client.post(details_url(kind), wrong), 422)
        form = page.context["form"]
        assert set(form.errors) == {"q-fils", "q-depuis", "q-nombre"}
        assert form["q-mat"].value() == "A-12"
        assert "Merci de répondre à cette question." in page.content.decode()
        assert "Écrivez un nombre." in page.content.decode()

    def test_taking_a_file_away_keeps_the_answers(self, client: Client, kind: RequestType) -> None:
        page = assert_status(client.post(details_url(kind), TYPED | {"remove": "none"}), 200)
        assert page.context["form"]["q-lampes"].value() == "Plusieurs"

    def test_an_answer_out_of_the_list_is_refused(self, client: Client, kind: RequestType) -> None:
        page = assert_status(client.post(details_url(kind), TYPED | {"q-lampes": "Mille"}), 422)
        assert set(page.context["form"].errors) == {"q-lampes"}

    def test_another_type_asks_its_own(self, client: Client, kind: RequestType) -> None:
        other = make_type("trou", kind.service)
        client.post(details_url(kind), TYPED)
        page = assert_status(client.get(details_url(other)), 200)
        assert page.context["form"].asked() == []
        assert_status(client.post(details_url(other), {"subject": "Trou", "body": "Un trou."}), 302)
        client.post(reverse("portal:request_contact"), CONTACT)
        assert client.get(reverse("portal:request_check")).context["draft"].answers == []

    def test_questions_that_cannot_be_read_ask_nothing(self, client: Client, kind: RequestType) -> None:
        RequestType.objects.update(questions={"broken": True})
        assert assert_status(client.get(details_url(kind)), 200).context["form"].asked() == []


class TestApi:
    @pytest.fixture
    def post(self, kind: RequestType) -> Any:
        client = api_client(make_agent(("phone", make_town())))
        body = {"subject": "Lampe", "body": "Éteinte", "channel": "phone", "request_type": "eclairage"}
        body |= {"requester": {"name": ""}}
        return lambda **extra: post_json(client, "/api/v1/tickets/", body | extra)

    def test_answers_place_and_language(self, post: Any) -> None:
        sent = {"answers": {"lampes": "Une", "fils": True, "nombre": 2}, "location": "Gare", "language": "en"}
        response = assert_status(post(**sent, latitude="47.123456", longitude="1.5"), 201)
        ticket = Ticket.objects.get()
        assert [each[2] for each in ticket.answers] == ["Une", "Oui", "2"]
        assert (ticket.location, ticket.language, str(ticket.latitude)) == ("Gare", "en", "47.123456")
        assert response.json()["answers"][0] == {"code": "lampes", "question": "Combien de lampes ?", "answer": "Une"}

    @pytest.mark.parametrize(
        ("extra", "field"),
        [
            ({"answers": {"lampes": "Mille"}}, "answers"),
            ({"answers": {"autre": "x"}}, "answers"),
            ({"answers": {"lampes": "Une"}, "request_type": None}, "answers"),
            ({"answers": ["Une"]}, "answers"),
            ({"latitude": "47"}, "latitude"),
            ({"latitude": "91", "longitude": "0"}, "latitude"),
            ({"language": "français"}, "language"),
        ],
    )
    def test_what_cannot_be_is_refused(self, post: Any, extra: dict[str, Any], field: str) -> None:
        response = assert_status(post(**extra), 400)
        assert response.json()["field"] == field
        assert not Ticket.objects.exists()

    def test_a_program_may_leave_questions_unanswered(self, post: Any) -> None:
        assert_status(post(), 201)
        assert Ticket.objects.get().answers == []


def test_an_answer_routes(client: Client, kind: RequestType) -> None:
    night = make_service("astreinte")
    make_rule("Fils", {"answers": [{"question": "fils", "is": "Oui"}]}, {"service": night.pk, "priority": 4})
    client.post(details_url(kind), TYPED | {"q-fils": "Oui"})
    client.post(reverse("portal:request_contact"), CONTACT)
    key = client.get(reverse("portal:request_check")).context["draft"].key
    client.post(reverse("portal:request_check"), {"key": key})
    ticket = Ticket.objects.get()
    ticket_route(ticket_id=ticket.pk, now=ticket.received_at)
    ticket.refresh_from_db()
    assert (ticket.service, ticket.priority) == (night, 4)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_questions_are_accessible(page: Any, live_server: Any) -> None:
    make_town()
    kind = make_type("eclairage", make_service("voirie"), questions=QUESTIONS)
    page.goto(details_url(kind))
    page.get_by_role("group", name="Quelques précisions sur votre demande").wait_for()
    page.get_by_role("button", name="Continuer").last.click()
    page.get_by_text("Merci de répondre à cette question.").first.wait_for()
    assert_accessible(page)
