"""Reads of the knowledge base."""

from django.db.models import Q, QuerySet

from directory.models import Agent
from directory.permissions import service_ids_with
from directory.roles import ADMINISTER, LOG, WORK
from knowledge.models import Article, Audience
from knowledge.ranking import ranked, word_queries

WRITERS = (WORK, LOG, ADMINISTER)  # those who answer for a service write its articles


def writable_services(agent: Agent) -> frozenset[int]:
    """The services whose articles ``agent`` may write."""
    return frozenset[int]().union(*(service_ids_with(agent, right) for right in WRITERS))


def articles_readable_by(agent: Agent) -> QuerySet[Article]:
    """Every published article, internal ones too, and the drafts of the services the agent writes for."""
    return Article.objects.filter(
        Q(is_published=True) | Q(service_id__in=sorted(writable_services(agent)))
    ).select_related("service")


def articles_search(text: str, *, public_only: bool, limit: int = 8) -> QuerySet[Article]:
    """Published articles for what is typed, the best first; the most used ones when nothing is typed.

    An article answers when it has every word (the last one may be unfinished), or half of them (two are enough), one
    at least in its question or its keywords. See `knowledge.ranking` for what makes it the best. One query.
    """
    articles = Article.objects.filter(is_published=True).select_related("service")
    if public_only:
        articles = articles.filter(audience=Audience.PUBLIC)
    queries = word_queries(text)
    if not queries:
        return articles.order_by("-answer_count", "question")[:limit]
    return ranked(articles, queries)[:limit]


def public_articles() -> QuerySet[Article]:
    """What citizens may read."""
    return Article.objects.filter(is_published=True, audience=Audience.PUBLIC).select_related("service")


def public_article(pk: int) -> Article | None:
    return public_articles().select_related("service", "request_type").filter(pk=pk).first()
