from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid, NotAllowed
from core.text import unaccent
from directory.models import Agent
from directory.permissions import has_right
from knowledge.models import Article
from knowledge.selectors import WRITERS


def may_write(agent: Agent, service_id: int | None) -> bool:
    """Those who answer for a service write its articles."""
    return any(has_right(agent, right, service_id) for right in WRITERS)


@transaction.atomic
def article_save(*, article: Article, actor: Agent | None, now: datetime) -> Article:
    """Create or change an article; raises `NotAllowed` without rights on its service, `Invalid` when it is empty."""
    if actor is not None and not may_write(actor, article.service_id):
        raise NotAllowed(_("You cannot write articles for this service."))
    if not article.question.strip() or not article.answer.strip():
        raise Invalid(_("An article needs a question and an answer."))
    article.updated_at, article.updated_by = now, actor
    article.search_text = article_text(article)
    article.save()
    return article


def article_text(article: Article) -> str:
    """What search reads of an article."""
    return "\n".join(filter(None, [article.question, article.keywords, unaccent(article.keywords), article.answer]))


def article_helped(*, article: Article) -> None:
    """A citizen said that this answer was enough: one more answer given with it."""
    Article.objects.filter(pk=article.pk).update(answer_count=F("answer_count") + 1)
