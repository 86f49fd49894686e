"""How far the long actions of an agent are."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from directory.models import Agent
from tickets.models import BulkItem, BulkJob, Export
from tickets.selectors.visible import tickets_visible_to

SHOWN = 25  # of each kind, the latest ones
SHOWN_REFUSALS = 100


@dataclass(frozen=True)
class Progress:
    """Tickets: ``done`` without refusal, ``refused``, ``undone``, and how many there are."""

    done: int
    refused: int
    undone: int
    total: int

    @property
    def seen(self) -> int:
        return self.done + self.refused


@dataclass(frozen=True)
class Refusal:
    """``reference`` is empty when the agent no longer sees the ticket."""

    reference: str
    subject: str
    error: str


def progress_of(job: BulkJob) -> Progress:
    """One query, on the items of this job only."""
    counts = BulkItem.objects.filter(job=job).aggregate(
        done=Count("id", filter=Q(done_at__isnull=False, error="")),
        refused=Count("id", filter=~Q(error="")),
        undone=Count("id", filter=Q(undone_at__isnull=False)),
    )
    return Progress(total=job.total, **counts)


def refusals_of(job: BulkJob, agent: Agent) -> list[Refusal]:
    """The first SHOWN_REFUSALS tickets that were refused, and why. Two queries."""
    items = list(BulkItem.objects.filter(job=job).exclude(error="").order_by("id")[:SHOWN_REFUSALS])
    seen = tickets_visible_to(agent).filter(pk__in=[item.ticket_id for item in items])
    known = {pk: (reference, subject) for pk, reference, subject in seen.values_list("pk", "reference", "subject")}
    return [Refusal(*known.get(item.ticket_id, ("", "")), item.error) for item in items]


def diverted_count(job: BulkJob) -> int:
    """Tickets transferred too often, that went to the pilot service instead of where they were asked."""
    return BulkItem.objects.filter(job=job, before__has_key="diverted").count()


def jobs_of(agent: Agent) -> QuerySet[BulkJob]:
    return BulkJob.objects.filter(actor=agent).order_by("-id")


def exports_of(agent: Agent) -> QuerySet[Export]:
    return Export.objects.filter(actor=agent).order_by("-id")
