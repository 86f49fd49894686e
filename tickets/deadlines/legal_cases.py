"""Legal cases as JSON, in and out. Pure. Whatever a stranger writes is answered or refused with a `CaseError`.

Case: ``{"regime": "SVA"|"SVR"|"none", "delay": {"months": 2}|{"days": 30}, "received_on": "YYYY-MM-DD",
"competent_received_on"?: date, "incompletes"?: [{"asked_on", "due_on"?, "received_on"?, "required_by_text"?: true,
"list_sent"?: true}], "express_decision_on"?: date}``. An optional value may also be null. ``delay`` may be
left out when the regime is ``none``.
"""

import re
from datetime import date
from typing import Any

from tickets.deadlines.legal import Answer, Case, CaseError, Delay, Letter, Regime

CASE_KEYS = ("regime", "delay", "received_on", "competent_received_on", "incompletes", "express_decision_on")
LETTER_KEYS = ("asked_on", "due_on", "received_on", "required_by_text", "list_sent")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def case_from_json(data: object) -> Case:
    """The case a JSON object describes; CaseError naming the field when it makes no sense."""
    case = _object(data, "case", CASE_KEYS)
    regime = case.get("regime")
    if not isinstance(regime, str) or regime not in set(Regime):
        raise CaseError("unknown_regime", "regime")
    return Case(
        regime=Regime(regime),
        delay=_delay(case.get("delay")),
        received_on=_required_day(case, "received_on", "received_on"),
        competent_received_on=_day(case, "competent_received_on", "competent_received_on"),
        letters=_letters(case.get("incompletes")),
        express_decision_on=_day(case, "express_decision_on", "express_decision_on"),
    )


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """``{"last_day", "effective_from", "suspended_days"}``, dates as YYYY-MM-DD or None."""
    return {
        "last_day": answer.last_day.isoformat() if answer.last_day else None,
        "effective_from": answer.effective_from.isoformat() if answer.effective_from else None,
        "suspended_days": answer.suspended_days,
    }


def _object(data: object, where: str, keys: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise CaseError("not_an_object", where)
    if unknown := sorted(key for key in data if key not in keys):
        raise CaseError("unknown_key", where, key=unknown[0][:50])
    return data


def _delay(data: object) -> Delay | None:
    if data is None:
        return None
    delay = _object(data, "delay", ("months", "days"))
    for value in delay.values():
        if value is not None and type(value) is not int:  # a bool is an int for Python, not for the law
            raise CaseError("delay_not_positive", "delay")
    return Delay(delay.get("months"), delay.get("days"))


def _letters(data: object) -> tuple[Letter, ...]:
    if data is None:
        return ()
    if not isinstance(data, list):
        raise CaseError("not_a_list", "incompletes")
    return tuple(_letter(item, f"incompletes.{index}") for index, item in enumerate(data))


def _letter(data: object, where: str) -> Letter:
    letter = _object(data, where, LETTER_KEYS)
    return Letter(
        asked_on=_required_day(letter, "asked_on", f"{where}.asked_on"),
        due_on=_day(letter, "due_on", f"{where}.due_on"),
        received_on=_day(letter, "received_on", f"{where}.received_on"),
        required_by_text=_flag(letter, "required_by_text", where),
        list_sent=_flag(letter, "list_sent", where),
    )


def _day(data: dict[str, Any], key: str, where: str) -> date | None:
    value = data.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not _ISO_DAY.match(value):
        raise CaseError("not_a_date", where)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise CaseError("not_a_date", where) from None


def _required_day(data: dict[str, Any], key: str, where: str) -> date:
    day = _day(data, key, where)
    if day is None:
        raise CaseError("date_missing", where)
    return day


def _flag(data: dict[str, Any], key: str, where: str) -> bool:
    value = data.get(key)
    if value is not None and not isinstance(value, bool):
        raise CaseError("not_a_boolean", f"{where}.{key}")
    return True if value is None else value
