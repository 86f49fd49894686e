"""The call at my extension on my desk: who sees it, what it shows, what logging it does; « 2e appel pour ce sujet »."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels_intake.models import Call, CallState, Extension
from channels_intake.phone.calls import CallEvent, Told, call_tell
from directory.models import Agent, ContactPoint
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_town, make_type
from tickets.actions.processing import ticket_close
from tickets.enums import Channel
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
DESK, INCOMING, WORKSTATION = "/agents/telephone/", "/agents/telephone/appel/", "/agents/telephone/poste/"
NUMBER = "06 39 98 12 34"


@pytest.fixture
def agent() -> Agent:
    made = make_agent(("phone", make_town()))
    Extension.objects.create(number="204", agent=made)
    return made


@pytest.fixture
def desk(agent: Agent, client_of: Any) -> Client:
    client: Client = client_of(agent)
    return client


def tell(event: str = CallEvent.RINGING, call_id: str = "c1", ago: int = 5, caller: str = NUMBER) -> Call:
    now = timezone.now()
    told = Told(call_id, event, now - timedelta(seconds=ago), caller=caller, extension="204")
    return call_tell(source="t", told=told)[0]


def shown(client: Client, **query: Any) -> str:
    return assert_status(client.get(INCOMING, query), 200).content.decode()


def test_the_caller_is_named_with_what_is_open(desk: Client) -> None:
    citizen = make_citizen("Élodie O’Brien & fils", phone=NUMBER)
    make_ticket(citizen=citizen, subject="Lampadaire éteint")
    assert shown(desk).strip() == ""
    tell()
    page = shown(desk)
    assert "Appel entrant\u00a0: Élodie O’Brien &amp; fils" in page
    assert "1 demande en cours" in page
    assert "Lampadaire éteint" in page
    assert "Appel entrant" in desk.get(DESK).content.decode()


def test_a_colleague_hears_nothing_and_sees_only_their_tickets(desk: Client, client_of: Any) -> None:
    voirie = make_service("voirie")
    make_type("secret", voirie, is_sensitive=True, keywords=["agression"])
    citizen = make_citizen(phone=NUMBER)
    make_ticket(citizen=citizen, subject="Une agression", body="agression")
    call = tell()
    assert "Une agression" not in shown(desk)
    assert "Aucune demande en cours" in shown(desk)
    colleague = client_of(make_agent(("phone", make_town())))
    assert shown(colleague).strip() == ""
    assert colleague.get(DESK, {"call": call.pk}).context["call"] is None
    outsider = client_of(make_agent(("back_office", voirie)))
    assert_status(outsider.get(INCOMING), 403)


def test_the_pane_follows_the_call(desk: Client) -> None:
    call = tell(caller="")
    assert "Numéro masqué" in shown(desk)
    tell(CallEvent.ANSWERED)
    assert "En ligne" in shown(desk)
    assert shown(desk, call=call.pk).strip() == ""  # already on the form
    tell(CallEvent.ENDED)
    assert shown(desk).strip() == ""


def test_a_call_that_never_ended_is_forgotten(desk: Client) -> None:
    tell(ago=200)
    assert shown(desk).strip() == ""


def test_taking_a_call_fills_the_desk_and_logging_writes_it_down(desk: Client) -> None:
    citizen = make_citizen("Élodie Lefèvre", phone=NUMBER)
    call = tell(CallEvent.ANSWERED)
    page = assert_status(desk.get(DESK, {"call": call.pk}), 200)
    assert page.context["lookup"].chosen == str(citizen.pk)
    assert page.context["lookup"].text == NUMBER
    key = page.context["form"]["key"].value()
    form = {"key": key, "call": call.pk, "citizen": citizen.pk, "question": "Où voter ?", "outcome": "opened"}
    assert_status(desk.post(DESK, form), 302)
    call.refresh_from_db()
    assert call.ticket == Ticket.objects.get()
    assert shown(desk).strip() == ""
    assert_status(desk.post(DESK, form), 302)  # the same form twice
    assert Ticket.objects.count() == 1


def test_a_person_found_by_name_keeps_the_number_they_call_from(desk: Client) -> None:
    citizen = make_citizen("Élodie Lefèvre")
    call = tell()
    page = desk.get(DESK, {"q": "lefevre", "call": call.pk}).content.decode()
    assert f'name="phone-{citizen.pk}"' in page
    assert 'value="06 39 98 12 34"' in page.partition(f'name="phone-{citizen.pk}"')[2][:200]
    form = {"key": "9c6f0f7e-3a3a-4a53-8a63-0d5a2b4d7f10", "citizen": citizen.pk, "question": "Où voter ?"}
    assert_status(desk.post(DESK, form | {"outcome": "opened", f"phone-{citizen.pk}": "06 39"}), 422)
    assert_status(desk.post(DESK, form | {"outcome": "opened", f"phone-{citizen.pk}": NUMBER}), 302)
    assert ContactPoint.objects.filter(citizen=citizen, value="+33639981234").exists()


def test_a_number_of_somebody_else_stays_theirs(desk: Client) -> None:
    other, citizen = make_citizen("Paul Autre", phone=NUMBER), make_citizen("Élodie Lefèvre")
    form = {"key": "9c6f0f7e-3a3a-4a53-8a63-0d5a2b4d7f11", "citizen": citizen.pk, "question": "Où voter ?"}
    assert_status(desk.post(DESK, form | {"outcome": "opened", f"phone-{citizen.pk}": NUMBER}), 302)
    assert ContactPoint.objects.get(value="+33639981234").citizen == other


def again(client: Client, citizen: Any, question: str) -> Ticket | None:
    headers = {"HX-Request": "true", "HX-Target": "articles"}
    page = client.get(DESK, {"question": question, "citizen": citizen.pk}, headers=headers)
    found = page.context["again"]
    assert ("appel pour ce sujet" in page.content.decode()) == bool(found)
    return found if found else None


def test_the_second_call_about_a_subject_is_recognised(desk: Client, agent: Agent) -> None:
    voirie = make_service("voirie")
    make_type("eclairage", voirie, keywords=["lampadaire"])
    citizen = make_citizen("Élodie Lefèvre", phone=NUMBER)
    ticket = make_ticket(citizen=citizen, subject="Éclairage", body="Le lampadaire de la rue des Lilas est éteint.")
    assert again(desk, citizen, "toujours pas de lampadaires") == ticket  # the type, by its keyword
    assert again(desk, citizen, "rue des lilas") == ticket  # two words
    assert again(desk, citizen, "inscription à la cantine") is None
    assert again(desk, make_citizen("Paul Autre"), "lampadaire rue des Lilas") is None
    assert "2e appel pour ce sujet" in desk.get(DESK, {"q": NUMBER, "question": "lampadaire"}).content.decode()


def test_a_subject_answered_long_ago_is_a_new_one(desk: Client, agent: Agent) -> None:
    citizen = make_citizen("Élodie Lefèvre", phone=NUMBER)
    ticket = make_ticket(citizen=citizen, body="Le lampadaire de la rue des Lilas est éteint.")
    pilot = make_agent(("pilot", make_town()))
    ticket_close(ticket=ticket, actor=pilot, now=timezone.now())
    assert again(desk, citizen, "lampadaire rue des Lilas") == ticket
    Ticket.objects.update(updated_at=timezone.now() - timedelta(days=31))
    assert again(desk, citizen, "lampadaire rue des Lilas") is None


def test_the_extension_is_mine_to_say(desk: Client, agent: Agent) -> None:
    holder = make_agent(("phone", make_town()))
    Extension.objects.create(number="301", agent=holder)
    page = assert_status(desk.post(WORKSTATION, {"number": "301"}), 409).content.decode()
    assert holder.full_name in page
    assert_status(desk.post(WORKSTATION, {"number": "301", "take": "yes"}), 302)
    assert Extension.objects.get().agent == agent
    assert_status(desk.post(WORKSTATION, {"number": ""}), 302)
    assert not Extension.objects.exists()


def test_looking_costs_a_fixed_number_of_queries(desk: Client, django_assert_max_num_queries: Any) -> None:
    citizen = make_citizen("Élodie Lefèvre", phone=NUMBER)
    for _ in range(3):
        make_ticket(citizen=citizen, channel=Channel.WEB)
    for number in range(3):
        tell(call_id=f"c{number}")
    shown(desk)
    with django_assert_max_num_queries(7):
        shown(desk)
    assert Call.objects.filter(state=CallState.RINGING).count() == 3
