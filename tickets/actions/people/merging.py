"""One person, one history: two cards become one, and become two again (ADR 0013)."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import ForeignObject, ForeignObjectRel
from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Invalid, NotAllowed
from core.jobs import enqueue
from directory.actions.people_duplicates import compare_again
from directory.models import (
    Agent,
    Citizen,
    CitizenMerge,
    ContactKind,
    ContactPoint,
    DistinctCitizens,
    Household,
    LikelyDuplicate,
)
from directory.selectors import citizen_current
from tickets.enums import EventKind, MessageKind
from tickets.models import Message, Ticket, TicketEvent
from tickets.selectors.people import citizens_visible_to, may_keep_people

TICKETS, POINTS = "tickets.Ticket.requester", "directory.ContactPoint.citizen"
# what stays with a card whatever it becomes: a test fails when a new relation is neither moved nor left on purpose
LEFT = frozenset(
    {
        "directory.Citizen.merged_into",
        "directory.CitizenMerge.source",
        "directory.CitizenMerge.target",
        "directory.DistinctCitizens.first",
        "directory.DistinctCitizens.second",
        "directory.LikelyDuplicate.first",
        "directory.LikelyDuplicate.second",
    }
)
NAMES = ("first_name", "last_name")
CHOICES: dict[str, tuple[str, ...]] = {
    "name": NAMES,
    "kind": ("kind",),
    "organisation": ("organisation",),
    "address": ("address",),
    "birth_date": ("birth_date",),
    "household": ("household_id",),
    "member_of": ("member_of_id",),
}
STRAYS_FOR = timedelta(days=1)  # no transaction that began before a merge lasts longer


def relations() -> dict[str, "ForeignObject[Any, Any]"]:
    """Every foreign key to a citizen that a merge moves, by its name: ``tickets.Ticket.requester``."""
    found = (each for each in Citizen._meta.get_fields(include_hidden=True) if isinstance(each, ForeignObjectRel))
    fields = {f"{each.field.model._meta.label}.{each.field.name}": each.field for each in found}
    return {name: field for name, field in fields.items() if name not in LEFT}


@transaction.atomic
def citizens_merge(
    *, source: Citizen, target: Citizen, actor: Agent, now: datetime, from_source: Collection[str] = ()
) -> CitizenMerge:
    """``source`` becomes ``target``: contact points, tickets, calls and visits change hands.

    What the target's card lacks is taken from the source's; ``from_source`` names (in `CHOICES`) what is taken even
    though the target has it. Raises `Invalid` for one and the same card, `NotAllowed`, `Conflict` when either was
    merged meanwhile.
    """
    if source.pk == target.pk:
        raise Invalid(_("These are one and the same card."))
    _require(actor, source, target)
    cards = _lock(source.pk, target.pk)
    source, target = cards[source.pk], cards[target.pk]
    if source.merged_into_id is not None or target.merged_into_id is not None:
        raise Conflict(_("A colleague has just merged one of these cards."), code="already_merged")
    moved: dict[str, Any] = {"rows": _move(source.pk, target.pk)}
    moved |= _complete(target, source, from_source)
    moved["distinct"] = _inherit_distinct(source, target, actor, now)
    LikelyDuplicate.objects.filter(first=source).delete()
    LikelyDuplicate.objects.filter(second=source).delete()
    source.merged_into = target
    source.save(update_fields=["merged_into"])
    _tell(moved["rows"].get(TICKETS, ()), source, target, "merge", actor, now)
    merge = CitizenMerge.objects.create(source=source, target=target, moved=moved, merged_by=actor, merged_at=now)
    enqueue("tickets.sweep_strays")
    return merge


@transaction.atomic
def citizens_unmerge(*, merge: CitizenMerge, actor: Agent, now: datetime) -> CitizenMerge:
    """Give back to the source what the merge took from it; what changed since stays as it is.

    Tickets that arrived since stay with the target, but those written from an address of the source. A target that
    was itself merged must be undone first: `Conflict`.
    """
    cards = _lock(merge.source_id, merge.target_id)
    merge = CitizenMerge.objects.select_for_update(of=("self",), no_key=True).get(pk=merge.pk)
    source, target = cards[merge.source_id], cards[merge.target_id]
    _require(actor, target)
    if merge.undone_at is not None or source.merged_into_id != target.pk:
        raise Conflict(_("This merge was undone already."), code="already_undone")
    if target.merged_into_id is not None:
        raise Conflict(_("Undo first the merge of this card with another one."), code="merged_since")
    rows: dict[str, list[int]] = dict(merge.moved["rows"])
    rows[TICKETS] = sorted({*rows.get(TICKETS, ()), *_written_since(merge, rows.get(POINTS, ()))})
    back = {
        name: _change(field, _ids(field, target.pk, among=rows.get(name, ())), source.pk)
        for name, field in relations().items()
    }
    _restore(target, merge.moved)
    DistinctCitizens.objects.filter(pk__in=merge.moved["distinct"]).delete()
    source.merged_into = None
    source.save(update_fields=["merged_into"])
    _tell(back.get(TICKETS, ()), target, source, "unmerge", actor, now)
    compare_again(source.pk, target.pk)
    merge.undone_by, merge.undone_at = actor, now
    merge.save(update_fields=["undone_by", "undone_at"])
    return merge


def strays_sweep(*, now: datetime) -> int:
    """Bring to the target what was being written on a card while it was merged; how many rows.

    Such rows came by the source: the merge remembers them, and undoing it gives them back.
    """
    merges = CitizenMerge.objects.filter(undone_at__isnull=True, merged_at__gt=now - STRAYS_FOR)
    sources = dict(merges.values_list("source_id", "pk"))
    strays = {
        source
        for field in relations().values()
        for source in field.model._base_manager.filter(**{f"{field.name}__in": list(sources)})
        .values_list(field.attname, flat=True)
        .distinct()
    }
    return sum(_bring(sources[source], now) for source in sorted(strays))


@transaction.atomic
def _bring(merge_id: int, now: datetime) -> int:
    merge = CitizenMerge.objects.select_related("source").get(pk=merge_id)
    _lock(merge.source_id, merge.target_id)
    merge = CitizenMerge.objects.select_for_update(of=("self",), no_key=True).get(pk=merge_id)
    if merge.undone_at is not None:
        return 0
    rows = _move(merge.source_id, merge.target_id)
    for name, ids in rows.items():
        merge.moved["rows"][name] = sorted({*merge.moved["rows"].get(name, ()), *ids})
    merge.save(update_fields=["moved"])
    current = citizen_current(merge.target)
    if current.pk != merge.target_id:  # the target was merged in its turn: its own merge takes them on
        onwards = CitizenMerge.objects.get(source_id=merge.target_id, undone_at__isnull=True)
        _bring(onwards.pk, now)
    _tell(rows.get(TICKETS, ()), merge.source, merge.target, "merge", None, now)
    return sum(len(ids) for ids in rows.values())


def _require(actor: Agent, *citizens: Citizen) -> None:
    known = citizens_visible_to(actor).filter(pk__in=[citizen.pk for citizen in citizens]).count()
    # a card merged by a colleague a moment ago is a conflict, told by the caller, not a refusal
    gone = sum(1 for citizen in citizens if _is_merged(citizen))
    if not may_keep_people(actor) or known + gone < len(citizens):
        raise NotAllowed(_("You may not change the cards of people."))


def _is_merged(citizen: Citizen) -> bool:
    return Citizen.objects.filter(pk=citizen.pk, merged_into__isnull=False).exists()


def _lock(*ids: int) -> dict[int, Citizen]:
    """The cards, locked in the order of their ids: two merges that cross wait for each other."""
    cards = Citizen.objects.filter(pk__in=ids).order_by("id").select_for_update(no_key=True)
    return {citizen.pk: citizen for citizen in cards}


def _ids(field: "ForeignObject[Any, Any]", owner: int, *, among: Collection[int] | None = None) -> list[int]:
    """The rows of ``owner`` (of those ``among``), locked in the order of their ids."""
    rows = field.model._base_manager.filter(**{field.attname: owner})
    if among is not None:
        rows = rows.filter(pk__in=among)
    return list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def _change(field: "ForeignObject[Any, Any]", ids: list[int], owner: int) -> list[int]:
    if ids:
        field.model._base_manager.filter(pk__in=ids).update(**{field.attname: owner})
    return ids


def _move(source: int, target: int) -> dict[str, list[int]]:
    """Hand over every row of ``source``; what moved, by the name of its relation."""
    moved = {}
    for name, field in relations().items():
        ids = [pk for pk in _ids(field, source) if field.model is not Citizen or pk != target]
        if ids:
            moved[name] = _change(field, ids, target)
    return moved


def _complete(target: Citizen, source: Citizen, from_source: Collection[str]) -> dict[str, dict[str, Any]]:
    """What changes on the card of the target: its fields before and after."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for choice, fields in CHOICES.items():
        theirs = [getattr(source, field) for field in fields]
        ours = [getattr(target, field) for field in fields]
        if theirs == ours or not any(theirs) or (any(ours) and choice not in from_source):
            continue
        before |= dict(zip(fields, ours, strict=True))
        after |= dict(zip(fields, theirs, strict=True))
    member_of = after.get("member_of_id", target.member_of_id)
    if member_of in (source.pk, target.pk):  # nobody writes for themselves
        before["member_of_id"], after["member_of_id"] = target.member_of_id, None
    _write(target, after)
    return {"before": _plain(before), "after": _plain(after)}


