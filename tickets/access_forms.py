from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import Agent
from tickets.models import AccessKind
from tickets.references import parse_reference

KINDS = [(kind.value, kind.label) for kind in AccessKind if kind != AccessKind.LOOKUP]


class AccessFilterForm(forms.Form):
    """The filters of the log of accesses, as GET parameters. What is not valid is left out, and told."""

    agent = forms.ModelChoiceField(
        label=_("Agent"), queryset=Agent.objects.none(), required=False, empty_label=_("Everybody")
    )
    ticket = forms.CharField(label=_("Reference"), max_length=20, required=False)
    kind = forms.ChoiceField(label=_("What was opened"), choices=[("", _("Everything")), *KINDS], required=False)
    since = forms.DateField(label=_("Since the"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Until the"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Agent.objects.only("first_name", "last_name", "email").order_by("last_name", "first_name")
        self.fields["agent"].queryset = people  # type: ignore[attr-defined]

    def clean_ticket(self) -> str:
        typed: str = self.cleaned_data["ticket"]
        reference = parse_reference(typed) if typed else ""
        if reference is None:
            raise forms.ValidationError(_("This is not a whole reference, such as G-7K3M9-QT2XC."))
        return reference
