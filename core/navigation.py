"""Counters that an application gives to the menu of the workspace, which stands below it and does not import it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

Shown = tuple[str, str]


@dataclass(frozen=True)
class Counted:
    """``rows(agent)``: what is counted, each query bounded and depending on the agent and their rights only.
    ``shown(counts)``: the counter, and its tone (empty, soon, late)."""

    rows: Callable[[Any], Sequence[QuerySet[Any, Any]]]
    shown: Callable[[Sequence[int]], Shown]


def capped(count: int, cap: int) -> str:
    """A counter as it is shown: past ``cap``, « 999+ »."""
    return f"{cap}+" if count > cap else str(count)


_counters: dict[str, Callable[[Any], Shown]] = {}
_counted: dict[str, Counted] = {}


def counter_register(url_name: str, count: Callable[[Any], Shown]) -> None:
    """``count(agent)`` gives the counter shown beside the page ``url_name``, and its tone."""
    _counters[url_name] = count


def counted_register(url_name: str, counted: Counted) -> None:
    """The same, from counts that the menu asks in its one statement."""
    _counted[url_name] = counted


def counted() -> Mapping[str, Counted]:
    """What the menu counts beside its own queues, by name of page."""
    return _counted


def counter_of(url_name: str, agent: Any) -> Shown:
    """(counter, tone) of a page that counts for itself."""
    return _counters[url_name](agent)
