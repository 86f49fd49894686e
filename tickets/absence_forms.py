"""What is typed about absences."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import Agent


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class AbsenceForm(forms.Form):
    """One's own absence."""

    starts_on = _day(_("First day away"))
    ends_on = _day(_("Last day away"))
    keeps_tickets = forms.BooleanField(
        label=_("Keep the open requests"),
        required=False,
        help_text=_("For a short absence. Otherwise they come back to the service when it begins."),
    )


class TeamAbsenceForm(AbsenceForm):
    """The absence of somebody in one's services."""

    agent = forms.ModelChoiceField(label=_("Agent"), queryset=Agent.objects.none(), empty_label=_("Choose an agent"))
    field_order = ("agent", "starts_on", "ends_on", "keeps_tickets")

    def __init__(self, *args: Any, agents: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agent"].queryset = agents  # type: ignore[attr-defined]
