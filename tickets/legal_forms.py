"""The forms of the deadline calculator. Sent by GET: they change nothing, and their address can be kept."""

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.deadlines.appeals import Residence
from tickets.deadlines.legal import Case, CaseError, Delay, Letter, Regime
from tickets.legal_wording import error_text

MONTHS, DAYS = "months", "days"
LETTERS_AT_MOST = 10
APPEAL, RECEIPTS, NOTIFICATION, REASONS, WITHDRAWAL = "appeal", "receipts", "notification", "reasons", "withdrawal"

REGIMES = [
    (Regime.SVA, _("Silence means acceptance")),
    (Regime.SVR, _("Silence means refusal")),
    (Regime.NONE, _("No legal clock")),
]
RESIDENCES = [
    (Residence.METROPOLE, _("In metropolitan France")),
    (Residence.OVERSEAS, _("Overseas: one month more")),
    (Residence.ABROAD, _("Abroad: two months more")),
]
KINDS = [
    (APPEAL, _("Appeal against a decision notified on this day")),
    (RECEIPTS, _("Receipts of an electronic request received on this day")),
    (NOTIFICATION, _("Electronic notification made available on this day")),
    (REASONS, _("Reasons of an implicit refusal, asked for on this day")),
    (WITHDRAWAL, _("Withdrawal of a decision taken on this day")),
]


def day_field(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "input--short"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


class SilenceForm(forms.Form):
    """One case, without its letters (`LetterForm`)."""

    regime = forms.ChoiceField(
        label=_("What silence means"),
        choices=REGIMES,
        widget=forms.RadioSelect,
        help_text=_(
            "The delay is two months unless a text sets another one; one month of silence refuses an administrative "
            "document (R311-13)."
        ),
    )
    delay = forms.IntegerField(label=_("Delay"), min_value=1, max_value=9999, initial=2)
    unit = forms.ChoiceField(label=_("Unit"), choices=[(MONTHS, _("months")), (DAYS, _("days"))], initial=MONTHS)
    received_on = day_field(
        _("Request received on"), required=True, help_text=_("By post: the date of the acknowledgement slip.")
    )
    competent_received_on = day_field(
        _("Received by the competent administration on"),
        help_text=_("Only if the request was forwarded; the last time."),
    )
    express_decision_on = day_field(_("Decision taken on"), help_text=_("Only if an express decision was made."))
    electronic = forms.BooleanField(label=_("The request came by e-mail or online"), required=False)
    extend = forms.BooleanField(
        label=_("Move a last day that is not worked to the next working day"),
        required=False,
        help_text=_("Not the rule for implicit decisions: to be ticked only if a special text says so."),
    )
    residence = forms.ChoiceField(
        label=_("Where the person lives"), choices=RESIDENCES, initial=Residence.METROPOLE, required=False
    )

    def clean_residence(self) -> Residence:
        return Residence(self.cleaned_data["residence"] or Residence.METROPOLE)

    def case(self, letters: "BaseLetters") -> Case | None:
        """The case of two valid forms; None, with errors beside the fields, when its dates contradict each other."""
        data = self.cleaned_data
        delay = Delay(months=data["delay"]) if data["unit"] == MONTHS else Delay(days=data["delay"])
        try:
            return Case(
                regime=Regime(data["regime"]),
                delay=delay,
                received_on=data["received_on"],
                competent_received_on=data["competent_received_on"],
                letters=tuple(form.letter() for form in letters.filled()),
                express_decision_on=data["express_decision_on"],
            )
        except CaseError as refusal:
            self.refuse(refusal, letters)
            return None

    def refuse(self, refusal: CaseError, letters: "BaseLetters") -> None:
        """Write a refusal beside the field it names."""
        place, _dot, rest = refusal.field.partition(".")
        if place == "incompletes":
            index, _dot, name = rest.partition(".")
            letters.filled()[int(index)].add_error(name, error_text(refusal))
        else:
            self.add_error(place if place in self.fields else None, error_text(refusal))


class LetterForm(forms.Form):
    """One letter that asks for missing pieces; an empty one does not count."""

    asked_on = day_field(_("Letter sent on"))
    due_on = day_field(_("Deadline it sets"))
    received_on = day_field(_("Pieces received on"), help_text=_("The last one. Empty: not received."))
    not_required = forms.BooleanField(label=_("A piece that no text in force requires"), required=False)
    no_list = forms.BooleanField(label=_("The letter did not list the pieces"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.has_changed() and not data.get("asked_on") and "asked_on" not in self.errors:
            self.add_error("asked_on", error_text(CaseError("date_missing", "asked_on")))
        return data

    def letter(self) -> Letter:
        data = self.cleaned_data
        return Letter(
            asked_on=data["asked_on"],
            due_on=data["due_on"],
            received_on=data["received_on"],
            required_by_text=not data["not_required"],
            list_sent=not data["no_list"],
        )


class BaseLetters(forms.BaseFormSet):
    def filled(self) -> list[Any]:
        """The forms that hold a letter, in order."""
        return [form for form in self.forms if form.has_changed()]


Letters = cast(
    type[BaseLetters],
    forms.formset_factory(
        LetterForm, formset=BaseLetters, extra=1, max_num=LETTERS_AT_MOST, absolute_max=LETTERS_AT_MOST
    ),
)


class Sheet:
    """The case and its letters, read as one form by the summary of errors (`form_errors`)."""

    is_bound = True

    def __init__(self, form: SilenceForm, letters: BaseLetters) -> None:
        self.letters = letters
        self.forms: list[forms.Form] = [form, *letters.forms]

    @property
    def errors(self) -> list[Any]:
        return [form.errors for form in self.forms if form.errors] + self.non_field_errors()

    def non_field_errors(self) -> list[Any]:
        unplaced = [*self.letters.non_form_errors()] if self.letters.is_bound else []
        return unplaced + [error for form in self.forms for error in form.non_field_errors()]

    def __iter__(self) -> Iterator[forms.BoundField]:
        return (bound for form in self.forms for bound in form)


class OtherDelayForm(forms.Form):
    """The other legal delays, each counted from one day."""

    kind = forms.ChoiceField(label=_("What is counted"), choices=KINDS, widget=forms.RadioSelect)
    day = day_field(_("Day"), required=True)
    opened_on = day_field(_("Opened on"), help_text=_("Electronic notification only. Empty: not opened."))
    residence = forms.ChoiceField(
        label=_("Where the person lives"), choices=RESIDENCES, initial=Residence.METROPOLE, required=False
    )
    unmentioned = forms.BooleanField(
        label=_("The decision did not give the delays and routes of appeal"), required=False
    )

    def clean_residence(self) -> Residence:
        return Residence(self.cleaned_data["residence"] or Residence.METROPOLE)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        day, opened = data.get("day"), data.get("opened_on")
        if day and opened and opened < day and data.get("kind") == NOTIFICATION:
            self.add_error("opened_on", _("It cannot be opened before it is made available."))
        return data
