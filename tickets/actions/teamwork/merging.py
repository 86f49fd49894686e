"""Two tickets about the same thing become one, and become two again (docs/adr/0011).

The request received first is kept: its clocks, the law's too, are those that run, so that merging can only bring a date
forward. Only the tickets of one known person are merged: nobody ever reads what another wrote, nor is left unanswered.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Model
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Conflict, Invalid
from directory.models import Agent
from directory.roles import WORK
from tickets import workflow
from tickets.actions.clocks.deadlines import (
    LIVE,
    clocks_change,
    clocks_recompute,
    commitment_clocks,
    dates_set,
    next_cycle,
)
from tickets.actions.legal.clock import legal_clock_refresh
from tickets.actions.locking import tickets_lock
from tickets.actions.search_text import search_text_append, search_text_rebuild
from tickets.actions.teamwork.watching import watchers_tell
from tickets.actions.timeline import event_add
from tickets.enums import OPEN_STATUSES, DeadlineKind, DeadlineState, EventKind, LetterKind, MessageKind, Status
from tickets.models import (
    ClockPause,
    Deadline,
    Decision,
    Letter,
    Mention,
    Message,
    PieceRequest,
    ScheduledReply,
    Ticket,
    TicketMerge,
    Transmission,
    Watcher,
)
from tickets.permissions import require
from tickets.selectors.legal import legal_file

SOURCE_FIELDS = (
    "status",
    "next_due_at",
    "answer_due_at",
    "legal_regime",
    "legal_due_on",
    "legal_effective_on",
    "legal_running",
)
TARGET_FIELDS = ("last_inbound_at",)
CLOCK_FIELDS = ("state", "due_at", "stopped_at", "next_step_at", "taken", "policy_id", "amount", "unit", "pauses")
PROMISED = (DeadlineKind.ANSWER, DeadlineKind.TARGET)
Snapshot = dict[str, Any]


def kept_first(one: Ticket, other: Ticket) -> tuple[Ticket, Ticket]:
    """(source, target) of a merge: the request received first is the one kept."""
    older, newer = sorted((one, other), key=lambda ticket: (ticket.received_at, ticket.pk))
    return newer, older


def merge_refusal(source: Ticket, target: Ticket) -> str:
    """Why ``source`` cannot go into ``target``, one sentence; empty when it can. Reads their legal files."""
    told = {"source": source.reference, "target": target.reference}
    if source.pk == target.pk:
        return _("A ticket cannot be merged with itself.")
    if source.requester_id is None or source.requester_id != target.requester_id:
        return _(
            "They are not of the same known person: one would read what the other wrote. Link them as duplicates "
            "instead; each is answered on its own ticket."
        )
    if (target.received_at, target.pk) > (source.received_at, source.pk):
        return _("%(source)s was received first: it is the one to keep.") % told
    if source.is_sensitive != target.is_sensitive:
        return _("One of them is sensitive and the other is not.")
    if not workflow.may(source.status, Status.MERGED):
        return _("%(source)s is over: link it as a duplicate instead.") % told
    if target.status not in OPEN_STATUSES:
        return _("%(target)s, received first, is no longer in progress: reopen it first.") % told
    if target.status == Status.WAITING:
        return _("%(target)s waits for the citizen, who wrote since: resume it first.") % told
    if ScheduledReply.objects.filter(ticket=source, sent_at=None, cancelled_at=None, refusal="").exists():
        return _("A reply is to leave later from %(source)s: cancel it first.") % told
    if source.deadlines.filter(kind=DeadlineKind.CALLBACK, state__in=LIVE).exists():
        return _("A callback is expected on %(source)s: note it first.") % told
    if Letter.objects.filter(ticket=source, kind=LetterKind.ANSWER, by_email=False, sent_at=None).exists():
        return _("A letter of %(source)s is still to be posted: post it first.") % told
    return _legal_refusal(source, target)


def _legal_refusal(source: Ticket, target: Ticket) -> str:
    """The law's delay of the source must be the one that already runs, from an earlier day, on the target."""
    told = {"source": source.reference, "target": target.reference}
    if not legal_file(source).is_empty:
        return _("Something was done in law on %(source)s (pieces, transmission, decision): it keeps its file.") % told
    if not source.legal_running:
        return ""
    if not target.legal_running:
        return _("The law's delay runs on %(source)s and not on %(target)s: merging would end it.") % told
    if source.request_type_id != target.request_type_id:
        return _("The law's delays of the two requests are not the same: correct the type of one of them first.")
    if None in (source.legal_due_on, target.legal_due_on) or target.legal_due_on > source.legal_due_on:  # type: ignore[operator]
        return _("The law's delay ends later on %(target)s: merging would lengthen it.") % told
    return ""


