"""From the answers of the form to a ticket, once."""

from datetime import datetime

from channels_intake.models import IntakeKey
from channels_intake.pipeline import intake
from channels_intake.web_form.pending import Gone, pending_uploads
from channels_intake.web_form.state import WebDraft
from channels_intake.web_form.topics import public_type
from directory.actions.citizens import Requester
from tickets.actions.opening import Draft
from tickets.enums import Channel
from tickets.models import Ticket

SOURCE = "web_form"


def draft_submit(draft: WebDraft, *, now: datetime) -> Ticket:
    """The ticket of this draft, made now or by the other click.

    Raises `Gone` when a file that was added is no longer there and nothing was sent yet.
    """
    sent = _already(draft.key)
    if sent is not None:
        return sent
    try:
        uploads = pending_uploads(draft.files)
    except Gone:
        sent = _already(draft.key)  # the other click sent it and tidied up in between
        if sent is None:
            raise
        return sent
    ticket, _created = intake(
        source=SOURCE,
        key=draft.key,
        draft=Draft(
            channel=Channel.WEB,
            subject=draft.details["subject"],
            body=draft.details["body"],
            location=draft.details.get("location", ""),
            answers=draft.answers,
            requester=Requester(
                first_name=draft.contact.get("first_name", ""),
                last_name=draft.contact.get("last_name", ""),
                email=draft.contact.get("email", ""),
                phone=draft.contact.get("phone", ""),
            ),
            request_type=public_type(draft.code) if draft.code else None,
            received_at=now,
            uploads=uploads,
        ),
        actor=None,
        now=now,
    )
    return ticket


def _already(key: str) -> Ticket | None:
    known = IntakeKey.objects.select_related("ticket").filter(source=SOURCE, key=key).first()
    return known.ticket if known else None
