"""Inserting told stories: one bulk insert per table, nothing enqueued and nothing to send."""

from collections import Counter
from collections.abc import Sequence

from core.search import month_number
from grc.demo.story import Story
from knowledge.models import Article
from notifications.models import Notice
from tickets.actions.letters.letters import letter_build
from tickets.actions.search_text import LIMIT
from tickets.enums import LetterKind
from tickets.models import (
    ClockPause,
    Deadline,
    Decision,
    EscalationRecord,
    Letter,
    Message,
    Ticket,
    TicketEvent,
    TicketText,
)
from tickets.selectors.letters import facts_of

BATCH = 500


def stories_write(stories: Sequence[Story]) -> None:
    """Insert the tickets of ``stories`` with all that hangs from them, and count the answers given with articles."""
    Ticket.objects.bulk_create([story.ticket for story in stories], batch_size=BATCH)
    Message.objects.bulk_create([each for story in stories for each in story.messages], batch_size=BATCH)
    events = [event for story in stories for event in story.events]
    TicketEvent.objects.bulk_create(sorted(events, key=lambda event: event.at), batch_size=BATCH)
    Deadline.objects.bulk_create([each for story in stories for each in story.deadlines], batch_size=BATCH)
    EscalationRecord.objects.bulk_create([each for story in stories for each in story.escalations], batch_size=BATCH)
    ClockPause.objects.bulk_create([each for story in stories for each in story.pauses], batch_size=BATCH)
    Decision.objects.bulk_create([each for story in stories for each in story.decisions], batch_size=BATCH)
    Notice.objects.bulk_create([each for story in stories for each in story.notices], batch_size=BATCH)
    Letter.objects.bulk_create([_receipt(story) for story in stories if story.receipt_at], batch_size=BATCH)
    TicketText.objects.bulk_create([_text(story) for story in stories], batch_size=BATCH)
    used = Counter(story.ticket.resolved_with_id for story in stories if story.ticket.resolved_with_id)
    articles = list(Article.objects.filter(pk__in=used))
    for article in articles:
        article.answer_count = used[article.pk]
    Article.objects.bulk_update(articles, ["answer_count"])


def _receipt(story: Story) -> Letter:
    """The electronic acknowledgement that left when the request was routed."""
    ticket, at = story.ticket, story.receipt_at
    assert at is not None
    facts = facts_of(
        ticket, kind=LetterKind.RECEIPT, now=at, by_email=True, is_new=True, reference=f"{ticket.reference}-C1"
    )
    return letter_build(facts, actor=None, now=at)


def _text(story: Story) -> TicketText:
    ticket = story.ticket
    who = ticket.requester.display_name if ticket.requester else ""
    parts = [ticket.subject, who, ticket.location, *(message.body for message in story.messages)]
    body = "\n".join(part for part in parts if part)[:LIMIT]
    return TicketText(ticket=ticket, body=body, month=month_number(ticket.received_at))
