"""Events of the telephone system: signed, told twice, late, out of order, at the same time."""

import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.authtoken.models import Token

from channels_intake.models import Call, CallState, Extension, TelephoneSystem
from channels_intake.models.calls import state_of
from channels_intake.phone.calls import calls_left
from channels_intake.phone.signing import signature
from channels_intake.phone.systems import extension_claim, secret_set
from core.errors import Conflict, Invalid
from core.sealing import unseal
from tests.support.asserts import assert_status
from tests.support.factories import make_agent, make_citizen, make_service, make_town

pytestmark = pytest.mark.django_db
URL = "/api/v1/calls/"
SECRET = "s" * 40
NUMBER = "06 39 98 12 34"


@pytest.fixture
def system() -> TelephoneSystem:
    made = TelephoneSystem(code="standard", name="Standard")
    secret_set(system=made, secret=SECRET)
    return made


def post(body: dict[str, Any], *, secret: str = SECRET, code: str = "standard", age: int = 0, **more: Any) -> Any:
    content = json.dumps(body).encode()
    timestamp = str(int(time.time()) - age)
    headers = {
        "X-Guichet-System": code,
        "X-Guichet-Timestamp": timestamp,
        "X-Guichet-Signature": signature(secret, timestamp, content),
    }
    return Client().post(URL, content, content_type="application/json", headers=headers | more)


def ring(event: str = "ringing", call_id: str = "c1", **more: Any) -> dict[str, Any]:
    return {"call_id": call_id, "event": event, "from": NUMBER, "extension": "204"} | more


def test_a_call_from_ringing_to_its_end(system: TelephoneSystem) -> None:
    agent = make_agent(("phone", make_town()))
    citizen = make_citizen("Élodie Lefèvre", phone=NUMBER)
    extension_claim(agent=agent, number="204", take=False)
    start = timezone.now() - timedelta(minutes=4)
    first = assert_status(post(ring(at=start.isoformat(), to="02 61 91 00 00")), 201).json()
    assert first == {"call_id": "c1", "state": "ringing", "number": "+33639981234", "agent": agent.email}
    picked_up = assert_status(post(ring("answered", at=(start + timedelta(seconds=12)).timestamp())), 200).json()
    assert picked_up["state"] == "answered"
    assert_status(post(ring("ended", at=(start + timedelta(minutes=3)).isoformat())), 200)
    call = Call.objects.get()
    assert (call.state, call.agent, call.citizen) == (CallState.ENDED, agent, citizen)
    assert call.called_number == "+33261910000"
    assert call.answered_at is not None
    assert round((call.answered_at - call.ringing_at).total_seconds()) == 12
    system.refresh_from_db()
    assert system.last_heard_at is not None


def test_a_late_ringing_does_not_ring_again(system: TelephoneSystem) -> None:
    post(ring("answered"))
    assert post(ring("ringing")).json()["state"] == "answered"
    post(ring("ended"))
    assert post(ring("answered")).json()["state"] == "ended"
    assert post(ring("missed")).json()["state"] == "ended"
    assert Call.objects.count() == 1


@pytest.mark.parametrize("order", list(itertools.permutations(["ringing", "answered", "ended"])))
def test_the_order_does_not_matter(system: TelephoneSystem, order: tuple[str, ...]) -> None:
    start = timezone.now() - timedelta(minutes=5)
    at = {"ringing": start, "answered": start + timedelta(seconds=20), "ended": start + timedelta(seconds=80)}
    for event in [*order, order[0]]:
        assert post(ring(event, at=at[event].isoformat())).status_code in {200, 201}
    call = Call.objects.get()
    assert (call.state, call.ringing_at, call.answered_at, call.ended_at) == (CallState.ENDED, *at.values())


@given(st.permutations(["answered_at", "missed_at", "ended_at"]), st.integers(0, 3))
def test_a_state_never_goes_back(kinds: list[str], count: int) -> None:
    """More events never make a call younger: ringing, then missed, then in conversation, then ended."""
    rank = [CallState.RINGING, CallState.MISSED, CallState.ANSWERED, CallState.ENDED]
    told: dict[str, Any] = dict.fromkeys(kinds)
    seen = []
    for kind in kinds[:count]:
        told[kind] = timezone.now()
        seen.append(rank.index(state_of(**told)))
    assert seen == sorted(seen)


