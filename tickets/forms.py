"""What agents type: one form per action that asks for something. The filters of the lists are in `filter_forms`."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.templatetags.wording import exact_moment
from directory.contacts import display_phone
from directory.models import Agent, RequestType
from tickets.enums import Outcome, Priority
from tickets.filter_forms import LANGUAGES
from tickets.models import ClockPause, Ticket
from tickets.routing.language import FRENCH
from tickets.selectors.assignable import agents_for
from tickets.selectors.detail import phone_of
from tickets.selectors.presence import absent_until, local_day
from tickets.selectors.remaining import remains_sentence, what_remains


def _text(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class PanelForm(forms.Form):
    """A form opened from the ticket's actions; it knows the ticket whose choices it offers. ``body_template`` shows the
    fields another way than one below the other. ``prefilled``: the fields that its address may fill."""

    body_template = ""
    prefilled: tuple[str, ...] = ()

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "panel-%s"
        self.ticket = ticket


class AgentField(forms.ModelChoiceField):
    """Agents, with until when they are away, or that they take no new ticket. One query more."""

    away: Mapping[int, date] = {}

    def label_from_instance(self, obj: Any) -> str:
        until = self.away.get(obj.pk)
        if until is not None:
            return gettext("%(name)s — away until %(day)s") % {"name": obj, "day": date_format(until, "j F")}
        return str(obj) if obj.is_available else gettext("%(name)s — takes no new request") % {"name": obj}


class AssignForm(PanelForm):
    assignee = AgentField(label=_("Agent"), queryset=Agent.objects.none(), empty_label=_("Nobody"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["assignee"]
        field.queryset, field.away = agents_for(self.ticket), absent_until(local_day(timezone.now()))
        self.initial.setdefault("assignee", self.ticket.assignee_id)


class ClassifyForm(PanelForm):
    request_type = forms.ModelChoiceField(
        label=_("Request type"),
        queryset=RequestType.objects.none(),
        empty_label=_("Not classified"),
        required=False,
        help_text=_("Its deadlines are counted again from the day of reception."),
    )
    language = forms.ChoiceField(
        label=_("Language of the requester"),
        required=False,
        help_text=_("Told by the text when the request came: correct it when it is wrong."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = RequestType.objects.filter(Q(is_active=True) | Q(pk=self.ticket.request_type_id))
        self.fields["request_type"].queryset = types  # type: ignore[attr-defined]
        self.initial.setdefault("request_type", self.ticket.request_type_id)
        known = self.ticket.language or FRENCH
        others = [] if known in dict(LANGUAGES) else [(known, known)]
        self.fields["language"].choices = [*LANGUAGES, *others]  # type: ignore[attr-defined]
        self.initial.setdefault("language", known)


class CloseForm(PanelForm):
    """Closing without a reply: the answer was given otherwise, and the timeline says how."""

    reason = forms.CharField(
        label=_("How was the citizen answered?"),
        max_length=500,
        widget=_text(2),
        help_text=_("For instance: by telephone on the same day. The timeline keeps it."),
        error_messages={"required": _("Say how the citizen was answered.")},
    )
    outcome = forms.ChoiceField(
        label=_("What was decided?"),
        choices=Outcome.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text=_("The legal delay still runs on this request: closing it needs a decision, of today."),
    )
    reasons = forms.CharField(
        label=_("Reasons of the decision"),
        max_length=20_000,
        widget=_text(3),
        required=False,
        help_text=_("Owed for a refusal, even in part: the texts and the facts."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.ticket.legal_running:
            del self.fields["outcome"], self.fields["reasons"]
        remains = what_remains(self.ticket)
        if remains:
            anyway = gettext("Close the request all the same")
            self.fields["remains_known"] = forms.BooleanField(
                label=f"{remains_sentence(remains)} {anyway}",
                help_text=_("What is left stays to be done. Give up what is no longer of use."),
                error_messages={"required": _("Tick this box, or end what is left first.")},
            )


class CancelForm(PanelForm):
    reason = forms.CharField(
        label=_("Why is this request cancelled?"),
        max_length=500,
        widget=_text(2),
        help_text=_("Spam, duplicate, entered by mistake… It no longer counts in the figures."),
        error_messages={"required": _("Say why you cancel it.")},
    )


class PriorityForm(PanelForm):
    priority = forms.TypedChoiceField(
        label=_("Priority"),
        choices=[(value, label) for value, label in reversed(Priority.choices)],
        coerce=int,
        help_text=_("Its deadlines are counted again as the commitments for that priority say."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("priority", self.ticket.priority)


class CallbackForm(PanelForm):
    """Somebody waits for a call: at which number, and about what."""

    phone = forms.CharField(
        label=_("Telephone number"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        error_messages={"required": _("Write the number to call.")},
    )
    note = forms.CharField(
        label=_("When, and about what"),
        max_length=300,
        widget=_text(2),
        required=False,
        help_text=_("For instance: after 5 pm, about the water leak."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        number = phone_of(self.ticket)
        self.initial.setdefault("phone", display_phone(number))
        person = self.ticket.requester
        if number and (person is None or not person.contact_points.filter(value=number).exists()):
            self.fields["phone"].help_text = _("Given with the request, not checked: it serves for this request only.")


class CallbackDoneForm(PanelForm):
    reached = forms.TypedChoiceField(
        label=_("Outcome"),
        choices=[
            ("1", _("The person was reached: the callback is done")),
            ("0", _("Nobody answered: to be tried again")),
        ],
        coerce=lambda value: value == "1",
        initial="1",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("What was said"), max_length=300, widget=_text(2), required=False)


class PauseForm(PanelForm):
    """When the citizen really had to act, for one of the pauses of the ticket."""

    pause = forms.ModelChoiceField(label=_("Pause"), queryset=ClockPause.objects.none(), empty_label=None)
    started_at = forms.DateTimeField(label=_("Began on"), widget=_moment())
    ended_at = forms.DateTimeField(
        label=_("Ended on"),
        widget=_moment(),
        required=False,
        help_text=_("Leave it empty while the ticket waits for the citizen."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("The timeline keeps it."),
        error_messages={"required": _("Say why.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pauses = self.ticket.clock_pauses.order_by("-started_at")
        self.fields["pause"].queryset = pauses  # type: ignore[attr-defined]
        self.fields["pause"].label_from_instance = _pause_label  # type: ignore[attr-defined]
        last = pauses.first()
        if last is not None:
            self.initial.update(pause=last.pk, started_at=last.started_at, ended_at=last.ended_at)

    def clean(self) -> dict[str, Any]:
        """A minute left as it was shown keeps its seconds."""
        data = super().clean() or {}
        for name in ("started_at", "ended_at"):
            known = getattr(data.get("pause"), name, None)
            if known is not None and data.get(name) == known.replace(second=0, microsecond=0):
                data[name] = known
        return data


def _pause_label(pause: ClockPause) -> str:
    first = exact_moment(pause.started_at)
    if pause.ended_at is None:
        return _("since %(first)s") % {"first": first}
    return _("%(first)s – %(last)s") % {"first": first, "last": exact_moment(pause.ended_at)}
