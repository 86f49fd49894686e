"""Reads of the knowledge base."""

from django.db.models import Case, FloatField, QuerySet, Value, When

from core.search import Rank, any_word_query, french_query
from knowledge.models import Article, Audience


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
