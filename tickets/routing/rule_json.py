"""Rules as they are stored (two JSON objects) and as `tickets.routing.rules` applies them. Pure.

``conditions`` — every key may be absent:
    types, channels, requesters, languages, mailboxes: lists; days: list of 0 (Monday) to 6
    text: {any, all, none: lists of phrases}      places: list of phrases
    districts: list of ids
    answers: list of {question, is}               hours: {from, until} as "HH:MM"
    said: {question, any: list of phrases}
``effects`` — every key may be absent:
    type, service, agent: ids    priority: 1 to 4    tags: list    sensitive, split: true or false
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from tickets.routing.rules import ANONYMOUS, Conditions, Effects, Said
from tickets.routing.text import phrase

MOST, LONG_PHRASE, LONG_TAG = 100, 80, 40
PRIORITIES = range(1, 5)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a stored rule: the key, as ``text.any`` or ``effects.priority``, and why, as a code of
    `REASONS`; ``found`` is the value in a few characters."""

    key: str
    why: str
    found: str = ""


REASONS = (
    *("not_object", "unknown_key", "not_list", "not_text", "too_many", "too_long", "not_id", "unknown_value"),
    *("not_hour", "no_words", "not_flag", "asks_nothing", "does_nothing"),
)


class RuleError(ValueError):
    """A stored rule cannot be read. ``problems`` says everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{each.key}: {each.why}" for each in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Vocabulary:
    """The values known outside: codes of channels and requester kinds."""

    channels: frozenset[str]
    requesters: frozenset[str]


class _Reader:
    """Reads values and gathers what is wrong; a value that cannot be read is left out."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, key: str, why: str, found: object = "") -> None:
        self.problems.append(Problem(key, why, str(found)[:40]))

    def object(self, key: str, raw: Any, known: Sequence[str]) -> dict[str, Any]:
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            self.wrong(key, "not_object", raw)
            return {}
        for name in raw:
            if name not in known:
                self.wrong(f"{key}.{name}"[:60], "unknown_key")
        return raw

    def items(self, key: str, raw: Any, read: Callable[[str, Any], Any]) -> list[Any]:
        if raw is None:
            return []
        if not isinstance(raw, list):
            self.wrong(key, "not_list", raw)
            return []
        if len(raw) > MOST:
            self.wrong(key, "too_many", len(raw))
            raw = raw[:MOST]
        return [value for each in raw if (value := read(key, each)) is not None]

    def text(self, key: str, raw: Any, limit: int = LONG_PHRASE) -> str | None:
        if not isinstance(raw, str) or not raw.strip():
            self.wrong(key, "not_text", raw)
        elif len(raw) > limit:
            self.wrong(key, "too_long", raw)
        else:
            return raw.strip()
        return None

    def phrase(self, key: str, raw: Any) -> str | None:
        found = self.text(key, raw)
        if found is not None and not phrase(found).keys:
            self.wrong(key, "no_words", found)
            return None
        return found

    def address(self, key: str, raw: Any) -> str | None:
        return self.text(key, raw, 254)

    def id(self, key: str, raw: Any) -> int | None:
        if isinstance(raw, int) and not isinstance(raw, bool) and 0 < raw < 2**63:
            return raw
        self.wrong(key, "not_id", raw)
        return None

    def one_of(self, known: Any) -> Callable[[str, Any], Any]:
        def read(key: str, raw: Any) -> Any:
            if isinstance(raw, str | int) and not isinstance(raw, bool) and raw in known:
                return raw
            self.wrong(key, "unknown_value", raw)
            return None

        return read

    def flag(self, key: str, raw: Any) -> bool:
        if raw is None or isinstance(raw, bool):
            return bool(raw)
        self.wrong(key, "not_flag", raw)
        return False

    def hour(self, key: str, raw: Any) -> time | None:
        if raw in (None, ""):
            return None
        try:
            return time.fromisoformat(raw).replace(tzinfo=None)
        except (TypeError, ValueError):
            self.wrong(key, "not_hour", raw)
            return None

    def answer(self, key: str, raw: Any) -> tuple[str, str] | None:
        if not isinstance(raw, dict) or set(raw) != {"question", "is"}:
            self.wrong(key, "not_object", raw)
            return None
        question, value = self.text(f"{key}.question", raw["question"]), self.text(f"{key}.is", raw["is"], 500)
        return (question, value) if question and value else None

    def said(self, key: str, raw: Any) -> Said | None:
        if raw is None:
            return None
        if not isinstance(raw, dict) or set(raw) != {"question", "any"}:
            self.wrong(key, "not_object", raw)
            return None
        question = self.text(f"{key}.question", raw["question"])
        phrases = self.items(f"{key}.any", raw["any"], self.phrase)
        if raw["any"] == []:
            self.wrong(f"{key}.any", "no_words")
        return Said(question, tuple(phrases)) if question and phrases else None


