"""Promising callbacks at the desk, and the queue where they and the missed calls are called back."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels_intake.models import Call, Callback, CallbackAttempt, CallState
from channels_intake.phone.callbacks import callback_take, missed_forget, missed_take
from channels_intake.phone.calls import CallEvent, Told, call_tell
from channels_intake.phone.selectors import to_call_back_counter
from core.errors import Conflict
from directory.models import Agent
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_citizen, make_service, make_ticket, make_town, make_type
from tickets.actions.clocks.callbacks import callback_request
from tickets.enums import DeadlineKind, DeadlineState
from tickets.models import Deadline, Ticket
from tickets.selectors.sidebar import sidebar_read

pytestmark = pytest.mark.django_db
DESK, QUEUE = "/agents/telephone/", "/agents/telephone/rappels/"
NUMBER, E164 = "06 39 98 12 34", "+33639981234"


@pytest.fixture
def agent() -> Agent:
    return make_agent(("phone", make_town()))


@pytest.fixture
def desk(agent: Agent, client_of: Any) -> Client:
    client: Client = client_of(agent)
    return client


def promise(client: Client, status: int = 302, **fields: Any) -> Any:
    form = {"key": uuid.uuid4(), "citizen": "new", "question": "Mon dossier de cantine", "outcome": "callback"}
    return assert_status(client.post(DESK, form | fields), status)


def owed() -> Deadline:
    return Deadline.objects.select_related("ticket", "callback").get(kind=DeadlineKind.CALLBACK)


def missed(call_id: str = "m1", caller: str = NUMBER, ago: int = 60) -> Call:
    now = timezone.now()
    told = Told(call_id, CallEvent.MISSED, now - timedelta(minutes=ago), caller=caller, extension="204")
    return call_tell(source="t", told=told)[0]


def attempt(client: Client, pk: int, result: str, status: int = 302, **fields: Any) -> Any:
    return assert_status(client.post(f"{QUEUE}{pk}/essai/", {"result": result} | fields), status)


def test_a_callback_is_promised_in_48_hours_and_read_in_the_queue(desk: Client) -> None:
    answer = promise(desk, name="Paul Nouveau", phone=NUMBER)
    clock = owed()
    assert (clock.state, clock.callback.number, clock.callback.next_at) == (DeadlineState.RUNNING, E164, None)
    assert timedelta(hours=23) < clock.due_at - clock.started_at <= timedelta(hours=49)
    assert clock.ticket.channel == "phone"
    assert "Rappel promis" in desk.get(answer.url).content.decode()
    page = assert_status(desk.get(QUEUE), 200).content.decode()
    assert "Paul Nouveau" in page
    assert NUMBER in page
    assert f"tel:{E164}" not in page  # nobody took it yet


def test_the_number_is_the_one_of_the_card_unless_another_is_given(desk: Client) -> None:
    citizen = make_citizen("Élodie Lefèvre", phone=NUMBER)
    promise(desk, citizen=citizen.pk)
    promise(desk, citizen=citizen.pk, callback_phone="02 61 91 22 33")
    assert list(Callback.objects.order_by("pk").values_list("number", flat=True)) == [E164, "+33261912233"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "callback_phone"),
        ({"callback_phone": "12"}, "callback_phone"),
        ({"phone": NUMBER, "callback_at": "2020-01-01T10:00"}, "callback_at"),
        ({"phone": NUMBER, "answer": "Voilà"}, "answer"),
        ({"phone": NUMBER, "question": ""}, "question"),
    ],
)
def test_a_callback_that_cannot_be_kept_is_refused(desk: Client, fields: dict[str, str], field: str) -> None:
    page = promise(desk, 422, **fields)
    assert field in page.context["form"].errors
    assert not Ticket.objects.exists()


def test_the_moment_and_the_service_are_chosen(desk: Client) -> None:
    civil = make_service("etat-civil", "État civil")
    make_type("eclairage", make_service("voirie"), keywords=["cantine"])
    wanted = timezone.localtime(timezone.now() + timedelta(hours=20)).replace(second=0, microsecond=0)
    at = wanted.strftime("%Y-%m-%dT%H:%M")
    promise(desk, phone=NUMBER, callback_at=at, callback_service=civil.pk)
    clock = owed()
    assert clock.callback.wanted_at == clock.callback.next_at == wanted
    assert clock.ticket.service == civil


def test_the_same_form_twice_is_one_callback(desk: Client) -> None:
    key = uuid.uuid4()
    promise(desk, key=key, phone=NUMBER)
    promise(desk, key=key, phone=NUMBER)
    assert (Ticket.objects.count(), Callback.objects.count()) == (1, 1)


def test_a_callback_is_taken_tried_then_kept(desk: Client, agent: Agent) -> None:
    promise(desk, name="Paul Nouveau", phone=NUMBER)
    clock = owed()
    assert_status(desk.post(f"{QUEUE}{clock.pk}/prendre/"), 302)
    assert f'href="tel:{E164}"' in desk.get(QUEUE).content.decode()
    later = timezone.localtime(timezone.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    attempt(desk, clock.pk, "later", next_at=later, note="Préfère l’après-midi")
    clock = owed()
    assert clock.state == DeadlineState.RUNNING
    assert clock.callback.next_at is not None
    page = desk.get(QUEUE).content.decode()
    assert "Préfère l’après-midi" in page
    assert "À rappeler le" in page
    attempt(desk, clock.pk, "reached", note="Dossier complet")
    assert owed().state == DeadlineState.MET
    assert [one.result for one in CallbackAttempt.objects.all()] == ["later", "reached"]
    assert "Personne à rappeler" in desk.get(QUEUE).content.decode()
    attempt(desk, clock.pk, "reached")  # gone: said, not counted twice
    assert CallbackAttempt.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"result": "later"}, "next_at"), ({"result": "perdu"}, "result"), ({"next_at": "2020-01-01T10:00"}, "next_at")],
)
def test_an_attempt_that_says_too_little_is_refused(desk: Client, fields: dict[str, str], field: str) -> None:
    promise(desk, phone=NUMBER)
    page = attempt(desk, owed().pk, status=422, **{"result": "no_answer"} | fields)
    assert field in page.context["form"].errors
    assert not CallbackAttempt.objects.exists()


def test_two_agents_do_not_call_the_same_person(desk: Client, agent: Agent) -> None:
    promise(desk, phone=NUMBER)
    other, now = make_agent(("phone", make_town())), timezone.now()
    callback_take(deadline_id=owed().pk, actor=other, now=now)
    with pytest.raises(Conflict):
        callback_take(deadline_id=owed().pk, actor=agent, now=now)
    assert f"{other.full_name} est en train d’appeler" in desk.get(QUEUE).content.decode()
    callback_take(deadline_id=owed().pk, actor=agent, now=now + timedelta(minutes=16))  # forgotten by the other
    call = missed()
    missed_take(call_id=call.pk, actor=other, now=now)
    with pytest.raises(Conflict):
        missed_take(call_id=call.pk, actor=agent, now=now)


def test_the_order_is_the_moment_agreed_else_the_promise(desk: Client) -> None:
    for name, hours in (("Sans heure", None), ("Demain", 30), ("Dans une heure", 1)):
        wanted = timezone.localtime(timezone.now() + timedelta(hours=hours)) if hours else None
        at = {"callback_at": wanted.strftime("%Y-%m-%dT%H:%M")} if wanted else {}
        promise(desk, name=name, phone=f"06 39 98 00 0{hours or 9}"[:14], **at)
    names = [one.deadline.ticket.requester.display_name for one, _form in desk.get(QUEUE).context["owed"]]
    assert names == ["Dans une heure", "Demain", "Sans heure"]


def test_each_service_sees_its_callbacks(desk: Client, client_of: Any) -> None:
    voirie, civil = make_service("voirie"), make_service("etat-civil")
    promise(desk, phone=NUMBER, callback_service=voirie.pk)
    assert len(client_of(make_agent(("back_office", voirie))).get(QUEUE).context["owed"]) == 1
    stranger = client_of(make_agent(("back_office", civil)))
    assert stranger.get(QUEUE).context["owed"] == []
    assert_status(stranger.post(f"{QUEUE}{owed().pk}/prendre/"), 302)
    assert Callback.objects.get().taken_by is None
    assert_status(client_of(make_agent(("elected", make_town()))).get(QUEUE), 403)


def test_a_callback_noted_on_the_ticket_is_in_the_queue_too(desk: Client, agent: Agent) -> None:
    ticket = make_ticket()
    callback_request(ticket=ticket, phone="02 61 91 22 33", actor=agent, now=timezone.now())
    assert "02 61 91 22 33" in desk.get(QUEUE).content.decode()


def test_missed_calls_are_called_back_once_a_number(desk: Client, client_of: Any) -> None:
    citizen = make_citizen("Élodie Lefèvre", phone=NUMBER)
    for number in range(3):
        missed(f"m{number}", ago=60 - number)
    missed("hidden", caller="anonymous")
    rows = desk.get(QUEUE).context["missed"]
    assert [(one.call.citizen, one.count) for one, *_forms in rows] == [(citizen, 3)]
    call = rows[0][0].call
    assert_status(desk.post(f"/agents/telephone/appels-manques/{call.pk}/prendre/"), 302)
    assert f'href="tel:{E164}"' in desk.get(QUEUE).content.decode()
    url = f"/agents/telephone/appels-manques/{call.pk}/essai/"
    assert_status(desk.post(url, {"result": "no_answer"}), 302)
    assert "Pas de réponse" in desk.get(QUEUE).content.decode()
    answer = assert_status(desk.post(url, {"result": "reached"}), 302)
    assert answer.url == f"{DESK}?call={call.pk}"
    page = desk.get(answer.url)
    assert page.context["lookup"].chosen == str(citizen.pk)
    assert not desk.get(QUEUE).context["missed"]
    assert Call.objects.filter(number=E164, called_back_at__isnull=False).count() == 3
    back_office = client_of(make_agent(("back_office", make_service("voirie"))))
    assert back_office.get(QUEUE).context["missed"] == []
    assert_status(back_office.post(url, {"result": "reached"}), 403)


def waiting(agent: Agent) -> str:
    return to_call_back_counter(sidebar_read(agent, timezone.now()).others["phone:callbacks"])[0]


def test_a_missed_call_stays_until_somebody_deals_with_it_or_a_month_has_passed(desk: Client, agent: Agent) -> None:
    recent, old = missed("m1", ago=29 * 24 * 60), missed("m2", "06 39 98 56 78", ago=31 * 24 * 60)
    hidden = missed("m3", "", ago=32 * 24 * 60)  # nobody could have returned it
    assert waiting(agent) == "2"
    assert [missed_forget(now=timezone.now()), missed_forget(now=timezone.now())] == [1, 0]
    old.refresh_from_db()
    recent.refresh_from_db()
    hidden.refresh_from_db()
    assert (recent.dismissed_at, hidden.dismissed_at) == (None, None)
    assert (old.dismissed_by, old.dismissed_reason) == (None, "Personne n’a rappelé en 30 jours.")
    page = assert_status(desk.get(QUEUE), 200).content.decode()
    assert "06 39 98 12 34" in page
    assert "Appels mis de côté sans avoir été rappelés" in page
    assert "06 39 98 56 78 — " in page
    assert "Personne n’a rappelé en 30 jours." in page
    assert waiting(agent) == "1"


def test_a_missed_call_is_set_aside_with_a_reason(desk: Client, agent: Agent) -> None:
    call = missed()
    url = f"/agents/telephone/appels-manques/{call.pk}/ecarter/"
    assert_status(desk.post(url, {"reason": "whatever"}), 302)
    call.refresh_from_db()
    assert call.dismissed_at is None
    assert_status(desk.post(url, {"reason": "unwanted"}), 302)
    call.refresh_from_db()
    assert (call.state, call.dismissed_by) == (CallState.MISSED, agent)
    assert call.dismissed_reason.startswith("Appel indésirable")
    assert not desk.get(QUEUE).context["missed"]


def test_the_menu_counts_them_and_the_page_costs_a_fixed_number_of_queries(
    desk: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        promise(desk, name=f"Claire Vasseur{number}", phone=f"06 39 98 12 3{number}")
        missed(f"m{number}", caller=f"06 39 98 55 5{number}")
    page = desk.get(QUEUE)
    items = [item for group in page.context["nav"] for item in group["items"] if item["url"] == QUEUE]
    assert [(item["count"], item["tone"]) for item in items] == [("12", "soon")]
    with django_assert_max_num_queries(15):
        desk.get(QUEUE)
