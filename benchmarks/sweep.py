"""Workload h: the cost of a sweep follows what is due, not what is open.

1,000 deadlines that are due, among 10,000, then 100,000, then 1,000,000 open ones, each of its own ticket, in one
database that grows. Nothing but PostgreSQL and the sweep runs meanwhile: the time is that of `deadlines_enforce` in
this process, from the first query to the last commit, with its records, events, alerts and mails.
"""

import argparse
import json
import statistics
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

OPEN = (10_000, 100_000, 1_000_000)
DUE, ROUNDS = 1_000, 7
TEMPLATE = "H-TEMPLATE"


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.sweep")
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--open", default=",".join(map(str, OPEN)), help="Numbers of open deadlines, growing.")
    options = parser.parse_args()

    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from benchmarks.town import town_create

    town_create()
    rows = []
    for count in map(int, options.open.split(",")):
        rows.append(_measure(count))
        print("  " + "  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
        from benchmarks.measure import database_facts

        options.json.write_text(json.dumps({"due": DUE, "rows": rows, "database": database_facts()}, indent=2))


def _measure(count: int) -> dict[str, Any]:
    from django.utils import timezone

    from tickets.actions.clocks.enforcement import deadlines_enforce

    start = time.perf_counter()
    _grow(count, timezone.now())
    written = time.perf_counter() - start
    idle, full, blocks = [], [], 0
    for _ in range(ROUNDS):
        now = timezone.now()
        idle.append(_timed(lambda now=now: _take(deadlines_enforce, now, 0)))
        _fall_due(now)
        blocks = _blocks(now)
        full.append(_timed(lambda now=now: _take(deadlines_enforce, now, DUE)))
    return {
        "open": count,
        "seconds": round(statistics.median(full), 3),
        "slowest_seconds": round(max(full), 3),
        "nothing_due_ms": round(statistics.median(idle) * 1000, 2),
        "blocks_read": blocks,
        "written_seconds": round(written, 1),
    }


def _take(sweep: Any, now: datetime, expected: int) -> None:
    taken = len(sweep(now=now).taken)
    if taken != expected:
        raise SystemExit(f"The measure is not valid: {taken} steps were taken, not {expected}.")


def _timed(call: Any) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _grow(count: int, now: datetime) -> None:
    """Open tickets up to ``count``, each with one running deadline, due over the coming 90 days."""
    from django.db import connection

    from benchmarks.copying import copies_sql
    from tickets.models import Deadline, Ticket

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tickets_ticket WHERE reference <> %s", [TEMPLATE])
        first = cursor.fetchone()[0]
        template = _template(now)
        numbers = "generate_series(%(first)s::int, %(last)s::int) n"
        values = {"first": first, "last": count - 1, "template": template.pk, "now": now, "count": count}
        due = "%(now)s + interval '2 days' + (n %% 90000) * interval '86.4 seconds'"
        service = "(SELECT array_agg(id ORDER BY id) FROM directory_service WHERE kind = 'service')"
        agent = "(SELECT array_agg(id ORDER BY id) FROM directory_agent WHERE email LIKE 'agent%%')"
        ticket = {
            "reference": "'H-' || lpad(n::text, 9, '0')",
            "service_id": f"({service})[1 + n %% 12]",
            "assignee_id": f"CASE WHEN n %% 10 < 6 THEN ({agent})[1 + n %% 20] END",
            "answer_due_at": due,
            "next_due_at": due,
        }
        source = f"FROM tickets_ticket t, {numbers} WHERE t.id = %(template)s"
        cursor.execute(copies_sql(Ticket, ticket, source), values)
        deadline = {
            "ticket_id": "k.id",
            "due_at": "k.answer_due_at",
            "next_step_at": "k.answer_due_at - interval '1 day'",
        }
        made = "FROM tickets_deadline t, tickets_ticket k WHERE t.ticket_id = %(template)s AND k.id > %(template)s "
        cursor.execute(
            copies_sql(
                Deadline, deadline, made + "AND NOT EXISTS (SELECT FROM tickets_deadline d WHERE d.ticket_id = k.id)"
            ),
            values,
        )
        cursor.execute("VACUUM (ANALYZE) tickets_ticket, tickets_deadline")


def _template(now: datetime) -> Any:
    """The row that every ticket is copied from; it is closed and its deadline is met."""
    from directory.models import Service
    from tickets.models import Deadline, Ticket

    ticket = Ticket.objects.filter(reference=TEMPLATE).first()
    if ticket is None:
        ticket = Ticket.objects.create(
            reference=TEMPLATE,
            channel="web",
            subject="Lampadaire éteint rue des Tilleuls",
            service=Service.objects.get(code="voirie"),
            routed_at=now,
            answer_due_at=now + timedelta(days=3),
        )
        Deadline.objects.create(
            ticket=ticket, kind="answer", started_at=now, due_at=now + timedelta(days=3), amount=72, unit="hours"
        )
    return ticket


def _fall_due(now: datetime) -> None:
    """1,000 deadlines that no turn took yet, spread over all of them, are due: their reminder is behind them."""
    from django.db import connection

    fresh = "SELECT id, row_number() OVER (ORDER BY id) AS place FROM tickets_deadline WHERE next_step_at > %(now)s"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({fresh} AND taken = '{{}}') f", {"now": now})
        every = cursor.fetchone()[0] // DUE
        cursor.execute(
            "UPDATE tickets_deadline SET due_at = %(due)s, next_step_at = %(due)s, taken = '{21}' WHERE id IN"
            f" (SELECT id FROM ({fresh} AND taken = '{{}}') f WHERE place %% %(every)s = 0 LIMIT %(wanted)s)",
            {"now": now, "due": now - timedelta(seconds=1), "every": every, "wanted": DUE},
        )
        cursor.execute("VACUUM (ANALYZE) tickets_deadline")


def _blocks(now: datetime) -> int:
    """How many blocks PostgreSQL reads to find what is due."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT ticket_id FROM tickets_deadline "
            "WHERE state = 'running' AND next_step_at <= %s ORDER BY next_step_at, id LIMIT 1000",
            [now],
        )
        found = cursor.fetchone()[0]
        plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


if __name__ == "__main__":
    sys.exit(main())
