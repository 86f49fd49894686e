"""Somebody comes in: what the agent at the door, or the kiosk, writes down."""

import uuid
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_intake.counter.actions import Arrival
from channels_intake.counter.selectors import reasons_of
from channels_intake.models import VisitPriority, VisitReason
from directory.models import Service, Site

ARRIVAL_PRIORITIES = [
    (priority.value, priority.label)
    for priority in (VisitPriority.USUAL, VisitPriority.APPOINTMENT, VisitPriority.REDUCED_MOBILITY)
]


class ArrivalForm(forms.Form):
    """``arrival`` once valid. The kiosk sends neither name nor hour."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.ModelChoiceField(
        label=_("Reason"), queryset=VisitReason.objects.none(), required=False, empty_label=_("Another reason")
    )
    priority = forms.TypedChoiceField(
        label=_("Who passes first"),
        choices=ARRIVAL_PRIORITIES,
        coerce=int,
        widget=forms.RadioSelect,
        required=False,
    )
    appointment = forms.TimeField(
        label=_("Hour of the appointment"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    name = forms.CharField(label=_("Name"), required=False, max_length=120, strip=True)

    def __init__(self, data: Mapping[str, Any] | None = None, *, site: Site, by_kiosk: bool = False) -> None:
        super().__init__(
            data, initial={"key": uuid.uuid4(), "priority": VisitPriority.USUAL.value}, auto_id="arrival-%s"
        )
        self.by_kiosk = by_kiosk
        self.fields["reason"].queryset = reasons_of(site)  # type: ignore[attr-defined]
        if by_kiosk:
            del self.fields["name"], self.fields["appointment"]

    def arrival(self, now: datetime) -> Arrival:
        """What the valid form says. An hour is that of an appointment of the day, and makes the visit one."""
        data = self.cleaned_data
        hour: time | None = data.get("appointment")
        local = timezone.localtime(now)
        at = local.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0) if hour else None
        return Arrival(
            key=data["key"],
            reason=data["reason"],
            name=data.get("name", ""),
            priority=VisitPriority.APPOINTMENT if at else data["priority"] or VisitPriority.USUAL,
            appointment_at=at,
            by_kiosk=self.by_kiosk,
        )


class TransferForm(forms.Form):
    """Where to send the visitor: one of the ``services`` that have a desk of their own, or any desk."""

    service = forms.ModelChoiceField(
        label=_("Send to"), queryset=Service.objects.none(), required=False, empty_label=_("Any desk")
    )
    note = forms.CharField(label=_("A word for your colleague"), required=False, max_length=250)

    def __init__(self, data: Mapping[str, Any] | None = None, *, services: Any) -> None:
        super().__init__(data, auto_id="transfer-%s")
        self.fields["service"].queryset = services  # type: ignore[attr-defined]
