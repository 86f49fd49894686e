"""The answer, callback and escalation clocks: set, paused, enforced, computed again when the commitments change."""
