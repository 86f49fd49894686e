"""Reads of the knowledge base."""

from django.db.models import Case, FloatField, Q, QuerySet, Value, When

from core.search import Rank, any_word_query, french_query
from directory.models import Agent
from directory.permissions import service_ids_with
from directory.roles import ADMINISTER, LOG, WORK
from knowledge.models import Article, Audience

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
    """Published articles for what is typed: those with every word first (the last one as a prefix), then any word.

    Ranked; the most used articles when nothing is typed.
    """
    articles = Article.objects.filter(is_published=True).select_related("service")
    if public_only:
        articles = articles.filter(audience=Audience.PUBLIC)
    every, some = french_query(text), any_word_query(text)
    if every is None:
        return articles.order_by("-answer_count", "question")[:limit]
    condition = articles.filter(search_vector=every)
    if some is not None:
        condition = condition | articles.filter(search_vector=some)
        rank = Rank("search_vector", some)
    else:
        rank = Rank("search_vector", every)
    bonus = Case(When(search_vector=every, then=Value(10.0)), default=Value(0.0), output_field=FloatField())
    return condition.annotate(rank=rank + bonus).order_by("-rank", "-answer_count", "question")[:limit]


def public_articles() -> QuerySet[Article]:
    """What citizens may read."""
    return Article.objects.filter(is_published=True, audience=Audience.PUBLIC).select_related("service")


def public_article(pk: int) -> Article | None:
    return public_articles().select_related("service", "request_type").filter(pk=pk).first()
