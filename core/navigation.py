"""Counters that an application gives to the menu of the workspace, which stands below it and does not import it."""

from collections.abc import Callable
from typing import Any

_counters: dict[str, Callable[[Any], tuple[str, str]]] = {}


def counter_register(url_name: str, count: Callable[[Any], tuple[str, str]]) -> None:
    """``count(agent)`` gives the counter shown beside the page ``url_name``, and its tone (empty, soon, late)."""
    _counters[url_name] = count


def counter_of(url_name: str, agent: Any) -> tuple[str | None, str]:
    """(counter, tone) of a page for an agent; (None, empty) for a page that counts nothing."""
    count = _counters.get(url_name)
    return count(agent) if count else (None, "")
