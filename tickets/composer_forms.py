"""What agents write on a ticket: a reply, sent now or later, a note, and what was said on the telephone."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.enums import Outcome, Status

LONGEST = 50_000
AFTER_REPLY = [
    (Status.ANSWERED, _("Answered: nothing more is expected of us")),
    (Status.WAITING, _("Waiting for the citizen: a question was asked")),
    (Status.OPEN, _("In progress: a fuller answer will follow")),
    (Status.CLOSED, _("Closed: the request is over")),
]
REPLY_DECIDES = [
    ("", _("Nothing: the legal delay runs on")),
    (Outcome.ACCEPTED, _("The request is granted")),
    (Outcome.PARTLY, _("The request is granted in part")),
    (Outcome.REFUSED, _("The request is refused")),
    (Outcome.MOOT, _("The request is without object")),
]


def _text(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ReplyForm(forms.Form):
    """A reply to the citizen. ``seen`` is the last message on screen when it was written. ``outcome``: what the reply
    decides, empty when it decides nothing. ``send_at`` is a moment of the list, ``send_on`` one's own, for later.
    ``to``: one of the person's addresses, the usual one when empty."""

    body = forms.CharField(
        label=_("Your reply"),
        widget=_text(8),
        max_length=LONGEST,
        error_messages={"required": _("Write your reply.")},
    )
    to = forms.CharField(label=_("Send it to"), required=False, max_length=254)
    then = forms.ChoiceField(label=_("After sending"), choices=AFTER_REPLY, initial=Status.ANSWERED)
    remains_known = forms.BooleanField(label=_("Close the request all the same"), required=False)
    outcome = forms.ChoiceField(label=_("What this reply decides"), choices=REPLY_DECIDES, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    send_at = forms.DateTimeField(required=False)
    send_on = forms.DateTimeField(
        label=_("Day and time of sending"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("Write the day and the time of sending.")},
    )

    @property
    def is_later(self) -> bool:
        """Whether it was asked to leave later; then ``when`` says when."""
        return "send_at" in self.data or self.data.get("do") == "later"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.is_later:
            self.errors.pop("send_on", None)
            return data
        data["when"] = data.get("send_at") or data.get("send_on")
        if data["when"] is None and "send_on" not in self.errors:
            self.add_error("send_on", _("Write the day and the time of sending."))
        return data


class NoteForm(forms.Form):
    body = forms.CharField(
        label=_("Internal note"),
        widget=_text(5),
        max_length=LONGEST,
        error_messages={"required": _("Write your note.")},
    )


class PhoneAnswerForm(forms.Form):
    """What was said on the telephone; ``seen`` as in a reply."""

    body = forms.CharField(
        label=_("What was said"),
        widget=_text(4),
        max_length=LONGEST,
        error_messages={"required": _("Write what was said.")},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
