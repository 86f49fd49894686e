"""« Learned routing »: what each version is worth, the confidence wanted, a text to try, learning now."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.errors import Conflict
from core.fragments import render_page
from directory.admin.base import ConfigurationAdmin
from directory.models import Agent
from tickets.actions.routing.learning import suggestion_for, version_in_use
from tickets.actions.routing.training import model_use, training_ask
from tickets.admin.learned_figures import (
    STEPS,
    acceptance,
    curve_rows,
    percent,
    type_names,
    type_rows,
    version_row,
    versions,
)
from tickets.models import RoutingModel, RoutingSettings, RoutingTraining
from tickets.routing.learned import Suggestion
from tickets.selectors.learning import model_current

VERSIONS, TRAININGS, LIKELIEST = 10, 5, 5


class LearnedSettingsForm(forms.ModelForm):
    class Meta:
        model = RoutingSettings
        fields = ("confidence", "applies_alone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["confidence"]
        field.validators += [MinValueValidator(50), MaxValueValidator(99)]
        field.widget.attrs.update(min=50, max=99, step=1)
        field.help_text = _("Below it nothing is suggested: the keywords answer, else it goes to the pilot service.")


class TextForm(forms.Form):
    """Sent by POST: a citizen's words do not belong in addresses and logs."""

    text = forms.CharField(
        label=gettext_lazy("Text of a request"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=20_000,
        error_messages={"required": gettext_lazy("Write or paste a text.")},
    )


@admin.register(RoutingModel)
class RoutingModelAdmin(ConfigurationAdmin):
    """One page, whose forms each have their address."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("apprendre/", view(require_POST(self.learn_view)), name="tickets_routingmodel_learn"),
            path("reglages/", view(require_POST(self.settings_view)), name="tickets_routingmodel_settings"),
            path("essayer/", view(self.try_view), name="tickets_routingmodel_try"),
            path("<int:pk>/utiliser/", view(require_POST(self.use_view)), name="tickets_routingmodel_use"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return self._page(request)

    def change_view(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        return redirect("admin:tickets_routingmodel_changelist")

    def learn_view(self, request: HttpRequest) -> HttpResponse:
        agent = self._administrator(request)
        try:
            training_ask(actor=agent, now=timezone.now())
        except Conflict as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("The routing is being learned anew, in the background."))
        return redirect("admin:tickets_routingmodel_changelist")

    def settings_view(self, request: HttpRequest) -> HttpResponse:
        self._administrator(request)
        form = LearnedSettingsForm(request.POST, instance=RoutingSettings.objects.filter(pk=1).first())
        if not form.is_valid():
            return self._page(request, settings_form=form, status=422)
        form.instance.pk = 1
        form.save()
        messages.success(request, _("The choices are saved: they hold for the next request."))
        return redirect("admin:tickets_routingmodel_changelist")

    def try_view(self, request: HttpRequest) -> HttpResponse:
        self._administrator(request)
        if request.method != "POST":
            return redirect("admin:tickets_routingmodel_changelist")
        form = TextForm(request.POST)
        if not form.is_valid():
            return self._page(request, text_form=form, status=422)
        return self._page(request, text_form=form, tried=form.cleaned_data["text"])

    def use_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._administrator(request)
        try:
            model_use(model=get_object_or_404(RoutingModel, pk=pk))
        except Conflict as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("This version is in use from now on, until a better one is learned."))
        return redirect("admin:tickets_routingmodel_changelist")

    def _administrator(self, request: HttpRequest) -> Agent:
        if not self.has_change_permission(request) or not isinstance(request.user, Agent):
            raise PermissionDenied
        return request.user

    def _page(
        self,
        request: HttpRequest,
        *,
        settings_form: LearnedSettingsForm | None = None,
        text_form: TextForm | None = None,
        tried: str = "",
        status: int = 200,
    ) -> HttpResponse:
        self._administrator(request)
        choices = RoutingSettings.objects.filter(pk=1).first() or RoutingSettings(pk=1)
        latest = versions(VERSIONS)
        current = next((each for each in latest if each.is_current), None) or model_current()
        trainings = list(RoutingTraining.objects.select_related("asked_by", "model").order_by("-id")[:TRAININGS])
        names = type_names()
        context = {
            "now": timezone.now(),
            "current": current,
            "choices": choices,
            "trainings": [_training(row) for row in trainings],
            "running": any(row.finished_at is None for row in trainings),
            "versions": [version_row(each) for each in latest],
            "settings_form": settings_form or LearnedSettingsForm(instance=choices),
            "text_form": text_form or TextForm(),
            "tried": _tried(tried, names) if tried else None,
        }
        if current is not None:
            context |= _current(current, choices, names)
        return render_page(
            request,
            "tickets/admin/learned.html",
            context,
            partials={"trainings": "tickets/admin/_trainings.html"},
            status=status,
        )


def _training(row: RoutingTraining) -> dict[str, Any]:
    seconds = round((row.finished_at - row.asked_at).total_seconds()) if row.finished_at else None
    return {"row": row, "step": STEPS.get(row.step, row.step), "seconds": seconds}


def _current(current: RoutingModel, choices: RoutingSettings, names: dict[int, str]) -> dict[str, Any]:
    figures, untyped = current.report["all"], current.report["untyped"]
    total = figures["tickets"]
    rows = curve_rows(figures, choices.confidence)
    return {
        "figures": {
            "tickets": total,
            "right": percent(figures["right"], total),
            "in_three": percent(figures["right_in_three"], total),
            "keywords": percent(figures["keywords_right"], total),
            "untyped_tickets": untyped["tickets"],
            "untyped_right": percent(untyped["right"], untyped["tickets"]),
            "untyped_keywords": percent(untyped["keywords_right"], untyped["tickets"]),
            "calibration": round(100 * current.report["calibration_error"], 1),
            "words": current.report["words"],
            "people": current.report["people"],
        },
        "curve": rows,
        "chosen": next((row for row in rows if row.is_chosen), None),
        "types": type_rows(current.report, names),
        "acceptance": acceptance(timezone.now()),
    }


def _tried(text: str, names: dict[int, str]) -> dict[str, Any]:
    """What the version in use says of a text, sure or not; empty without a version or without a known word."""
    in_use = version_in_use()
    found: Suggestion | None = suggestion_for(text, in_use, confidence=0.0) if in_use else None
    if in_use is None or found is None:
        return {"rows": []}
    return {
        "rows": [
            {"name": names.get(type_id, ""), "percent": round(100 * chance, 1)}
            for type_id, chance in found.ranking[:LIKELIEST]
        ],
        "words": [word for word, _weight in found.words],
        "is_sure": found.confidence * 100 >= in_use.confidence,
        "wanted": in_use.confidence,
    }
