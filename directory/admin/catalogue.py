from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from directory.admin.base import ActivableAdmin
from directory.admin.changes import MovesDeadlinesMixin
from directory.admin.questions import QuestionsField
from directory.models import RequestType


class KeywordsField(forms.CharField):
    """Keywords, one a line: an array of strings in the database."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = value.splitlines() if isinstance(value, str) else value or []
        return list(dict.fromkeys(" ".join(line.split()) for line in lines if line.strip()))

    def validate(self, value: Any) -> None:
        super().validate(value)
        for keyword in value:
            if len(keyword) > 80:
                raise forms.ValidationError(
                    _("The keyword “%(found)s” is longer than 80 characters."), params={"found": keyword}
                )

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.to_python(data or "")


class RequestTypeForm(forms.ModelForm):
    keywords = KeywordsField(
        label=_("keywords"),
        required=False,
        help_text=_("One word or short phrase a line. A ticket without a type takes the type whose keywords it holds."),
    )

    questions = QuestionsField()

    class Meta:
        model = RequestType
        fields = (
            "name",
            "code",
            "service",
            "description",
            "is_public",
            "is_active",
            "target",
            "target_unit",
            "regime",
            "delay_months",
            "delay_days",
            "keywords",
            "is_sensitive",
            "channels",
            "note",
            "questions",
        )


@admin.register(RequestType)
class RequestTypeAdmin(MovesDeadlinesMixin, ActivableAdmin):
    """The catalogue. Many types at once are loaded with ``manage.py load_catalogue``."""

    form = RequestTypeForm
    moving_fields = frozenset({"target", "target_unit"})
    moves_when_added = False
    list_display = ("name", "service", "target", "target_unit", "regime", "is_sensitive", "is_public", "is_active")
    list_filter = ("service", "regime", "is_sensitive", "is_public", "is_active")
    list_select_related = ("service",)
    search_fields = ("name", "code", "description")
    prepopulated_fields = {"code": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "code", "service", "description", "is_public", "is_active")}),
        (_("Commitment"), {"fields": (("target", "target_unit"),)}),
        (
            _("Legal clock"),
            {
                "fields": ("regime", ("delay_months", "delay_days")),
                "description": _("What the silence of the town means, and after how long (CRPA L231-1 to L231-6)."),
            },
        ),
        (_("Form"), {"fields": ("questions",)}),
        (_("Recognition and confidentiality"), {"fields": ("keywords", "is_sensitive", "channels", "note")}),
    )
