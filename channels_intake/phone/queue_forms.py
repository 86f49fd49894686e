"""How a call back ended, and why nobody will call."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels_intake.desk.moments import callback_moments
from channels_intake.models import AttemptResult


class AttemptForm(forms.Form):
    """``next_at`` is only for callbacks that a ticket owes."""

    result = forms.ChoiceField(label=_("How it ended"), choices=AttemptResult.choices)
    note = forms.CharField(label=_("Note"), required=False, max_length=300)
    when = forms.ChoiceField(label=_("Call again"), required=False)
    next_at = forms.DateTimeField(
        label=_("At a precise moment"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, data: Any = None, *, pk: int, now: datetime, is_missed: bool = False) -> None:
        kind = "missed" if is_missed else "callback"
        super().__init__(data, auto_id=f"{kind}-{pk}-%s")
        self.fields["when"].choices = callback_moments(now)  # type: ignore[attr-defined]
        if is_missed:
            del self.fields["when"], self.fields["next_at"]
            later = AttemptResult.LATER
            self.fields["result"].choices = [  # type: ignore[attr-defined]
                choice for choice in AttemptResult.choices if choice[0] != later
            ]

    def moment(self, zone: Any) -> datetime | None:
        """When to try again, if that was said."""
        exact: datetime | None = self.cleaned_data.get("next_at")
        when = self.cleaned_data.get("when")
        return exact or (datetime.fromisoformat(when).replace(tzinfo=zone) if when else None)


class DismissForm(forms.Form):
    REASONS = (
        ("nothing", _("Nothing to call back for")),
        ("unwanted", _("Unwanted call (advertising, fraud)")),
        ("unreachable", _("Tried several times without an answer")),
        ("other_way", _("Dealt with in another way")),
    )
    reason = forms.ChoiceField(label=_("Why"), choices=REASONS)

    def __init__(self, data: Any = None, *, pk: int) -> None:
        super().__init__(data, auto_id=f"dismiss-{pk}-%s")
