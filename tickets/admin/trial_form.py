"""The form of « Try it »: sent by GET, it changes nothing and its address can be kept."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.models import RequestType, Service
from tickets.enums import Channel, DeadlineKind, Priority
from tickets.models import SlaPolicy, Ticket
from tickets.models.policies import TARGET_KINDS


def _moment(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=required, help_text=help_text, widget=widget)


class TrialForm(forms.Form):
    """A request as it could come in, and the promise looked for."""

    start = _moment(_("Request received on"), required=True)
    kind = forms.ChoiceField(
        label=_("Which promise"),
        choices=[(kind.value, kind.label) for kind in TARGET_KINDS],
        initial=DeadlineKind.ANSWER,
    )
    request_type = forms.ModelChoiceField(
        label=_("Type of request"), queryset=RequestType.objects.none(), required=False, empty_label=_("Not known yet")
    )
    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        required=False,
        empty_label=_("That of the type, else the pilot service"),
    )
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices, initial=Channel.WEB)
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Priority.choices, coerce=int, initial=Priority.NORMAL
    )
    policy = forms.ModelChoiceField(
        label=_("Commitment"), queryset=SlaPolicy.objects.none(), required=False, empty_label=_("The one that applies")
    )
    pause_from = _moment(_("Waiting for the citizen from"))
    pause_until = _moment(_("Waiting for the citizen until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("request_type", RequestType.objects.filter(is_active=True).select_related("service"))
        self._offer("service", Service.objects.filter(is_active=True))
        self._offer("policy", SlaPolicy.objects.order_by("position", "pk"))

    def _offer(self, name: str, rows: Any) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = data.get("pause_from"), data.get("pause_until")
        if last and not first and "pause_from" not in self.errors:
            self.add_error("pause_from", _("Say when the pause begins."))
        if first and not last and "pause_until" not in self.errors:
            self.add_error("pause_until", _("Say when the pause ends: a due date is known once the clock runs again."))
        if first and last and last <= first:
            self.add_error("pause_until", _("The pause ends before it begins."))
        if first and data.get("start") and first < data["start"]:
            self.add_error("pause_from", _("The pause begins before the request is received."))
        return data

    def ticket(self) -> Ticket | None:
        """The request of a valid form, never saved; None when no service would take it."""
        data = self.cleaned_data
        service = data["service"] or (data["request_type"].service if data["request_type"] else None)
        service = service or Service.objects.filter(is_pilot=True).first()
        if service is None:
            return None
        return Ticket(
            service=service,
            request_type=data["request_type"],
            channel=data["channel"],
            priority=data["priority"],
            received_at=data["start"],
        )

    def pauses(self) -> tuple[tuple[datetime, datetime], ...]:
        data = self.cleaned_data
        return ((data["pause_from"], data["pause_until"]),) if data["pause_from"] else ()


def blank(now: datetime) -> TrialForm:
    """A form to fill in, starting now."""
    return TrialForm(initial={"start": timezone.localtime(now).replace(second=0, microsecond=0)})
