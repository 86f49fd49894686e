"""What the menu of the workspace asks on every page, in one statement: counters, mentions, alerts, saved views."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from core.navigation import counted
from directory.models import Agent
from directory.permissions import rights_of
from notifications.selectors import notices_unread
from tickets.models import Mention, SavedView
from tickets.selectors.queues import CAP, QUEUES, actual_values, count_sql, counts_sql
from tickets.selectors.saved_views import MOST_VIEWS, views_visible_to

_VIEW_FIELDS = ("id", "name", "owner_id", "shared_with_id", "queue", "query", "sort", "columns")


@dataclass(frozen=True)
class Sidebar:
    """``counts`` by queue and ``mentions`` not seen yet, each capped at CAP + 1; ``views`` in the agent's order;
    ``unread`` alerts, capped at UNREAD_CAP + 1; ``others``: what `core.navigation.counted` counts."""

    counts: dict[str, int]
    mentions: int
    views: list[SavedView]
    unread: int
    others: dict[str, Sequence[int]]


def sidebar_read(agent: Agent, now: datetime) -> Sidebar:
    """One query whose cost does not grow with the tickets."""
    statement, kept, spans = _statement(agent)
    actual = actual_values(now)
    with connection.cursor() as cursor:
        cursor.execute(statement, [actual.get(value, value) for value in kept])
        row = cursor.fetchone()
    views, unread, mentions = row[:3]
    rows = json.loads(views) if isinstance(views, str) else views
    return Sidebar(
        counts=dict(zip((queue.key for queue in QUEUES), row[3:], strict=False)),
        mentions=mentions,
        views=[SavedView(**each) for each in rows or ()],
        unread=unread,
        others={name: row[start:end] for name, (start, end) in spans.items()},
    )


# Writing this SQL costs more than running it: it is written once for each agent, until their rights change.
# statement, its parameters, and where each of `core.navigation.counted` stands among its columns
_Written = tuple[str, list[Any], dict[str, tuple[int, int]]]
_STATEMENTS: dict[tuple[Any, ...], _Written] = {}


def _statement(agent: Agent) -> _Written:
    key = (CAP, agent.pk, frozenset(rights_of(agent).items()))
    if key not in _STATEMENTS:
        if len(_STATEMENTS) >= 1000:
            _STATEMENTS.clear()
        _STATEMENTS[key] = _write(agent)
    return _STATEMENTS[key]


def _write(agent: Agent) -> _Written:
    views, params = views_visible_to(agent).values(*_VIEW_FIELDS)[:MOST_VIEWS].query.sql_with_params()
    parts, arguments = [f"(SELECT json_agg(v) FROM ({views}) v)"], [*params]  # noqa: S608 — built by the ORM
    unseen = Mention.objects.filter(agent=agent, seen_at__isnull=True).order_by().values("pk")[: CAP + 1]
    spans: dict[str, tuple[int, int]] = {}
    for sql, values in (count_sql(notices_unread(agent)), count_sql(unseen)):
        parts.append(sql)
        arguments += values
    queues, values = counts_sql(agent)
    parts += queues
    arguments += values
    for name, counted_here in counted().items():
        start = len(parts)
        for rows in counted_here.rows(agent):
            sql, values = count_sql(rows)
            parts.append(sql)
            arguments += values
        spans[name] = start, len(parts)
    return "SELECT " + ", ".join(parts), arguments, spans
