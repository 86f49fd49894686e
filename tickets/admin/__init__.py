"""The commitments in the administration: policies, calendars, escalation, and what a change of them recomputes."""

from directory.admin.changes import on_change
from tickets.admin import calendars, emergencies, matrix, policies, recomputations, routing_rules  # noqa: F401  (registers their pages)

on_change(recomputations.recompute)
