"""What a grouped action asks for, once, for every ticket selected."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.models import Agent, Service
from tickets.actions.tags import tags_clean
from tickets.composer_forms import AFTER_REPLY
from tickets.enums import Status
from tickets.forms import AgentField
from tickets.models import BulkKind
from tickets.reply_variables import VARIABLES, unknown_variables
from tickets.selectors.assignable import agents_of
from tickets.selectors.presence import absent_until, local_day


class BulkForm(forms.Form):
    """``params`` is what the job keeps of it, as JSON."""

    def __init__(self, *args: Any, service_ids: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "bulk-%s"
        self.service_ids = sorted(set(service_ids))

    def params(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class AssignBulk(BulkForm):
    assignee = AgentField(
        label=_("Agent"),
        queryset=Agent.objects.none(),
        empty_label=_("Nobody"),
        required=False,
        help_text=_("Those who may work in the services of these requests."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["assignee"]
        field.queryset, field.away = agents_of(self.service_ids), absent_until(local_day(timezone.now()))

    def params(self) -> dict[str, Any]:
        assignee = self.cleaned_data["assignee"]
        return {"assignee": assignee.pk if assignee else None}


class TransferBulk(BulkForm):
    service = forms.ModelChoiceField(
        label=_("To the service"),
        queryset=Service.objects.filter(is_active=True),
        empty_label=_("Choose a service"),
        error_messages={"required": _("Choose the service.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Your colleagues read it; the citizen does not."),
        error_messages={"required": _("Say why you transfer these requests.")},
    )

    def params(self) -> dict[str, Any]:
        return {"service": self.cleaned_data["service"].pk, "reason": self.cleaned_data["reason"]}


class ReplyBulk(BulkForm):
    body = forms.CharField(
        label=_("Your reply"),
        widget=forms.Textarea(attrs={"rows": 10}),
        max_length=50_000,
        error_messages={"required": _("Write your reply.")},
    )
    then = forms.ChoiceField(label=_("After sending"), choices=AFTER_REPLY, initial=Status.ANSWERED)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = ", ".join(f"{{{{ {variable.name} }}}}" for variable in VARIABLES[:4])
        self.fields["body"].help_text = _("Variables are filled for each person: %(names)s…") % {"names": names}

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        unknown = unknown_variables(body)
        if unknown:
            raise forms.ValidationError(_("These variables do not exist: %(names)s.") % {"names": ", ".join(unknown)})
        return body


class CloseBulk(BulkForm):
    reason = forms.CharField(
        label=_("How were the citizens answered?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "Nothing is sent to them. Requests whose legal delay runs are not closed: each needs its decision."
        ),
        error_messages={"required": _("Say how the citizens were answered.")},
    )


class TagBulk(BulkForm):
    tags = forms.CharField(
        label=_("Tags"),
        max_length=200,
        help_text=_("Separated by commas. Citizens never see them."),
        error_messages={"required": _("Write at least one tag.")},
    )

    def clean_tags(self) -> list[str]:
        tags = tags_clean(self.cleaned_data["tags"].split(","))
        if not tags:
            raise forms.ValidationError(_("Write at least one tag."))
        return tags


FORMS: dict[str, type[BulkForm]] = {
    BulkKind.ASSIGN: AssignBulk,
    BulkKind.TRANSFER: TransferBulk,
    BulkKind.REPLY: ReplyBulk,
    BulkKind.CLOSE: CloseBulk,
    BulkKind.TAG: TagBulk,
}
