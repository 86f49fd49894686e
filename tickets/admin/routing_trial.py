"""« Try it »: which emergencies and rules a request would meet, and where it would go. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Agent, RequestType
from directory.questions import TEXT, Question, questions_read
from directory.selectors import pilot_service
from tickets.actions.routing.learning import suggestion_for, version_in_use
from tickets.admin.rule_form import REQUESTERS
from tickets.admin.rule_sentences import FAILED, Names
from tickets.enums import Channel, Priority
from tickets.filter_forms import LANGUAGES
from tickets.models import Emergency, RoutingRule
from tickets.routing.decision import LEARNED, Decision, Recognised, decide
from tickets.routing.districts import DistrictStreets, districts_in
from tickets.routing.emergencies import Alarm, alarms_in
from tickets.routing.rules import Facts, Rule, facts_now, judge
from tickets.routing.text import Text, same
from tickets.selectors.routing import districts_asked, emergency_words, recognise_keywords, rules_read
from tickets.timezones import town_zone


class RoutingTrialForm(forms.Form):
    """A request as it could come in. Sent by POST: what citizens write stays out of addresses and logs."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=250, required=False)
    body = forms.CharField(
        label=gettext_lazy("Text of the request"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("Write or paste a text.")},
    )
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=Channel.choices, initial=Channel.EMAIL)
    request_type = forms.ModelChoiceField(
        label=gettext_lazy("Type chosen by the citizen"),
        queryset=RequestType.objects.none(),
        required=False,
        empty_label=gettext_lazy("None"),
    )
    answers = forms.CharField(
        label=gettext_lazy("Answers to the form"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One a line: the question (or its code), a colon, the answer."),
    )
    place = forms.CharField(label=gettext_lazy("Place"), max_length=250, required=False)
    mailbox = forms.CharField(label=gettext_lazy("Mailbox"), max_length=254, required=False)
    requester = forms.ChoiceField(label=gettext_lazy("Who asks"), choices=REQUESTERS, initial="person")
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES, initial="fr")
    received_at = forms.DateTimeField(
        label=gettext_lazy("Received on"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "try-%s"
        types = RequestType.objects.filter(is_active=True).order_by("name")
        self.fields["request_type"].queryset = types  # type: ignore[attr-defined]

    @classmethod
    def blank(cls, now: datetime) -> "RoutingTrialForm":
        return cls(initial={"received_at": timezone.localtime(now).replace(second=0, microsecond=0)})

    def clean_answers(self) -> list[tuple[Question, str]]:
        kinds = RequestType.objects.filter(is_active=True).order_by("name").values_list("questions", flat=True)
        asked = [question for raw in kinds for question in questions_read(raw)]
        lines = (line.strip() for line in str(self.cleaned_data["answers"]).splitlines())
        return [_answer(line, asked) for line in lines if line]

    def words(self) -> str:
        """What the citizen wrote but the subject: the text and the open answers."""
        said = [answer for question, answer in self.cleaned_data["answers"] if question.kind == TEXT]
        return "\n\n".join([self.cleaned_data["body"], *said])

    def facts(self, districts: Sequence[DistrictStreets]) -> Facts:
        """The request of a valid form. ``districts``: those that the rules are about."""
        data = self.cleaned_data
        kind = data["request_type"]
        text = Text(data["subject"], self.words())
        return Facts(
            text=text,
            local=timezone.localtime(data["received_at"], town_zone()),
            channel=data["channel"],
            place=data["place"],
            requester=data["requester"],
            answers=tuple((question.code, answer) for question, answer in data["answers"]),
            mailbox=data["mailbox"],
            language="" if data["language"] == "fr" else data["language"],
            type_id=kind.pk if kind else None,
            districts=districts_in(data["place"], text, districts),
        )


def _answer(line: str, asked: Sequence[Question]) -> tuple[Question, str]:
    """« Quelle taille ? : une assiette » with its question; a label may hold a colon itself."""
    for colon in (place for place, character in enumerate(line) if character == ":"):
        head, answer = line[:colon].strip(), line[colon + 1 :].strip()
        found = next((each for each in asked if same(head, each.code) or same(head, each.label)), None)
        if found is not None and answer:
            return found, answer
    raise forms.ValidationError(_("“%(line)s”: write a question of the form, a colon, its answer.") % {"line": line})


@dataclass(frozen=True)
class Looked:
    """A rule as the trial saw it; ``against`` says why it does not apply, empty when it does."""

    name: str
    rule_id: int
    words: Sequence[str] = ()
    against: object = ""


def tried(form: RoutingTrialForm, names: Names) -> dict[str, Any]:
    """What the page shows of a valid form."""
    rules, _broken = rules_read(RoutingRule.objects.filter(is_active=True).order_by("position", "id"))
    facts = form.facts(districts_asked(rules))
    alarms = alarms_in(facts.text, map(emergency_words, Emergency.objects.filter(is_active=True)))
    subject, words = form.cleaned_data["subject"], form.words()
    learned, applies_alone, confidence = _learned(f"{subject}\n\n{words}")
    keywords = recognise_keywords(subject, words)
    decision = decide(rules, facts, lambda: learned if learned and applies_alone else keywords)
    return {
        "alarms": alarms,
        "rules": _looked(rules, facts, decision),
        "learned": _opinion(learned, names),
        "learned_alone": applies_alone,
        "confidence": confidence,
        "keywords": _opinion(keywords, names),
        **_final(decision, facts, names, alarms),
    }


def _learned(text: str) -> tuple[Recognised | None, bool, int]:
    """What the learned routing says, whether it may be applied without asking, and its confidence in %."""
    in_use = version_in_use()
    found = suggestion_for(text, in_use) if in_use else None
    if in_use is None or found is None:
        return None, False, 0
    words = tuple(str(word) for word, _weight in found.words)
    return Recognised(found.type_id, LEARNED, words), in_use.applies_alone, round(100 * found.confidence)


def _opinion(found: Recognised | None, names: Names) -> dict[str, Any] | None:
    return {"type": names.types.get(found.type_id, ""), "words": ", ".join(found.words)} if found else None


def _looked(rules: Sequence[Rule], facts: Facts, decision: Decision) -> list[Looked]:
    applied = {each.rule.rule_id: each for each in decision.outcome.applied}
    last = decision.outcome.applied[-1].rule.rule_id if decision.outcome.stopped else None
    known = facts_now(facts, decision.outcome)
    if known.type_id is None and decision.type_id is not None:
        known = Facts(**{**known.__dict__, "type_id": decision.type_id})
    rows, stopped = [], False
    for rule in rules:
        if rule.rule_id in applied:
            rows.append(Looked(rule.name, rule.rule_id, applied[rule.rule_id].words))
        else:
            failed = "stopped" if stopped else judge(rule.conditions, known).failed or "types"
            rows.append(Looked(rule.name, rule.rule_id, against=FAILED[failed]))
        stopped = stopped or rule.rule_id == last
    return rows


_REASONS = {
    "rule": gettext_lazy("by a rule"),
    "type": gettext_lazy("the type chosen by the citizen"),
    "learned": gettext_lazy("as the requests before it"),
    "keywords": gettext_lazy("by the keywords of the catalogue"),
    "default": gettext_lazy("nothing recognised it: the pilot service, or that of the mailbox"),
}


def _final(decision: Decision, facts: Facts, names: Names, alarms: Sequence[Alarm]) -> dict[str, Any]:
    """The type, service, priority and the rest that the ticket would have."""
    effects = decision.outcome.effects
    kind = RequestType.objects.select_related("service").filter(pk=decision.type_id or 0).first()
    service = names.services.get(effects.service_id or (kind.service_id if kind else 0))
    priority = max([effects.priority or Priority.NORMAL, *(alarm.emergency.priority for alarm in alarms)])
    agent = Agent.objects.filter(pk=effects.agent_id).first() if effects.agent_id else None
    return {
        "reason": _REASONS[decision.reason],
        "type": kind.name if kind else _("Not classified"),
        "service": service or pilot_service().name,
        "priority": Priority(priority).label,
        "tags": ", ".join(effects.tags),
        "agent": agent.full_name if agent else "",
        "sensitive": effects.sensitive or bool(kind and kind.is_sensitive),
        "split": effects.split,
    }
