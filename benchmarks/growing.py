"""A large past grown inside PostgreSQL: each ticket of a smaller one, written by Python, becomes several.

Copy k of a ticket keeps its channel, service, type, agent, delays, clocks and events; it has its own reference, and a
requester, a subject, a first message and an answer drawn apart among all those of the small past. It was received k
steps of time later, so that tickets still come evenly, in the order of their numbers; the whole shift is under a step
of the small past (21 minutes for 50,000). So each distribution that `benchmarks.data` and `benchmarks.words` state
holds, with two limits to know: there are no more distinct messages than the small past has (words, pairs of words and
lengths are as frequent as there), and a copy shifted over midnight keeps the legal dates and the due dates in working
days of its original.

The search column is what the application writes, at a twentieth of the price: a vector is the set of the words of a
text, hence the union of the vectors of its lines. While the copies are written, `f_vector` puts together those of the
lines, which it computed itself before; it is then put back, and a sample is compared with it.
"""

import random
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from benchmarks.copying import copies_sql
from notifications.models import OutboundMessage
from tickets.models import Deadline, Decision, EscalationRecord, Message, Ticket, TicketEvent, TicketText
from tickets.references import ALPHABET, check_symbol
from tickets.timezones import town_zone

WRITERS, PARTS, SAMPLE = 2, 10, 2_000
STAGED = (Ticket, OutboundMessage, Message, TicketEvent, Deadline, EscalationRecord, Decision)

_PICK = "1 + (hashint8extended(n.id, {seed}) & 9223372036854775807) %% {among}"
_PIECES = (
    "CREATE UNLOGGED TABLE bench_line AS SELECT subject AS line FROM bench_new UNION SELECT name FROM bench_new"
    " UNION SELECT body FROM bench_body UNION SELECT body FROM bench_answer",
    "SET max_parallel_workers_per_gather = 2",
    "SET parallel_setup_cost = 0",
    "SET min_parallel_table_scan_size = 0",
    "CREATE UNLOGGED TABLE bench_piece AS SELECT md5(line) AS key, f_vector(line) AS vector FROM bench_line",
    "RESET max_parallel_workers_per_gather",
    "RESET parallel_setup_cost",
    "RESET min_parallel_table_scan_size",
    "CREATE UNIQUE INDEX ON bench_piece (key)",
    "ANALYZE bench_piece",
)
_UNION = r"""
CREATE OR REPLACE FUNCTION f_vector(value text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT strip(a.vector || b.vector || c.vector || coalesce(d.vector, ''))
  FROM public.bench_piece a
  JOIN public.bench_piece b ON b.key = md5(split_part(value, E'\n', 2))
  JOIN public.bench_piece c ON c.key = md5(split_part(value, E'\n', 3))
  LEFT JOIN public.bench_piece d ON d.key = md5(split_part(value, E'\n', 4))
  WHERE a.key = md5(split_part(value, E'\n', 1))
$$
"""


