"""What agents type to work with others: links, merges, parts, tasks."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from directory.models import Agent, RequestType, Service
from tickets.enums import MessageKind
from tickets.forms import AgentField, PanelForm
from tickets.models import LinkKind, Message, TicketTask
from tickets.selectors.assignable import agents_of, agents_who_see
from tickets.selectors.presence import absent_until, local_day
from tickets.timezones import town_zone

DAYS_TO_DO = 3  # proposed for a task


class OtherForm(PanelForm):
    """Another ticket: ``pick``, a button of those proposed, or its reference typed."""

    prefilled: tuple[str, ...] = ("reference",)
    body_template = "tickets/partials/_other_form.html"
    reference = forms.CharField(
        label=_("Reference of the other ticket"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Write the reference of the other ticket.")},
    )

    def __init__(self, data: QueryDict | None = None, *args: Any, **kwargs: Any) -> None:
        if data is not None and data.get("pick"):
            data = data.copy()
            data["reference"] = str(data["pick"])
        super().__init__(data, *args, **kwargs)


class LinkForm(OtherForm):
    prefilled = ("reference", "kind")
    field_order = ("kind", "reference")
    kind = forms.ChoiceField(
        label=_("This ticket is"),
        choices=[
            (LinkKind.RELATED, _("related to it")),
            (LinkKind.DUPLICATE, _("a duplicate of it")),
            (LinkKind.PART, _("a part of it")),
        ],
        initial=LinkKind.RELATED,
        widget=forms.RadioSelect,
        help_text=_("A link moves nothing. Duplicates of the same person can then be merged."),
    )


class MergeForm(OtherForm):
    pass


class SplitForm(PanelForm):
    """The part of a message that becomes a request of its own."""

    prefilled = ("message",)
    message = forms.ModelChoiceField(queryset=Message.objects.none(), widget=forms.HiddenInput)
    subject = forms.CharField(
        label=_("Subject of the new request"),
        max_length=250,
        error_messages={"required": _("Give the new request a subject.")},
    )
    body = forms.CharField(
        label=_("Its text"),
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 6, "data-excerpt": "true"}),
        help_text=_("Keep what is about this subject only. Text selected in the message beforehand is taken."),
        error_messages={"required": _("Choose the text of the new request.")},
    )
    request_type = forms.ModelChoiceField(
        label=_("Request type"),
        queryset=RequestType.objects.none(),
        empty_label=_("To be recognised by its words"),
        required=False,
    )
    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=Service.objects.none(),
        empty_label=_("The one of its type"),
        required=False,
        help_text=_("Received on the day of the message: its deadlines count from there."),
    )
    copied = forms.MultipleChoiceField(
        label=_("Files to copy"), required=False, widget=forms.CheckboxSelectMultiple, choices=[]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        messages = self.ticket.messages.filter(kind=MessageKind.INBOUND, is_automatic=False, service=None)
        fields: dict[str, Any] = self.fields
        fields["message"].queryset = messages
        fields["request_type"].queryset = RequestType.objects.filter(is_active=True)
        fields["service"].queryset = Service.objects.filter(is_active=True)
        number = str(self.data.get("message") or self.initial.get("message") or "")
        wanted = messages.filter(pk=int(number)) if number.isascii() and number.isdigit() else messages
        message = wanted.first() if len(number) < 19 else None
        if message is None:
            message = messages.first()
        if message is not None:
            self.initial.update(message=message.pk, body=message.body)
            fields["copied"].choices = [
                (str(file.pk), f"{file.name} ({filesizeformat(file.size)})") for file in message.attachments.all()
            ]
        if not fields["copied"].choices:
            del self.fields["copied"]


class _Doer(AgentField):
    """Agents of a service; ``seeing``: the ids of those who may open the ticket of the task."""

    seeing: frozenset[int] = frozenset()

    def label_from_instance(self, obj: Any) -> str:
        label = super().label_from_instance(obj)
        return label if obj.pk in self.seeing else gettext("%(name)s — does not see this request") % {"name": label}


class TaskForm(PanelForm):
    """``assignee`` offers the agents of the service chosen; the page asks for them again when it changes (``look``:
    the same by a button, without script)."""

    prefilled = ("service",)
    body_template = "tickets/partials/_task_form.html"
    title = forms.CharField(
        label=_("What is to be done"),
        max_length=200,
        error_messages={"required": _("Say what is to be done.")},
        help_text=_("The service asked reads it, even when it does not see this ticket: name nobody."),
    )
    details = forms.CharField(
        label=_("Details"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    service = forms.ModelChoiceField(
        label=_("Asked of the service"),
        queryset=Service.objects.none(),
        empty_label=_("Choose a service"),
        error_messages={"required": _("Choose the service.")},
    )
    assignee = _Doer(
        label=_("Given to"),
        queryset=Agent.objects.none(),
        empty_label=_("Anybody in the service"),
        required=False,
        error_messages={"invalid_choice": _("This agent is not of that service: choose again.")},
    )
    due_at = forms.DateTimeField(
        label=_("To be done by"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["service"].queryset = Service.objects.filter(is_active=True)
        self.initial.setdefault("service", self.ticket.service_id)
        chosen = str(self.data.get("service", "") if self.is_bound else self.initial["service"])
        if chosen.isascii() and chosen.isdecimal() and len(chosen) < 19:
            fields["assignee"].queryset = agents_of([int(chosen)])
        fields["assignee"].seeing = frozenset(agents_who_see(self.ticket).values_list("pk", flat=True))
        fields["assignee"].away = absent_until(local_day(timezone.now()))
        day = timezone.localdate() + timedelta(days=DAYS_TO_DO)
        self.initial.setdefault("due_at", datetime.combine(day, time(17), tzinfo=town_zone()))

    def clean(self) -> dict[str, Any]:
        if "look" in self.data:
            self.add_error("assignee", _("Choose among the agents of this service."))
        return super().clean() or self.cleaned_data


class TaskDoneForm(forms.Form):
    """``task``: the one it ends."""

    result = forms.CharField(
        label=_("What was done"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, task: TicketTask, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"task-{task.pk}-%s"
