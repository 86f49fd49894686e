"""The commitments in the administration: policies, calendars, escalation, and what a change of them recomputes."""

from directory.admin.changes import on_change
from tickets.admin import (  # noqa: F401  (registers their pages)
    calendars,
    districts,
    emergencies,
    learned,
    matrix,
    policies,
    recomputations,
    routing_rules,
)

on_change(recomputations.recompute)
