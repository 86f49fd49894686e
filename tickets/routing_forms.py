"""What agents fill in to send a ticket elsewhere, and to tag it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import Service
from tickets.actions.tags import LONGEST, tags_clean
from tickets.forms import PanelForm
from tickets.selectors.likely import likely_services

REASONS = (
    _("This is not within our remit."),
    _("A part of it is yours: please answer for it."),
    _("It was sent to us by mistake."),
    _("You already deal with this matter."),
)


class _Numbered(forms.RadioSelect):
    """Radio buttons that the keys of digits choose, from ``first`` on (`shortcuts.js`)."""

    def __init__(self, first: int) -> None:
        super().__init__()
        self.first = first

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(*args, **kwargs)
        key = self.first + int(option["index"])
        if key <= 9:
            option["attrs"]["data-shortcut"] = str(key)
            option["attrs"]["data-shortcut-label"] = str(option["label"])
            option["label"] = f"{option['label']} ({key})"
        return option


class TransferForm(PanelForm):
    """Two keys are enough: one opens the panel with the likeliest service and reason chosen, Enter sends. Digits choose
    others; the list and the text are for whatever is not there."""

    likely = forms.ChoiceField(label=_("To the service"), widget=_Numbered(1), required=False)
    service = forms.ModelChoiceField(
        label=_("Another service"), queryset=Service.objects.none(), empty_label="—", required=False
    )
    ready = forms.TypedChoiceField(
        label=_("Reason"),
        choices=list(enumerate(REASONS)),
        coerce=int,
        empty_value=None,
        widget=_Numbered(6),
        required=False,
    )
    reason = forms.CharField(
        label=_("Another reason, or more about it"),
        max_length=400,
        required=False,
        help_text=_("Your colleagues read it; the citizen does not."),
    )
    body_template = "tickets/partials/_transfer_form.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["service"].queryset = Service.objects.filter(is_active=True).exclude(pk=self.ticket.service_id)
        self._likely = {str(each.pk): each for each in likely_services(self.ticket)}
        if self._likely:
            fields["likely"].choices = [(pk, each.name) for pk, each in self._likely.items()]
            self.initial.setdefault("likely", next(iter(self._likely)))
        else:
            del fields["likely"]
        self.initial.setdefault("ready", 0)

    def clean(self) -> dict[str, Any]:
        """The service of the list wins over the radio buttons: it is chosen on purpose. So it is with the reason, which
        is added to the ready one."""
        data = super().clean() or self.cleaned_data
        data["service"] = data.get("service") or self._likely.get(str(data.get("likely", "")))
        if data["service"] is None and not {"service", "likely"} & set(self.errors):
            self.add_error("service", _("Choose the service."))
        ready = data.get("ready")
        told = [str(REASONS[ready]) if ready is not None else "", data.get("reason", "")]
        data["reason"] = " ".join(each for each in told if each)
        if not data["reason"] and "reason" not in self.errors:
            self.add_error("reason", _("Say why you transfer it."))
        return data


class TagsForm(PanelForm):
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=40 * (LONGEST + 2),
        help_text=_("Separated by commas. They help to find the ticket again; the citizen does not see them."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("tags", ", ".join(self.ticket.tags))

    def clean_tags(self) -> list[str]:
        return tags_clean(str(self.cleaned_data["tags"]).split(","))
