"""What the ticket page reads of many small tables, in one statement whose text is written once per process."""

import json
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tickets.models import Attachment, Deadline, DraftFile, Letter, ScheduledReply, Ticket, TicketTask, WrittenDraft
from tickets.selectors.legal import models_of, rows_of, with_legal_file

NAMES = (
    "file_pieces",
    "file_transmissions",
    "file_decisions",
    "file_requests",
    "file_receipts",
    "file_region",
    "requester_contacts",
    "requester_failing",
    "file_deadlines",
)
# tables that most tickets have nothing in: whether there is anything to ask them
_HELD: dict[str, type[Model]] = {
    "letters": Letter,
    "drafts": WrittenDraft,
    "planned": ScheduledReply,
    "draft_files": DraftFile,
    "attachments": Attachment,
}
_ANY = 987_654_321_987_654_321  # stands for the ticket in the statement that is kept


def page_file_read(ticket: Ticket) -> Ticket:
    """Give ``ticket`` its legal file, its requester's contacts (see `with_legal_file`), its clocks, and how many
    tasks are to be done (``open_tasks``) and ``letters_to_post``. One query.

    Django would write the same statement again for each page, which costs more than running it.
    """
    sql, params = _statement()
    with connection.cursor() as cursor:
        cursor.execute(sql, [type(value)(ticket.pk) if value == _ANY else value for value in params])
        row = cursor.fetchone()
    values = {name: _plain(value) for name, value in zip(_columns(), row, strict=True)}
    clocks = models_of(Deadline, values.pop("file_deadlines"))
    for name, value in values.items():
        setattr(ticket, name, value)
    for clock in clocks:
        clock.ticket = ticket
    kept: dict[str, Any] = ticket.__dict__.setdefault("_prefetched_objects_cache", {})
    kept["deadlines"] = _fetched(ticket, clocks)
    return ticket


def holds_none(ticket: Ticket, what: str) -> bool:
    """Whether it is known already that the ticket has nothing of a key of _HELD."""
    return getattr(ticket, f"holds_{what}", None) is False


def _fetched(ticket: Ticket, clocks: tuple[Deadline, ...]) -> Any:
    rows: Any = ticket.deadlines.all()
    rows._result_cache = list(clocks)
    rows._prefetch_done = True
    return rows


def _plain(value: Any) -> Any:
    """Arrays of JSON objects come as texts."""
    if isinstance(value, list):
        return [json.loads(each) if isinstance(each, str) and each[:1] == "{" else each for each in value]
    return value


@lru_cache(maxsize=1)
def _statement() -> tuple[str, tuple[Any, ...]]:
    tickets = with_legal_file(Ticket.objects.filter(pk=_ANY)).annotate(file_deadlines=rows_of(Deadline, "id"))
    for what, model in _HELD.items():
        path = "message__ticket" if what == "attachments" else "ticket"
        tickets = tickets.annotate(
            **{f"holds_{what}": Exists(model._default_manager.filter(**{path: OuterRef("pk")}).order_by())}
        )
    to_do = TicketTask.objects.filter(ticket=OuterRef("pk"), done_at=None, cancelled_at=None)
    to_post = Letter.objects.filter(ticket=OuterRef("pk"), sent_at=None)
    tickets = tickets.annotate(open_tasks=_number(to_do), letters_to_post=_number(to_post))
    return tickets.order_by().values_list(*_columns()).query.sql_with_params()


def _number(rows: "QuerySet[Any]") -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values("ticket").annotate(n=Count("pk")).values("n")), 0)


def _columns() -> tuple[str, ...]:
    return (*NAMES, "open_tasks", "letters_to_post", *(f"holds_{what}" for what in _HELD))
