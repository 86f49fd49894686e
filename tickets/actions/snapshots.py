"""What undoing an action needs, as JSON: values of a ticket and of its clocks before it, and what it made of them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Model

from tickets.enums import DeadlineState
from tickets.models import Deadline, Ticket

Snapshot = dict[str, Any]
CLOCK_FIELDS = ("state", "due_at", "stopped_at", "next_step_at", "taken", "policy_id", "amount", "unit", "pauses")


def values_of(row: Model, names: Iterable[str]) -> Snapshot:
    """``names``: fields, foreign keys with their « _id ». Moments and days become ISO 8601."""
    return {name: _plain(getattr(row, name)) for name in names}


def values_restore(row: Model, values: Mapping[str, Any]) -> None:
    """Set, in memory, what `values_of` read."""
    for name, value in values.items():
        field = row._meta.get_field(name.removesuffix("_id"))
        setattr(row, name, value if name.endswith("_id") else field.to_python(value))  # type: ignore[union-attr]


def clocks_kept(ticket: Ticket, states: Iterable[str] = DeadlineState.values) -> list[Snapshot]:
    """The clocks of a ticket as they are, by number. One query."""
    clocks = Deadline.objects.filter(ticket=ticket, state__in=list(states)).order_by("pk")
    return [{"pk": clock.pk} | values_of(clock, CLOCK_FIELDS) for clock in clocks]


def clocks_changed(ticket: Ticket, kept: Iterable[Snapshot]) -> Snapshot:
    """What happened to the clocks of a ticket since ``kept``, all of them: ``replaced`` as they were, ``after`` as they
    are, ``added`` the numbers of the new ones. One query."""
    former = {values["pk"]: values for values in kept}
    now = clocks_kept(ticket)
    after = [values for values in now if values["pk"] in former and values != former[values["pk"]]]
    return {
        "replaced": [former[values["pk"]] for values in after],
        "after": after,
        "added": [values["pk"] for values in now if values["pk"] not in former],
    }


def clocks_put_back(changed: Mapping[str, Any]) -> bool:
    """Undo `clocks_changed` in the database: what was added is cancelled, what was changed is as it was. Whether
    something happened meanwhile to some of the clocks, which are left alone: they are to be counted again."""
    Deadline.objects.filter(pk__in=changed["added"], state__in=[DeadlineState.RUNNING, DeadlineState.PAUSED]).update(
        state=DeadlineState.CANCELLED, next_step_at=None
    )
    rows = Deadline.objects.in_bulk([values["pk"] for values in changed["replaced"]])
    # merges made before « after » was kept only ever cancelled clocks
    after = {values["pk"]: values for values in changed.get("after", ())}
    left = False
    for values in changed["replaced"]:
        clock = rows[values["pk"]]
        made = after.get(clock.pk)
        if clock.state == DeadlineState.CANCELLED if made is None else _is(clock, made):
            _put(clock, values)
        else:
            left = True
    return left


def clocks_restore(snapshots: Iterable[Snapshot]) -> None:
    """Write clocks as they were, whatever happened to them since."""
    known = list(snapshots)
    rows = Deadline.objects.in_bulk([values["pk"] for values in known])
    for values in known:
        _put(rows[values["pk"]], values)


def _is(clock: Deadline, values: Snapshot) -> bool:
    return {"pk": clock.pk} | values_of(clock, CLOCK_FIELDS) == values


def _put(clock: Deadline, values: Snapshot) -> None:
    values_restore(clock, {name: values[name] for name in CLOCK_FIELDS})
    clock.save()


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value