def _restore(target: Citizen, moved: dict[str, Any]) -> None:
    """Undo the fields that are still what the merge made of them; a correction made since is kept."""
    now = _plain({field: getattr(target, field) for field in moved["after"]})
    values = {field: value for field, value in moved["before"].items() if now[field] == moved["after"][field]}
    if values.get("birth_date"):
        values["birth_date"] = date.fromisoformat(values["birth_date"])
    if values.get("household_id") and not Household.objects.filter(pk=values["household_id"]).exists():
        values.pop("household_id", None)
    _write(target, values)


def _write(target: Citizen, values: dict[str, Any]) -> None:
    for field, value in values.items():
        setattr(target, field, value)
    if values:
        target.save(update_fields=list(values))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {field: value.isoformat() if isinstance(value, date) else value for field, value in values.items()}


def _inherit_distinct(source: Citizen, target: Citizen, actor: Agent, now: datetime) -> list[int]:
    """Who is not the source is not the target either. Returns the ids of what was not said yet."""
    others = {
        *DistinctCitizens.objects.filter(first=source).values_list("second_id", flat=True),
        *DistinctCitizens.objects.filter(second=source).values_list("first_id", flat=True),
    } - {target.pk}
    said = []
    for other in sorted(others):
        first, second = sorted((other, target.pk))
        row, is_new = DistinctCitizens.objects.get_or_create(
            first_id=first, second_id=second, defaults={"said_by": actor, "said_at": now}
        )
        if is_new:
            said.append(row.pk)
    return said


def _written_since(merge: CitizenMerge, points: Collection[int]) -> list[int]:
    """The target's tickets opened after the merge by a message from an e-mail address that was the source's."""
    theirs = ContactPoint.objects.filter(pk__in=points, kind=ContactKind.EMAIL, citizen=merge.target_id)
    since = Ticket.objects.filter(requester=merge.target_id, created_at__gt=merge.merged_at)
    first = (
        Message.objects.filter(ticket__in=since, kind=MessageKind.INBOUND)
        .order_by("ticket", "created_at", "id")
        .distinct("ticket")
        .values_list("ticket_id", "author_email")
    )
    emails = set(theirs.values_list("value", flat=True))
    return [ticket for ticket, email in first if email in emails]


def _tell(
    tickets: Iterable[int], former: Citizen, current: Citizen, why: str, actor: Agent | None, now: datetime
) -> None:
    """The line of the timeline of each ticket that changed hands."""
    data = {"former": former.display_name, "current": current.display_name, "why": why}
    TicketEvent.objects.bulk_create(
        [TicketEvent(ticket_id=pk, kind=EventKind.REQUESTER, actor=actor, at=now, data=data) for pk in tickets],
        batch_size=1000,
    )
