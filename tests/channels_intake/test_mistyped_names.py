"""A name heard badly on the telephone still shows the person, without taking them for the caller."""

import pytest

from channels_intake.desk.people import NEW, desk_lookup
from tests.support.factories import make_agent, make_citizen, make_town

pytestmark = pytest.mark.django_db


def test_a_mistyped_name_shows_the_person_but_keeps_a_newcomer_chosen():
    agent = make_agent(("phone", make_town()))
    dupont = make_citizen("Élodie Dupont", "elodie@example.org")
    for typed in ("dupomt", "Elodei Dupont", "duppont"):
        found = desk_lookup(agent, typed)
        assert ([card.citizen for card in found.cards], found.chosen) == ([dupont], NEW), typed
    found = desk_lookup(agent, "dupont")
    assert ([card.citizen for card in found.cards], found.chosen) == ([dupont], "")
    for typed in ("martin", "domont@", "06 39 98 00 00", "dupomtel"):
        assert desk_lookup(agent, typed).cards == [], typed


def test_a_name_nobody_bears_costs_few_queries(django_assert_max_num_queries):
    agent = make_agent(("phone", make_town()))
    with django_assert_max_num_queries(7):
        desk_lookup(agent, "Personne Inconnue Ici")
