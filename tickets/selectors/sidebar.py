"""What the menu of the workspace asks on every page, in one statement: counters, mentions, saved views."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from directory.models import Agent
from directory.permissions import service_ids_with
from directory.roles import SENSITIVE, VIEW, WORK
from tickets.models import Mention, SavedView
from tickets.selectors.queues import ANYBODY, CAP, QUEUES, actual_values, counts_sql
from tickets.selectors.saved_views import MOST_VIEWS, views_visible_to

_VIEW_FIELDS = ("id", "name", "owner_id", "shared_with_id", "queue", "query", "sort", "columns")


@dataclass(frozen=True)
class Sidebar:
    """``counts`` by queue and ``mentions`` not seen yet, each capped at CAP + 1; ``views`` in the agent's order."""

    counts: dict[str, int]
    mentions: int
    views: list[SavedView]


def sidebar_read(agent: Agent, now: datetime) -> Sidebar:
    """One query whose cost does not grow with the tickets."""
    statement, kept = _statement(agent)
    actual = actual_values(agent, now)
    with connection.cursor() as cursor:
        cursor.execute(statement, [actual.get(value, value) for value in kept])
        *counts, mentions, views = cursor.fetchone()
    rows = json.loads(views) if isinstance(views, str) else views
    return Sidebar(
        counts=dict(zip((queue.key for queue in QUEUES), counts, strict=True)),
        mentions=mentions,
        views=[SavedView(**row) for row in rows or ()],
    )


# Writing this SQL costs more than running it: it is written once for each set of rights.
_STATEMENTS: dict[tuple[Any, ...], tuple[str, list[Any]]] = {}


def _statement(agent: Agent) -> tuple[str, list[Any]]:
    key = (CAP, *(service_ids_with(agent, right) for right in (VIEW, SENSITIVE, WORK)))
    if key not in _STATEMENTS:
        anybody = Agent(pk=ANYBODY)
        parts, params = counts_sql(agent)
        unseen = Mention.objects.filter(agent=anybody, seen_at__isnull=True).order_by().values("pk")[: CAP + 1]
        views = views_visible_to(anybody).values(*_VIEW_FIELDS)[:MOST_VIEWS]
        for rows, wrap in ((unseen, "(SELECT count(*) FROM ({}) m)"), (views, "(SELECT json_agg(v) FROM ({}) v)")):
            sql, arguments = rows.query.sql_with_params()
            parts.append(wrap.format(sql))
            params += arguments
        if len(_STATEMENTS) >= 1000:
            _STATEMENTS.clear()
        _STATEMENTS[key] = "SELECT " + ", ".join(parts), params
    return _STATEMENTS[key]
