"""« @Prénom Nom » in a note: the agent named hears of it, once, and finds it again until they have seen it."""

import re
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import CharField, Func, QuerySet, Value
from django.db.models.functions import Concat, Lower
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.live import live_publish
from core.text import fold
from directory.models import Agent
from tickets.actions.teamwork.watching import agents_tell
from tickets.models import Mention, Message, Ticket
from tickets.selectors.assignable import agents_who_see

MOST_WORDS = 6  # of a name, first name and particles included
MOST_AGENTS = 20  # in one note: past it, it is a circular
_AT = re.compile(r"(?<![\w@.])@(?=\w)")
_WORD = re.compile(r"[\w’'-]+")


def mentions_add(message: Message) -> list[Mention]:
    """Read who the note of a locked ticket names, and tell them. Called in the transaction that writes the note.

    Raises `Invalid` when somebody named may not open the ticket: the note would tell them about what they cannot read.
    An « @ » that is no agent's name is only text.
    """
    named = agents_named(message.body)
    if not named:
        return []
    ticket = message.ticket
    seeing = set(agents_who_see(ticket).filter(pk__in=[agent.pk for agent in named]).values_list("pk", flat=True))
    by_name: dict[str, list[Agent]] = {}
    for agent in named:
        by_name.setdefault(_name(agent), []).append(agent)
    blind = [group[0].full_name for group in by_name.values() if not any(agent.pk in seeing for agent in group)]
    if blind:
        raise Invalid(
            _("%(names)s cannot see this ticket: do not name them here, or transfer it first.")
            % {"names": ", ".join(sorted(blind))},
            field="body",
            code="mention_refused",
        )
    told = [agent for agent in named if agent.pk in seeing and agent.pk != message.author_id]
    if len(told) > MOST_AGENTS:
        raise Invalid(_("Name %(count)d colleagues at most.") % {"count": MOST_AGENTS}, field="body")
    rows = [Mention(message=message, ticket=ticket, agent=agent, created_at=message.created_at) for agent in told]
    Mention.objects.bulk_create(rows, ignore_conflicts=True)
    agents_tell(
        told, ticket, format_lazy(_("{name} names you in a note"), name=message.author_name), now=message.created_at
    )
    live_publish("mention", ticket.pk, agent_ids=[agent.pk for agent in told])
    return rows


def agents_named(text: str) -> list[Agent]:
    """The active agents whose whole name stands after an « @ », the longest name that fits; homonyms all. At most one
    query, none without an « @ »."""
    spots = [_beginnings(text[at.end() :]) for at in _AT.finditer(text)]
    wanted = {name for spot in spots for name in spot}
    if not wanted:
        return []
    known: dict[str, list[Agent]] = {}
    for agent in _with_names(wanted):
        known.setdefault(_name(agent), []).append(agent)
    found: dict[int, Agent] = {}
    for spot in spots:
        name = next((each for each in reversed(spot) if each in known), None)
        found.update({agent.pk: agent for agent in known.get(name or "", [])})
    return list(found.values())


def _beginnings(text: str) -> list[str]:
    """« Anne Le Gall, as-tu… » → ["anne", "anne le", "anne le gall"]: what may be a name, the shortest first."""
    line = text.split("\n", 1)[0]
    found: list[str] = []
    end = 0
    for word in _WORD.finditer(line):
        if found and line[end : word.start()].strip(" \u00a0"):
            break
        end = word.end()
        found.append(fold(line[:end]))
        if len(found) == MOST_WORDS:
            break
    return found


def _with_names(names: Collection[str]) -> QuerySet[Agent]:
    """The active agents whose whole folded name is among ``names``."""
    whole = Concat("first_name", Value(" "), "last_name", output_field=CharField())
    folded = Lower(Func(whole, function="f_unaccent", output_field=CharField()))
    return Agent.objects.alias(whole_name=folded).filter(is_active=True, whole_name__in=list(names))


def _name(agent: Agent) -> str:
    return fold(f"{agent.first_name} {agent.last_name}")


@transaction.atomic
def mentions_seen(*, agent: Agent, now: datetime, ticket: Ticket | None = None) -> int:
    """The agent has seen where they are named, on one ticket or everywhere; how many were new."""
    rows = Mention.objects.filter(agent=agent, seen_at__isnull=True)
    if ticket is not None:
        rows = rows.filter(ticket=ticket)
    return rows.update(seen_at=now)
