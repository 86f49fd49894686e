"""Celery tasks of tickets: ids in, one action call."""

from celery import shared_task
from django.utils import timezone

from core.jobs import enqueue
from tickets.actions.acknowledgement import receipts_send
from tickets.actions.attachments import attachments_recheck
from tickets.actions.enforcement import deadlines_enforce
from tickets.actions.quiet import tickets_close_quiet
from tickets.actions.recomputation import recomputation_run, recomputations_unfinished
from tickets.actions.routing import ticket_route
from tickets.actions.scheduled_replies import scheduled_sweep
from tickets.actions.send_failures import send_failures_note
from tickets.models import Ticket


@shared_task(name="tickets.route")
def route(ticket_id: int) -> None:
    """Route one ticket. Told twice, it does nothing the second time; a ticket that is gone is no error."""
    try:
        ticket_route(ticket_id=ticket_id, now=timezone.now())
    except Ticket.DoesNotExist:
        return


@shared_task(name="tickets.sweep_unrouted")
def sweep_unrouted() -> None:
    """Tell the worker of tickets that nobody routed: the broker was down when they came in."""
    waiting = Ticket.objects.filter(routed_at__isnull=True).order_by("id").values_list("pk", flat=True)[:1000]
    for pk in waiting:
        enqueue("tickets.route", pk)


@shared_task(name="tickets.enforce_deadlines")
def enforce_deadlines(backwards: bool = False) -> None:
    """Take the steps that are due. When they are thousands a second process is asked to begin from the other end."""
    ask = None if backwards else lambda: enqueue("tickets.enforce_deadlines", True)
    deadlines_enforce(now=timezone.now(), backwards=backwards, on_crowd=ask)


@shared_task(name="tickets.close_quiet_answered")
def close_quiet_answered() -> None:
    tickets_close_quiet(now=timezone.now())


@shared_task(name="tickets.note_send_failures")
def note_send_failures() -> None:
    """Write on their tickets the messages that could not be delivered."""
    send_failures_note(now=timezone.now())


@shared_task(name="tickets.recompute")
def recompute(recomputation_id: int) -> None:
    """Apply a change of configuration to the open tickets, a turn at a time: other tasks pass in between."""
    if recomputation_run(recomputation_id=recomputation_id, now=timezone.now()):
        enqueue("tickets.recompute", recomputation_id)


@shared_task(name="tickets.sweep_recomputations")
def sweep_recomputations() -> None:
    """Tell the worker of recomputations nobody finishes: the broker was down, or the worker was killed."""
    for pk in recomputations_unfinished():
        enqueue("tickets.recompute", pk)


@shared_task(name="tickets.send_receipts")
def send_receipts() -> None:
    """Send the legal acknowledgements that waited for a mention (CRPA R112-11-1)."""
    receipts_send(now=timezone.now())


@shared_task(name="tickets.recheck_files")
def recheck_files() -> None:
    """Check the files the antivirus could not be asked about."""
    attachments_recheck(now=timezone.now())


@shared_task(name="tickets.send_scheduled")
def send_scheduled() -> None:
    """Send the replies whose moment has come, a bounded number at a time, then again while more wait."""
    _, more = scheduled_sweep(now=timezone.now())
    if more:
        enqueue("tickets.send_scheduled")
