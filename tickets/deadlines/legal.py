"""The law's clock: when the silence of the administration becomes a decision. Pure: no Django, never reads the clock.

Implicit decisions are counted *de quantième à quantième* (CRPA L231-1; CE 17 Sept. 2010 n° 316259; CE 14 Nov. 2025
n° 496754): the administration may act through ``last_day``; the decision is born on ``effective_from``, the next day.
The delay is not franc and, unless the caller asks for it, no weekend or holiday extends it. Every date is a local day
of the town. The conventions that no text settles are stated in docs/developer/law.md.

Appeals are in `appeals`, acknowledgements in `receipts`, cases written as JSON in `legal_cases`.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


class Regime(StrEnum):
    """What silence means: acceptance (L231-1), refusal (L231-4, L231-5), or nothing at all."""

    SVA = "SVA"
    SVR = "SVR"
    NONE = "none"


class CaseError(ValueError):
    """A case that makes no sense. ``code`` names why, ``field`` where (``incompletes.0.due_on``)."""

    def __init__(self, code: str, field: str, **params: Any) -> None:
        super().__init__(f"{field}: {code}")
        self.code, self.field, self.params = code, field, params


@dataclass(frozen=True)
class LegalDeadline:
    """``last_day``: the last day to decide. ``effective_from``: the day the silence becomes a decision."""

    last_day: date
    effective_from: date

    def starts_at(self, zone: ZoneInfo) -> datetime:
        """The first instant of the implicit decision, aware, in the town's time zone."""
        return datetime.combine(self.effective_from, time.min, tzinfo=zone)


