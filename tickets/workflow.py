"""The table of states and transitions. Pure: no Django.

Whoever changes a status asks `may` or `check` first; nothing else changes one.
"""

TRANSITIONS: dict[str, frozenset[str]] = {
    "new": frozenset({"open", "waiting", "answered", "closed", "merged", "cancelled"}),
    "open": frozenset({"waiting", "answered", "closed", "merged", "cancelled"}),
    "waiting": frozenset({"open", "answered", "closed", "merged", "cancelled"}),
    "answered": frozenset({"open", "waiting", "closed", "merged"}),
    "closed": frozenset({"open"}),
    "merged": frozenset(),
    "cancelled": frozenset({"open"}),
}


class TransitionRefused(ValueError):
    """The workflow has no such transition."""

    def __init__(self, current: str, target: str) -> None:
        super().__init__(f"{current} → {target}")
        self.current = current
        self.target = target


def may(current: str, target: str) -> bool:
    return target in TRANSITIONS[current]


def check(current: str, target: str) -> None:
    """Raise `TransitionRefused` unless a ticket may go from ``current`` to ``target``."""
    if not may(current, target):
        raise TransitionRefused(current, target)
