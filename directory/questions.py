"""The questions a request type asks in the citizens' form: their shape, and what an answer may be. No database.

Stored as a list of objects: ``code`` (lower-case letters, digits, hyphens; once a type), ``label``, ``kind`` (one of
`KINDS`), ``choices`` (list of texts, of a choice only), ``required`` (true or false), ``help``. An answer is kept on
the ticket as [code, label, answer in words]: it stays readable when the question is changed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

TEXT, CHOICE, YES_NO, DATE, NUMBER = "text", "choice", "yes_no", "date", "number"
KINDS = {
    TEXT: gettext_lazy("Text"),
    CHOICE: gettext_lazy("One among several"),
    YES_NO: gettext_lazy("Yes or no"),
    DATE: gettext_lazy("Date"),
    NUMBER: gettext_lazy("Number"),
}
CLOSED = frozenset({CHOICE, YES_NO})
YES, NO = "Oui", "Non"  # as they are kept: the language of the town's agents
MOST, MOST_CHOICES, LONG_LABEL, LONG_CHOICE, LONG_TEXT = 12, 20, 150, 80, 500
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_KEYS = frozenset({"code", "label", "kind", "choices", "required", "help"})


@dataclass(frozen=True)
class Question:
    code: str
    label: str
    kind: str = TEXT
    choices: Sequence[str] = field(default=())
    required: bool = False
    help: str = ""

    @property
    def answers(self) -> Sequence[str]:
        """The answers it may have; empty when they are free."""
        return (YES, NO) if self.kind == YES_NO else self.choices

    def dump(self) -> dict[str, Any]:
        stored = {"code": self.code, "label": self.label, "kind": self.kind, "required": self.required}
        if self.choices:
            stored["choices"] = list(self.choices)
        return stored | ({"help": self.help} if self.help else {})


class QuestionError(ValueError):
    """A question or an answer that cannot be; ``code`` is that of the question, empty for the list itself."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.message, self.code = message, code


def questions_check(raw: Any) -> list[Question]:
    """The questions of a type, from what is stored or typed. Raises `QuestionError` for the first that is wrong."""
    if not isinstance(raw, list):
        raise QuestionError(_("A list of questions was expected."))
    if len(raw) > MOST:
        raise QuestionError(_("%(most)d questions at the most.") % {"most": MOST})
    found = [_question(each) for each in raw]
    codes = [question.code for question in found]
    for code in codes:
        if codes.count(code) > 1:
            raise QuestionError(_("The code “%(code)s” is there twice.") % {"code": code}, code)
    return found


def questions_read(raw: Any) -> list[Question]:
    """The same, for those who ask citizens: a list that cannot be read asks nothing."""
    try:
        return questions_check(raw)
    except QuestionError:
        return []


def _question(raw: Any) -> Question:
    if not isinstance(raw, Mapping) or not set(raw) <= _KEYS:
        raise QuestionError(_("A question has a code, a label, a kind, choices, a help text, and may be required."))
    code, label, kind = str(raw.get("code", "")), str(raw.get("label", "")).strip(), raw.get("kind", TEXT)
    if not _CODE.fullmatch(code):
        raise QuestionError(
            _("“%(code)s” is not a code: lower-case letters without accents, digits and hyphens.") % {"code": code},
            code,
        )
    if not label or len(label) > LONG_LABEL:
        raise QuestionError(_("Write the question, in %(most)d characters at the most.") % {"most": LONG_LABEL}, code)
    if not isinstance(kind, str) or kind not in KINDS:
        raise QuestionError(_("This kind of answer does not exist."), code)
    choices = raw.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(each, str) and each.strip() for each in choices):
        raise QuestionError(_("The choices are texts, one a line."), code)
    choices = list(dict.fromkeys(each.strip() for each in choices))
    if kind == CHOICE and not 2 <= len(choices) <= MOST_CHOICES:
        raise QuestionError(_("Give from 2 to %(most)d choices.") % {"most": MOST_CHOICES}, code)
    if kind != CHOICE and choices:
        raise QuestionError(_("Only a question “one among several” has choices."), code)
    if any(len(each) > LONG_CHOICE for each in choices):
        raise QuestionError(_("A choice is %(most)d characters long at the most.") % {"most": LONG_CHOICE}, code)
    required, help_text = raw.get("required", False), raw.get("help", "")
    if not isinstance(required, bool) or not isinstance(help_text, str) or len(help_text) > LONG_LABEL:
        raise QuestionError(_("The help text is too long, or “required” is neither true nor false."), code)
    return Question(code, label, kind, tuple(choices), required, help_text.strip())


def answer_clean(question: Question, raw: Any) -> str:
    """One answer in words, empty when there is none. Raises `QuestionError` when it is owed or cannot be.

    ``raw``: text, as a form or a program sends it; true or false for a yes-or-no question, a number for a number.
    """
    if isinstance(raw, bool) and question.kind == YES_NO:
        return YES if raw else NO
    text = " ".join(str(raw).replace("\x00", "").split()) if isinstance(raw, str | int | float) else ""
    if not text:
        if question.required or raw not in (None, ""):
            raise QuestionError(_("Please answer: %(label)s") % {"label": question.label}, question.code)
        return ""
    return _READERS[question.kind](question, text)


def _text(question: Question, text: str) -> str:
    if len(text) > LONG_TEXT:
        raise QuestionError(_("%(most)d characters at the most.") % {"most": LONG_TEXT}, question.code)
    return text


def _choice(question: Question, text: str) -> str:
    if text not in question.choices:
        raise QuestionError(_("Choose one of the answers."), question.code)
    return text


def _yes_no(question: Question, text: str) -> str:
    known = {"oui": YES, "yes": YES, "true": YES, "1": YES, "non": NO, "no": NO, "false": NO, "0": NO}
    if text.lower() not in known:
        raise QuestionError(_("Answer yes or no."), question.code)
    return known[text.lower()]


def _date(question: Question, text: str) -> str:
    try:
        day = date.fromisoformat(text) if "-" in text else _french_day(text)
    except ValueError:
        raise QuestionError(_("This date does not exist. Example: 31/12/2026"), question.code) from None
    return date_format(day, "d/m/Y")


def _french_day(text: str) -> date:
    day, month, year = (int(part) for part in text.split("/"))
    return date(year, month, day)


def _number(question: Question, text: str) -> str:
    try:
        number = Decimal(text.replace(",", ".").replace(" ", "").replace("\u202f", ""))
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or abs(number) >= 10**9:
        raise QuestionError(_("Write a number."), question.code)
    return f"{number.normalize():f}".replace(".", ",")


_READERS = {TEXT: _text, CHOICE: _choice, YES_NO: _yes_no, DATE: _date, NUMBER: _number}


def answers_clean(questions: Sequence[Question], given: Mapping[str, Any], *, all_owed: bool = True) -> list[list[str]]:
    """[code, label, answer] of each question that has one, in the order of the form.

    ``given``: code → answer. ``all_owed`` is false for who may not know them all (a program). Raises `QuestionError`
    for the first that is wrong, or for an answer to no question.
    """
    for code in given:
        if code not in {question.code for question in questions}:
            raise QuestionError(_("No question has the code “%(code)s”.") % {"code": code}, str(code))
    asked = [question for question in questions if all_owed or question.code in given]
    found = [(question, answer_clean(question, given.get(question.code))) for question in asked]
    return [[question.code, question.label, answer] for question, answer in found if answer]
