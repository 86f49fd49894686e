"""The steps of the citizens' form."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels_intake.web_form.question_fields import PREFIX, answer_fields
from directory.contacts import normalise_email, normalise_phone
from directory.questions import Question

DESCRIPTION_MAX = 10_000


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """Several files at once; what they are is checked when they are stored (`pending_add`)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=ManyFiles(attrs={"multiple": True}), required=False, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        return [upload for upload in (data or []) if upload]


class DetailsForm(forms.Form):
    """Step 2: the request itself, and the ``questions`` of its type."""

    subject = forms.CharField(
        label=_("Subject of your request"),
        max_length=150,
        help_text=_("In a few words, for example: street lamp out in Tilleuls street."),
        error_messages={"required": _("Say in a few words what it is about.")},
    )
    body = forms.CharField(
        label=_("Your request"),
        max_length=DESCRIPTION_MAX,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("Describe the situation. Do not write health or bank details that are not needed."),
        error_messages={
            "required": _("Describe your request: what happens, since when, what you expect."),
            "max_length": _(
                "Your text is too long: %(limit_value)d characters at the most (you wrote %(show_value)d)."
            ),
        },
    )
    location = forms.CharField(
        label=_("Place concerned (optional)"),
        max_length=250,
        required=False,
        help_text=_("Street and number, or a landmark, when your request is about a place."),
    )
    documents = FilesField(label=_("Photos or documents (optional)"))

    def __init__(self, *args: Any, questions: Sequence[Question] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        self.fields.update(answer_fields(questions))

    def asked(self) -> list[forms.BoundField]:
        """The fields of the questions, in their order."""
        return [self[f"{PREFIX}{question.code}"] for question in self.questions]

    def clean_subject(self) -> str:
        return " ".join(str(self.cleaned_data["subject"]).replace("\x00", "").split())


class ContactForm(forms.Form):
    """Step 3: how to answer. At least one way to reach the person; the rest is theirs to give."""

    first_name = forms.CharField(
        label=_("First name"), max_length=80, required=False, widget=forms.TextInput({"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "family-name"}),
        error_messages={"required": _("Give your name, or the name of your organisation.")},
    )
    email = forms.CharField(
        label=_("E-mail address"),
        max_length=254,
        required=False,
        help_text=_("We will send you the acknowledgement and the answer. Example: name@example.org"),
        widget=forms.EmailInput({"autocomplete": "email", "inputmode": "email"}),
    )
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=30,
        required=False,
        help_text=_("Ten digits, or with the country code. Example: 06 39 98 12 34"),
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    website = forms.CharField(label=_("Leave this field empty"), required=False, max_length=200)

    def clean_email(self) -> str:
        raw = str(self.cleaned_data["email"]).strip()
        if not raw:
            return ""
        email = normalise_email(raw)
        if email is None:
            raise forms.ValidationError(_("This e-mail address is not complete. Example: name@example.org"))
        return email

    def clean_phone(self) -> str:
        raw = str(self.cleaned_data["phone"]).strip()
        if raw and not (normalise_phone(raw) or "").startswith("+"):  # a short number (3939) calls nobody back
            raise forms.ValidationError(_("This number is not valid. Example: 06 39 98 12 34"))
        return raw

    def clean_website(self) -> str:
        """A trap for robots. A person whose browser filled it is told, and loses nothing."""
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("Leave this field empty: it is there to stop robots."))
        return ""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        given = values.get("email") or values.get("phone")
        if not given and not {"email", "phone"} & set(self.errors):
            self.add_error("email", _("Give an e-mail address or a telephone number, so that we can answer you."))
        return values


class MessageForm(forms.Form):
    """The citizen writes again on a request that exists."""

    body = forms.CharField(
        label=_("Your message"),
        max_length=DESCRIPTION_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "max_length": _(
                "Your text is too long: %(limit_value)d characters at the most (you wrote %(show_value)d)."
            ),
        },
    )
    documents = FilesField(label=_("Photos or documents (optional)"))
