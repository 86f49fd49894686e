from directory.models.agents import Agent, Membership
from directory.models.catalogue import Regime, RequestType, TargetUnit
from directory.models.citizens import Citizen, ContactKind, ContactPoint
from directory.models.organisation import Service, ServiceKind, Site, Town

__all__ = [
    "Agent",
    "Citizen",
    "ContactKind",
    "ContactPoint",
    "Membership",
    "Regime",
    "RequestType",
    "Service",
    "ServiceKind",
    "Site",
    "TargetUnit",
    "Town",
]
