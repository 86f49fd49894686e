"""The request being written, kept in the citizen's session from one step to the next.

One request at a time per session. ``key`` makes the request unique: whatever the number of clicks, one ticket.
"""

import uuid
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from channels_intake.web_form.pending import Pending, pending_remove

DRAFT, RECEIPTS = "web_form", "web_form_receipts"
TRACKED = "tracked"  # reference → until when the session may follow it (ISO), written by `portal.access`
RECEIPTS_KEPT = 20


@dataclass
class WebDraft:
    """What was typed so far. ``code`` is the request type's, empty for « another request »; ``details`` and ``contact``
    hold the cleaned values of the steps that were passed, empty before; ``answers``: [code, question, answer] of the
    questions of the type."""

    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    code: str = ""
    details: dict[str, str] = field(default_factory=dict)
    answers: list[list[str]] = field(default_factory=list)
    contact: dict[str, str] = field(default_factory=dict)
    files: list[Pending] = field(default_factory=list)


def draft_get(session: SessionBase) -> WebDraft:
    """The session's draft, or a new one that is not stored yet."""
    stored: dict[str, Any] | None = session.get(DRAFT)
    return WebDraft(**stored) if stored else WebDraft()


def draft_set(session: SessionBase, draft: WebDraft) -> None:
    session[DRAFT] = asdict(draft)


def draft_discard(session: SessionBase) -> None:
    """Forget the draft and delete its files."""
    stored = session.pop(DRAFT, None)
    if stored:
        pending_remove(stored["files"])


def receipt_add(session: SessionBase, key: str, reference: str) -> None:
    """Remember that this session sent the request ``key``, which became ``reference``."""
    receipts = {**receipts_of(session), key: reference}
    session[RECEIPTS] = dict(list(receipts.items())[-RECEIPTS_KEPT:])


def receipts_of(session: SessionBase) -> dict[str, str]:
    """Draft key → reference of the requests this session sent."""
    return dict(session.get(RECEIPTS, {}))


def tracked_of(session: SessionBase, *, now: datetime) -> set[str]:
    """The references that this session may follow now, by a link that was mailed."""
    return {known for known, until in session.get(TRACKED, {}).items() if datetime.fromisoformat(until) > now}
