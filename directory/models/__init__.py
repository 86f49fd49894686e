from directory.models.agents import Absence, Agent, Membership
from directory.models.calendars import Calendar, CalendarHours, Closure, HolidayRegion
from directory.models.catalogue import Regime, RequestType, TargetUnit
from directory.models.citizens import (
    Citizen,
    CitizenKind,
    CitizenMerge,
    ContactKind,
    ContactPoint,
    DistinctCitizens,
    Household,
    LikelyDuplicate,
)
from directory.models.names import NameWord
from directory.models.organisation import Assignment, Service, ServiceKind, Site, Town

__all__ = [
    "Absence",
    "Agent",
    "Assignment",
    "Calendar",
    "CalendarHours",
    "Citizen",
    "CitizenKind",
    "CitizenMerge",
    "Closure",
    "ContactKind",
    "ContactPoint",
    "DistinctCitizens",
    "HolidayRegion",
    "Household",
    "LikelyDuplicate",
    "Membership",
    "NameWord",
    "Regime",
    "RequestType",
    "Service",
    "ServiceKind",
    "Site",
    "TargetUnit",
    "Town",
]
