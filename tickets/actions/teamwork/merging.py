"""Two tickets about the same thing become one, and become two again (docs/adr/0011).

The request received first is kept: its clocks, the law's too, are those that run, so that merging can only bring a date
forward. Only the tickets of one known person are merged: nobody ever reads what another wrote, nor is left unanswered.
"""

from collections.abc import Sequence
from datetime import datetime

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
    dates_set,
)
from tickets.actions.legal.clock import legal_clock_refresh
from tickets.actions.locking import tickets_lock
from tickets.actions.search_text import messages_said, search_text_append, search_text_rebuild, subject_said
from tickets.actions.snapshots import (
    Snapshot,
    clocks_changed,
    clocks_kept,
    clocks_put_back,
    clocks_restore,
    values_of,
    values_restore,
)
from tickets.actions.teamwork.merged import TARGET_FIELDS, alarm_tell, events_add, give_back, promises_keep, take_on
from tickets.actions.teamwork.watching import watchers_tell
from tickets.actions.timeline import event_add
from tickets.enums import OPEN_STATUSES, DeadlineKind, EventKind, LetterKind, MessageKind, Status
from tickets.models import (
    ClockPause,
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
from tickets.selectors.assignable import agents_for
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
    if source.is_sensitive and not target.is_sensitive and not _may_be_opened(target):
        return _("%(source)s is sensitive, and nobody in the service of %(target)s may open such requests.") % told
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


def _may_be_opened(target: Ticket) -> bool:
    """Whether somebody could still process the target, once it is sensitive."""
    return agents_for(Ticket(service=target.service, is_sensitive=True)).exists()


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
        "source": values_of(source, SOURCE_FIELDS),
        "target": values_of(target, TARGET_FIELDS),
        "clocks": clocks_kept(source, LIVE),
        "pause": ClockPause.objects.filter(ticket=source, ended_at=None).values_list("pk", flat=True).first(),
        "last_message": Message.objects.aggregate(last=Max("pk"))["last"] or 0,
    }
    clocks = clocks_kept(target)
    take_on(source, target, now=now)
    promises_keep(source, target, now=now)
    before |= clocks_changed(target, clocks) | {"given": values_of(target, TARGET_FIELDS)}
    source.status, source.merged_into, source.updated_at = Status.MERGED, target, now
    clocks_change(source, now=now, cancel=DeadlineKind)
    legal_clock_refresh(source, now=now, actor=actor)
    source.save()
    target.updated_at = now
    target.save()
    merge = TicketMerge.objects.create(source=source, target=target, before=before, merged_by=actor, merged_at=now)
    _tell(merge, EventKind.MERGED, actor=actor, now=now)
    events_add(target, before["target"], before["given"], actor=actor, now=now)
    if before["given"]["emergency_id"] != before["target"]["emergency_id"]:
        alarm_tell(source, target, now=now)
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
    values_restore(source, before["source"])
    source.merged_into, source.updated_at = None, now
    ClockPause.objects.filter(pk=before["pause"]).update(ended_at=None)
    clocks_restore(before["clocks"])
    legal_clock_refresh(source, now=now, actor=actor)
    dates_set(source, list(source.deadlines.all()))
    source.save()
    given = values_of(target, TARGET_FIELDS)
    give_back(merge, target)
    clocks_put_back(before)
    if before["replaced"] or before["added"]:  # the target may have changed type or service meanwhile
        still = target.priority != before["target"].get("priority", target.priority)
        clocks_recompute(target, now=now, create=[DeadlineKind.TARGET] if still else [])
    dates_set(target, list(target.deadlines.all()))
    target.updated_at = now
    target.save()
    search_text_rebuild(target)
    merge.undone_by, merge.undone_at = actor, now
    merge.save(update_fields=["undone_by", "undone_at"])
    _tell(merge, EventKind.UNMERGED, actor=actor, now=now)
    events_add(target, given, values_of(target, TARGET_FIELDS), actor=actor, now=now)
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
    search_text_append(target, "\n".join([*subject_said(source), *messages_said(source)]))
    ids = list(source.messages.values_list("pk", flat=True))
    Mention.objects.filter(message__in=ids).update(ticket=target)
    Message.objects.filter(pk__in=ids).update(ticket=target)
    tasks = list(source.tasks.values_list("pk", flat=True))
    source.tasks.filter(pk__in=tasks).update(ticket=target)
    children = list(Ticket.objects.filter(merged_into=source).values_list("pk", flat=True))
    Ticket.objects.filter(pk__in=children).update(merged_into=target)
    following = set(target.watchers.values_list("agent_id", flat=True))
    joining = [pk for pk in source.watchers.values_list("agent_id", flat=True) if pk not in following]
    Watcher.objects.bulk_create(Watcher(ticket=target, agent_id=pk, since=now) for pk in joining)
    return {"messages": ids, "tasks": tasks, "children": children, "watchers": joining}


def _tell(merge: TicketMerge, kind: str, *, actor: Agent, now: datetime) -> None:
    source, target = merge.source, merge.target
    event_add(source, kind, actor=actor, at=now, other=target.reference, into=True)
    closed = merge.before.get("given", {}).get("is_sensitive") and not merge.before["target"]["is_sensitive"]
    event_add(target, kind, actor=actor, at=now, other=source.reference, into=False, closed=bool(closed))
    merged = kind == EventKind.MERGED
    text = gettext_lazy("{other} was merged into it") if merged else gettext_lazy("the merge with {other} was undone")
    watchers_tell(target, format_lazy(text, other=source.reference), now=now, but=actor)
