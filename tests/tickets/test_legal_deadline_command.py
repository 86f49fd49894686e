"""`manage.py legal_deadline`: JSON in, JSON out, and never a traceback."""

import io
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from tickets.deadlines.legal_cases import CASE_KEYS, LETTER_KEYS
from tickets.management.commands.legal_deadline import answered as answered_to

SVR: dict[str, Any] = {"regime": "SVR", "delay": {"months": 2}, "received_on": "2026-03-02"}
LETTER = {"asked_on": "2026-03-12", "due_on": "2026-03-31", "received_on": "2026-03-24"}


def run(text: str | bytes, monkeypatch: pytest.MonkeyPatch) -> Any:
    raw = text.encode() if isinstance(text, str) else text
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    out = io.StringIO()
    call_command("legal_deadline", stdout=out)
    return json.loads(out.getvalue())


def answered(case: object, monkeypatch: pytest.MonkeyPatch) -> Any:
    [found] = run(json.dumps([case]), monkeypatch)
    return found


def test_answers_come_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [
        SVR | {"incompletes": [LETTER]},
        SVR | {"regime": "SVA", "incompletes": [LETTER]},
        SVR | {"express_decision_on": "2026-04-01", "incompletes": [LETTER]},
        "nonsense",
        SVR | {"delay": {"days": 30}, "competent_received_on": None, "incompletes": None, "express_decision_on": None},
        {"regime": "none", "received_on": "2026-03-02"},
        SVR
        | {"incompletes": [{"asked_on": "2026-03-12", "due_on": None, "required_by_text": True, "list_sent": True}]},
    ]
    found = run(json.dumps(cases), monkeypatch)
    assert found[:3] == [
        {"last_day": "2026-05-14", "effective_from": "2026-05-15", "suspended_days": 12},
        {"last_day": "2026-05-24", "effective_from": "2026-05-25", "suspended_days": 0},
        {"last_day": None, "effective_from": None, "suspended_days": 12},
    ]
    assert found[3] == {"error": "case: Un objet est attendu."}
    assert found[4:] == [
        {"last_day": "2026-04-01", "effective_from": "2026-04-02", "suspended_days": 0},
        {"last_day": None, "effective_from": None, "suspended_days": 0},
        {"last_day": "2026-05-02", "effective_from": "2026-05-03", "suspended_days": 0},
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"regime": "sva"}, "regime"),
        ({"regime": None}, "regime"),
        ({"regime": ["SVA"]}, "regime"),
        ({"delay": None}, "delay"),
        ({"delay": {}}, "delay"),
        ({"delay": 2}, "delay"),
        ({"delay": {"months": 2, "days": 30}}, "delay"),
        ({"delay": {"months": 0}}, "delay"),
        ({"delay": {"months": -1}}, "delay"),
        ({"delay": {"months": True}}, "delay"),
        ({"delay": {"months": 2.0}}, "delay"),
        ({"delay": {"months": "2"}}, "delay"),
        ({"delay": {"weeks": 2}}, "delay"),
        ({"delay": {"months": 10**9}}, "delay"),
        ({"delay": {"days": 10**40}}, "delay"),
        ({"received_on": None}, "received_on"),
        ({"received_on": "2026-02-30"}, "received_on"),
        ({"received_on": "20260302"}, "received_on"),
        ({"received_on": "2026-03-02T10:00"}, "received_on"),
        ({"received_on": "２０２６-03-02"}, "received_on"),
        ({"received_on": "2026-03-02\n"}, "received_on"),
        ({"received_on": 20260302}, "received_on"),
        ({"competent_received_on": "2026-03-01"}, "competent_received_on"),
        ({"express_decision_on": "2026-03-01"}, "express_decision_on"),
        ({"express_decision_on": False}, "express_decision_on"),
        ({"incompletes": {}}, "incompletes"),
        ({"incompletes": [1]}, "incompletes.0"),
        ({"incompletes": [{}]}, "incompletes.0.asked_on"),
        ({"incompletes": [LETTER, LETTER | {"asked_on": "2026-03-01"}]}, "incompletes.1.asked_on"),
        ({"incompletes": [LETTER | {"due_on": "2026-03-11"}]}, "incompletes.0.due_on"),
        ({"incompletes": [LETTER | {"received_on": "2026-03-11"}]}, "incompletes.0.received_on"),
        ({"incompletes": [LETTER | {"required_by_text": 1}]}, "incompletes.0.required_by_text"),
        ({"incompletes": [LETTER | {"list_sent": "no"}]}, "incompletes.0.list_sent"),
        ({"incompletes": [LETTER | {"due": "2026-03-31"}]}, "incompletes.0"),
        ({"deadline": "2026-03-31"}, "case"),
        ({"100%\ud800": 1}, "case"),
    ],
)
def test_a_case_that_makes_no_sense(change: dict[str, Any], field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = answered(SVR | change, monkeypatch)
    assert list(found) == ["error"]
    assert found["error"].startswith(f"{field}: ")


@pytest.mark.parametrize("key", [key for key in CASE_KEYS if key in SVR])
def test_what_a_case_cannot_do_without(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = answered({name: value for name, value in SVR.items() if name != key}, monkeypatch)
    assert found["error"].startswith(f"{key}: ")


@pytest.mark.parametrize(
    "text", ["", "{}", "null", "[", '"[]"', "[1,]", b"\xff\xfe[", "[" * 100_000, f"[{'9' * 5000}]"]
)
def test_what_is_not_a_list_is_refused(text: str | bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="Standard input"):
        run(text, monkeypatch)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(LETTER_KEYS) | st.text(), inner),
    max_leaves=6,
)
DELAYS = st.dictionaries(st.sampled_from(["months", "days"]), JSON | st.integers(1), max_size=2)
ALMOST_CASES = st.fixed_dictionaries(
    {"regime": st.sampled_from(["SVA", "SVR", "none"]), "delay": DELAYS | JSON, "received_on": st.dates().map(str)},
    optional=dict.fromkeys(CASE_KEYS[3:], JSON),
)


@given(JSON | ALMOST_CASES)
def test_any_json_at_all_is_answered_or_refused_in_words(data: object) -> None:
    found = answered_to(data)
    if set(found) == {"error"}:
        assert len(found["error"].partition(": ")[2]) > 5
    else:
        assert (found["last_day"] is None) == (found["effective_from"] is None)
        assert found["suspended_days"] >= 0


def in_a_shell(text: str) -> "subprocess.CompletedProcess[str]":
    """The command as a stranger runs it: no setting, no database, no server."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "manage.py", "legal_deadline"]
    environment = kept | {"DATA_DIR": "/nonexistent"}
    return subprocess.run(
        command, input=text, capture_output=True, text=True, cwd=settings.BASE_DIR, env=environment, check=False
    )


def test_it_needs_no_server() -> None:
    done = in_a_shell(json.dumps([SVR]))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == [{"last_day": "2026-05-02", "effective_from": "2026-05-03", "suspended_days": 0}]
    refused = in_a_shell("{}")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.strip() == "CommandError: Standard input must be a JSON list of cases."
