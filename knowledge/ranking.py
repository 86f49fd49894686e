"""Which article answers a few words best.

A word counts more in the question (4) than among the keywords (3) than in the answer (1), and less the more articles
have it in their question or keywords: « école » says less than « trou ». The words of the asking itself (« comment
obtenir… ») and those of courtesy say nothing and are left out.
"""

from functools import reduce
from operator import add, or_
from typing import Any

from django.db.models import Case, FloatField, IntegerField, Q, QuerySet, Sum, Value, When, Window
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest

from core.search import SqlQuery, word_query
from core.text import words
from knowledge.models import Article

IN_QUESTION, IN_KEYWORDS, IN_ANSWER = 4.0, 3.0, 1.0
MOST_WORDS, ENOUGH = 12, 2
# folded, as core.text.words gives them
_ASKING = """
afin ai aller apres as au aussi aux avant avec avez avoir bien bonjour bonsoir car ce ces cela celle celui cet cette
chez ci combien comme comment connaitre cordialement dans de demander depuis des devant doit dois du elle elles en
encore ensuite entre es est et etait etes etre eu eux fait faire faites faut fois il ils je jusque la le les leur
leurs lui ma mais me meme merci mes moi mon monsieur madame ne ni nos notre nous obtenir on ont ou par parce pas
pendant peu peut peux plus pour pourquoi pourrais pourriez pouvez pouvoir puis quand que quel quelle quelles quels
qui quoi quoique recevoir sa sans savoir se ses si son sont souhaite souhaiterais sous suis sur ta te tes toi ton
tous tout toute toutes tres trouver tu un une vers veut veux voici voila voudrais vos votre vous vouloir voulez
voulons aimerais besoin dire dites svp plait alors donc rien quelqu quelque chose aupres lors dont etc
"""
SAYS_NOTHING = frozenset(_ASKING.split())


def telling_words(text: str) -> list[str]:
    """The folded words of ``text`` that say something, once each, in order; at most 12."""
    typed = dict.fromkeys(words(text[:400]))
    return [word for word in typed if len(word) > 2 and word not in SAYS_NOTHING][:MOST_WORDS]


def word_queries(text: str) -> list[SqlQuery]:
    """One query for each word of ``text`` that says something (of all its words when none does); at most 12."""
    typed = list(dict.fromkeys(words(text[:400])))
    telling = telling_words(text) or typed[:MOST_WORDS]
    return [word_query(word, unfinished=word == typed[-1]) for word in telling]


def ranked(articles: QuerySet[Article], queries: list[SqlQuery]) -> QuerySet[Article]:
    """The articles that answer ``queries``, the best first, then the most used."""
    # the one condition the GIN index answers; what follows is counted on the articles that pass it
    found = articles.filter(reduce(or_, (Q(search_vector=query) for query in queries)))
    enough = min((len(queries) + 1) // 2, ENOUGH)
    weighed = found.annotate(
        words_found=reduce(add, (_one_if(Q(search_vector=query)) for query in queries)),
        words_on_top=reduce(add, (_one_if(_on_top(query)) for query in queries)),
        rank=reduce(add, (_weight(query) for query in queries)),
    )
    answers = weighed.filter(Q(words_found=len(queries)) | Q(words_found__gte=enough, words_on_top__gte=1))
    return answers.order_by("-rank", "-answer_count", "question")


def _on_top(query: SqlQuery) -> Q:
    return Q(question_vector=query) | Q(keywords_vector=query)


def _one_if(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())


def _points(points: float, condition: Q) -> Case:
    return Case(When(condition, then=Value(points)), default=Value(0.0), output_field=FloatField())


def _weight(query: SqlQuery) -> Any:
    """The points of one word in an article, divided by the number of articles that have it on top (1 at least)."""
    places: list[Combinable] = [
        _points(IN_QUESTION, Q(question_vector=query)),
        _points(IN_KEYWORDS, Q(keywords_vector=query)),
        _points(IN_ANSWER, Q(search_vector=query)),
    ]
    having = Window(Sum(_one_if(_on_top(query))))
    return reduce(add, places) / Greatest(having, Value(1), output_field=FloatField())
