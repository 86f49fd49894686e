"""Reply templates: those an agent may insert in a reply, and those they may write."""

from datetime import date, datetime
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone, translation

from core.search import FrenchVector, word_query
from core.text import words
from directory.models import Agent, Service, Town
from knowledge.models import ReplyTemplate
from tickets.letters.content import day
from tickets.models import Ticket
from tickets.timezones import town_zone

OFFERED = 20


def templates_found(templates: QuerySet[ReplyTemplate], text: str) -> QuerySet[ReplyTemplate]:
    """Those whose title or text has every word typed, accents and case forgiven; the last word may be unfinished.

    There are hundreds of templates at most: no index is kept for this.
    """
    typed = words(text[:200])[:8]
    for word in typed:
        templates = templates.filter(pk__in=_with_word(word, unfinished=word == typed[-1]))
    return templates


def _with_word(word: str, *, unfinished: bool) -> QuerySet[Any]:
    vector = ReplyTemplate.objects.annotate(vector=FrenchVector("title"), body_vector=FrenchVector("body"))
    query = word_query(word, unfinished=unfinished)
    return vector.filter(Q(vector=query) | Q(body_vector=query)).values("pk")


def templates_for(ticket: Ticket, *, text: str = "", limit: int = OFFERED) -> QuerySet[ReplyTemplate]:
    """The active templates a reply to ``ticket`` may use: of its service, of those above, of every service.

    First those of its type, then of its service, then the most used.
    """
    lineage = service_lineage(ticket.service_id)
    offered = ReplyTemplate.objects.filter(Q(service__isnull=True) | Q(service_id__in=lineage), is_active=True)
    if text:
        offered = templates_found(offered, text)
    rank = Case(
        When(request_type_id=ticket.request_type_id or 0, then=Value(0)),
        When(request_type__isnull=False, then=Value(3)),  # of another type: at the end
        When(service_id=ticket.service_id, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return offered.order_by(rank, "-use_count", "title", "id")[:limit]


def service_lineage(service_id: int) -> list[int]:
    """The service and those above it, nearest first. One query."""
    parents = dict(Service.objects.order_by().values_list("pk", "parent_id"))
    found: list[int] = []
    node: int | None = service_id
    while node is not None and node not in found:
        found.append(node)
        node = parents.get(node)
    return found


def template_values(ticket: Ticket, agent: Agent, town: Town, *, now: datetime) -> dict[str, str]:
    """The values of `tickets.reply_variables` for a reply of ``agent``: what the citizen may read, in French."""
    service, zone = ticket.service, town_zone()

    def on(moment: datetime | date | None) -> str:
        return day(moment.astimezone(zone).date() if isinstance(moment, datetime) else moment)

    with translation.override("fr"):
        return {
            "requester": ticket.requester.known_name if ticket.requester else "",
            "subject": ticket.subject,
            "reference": ticket.reference,
            "type": ticket.request_type.name if ticket.request_type else "",
            "location": ticket.location,
            "received": on(ticket.received_at),
            "answer_due": on(ticket.answer_due_at if ticket.first_answered_at is None else None),
            "legal_due": on(ticket.legal_due_on if ticket.legal_running else None),
            "service": service.name,
            "service_phone": service.phone or town.phone,
            "service_email": service.email or town.email,
            "service_address": ", ".join((service.postal_address or town.postal_address).split("\n")),
            "service_hours": ", ".join((service.opening_hours or town.opening_hours).split("\n")),
            "agent": str(agent.public_name),
            "agent_title": "" if agent.is_anonymous_for_safety else agent.title,
            "town": town.name,
            "town_phone": town.phone,
            "today": on(timezone.localtime(now, zone)),
        }