def test_an_unanswered_call_is_missed_until_another_extension_picks_up(system: TelephoneSystem) -> None:
    post(ring("ringing"))
    assert post(ring("missed")).json()["state"] == "missed"
    assert post(ring("answered", extension="205")).json()["state"] == "answered"
    call = Call.objects.get()
    assert (call.extension, call.extensions) == ("205", ["204", "205"])
    post(ring("ringing", "c2"))
    assert post(ring("ended", "c2")).json()["state"] == "missed"


def test_whoever_gets_through_is_not_called_back(system: TelephoneSystem) -> None:
    post(ring("missed", "c1"))
    post(ring("missed", "other", **{"from": "06 39 98 77 77"}))
    post(ring("answered", "c2"))
    assert Call.objects.get(external_id="standard:c1").called_back_at is not None
    assert Call.objects.get(external_id="standard:other").called_back_at is None


def test_a_call_whose_end_is_never_told_is_called_back(system: TelephoneSystem) -> None:
    now = timezone.now()
    old, other = (now - timedelta(minutes=20)).isoformat(), "06 39 98 56 78"
    post(ring(at=old))
    post(ring(call_id="c2", at=now.isoformat(), **{"from": other}))
    assert [calls_left(now=now), calls_left(now=now)] == [1, 0]
    call = Call.objects.get(external_id__endswith="c1")
    assert (call.state, call.called_back_at) == (CallState.MISSED, None)
    assert Call.objects.get(external_id__endswith="c2").state == CallState.RINGING
    post(ring("answered", at=old))  # told late
    assert Call.objects.get(pk=call.pk).state == CallState.ANSWERED
    third = {"from": "06 39 98 77 77"}
    post(ring(call_id="c3", at=old, **third))
    post(ring("answered", call_id="c4", **third))  # they called again, and got through
    assert calls_left(now=now) == 1
    assert Call.objects.get(external_id__endswith="c3").called_back_at == now


@pytest.mark.parametrize("hidden", ["", "anonymous", None, "Restricted", "unknown"])
def test_a_hidden_caller_is_a_call(system: TelephoneSystem, hidden: str | None) -> None:
    assert assert_status(post(ring(**{"from": hidden})), 201).json()["number"] == ""
    assert Call.objects.get().citizen is None


def test_a_call_between_two_extensions_is_ignored(system: TelephoneSystem) -> None:
    Extension.objects.create(number="204", agent=make_agent())
    answer = assert_status(post(ring(**{"from": "204", "extension": "205"})), 200).json()
    assert answer["state"] == "ignored"
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"secret": "x" * 40}, "bad_signature"),
        ({"code": "elsewhere"}, "bad_signature"),
        ({"age": 301}, "stale_signature"),
        ({"age": -400}, "stale_signature"),
        ({"X-Guichet-Timestamp": "1"}, "bad_signature"),
        ({"X-Guichet-Timestamp": "demain"}, "bad_signature"),
        ({"X-Guichet-Signature": ""}, "bad_signature"),
        ({"X-Guichet-Signature": "é"}, "bad_signature"),
    ],
)
def test_a_wrong_signature_is_refused(system: TelephoneSystem, change: dict[str, Any], code: str) -> None:
    assert assert_status(post(ring(), **change), 401).json()["code"] == code
    assert not Call.objects.exists()


def test_the_body_is_signed_too(system: TelephoneSystem) -> None:
    timestamp = str(int(time.time()))
    headers = {
        "X-Guichet-System": "standard",
        "X-Guichet-Timestamp": timestamp,
        "X-Guichet-Signature": "sha256=" + signature(SECRET, timestamp, b'{"call_id":"c1","event":"ringing"}'),
    }
    body = b'{"call_id":"c1","event":"ringing"}'
    assert_status(Client().post(URL, body, content_type="application/json", headers=headers), 201)
    tampered = b'{"call_id":"c2","event":"ringing"}'
    assert_status(Client().post(URL, tampered, content_type="application/json", headers=headers), 401)


def test_a_system_set_aside_is_refused(system: TelephoneSystem) -> None:
    TelephoneSystem.objects.update(is_active=False)
    assert_status(post(ring()), 401)


@pytest.mark.parametrize(("role", "status"), [("phone", 201), ("admin", 201), ("back_office", 403), ("elected", 403)])
def test_the_token_of_an_account_that_logs_contacts_works(role: str, status: int) -> None:
    token = Token.objects.create(user=make_agent((role, make_town())))
    client = Client(headers={"Authorization": f"Token {token.key}"})
    assert_status(client.post(URL, ring(), content_type="application/json"), status)


