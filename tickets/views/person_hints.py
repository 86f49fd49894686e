"""What the ticket page adds about its requester: asked already, perhaps another card, the household's requests."""

from dataclasses import dataclass, field

from directory.models import Agent, Citizen
from tickets.models import LinkKind, Ticket, TicketLink
from tickets.permissions import visible_q
from tickets.selectors.people import Alike, household_of, look_alikes, may_keep_people, tickets_of

MOST_ALIKE, MOST_OF_HOUSEHOLD = 2, 5


@dataclass(frozen=True)
class PersonHints:
    repeat: Ticket | None = None
    alike: list[Alike] = field(default_factory=list)
    family: list[Citizen] = field(default_factory=list)
    family_tickets: list[Ticket] = field(default_factory=list)


def person_hints(ticket: Ticket, agent: Agent) -> PersonHints:
    """At most four queries; none for an anonymous request, one for most."""
    citizen = ticket.requester
    if citizen is None:
        return PersonHints()
    family = household_of(agent, citizen)
    return PersonHints(
        repeat=_repeated(ticket, agent) if ticket.flag else None,
        alike=look_alikes(agent, citizen, limit=MOST_ALIKE) if may_keep_people(agent) else [],
        family=family,
        family_tickets=list(tickets_of(agent, family).order_by("-received_at", "-id")[:MOST_OF_HOUSEHOLD])
        if family
        else [],
    )


def _repeated(ticket: Ticket, agent: Agent) -> Ticket | None:
    """The ticket that Guichet found this one to repeat, when the agent may see it."""
    links = TicketLink.objects.filter(ticket=ticket, kind=LinkKind.DUPLICATE, created_by=None)
    targets = Ticket.objects.filter(visible_q(agent), pk__in=links.values("target_id"))
    return targets.select_related("service").order_by("-received_at").first()
