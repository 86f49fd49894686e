"""What agents fill in to send a ticket elsewhere, and to tag it."""

from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from directory.models import Agent, Service
from tickets.actions.rights.compartments import nowhere, refuge_of
from tickets.actions.tags import LONGEST, tags_clean
from tickets.forms import PanelForm
from tickets.models import Ticket
from tickets.selectors.assignable import agents_for, services_that_open
from tickets.selectors.likely import likely_services

MOST_NAMED = 6  # of those who will open a sensitive ticket

REASONS = (
    _("This is not within our remit."),
    _("A part of it is yours: please answer for it."),
    _("It was sent to us by mistake."),
    _("You already deal with this matter."),
)


class _Numbered(forms.RadioSelect):
    """Radio buttons that the keys of digits choose, from ``first`` on (`shortcuts.js`)."""

    def __init__(self, first: int) -> None:
        super().__init__()
        self.first = first

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(*args, **kwargs)
        key = self.first + int(option["index"])
        if key <= 9:
            option["attrs"]["data-shortcut"] = str(key)
            option["attrs"]["data-shortcut-label"] = str(option["label"])
            option["label"] = format_html('{} <kbd class="js-only" aria-hidden="true">{}</kbd>', option["label"], key)
        return option


class _Openable(forms.Select):
    """Services, those of ``closed`` shown and not chosen."""

    closed: frozenset[int] = frozenset()

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(*args, **kwargs)
        if getattr(option["value"], "value", None) in self.closed:
            option["attrs"]["disabled"] = True
            option["label"] = _("%(service)s — nobody there may open this request") % {"service": option["label"]}
        return option


class TransferForm(PanelForm):
    """Two keys are enough: one opens the panel with the likeliest service and reason chosen, Enter sends. Digits choose
    others; the list and the text are for whatever is not there. A sensitive ticket is not sent where nobody may open
    it: those services are shown, and cannot be chosen."""

    likely = forms.ChoiceField(label=_("To the service"), widget=_Numbered(1), required=False)
    service = forms.ModelChoiceField(
        label=_("Another service"),
        queryset=Service.objects.none(),
        empty_label="—",
        required=False,
        widget=_Openable,
    )
    ready = forms.TypedChoiceField(
        label=_("Reason"),
        choices=list(enumerate(REASONS)),
        coerce=int,
        empty_value=None,
        widget=_Numbered(6),
        required=False,
    )
    reason = forms.CharField(
        label=_("Another reason, or more about it"),
        max_length=400,
        required=False,
        help_text=_("Your colleagues read it; the citizen does not."),
    )
    body_template = "tickets/partials/_transfer_form.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["service"].queryset = Service.objects.filter(is_active=True).exclude(pk=self.ticket.service_id)
        likely = likely_services(self.ticket)
        if self.ticket.is_sensitive:
            fields["service"].widget.closed = self._closed
            likely = [each for each in likely if each.pk not in self._closed]
        self._likely = {str(each.pk): each for each in likely}
        if self._likely:
            fields["likely"].choices = [(pk, each.name) for pk, each in self._likely.items()]
            self.initial.setdefault("likely", next(iter(self._likely)))
        else:
            del fields["likely"]
        self.initial.setdefault("ready", 0)

    @cached_property
    def _closed(self) -> frozenset[int]:
        """The services where nobody may open this sensitive ticket."""
        return frozenset(Service.objects.order_by().values_list("pk", flat=True)) - services_that_open()

    def clean(self) -> dict[str, Any]:
        """The service of the list wins over the radio buttons: it is chosen on purpose. So it is with the reason, which
        is added to the ready one."""
        data = super().clean() or self.cleaned_data
        data["service"] = data.get("service") or self._likely.get(str(data.get("likely", "")))
        if data["service"] is None and not {"service", "likely"} & set(self.errors):
            self.add_error("service", _("Choose the service."))
        ready = data.get("ready")
        told = [str(REASONS[ready]) if ready is not None else "", data.get("reason", "")]
        data["reason"] = " ".join(each for each in told if each)
        if not data["reason"] and "reason" not in self.errors:
            self.add_error("reason", _("Say why you transfer it."))
        return data


class MarkForm(PanelForm):
    """Closing the compartment of one ticket: who will still open it, and where it goes when nobody here may."""

    reason = forms.CharField(
        label=_("Why is it sensitive?"),
        max_length=200,
        required=False,
        help_text=_("For instance: health, a child, money troubles. Those who may open it read it in the history."),
    )
    body_template = "tickets/partials/_mark_form.html"
    opening: list[Agent] = []
    refuge: Service | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        closed = Ticket(service_id=self.ticket.service_id, is_sensitive=True)
        self.opening = list(agents_for(closed))
        if not self.opening:
            self.refuge = refuge_of(self.ticket)
        if self.refuge is not None:
            told = _("It goes to %(service)s, who will deal with it") % {"service": self.refuge.name}
            self.fields["moved"] = forms.BooleanField(
                label=told, error_messages={"required": _("Tick this box: nobody here could open it any more.")}
            )

    @property
    def names(self) -> str:
        """Those who will open it, the first of them."""
        shown = [agent.full_name for agent in self.opening[:MOST_NAMED]]
        more = len(self.opening) - len(shown)
        if more:
            shown.append(ngettext("%(n)d other", "%(n)d others", more) % {"n": more})
        return ", ".join(shown)

    @property
    def nowhere(self) -> str:
        return "" if self.opening or self.refuge else nowhere()


class UnmarkForm(PanelForm):
    reason = forms.CharField(
        label=_("Why is it no longer sensitive?"),
        max_length=200,
        help_text=_("The timeline and the log of accesses keep it."),
        error_messages={"required": _("Say why it is no longer sensitive.")},
    )


class DescribeForm(PanelForm):
    subject = forms.CharField(
        label=_("Subject"),
        max_length=250,
        help_text=_("The citizen reads it in our replies and when following the request."),
        error_messages={"required": _("Give the request a subject.")},
    )
    location = forms.CharField(
        label=_("Place"), max_length=250, required=False, help_text=_("A street with its number, a landmark.")
    )
    drop_point = forms.BooleanField(label=_("The point on the map is wrong: remove it"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(subject=self.ticket.subject, location=self.ticket.location)
        if self.ticket.latitude is None:
            del self.fields["drop_point"]


class TagsForm(PanelForm):
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=40 * (LONGEST + 2),
        help_text=_("Separated by commas. They help to find the ticket again; the citizen does not see them."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("tags", ", ".join(self.ticket.tags))

    def clean_tags(self) -> list[str]:
        return tags_clean(str(self.cleaned_data["tags"]).split(","))