def test_nobody_is_refused_and_a_session_is_not_enough(client_of: Any) -> None:
    assert_status(Client().post(URL, ring(), content_type="application/json"), 401)
    client = client_of(make_agent(("phone", make_town())))
    assert_status(client.post(URL, ring(), content_type="application/json"), 401)


@pytest.mark.parametrize(
    "change",
    [
        {"call_id": ""},
        {"call_id": "x" * 91},
        {"event": "transferred"},
        *({"at": at} for at in ("hier", "2001-01-01T00:00:00Z", "9" * 15, "²", ".", 1e300)),
    ],
)
def test_an_event_that_makes_no_sense_is_refused(system: TelephoneSystem, change: dict[str, Any]) -> None:
    answer = assert_status(post(ring() | change), 400).json()
    assert answer["field"] in change


def test_a_moment_in_the_future_is_now(system: TelephoneSystem) -> None:
    post(ring(at=(timezone.now() + timedelta(hours=3)).isoformat()))
    assert Call.objects.get().ringing_at <= timezone.now()


@pytest.mark.django_db(transaction=True)
def test_the_same_call_told_at_the_same_time_is_one_call(system: TelephoneSystem) -> None:
    start = timezone.now() - timedelta(minutes=1)
    events = [ring(event, at=start.isoformat()) for event in ("ringing", "answered", "ended", "ringing") * 3]

    def tell(body: dict[str, Any]) -> int:
        try:
            return int(post(body).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        codes = list(threads.map(tell, events))
    assert sorted(codes) == [200] * 11 + [201]
    assert Call.objects.get().state == CallState.ENDED


def test_agents_are_told_where_it_rings(
    system: TelephoneSystem, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr("core.live._send", sent.append)
    first, second = make_agent(), make_agent()
    Extension.objects.create(number="204", agent=first)
    Extension.objects.create(number="205", agent=second)
    with django_capture_on_commit_callbacks(execute=True):
        post(ring())
        post(ring(extension="205"))
        post(ring("missed"))
    pk = Call.objects.get().pk
    assert sent == [
        {"kind": "call.ringing", "id": pk, "agents": [first.pk], "group": ""},
        {"kind": "call.ringing", "id": pk, "agents": sorted([first.pk, second.pk]), "group": ""},
        {"kind": "call.missed", "id": pk, "agents": sorted([first.pk, second.pk]), "group": ""},
        {"kind": "callbacks", "id": pk, "agents": [], "group": "log_contacts"},
    ]


def test_an_extension_has_one_agent() -> None:
    first, second = make_agent(), make_agent()
    extension_claim(agent=first, number=" 2 04", take=False)
    with pytest.raises(Conflict) as refused:
        extension_claim(agent=second, number="204", take=False)
    assert refused.value.code == "taken"
    extension_claim(agent=second, number="204", take=True)
    assert list(Extension.objects.values_list("number", "agent")) == [("204", second.pk)]
    extension_claim(agent=second, number="", take=False)
    assert not Extension.objects.exists()
    with pytest.raises(Invalid):
        extension_claim(agent=second, number="２０４", take=False)


def test_the_command_declares_a_system_and_says_its_secret_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("telephone_system", "asterisk", name="Asterisk de la mairie")
    secret = capsys.readouterr().out.strip()
    system = TelephoneSystem.objects.get()
    assert unseal(system.secret) == secret
    assert secret not in system.secret
    assert_status(post(ring(), secret=secret, code="asterisk"), 201)
    monkeypatch.setenv("TELEPHONE_SECRET", "t" * 32)
    call_command("telephone_system", "asterisk")
    assert "t" * 32 not in capsys.readouterr().out
    assert_status(post(ring(), secret="t" * 32, code="asterisk"), 200)
    monkeypatch.setenv("TELEPHONE_SECRET", "short")
    with pytest.raises(CommandError):
        call_command("telephone_system", "asterisk")


def test_the_administration_shows_a_new_secret_once(client_of: Any) -> None:
    client = client_of(make_agent(("admin", make_town()), is_staff=True))
    make_service("voirie")
    new = {"code": "freepbx", "name": "FreePBX", "chosen_secret": "", "is_active": "on"}
    page = client.post("/admin/channels_intake/telephonesystem/add/", new, follow=True).content.decode()
    system = TelephoneSystem.objects.get()
    assert unseal(system.secret) in page
    before = system.secret
    address = f"/admin/channels_intake/telephonesystem/{system.pk}/change/"
    page = client.post(address, new | {"name": "Autre nom"}, follow=True).content.decode()
    system.refresh_from_db()
    assert (system.name, system.secret) == ("Autre nom", before)
    assert unseal(system.secret) not in page
