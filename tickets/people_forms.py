"""What agents type about people: a card, the fields to keep in a merge, another requester."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.actions.citizens import Requester
from directory.contacts import normalise_email, normalise_phone
from directory.models import Citizen, CitizenKind
from tickets.actions.people.cards import Identity
from tickets.actions.people.merging import CHOICES

BIRTH = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class IdentityForm(forms.Form):
    """A person's card, or an organisation's."""

    kind = forms.ChoiceField(label=_("Kind"), choices=CitizenKind.choices)
    first_name = forms.CharField(label=_("First name"), max_length=80, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=120, required=False)
    birth_date = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=BIRTH,
        help_text=_("Only when the request needs it: it tells namesakes apart."),
        error_messages={"invalid": _("This is not a date.")},
    )
    organisation = forms.CharField(label=_("Name of the organisation"), max_length=160, required=False)
    organisation_kind = forms.ChoiceField(
        label=_("This organisation is"),
        choices=[("", _("Not said")), *((kind, label) for kind, label in CitizenKind.choices if kind != "person")],
        required=False,
        help_text=_("For a person who writes for it: it then has a card of its own, with the requests made for it."),
    )
    address = forms.CharField(label=_("Postal address"), max_length=250, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, citizen: Citizen) -> None:
        names = ("kind", "first_name", "last_name", "birth_date", "organisation", "address")
        initial = {name: getattr(citizen, name) for name in names}
        if citizen.member_of is not None:
            initial["organisation_kind"] = citizen.member_of.kind
        super().__init__(data, initial=initial, auto_id="card-%s")
        self.fields["birth_date"].widget.attrs |= {"min": "1890-01-01", "max": timezone.localdate().isoformat()}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("kind") not in (None, CitizenKind.PERSON) and not data.get("organisation"):
            self.add_error("organisation", _("Give the name of the organisation."))
        return data

    @property
    def identity(self) -> Identity:
        return Identity(**self.cleaned_data)


class MergeForm(forms.Form):
    """Which card is kept, and for each field that differs whose value. Values are the ids of the cards."""

    keep = forms.ChoiceField()

    def __init__(self, data: Mapping[str, Any] | None = None, *, one: Citizen, other: Citizen) -> None:
        super().__init__(data)
        self.cards = {str(one.pk): one, str(other.pk): other}
        both = [(pk, pk) for pk in self.cards]
        self.fields["keep"] = forms.ChoiceField(choices=both)
        for name in differing(one, other):
            self.fields[name] = forms.ChoiceField(choices=both, required=False)

    @property
    def target(self) -> Citizen:
        return self.cards[self.cleaned_data["keep"]]

    @property
    def source(self) -> Citizen:
        return next(card for pk, card in self.cards.items() if pk != self.cleaned_data["keep"])

    @property
    def from_source(self) -> list[str]:
        source = str(self.source.pk)
        return [name for name in CHOICES if self.cleaned_data.get(name) == source]


def differing(one: Citizen, other: Citizen) -> list[str]:
    """The choices of a merge where both cards say something, and not the same."""
    found = []
    for name, fields in CHOICES.items():
        first, second = ([getattr(card, field) for field in fields] for card in (one, other))
        if first != second and any(first) and any(second):
            found.append(name)
    return found


class NewRequesterForm(forms.Form):
    """The right requester of a ticket, when no card is theirs yet."""

    name = forms.CharField(label=_("First name and last name"), max_length=180)
    email = forms.CharField(label=_("E-mail"), max_length=254, required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="new-%s")

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"]
        if typed and normalise_email(typed) is None:
            raise forms.ValidationError(_("This is not an e-mail address: name@example.org was expected."))
        return typed

    def clean_phone(self) -> str:
        typed: str = self.cleaned_data["phone"]
        if typed and normalise_phone(typed) is None:
            raise forms.ValidationError(_("This is not a telephone number: 10 digits, or + and the country code."))
        return typed

    @property
    def requester(self) -> Requester:
        return Requester(**self.cleaned_data)
