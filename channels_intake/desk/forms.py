import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from channels_intake.desk.outcomes import ADDED, ANSWERED, OPENED, Contact
from channels_intake.desk.people import NEW
from directory.actions.citizens import Requester
from directory.contacts import normalise_email, normalise_phone
from directory.models import Agent, Citizen, RequestType
from knowledge.models import Article
from tickets.models import Ticket
from tickets.selectors.visible import ticket_get


class ContactForm(forms.Form):
    """One call or visit. The button says how it ended: ``article`` (id), ``ticket`` (reference) or ``outcome``."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    q = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    started = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    citizen = forms.CharField(label=_("Person"), required=False, max_length=20)
    name = forms.CharField(label=_("First name and last name"), required=False, max_length=180)
    phone = forms.CharField(label=_("Telephone"), required=False, max_length=40)
    email = forms.CharField(label=_("E-mail"), required=False, max_length=254)
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

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, agent: Agent, initial: dict[str, Any] | None = None
    ) -> None:
        fresh = {"key": uuid.uuid4(), "citizen": NEW}
        super().__init__(data, initial=fresh | (initial or {}), auto_id="contact-%s")
        self.agent = agent
        types = RequestType.objects.filter(is_active=True)
        self.fields["request_type"].queryset = types  # type: ignore[attr-defined]
        self.contact: Contact | None = None

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
        if outcome in {OPENED, ADDED} and answer:
            self.add_error(
                "answer", _("Record the contact as answered, or empty this field: it is not sent with a request.")
            )
        if outcome not in {ANSWERED, OPENED, ADDED}:
            self.add_error(None, _("Choose how the contact ended."))
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
            )
        return data

    def _citizen(self) -> Citizen | None:
        chosen = self.cleaned_data.get("citizen", "")
        if chosen == NEW:
            return None
        citizen = Citizen.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 18 else None
        if citizen is None:
            self.add_error("citizen", _("Choose who it is in the list, or “someone else”."))
        return citizen

    def _article(self) -> Article | None:
        typed = self.data.get("article", "")
        if not typed:
            return None
        articles = Article.objects.filter(is_published=True).select_related("service", "request_type")
        article = articles.filter(pk=int(typed)).first() if typed.isdecimal() and len(typed) < 18 else None
        if article is None:
            self.add_error(None, _("This article is no longer published: choose another one."))
        return article

    def _ticket(self) -> Ticket | None:
        reference = self.data.get("ticket", "")
        if not reference:
            return None
        try:
            return ticket_get(self.agent, reference)
        except Http404:
            self.add_error(None, _("You can no longer see this request: it was transferred meanwhile."))
            return None
