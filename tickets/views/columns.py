"""The columns of a list. The subject always stands first; agents choose the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.templatetags.ui import when
from tickets.enums import Priority
from tickets.filter_forms import language_name

if TYPE_CHECKING:
    from tickets.views.rows import Row


@dataclass(frozen=True)
class Column:
    """``cell`` renders one row. ``css`` also names the column's width."""

    key: str
    label: object
    css: str
    cell: Callable[["Row"], SafeString]


NOTHING = mark_safe('<span class="muted" aria-hidden="true">—</span>')


def _text(value: object) -> SafeString:
    return escape(value) if value else NOTHING


def _service(row: "Row") -> SafeString:
    kind = row.ticket.request_type
    return _service_html(row.ticket.service.name, "" if kind is None or "type" in row.columns else kind.name)


@lru_cache(maxsize=1024)
def _service_html(service: str, kind: str) -> SafeString:
    return format_html('<div>{}<span class="table__sub">{}</span></div>', service, kind) if kind else escape(service)


def _assignee(row: "Row") -> SafeString:
    if row.take_url:
        return format_html(
            '<button class="btn btn--sm" form="take-form" formaction="{}">{}'
            '<span class="visually-hidden"> {}</span></button>',
            row.take_url,
            _("Take"),
            row.ticket.reference,
        )
    if row.ticket.assignee:
        return format_html("{}", row.ticket.assignee.full_name)
    return format_html('<span class="muted">{}</span>', _("Nobody"))


def _due(row: "Row") -> SafeString:
    chips = row.chips
    if not chips:
        return NOTHING
    return format_html('<div class="ticket-table__chips">{}</div>', mark_safe("".join(chips)))  # noqa: S308 — rendered badges


def _tags(row: "Row") -> SafeString:
    if not row.ticket.tags:
        return NOTHING
    return format_html('<span class="tags">{}</span>', tags_html(row.ticket.tags))


def tags_html(tags: Sequence[str]) -> SafeString:
    return format_html_join("", '<span class="tag">{}</span>', ((tag,) for tag in tags))


def _moment(value: datetime | None, now: datetime) -> SafeString:
    return format_html('<span class="nowrap">{}</span>', when(value, now)) if value else NOTHING


def _day(value: date | None) -> SafeString:
    return format_html('<span class="nowrap">{}</span>', date_format(value, "j M Y")) if value else NOTHING


def _replied_at(row: "Row") -> datetime | None:
    """`tickets.selectors.visible.with_lines` puts it there."""
    return getattr(row.ticket, "replied_at", None)


COLUMNS = {
    column.key: column
    for column in (
        Column(
            "reference",
            gettext_lazy("Reference"),
            "col-ref",
            lambda row: format_html('<span class="ref">{}</span>', row.ticket.reference),
        ),
        Column("requester", gettext_lazy("Requester"), "col-name", lambda row: _text(row.requester)),
        Column("service", gettext_lazy("Service"), "col-service", _service),
        Column(
            "type",
            gettext_lazy("Request type"),
            "col-type",
            lambda row: _text(row.ticket.request_type and row.ticket.request_type.name),
        ),
        Column("assignee", gettext_lazy("Assignee"), "col-name", _assignee),
        Column("status", gettext_lazy("Status"), "col-badge", lambda row: row.status),
        Column("channel", gettext_lazy("Channel"), "col-badge", lambda row: row.channel),
        Column(
            "priority", gettext_lazy("Priority"), "col-badge", lambda row: _text(Priority(row.ticket.priority).label)
        ),
        Column("tags", gettext_lazy("Tags"), "col-tags", _tags),
        Column("place", gettext_lazy("Place"), "col-place", lambda row: _text(row.ticket.location)),
        Column("received", gettext_lazy("Received"), "col-date", lambda row: _moment(row.ticket.received_at, row.now)),
        Column(
            "spoke",
            gettext_lazy("Last message of the citizen"),
            "col-date",
            lambda row: _moment(row.ticket.last_inbound_at, row.now),
        ),
        Column("replied", gettext_lazy("Our last message"), "col-date", lambda row: _moment(_replied_at(row), row.now)),
        Column("closed", gettext_lazy("Closed"), "col-date", lambda row: _moment(row.ticket.closed_at, row.now)),
        Column(
            "language", gettext_lazy("Language"), "col-badge", lambda row: _text(language_name(row.ticket.language))
        ),
        Column("mailbox", gettext_lazy("Mailbox"), "col-place", lambda row: _text(row.ticket.mailbox)),
        Column(
            "emergency",
            gettext_lazy("Emergency"),
            "col-type",
            lambda row: _text(row.ticket.emergency and row.ticket.emergency.name),
        ),
        Column("legal", gettext_lazy("Legal last day"), "col-date", lambda row: _day(row.ticket.legal_due_on)),
        Column("due", gettext_lazy("Deadline"), "col-due", _due),
    )
}
DEFAULT_COLUMNS = ("service", "assignee", "status", "due")
SEARCH_COLUMNS = ("service", "assignee", "status", "received", "due")


def columns_of(chosen: Sequence[str], usual: Sequence[str] = DEFAULT_COLUMNS) -> tuple[str, ...]:
    """The known columns among ``chosen``, in the order of COLUMNS; the ``usual`` ones when there is none."""
    wanted = set(chosen)
    return tuple(key for key in COLUMNS if key in wanted) or tuple(usual)
