"""Celery tasks of tickets: ids in, one action call."""

from celery import shared_task
from django.utils import timezone

from core.errors import Conflict
from core.jobs import enqueue
from tickets.actions.attachments import attachments_recheck
from tickets.actions.clocks.enforcement import deadlines_enforce
from tickets.actions.clocks.quiet import tickets_close_quiet
from tickets.actions.clocks.recomputation import recomputation_run, recomputations_unfinished
from tickets.actions.lists.bulk import bulk_run, bulk_unfinished
from tickets.actions.lists.exports import export_run, exports_forget, exports_unfinished
from tickets.actions.people.merging import strays_sweep
from tickets.actions.replies.acknowledgement import receipts_send
from tickets.actions.replies.scheduled import scheduled_sweep
from tickets.actions.replies.send_failures import send_failures_note
from tickets.actions.routing.absences import absences_begin
from tickets.actions.routing.route import ticket_route
from tickets.actions.routing.training import training_ask, training_spawn, trainings_unstarted
from tickets.actions.teamwork.tasks import tasks_late_tell
from tickets.listing import list_to_export
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


@shared_task(name="tickets.tell_late_tasks")
def tell_late_tasks() -> None:
    """Tell, once, of the tasks past their date."""
    tasks_late_tell(now=timezone.now())


@shared_task(name="tickets.sweep_strays")
def sweep_strays() -> None:
    """Bring to the right person what was being written while two cards were merged."""
    strays_sweep(now=timezone.now())


@shared_task(name="tickets.learn_routing")
def learn_routing(training_id: int | None = None) -> None:
    """Learn the routing from the town's tickets, in a process of its own; without an id, as every night."""
    if training_id is None:
        try:
            training_id = training_ask(actor=None, now=timezone.now(), tell=False).pk
        except Conflict:
            return
    training_spawn(training_id=training_id)


@shared_task(name="tickets.sweep_trainings")
def sweep_trainings() -> None:
    """Tell the worker of trainings that no process took: the broker was down when they were asked."""
    for pk in trainings_unstarted():
        enqueue("tickets.learn_routing", pk)


@shared_task(name="tickets.bulk")
def bulk(job_id: int) -> None:
    """Work on an action on many tickets, a turn at a time: other tasks pass in between."""
    wait = bulk_run(job_id=job_id, now=timezone.now())
    if wait is not None:
        bulk.apply_async([job_id], countdown=wait)


@shared_task(name="tickets.export")
def export(export_id: int) -> None:
    """Write one export, then tell the worker of the next one that waits: they are written one at a time."""
    if export_run(export_id=export_id, listed=list_to_export):
        for pk in exports_unfinished()[:1]:
            enqueue("tickets.export", pk)


@shared_task(name="tickets.sweep_jobs")
def sweep_jobs() -> None:
    """Tell the worker of actions on many tickets, and of exports, that nobody finishes."""
    for pk in bulk_unfinished():
        enqueue("tickets.bulk", pk)
    for pk in exports_unfinished():
        enqueue("tickets.export", pk)


@shared_task(name="tickets.forget_exports")
def forget_exports() -> None:
    exports_forget(now=timezone.now())


@shared_task(name="tickets.begin_absences")
def begin_absences() -> None:
    """Give back the tickets of those whose absence has begun, and of deactivated agents."""
    absences_begin(timezone.now())
