"""Who a contact or a letter is from: the part that the desks' form and the post desk's share."""

from django import forms
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from channels_intake.desk.people import NEW
from directory.contacts import normalise_email, normalise_phone
from directory.models import Agent, Citizen
from directory.selectors import citizen_current
from tickets.models import Ticket
from tickets.selectors.visible import ticket_get


class PersonForm(forms.Form):
    """The person: chosen (``citizen``), or new, and then a number and an address that are given must be right.

    A form adds its own ``citizen`` field, for its label; ``ticket`` (a button) joins a request the agent sees.
    """

    phone = forms.CharField(label=_("Telephone"), required=False, max_length=40)
    email = forms.CharField(label=_("E-mail"), required=False, max_length=254)
    agent: Agent

    def clean_phone(self) -> str:
        typed: str = self.cleaned_data["phone"]
        if typed and self._is_new and normalise_phone(typed) is None:
            raise forms.ValidationError(_("This is not a telephone number: 10 digits, or + and the country code."))
        return typed

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"]
        if typed and self._is_new and normalise_email(typed) is None:
            raise forms.ValidationError(_("This is not an e-mail address: name@example.org was expected."))
        return typed

    @property
    def _is_new(self) -> bool:
        return bool(self.data.get("citizen") == NEW)

    def _new_phone(self, citizen: Citizen | None) -> str:
        """The number written on the card of the person chosen (each card found has its own field)."""
        typed = str(self.data.get(f"phone-{citizen.pk}", "")).strip()[:40] if citizen else ""
        if typed and normalise_phone(typed) is None:
            self.add_error("citizen", _("This is not a telephone number: 10 digits, or + and the country code."))
        return typed

    def _citizen(self) -> Citizen | None:
        chosen = self.cleaned_data.get("citizen", "")
        if chosen == NEW:
            return None
        citizen = Citizen.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 18 else None
        if citizen is None:
            self.add_error("citizen", _("Choose who it is in the list, or “someone else”."))
            return None
        return citizen_current(citizen)  # merged by a colleague while the agent was typing

    def _ticket(self) -> Ticket | None:
        reference = self.data.get("ticket", "")
        if not reference:
            return None
        try:
            return ticket_get(self.agent, reference)
        except Http404:
            self.add_error(None, _("You can no longer see this request: it was transferred meanwhile."))
            return None
