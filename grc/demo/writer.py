"""Inserting told stories: one bulk insert per table, nothing enqueued and nothing to send."""

from collections import Counter
from collections.abc import Sequence

from grc.demo.story import Story
from knowledge.models import Article
from tickets.actions.search_text import LIMIT
from tickets.models import Deadline, EscalationRecord, Message, Ticket, TicketEvent, TicketText

BATCH = 500


def stories_write(stories: Sequence[Story]) -> None:
    """Insert the tickets of ``stories`` with all that hangs from them, and count the answers given with articles."""
    Ticket.objects.bulk_create([story.ticket for story in stories], batch_size=BATCH)
    Message.objects.bulk_create([each for story in stories for each in story.messages], batch_size=BATCH)
    events = [event for story in stories for event in story.events]
    TicketEvent.objects.bulk_create(sorted(events, key=lambda event: event.at), batch_size=BATCH)
    Deadline.objects.bulk_create([each for story in stories for each in story.deadlines], batch_size=BATCH)
    EscalationRecord.objects.bulk_create([each for story in stories for each in story.escalations], batch_size=BATCH)
    TicketText.objects.bulk_create([_text(story) for story in stories], batch_size=BATCH)
    used = Counter(story.ticket.resolved_with_id for story in stories if story.ticket.resolved_with_id)
    articles = list(Article.objects.filter(pk__in=used))
    for article in articles:
        article.answer_count = used[article.pk]
    Article.objects.bulk_update(articles, ["answer_count"])


def _text(story: Story) -> TicketText:
    ticket = story.ticket
    who = ticket.requester.display_name if ticket.requester else ""
    parts = [ticket.subject, who, ticket.location, *(message.body for message in story.messages)]
    return TicketText(ticket=ticket, body="\n".join(part for part in parts if part)[:LIMIT])
