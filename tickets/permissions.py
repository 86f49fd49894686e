"""What an agent may see and do with tickets. One queryset feeds lists, counters, search, exports, API and detail."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed
from directory.models import Agent
from directory.permissions import has_right, service_ids_with
from directory.roles import ASSIGN, SENSITIVE, VIEW
from tickets.models import SavedView, Ticket


def visible_q(agent: Agent, *, within: frozenset[int] | None = None) -> Q:
    """The tickets ``agent`` may see: those of the services where they can view, sensitive ones only where allowed.

    ``within``: those of these services only. One condition, not two: PostgreSQL would take them for independent.
    """
    plain, sensitive = service_ids_with(agent, VIEW), service_ids_with(agent, SENSITIVE)
    if within is not None:
        plain, sensitive = plain & within, sensitive & within
    if not plain:
        return Q(pk__in=[])
    if plain == sensitive:
        return Q(service_id__in=sorted(plain))
    condition = Q(service_id__in=sorted(plain), is_sensitive=False)
    both = plain & sensitive
    return condition | Q(service_id__in=sorted(both), is_sensitive=True) if both else condition


def may_see(agent: Agent, ticket: Ticket) -> bool:
    if not has_right(agent, VIEW, ticket.service_id):
        return False
    return not ticket.is_sensitive or has_right(agent, SENSITIVE, ticket.service_id)


def may(agent: Agent, permission: str, ticket: Ticket) -> bool:
    """True when the agent sees the ticket and has ``permission`` on its service."""
    return may_see(agent, ticket) and has_right(agent, permission, ticket.service_id)


def may_change_view(agent: Agent, view: SavedView) -> bool:
    """Its owner may; a view shared with a service belongs to it too: whoever assigns the work there mends it, the more
    so once its owner is gone."""
    shared = view.shared_with_id
    return view.owner_id == agent.pk or (shared is not None and has_right(agent, ASSIGN, shared))


def require(agent: Agent | None, permission: str, ticket: Ticket) -> None:
    """Raise `NotAllowed` unless ``may``. No actor means the system itself, which is always allowed."""
    if agent is not None and not may(agent, permission, ticket):
        raise NotAllowed(_("You do not have the rights for this on this ticket."))
