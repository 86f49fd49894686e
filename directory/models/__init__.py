from directory.models.agents import Agent, Membership
from directory.models.calendars import Calendar, CalendarHours, Closure, HolidayRegion
from directory.models.catalogue import Regime, RequestType, TargetUnit
from directory.models.citizens import Citizen, ContactKind, ContactPoint
from directory.models.organisation import Service, ServiceKind, Site, Town

__all__ = [
    "Agent",
    "Calendar",
    "CalendarHours",
    "Citizen",
    "Closure",
    "ContactKind",
    "ContactPoint",
    "HolidayRegion",
    "Membership",
    "Regime",
    "RequestType",
    "Service",
    "ServiceKind",
    "Site",
    "TargetUnit",
    "Town",
]
