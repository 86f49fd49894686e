"""The rules and emergencies as they are configured: read once and kept in the process, like the commitments, as long as
``Town.commitments_version`` stays the same (`tickets.actions.routing.rules` makes it grow)."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from django.utils import timezone

from core.kept import kept_value
from directory.models import Agent, CitizenKind, RequestType, Service
from directory.questions import TEXT, questions_read
from directory.selectors import town_get
from tickets.enums import Channel
from tickets.models import District, Emergency, RoutingRule, Ticket
from tickets.routing.decision import KEYWORDS, Recognised
from tickets.routing.districts import DistrictStreets, districts_in
from tickets.routing.emergencies import Alarm, EmergencyWords, alarms_in
from tickets.routing.keywords import TypeKeywords, best_match
from tickets.routing.rule_json import Problem, RuleError, Vocabulary, rule_read
from tickets.routing.rules import ANONYMOUS, Facts, Rule
from tickets.routing.text import Text
from tickets.timezones import town_zone

logger = logging.getLogger(__name__)

VOCABULARY = Vocabulary(channels=frozenset(Channel.values), requesters=frozenset(CitizenKind.values))
RECENT = 30  # seconds during which a hint does not ask whether the table changed
_current: "RoutingTable | None" = None
_checked = float("-inf")  # of time.monotonic(): when it was last known to be the current one


@dataclass(frozen=True)
class RoutingTable:
    """Shared by every thread of the process: read it, never write."""

    version: int
    rules: tuple[Rule, ...] = ()
    emergencies: tuple[EmergencyWords, ...] = ()
    broken: dict[int, tuple[Problem, ...]] = field(default_factory=dict)
    districts: tuple[DistrictStreets, ...] = ()

    @classmethod
    def current(cls, version: int) -> "RoutingTable":
        """The table at ``Town.commitments_version``; read again when this process holds another version."""
        global _current, _checked
        _checked = monotonic()
        held = _current
        if held is None or held.version != version:
            held = _current = cls.load(version)
        return held

    @classmethod
    def load(cls, version: int) -> "RoutingTable":
        """Read everything: two queries, three more when there are rules and two when one is about a district. A broken
        rule is left out and logged."""
        rows = RoutingRule.objects.filter(is_active=True).order_by("position", "id")
        rules, broken = rules_read(rows)
        for pk, problems in broken.items():
            logger.warning("Routing rule %s is skipped: %s", pk, RuleError(problems))
        emergencies = tuple(map(emergency_words, Emergency.objects.filter(is_active=True)))
        return cls(version, tuple(rules), emergencies, broken, districts_asked(rules))


def alarms_told(text: str, *, is_hint: bool = False) -> list[Alarm]:
    """The emergencies that ``text`` tells, the gravest first: one query, none for an empty text. ``is_hint``: for what
    is shown while an agent types, emergencies may be those of `RECENT` seconds ago."""
    if not text.strip():
        return []
    held = _current if is_hint and monotonic() - _checked < RECENT else None
    table = held or RoutingTable.current(town_get().commitments_version)
    return alarms_in(Text(text), table.emergencies)


def routing_forget() -> None:
    """Have this process read the table again whatever the version. For tests, which undo what they wrote."""
    global _current
    _current = None


def emergency_words(row: Emergency) -> EmergencyWords:
    return EmergencyWords(row.pk, row.name, tuple(row.words), row.priority, row.instruction, tuple(row.unless))


def rules_read(rows: Iterable[RoutingRule]) -> tuple[list[Rule], dict[int, tuple[Problem, ...]]]:
    """The rules that can be applied, in their order, and what is wrong with each of the others, by id.

    A rule that names a type, a service, an agent or a district that is gone cannot be applied.
    """
    rules: list[Rule] = []
    broken: dict[int, tuple[Problem, ...]] = {}
    for row in rows:
        try:
            asked, done = rule_read(row.conditions, row.effects, VOCABULARY)
        except RuleError as error:
            broken[row.pk] = error.problems
        else:
            rules.append(Rule(row.pk, row.name, asked, done, row.is_final))
    if rules:
        known = {
            "effects.type": _ids(RequestType.objects.filter(is_active=True)),
            "effects.service": _ids(Service.objects.filter(is_active=True)),
            "effects.agent": _ids(Agent.objects.filter(is_active=True)),
        }
        districts = frozenset(district.district_id for district in districts_asked(rules))
        for rule in rules:
            wanted = rule.effects
            named = dict(zip(known, (wanted.type_id, wanted.service_id, wanted.agent_id), strict=True))
            gone = [
                Problem(key, "gone", str(pk)) for key, pk in named.items() if pk is not None and pk not in known[key]
            ]
            gone += [Problem("districts", "gone", str(pk)) for pk in sorted(rule.conditions.districts - districts)]
            if gone:
                broken[rule.rule_id] = tuple(gone)
    return [rule for rule in rules if rule.rule_id not in broken], broken


def districts_asked(rules: Iterable[Rule]) -> tuple[DistrictStreets, ...]:
    """The districts that these rules are about: one query, none when they are about none."""
    asked = {pk for rule in rules for pk in rule.conditions.districts}
    rows = District.objects.filter(pk__in=asked) if asked else ()
    return tuple(DistrictStreets(row.pk, tuple(row.streets)) for row in rows)


def _ids(rows: "Iterable[object]") -> frozenset[int]:
    return frozenset(rows.order_by().values_list("pk", flat=True))  # type: ignore[attr-defined]


def facts_of(ticket: Ticket, text: Text, districts: Sequence[DistrictStreets] = ()) -> Facts:
    """What the rules read of a ticket with its requester and type; its reception is told in the town's time zone.
    ``districts``: those that the rules are about."""
    return Facts(
        text=text,
        local=timezone.localtime(ticket.received_at, town_zone()),
        channel=ticket.channel,
        place=ticket.location,
        requester=ticket.requester.kind if ticket.requester else ANONYMOUS,
        answers=tuple((str(each[0]), str(each[2])) for each in ticket.answers if len(each) == 3),
        mailbox=ticket.mailbox,
        language=ticket.language,
        type_id=ticket.request_type_id,
        districts=districts_in(ticket.location, text, districts),
    )


def closed_codes(*asked: object) -> frozenset[str]:
    """The codes of the questions, in these lists of a type's questions, whose answers are not the citizen's own words:
    a choice, yes or no, a date, a number."""
    return frozenset(each.code for questions in asked for each in questions_read(questions) if each.kind != TEXT)


def open_answers(answers: Sequence[Sequence[object]], closed: Collection[str]) -> list[str]:
    """What the citizen wrote in the form besides the text: ``answers`` of a ticket, but those of ``closed`` codes."""
    return [str(row[2]) for row in answers if len(row) == 3 and row[2] and row[0] not in closed]


def words_of(ticket: Ticket, body: str) -> str:
    """``body``, the first message of a ticket with its type, then its open answers: all that the citizen wrote but the
    subject."""
    if not ticket.answers:
        return body
    asked = ticket.request_type.questions if ticket.request_type else []
    return "\n\n".join([body, *open_answers(ticket.answers, closed_codes(asked))])


def recognise_keywords(subject: str, body: str) -> Recognised | None:
    """The type whose keywords are in the text: one query."""
    match = best_match(subject, body, kept_value("keywords", _keywords))
    return Recognised(match.type_id, KEYWORDS, match.found) if match else None


def _keywords() -> list[TypeKeywords]:
    types = RequestType.objects.filter(is_active=True).exclude(keywords=[]).order_by("code")
    return [TypeKeywords(pk, keywords) for pk, keywords in types.values_list("pk", "keywords")]
