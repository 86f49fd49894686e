"""The deadline calculator: the law's clock on any dates, with the steps and articles. Reads and writes no ticket."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.guards import agent_required
from tickets.deadlines import appeals, receipts
from tickets.deadlines.legal import Answer, Case, Regime, Step, answer
from tickets.legal_forms import (
    APPEAL,
    NOTIFICATION,
    REASONS,
    RECEIPTS,
    BaseLetters,
    Letters,
    OtherDelayForm,
    Sheet,
    SilenceForm,
)
from tickets.legal_wording import article_text, days_text, step_text, value_text

ICONS = {
    "received": "inbox",
    "clock_from_competent": "send",
    "clock_from_first": "send",
    "pieces_asked": "file-question-mark",
    "pieces_received": "file-check",
    "suspended_until_production": "pause",
    "suspended_until_due": "pause",
    "acceptance": "circle-check",
    "refusal": "circle-x",
}


@dataclass(frozen=True)
class Due:
    """One date that follows; ``on`` None when there is none, and ``note`` then says why."""

    label: str
    on: date | None
    article: str
    note: str = ""

    @property
    def source(self) -> str:
        return article_text(self.article)


@require_safe
@agent_required
def legal_calculator(request: HttpRequest) -> HttpResponse:
    """Implicit decisions; ``more`` asks for one more letter. ``?what=other``: the delays counted from one day."""
    other = request.GET.get("what") == "other"
    context = _other(request) if other else _silence(request)
    address = reverse("tickets:legal_calculator")
    context["tabs"] = [
        {"label": _("Silence of the administration"), "url": address, "current": not other},
        {"label": _("Other delays"), "url": f"{address}?what=other", "current": other},
    ]
    refused = context.pop("refused")
    return render(request, "tickets/legal_calculator.html", context, status=422 if refused else 200)


def _silence(request: HttpRequest) -> dict[str, Any]:
    if "received_on" not in request.GET:
        return _written(SilenceForm(), Letters(prefix="l"))
    form, letters = SilenceForm(request.GET), Letters(request.GET, prefix="l")
    if "more" in request.GET:
        return _written(_draft(form), _one_more(letters))
    context = _written(form, letters)
    if not all([form.is_valid(), letters.is_valid()]):
        return context | {"refused": True}
    case = form.case(letters)
    if case is None:
        return context | {"refused": True}
    try:
        found = answer(case, extend=appeals.next_working_day if form.cleaned_data["extend"] else None)
        dues = _follow_up(case, found, form.cleaned_data)
    except (OverflowError, ValueError):
        form.add_error("received_on", _("This delay leads out of the calendar."))
        return context | {"refused": True}
    return context | {
        "case": case,
        "answer": found,
        "suspended": days_text(found.suspended_days),
        "steps": [_line(step) for step in found.steps],
        "dues": dues,
    }


def _written(form: SilenceForm, letters: BaseLetters) -> dict[str, Any]:
    return {"form": form, "letters": letters, "sheet": Sheet(form, letters), "refused": False}


def _draft(form: SilenceForm) -> SilenceForm:
    """The same values, not judged yet: the agent has asked for one more letter."""
    return SilenceForm(initial={name: form[name].value() for name in form.fields})


def _one_more(letters: BaseLetters) -> BaseLetters:
    """The letters written so far and one empty form, up to `LETTERS_AT_MOST`."""
    return Letters(
        prefix="l", initial=[{name: bound[name].value() for name in bound.fields} for bound in letters.forms]
    )


def _line(step: Step) -> dict[str, Any]:
    """One item of the `timeline` component."""
    return {
        "label": step_text(step),
        "at": step.on,
        "actor": article_text(step.article),
        "icon": ICONS.get(step.code, "circle-dot"),
        "tone": "legal" if step.code in {"acceptance", "refusal"} else "",
    }


def _follow_up(case: Case, found: Answer, data: dict[str, Any]) -> list[Due]:
    """What the case leads to: the receipts of an electronic request, then what the implicit decision opens."""
    dues = _receipts(case.competent_received_on or case.received_on) if data["electronic"] else []
    born = found.effective_from
    if born is None:
        return dues
    if case.regime is Regime.SVA:
        return [
            *dues,
            Due(_("Attestation of acceptance, on request, from"), born, "L232-3"),
            Due(_("Withdrawal, only if the acceptance is illegal, until"), appeals.withdrawal_last_day(born), "L242-1"),
        ]
    appeal = appeals.appeal_last_day(born, residence=data["residence"])
    note = _("Only if an acknowledgement gave the delays and routes of appeal (CRPA, art. L112-6).")
    return [
        *dues,
        Due(_("Appeal to the court until"), appeal, "CJA, art. R421-1, R421-2, R421-7", note),
        Due(_("Reasons of the refusal may be asked for until"), appeal, "L232-4"),
    ]


def _receipts(received_on: date) -> list[Due]:
    articles = "CRPA, art. R112-11-1 à R112-11-3"
    return [
        Due(_("Registration receipt (AEE) by"), receipts.registration_due(received_on), articles),
        Due(_("Acknowledgement of receipt (ARE) by"), receipts.receipt_due(received_on), articles),
    ]


def _other(request: HttpRequest) -> dict[str, Any]:
    if "day" not in request.GET:
        return {"other": OtherDelayForm(), "refused": False}
    form = OtherDelayForm(request.GET)
    if not form.is_valid():
        return {"other": form, "refused": True}
    try:
        return {"other": form, "dues": _dues(form.cleaned_data), "refused": False}
    except (OverflowError, ValueError):
        form.add_error("day", _("This delay leads out of the calendar."))
        return {"other": form, "refused": True}


def _dues(data: dict[str, Any]) -> list[Due]:
    day, kind = data["day"], data["kind"]
    if kind == APPEAL:
        return [_appeal(day, data)]
    if kind == RECEIPTS:
        return _receipts(day)
    if kind == NOTIFICATION:
        notified = receipts.notified_on(day, data["opened_on"])
        unopened = "" if data["opened_on"] == notified else _("When it is not opened within fifteen days.")
        return [
            Due(_("To be opened until"), receipts.open_until(day), "R112-20"),
            Due(_("Notified on"), notified, "R112-20", unopened),
            _appeal(notified, data),
        ]
    if kind == REASONS:
        given = appeals.reasons_due(day)
        note = _("If the reasons are given on %(day)s; otherwise two months from the day they are given.")
        extended = appeals.appeal_last_day(given, residence=data["residence"])
        return [
            Due(_("Reasons to be given by"), given, "L232-4"),
            Due(_("Appeal then extended until"), extended, "L232-4", note % {"day": value_text(given)}),
        ]
    return [Due(_("Withdrawal, only if the decision is illegal, until"), appeals.withdrawal_last_day(day), "L242-1")]


def _appeal(since: date, data: dict[str, Any]) -> Due:
    """CJA R421-5: without the delays and routes of appeal, the delay cannot be held against the person."""
    if data["unmentioned"]:
        note = _("The delay cannot be held against the person.")
        return Due(_("Appeal to the court"), None, "CJA, art. R421-5", note)
    last = appeals.appeal_last_day(since, residence=data["residence"])
    return Due(_("Appeal to the court until"), last, "CJA, art. R421-1, R421-2, R421-7")