def grow(times: int, *, seconds: float, citizens: int, now: datetime, rng: random.Random) -> None:
    """Put, in the place of the tickets there are, ``times`` as many, received ``seconds`` one after the other.

    To be called on tables without indexes (`benchmarks.bare`), ids 1 to n. ``citizens``: their ids are 1 to that.
    """
    values = {"times": times, "now": now, "zone": town_zone().key}
    base = Ticket.objects.count()
    _stage(times, base=base, seconds=seconds, citizens=citizens, rng=rng)
    _told("pieces", lambda: _run(*_PIECES))
    size = -(-base // PARTS)
    parts = [{"first": first, "last": min(first + size - 1, base)} for first in range(1, base + 1, size)]
    with _vectors_put_together():
        tasks = [(statement, values | part) for statement in _copies(times) for part in parts]
        _told("copies", lambda: _together(tasks))
    _told("check", _check)
    names = [_staged(model) for model in STAGED]
    _run(f"DROP TABLE {', '.join([*names, 'bench_new', 'bench_body', 'bench_answer', 'bench_line', 'bench_piece'])}")


def _stage(times: int, *, base: int, seconds: float, citizens: int, rng: random.Random) -> None:
    """The small past in tables of its own, the true ones empty; and what each new ticket is made of."""
    for model in STAGED:
        _run(f"CREATE UNLOGGED TABLE {_staged(model)} AS TABLE {model._meta.db_table}")
    _run(f"TRUNCATE {', '.join(model._meta.db_table for model in STAGED)} CASCADE")
    _run(
        "CREATE UNLOGGED TABLE bench_body AS SELECT ticket_id AS n, body FROM bench_message WHERE kind = 'inbound'",
        "CREATE UNLOGGED TABLE bench_answer AS SELECT row_number() OVER (ORDER BY id) AS n, body FROM bench_message"
        " WHERE kind = 'reply'",
        "CREATE UNLOGGED TABLE bench_reference (id bigint, reference text)",
    )
    with connection.cursor() as cursor:
        with cursor.copy("COPY bench_reference FROM STDIN") as copy:
            for number, reference in enumerate(references(rng, base * times), 1):
                copy.write_row((number, reference))
        cursor.execute("SELECT count(*) FROM bench_answer")
        answers = cursor.fetchone()[0]
        among = {"subject": base, "who": citizens, "body": base, "answer": answers}
        draws = {name: _PICK.format(seed=seed, among=count) for seed, (name, count) in enumerate(among.items(), 1)}
        cursor.execute(
            f"""
            CREATE UNLOGGED TABLE bench_new AS
            SELECT n.id, n.base_id, n.k, make_interval(secs => round(n.k * %(seconds)s)) AS shift, r.reference,
              s.subject::text, c.id AS requester_id, c.first_name || ' ' || c.last_name AS name, n.body_n, n.answer_n
            FROM (
              SELECT n.*, {draws["subject"]} AS subject_n, {draws["who"]} AS who_n, {draws["body"]} AS body_n,
                {draws["answer"]} AS answer_n
              FROM (
                SELECT (b - 1) * %(times)s + k + 1 AS id, b AS base_id, k
                FROM generate_series(1::bigint, %(base)s) b, generate_series(0, %(times)s - 1) k) n) n
            JOIN bench_reference r ON r.id = n.id
            JOIN bench_ticket s ON s.id = n.subject_n
            JOIN directory_citizen c ON c.id = n.who_n
            ORDER BY n.id
            """,
            {"seconds": seconds, "times": times, "base": base},
        )
    _run(
        "DROP TABLE bench_reference",
        "CREATE INDEX ON bench_new (base_id)",
        "CREATE UNIQUE INDEX ON bench_body (n)",
        "CREATE UNIQUE INDEX ON bench_answer (n)",
        "CREATE INDEX ON bench_deadline (ticket_id)",
        "CREATE UNIQUE INDEX ON bench_deadline (id)",
        "CREATE UNIQUE INDEX ON bench_ticket (id)",
        "CREATE UNIQUE INDEX ON bench_ticket (reference)",
        *(f"ANALYZE {_staged(model)}" for model in STAGED),
        "ANALYZE bench_new, bench_body, bench_answer",
    )


def references(rng: random.Random, count: int) -> Iterator[str]:
    """``count`` distinct references, drawn as `tickets.references.new_reference` draws them."""
    known: set[str] = set()
    while len(known) < count:
        symbols = "".join(rng.choices(ALPHABET, k=9))
        if symbols not in known:
            known.add(symbols)
            yield f"G-{symbols[:5]}-{symbols[5:]}{check_symbol(symbols)}"


def _copies(times: int) -> list[str]:
    """The statements that write every table, for the base tickets ``first`` to ``last``; the longest ones first."""
    new = f"(t.id - 1) * {times} + n.k + 1"
    chosen = "n.base_id BETWEEN %(first)s AND %(last)s ORDER BY "
    texts = " JOIN bench_body b ON b.n = n.body_n LEFT JOIN bench_answer a ON a.n = n.answer_n WHERE " + chosen
    of_ticket = "FROM {} t JOIN bench_new n ON n.base_id = t.ticket_id"

    def moved(column: str) -> str:
        return f"least(t.{column} + n.shift, %(now)s)"

    def due(row: str, column: str = "due_at") -> str:
        """Promises in hours move with the ticket; those in days end with a day."""
        return f"CASE WHEN {row}.unit = 'hours' THEN {row}.{column} + n.shift ELSE {row}.{column} END"

    stopped = (
        f"CASE WHEN t.kind = 'legal' AND t.stopped_at = t.due_at THEN t.stopped_at"
        f" WHEN t.stopped_at IS NOT NULL THEN {moved('stopped_at')} END"
    )
    decided = f"CASE WHEN t.kind = 'implicit' THEN t.created_at ELSE {moved('created_at')} END"
    ending = {
        name: f"CASE WHEN t.{name} IS NOT NULL THEN {moved(name)} END" for name in ("closed_at", "first_answered_at")
    }
    shifted = {
        name: f"t.{name} + n.shift"
        for name in ("received_at", "created_at", "routed_at", "last_inbound_at", "answer_due_at")
    }
    line = r"n.subject || E'\n' || n.name || E'\n' || b.body"
    reference = "'<reply.' || {} || '@banc-essai.example>'"
    return [
        copies_sql(
            TicketText,
            {
                "ticket_id": "n.id",
                "body": line + r" || CASE WHEN t.closed_at IS NULL THEN '' ELSE E'\n' || a.body END",
                "month": f"f_month({shifted['received_at']})",
            },
            "FROM bench_ticket t JOIN bench_new n ON n.base_id = t.id" + texts + "n.id",
            numbered=True,
        ),
        copies_sql(
            TicketEvent,
            {"id": new, "ticket_id": "n.id", "at": moved("at")},
            of_ticket.format("bench_ticketevent") + " WHERE " + chosen + "n.id, t.id",
            numbered=True,
        ),
        copies_sql(
            OutboundMessage,
            {
                "id": new,
                "to_address": "'habitant' || n.requester_id || '@requester.example'",
                "to_name": "n.name",
                "subject": "left('Re: ' || n.subject || ' [' || n.reference || ']', 250)",
                "body": "CASE t.kind WHEN 'reply' THEN a.body ELSE b.body END",
                "message_id": reference.format(f"({new})"),
                "ticket_reference": "n.reference",
                "dedupe_key": "CASE WHEN t.dedupe_key IS NOT NULL THEN 'acknowledgement:' || n.reference END",
                **{name: moved(name) for name in ("next_attempt_at", "created_at", "sent_at")},
            },
            "FROM bench_outboundmessage t JOIN bench_ticket o ON o.reference = t.ticket_reference"
            " JOIN bench_new n ON n.base_id = o.id" + texts + "n.id, t.id",
            numbered=True,
        ),
        copies_sql(
            Message,
            {
                "id": new,
                "ticket_id": "n.id",
                "author_name": "CASE t.kind WHEN 'reply' THEN t.author_name ELSE n.name END",
                "subject": "CASE t.kind WHEN 'reply' THEN t.subject ELSE n.subject END",
                "body": "CASE t.kind WHEN 'reply' THEN a.body ELSE b.body END",
                "email_message_id": f"CASE WHEN t.outbound_id IS NOT NULL THEN "
                f"{reference.format(f'((t.outbound_id - 1) * {times} + n.k + 1)')}"
                " WHEN t.email_message_id = '' THEN '' ELSE '<' || n.id || '@requester.example>' END",
                "outbound_id": f"(t.outbound_id - 1) * {times} + n.k + 1",
                "created_at": moved("created_at"),
            },
            of_ticket.format("bench_message") + texts + "n.id, t.id",
            numbered=True,
        ),
        copies_sql(
            Ticket,
            {
                "id": "n.id",
                "reference": "n.reference",
                "subject": "n.subject",
                "requester_id": "n.requester_id",
                "updated_at": moved("updated_at"),
                "next_due_at": f"CASE WHEN t.next_due_at IS NOT NULL"
                f" THEN least(t.answer_due_at + n.shift, {due('g')}) END",
                **shifted,
                **ending,
            },
            "FROM bench_ticket t JOIN bench_new n ON n.base_id = t.id"
            " LEFT JOIN bench_deadline g ON g.ticket_id = t.id AND g.kind = 'target' WHERE " + chosen + "n.id",
            numbered=True,
        ),
        copies_sql(
            Deadline,
            {
                "id": new,
                "ticket_id": "n.id",
                "started_at": "t.started_at + n.shift",
                "due_at": due("t"),
                "stopped_at": stopped,
                "next_step_at": due("t", "next_step_at"),
                "state": f"CASE WHEN t.state = 'running' OR t.kind = 'legal' THEN t.state"
                f" WHEN {moved('stopped_at')} <= {due('t')} THEN 'met' ELSE 'missed' END",
            },
            of_ticket.format("bench_deadline") + " WHERE " + chosen + "n.id, t.id",
            numbered=True,
        ),
        copies_sql(
            EscalationRecord,
            {"id": new, "deadline_id": f"(t.deadline_id - 1) * {times} + n.k + 1", "at": moved("at")},
            "FROM bench_escalationrecord t JOIN bench_deadline d ON d.id = t.deadline_id"
            " JOIN bench_new n ON n.base_id = d.ticket_id WHERE " + chosen + "n.id, t.id",
            numbered=True,
        ),
        copies_sql(
            Decision,
            {
                "id": new,
                "ticket_id": "n.id",
                "created_at": decided,
                "decided_on": f"(({decided}) AT TIME ZONE %(zone)s)::date",
            },
            of_ticket.format("bench_decision") + " WHERE " + chosen + "n.id, t.id",
            numbered=True,
        ),
    ]


@contextmanager
def _vectors_put_together() -> Iterator[None]:
    """`f_vector` looks up the lines of a text instead of reading it; the true one is back at the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('f_vector(text)'::regprocedure)")
        true = cursor.fetchone()[0]
        cursor.execute(_UNION)
        try:
            yield
        finally:
            cursor.execute(true)


def _check() -> None:
    """SystemExit unless every text has a vector and a sample has the very one that the application computes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tickets_tickettext WHERE vector IS NULL")
        missing = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM tickets_tickettext WHERE vector IS DISTINCT FROM f_vector(body) AND ticket_id IN"
            " (SELECT 1 + g * (SELECT max(ticket_id) - 1 FROM tickets_tickettext) / %s FROM generate_series(0, %s) g)",
            [SAMPLE, SAMPLE],
        )
        wrong = cursor.fetchone()[0]
    if missing or wrong:
        raise SystemExit(f"The data is not valid: {missing} texts without a vector, {wrong} of {SAMPLE} wrong.")


def _together(tasks: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Each task in a transaction of its own, WRITERS at once."""

    def work(task: tuple[str, dict[str, Any]]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET synchronous_commit = off; SET work_mem = '128MB'")
                cursor.execute(*task)
        finally:
            connection.close()  # that of this thread

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(work, tasks))


def _staged(model: type[Model]) -> str:
    return f"bench_{model._meta.model_name}"


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _told(what: str, call: Any) -> None:
    start = time.perf_counter()
    call()
    print(f"             {what}: {time.perf_counter() - start:.0f} s", flush=True)
