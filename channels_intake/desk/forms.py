import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_intake.desk.moments import callback_moments
from channels_intake.desk.outcomes import ADDED, ANSWERED, CALLBACK, OPENED, Contact
from channels_intake.desk.people import NEW
from channels_intake.desk.person_form import PersonForm
from directory.actions.citizens import Requester
from directory.contacts import normalise_phone
from directory.models import Agent, Citizen, ContactKind, RequestType, Service
from knowledge.models import Article


class ContactForm(PersonForm):
    """One call or visit. The button says how it ended: ``article`` (id), ``ticket`` (reference) or ``outcome``.

    A callback needs a number: the one typed for it, else one the person is known by or was just given.
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    q = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    started = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    citizen = forms.CharField(label=_("Person"), required=False, max_length=20)
    name = forms.CharField(label=_("First name and last name"), required=False, max_length=180)
    question = forms.CharField(
        label=_("What the person asks"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    request_type = forms.ModelChoiceField(
        label=_("Request type"),
        queryset=RequestType.objects.none(),
        required=False,
        empty_label=_("Recognised by Guichet"),
    )
    location = forms.CharField(label=_("Place concerned"), required=False, max_length=250)
    answer = forms.CharField(
        label=_("The answer you gave"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    callback_phone = forms.CharField(label=_("Number to call back"), required=False, max_length=40)
    callback_when = forms.ChoiceField(label=_("When"), required=False)
    callback_at = forms.DateTimeField(
        label=_("At a precise moment"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    callback_service = forms.ModelChoiceField(
        label=_("Who calls back"),
        queryset=Service.objects.none(),
        required=False,
        empty_label=_("The service of the request type"),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, agent: Agent, initial: dict[str, Any] | None = None
    ) -> None:
        fresh = {"key": uuid.uuid4(), "citizen": NEW}
        super().__init__(data, initial=fresh | (initial or {}), auto_id="contact-%s")
        self.agent = agent
        types = RequestType.objects.filter(is_active=True)
        self.fields["request_type"].queryset = types  # type: ignore[attr-defined]
        self.fields["callback_service"].queryset = Service.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["callback_when"].choices = callback_moments(timezone.now())  # type: ignore[attr-defined]
        self.contact: Contact | None = None

    @property
    def wants_callback(self) -> bool:
        """A refused callback: its fields must be seen."""
        return self.is_bound and self.data.get("outcome") == CALLBACK

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        citizen = self._citizen()
        article, ticket = self._article(), self._ticket()
        question, answer = data.get("question", ""), data.get("answer", "")
        if article:
            outcome = ANSWERED
        elif ticket:
            outcome = ADDED
        else:
            # Ctrl+Enter presses no button: an answer written down means the person was answered
            outcome = self.data.get("outcome") or (ANSWERED if answer else OPENED)
        if not question and not article:
            self.add_error("question", _("Write what the person asks, in a few words."))
        if outcome == ANSWERED and not article and not answer:
            self.add_error("answer", _("Write the answer you gave, or choose an article."))
        if outcome in {OPENED, ADDED, CALLBACK} and answer:
            self.add_error(
                "answer", _("Record the contact as answered, or empty this field: it is not sent with a request.")
            )
        if outcome not in {ANSWERED, OPENED, ADDED, CALLBACK}:
            self.add_error(None, _("Choose how the contact ended."))
        new_phone = self._new_phone(citizen)
        if outcome == CALLBACK:
            self._check_callback(citizen, new_phone)
        if not self.errors:
            self.contact = Contact(
                key=data["key"],
                outcome=outcome,
                question=question,
                requester=Requester(name=data["name"], phone=data["phone"], email=data["email"])
                if citizen is None
                else Requester(),
                citizen=citizen,
                request_type=data["request_type"],
                location=data["location"],
                answer="" if article else answer,
                article=article,
                ticket=ticket,
                new_phone=new_phone,
                **self._callback() if outcome == CALLBACK else {},
            )
        return data

    def _check_callback(self, citizen: Citizen | None, new_phone: str) -> None:
        typed = self.cleaned_data.get("callback_phone", "")
        known = citizen and citizen.contact_points.filter(kind=ContactKind.PHONE).exists()
        if typed and normalise_phone(typed) is None:
            self.add_error("callback_phone", _("This is not a telephone number: 10 digits, or + and the country code."))
        elif not (typed or known or new_phone or (citizen is None and self.cleaned_data.get("phone"))):
            self.add_error("callback_phone", _("Give a number to call back."))
        moment = self.cleaned_data.get("callback_at")
        if moment and moment < timezone.now():
            self.add_error("callback_at", _("This moment is past."))

    def _callback(self) -> dict[str, Any]:
        data = self.cleaned_data
        when = data.get("callback_when")
        chosen = timezone.make_aware(datetime.fromisoformat(when)) if when else None
        return {
            "callback_phone": data.get("callback_phone", ""),
            "callback_at": data.get("callback_at") or chosen,
            "service": data.get("callback_service"),
        }

    def _article(self) -> Article | None:
        typed = self.data.get("article", "")
        if not typed:
            return None
        articles = Article.objects.filter(is_published=True).select_related("service", "request_type")
        article = articles.filter(pk=int(typed)).first() if typed.isdecimal() and len(typed) < 18 else None
        if article is None:
            self.add_error(None, _("This article is no longer published: choose another one."))
        return article