@transaction.atomic
def ticket_merge(*, source: Ticket, target: Ticket, actor: Agent, now: datetime) -> TicketMerge:
    """Bring the conversation, the tasks and the watchers of ``source`` into ``target``; its clocks end.

    `Invalid` with the sentence of `merge_refusal` when it cannot be. What undoing needs is kept in ``before``.
    """
    source, target = tickets_lock(source.pk, target.pk)
    for ticket in (source, target):
        require(actor, WORK, ticket)
    if refusal := merge_refusal(source, target):
        raise Invalid(refusal, field="reference", code="merge_refused")
    before = _moved(source, target, now=now) | {
        "source": _values(source, SOURCE_FIELDS),
        "target": _values(target, TARGET_FIELDS),
        "clocks": [_clock_values(clock) for clock in _live(source)],
        "pause": ClockPause.objects.filter(ticket=source, ended_at=None).values_list("pk", flat=True).first(),
        "last_message": Message.objects.aggregate(last=Max("pk"))["last"] or 0,
    }
    before |= _promises_kept(source, target, now=now)
    source.status, source.merged_into, source.updated_at = Status.MERGED, target, now
    clocks_change(source, now=now, cancel=DeadlineKind)
    legal_clock_refresh(source, now=now, actor=actor)
    source.save()
    target.last_inbound_at = max(target.last_inbound_at, source.last_inbound_at)
    target.updated_at = now
    target.save()
    merge = TicketMerge.objects.create(source=source, target=target, before=before, merged_by=actor, merged_at=now)
    _tell(merge, EventKind.MERGED, actor=actor, now=now)
    return merge


@transaction.atomic
def ticket_unmerge(*, merge: TicketMerge, actor: Agent, now: datetime) -> Ticket:
    """Give back to the source what was its own; returns it. What came since stays on the kept ticket.

    `Conflict` once it was undone, or when something was sent or decided since then that answered both at once.
    """
    source, target = tickets_lock(merge.source_id, merge.target_id)
    for ticket in (source, target):
        require(actor, WORK, ticket)
    merge = TicketMerge.objects.select_for_update(no_key=True).get(pk=merge.pk)
    merge.source, merge.target = source, target
    if refusal := unmerge_refusal(merge):
        raise Conflict(refusal, code="unmerge_refused")
    before: Snapshot = merge.before
    messages = Message.objects.filter(pk__in=before["messages"])
    Mention.objects.filter(message__in=before["messages"]).update(ticket=source)
    messages.update(ticket=source)
    target.tasks.filter(pk__in=before["tasks"]).update(ticket=source)
    Ticket.objects.filter(pk__in=before["children"], merged_into=target).update(merged_into=source)
    Watcher.objects.filter(ticket=target, agent__in=before["watchers"]).delete()
    _restore(source, before["source"])
    source.merged_into, source.updated_at = None, now
    ClockPause.objects.filter(pk=before["pause"]).update(ended_at=None)
    _clocks_restore(before["clocks"])
    legal_clock_refresh(source, now=now, actor=actor)
    dates_set(source, list(source.deadlines.all()))
    source.save()
    Deadline.objects.filter(pk__in=before["added"], state__in=LIVE).update(
        state=DeadlineState.CANCELLED, next_step_at=None
    )
    replaced = [each for each in before["replaced"] if _is_cancelled(each)]
    _clocks_restore(replaced)
    if replaced:  # the target may have changed type or service meanwhile
        clocks_recompute(target, now=now)
    dates_set(target, list(target.deadlines.all()))
    if target.last_inbound_at <= merge.merged_at:  # nobody wrote since
        _restore(target, before["target"])
    target.updated_at = now
    target.save()
    search_text_rebuild(target)
    merge.undone_by, merge.undone_at = actor, now
    merge.save(update_fields=["undone_by", "undone_at"])
    _tell(merge, EventKind.UNMERGED, actor=actor, now=now)
    return source


