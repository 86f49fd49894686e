"""Answered on the spot: the call or the visit ends with the answer, and leaves a closed ticket behind it."""

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from directory.models import Agent
from knowledge.models import Article
from tickets.actions.agent_messages import agent_message_add
from tickets.actions.clocks.deadlines import clocks_change
from tickets.actions.locking import ticket_lock
from tickets.actions.opening import Draft, ticket_open
from tickets.actions.timeline import event_add
from tickets.enums import COMMITMENTS, Channel, EventKind, MessageKind, Status
from tickets.models import Ticket

# what the person reads of an exchange about an internal article
QUESTION, ANSWER = _("Question asked to an agent."), _("An agent answered you in person.")


@transaction.atomic
def contact_answered(
    *, draft: Draft, actor: Agent, now: datetime, article: Article | None = None, answer: str = ""
) -> Ticket:
    """Log a call or a visit that was answered at once, with an article of the knowledge base or in the agent's words.

    The ticket is closed as it is opened and counts as resolved at first contact. Routing still classifies it. The
    person reads its subject and its answer on the tracking page: nothing of an internal article is written there.
    """
    if draft.channel not in {Channel.PHONE, Channel.COUNTER}:
        raise Invalid(_("Only a call or a visit is answered on the spot."))
    answer = answer.replace("\x00", "").strip()
    if article is None and not answer:
        raise Invalid(_("Choose the article you answered with, or write the answer you gave."), field="answer")
    if article is not None:
        draft = replace(
            draft,
            subject=draft.subject or (article.question if article.is_public else ""),
            body=draft.body or (article.question if article.is_public else _told(QUESTION)),
            service=draft.service or article.service,
            request_type=draft.request_type or article.request_type,
        )
        Article.objects.filter(pk=article.pk).update(answer_count=F("answer_count") + 1)
    ticket = ticket_lock(ticket_open(draft=draft, actor=actor, now=now).pk)
    if article is not None:
        answer = answer or answer_shown(article)
    agent_message_add(ticket, MessageKind.REPLY, channel=draft.channel, author=actor, body=answer, now=now)
    event_add(
        ticket, EventKind.REPLIED, actor=actor, at=now, to=Status.CLOSED, article=article.question if article else ""
    )
    clocks_change(ticket, now=now, stop=COMMITMENTS)
    ticket.status, ticket.closed_at = Status.CLOSED, now
    ticket.first_answered_at, ticket.answer_kept = now, True
    ticket.is_first_contact, ticket.resolved_with = True, article
    ticket.assignee = actor
    ticket.save()
    event_add(ticket, EventKind.STATUS, actor=actor, at=now, former=Status.NEW, current=Status.CLOSED)
    return ticket


def answer_shown(article: Article) -> str:
    """What the person reads of an answer given with ``article``: nothing of an internal one."""
    if article.is_public:
        return f"{article.question}\n\n{article.answer}"
    return _told(ANSWER)


def _told(words: object) -> str:
    """In the language of the town, whatever that of the agent: the person reads it."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(words)
