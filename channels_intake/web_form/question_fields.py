"""The questions of a request type as fields of the citizens' form."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.questions import CHOICE, DATE, LONG_TEXT, NO, NUMBER, YES, YES_NO, Question, QuestionError, answer_clean

PREFIX = "q-"  # before the code of a question, in the names of the fields


class AnswerField(forms.CharField):
    """An answer, checked and put in words by `directory.questions`."""

    def __init__(self, question: Question) -> None:
        self.question = question
        label = question.label if question.required else _("%(label)s (optional)") % {"label": question.label}
        super().__init__(
            label=label,
            help_text=question.help,
            required=question.required,
            widget=_widget(question),
            error_messages={"required": gettext_lazy("Please answer this question.")},
        )

    def clean(self, value: Any) -> str:
        if not str(value or "").strip():
            return str(super().clean(value))
        try:
            return answer_clean(self.question, value)
        except QuestionError as error:
            raise forms.ValidationError(error.message) from error


def _widget(question: Question) -> forms.Widget:
    if question.kind == YES_NO:
        return forms.RadioSelect(choices=[(YES, gettext_lazy("Yes")), (NO, gettext_lazy("No"))])
    if question.kind == CHOICE:
        choices = [(each, each) for each in question.choices]
        if len(choices) <= 6:
            return forms.RadioSelect(choices=choices)
        return forms.Select(choices=[("", gettext_lazy("Choose")), *choices])
    if question.kind == DATE:
        return forms.DateInput(attrs={"type": "date"})
    if question.kind == NUMBER:
        return forms.TextInput(attrs={"inputmode": "decimal", "maxlength": "20"})
    return forms.TextInput(attrs={"maxlength": str(LONG_TEXT)})


def answer_fields(questions: Iterable[Question]) -> dict[str, AnswerField]:
    return {f"{PREFIX}{question.code}": AnswerField(question) for question in questions}


def answers_of(questions: Iterable[Question], cleaned: Mapping[str, Any]) -> list[list[str]]:
    """[code, question, answer] of those answered, from the cleaned form."""
    told = [[each.code, each.label, str(cleaned.get(f"{PREFIX}{each.code}", ""))] for each in questions]
    return [answer for answer in told if answer[2]]


def answers_initial(questions: Iterable[Question], answers: Sequence[Sequence[str]]) -> dict[str, str]:
    """What was answered, as the fields show it."""
    given = {answer[0]: answer[2] for answer in answers}
    return {f"{PREFIX}{each.code}": _shown(each, given[each.code]) for each in questions if each.code in given}


def _shown(question: Question, answer: str) -> str:
    if question.kind != DATE:
        return answer
    try:
        return datetime.strptime(answer, "%d/%m/%Y").date().isoformat()  # noqa: DTZ007 — a day
    except ValueError:
        return answer
