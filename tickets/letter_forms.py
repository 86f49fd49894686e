"""What an agent types to write a letter, and to say that it was posted."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.enums import LetterKind, Outcome
from tickets.letters.content import MAX_BODY
from tickets.models import Ticket
from tickets.selectors.letters import owes_receipt

EMAIL, PAPER = "email", "paper"
WAYS = [(EMAIL, _("By e-mail, with the PDF attached")), (PAPER, _("On paper, to print and post"))]
OUTCOMES = [
    ("", _("It decides nothing: an information, a question, a holding reply")),
    (Outcome.ACCEPTED, _("It grants the request")),
    (Outcome.PARTLY, _("It grants the request in part")),
    (Outcome.REFUSED, _("It refuses the request")),
    (Outcome.MOOT, _("It notes that the request is without object")),
]


class LetterForm(forms.Form):
    """``kind`` offers the letters an agent writes here: an answer, and the acknowledgement where one is owed."""

    kind = forms.ChoiceField(label=_("Letter"), choices=[])
    way = forms.ChoiceField(label=_("How it leaves"), choices=WAYS, widget=forms.RadioSelect)
    address = forms.CharField(
        label=_("Postal address of the requester"),
        required=False,
        max_length=250,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For a letter on paper. It is kept with the person."),
    )
    outcome = forms.ChoiceField(
        label=_("What the letter decides"),
        choices=OUTCOMES,
        required=False,
        help_text=_("A refusal, even in part, tells the delays and routes of appeal."),
    )
    subject = forms.CharField(
        label=_("Object"), required=False, max_length=200, help_text=_("When empty, that of the request.")
    )
    body = forms.CharField(
        label=_("Text of the letter"),
        required=False,
        max_length=MAX_BODY,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("Without « Madame, Monsieur » nor closing formula: the letter has them, and your name."),
    )

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(LetterKind.ANSWER.value, LetterKind.ANSWER.label)]
        if owes_receipt(ticket):
            kinds.append((LetterKind.RECEIPT.value, LetterKind.RECEIPT.label))
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("kind") == LetterKind.ANSWER and not data.get("body", "").strip():
            self.add_error("body", _("Write the text of the letter."))
        return data


class PostedForm(forms.Form):
    on = forms.DateField(label=_("Posted on"), widget=forms.DateInput({"type": "date"}))
    registered_number = forms.CharField(label=_("Registered letter no."), required=False, max_length=40)
