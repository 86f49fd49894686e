"""Policies and escalation steps in sentences, for lists, previews and « Try it »."""

from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tickets.enums import Audience, CountIn, DeadlineKind, Delivery, OffsetUnit
from tickets.models import SlaPolicy, SlaTarget


class StepLike(Protocol):
    """What a line of a matrix says, stored or pure (`tickets.deadlines.escalation.Step`)."""

    @property
    def offset(self) -> int: ...
    @property
    def audience(self) -> str: ...
    @property
    def delivery(self) -> str: ...


def promise_text(amount: int, unit: str) -> str:
    """« 72 hours, day and night », « 5 working days »."""
    match unit:
        case CountIn.HOURS:
            text = ngettext("%(n)d hour, day and night", "%(n)d hours, day and night", amount)
        case CountIn.OPEN_HOURS:
            text = ngettext("%(n)d opening hour", "%(n)d opening hours", amount)
        case CountIn.WORKING_DAYS:
            text = ngettext("%(n)d working day", "%(n)d working days", amount)
        case CountIn.DAYS:
            text = ngettext("%(n)d calendar day", "%(n)d calendar days", amount)
        case _:
            text = ngettext("%(n)d month", "%(n)d months", amount)
    return text % {"n": amount}


def target_text(target: SlaTarget) -> str:
    """« First answer: 5 working days »."""
    return _("%(kind)s: %(promise)s") % {
        "kind": target.get_kind_display(),
        "promise": promise_text(target.amount, target.unit),
    }


def conditions_text(policy: SlaPolicy) -> str:
    """« E-mail, Urban planning »; « Every request » without any condition."""
    given = [
        policy.get_channel_display() if policy.channel else "",
        str(policy.request_type or ""),
        str(policy.service or ""),
        _("priority “%(priority)s”") % {"priority": policy.get_priority_display()} if policy.priority else "",
    ]
    return ", ".join(text for text in given if text) or _("Every request")


def moment_text(kind: str, offset: int, unit: str) -> str:
    """« 24 h before the due date »; for the silence of the administration, days count from its last day."""
    if unit == OffsetUnit.PERCENT:
        return _("When %(share)s of the time allowed is gone") % {"share": f"{offset} %"}
    number = abs(offset)
    if unit == OffsetUnit.DAYS and kind == DeadlineKind.LEGAL:
        if offset == 0:
            return _("On the morning of the last day")
        if offset < 0:
            return ngettext("%(n)d day before the last day", "%(n)d days before the last day", number) % {"n": number}
        return ngettext("%(n)d day after the last day", "%(n)d days after the last day", number) % {"n": number}
    if offset == 0:
        return _("At the due date")
    if unit == OffsetUnit.DAYS:
        if offset < 0:
            return ngettext("%(n)d day before the due date", "%(n)d days before the due date", number) % {"n": number}
        return ngettext("%(n)d day after the due date", "%(n)d days after the due date", number) % {"n": number}
    if offset < 0:
        return ngettext("%(n)d hour before the due date", "%(n)d hours before the due date", number) % {"n": number}
    return ngettext("%(n)d hour after the due date", "%(n)d hours after the due date", number) % {"n": number}


def audience_text(audience: str, agent: Any = None) -> str:
    """Who is told, as in « …: the agent in charge »."""
    if audience == Audience.AGENT and agent is not None:
        return str(agent)
    texts = {
        Audience.ASSIGNEE: _("the agent in charge"),
        Audience.REFERENT: _("the service’s référent"),
        Audience.DIRECTION: _("the manager of the direction"),
        Audience.MANAGER: _("the service’s manager"),
        Audience.PILOT: _("the pilot service"),
        Audience.AGENT: _("a given agent"),
    }
    return texts[Audience(audience)]


def delivery_text(delivery: str) -> str:
    texts = {
        Delivery.IN_APP: _("in the application only"),
        Delivery.MAIL: _("by e-mail at once"),
        Delivery.DIGEST: _("in the morning’s digest"),
    }
    return texts[Delivery(delivery)]


def step_text(kind: str, step: StepLike, *, unit: str, agent: Any = None) -> str:
    """« 24 hours before the due date: the agent in charge, by e-mail at once »."""
    return _("%(moment)s: %(who)s, %(how)s") % {
        "moment": moment_text(kind, step.offset, unit),
        "who": audience_text(step.audience, agent),
        "how": delivery_text(step.delivery),
    }
