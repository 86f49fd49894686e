"""The filters of the lists of tickets, as GET parameters: codes and ids, so that an address can be kept and shared."""

from collections.abc import Container, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import get_language_info, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from directory.models import Agent, CitizenKind, Regime
from tickets.enums import Channel, Priority, Status
from tickets.selectors.filters import FRENCH, ME, NOBODY, ServiceRow, filters_q, service_rows

STATUSES = [(value, label) for value, label in Status.choices if value != Status.MERGED]
REGIMES = [(value, label) for value, label in Regime.choices if value != Regime.NONE]
LANGUAGES = [
    ("fr", _("French")),
    ("en", _("English")),
    ("ar", _("Arabic")),
    ("es", _("Spanish")),
    ("pt", _("Portuguese")),
    ("de", _("German")),
    ("it", _("Italian")),
    ("tr", _("Turkish")),
    ("ru", _("Russian")),
    ("uk", _("Ukrainian")),
    ("pl", _("Polish")),
    ("ro", _("Romanian")),
    ("zh", _("Chinese")),
]
MOST_VALUES = 30
SILENCES = [("", ""), ("3", _("3 days")), ("7", _("7 days")), ("15", _("15 days")), ("30", _("30 days"))]


def language_name(code: str) -> str:
    """The language of a requester, French for an empty code; the code itself when Django does not know it either."""
    known = dict(LANGUAGES).get(code or FRENCH)
    if known is not None:
        return str(known)
    try:
        return str(get_language_info(code)["name_translated"]).capitalize()
    except KeyError:
        return code


class AnyOf(forms.MultipleChoiceField):
    """Several values of a short list; an empty one, which a « any » choice leaves in an address, asks nothing."""

    default_error_messages = {"invalid_choice": _("“%(value)s” is not among the choices of this filter.")}

    def __init__(self, choices: Sequence[tuple[Any, Any]], **kwargs: Any) -> None:
        super().__init__(choices=choices, required=False, **kwargs)

    def to_python(self, value: Any) -> list[str]:
        return list(dict.fromkeys(one for one in super().to_python(value) if one))


class Codes(forms.Field):
    """Several values of a list too long, or too private, to check here: short texts, repeated or between commas."""

    widget = forms.SelectMultiple

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.max_length = max_length

    def to_python(self, value: Any) -> list[str]:
        parts = (one.strip() for entry in value or [] for one in str(entry).split(","))
        found = list(dict.fromkeys(one for one in parts if one))
        if len(found) > MOST_VALUES or any(len(one) > self.max_length or "\x00" in one for one in found):
            raise forms.ValidationError(_("This filter has too many values, or too long ones."))
        return found


class Answers(Codes):
    """Answers to closed questions of the forms, as ``code:answer``; an answer may hold commas."""

    def to_python(self, value: Any) -> list[str]:
        found = list(dict.fromkeys(str(entry) for entry in value or [] if entry))
        if len(found) > MOST_VALUES or any(len(one) > self.max_length or "\x00" in one for one in found):
            raise forms.ValidationError(_("This filter has too many values, or too long ones."))
        if any(not code or not answer for code, _colon, answer in (one.partition(":") for one in found)):
            raise forms.ValidationError(_("This choice is not known."))
        return found


class Day(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)


class Flag(forms.BooleanField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)


class Linked(Codes):
    """A filter that a link of another page sets: it has no form of its own."""


