"""What the kept ticket takes on from the one merged into it, and gives back when the merge is undone."""

from datetime import datetime

from directory.models import Agent
from tickets.actions.clocks.deadlines import LIVE, clocks_change, clocks_recompute, commitment_clocks, next_cycle
from tickets.actions.rights.compartments import alerts_close
from tickets.actions.routing.emergencies import emergency_tell
from tickets.actions.snapshots import Snapshot, values_of, values_restore
from tickets.actions.timeline import event_add
from tickets.enums import DeadlineKind, EventKind
from tickets.models import Deadline, Message, Ticket, TicketMerge
from tickets.permissions import may_see
from tickets.routing.emergencies import Alarm, EmergencyWords
from tickets.selectors.assignable import agents_for

TARGET_FIELDS = ("last_inbound_at", "priority", "emergency_id", "tags", "is_sensitive", "assignee_id")
PROMISED = (DeadlineKind.ANSWER, DeadlineKind.TARGET)


def take_on(source: Ticket, target: Ticket, *, now: datetime) -> None:
    """The target becomes, in memory, as pressing and as closed as the source was: nothing that warned is lost."""
    target.last_inbound_at = max(target.last_inbound_at, source.last_inbound_at)
    target.emergency = target.emergency or source.emergency
    target.tags = list(dict.fromkeys([*target.tags, *source.tags]))
    if source.is_sensitive and not target.is_sensitive:
        target.is_sensitive = True
        alerts_close(target)
    if target.assignee is not None and not may_see(target.assignee, target):
        target.assignee = None
    if source.priority > target.priority:
        target.priority = source.priority
        clocks_recompute(target, now=now, create=[DeadlineKind.TARGET])


def give_back(merge: TicketMerge, target: Ticket) -> None:
    """Undo `take_on` in memory. What an agent changed since stays; once the citizen wrote again nothing is lowered,
    and what was written since among those who see sensitive tickets stays among them."""
    before, given = merge.before["target"], merge.before.get("given", {})
    wrote = target.last_inbound_at > merge.merged_at
    talked = Message.objects.filter(ticket=target, pk__gt=merge.before["last_message"]).exists()
    names = [
        "last_inbound_at",
        *(() if talked else ("is_sensitive",)),
        *(() if wrote else ("priority", "emergency_id")),
    ]
    now = values_of(target, TARGET_FIELDS)
    values_restore(
        target, {name: before[name] for name in names if name in before and now[name] == given.get(name, now[name])}
    )
    gained = set(given.get("tags", ())) - set(before.get("tags", ()))
    target.tags = [tag for tag in target.tags if tag not in gained]
    former = before.get("assignee_id")
    if former and target.assignee_id is None and agents_for(target).filter(pk=former).exists():
        target.assignee_id = former


def events_add(target: Ticket, former: Snapshot, current: Snapshot, *, actor: Agent, now: datetime) -> None:
    """What a merge, or its undoing, changed on the target, in the words of its timeline."""
    if former["priority"] != current["priority"]:
        told = {"former": former["priority"], "current": current["priority"]}
        event_add(target, EventKind.PRIORITY, actor=actor, at=now, **told)
    added = [tag for tag in current["tags"] if tag not in former["tags"]]
    removed = [tag for tag in former["tags"] if tag not in current["tags"]]
    if added or removed:
        event_add(target, EventKind.TAGGED, actor=actor, at=now, added=added, removed=removed)
    if former["assignee_id"] != current["assignee_id"]:
        name = target.assignee.full_name if target.assignee else ""
        event_add(target, EventKind.ASSIGNED, actor=actor, at=now, assignee=name)


def alarm_tell(source: Ticket, target: Ticket, *, now: datetime) -> None:
    """The emergency of the source in the timeline of the target; those of another service hear of it."""
    emergency = source.emergency
    assert emergency is not None
    words = EmergencyWords(emergency.pk, emergency.name, (), emergency.priority, emergency.instruction)
    emergency_tell(target, [Alarm(words, ())], now=now, quiet=source.service_id == target.service_id)


def promises_keep(source: Ticket, target: Ticket, *, now: datetime) -> None:
    """What the source was promised since before what the target still is, the target is now: an answer that is owed
    stays owed, from the same moment."""
    ours = list(Deadline.objects.filter(ticket=target))
    live = {clock.kind: clock for clock in ours if clock.state in LIVE}
    added: list[Deadline] = []
    replaced: list[str] = []
    for clock in Deadline.objects.filter(ticket=source, state__in=LIVE).order_by("pk"):
        mine = live.get(clock.kind)
        if clock.kind not in PROMISED or (mine is not None and mine.started_at <= clock.started_at):
            continue
        found = commitment_clocks(
            target, now=now, started_at=clock.started_at, kinds=[clock.kind], cycle=next_cycle(ours)
        )
        added += found
        replaced += [mine.kind] if mine is not None and found else []
    if added:
        clocks_change(target, now=now, cancel=replaced, add=added)
