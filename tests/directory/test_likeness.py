"""Which cards are proposed as one person: the keys of the database, the rule, and the sweep that applies it."""

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory.actions.people_duplicates import _FIND, citizens_distinct, compare_again, duplicates_find
from directory.likeness import Reason, likeness
from directory.models import Citizen, LikelyDuplicate
from tests.support.factories import make_agent

HERE = "12 rue des Tilleuls, 99120 Rives-sur-Orme"
BORN = date(1987, 5, 4)
pytestmark = pytest.mark.django_db


def card(first: str = "Claire", last: str = "Vasseur", **fields: Any) -> Citizen:
    made = Citizen.objects.create(first_name=first, last_name=last, **fields)
    return Citizen.objects.get(pk=made.pk)


def pairs() -> set[tuple[int, int]]:
    duplicates_find(now=timezone.now())
    return set(LikelyDuplicate.objects.values_list("first_id", "second_id"))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("12 av. des Tilleuls", "12, Avenue des tilleuls, 99120 RIVES-SUR-ORME", True),
        ("3 bd St-Michel", "3 boulevard Saint Michel", True),
        ("12bis r. de l’Église", "12 BIS RUE DE L'EGLISE, Rives-sur-Orme", True),
        ("4 pl. du Gal Leclerc", "4 place du général Leclerc", True),
        ("12 rue des Tilleuls", "14 rue des Tilleuls", False),
        ("12 rue des Tilleuls", "12 rue des Lilas", False),
        ("12 bis rue des Tilleuls", "12 rue des Tilleuls", False),
    ],
)
def test_an_address_is_the_same_however_it_is_written(one: str, other: str, same: bool) -> None:
    assert (card(address=one).street_key == card(address=other).street_key) is same


def test_a_town_alone_is_no_address() -> None:
    assert card(address="99120 Rives-sur-Orme").street_key == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("Claire", "Vasseur"), ("VASSEUR", "claire"), True),
        (("Jean-Pierre", "Bœuf"), ("Jean Pierre", "BOEUF"), True),
        (("Mme Élodie", "Noël"), ("Elodie", "Noel"), True),
        (("Claire", "Vasseur"), ("Clara", "Vasseur"), False),
        (("", "Vasseur"), ("Claire", "Vasseur"), False),
    ],
)
def test_a_name_is_the_same_in_any_order(one: tuple[str, str], other: tuple[str, str], same: bool) -> None:
    assert (card(*one, address=HERE).name_key == card(*other, address=HERE).name_key) is same


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        ({"address": HERE}, {"address": "12, rue des tilleuls"}, [Reason.ADDRESS]),
        ({"birth_date": BORN}, {"birth_date": BORN}, [Reason.BIRTH]),
        ({"address": HERE, "birth_date": BORN}, {"address": HERE, "birth_date": BORN}, [Reason.ADDRESS, Reason.BIRTH]),
        ({"address": HERE, "birth_date": BORN}, {"address": HERE, "birth_date": date(1990, 1, 1)}, []),
        ({"address": HERE}, {"address": "12 rue des Tilleuls, 99300 Autre-Ville"}, []),
        ({"address": HERE}, {"address": "1 rue des Lilas"}, []),
        ({}, {}, []),
    ],
)
def test_the_rule_and_the_sweep_agree(one: dict[str, Any], other: dict[str, Any], reasons: list[Reason]) -> None:
    first, second = card(**one), card(**other)
    assert likeness(first, second) == reasons
    assert pairs() == ({(first.pk, second.pk)} if reasons else set())


def test_organisations_of_the_same_name_are_proposed_and_those_who_write_for_them_are_not() -> None:
    first = card("", "", organisation="L’Amicale des Pêcheurs")
    second = card("", "", organisation="amicale pecheurs")
    card("Paul", "Martin", organisation="Amicale des pêcheurs", address=HERE)
    assert likeness(first, second) == [Reason.ORGANISATION]
    assert pairs() == {(first.pk, second.pk)}


def test_an_organisation_is_compared_by_its_name_whoever_its_contact_is() -> None:
    first = card("Paul", "Martin", organisation="Amicale des pêcheurs", kind="association")
    second = card("Ana", "Costa", organisation="L’Amicale des Pêcheurs", kind="association")
    assert likeness(first, second) == [Reason.ORGANISATION]
    assert pairs() == {(first.pk, second.pk)}
    assert (first.display_name, first.contact_name) == ("Amicale des pêcheurs", "Paul Martin")


def test_two_people_are_not_proposed_again_even_when_their_cards_change() -> None:
    first, second = card(address=HERE), card(address=HERE)
    assert pairs()
    citizens_distinct(one=second, other=first, actor=make_agent(), now=timezone.now())
    citizens_distinct(one=first, other=second, actor=make_agent(), now=timezone.now())
    assert not LikelyDuplicate.objects.exists()
    compare_again(first.pk, second.pk)
    assert pairs() == set()


def test_a_card_that_changes_is_compared_again_and_a_pair_that_holds_no_more_goes() -> None:
    first, second = card(address=HERE), card(address="1 rue des Lilas")
    assert pairs() == set()
    Citizen.objects.filter(pk=second.pk).update(address="12 r. des Tilleuls")
    assert pairs() == {(first.pk, second.pk)}
    Citizen.objects.filter(pk=second.pk).update(address="")
    assert pairs() == set()
    assert duplicates_find(now=timezone.now()) == 0


def test_the_cost_does_not_depend_on_how_many_cards_there_are() -> None:
    Citizen.objects.bulk_create(
        Citizen(first_name="Claire", last_name="Vasseur", address=HERE if number % 3 else f"{number} rue X")
        for number in range(300)
    )
    with CaptureQueriesContext(connection) as queries:
        assert duplicates_find(now=timezone.now()) == 300
    assert len(queries) <= 6 + 2  # the savepoint of the test's transaction
    by_card = LikelyDuplicate.objects.count()
    assert by_card <= 300 * 5, "a crowd of namesakes at one address does not become all its pairs"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + _FIND, {"now": timezone.now(), "ids": [1], "each": 5})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan" not in plan
    assert {"citizen_born", "citizen_organisation"} <= set(re.findall(r"citizen_[a-z]+", plan))
