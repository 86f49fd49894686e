"""Who may read what alerts and outgoing messages say. Tickets stand above this app, so they register their answer
here."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Exists, Q, QuerySet

from directory.models import Agent, Service
from directory.permissions import has_right, service_ids_with
from directory.roles import ADMINISTER, ASSIGN

Reader = Callable[[Agent, Iterable[str]], set[str]]
Closed = Callable[[Agent], QuerySet[Any]]
_readers: list[Reader] = []
_closed: list[Closed] = []


def register_reader(reader: Reader) -> None:
    """``reader(agent, references)`` returns those of the ticket references that the agent may see."""
    _readers.append(reader)


def readable_references(agent: Agent, references: Iterable[str]) -> set[str]:
    """The ticket references that ``agent`` may see; none while nobody answers for tickets."""
    wanted = {reference for reference in references if reference}
    return set().union(*(reader(agent, wanted) for reader in _readers)) if wanted else set()


def register_closed(closed: Closed) -> None:
    """``closed(agent)`` finds the sensitive ticket of ``OuterRef("ticket_reference")`` that the agent may not open."""
    _closed.append(closed)


def not_closed(agent: Agent) -> Q:
    """The alerts that do not lead to a sensitive ticket closed to ``agent``, whenever it was closed."""
    kept = Q()
    for closed in _closed:
        kept &= Q(path="") | Q(ticket_reference="") | Q(~Exists(closed(agent)))
    return kept


def may_watch_mail(agent: Agent) -> bool:
    """Administrators, and those who pilot the guichet: they see mail come and go, not what is not theirs."""
    if has_right(agent, ADMINISTER):
        return True
    return Service.objects.filter(is_pilot=True, pk__in=service_ids_with(agent, ASSIGN)).exists()