def unmerge_refusal(merge: TicketMerge) -> str:
    """Why a merge can no longer be undone, one sentence; empty when it can."""
    target = merge.target
    told = {"target": target.reference}
    if merge.undone_at is not None:
        return _("This merge is undone already.")
    if target.status == Status.MERGED:
        return _("%(target)s was merged since: undo that merge first.") % told
    if target.status not in OPEN_STATUSES:
        return _("%(target)s is no longer in progress: what ended it answered both requests.") % told
    if Message.objects.filter(ticket=target, kind=MessageKind.REPLY, pk__gt=merge.before["last_message"]).exists():
        return _("A reply left since the merge: it answered both requests.")
    acts: Sequence[type[Model]] = (Letter, Decision, PieceRequest, Transmission)
    if any(act._default_manager.filter(ticket=target, created_at__gt=merge.merged_at).exists() for act in acts):
        return _("A letter was written or something was done in law since the merge, for both requests.")
    return ""


def _moved(source: Ticket, target: Ticket, *, now: datetime) -> Snapshot:
    """Move what hangs on the source; the numbers of what moved."""
    messages = list(source.messages.values_list("pk", "body"))
    ids = [pk for pk, _body in messages]
    Mention.objects.filter(message__in=ids).update(ticket=target)
    Message.objects.filter(pk__in=ids).update(ticket=target)
    search_text_append(target, "\n".join([source.subject, *(body for _pk, body in messages)]))
    tasks = list(source.tasks.values_list("pk", flat=True))
    source.tasks.filter(pk__in=tasks).update(ticket=target)
    children = list(Ticket.objects.filter(merged_into=source).values_list("pk", flat=True))
    Ticket.objects.filter(pk__in=children).update(merged_into=target)
    following = set(target.watchers.values_list("agent_id", flat=True))
    joining = [pk for pk in source.watchers.values_list("agent_id", flat=True) if pk not in following]
    Watcher.objects.bulk_create(Watcher(ticket=target, agent_id=pk, since=now) for pk in joining)
    return {"messages": ids, "tasks": tasks, "children": children, "watchers": joining}


def _promises_kept(source: Ticket, target: Ticket, *, now: datetime) -> Snapshot:
    """What the source was promised since before what the target still is, the target is now: an answer that is owed
    stays owed, from the same moment."""
    ours = list(Deadline.objects.filter(ticket=target))
    live = {clock.kind: clock for clock in ours if clock.state in LIVE}
    added: list[Deadline] = []
    replaced: list[Deadline] = []
    for clock in _live(source):
        mine = live.get(clock.kind)
        if clock.kind not in PROMISED or (mine is not None and mine.started_at <= clock.started_at):
            continue
        added += commitment_clocks(
            target, now=now, started_at=clock.started_at, kinds=[clock.kind], cycle=next_cycle(ours)
        )
        replaced += [mine] if mine is not None else []
    values = [_clock_values(clock) for clock in replaced]
    if added:
        clocks_change(target, now=now, cancel=[clock.kind for clock in replaced], add=added)
    return {"added": [clock.pk for clock in added], "replaced": values if added else []}


def _live(ticket: Ticket) -> list[Deadline]:
    return list(Deadline.objects.filter(ticket=ticket, state__in=LIVE).order_by("pk"))


def _tell(merge: TicketMerge, kind: str, *, actor: Agent, now: datetime) -> None:
    source, target = merge.source, merge.target
    event_add(source, kind, actor=actor, at=now, other=target.reference, into=True)
    event_add(target, kind, actor=actor, at=now, other=source.reference, into=False)
    merged = kind == EventKind.MERGED
    text = gettext_lazy("{other} was merged into it") if merged else gettext_lazy("the merge with {other} was undone")
    watchers_tell(target, format_lazy(text, other=source.reference), now=now, but=actor)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _values(row: Model, names: Iterable[str]) -> Snapshot:
    return {name: _plain(getattr(row, name)) for name in names}


def _restore(row: Model, values: Snapshot) -> None:
    for name, value in values.items():
        field = row._meta.get_field(name.removesuffix("_id"))
        setattr(row, name, field.to_python(value))  # type: ignore[union-attr]


def _clock_values(clock: Deadline) -> Snapshot:
    return {"pk": clock.pk} | _values(clock, CLOCK_FIELDS)


def _is_cancelled(values: Snapshot) -> bool:
    return Deadline.objects.filter(pk=values["pk"], state=DeadlineState.CANCELLED).exists()


def _clocks_restore(snapshots: Iterable[Snapshot]) -> None:
    for values in snapshots:
        clock = Deadline.objects.get(pk=values["pk"])
        for name in CLOCK_FIELDS:
            field = Deadline._meta.get_field(name.removesuffix("_id"))
            setattr(clock, name, values[name] if name == "policy_id" else field.to_python(values[name]))  # type: ignore[union-attr]
        clock.save()
