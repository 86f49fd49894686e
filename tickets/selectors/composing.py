"""What waits in the composer of a ticket: the agent's drafts, the replies planned for later."""

from datetime import datetime, time, timedelta

from django.db.models import QuerySet

from directory.models import Agent
from tickets.models import DraftFile, ScheduledReply, Ticket, WrittenDraft
from tickets.selectors.page_file import holds_none
from tickets.selectors.visible import tickets_visible_to

MORNING = time(8)
MONDAY = 0


def drafts_of(ticket: Ticket, agent: Agent) -> dict[str, WrittenDraft]:
    """Kind → draft of the agent on this ticket. One query."""
    if holds_none(ticket, "drafts"):
        return {}
    return {draft.kind: draft for draft in WrittenDraft.objects.filter(ticket=ticket, agent=agent)}


def draft_files_of(ticket: Ticket, agent: Agent) -> dict[str, list[DraftFile]]:
    """Kind of draft → the files the agent added to it. One query, none when it is known that there are none."""
    found: dict[str, list[DraftFile]] = {}
    if not holds_none(ticket, "draft_files"):
        for file in DraftFile.objects.filter(ticket=ticket, agent=agent, scheduled=None):
            found.setdefault(file.kind, []).append(file)
    return found


def drafts_by(agent: Agent) -> QuerySet[WrittenDraft]:
    """Every draft of the agent, but on tickets they no longer see."""
    return WrittenDraft.objects.filter(agent=agent, ticket__in=tickets_visible_to(agent)).select_related(
        "ticket", "ticket__requester"
    )


def planned_on(ticket: Ticket) -> QuerySet[ScheduledReply]:
    """The replies that wait on this ticket, and those refused that nobody has seen to yet."""
    if holds_none(ticket, "planned"):
        return ScheduledReply.objects.none()
    return ScheduledReply.objects.filter(ticket=ticket, sent_at__isnull=True, cancelled_at__isnull=True)


def planned_by(agent: Agent) -> QuerySet[ScheduledReply]:
    """The agent's replies that wait or were refused, but on tickets they no longer see."""
    return ScheduledReply.objects.filter(
        author=agent, sent_at__isnull=True, cancelled_at__isnull=True, ticket__in=tickets_visible_to(agent)
    ).select_related("ticket", "ticket__requester")


def usual_moments(local: datetime) -> list[datetime]:
    """Tomorrow and next Monday at eight, after ``local`` (a local moment); once when both are the same day."""
    tomorrow = local.date() + timedelta(days=1)
    monday = local.date() + timedelta(days=(MONDAY - local.weekday() - 1) % 7 + 1)
    return [datetime.combine(each, MORNING, local.tzinfo) for each in dict.fromkeys((tomorrow, monday))]
