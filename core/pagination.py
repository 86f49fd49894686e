"""Keyset paging: the cost of a page does not depend on how far it is, nor on how many rows there are.

A cursor goes in addresses, which are logged: one that holds words (the name a list is sorted by) is sealed, so that
nobody reads them there. It still holds them, rather than a row's number, because a row that is renamed, closed or
hidden meanwhile must neither lose the place nor tell it.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.sealing import Unsealable, seal, unseal

M = TypeVar("M", bound=Model)
_SEALED = "~"  # leads a sealed cursor: no base64 has it, and addresses take it as it is


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page of rows. ``next`` and ``previous`` are opaque cursors, or None at either end."""

    rows: list[M]
    next: str | None
    previous: str | None


def keyset_page(
    rows: QuerySet[M],
    *,
    order: Sequence[str],
    cursor: str | None,
    size: int = 25,
    take: Callable[[QuerySet[M], Sequence[Any] | None, int], Iterable[M]] | None = None,
) -> Page[M]:
    """The page of ``rows`` after (or before) ``cursor``.

    ``order`` names fields, each with an optional leading ``-``; the last one must be unique. Fields must not be null in
    the rows given. Raises `Invalid` for a cursor that was not made here for the same order.

    ``take``: reads the first so many of some rows, given with the values after which they begin (None at the start);
    for rows that are to be chosen on the way. It is used instead of slicing ``rows``.
    """
    back, position = _decode(cursor, order) if cursor else (False, None)
    names = [name.lstrip("-") for name in order]
    wanted = [_flip(name) for name in order] if back else list(order)
    rows = rows.order_by(*wanted)
    if position is not None:
        try:
            rows = rows.filter(_beyond(wanted, position))
        except (ValueError, TypeError) as error:  # a value of another kind than its field
            raise _refusal() from error
    found = list(rows[: size + 1] if take is None else take(rows, position, size + 1))
    more = len(found) > size
    found = found[:size]
    if back:
        found.reverse()
    has_next = bool(found) and (more if not back else True)
    has_previous = bool(found) and (more if back else position is not None)
    return Page(
        rows=found,
        next=_encode(False, [getattr(found[-1], name) for name in names]) if has_next else None,
        previous=_encode(True, [getattr(found[0], name) for name in names]) if has_previous else None,
    )


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(order: Sequence[str], position: Sequence[Any]) -> Q:
    first, value = order[0], position[0]
    name = first.lstrip("-")
    op = "lt" if first.startswith("-") else "gt"
    if len(order) == 1:
        return Q(**{f"{name}__{op}": value})
    # the redundant bound on the first field is what lets PostgreSQL start inside the index
    return Q(**{f"{name}__{op}e": value}) & (Q(**{f"{name}__{op}": value}) | _beyond(order[1:], position[1:]))


def _encode(back: bool, values: Sequence[Any]) -> str:
    plain = json.dumps([int(back), *(value.isoformat() if isinstance(value, date) else value for value in values)])
    if any(isinstance(value, str) for value in values):
        return _SEALED + seal(plain).rstrip("=")
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _decode(cursor: str, order: Sequence[str]) -> tuple[bool, list[Any]]:
    try:
        is_sealed, coded = cursor.startswith(_SEALED), cursor.removeprefix(_SEALED)
        coded += "=" * (-len(coded) % 4)
        back, *values = json.loads(unseal(coded) if is_sealed else base64.urlsafe_b64decode(coded))
        if len(values) != len(order) or back not in (0, 1):
            raise ValueError
        parsed: list[Any] = []
        for name, value in zip(order, values, strict=True):
            if name.lstrip("-").endswith("_at"):
                moment = parse_datetime(value)
                if moment is None or moment.tzinfo is None:
                    raise ValueError
                parsed.append(moment)
            elif name.lstrip("-").endswith("_on"):
                day = parse_date(value)
                if day is None:
                    raise ValueError
                parsed.append(day)
            elif isinstance(value, int) or (is_sealed and isinstance(value, str)):
                parsed.append(value)
            else:
                raise ValueError
        return bool(back), parsed
    except (ValueError, TypeError, AttributeError, binascii.Error, Unsealable) as error:
        raise _refusal() from error


def _refusal() -> Invalid:
    return Invalid(_("This page address is not valid."), code="bad_cursor")
