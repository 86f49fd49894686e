"""Tracking: the reference and the address to which the link goes."""

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.contacts import normalise_email
from tickets.references import parse_reference


class TrackForm(forms.Form):
    reference = forms.CharField(
        label=_("Reference of your request"),
        max_length=40,
        help_text=_("It is on your receipt and in our e-mails. It looks like G-7K3M9-QT2XC."),
        widget=forms.TextInput(
            {"class": "input--medium ref", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": _("Give the reference of your request.")},
    )
    email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("The one you gave with your request."),
        widget=forms.EmailInput({"autocomplete": "email", "inputmode": "email"}),
        error_messages={"required": _("Give the e-mail address you gave with your request.")},
    )

    def clean_reference(self) -> str:
        """The check character tells a mistyped reference without asking the database: nothing is revealed."""
        reference = parse_reference(self.cleaned_data["reference"])
        if reference is None:
            raise forms.ValidationError(
                _("This reference is mistyped. Check each character: there is no letter O, I or L, no digit 0 or 1.")
            )
        return reference

    def clean_email(self) -> str:
        email = normalise_email(self.cleaned_data["email"])
        if email is None:
            raise forms.ValidationError(_("This e-mail address is not complete. Example: name@example.org"))
        return email