_CONDITIONS = (
    *("types", "channels", "requesters", "languages", "mailboxes", "days"),
    *("text", "places", "districts", "answers", "said", "hours"),
)
_EFFECTS = ("type", "service", "agent", "priority", "tags", "sensitive", "split")


def rule_read(conditions: Any, effects: Any, known: Vocabulary) -> tuple[Conditions, Effects]:
    """The stored rule, typed. Raises `RuleError` and nothing else, whatever the JSON.

    Whether the ids still lead somewhere is for `tickets.selectors.routing` to say.
    """
    reader = _Reader()
    asked, done = _conditions(reader, conditions, known), _effects(reader, effects)
    if not reader.problems and asked.is_empty:
        reader.wrong("conditions", "asks_nothing")
    if not reader.problems and done.is_empty:
        reader.wrong("effects", "does_nothing")
    if reader.problems:
        raise RuleError(reader.problems)
    return asked, done


def _conditions(reader: _Reader, raw: Any, known: Vocabulary) -> Conditions:
    top = reader.object("conditions", raw, _CONDITIONS)
    text = reader.object("text", top.get("text"), ("any", "all", "none"))
    hours = reader.object("hours", top.get("hours"), ("from", "until"))
    return Conditions(
        types=frozenset(reader.items("types", top.get("types"), reader.id)),
        channels=frozenset(reader.items("channels", top.get("channels"), reader.one_of(known.channels))),
        requesters=frozenset(
            reader.items("requesters", top.get("requesters"), reader.one_of(known.requesters | {ANONYMOUS}))
        ),
        languages=frozenset(
            each.lower() for each in reader.items("languages", top.get("languages"), lambda k, v: reader.text(k, v, 5))
        ),
        mailboxes=frozenset(
            each.lower()
            for each in reader.items("mailboxes", top.get("mailboxes"), lambda k, v: reader.text(k, v, 254))
        ),
        any_text=tuple(reader.items("text.any", text.get("any"), reader.phrase)),
        all_text=tuple(reader.items("text.all", text.get("all"), reader.phrase)),
        no_text=tuple(reader.items("text.none", text.get("none"), reader.phrase)),
        places=tuple(reader.items("places", top.get("places"), reader.phrase)),
        districts=frozenset(reader.items("districts", top.get("districts"), reader.id)),
        answers=tuple(reader.items("answers", top.get("answers"), reader.answer)),
        said=reader.said("said", top.get("said")),
        days=frozenset(reader.items("days", top.get("days"), reader.one_of(range(7)))),
        since=reader.hour("hours.from", hours.get("from")),
        until=reader.hour("hours.until", hours.get("until")),
    )


def _effects(reader: _Reader, raw: Any) -> Effects:
    top = reader.object("effects", raw, _EFFECTS)
    ids = {name: reader.id(f"effects.{name}", top[name]) for name in ("type", "service", "agent") if top.get(name)}
    priority = top.get("priority")
    if priority is not None:
        priority = reader.one_of(PRIORITIES)("effects.priority", priority)
    tags = reader.items("effects.tags", top.get("tags"), lambda key, value: reader.text(key, value, LONG_TAG))
    return Effects(
        type_id=ids.get("type"),
        service_id=ids.get("service"),
        agent_id=ids.get("agent"),
        priority=priority,
        tags=tuple(dict.fromkeys(tags)),
        sensitive=reader.flag("effects.sensitive", top.get("sensitive")),
        split=reader.flag("effects.split", top.get("split")),
    )


def rule_dump(asked: Conditions, done: Effects) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two JSON objects of a rule, without its empty keys: `rule_read` gives the same rule back."""
    hours = {name: f"{value:%H:%M}" for name, value in (("from", asked.since), ("until", asked.until)) if value}
    text = {"any": list(asked.any_text), "all": list(asked.all_text), "none": list(asked.no_text)}
    conditions = {
        "types": sorted(asked.types),
        "channels": sorted(asked.channels),
        "requesters": sorted(asked.requesters),
        "languages": sorted(asked.languages),
        "mailboxes": sorted(asked.mailboxes),
        "text": {name: phrases for name, phrases in text.items() if phrases},
        "places": list(asked.places),
        "districts": sorted(asked.districts),
        "answers": [{"question": question, "is": value} for question, value in asked.answers],
        "said": {"question": asked.said.question, "any": list(asked.said.phrases)} if asked.said else None,
        "days": sorted(asked.days),
        "hours": hours,
    }
    effects = {
        "type": done.type_id,
        "service": done.service_id,
        "agent": done.agent_id,
        "priority": done.priority,
        "tags": list(done.tags),
        "sensitive": done.sensitive,
        "split": done.split,
    }
    return {k: v for k, v in conditions.items() if v}, {k: v for k, v in effects.items() if v}
