"""The form of a reply template."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import Agent, RequestType, Service
from directory.permissions import has_right
from directory.roles import ADMINISTER
from knowledge.models import ReplyTemplate
from knowledge.selectors import writable_services


class ReplyTemplateForm(forms.ModelForm):
    """A template, in the services the agent writes for; « every service » is offered to administrators only."""

    class Meta:
        model = ReplyTemplate
        fields = ("title", "body", "service", "request_type")
        widgets = {"body": forms.Textarea(attrs={"rows": 14})}
        help_texts = {
            "title": _("What agents look for: the situation, in a few words."),
            "body": _(
                "The whole reply, with its greeting and its closing formula. Variables are written between braces."
            ),
            "request_type": _("It is then offered first on the requests of this type."),
        }

    def __init__(self, *args: Any, agent: Agent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = Service.objects.filter(pk__in=writable_services(agent), is_active=True)
        if self.instance.service_id:
            services |= Service.objects.filter(pk=self.instance.service_id)
        field: Any = self.fields["service"]
        field.queryset = services.distinct()
        if not has_right(agent, ADMINISTER):
            field.required, field.help_text = True, ""
            field.error_messages["required"] = _(
                "Choose the service: templates of every service are the administrators’."
            )
        else:
            field.empty_label = _("Every service")
        types: Any = self.fields["request_type"]
        types.queryset = RequestType.objects.filter(is_active=True)
        types.empty_label = _("Any type")
        if self.instance.pk is None and field.required and len(services) == 1:
            self.initial["service"] = services[0].pk
