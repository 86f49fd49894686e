"""What agents type about the law on a ticket: pieces, transmissions, decisions, what is asked after a silence."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.enums import LegalRequestKind, Outcome
from tickets.forms import PanelForm
from tickets.legal_forms import day_field
from tickets.letter_forms import EMAIL, PAPER, WAYS
from tickets.models import PieceRequest
from tickets.selectors.addresses import answer_address
from tickets.selectors.legal import local_day, standing_of

PIECES = 5
BEFORE = "before"
DECISIONS = [
    (Outcome.ACCEPTED, _("Granted")),
    (Outcome.PARTLY, _("Granted in part")),
    (Outcome.REFUSED, _("Refused")),
    (Outcome.MOOT, _("Without object: the person gave up, or there is nothing to decide")),
]


def _text(label: Any, rows: int, *, required: bool = True, help_text: Any = "", limit: int = 20_000) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=limit,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class WrittenForm(PanelForm):
    """Of an action that sends a letter: by e-mail when there is an address, else on paper."""

    way = forms.ChoiceField(label=_("How the letter leaves"), choices=WAYS, widget=forms.RadioSelect)
    postal_address = _text(
        _("Postal address of the requester"),
        3,
        required=False,
        help_text=_("For a letter on paper. It is kept with the person."),
        limit=250,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("way", EMAIL if answer_address(self.ticket) else PAPER)
        if self.ticket.requester is not None:
            self.initial.setdefault("postal_address", self.ticket.requester.address)


class PiecesAskForm(WrittenForm):
    """Up to PIECES pieces, each with the text that requires it; see ``rows``."""

    body_template = "tickets/partials/_legal_pieces_form.html"
    due_on = day_field(
        _("To be sent by"),
        help_text=_("Without a deadline the letter would have no effect on the legal delay (CRPA L114-5)."),
    )
    asked_on = day_field(_("Sent on"), help_text=_("Only for a letter that has already left."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, PIECES + 1):
            self.fields[f"name_{number}"] = forms.CharField(
                label=_("Piece %(number)s") % {"number": number}, max_length=200, required=False
            )
            self.fields[f"text_{number}"] = forms.CharField(
                label=_("Text in force that requires it"), max_length=300, required=False
            )
        self.fields["way"].choices = [  # type: ignore[attr-defined]
            *WAYS,
            (BEFORE, _("It has already left another way: only record it")),
        ]

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"name_{number}"], self[f"text_{number}"]) for number in range(1, PIECES + 1)]

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """(name, text) of each row, blank rows last as they were typed."""
        data = self.cleaned_data
        return [(data[f"name_{number}"], data[f"text_{number}"]) for number in range(1, PIECES + 1)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("way") == BEFORE and not data.get("asked_on"):
            self.add_error("asked_on", _("Say when it left."))
        for number in range(1, PIECES + 1):
            if data.get(f"text_{number}") and not data.get(f"name_{number}"):
                self.add_error(f"name_{number}", _("Name this piece."))
        return data | {"pieces": self.pieces}


class PiecesReceiveForm(PanelForm):
    request = forms.ModelChoiceField(
        label=_("Letter"), queryset=PieceRequest.objects.none(), empty_label=None, required=True
    )
    received_on = day_field(
        _("Last piece received on"),
        required=True,
        help_text=_("The day the town hall got it, even before today; the legal delay is counted from it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        requests = self.ticket.piece_requests.order_by("received_on", "asked_on", "id")
        # those still waited for come first: correcting the day of the others is the exception
        pending = requests.filter(received_on=None)
        self.fields["request"].queryset = requests  # type: ignore[attr-defined]
        self.fields["request"].label_from_instance = _letter_label  # type: ignore[attr-defined]
        self.initial.setdefault("request", pending.values_list("pk", flat=True).first())
        self.initial.setdefault("received_on", local_day(timezone.now()))


def _letter_label(request: PieceRequest) -> str:
    names = ", ".join(piece.get("name", "") for piece in request.pieces) or str(_("no list"))
    label = _("%(day)s: %(pieces)s") % {"day": request.asked_on.strftime("%d/%m/%Y"), "pieces": names}
    return f"{label[:100]}…" if len(label) > 101 else label


class TransmitForm(WrittenForm):
    administration = forms.CharField(
        label=_("Competent administration"),
        max_length=160,
        error_messages={"required": _("Name the competent administration.")},
    )
    email = forms.CharField(
        label=_("Its e-mail address"),
        max_length=254,
        required=False,
        help_text=_("The request and its documents are then sent to it at once. By post otherwise, by you."),
        widget=forms.EmailInput({"autocomplete": "off"}),
    )
    address = _text(_("Its postal address"), 3, required=False, limit=400)
    field_order = ("administration", "email", "address", "way", "postal_address")


class TransmittedForm(PanelForm):
    administration = forms.CharField(
        label=_("Administration that received it first"),
        max_length=160,
        error_messages={"required": _("Name the administration that received the request first.")},
    )
    first_received_on = day_field(_("Received by it on"), required=True)
    received_on = day_field(
        _("Received here on"), required=True, help_text=_("Silence that means acceptance is counted from this day.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        away = standing_of(self.ticket).forwarded
        if away is not None:
            self.initial.setdefault("administration", away.administration)
            self.initial.setdefault("first_received_on", away.first_received_on)
            self.initial.setdefault("received_on", local_day(timezone.now()))
        else:
            self.initial.setdefault("received_on", local_day(self.ticket.received_at))


class DecideForm(PanelForm):
    """A decision that was taken and told outside Guichet; a reply and a letter record theirs by themselves."""

    outcome = forms.ChoiceField(label=_("Decision"), choices=DECISIONS, widget=forms.RadioSelect)
    decided_on = day_field(_("Decided on"), required=True)
    notified_on = day_field(_("Person told on"), help_text=_("Leave it empty if they have not been told yet."))
    reasons = _text(
        _("Reasons"), 4, required=False, help_text=_("Owed for a refusal, even in part: the texts and the facts.")
    )
    appeals_told = forms.BooleanField(
        label=_("The delays and routes of appeal were given with it"),
        required=False,
        help_text=_("Otherwise they cannot be held against the person (CJA R421-5)."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("decided_on", local_day(timezone.now()))


class WithdrawForm(PanelForm):
    reasons = _text(
        _("Why the decision is illegal"),
        4,
        help_text=_("The person must first have been able to give their observations (CRPA L121-1)."),
    )
    decided_on = day_field(_("Withdrawn on"), required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("decided_on", local_day(timezone.now()))


class AttestForm(WrittenForm):
    asked_on = day_field(_("Asked for on"), required=True)
    field_order = ("asked_on", "way", "postal_address")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owed = self.ticket.legal_requests.filter(kind=LegalRequestKind.ATTESTATION, met_on=None).first()
        self.initial.setdefault("asked_on", owed.asked_on if owed else local_day(timezone.now()))


class ReasonsAskForm(PanelForm):
    asked_on = day_field(_("Asked for on"), required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("asked_on", local_day(timezone.now()))


class ReasonsGiveForm(WrittenForm):
    reasons = _text(_("Reasons"), 8, help_text=_("The texts applied and the facts. The letter tells the appeals."))
    field_order = ("reasons", "way", "postal_address")
