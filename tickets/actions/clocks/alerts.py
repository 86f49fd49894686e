"""What an alert says: one for each person and ticket, whatever the number of steps and clocks that fall together.

A sweep may write thousands: what does not change from one ticket to the next is rendered once. A sensitive ticket's
subject is never written, and who may not see a ticket reads no more of it than is needed to pass it on.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.template.base import Template
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from directory.models import Agent, Regime, Town
from notifications.actions.notices import notice_values
from notifications.actions.outbox import absolute_url, outbound_values
from notifications.models import OutboundKind
from tickets.deadlines import escalation
from tickets.deadlines.escalation import Step
from tickets.enums import STATUTORY, DeadlineKind, Delivery
from tickets.models import Deadline, Ticket
from tickets.permissions import may_see

_PLACE = re.compile("\0([a-z]+)\0")  # neither a subject nor a sentence holds a NUL
_DELIVERIES = (Delivery.IN_APP, Delivery.DIGEST, Delivery.MAIL)  # the quickest last
URGENT_DAYS = 2  # the law's last days

Values = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """A step taken on a clock."""

    clock: Deadline
    step: Step

    @property
    def is_early(self) -> bool:
        """Whether it speaks of a date to come."""
        step = self.step
        if step.is_decision:
            return False
        return step.offset <= 0 if step.from_last_day else step.offset < (100 if step.unit == escalation.PERCENT else 0)

    @property
    def weight(self) -> tuple[bool, bool, int]:
        """Of several steps that fall together, the heaviest gives the alert its title: the law's first."""
        return self.step.is_decision, self.clock.kind in STATUTORY, self.step.escalation

    @property
    def is_urgent(self) -> bool:
        near = self.clock.kind == DeadlineKind.LEGAL and self.step.from_last_day and self.step.offset >= -URGENT_DAYS
        return near or not self.is_early


class Writer:
    """Writes alerts in French, whatever the language of the thread."""

    def __init__(self, town: Town, now: datetime) -> None:
        self.town, self.now, self.today = town, now, timezone.localtime(now).date()
        self.template: Template = get_template("emails/escalation.txt")  # type: ignore[assignment]
        self.path = reverse("tickets:detail", args=["REFERENCE"])
        with french():
            self.subject, self.moment = _("Subject: %(subject)s"), _("%(day)s at %(hour)s")
        self._seen: dict[tuple[int, int, bool], bool] = {}
        self._texts: dict[tuple[int, bool, bool], str] = {}
        self._days: dict[date, str] = {}
        self._words: dict[tuple[object, ...], tuple[str, str]] = {}

    def write(self, ticket: Ticket, agent: Agent, told: Sequence[Told]) -> tuple[Values, Values | None]:
        """The values of the `Notice` of ``agent`` about steps of one ticket, at most one for each clock, and those of
        the `OutboundMessage` when a mail is due at once.

        Call it with the translation to French active (see `french`).
        """
        if len(told) > 1:
            told = sorted(told, key=lambda each: each.weight, reverse=True)
        within_reach = self._within_reach(agent, ticket)
        if within_reach or not ticket.is_sensitive:
            words = [self._word(each, ticket) for each in told]
            title, sentences = words[0][0], [sentence for _title, sentence in words]
        else:
            title, sentences = _("A request is waiting for somebody"), []
        subject = ticket.subject if within_reach and not ticket.is_sensitive else ""
        path = self.path.replace("REFERENCE", ticket.reference) if within_reach else ""
        if not within_reach:
            sentences.append(_("You may not open it yourself: make sure that an agent who may deals with it."))
        delivery = max((each.step.delivery for each in told), key=_DELIVERIES.index)
        key = f"escalation:{told[0].clock.pk}:{told[0].step.number}:{agent.pk}"
        notice = notice_values(
            agent_id=agent.pk,
            title=title,
            body=" ".join([*sentences, *([self.subject % {"subject": subject}] if subject else [])]),
            path=path,
            ticket_reference=ticket.reference,
            is_urgent=any(each.is_urgent for each in told),
            in_digest=delivery == Delivery.DIGEST,
            dedupe_key=key,
            created_at=self.now,
        )
        if delivery != Delivery.MAIL:
            return notice, None
        places = {"reference": ticket.reference, "sentences": "\n".join(sentences), "subject": subject}
        return notice, outbound_values(
            kind=OutboundKind.ESCALATION,
            to_address=agent.email,
            to_name=agent.full_name,
            from_address=self.town.email,
            from_name=self.town.name,
            subject=f"{title} — {ticket.reference}",
            body=_PLACE.sub(lambda mark: places[mark[1]], self._text(agent, within_reach, bool(subject))),
            ticket_reference=ticket.reference,
            dedupe_key=key,
            next_attempt_at=self.now,
            created_at=self.now,
        )

    def _within_reach(self, agent: Agent, ticket: Ticket) -> bool:
        key = (agent.pk, ticket.service_id, ticket.is_sensitive)
        if key not in self._seen:
            self._seen[key] = may_see(agent, ticket)
        return self._seen[key]

    def _text(self, agent: Agent, within_reach: bool, has_subject: bool) -> str:
        """The mail to this agent, with marks where one ticket differs from another."""
        key = (agent.pk, within_reach, has_subject)
        if key not in self._texts:
            context = {
                "agent": agent,
                "reference": "\0reference\0",
                "sentences": "\0sentences\0",
                "subject": "\0subject\0" if has_subject else "",
                "url": absolute_url(self.path).replace("REFERENCE", "\0reference\0") if within_reach else "",
                "town": self.town,
            }
            self._texts[key] = self.template.render(context)  # type: ignore[arg-type]
        return self._texts[key]

    def _word(self, told: Told, ticket: Ticket) -> tuple[str, str]:
        """(title, sentence) of one step."""
        due = timezone.localtime(told.clock.due_at)
        if told.clock.kind not in STATUTORY:
            regime, days = "", 0
            when = self.moment % {"day": self._day(due.date()), "hour": f"{due.hour:02}h{due.minute:02}"}
        else:  # the law counts in days, up to the last instant of the last one
            day = due.date() if told.step.is_decision else (due - timedelta(microseconds=1)).date()
            regime, days, when = ticket.legal_regime, (day - self.today).days, self._day(day)
        key = (told.clock.kind, told.step, regime, days)
        if key not in self._words:
            self._words[key] = _title(told, regime, days), _sentence(told, regime)
        title, sentence = self._words[key]
        return title, sentence % {"due": when}

    def _day(self, day: date) -> str:
        if day not in self._days:
            self._days[day] = date_format(day, "j F Y")
        return self._days[day]


