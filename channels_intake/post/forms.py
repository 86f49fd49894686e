from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_intake.desk.people import NEW
from channels_intake.desk.person_form import PersonForm
from channels_intake.post.entering import Letter
from channels_intake.post.selectors import registered_known
from directory.actions.citizens import Requester
from directory.models import Agent, RequestType, Service
from tickets.timezones import town_zone


class LetterForm(PersonForm):
    """One letter. ``ticket`` (a button) joins a request that exists, else a new one is opened.

    The names of its fields are those of the desks' form, whose panel finds the person here too.
    """

    q = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    citizen = forms.CharField(label=_("Sender"), required=False, max_length=20)
    name = forms.CharField(label=_("First name and last name"), required=False, max_length=180)
    organisation = forms.CharField(label=_("Organisation"), required=False, max_length=160)
    address = forms.CharField(
        label=_("Postal address"),
        required=False,
        max_length=250,
        help_text=_("The answer on paper goes there. A card that has an address keeps its own."),
    )
    birth_date = forms.DateField(
        label=_("Date of birth"),
        required=False,
        help_text=_("When the letter gives it: it tells namesakes apart."),
        widget=forms.DateInput(attrs={"type": "date", "min": "1890-01-01"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("This is not a date.")},
    )
    received_on = forms.DateField(
        label=_("Received on"),
        help_text=_("Its arrival at the town hall: the law counts from it."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Give the day the letter was received."), "invalid": _("This is not a date.")},
    )
    registered_number = forms.CharField(label=_("Registered letter no."), required=False, max_length=40)
    registered_again = forms.BooleanField(label=_("It is another letter: enter it all the same"), required=False)
    subject = forms.CharField(
        label=_("Subject"), max_length=250, error_messages={"required": _("Write the subject, in a few words.")}
    )
    body = forms.CharField(
        label=_("Text or summary"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 7})
    )
    request_type = forms.ModelChoiceField(
        label=_("Request type"),
        queryset=RequestType.objects.none(),
        required=False,
        empty_label=_("Recognised by Guichet"),
    )
    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        required=False,
        empty_label=_("The service of the request type"),
    )
    location = forms.CharField(label=_("Place concerned"), required=False, max_length=250)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        agent: Agent,
        initial: dict[str, Any] | None = None,
        scan_id: int | None = None,
    ) -> None:
        today = timezone.localdate(timezone=town_zone())
        super().__init__(data, initial={"citizen": NEW, "received_on": today} | (initial or {}), auto_id="contact-%s")
        self.agent, self.scan_id = agent, scan_id
        self.fields["request_type"].queryset = RequestType.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["service"].queryset = Service.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["received_on"].widget.attrs["max"] = today.isoformat()
        self.letter: Letter | None = None
        self.asks_again = False

    def clean_received_on(self) -> Any:
        day = self.cleaned_data["received_on"]
        if day > timezone.localdate(timezone=town_zone()):
            raise forms.ValidationError(_("The date of reception is in the future."))
        if day.year < 2000:
            raise forms.ValidationError(_("This date is too old: check the year."))
        return day

    def clean_birth_date(self) -> Any:
        day = self.cleaned_data["birth_date"]
        if day and not 1890 <= day.year <= timezone.localdate(timezone=town_zone()).year:
            raise forms.ValidationError(_("This date of birth is not possible."))
        return day

    def clean_registered_number(self) -> str:
        typed = " ".join(str(self.cleaned_data["registered_number"]).upper().split())
        if typed and not all(sign.isalnum() or sign in " -./" for sign in typed):
            raise forms.ValidationError(_("Letters and digits only, as on the sticker."))
        return typed

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        citizen, ticket = self._citizen(), self._ticket()
        if data.get("registered_number") and not data.get("registered_again"):
            known = registered_known(data["registered_number"], self.agent, self.scan_id)
            self.asks_again = bool(known)
            if known:
                self.add_error("registered_number", known)
        new_phone = self._new_phone(citizen)
        if not self.errors:
            sender = Requester(
                name=data["name"],
                organisation=data["organisation"],
                phone=data["phone"],
                email=data["email"],
                address=data["address"],
                birth_date=data["birth_date"],
            )
            self.letter = Letter(
                received_on=data["received_on"],
                subject=data["subject"],
                body=data["body"],
                requester=sender if citizen is None else Requester(),
                citizen=citizen,
                address=data["address"],
                new_phone=new_phone,
                request_type=data["request_type"],
                service=data["service"],
                location=data["location"],
                registered_number=data["registered_number"],
                ticket=ticket,
            )
        return data


class DiscardForm(forms.Form):
    """Why a letter is set aside. ``detail`` says more, and is all there is for « another reason »."""

    OTHER = "other"
    REASONS = (
        ("duplicate", _("Already received")),
        ("advertising", _("Advertising")),
        ("unreadable", _("Unreadable: to be scanned again")),
        ("internal", _("Not from a citizen")),
        (OTHER, _("Another reason")),
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=REASONS)
    detail = forms.CharField(label=_("In a few words"), required=False, max_length=120)

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="discard-%s")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("reason") == self.OTHER and not data.get("detail"):
            self.add_error("detail", _("Say why this letter is set aside."))
        return data

    @property
    def words(self) -> str:
        """The reason as colleagues will read it."""
        data = self.cleaned_data
        label = "" if data["reason"] == self.OTHER else str(dict(self.REASONS)[data["reason"]])
        return " — ".join(filter(None, [label, data["detail"]]))
