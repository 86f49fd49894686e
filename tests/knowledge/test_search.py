"""What people type finds the article they need: the articles of the demo town, as citizens and agents ask for them."""

import pytest
from django.utils import timezone

from grc.demo import foundation
from knowledge.ranking import word_queries
from knowledge.selectors import articles_search
from tests.support.factories import make_article, make_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    foundation.town_build()
    foundation.articles_build(timezone.now())


def best(typed, limit=3):
    return [article.question for article in articles_search(typed, public_only=False, limit=limit)]


EXPECTED = {
    "comment obtenir une carte d'identité": "Quelles pièces pour une carte d’identité ou un passeport ?",
    "carte de stationnement": "Comment obtenir une carte de stationnement résident ?",
    "Trou devant l'école": "Comment signaler un trou dans la chaussée ?",
    "inscrire mon fils à la cantine": "Comment inscrire mon enfant à la cantine ?",
    "lampadaire cassé dans ma rue": "Que faire si un lampadaire est en panne ?",
    "voisin qui fait du bruit la nuit": "Que faire contre le bruit d’un voisin ou d’un bar ?",
    "voiture abandonnée depuis deux mois": "Une voiture ne bouge plus depuis longtemps : que faire ?",
    "où déposer mes encombrants": "Comment faire enlever mes encombrants ?",
    "s'inscrire pour voter": "Comment m’inscrire sur les listes électorales ?",
    "réserver la salle des fêtes": "Comment réserver une salle municipale ?",
    "horaires d'ouverture de la mairie": "Quels sont les horaires de la mairie ?",
    "Nid de poule rue des Tilleuls": "Comment signaler un trou dans la chaussée ?",
    "Bonjour, mon lampadaire est éteint, près de l’école": "Que faire si un lampadaire est en panne ?",
    "encombr": "Comment faire enlever mes encombrants ?",  # while it is typed
}


def test_the_first_article_is_the_one_people_mean(town):
    assert {typed: best(typed)[:1] for typed in EXPECTED} == {typed: [wanted] for typed, wanted in EXPECTED.items()}


def test_a_hole_before_a_school_does_not_suggest_meeting_the_mayor(town):
    assert "Comment rencontrer la maire ou un élu ?" not in best("Trou devant l'école", limit=51)


def test_a_word_of_the_answer_alone_does_not_make_a_suggestion():
    service = make_service("voirie")
    make_article("Où jeter les gravats ?", "À la déchèterie, derrière l’école.", service)
    assert best("école fermée") == []
    assert best("école") == ["Où jeter les gravats ?"], "every word typed is there"


def test_the_words_of_the_asking_are_left_out_unless_there_is_nothing_else():
    assert len(word_queries("Comment obtenir une carte d’identité ?")) == 2
    assert len(word_queries("comment faire")) == 2
    assert word_queries(" ’ ? ") == []


def test_one_query_for_a_search(town, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert best("carte d’identité perdue")
