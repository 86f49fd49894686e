"""Read once, within one action, what does not change meanwhile: the town's row, the pilot service, the catalogue."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
_values: ContextVar[dict[str, Any] | None] = ContextVar("kept", default=None)


@contextmanager
def kept() -> Iterator[None]:
    """Until its end, or that of the outermost one, each `kept_value` is read once. For an action of a second or so."""
    if _values.get() is not None:
        yield
        return
    token = _values.set({})
    try:
        yield
    finally:
        _values.reset(token)


def kept_value(name: str, read: Callable[[], T]) -> T:
    """What ``read()`` gave under ``name`` within the action; outside of any, it is read each time."""
    values = _values.get()
    if values is None:
        return read()
    if name not in values:
        values[name] = read()
    found: T = values[name]
    return found