def french() -> translation.override:
    """Alerts are kept as they were sent, in the town's language."""
    return translation.override("fr")


def _title(told: Told, regime: str, days: int) -> str:
    """``days``: how many are left, of a clock of the law."""
    kind, step = told.clock.kind, told.step
    if kind == DeadlineKind.LEGAL:
        if step.is_decision and regime in {Regime.SVA, Regime.SVR}:
            return _("Implicit acceptance") if regime == Regime.SVA else _("Implicit refusal")
        if not told.is_early:
            return _("Legal delay over")
        if days <= 0:
            return _("Legal deadline today")
        return ngettext("Legal deadline in %(days)s day", "Legal deadline in %(days)s days", days) % {"days": days}
    soon, late = {
        DeadlineKind.ACKNOWLEDGE: (_("Acknowledgement due soon"), _("Acknowledgement late")),
        DeadlineKind.ANSWER: (_("Answer due soon"), _("Answer late")),
        DeadlineKind.CALLBACK: (_("Callback due soon"), _("Callback late")),
        DeadlineKind.TARGET: (_("Request to settle soon"), _("Request late")),
        DeadlineKind.RECEIPT: (_("Legal acknowledgement due soon"), _("Legal acknowledgement late")),
        DeadlineKind.REASONS: (_("Reasons due soon"), _("Reasons late")),
    }[DeadlineKind(kind)]
    if told.is_early:
        return soon
    return _("%(title)s, level %(level)s") % {"title": late, "level": step.escalation} if step.escalation > 1 else late


def _sentence(told: Told, regime: str) -> str:
    """With a place for ``%(due)s``."""
    kind, early = DeadlineKind(told.clock.kind), told.is_early
    if kind == DeadlineKind.LEGAL:
        return _legal_sentence(told, regime)
    soon, late = {
        DeadlineKind.ACKNOWLEDGE: (
            _("Its acknowledgement is due by %(due)s."),
            _("Its acknowledgement was due by %(due)s."),
        ),
        DeadlineKind.ANSWER: (_("An answer is due by %(due)s."), _("An answer was due by %(due)s.")),
        DeadlineKind.CALLBACK: (_("A callback is due by %(due)s."), _("A callback was due by %(due)s.")),
        DeadlineKind.TARGET: (_("It must be settled by %(due)s."), _("It was to be settled by %(due)s.")),
        DeadlineKind.RECEIPT: (
            _("The acknowledgement that the law requires is due by %(due)s (CRPA L112-3, L112-11)."),
            _("The acknowledgement that the law requires was due by %(due)s (CRPA L112-3, L112-11)."),
        ),
        DeadlineKind.REASONS: (
            _("The reasons of the implicit refusal are due by %(due)s (CRPA L232-4)."),
            _("The reasons of the implicit refusal were due by %(due)s (CRPA L232-4)."),
        ),
    }[kind]
    return soon if early else late


def _legal_sentence(told: Told, regime: str) -> str:
    if told.step.is_decision:
        if regime == Regime.SVA:
            return _(
                "The legal delay is over: the request is deemed granted since %(due)s (CRPA L231-1). An attestation is "
                "owed to whoever asks for it (L232-3)."
            )
        if regime == Regime.SVR:
            return _(
                "The legal delay is over: the request is deemed refused since %(due)s (CRPA L231-4). If the person "
                "asks for the reasons, they are owed within a month (L232-4)."
            )
        return _("The legal delay is over since %(due)s (GDPR, article 12).")
    if not told.is_early:
        return _("The last day to decide was %(due)s.")
    if regime == Regime.SVA:
        return _("The last day to decide is %(due)s: after it, silence means acceptance (CRPA L231-1).")
    if regime == Regime.SVR:
        return _("The last day to decide is %(due)s: after it, silence means refusal (CRPA L231-4).")
    return _("The last day to answer is %(due)s (GDPR, article 12).")