def add_months(day: date, months: int) -> date:
    """The same quantième ``months`` later, or the last day of a month that has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Delay:
    """Exactly one of ``months`` and ``days``, positive; CaseError otherwise."""

    months: int | None = None
    days: int | None = None

    def __post_init__(self) -> None:
        if (self.months is None) == (self.days is None) or (self.months or self.days or 0) <= 0:
            raise CaseError("delay_not_positive", "delay")

    def after(self, start: date) -> date:
        """The last day of the delay: the quantième of ``start``, or ``start`` + n days [?]."""
        return add_months(start, self.months) if self.months else start + timedelta(days=self.days or 0)


def implicit_decision(received_on: date, *, months: int | None = None, days: int | None = None) -> LegalDeadline:
    """When silence becomes a decision (CRPA L231-1, L231-4, L231-6), counted from the reception of a complete request.

    Exactly one of ``months`` and ``days`` is given, and positive; CaseError (a ValueError) otherwise.
    """
    last = Delay(months, days).after(received_on)
    return LegalDeadline(last_day=last, effective_from=last + DAY)


@dataclass(frozen=True)
class Letter:
    """One letter that asks for missing pieces (L114-5). ``due_on``: the deadline it sets; ``received_on``: the day the
    last piece it asks for came, None while it has not."""

    asked_on: date
    due_on: date | None = None
    received_on: date | None = None
    required_by_text: bool = True
    list_sent: bool = True

    @property
    def flaw(self) -> str:
        """Why the letter has no effect on the clock (L114-5); empty when it has one."""
        if not self.required_by_text:
            return "not_required"
        if not self.list_sent:
            return "no_list"
        return "" if self.due_on else "no_due_date"


@dataclass(frozen=True)
class Case:
    """Everything that decides of one implicit decision.

    ``received_on``: reception by the first administration. ``competent_received_on``: reception by the competent one
    after the last transmission (L114-2), None without one. CaseError when the dates contradict each other.
    """

    regime: Regime
    delay: Delay | None
    received_on: date
    competent_received_on: date | None = None
    letters: tuple[Letter, ...] = ()
    express_decision_on: date | None = None

    def __post_init__(self) -> None:
        if self.delay is None and self.regime is not Regime.NONE:
            raise CaseError("delay_missing", "delay")
        for name in ("competent_received_on", "express_decision_on"):
            if (day := getattr(self, name)) and day < self.received_on:
                raise CaseError("before_reception", name)
        for index, letter in enumerate(self.letters):
            where = f"incompletes.{index}"
            if letter.asked_on < self.received_on:
                raise CaseError("before_reception", f"{where}.asked_on")
            for name in ("due_on", "received_on"):
                if (day := getattr(letter, name)) and day < letter.asked_on:
                    raise CaseError("before_asking", f"{where}.{name}")


@dataclass(frozen=True)
class Step:
    """One line of the reasoning. ``code`` is a key of `tickets.legal_wording.STEPS`, ``params`` what its sentence
    names (dates, numbers, a `Delay`), ``article`` the rule, empty for a convention of ours."""

    code: str
    on: date | None
    article: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """``last_day`` and ``effective_from`` are None where no implicit decision arises."""

    last_day: date | None
    effective_from: date | None
    suspended_days: int
    steps: tuple[Step, ...]


Extension = Callable[[date], date]


def answer(case: Case, *, extend: Extension | None = None) -> Answer:
    """The implicit decision of a case, with the steps that lead to it.

    ``extend`` moves a last day forward, such as `appeals.next_working_day`; None (the default) never does [?].
    Raises CaseError when the delay leads out of the calendar (year 9999).
    """
    try:
        return _Clock(case, extend or (lambda day: day)).run()
    except CaseError:
        raise
    except (OverflowError, ValueError):
        raise CaseError("out_of_calendar", "delay") from None


def explain(case: Case, *, extend: Extension | None = None) -> list[Step]:
    """The steps of `answer`: for each, the date, the article and the key of its sentence."""
    return list(answer(case, extend=extend).steps)


class _Clock:
    """One run over a case: letters are read in the order they were sent, each judged against the last day as it stood
    when it was sent."""

    def __init__(self, case: Case, extend: Extension) -> None:
        self.case, self.extend = case, extend
        self.start = case.received_on
        self.started = True  # false: an SVA clock that waits for a piece
        self.suspended, self.suspended_until = 0, date.min
        self.steps: list[Step] = []

    def run(self) -> Answer:
        case = self.case
        if case.regime is Regime.NONE or case.delay is None:
            self._step("no_clock", case.received_on, "")
            return self._none()
        self._reception()
        for letter in sorted(case.letters, key=lambda one: one.asked_on):
            self._letter(letter)
        if not self.started:
            self._step("never_complete", None, "L114-5")
            return self._none()
        self._count(case.delay)
        last = self._last_day()
        if case.express_decision_on and case.express_decision_on <= last:
            self._step("express_in_time", case.express_decision_on, self._article(), last=last)
            return self._none()
        sva = case.regime is Regime.SVA
        self._step("acceptance" if sva else "refusal", last + DAY, self._article(), last=last)
        if case.express_decision_on:
            code, article = ("express_after_acceptance", "L242-1") if sva else ("express_after_refusal", "L231-4")
            self._step(code, case.express_decision_on, article)
        return Answer(last, last + DAY, self.suspended, tuple(self.steps))

    def _none(self) -> Answer:
        return Answer(None, None, self.suspended, tuple(self.steps))

    def _step(self, code: str, on: date | None, article: str, **params: Any) -> None:
        self.steps.append(Step(code, on, article, params))

    def _article(self) -> str:
        return "L231-1" if self.case.regime is Regime.SVA else "L231-4"

    def _last_day(self) -> date:
        """As it stands after the letters read so far: the quantième first, then the suspended days [?]."""
        assert self.case.delay is not None
        return self.extend(self.case.delay.after(self.start) + timedelta(days=self.suspended))

    def _reception(self) -> None:
        """L114-3: after a transmission SVR runs from the first administration, SVA from the competent one; what had
        elapsed before changes nothing."""
        case = self.case
        self._step("received", case.received_on, "L110-1")
        if case.competent_received_on is None:
            return
        if case.regime is Regime.SVA:
            self.start = case.competent_received_on
            self._step("clock_from_competent", self.start, "L114-3")
        else:
            self._step("clock_from_first", case.competent_received_on, "L114-3", start=self.start)

    def _letter(self, letter: Letter) -> None:
        """L114-5: what one letter does to the clock."""
        if letter.flaw:
            self._step(f"letter_{letter.flaw}", letter.asked_on, "L114-5")
        elif self.started and letter.asked_on > self._last_day():
            self._step("letter_too_late", letter.asked_on, "", last=self._last_day())
        elif self.case.regime is Regime.SVA:
            self._completion(letter)
        else:
            self._suspension(letter)

    def _completion(self, letter: Letter) -> None:
        """SVA: the clock starts when the last required piece is received, even late."""
        self._step("pieces_asked", letter.asked_on, "L114-5", due=letter.due_on)
        if letter.received_on is None:
            self.started = False
            self._step("pieces_missing", None, "L114-5", asked=letter.asked_on)
        else:
            self.start = max(self.start, letter.received_on)
            self._step("pieces_received", letter.received_on, "L114-5", start=self.start)

    def _suspension(self, letter: Letter) -> None:
        """SVR: suspended from the letter to the deadline it sets, or to the production of the pieces when earlier."""
        assert letter.due_on is not None
        produced = letter.received_on is not None and letter.received_on <= letter.due_on
        end = letter.received_on if produced and letter.received_on else letter.due_on
        days = max(0, (end - max(letter.asked_on, self.suspended_until)).days)
        self.suspended += days
        self.suspended_until = max(self.suspended_until, end)
        code = "suspended_until_production" if produced else "suspended_until_due"
        self._step(code, letter.asked_on, "L114-5", end=end, days=days)
        if days < (end - letter.asked_on).days:
            self._step("overlap", letter.asked_on, "")
        if letter.received_on and not produced:
            self._step("piece_late", letter.received_on, "L114-5", due=letter.due_on)

    def _count(self, delay: Delay) -> None:
        """The delay itself, then what moves its last day."""
        plain = delay.after(self.start)
        article = self._article() if delay == Delay(months=2) else "L231-6"
        short = bool(delay.months) and plain.day != self.start.day
        code = "counted_in_days" if delay.days else "counted_to_month_end" if short else "counted"
        self._step(code, plain, article, start=self.start, delay=delay)
        if self.suspended:
            self._step("suspension_added", plain + timedelta(days=self.suspended), "L114-5", days=self.suspended)
        moved = plain + timedelta(days=self.suspended)
        if self.extend(moved) != moved:
            self._step("extended", self.extend(moved), "", last=moved)
