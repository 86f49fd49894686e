from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import Agent, RequestType, Service
from knowledge.models import Article
from knowledge.selectors import writable_services


class ArticleForm(forms.ModelForm):
    """An article, in the services the agent may write for."""

    class Meta:
        model = Article
        fields = ("question", "answer", "audience", "service", "request_type", "keywords", "is_published")
        widgets = {
            "answer": forms.Textarea(attrs={"rows": 10}),
            "audience": forms.RadioSelect,
        }
        help_texts = {
            "question": _("As people ask it, in one sentence."),
            "answer": _("Plain text, as you would say it. An empty line starts a paragraph; addresses become links."),
            "audience": _("Public articles also answer citizens on the portal; internal ones only help agents."),
            "request_type": _("The request that this question most often becomes."),
            "keywords": _("Words people say that are not in the text: “passeport perdu, papiers”."),
            "is_published": _("Unpublished, it is a draft that only those who may write it find."),
        }

    def __init__(self, *args: Any, agent: Agent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = Service.objects.filter(pk__in=writable_services(agent), is_active=True)
        if self.instance.service_id:
            services |= Service.objects.filter(pk=self.instance.service_id)
        self.fields["service"].queryset = services.distinct()  # type: ignore[attr-defined]
        self.fields["request_type"].queryset = RequestType.objects.filter(is_active=True)  # type: ignore[attr-defined]
        if not self.instance.service_id and len(services) == 1:
            self.initial.setdefault("service", services[0].pk)
