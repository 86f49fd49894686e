"""« Déjà demandé », for a citizen: only among the requests that this very browser sent or may follow.

Typing somebody's address or number tells nothing: it is never looked up here.
"""

from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase

from channels_intake.web_form.state import WebDraft, receipts_of, tracked_of
from directory.models import RequestType
from knowledge.ranking import telling_words
from tickets.enums import Status
from tickets.models import Ticket
from tickets.routing.similarity import Subject, closest
from tickets.selectors.repeats import READ, SAME_SUBJECT_FOR


def earlier_in_session(
    session: SessionBase, draft: WebDraft, kind: RequestType | None, *, now: datetime
) -> Ticket | None:
    """The request of the last thirty days that the draft repeats, or None. No query for a session that knows none."""
    references = {*receipts_of(session).values(), *tracked_of(session, now=now)}
    if not references:
        return None
    tickets = Ticket.objects.filter(reference__in=references, received_at__gte=now - SAME_SUBJECT_FOR)
    found = list(tickets.exclude(status__in=[Status.MERGED, Status.CANCELLED]).order_by("-received_at"))
    typed = f"{draft.details['subject']} {draft.details['body'][:READ]}"
    subject = Subject.of(kind.pk if kind else None, telling_words(typed))
    others = [(n, Subject.of(each.request_type_id, telling_words(each.subject))) for n, each in enumerate(found)]
    number = closest(subject, others)
    return None if number is None else found[number]
