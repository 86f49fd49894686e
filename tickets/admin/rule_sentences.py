"""Routing rules in sentences: what each asks, what it does, why it did not apply, what is wrong with it."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Agent, RequestType, Service
from tickets.admin.rule_form import DAYS, REQUESTERS
from tickets.enums import Channel, Priority
from tickets.filter_forms import LANGUAGES
from tickets.models import District
from tickets.routing.rule_json import Problem
from tickets.routing.rules import Conditions, Effects


@dataclass
class Names:
    """The names of what rules point at, by id: four queries for a whole page."""

    types: dict[int, str] = field(default_factory=dict)
    services: dict[int, str] = field(default_factory=dict)
    agents: dict[int, str] = field(default_factory=dict)
    districts: dict[int, str] = field(default_factory=dict)

    @classmethod
    def load(cls) -> "Names":
        return cls(
            types=dict(RequestType.objects.order_by().values_list("pk", "name")),
            services=dict(Service.objects.order_by().values_list("pk", "name")),
            agents={agent.pk: agent.full_name for agent in Agent.objects.order_by().defer("password")},
            districts=dict(District.objects.order_by().values_list("pk", "name")),
        )


def _either(values: Any) -> str:
    return _(" or ").join(f"«\u00a0{value}\u00a0»" for value in values)


def conditions_lines(asked: Conditions, names: Names) -> list[str]:
    """One line a condition, in the order of the form."""
    days, requesters, languages = dict(DAYS), dict(REQUESTERS), dict(LANGUAGES)
    hours = (f"{each:%H:%M}" if each else "" for each in (asked.since, asked.until))
    since, until = hours
    told = [
        (asked.any_text, _("the text holds %(what)s"), _either(asked.any_text)),
        (asked.all_text, _("the text holds %(what)s"), ", ".join(f"«\u00a0{each}\u00a0»" for each in asked.all_text)),
        (asked.no_text, _("the text does not hold %(what)s"), _either(asked.no_text)),
        (asked.places, _("the place holds %(what)s"), _either(asked.places)),
        (
            asked.districts,
            _("the place is in %(what)s"),
            _either(names.districts.get(pk, f"#{pk}") for pk in sorted(asked.districts)),
        ),
        (asked.types, _("the type is %(what)s"), _either(names.types.get(pk, f"#{pk}") for pk in sorted(asked.types))),
        (asked.answers, _("the answer to the form is %(what)s"), _either(answer for _code, answer in asked.answers)),
        (
            asked.said,
            _("the answer to the question holds %(what)s"),
            f"{_either(asked.said.phrases)} ({asked.said.question})" if asked.said else "",
        ),
        (asked.channels, _("it came by %(what)s"), _either(Channel(each).label for each in sorted(asked.channels))),
        (asked.mailboxes, _("it was written to %(what)s"), _either(sorted(asked.mailboxes))),
        (asked.requesters, _("it comes from %(what)s"), _either(requesters[each] for each in sorted(asked.requesters))),
        (asked.languages, _("the language is %(what)s"), _either(languages.get(c, c) for c in sorted(asked.languages))),
        (asked.days, _("it is received on %(what)s"), ", ".join(str(days[day]).lower() for day in sorted(asked.days))),
        (since and until, _("between %(what)s"), _("%(first)s and %(last)s") % {"first": since, "last": until}),
        (since and not until, _("from %(what)s on"), since),
        (until and not since, _("before %(what)s"), until),
    ]
    return [sentence % {"what": what} for given, sentence, what in told if given]


def effects_lines(done: Effects, names: Names) -> list[str]:
    told = [
        (done.type_id, _("type: %(what)s"), names.types.get(done.type_id or 0, f"#{done.type_id}")),
        (done.service_id, _("service: %(what)s"), names.services.get(done.service_id or 0, f"#{done.service_id}")),
        (done.agent_id, _("agent: %(what)s"), names.agents.get(done.agent_id or 0, f"#{done.agent_id}")),
        (done.priority, _("priority: %(what)s"), Priority(done.priority).label if done.priority else ""),
        (done.tags, _("tags: %(what)s"), ", ".join(done.tags)),
        (done.sensitive, _("the request becomes sensitive"), ""),
        (done.split, _("splitting it is suggested"), ""),
    ]
    return [sentence % {"what": what} if what else sentence for given, sentence, what in told if given]


FAILED = {
    "empty": gettext_lazy("It asks for nothing."),
    "types": gettext_lazy("The type is another one, or is not known."),
    "channels": gettext_lazy("It came by another channel."),
    "requesters": gettext_lazy("It comes from somebody else."),
    "languages": gettext_lazy("The language is another one."),
    "mailboxes": gettext_lazy("It was not written to this address."),
    "days": gettext_lazy("It was received on another day."),
    "hours": gettext_lazy("It was received at another hour."),
    "places": gettext_lazy("The place holds none of these words."),
    "districts": gettext_lazy("None of the streets of these districts is named."),
    "answers": gettext_lazy("The form was answered otherwise."),
    "said": gettext_lazy("The answer to the question holds none of these words."),
    "any_text": gettext_lazy("The text holds none of these words."),
    "all_text": gettext_lazy("The text does not hold all of these words."),
    "no_text": gettext_lazy("The text holds words that it should not."),
    "stopped": gettext_lazy("An earlier rule stops there."),
}

WHY = {
    "not_object": gettext_lazy("an object was expected"),
    "unknown_key": gettext_lazy("this key does not exist"),
    "not_list": gettext_lazy("a list was expected"),
    "not_text": gettext_lazy("a text was expected"),
    "too_many": gettext_lazy("too many values"),
    "too_long": gettext_lazy("this text is too long"),
    "not_id": gettext_lazy("a number was expected"),
    "unknown_value": gettext_lazy("this value does not exist"),
    "not_hour": gettext_lazy("an hour such as 08:30 was expected"),
    "no_words": gettext_lazy("this text holds no word"),
    "not_flag": gettext_lazy("true or false was expected"),
    "asks_nothing": gettext_lazy("the rule asks for nothing"),
    "does_nothing": gettext_lazy("the rule does nothing"),
    "gone": gettext_lazy("what it names no longer exists, or is no longer active"),
}


_KEYS = {
    "effects.type": gettext_lazy("Request type"),
    "effects.service": gettext_lazy("Service"),
    "effects.agent": gettext_lazy("Agent"),
    "effects.priority": gettext_lazy("Priority"),
    "effects.tags": gettext_lazy("Tags"),
    "districts": gettext_lazy("Districts"),
    "conditions": gettext_lazy("Conditions"),
    "effects": gettext_lazy("Effects"),
}


def problem_text(problem: Problem) -> str:
    """« Service: what it names no longer exists »; a key that no field writes is named as it is stored."""
    told = f"{_KEYS.get(problem.key, problem.key)} : {WHY[problem.why]}"
    return f"{told} ({problem.found})" if problem.found and problem.why != "gone" else told
