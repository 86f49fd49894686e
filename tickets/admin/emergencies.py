"""The words of emergency: their list, a form with one phrase a line, and « Try it »."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from directory.admin.base import ConfigurationAdmin
from directory.admin.catalogue import KeywordsField
from tickets.actions.clocks.commitments_change import version_bump
from tickets.actions.routing.delivered_emergencies import emergencies_load, emergency_restore, is_changed
from tickets.models import Emergency
from tickets.routing.emergencies import Alarm, alarms_in
from tickets.routing.text import Text, phrase
from tickets.selectors.routing import emergency_words


class EmergencyForm(forms.ModelForm):
    words = KeywordsField(
        label=_("Phrases"),
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_(
            "One a line. The words come in order in one sentence, two others at most between them; accents and "
            "inflections are forgiven; between quotation marks, as it is written. Rather « smell of gas » than « gas »."
        ),
    )
    unless = KeywordsField(
        label=_("Unless"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "One a line. A phrase that has a word of the alarm in it (“red light” for “red”) counts where it overlaps "
            "the words of the alarm; any other counts in their sentence. Never a lone everyday word: “shop” would "
            "silence a man who fell in front of one."
        ),
    )

    class Meta:
        model = Emergency
        fields = ("name", "is_active", "priority", "words", "unless", "instruction")

    def clean_words(self) -> list[str]:
        return _with_words(self.cleaned_data["words"])

    def clean_unless(self) -> list[str]:
        return _with_words(self.cleaned_data["unless"])


def _with_words(lines: list[str]) -> list[str]:
    for line in lines:
        if not phrase(line).keys:
            raise forms.ValidationError(_("“%(found)s” holds no word."), params={"found": line})
    return lines


class EmergencyTrialForm(forms.Form):
    body = forms.CharField(
        label=_("Text of the request"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write or paste a text.")},
    )


@admin.register(Emergency)
class EmergencyAdmin(ConfigurationAdmin):
    form = EmergencyForm

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("essayer/", view(self.try_view), name="tickets_emergency_try"),
            path("<int:pk>/comme-livre/", view(require_POST(self.restore_view)), name="tickets_emergency_restore"),
            path("charger/", view(require_POST(self.load_view)), name="tickets_emergency_load"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Emergency, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        version_bump()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._check(request)
        return _page(request, EmergencyTrialForm())

    def try_view(self, request: HttpRequest) -> HttpResponse:
        self._check(request)
        if request.method != "POST":
            return redirect("admin:tickets_emergency_changelist")
        form = EmergencyTrialForm(request.POST)
        if not form.is_valid():
            return _page(request, form, status=422)
        active = map(emergency_words, Emergency.objects.filter(is_active=True))
        return _page(request, form, alarms=alarms_in(Text(form.cleaned_data["body"]), active))

    def load_view(self, request: HttpRequest) -> HttpResponse:
        self._check(request)
        if emergencies_load():
            messages.success(request, _("The usual words of emergency are loaded. You may now change them."))
        else:
            messages.info(request, _("They are all there already: nothing changed."))
        return redirect("admin:tickets_emergency_changelist")

    def restore_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._check(request)
        row = emergency_restore(pk)
        if row is None:
            messages.error(request, _("This emergency is not one Guichet is delivered with."))
        else:
            messages.success(request, _("“%(name)s” is as it is delivered again.") % {"name": row.name})
        return redirect("admin:tickets_emergency_changelist")

    def _check(self, request: HttpRequest) -> None:
        if not self.has_change_permission(request):
            raise PermissionDenied


def _page(
    request: HttpRequest, form: EmergencyTrialForm, *, alarms: list[Alarm] | None = None, status: int = 200
) -> HttpResponse:
    rows = [(row, is_changed(row)) for row in Emergency.objects.order_by("name")]
    context = {"rows": rows, "form": form, "alarms": alarms}
    return render(request, "tickets/admin/emergencies.html", context, status=status)
