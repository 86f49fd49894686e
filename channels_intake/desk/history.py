"""The calls and visits of a person, for their page."""

from django.utils.translation import gettext as _

from channels_intake.models import Call, CallState, Visit
from tickets.enums import Channel
from tickets.selectors.people import PersonContact


def calls_of(citizen_id: int, limit: int) -> list[PersonContact]:
    """The last calls, the last first. One query."""
    calls = Call.objects.filter(citizen=citizen_id).select_related("agent", "ticket").order_by("-id")[:limit]
    return [
        PersonContact(call.ringing_at, Channel.PHONE, _call_words(call), call.ticket.reference if call.ticket else "")
        for call in calls
    ]


def visits_of(citizen_id: int, limit: int) -> list[PersonContact]:
    """The last visits, the last first. One query."""
    visits = Visit.objects.filter(citizen=citizen_id).select_related("site", "reason", "ticket").order_by("-id")[:limit]
    return [
        PersonContact(
            visit.arrived_at,
            Channel.COUNTER,
            " — ".join(filter(None, [visit.site.name, visit.reason.label if visit.reason else ""])),
            visit.ticket.reference if visit.ticket else "",
        )
        for visit in visits
    ]


def _call_words(call: Call) -> str:
    if call.state == CallState.MISSED:
        if call.dismissed_at:
            return _("Missed call, set aside: %(reason)s") % {"reason": call.dismissed_reason}
        return _("Missed call, called back") if call.called_back_at else _("Missed call")
    return _("Call taken by %(name)s") % {"name": call.agent.full_name} if call.agent else _("Call")
