"""The questions of a request type in its form: a block a question, and blank ones to add more. Works without script."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from directory.questions import CHOICE, KINDS, MOST, QuestionError, questions_check

BLANK = 2  # empty blocks after the questions


class QuestionsWidget(forms.Widget):
    """Rows named ``<name>-0-label``…; a question without a label is taken away."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[dict[str, Any]]:
        rows = []
        for number in range(MOST + BLANK):
            key = f"{name}-{number}-"
            label = str(data.get(f"{key}label", "")).strip()
            if not label:
                continue
            choices = [" ".join(line.split()) for line in str(data.get(f"{key}choices", "")).splitlines()]
            kind = str(data.get(f"{key}kind", ""))
            rows.append(
                {
                    "code": str(data.get(f"{key}code", "")).strip() or slugify(label)[:40].strip("-"),
                    "label": label,
                    "kind": kind,
                    "choices": [each for each in choices if each] if kind == CHOICE else [],
                    "required": bool(data.get(f"{key}required")),
                    "help": str(data.get(f"{key}help", "")).strip(),
                }
            )
        return rows

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-0-label" not in data

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        known = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
        rows = [{**row, "choices": "\n".join(map(str, row.get("choices") or []))} for row in known]
        rows += [{} for _blank in range(max(1, min(BLANK, MOST - len(rows))))]
        context = {"name": name, "rows": rows, "kinds": KINDS.items()}
        return SafeString(render_to_string("admin/questions.html", context))


class QuestionsField(forms.Field):
    """A list of questions, as `directory.questions` stores them."""

    widget = QuestionsWidget

    def __init__(self) -> None:
        super().__init__(
            label=_("Questions of the form"),
            required=False,
            help_text=_(
                "Asked in the citizens' form after the text of the request, in this order. The answers are shown on "
                "the ticket, and routing rules may read them. Empty a question to take it away; save to add more."
            ),
        )

    def clean(self, value: Any) -> list[dict[str, Any]]:
        try:
            return [question.dump() for question in questions_check(value or [])]
        except QuestionError as error:
            told = f"{error.code} : {error.message}" if error.code else error.message
            raise forms.ValidationError(told) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return [each.dump() for each in questions_check(initial or [])] != self.clean(data)
        except (QuestionError, forms.ValidationError):
            return True
