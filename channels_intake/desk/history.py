"""The calls and visits of a person, for their page and the desks."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from channels_intake.models import Call, CallState, Visit
from tickets.enums import Channel
from tickets.models import Ticket
from tickets.selectors.people import PersonContact


def calls_of(citizen_id: int, limit: int, seen: QuerySet[Ticket] | None = None) -> list[PersonContact]:
    """The last calls, the last first (``seen``: see `contacts_register`). One query."""
    calls = Call.objects.filter(citizen=citizen_id).select_related("agent", "ticket").order_by("-id")
    if seen is not None:
        calls = calls.filter(_about(seen)).exclude(state__in=[CallState.RINGING, CallState.ANSWERED])
    return [
        PersonContact(call.ringing_at, Channel.PHONE, _call_words(call), call.ticket.reference if call.ticket else "")
        for call in calls[:limit]
    ]


def visits_of(citizen_id: int, limit: int, seen: QuerySet[Ticket] | None = None) -> list[PersonContact]:
    """The last visits, the last first (``seen``: see `contacts_register`). One query.

    A visit has a person once it is over: nobody knows before whom it will be recorded for.
    """
    visits = Visit.objects.filter(citizen=citizen_id).select_related("site", "reason", "ticket").order_by("-id")
    if seen is not None:
        visits = visits.filter(_about(seen))
    return [
        PersonContact(
            visit.arrived_at,
            Channel.COUNTER,
            " — ".join(filter(None, [visit.site.name, visit.reason.label if visit.reason else ""])),
            visit.ticket.reference if visit.ticket else "",
        )
        for visit in visits[:limit]
    ]


def _about(seen: QuerySet[Ticket]) -> Q:
    return Q(ticket__isnull=True) | Q(Exists(seen.filter(pk=OuterRef("ticket"))))


def _call_words(call: Call) -> str:
    if call.state == CallState.MISSED:
        if call.dismissed_at:
            return _("Missed call, set aside: %(reason)s") % {"reason": call.dismissed_reason}
        return _("Missed call, called back") if call.called_back_at else _("Missed call")
    return _("Call taken by %(name)s") % {"name": call.agent.full_name} if call.agent else _("Call")
