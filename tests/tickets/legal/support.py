"""A request whose silence means something, and the days of its life."""

from datetime import date, datetime, time
from typing import Any

from directory.actions.citizens import Requester
from directory.models import Agent, Service, Town
from tests.support.factories import make_agent, make_service, make_ticket, make_town, make_type
from tickets.actions.clocks.enforcement import deadlines_enforce
from tickets.models import Deadline, Ticket
from tickets.timezones import town_zone

CLAIRE = Requester(name="Claire Vasseur", email="claire@example.org")


def at(day: str, hour: int = 10) -> datetime:
    """``day`` (YYYY-MM-DD) at that hour in the town."""
    return datetime.combine(date.fromisoformat(day), time(hour), tzinfo=town_zone())


def on(day: str) -> date:
    return date.fromisoformat(day)


def town_hall() -> tuple[Service, Agent]:
    """A town whose letters lack nothing, its urbanisme service and an agent of it."""
    make_town()
    Town.objects.update(tribunal_name="Tribunal administratif d’Orme", tribunal_address="3 rue du Droit, 00000 Orme")
    service = make_service("urbanisme", "Urbanisme")
    return service, make_agent(("back_office", service), first_name="Camille", last_name="Durand", title="Instructrice")


def make_request(regime: str, received: str, service: Service, **changes: Any) -> Ticket:
    """A request received that day, of a type of this regime with a delay of two months unless told otherwise."""
    delay = {"delay_months": 2} if regime in {"SVA", "SVR"} else {"delay_months": 1} if regime == "RGPD" else {}
    delay = {key: changes.pop(key) for key in ("delay_months", "delay_days") if key in changes} or delay
    number = Ticket.objects.count()
    kind = make_type(f"{regime.lower()}-{number}", service, regime=regime, **delay)
    moment = at(received)
    fields = {"request_type": kind, "received_at": moment, "now": moment, "requester": CLAIRE, "channel": "web"}
    return make_ticket(**(fields | changes))


def sweep(day: str, hour: int = 6) -> None:
    """What the sweep does that morning, having passed each day before it as the real one does."""
    deadlines_enforce(now=at(day, hour))


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.select_related("request_type", "service", "requester").get(pk=ticket.pk)


def legal_clock(ticket: Ticket) -> Deadline | None:
    """The legal clock that runs or waits for a piece."""
    return ticket.deadlines.filter(kind="legal", state__in=["running", "paused"]).first()


def legal_states(ticket: Ticket) -> list[str]:
    return list(ticket.deadlines.filter(kind="legal").order_by("cycle").values_list("state", flat=True))