class TicketFilterForm(forms.Form):
    """Days are local, all included. ``service`` takes those under it too; so does ``not_service``."""

    status = AnyOf(STATUSES, label=_("Status"))
    not_status = AnyOf(STATUSES, label=_("Status is not"))
    assignee = Codes(label=_("Assignee"), max_length=15)
    service = Codes(label=_("Service"), max_length=60)
    not_service = Codes(label=_("Service is not"), max_length=60)
    type = Codes(label=_("Request type"), max_length=60)
    not_type = Codes(label=_("Request type is not"), max_length=60)
    who = forms.CharField(label=_("Requester or organisation"), max_length=100, required=False)
    answer = Answers(label=_("Answer to the form"), max_length=130)
    person = Linked(label=_("Requests of"), max_length=15)
    rule = Linked(label=_("Caught by the rule"), max_length=15)
    channel = AnyOf(Channel.choices, label=_("Channel"))
    mailbox = Codes(label=_("Mailbox"), max_length=254)
    author = Codes(label=_("Entered by"), max_length=15)
    priority = AnyOf(Priority.choices, label=_("Priority"))
    tag = Codes(label=_("Tag"), max_length=40)
    watched = Flag(label=_("Followed by me"))
    wrote = Flag(label=_("The citizen wrote last"))
    silent = forms.ChoiceField(label=_("No message from us for"), choices=SILENCES, required=False)
    task = Flag(label=_("With a task to do"))
    attached = Flag(label=_("With a file"))
    late = Flag(label=_("Late"))
    today = Flag(label=_("Due today"))
    due = Day(label=_("Due by"))
    since = Day(label=_("Received from"))
    until = Day(label=_("Received until"))
    replied_since = Day(label=_("First answered from"))
    replied_until = Day(label=_("First answered until"))
    closed_since = Day(label=_("Closed from"))
    closed_until = Day(label=_("Closed until"))
    place = forms.CharField(label=_("Place"), max_length=100, required=False)
    requester = AnyOf(CitizenKind.choices, label=_("Kind of requester"))
    language = AnyOf(LANGUAGES, label=_("Language"))
    legal = Flag(label=_("Legal clock running"))
    legal_by = Day(label=_("Legal last day by"))
    regime = AnyOf(REGIMES, label=_("Legal regime"))
    answered = forms.ChoiceField(
        label=_("Answered in time"),
        choices=[
            ("", ""),
            ("yes", pgettext_lazy("answered in time", "Yes")),
            ("no", pgettext_lazy("answered in time", "No")),
        ],
        required=False,
    )
    sensitive = Flag(label=_("Sensitive"))
    flagged = Flag(label=_("To be checked"))
    emergency = Flag(label=_("Emergency"))
    alarm = Codes(label=_("Kind of emergency"), max_length=15)
    escalated = Flag(label=_("Escalated"))
    moved = Flag(label=_("Sent on to another service"))
    at_once = Flag(label=_("Settled at first contact"))
    reopened = Flag(label=_("Reopened"))
    open = Flag(label=_("Open"))

    def clean_assignee(self) -> list[str]:
        return self._agents("assignee", {NOBODY, ME})

    def clean_author(self) -> list[str]:
        return self._agents("author", {ME})

    def _agents(self, name: str, words: Container[str]) -> list[str]:
        values: list[str] = self.cleaned_data[name]
        if any(value not in words and not (value.isascii() and value.isdecimal()) for value in values):
            raise forms.ValidationError(_("This agent is not known."))
        return values

    def clean_person(self) -> list[str]:
        return self._numbers("person")

    def clean_rule(self) -> list[str]:
        return self._numbers("rule")

    def clean_alarm(self) -> list[str]:
        return self._numbers("alarm")

    def _numbers(self, name: str) -> list[str]:
        values: list[str] = self.cleaned_data[name]
        if any(not (value.isascii() and value.isdecimal()) for value in values):
            raise forms.ValidationError(_("This choice is not known."))
        return values

    @cached_property
    def services(self) -> list[ServiceRow]:
        """Every service by name: read once, when a filter on services is used or offered."""
        return service_rows()

    def condition(self, agent: Agent, now: datetime) -> Q:
        """The filter on tickets, of what was valid. Call ``is_valid`` first."""
        wanted = self.cleaned_data
        read = wanted.get("service") or wanted.get("not_service")
        return filters_q(wanted, agent, now, self.services if read else [])

    @property
    def keeps_closed(self) -> bool:
        """Whether every ticket of the list is closed: it can then be read by the day it was."""
        return bool(self.cleaned_data.get("closed_since") or self.cleaned_data.get("closed_until"))

    @property
    def asks_something(self) -> bool:
        return any(self.cleaned_data.values())
