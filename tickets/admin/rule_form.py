"""The form of a routing rule: its two JSON objects as fields that can be read."""

from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from directory.admin.catalogue import KeywordsField
from directory.models import Agent, CitizenKind, RequestType, Service
from directory.questions import CLOSED, TEXT, questions_read
from tickets.actions.tags import tags_clean
from tickets.enums import Channel, Priority
from tickets.filter_forms import LANGUAGES
from tickets.models import District, RoutingRule
from tickets.routing.rule_json import RuleError, rule_dump, rule_read
from tickets.routing.rules import ANONYMOUS, Conditions, Effects, Said
from tickets.selectors.routing import VOCABULARY

DAYS = [
    *((0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")), (4, _("Friday"))),
    *((5, _("Saturday")), (6, _("Sunday"))),
]
REQUESTERS = [(ANONYMOUS, _("Nobody known")), *CitizenKind.choices]
_FIELDS = {"text.any": "any_text", "text.all": "all_text", "text.none": "no_text", "said.any": "said_any"}
SEPARATOR = "\x1f"  # between a question and its answer, in the value of a box


def _boxes(label: Any, choices: Any = (), help_text: Any = "") -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choice-boxes"}),
    )


def _lines(label: Any, help_text: Any) -> KeywordsField:
    return KeywordsField(label=label, required=False, help_text=help_text, widget=forms.Textarea(attrs={"rows": 3}))


def _hour(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class RuleForm(forms.ModelForm):
    """Conditions left empty do not count. What is typed becomes ``conditions`` and ``effects`` of the rule."""

    any_text = _lines(
        _("One of these is in the text"),
        _(
            "One word or phrase a line: « street lamp » also finds « street lamps ». In a phrase the words come in "
            "order, two others at most between them. Between quotation marks, as it is written."
        ),
    )
    all_text = _lines(_("All of these are in the text"), _("One word or phrase a line."))
    no_text = _lines(_("None of these is in the text"), _("One word or phrase a line."))
    places = _lines(_("The place holds one of these"), _("A street, a district, a landmark; one a line."))
    districts = _boxes(
        _("Districts"),
        help_text=_("The place, or the text where no place is given, names one of their streets: see « Districts »."),
    )
    types = _boxes(
        _("Request types"), help_text=_("Given by the citizen or the agent, by an earlier rule, or recognised.")
    )
    answers = _boxes(_("Answers to the form"), help_text=_("One of those chosen."))
    said_question = forms.ChoiceField(
        label=_("Open question of the form"),
        required=False,
        help_text=_("Its answer holds one of the words given below."),
    )
    said_any = _lines(_("Words of its answer"), _("One word or phrase a line."))
    channels = _boxes(_("Channels"), Channel.choices)
    mailboxes = _lines(_("Mailboxes"), _("Addresses of the town hall that received the e-mail; one a line."))
    requesters = _boxes(_("Who asks"), REQUESTERS)
    languages = _boxes(_("Language"), LANGUAGES)
    days = _boxes(_("Days"), DAYS)
    since = _hour(_("From (hour)"))
    until = _hour(_("Until (hour)"))

    set_type = forms.ModelChoiceField(
        label=_("Request type"), queryset=RequestType.objects.none(), required=False, empty_label=_("Unchanged")
    )
    set_service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        required=False,
        empty_label=_("That of the type"),
    )
    set_agent = forms.ModelChoiceField(
        label=_("Agent"),
        queryset=Agent.objects.none(),
        required=False,
        empty_label=pgettext_lazy("effect of a rule", "Nobody in particular"),
        help_text=_("Given to them if they are present and may see the request."),
    )
    set_priority = forms.TypedChoiceField(
        label=_("Priority"),
        choices=[("", _("Unchanged")), *Priority.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    set_tags = forms.CharField(label=_("Tags"), required=False, max_length=300, help_text=_("Separated by commas."))
    set_sensitive = forms.BooleanField(
        label=_("Sensitive"), required=False, help_text=_("Seen only by those who process it (social, health…).")
    )
    set_split = forms.BooleanField(
        label=_("Suggest to split it"),
        required=False,
        help_text=_("Tells the agents that it may hold several subjects."),
    )

    class Meta:
        model = RoutingRule
        fields = ("name", "is_active", "is_final")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = list(RequestType.objects.filter(is_active=True).order_by("name"))
        fields: dict[str, Any] = self.fields
        fields["types"].choices = [(kind.pk, kind.name) for kind in types]
        fields["types"].coerce = int
        fields["days"].coerce = int
        fields["districts"].coerce = int
        fields["districts"].choices = list(District.objects.values_list("pk", "name"))
        fields["answers"].choices = _answer_choices(types)
        fields["said_question"].choices = _question_choices(types, self.instance.conditions)
        fields["set_type"].queryset = RequestType.objects.filter(is_active=True).order_by("name")
        fields["set_service"].queryset = Service.objects.filter(is_active=True).order_by("name")
        fields["set_agent"].queryset = Agent.objects.filter(is_active=True).order_by("last_name", "first_name")
        if self.instance.pk is not None and not self.is_bound:
            self._fill()

    def _fill(self) -> None:
        """The boxes as the rule is; empty when it cannot be read."""
        try:
            asked, done = rule_read(self.instance.conditions, self.instance.effects, VOCABULARY)
        except RuleError:
            return
        for name in ("any_text", "all_text", "no_text", "places"):
            self.initial[name] = list(getattr(asked, name))
        for name in ("types", "districts", "channels", "requesters", "languages", "days"):
            self.initial[name] = sorted(getattr(asked, name))
        known: dict[str, Any] = {
            "mailboxes": sorted(asked.mailboxes),
            "answers": [SEPARATOR.join(pair) for pair in asked.answers],
            "said_question": asked.said.question if asked.said else "",
            "said_any": list(asked.said.phrases) if asked.said else [],
            "since": asked.since,
            "until": asked.until,
            "set_type": done.type_id,
            "set_service": done.service_id,
            "set_agent": done.agent_id,
            "set_priority": done.priority,
            "set_tags": ", ".join(done.tags),
            "set_sensitive": done.sensitive,
            "set_split": done.split,
        }
        self.initial.update(known)

    def clean_mailboxes(self) -> list[str]:
        found: list[str] = [address.lower() for address in self.cleaned_data["mailboxes"]]
        for address in found:
            validate_email(address)
        return found

    def clean_set_tags(self) -> list[str]:
        return tags_clean(str(self.cleaned_data["set_tags"]).split(","))

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        if bool(data["said_question"]) != bool(data["said_any"]):
            missing = "said_any" if data["said_question"] else "said_question"
            self.add_error(missing, _("Choose the question and write the words of its answer: both or neither."))
            return data
        pairs = (each.partition(SEPARATOR) for each in data["answers"])
        asked = Conditions(
            types=frozenset(data["types"]),
            channels=frozenset(data["channels"]),
            requesters=frozenset(data["requesters"]),
            languages=frozenset(data["languages"]),
            mailboxes=frozenset(data["mailboxes"]),
            any_text=tuple(data["any_text"]),
            all_text=tuple(data["all_text"]),
            no_text=tuple(data["no_text"]),
            places=tuple(data["places"]),
            districts=frozenset(data["districts"]),
            answers=tuple((code, answer) for code, _separator, answer in pairs),
            said=Said(data["said_question"], tuple(data["said_any"])) if data["said_question"] else None,
            days=frozenset(data["days"]),
            since=data["since"],
            until=data["until"],
        )
        done = Effects(
            type_id=data["set_type"].pk if data["set_type"] else None,
            service_id=data["set_service"].pk if data["set_service"] else None,
            agent_id=data["set_agent"].pk if data["set_agent"] else None,
            priority=data["set_priority"],
            tags=tuple(data["set_tags"]),
            sensitive=data["set_sensitive"],
            split=data["set_split"],
        )
        if asked.is_empty:
            self.add_error(None, _("Give at least one condition: a rule without any applies to no request."))
        if done.is_empty:
            self.add_error(None, _("Say what the rule does: at least one effect."))
        conditions, effects = rule_dump(asked, done)
        try:
            rule_read(conditions, effects, VOCABULARY)
        except RuleError as error:
            for problem in error.problems:
                if problem.why == "no_words":
                    name = _FIELDS.get(problem.key)
                    self.add_error(name or "places", _("“%(found)s” holds no word.") % {"found": problem.found})
        self.instance.conditions, self.instance.effects = conditions, effects
        return data


def _answer_choices(types: list[RequestType]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The closed questions of each type with their answers; a question asked by several types is shown for each."""
    groups = []
    for kind in types:
        options = [
            (SEPARATOR.join((question.code, answer)), f"{question.label} — {answer}")
            for question in questions_read(kind.questions)
            if question.kind in CLOSED
            for answer in question.answers
        ]
        if options:
            groups.append((kind.name, options))
    return groups


def _question_choices(types: list[RequestType], conditions: Any) -> list[tuple[str, Any]]:
    """The open questions, by type, each code once; and the one the rule asks about, were it gone since."""
    groups: list[tuple[str, Any]] = [("", _("No question"))]
    known: set[str] = set()
    for kind in types:
        asked = [each for each in questions_read(kind.questions) if each.kind == TEXT and each.code not in known]
        known.update(each.code for each in asked)
        if asked:
            groups.append((kind.name, [(each.code, each.label) for each in asked]))
    said = conditions.get("said") if isinstance(conditions, dict) else None
    kept = said.get("question") if isinstance(said, dict) else None
    if isinstance(kept, str) and kept and kept not in known:
        groups.append((kept, _("%(code)s (no type asks it any more)") % {"code": kept}))
    return groups
