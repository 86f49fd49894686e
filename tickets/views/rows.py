"""One line of a ticket list, ready to print.

A page has 25 of them: badges are rendered once per wording and kept, so that a row costs a few strings.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.templatetags.ui import CHANNELS, STATUSES, deadline_chip
from directory.models import Agent
from directory.permissions import service_ids_with
from directory.roles import WORK
from tickets.enums import Channel, Priority, Status
from tickets.models import Ticket
from tickets.views.columns import COLUMNS, DEFAULT_COLUMNS, tags_html

PRIORITIES = {int(Priority.HIGH): ("chevron-up", "soon"), int(Priority.URGENT): ("siren", "late")}


@dataclass(frozen=True)
class Row:
    """``chips`` and ``marks`` are rendered badges; ``take_url`` is empty when the agent cannot take the ticket.
    ``columns``: those of its list, whose ``cells`` are in the same order."""

    ticket: Ticket
    columns: tuple[str, ...]
    now: datetime
    url: str
    requester: str
    status: SafeString
    channel: SafeString
    marks: list[SafeString]
    chips: list[SafeString]
    take_url: str

    @property
    def html(self) -> SafeString:
        """The row: written here and not by a template, which would take four times as long."""
        ticket = self.ticket
        selection = format_html(
            '<td class="col-select"><input type="checkbox" class="checkbox" name="selected" value="{}" form="bulk-form"'
            ' aria-label="{} {}"></td>',
            ticket.pk,
            _("Select"),
            ticket.reference,
        )
        excerpt = getattr(ticket, "excerpt_html", "")
        main = format_html(
            '<td class="ticket-table__main"><a class="table__primary" href="{}" data-list-item>{}</a>{}'
            '<span class="table__sub">{}</span></td>',
            self.url,
            getattr(ticket, "subject_html", "") or ticket.subject,
            format_html('<span class="ticket-table__excerpt">{}</span>', excerpt) if excerpt else "",
            self.under,
        )
        openings = zip(self.columns, _openings(self.columns, get_language()), strict=True)
        cells = (f"{opening}{COLUMNS[key].cell(self)}</td>" for key, opening in openings)
        return mark_safe(f"<tr>{selection}{main}{''.join(cells)}</tr>")  # noqa: S308 — each part is a SafeString

    @property
    def under(self) -> SafeString:
        """The line under the subject: what no column of the list says already, then the marks."""
        ticket, shown = self.ticket, self.columns
        found: list[SafeString] = []
        if "reference" not in shown:
            found.append(format_html('<span class="ref">{}</span>', ticket.reference))
        if "requester" not in shown:
            found.append(format_html("<span>{}</span>", self.requester))
        if "channel" not in shown:
            found.append(self.channel)
        if "service" in shown:
            found.append(format_html('<span class="ticket-table__service-inline">{}</span>', ticket.service.name))
        if ticket.tags and "tags" not in shown:
            found.append(tags_html(ticket.tags))
        return mark_safe("".join([*found, *self.marks]))  # noqa: S308 — each part is safe


@lru_cache(maxsize=512)
def _openings(columns: tuple[str, ...], _language: str) -> list[SafeString]:
    """The tags that open the cells of a row."""
    found = [COLUMNS[key] for key in columns]
    return [format_html('<td data-label="{}" class="{}">', column.label, column.css) for column in found]


@lru_cache(maxsize=256)
def badge_html(label: str, icon_name: str, tone: str, plain: bool = False) -> SafeString:
    context = {"label": label, "icon_name": icon_name, "tone": tone, "plain": plain}
    return mark_safe(render_to_string("components/badge.html", context).strip())  # noqa: S308 — our own template


@lru_cache(maxsize=4096)
def _chip(due: datetime | date | None, minute: datetime, paused: bool, kind: str, _language: str) -> SafeString:
    context = deadline_chip(due, now=minute, paused=paused, kind=kind, in_list=True)
    return render_to_string("components/deadline_chip.html", context)


def chip_html(
    due: datetime | date | None, now: datetime, *, paused: bool = False, kind: str = "commitment"
) -> SafeString:
    """The deadline chip of a list, which has no tab stop of its own. Exact to the minute, and kept as long."""
    return _chip(due, now.replace(second=0, microsecond=0), paused, kind, get_language())


def rows_of(
    tickets: Iterable[Ticket], agent: Agent, now: datetime, columns: tuple[str, ...] = DEFAULT_COLUMNS
) -> list[Row]:
    workable = service_ids_with(agent, WORK)
    return [_row(ticket, now, columns, ticket.service_id in workable) for ticket in tickets]


def _row(ticket: Ticket, now: datetime, columns: tuple[str, ...], can_work: bool) -> Row:
    takes = can_work and ticket.is_open and ticket.assignee_id is None
    return Row(
        ticket=ticket,
        columns=columns,
        now=now,
        url=reverse("tickets:detail", args=[ticket.reference]),
        requester=ticket.requester.display_name if ticket.requester else _("Anonymous person"),
        status=status_html(ticket.status),
        channel=_channel(ticket.channel),
        marks=marks(ticket),
        chips=chips(ticket, now),
        take_url=reverse("tickets:take", args=[ticket.reference]) if takes else "",
    )


def status_html(status: str) -> SafeString:
    icon_name, tone, _default = STATUSES[status]
    return badge_html(str(Status(status).label), icon_name, tone)


def _priority(priority: int) -> str:
    return str(Priority(priority).label).lower()


def _channel(channel: str) -> SafeString:
    return badge_html(str(Channel(channel).label), CHANNELS[channel][0], "muted", True)


def escalation_html(level: int) -> SafeString:
    """How high the lateness was reported: 1 the assignee, 2 the référent, 3 the manager."""
    return badge_html(_("Escalated, level %(level)s") % {"level": level}, "chevrons-up", "late")


def marks(ticket: Ticket) -> list[SafeString]:
    """What must catch the eye beside the subject: urgent, a person must look, sensitive."""
    found = []
    if ticket.priority in PRIORITIES:
        icon_name, tone = PRIORITIES[ticket.priority]
        label = _("Priority: %(priority)s") % {"priority": _priority(ticket.priority)}
        found.append(badge_html(label, icon_name, tone))
    if ticket.flag:
        found.append(badge_html(_("To be checked"), "flag", "soon"))
    if ticket.is_sensitive:
        found.append(badge_html(_("Sensitive"), "shield", "legal"))
    return found


def chips(ticket: Ticket, now: datetime) -> list[SafeString]:
    """The next commitment (or its pause), the escalation, and the law's clock while it runs, even once answered."""
    legal = [chip_html(ticket.legal_due_on, now, kind="legal")] if ticket.legal_running and ticket.legal_due_on else []
    if not ticket.is_open:
        return legal
    found = []
    if ticket.status == Status.WAITING and ticket.next_due_at is None:
        found.append(chip_html(None, now, paused=True))
    elif ticket.next_due_at is not None:
        found.append(chip_html(ticket.next_due_at, now))
    if ticket.escalation_level:
        found.append(badge_html(_("Level %(level)s") % {"level": ticket.escalation_level}, "chevrons-up", "late"))
    return found + legal
