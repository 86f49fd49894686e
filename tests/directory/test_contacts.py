import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.contacts import display_phone, normalise_email, normalise_phone


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Claire.V@Example.ORG ", "claire.v@example.org"),
        ("<claire@example.org>", "claire@example.org"),
        ("claire+mairie@sous.domaine.example", "claire+mairie@sous.domaine.example"),
        ("claire@example", None),
        ("claire@@example.org", None),
        ("claire example.org", None),
        ("claire@example.org, paul@example.org", None),
        ("", None),
        ("a" * 250 + "@example.org", None),
    ],
)
def test_an_address_has_one_form(typed, kept):
    assert normalise_email(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("06 39 98 12 34", "+33639981234"),
        ("06.39.98.12.34", "+33639981234"),
        ("+33 6 39 98 12 34", "+33639981234"),
        ("0033639981234", "+33639981234"),
        ("+33 (0)6 39 98 12 34", "+33639981234"),
        ("02 61 91 00 01", "+33261910001"),
        ("0262 41 00 00", "+262262410000"),
        ("+32 2 555 12 12", "+3225551212"),
        ("3939", "3939"),
        ("17", None),
        ("12", None),
        ("06 39 98 12", None),
        ("Vasseur", None),
        ("", None),
    ],
)
def test_a_number_has_one_form(typed, kept):
    assert normalise_phone(typed) == kept


@given(st.text(max_size=60) | st.emails())
def test_an_address_normalised_twice_is_normalised(typed):
    once = normalise_email(typed)
    if once is not None:
        assert normalise_email(once) == once
        assert once == once.lower() == once.strip()


@given(
    st.text(alphabet=string.digits + "+ .-()/", max_size=24) | st.from_regex(r"0[1-79]( ?[0-9]{2}){4}", fullmatch=True)
)
def test_a_number_normalised_twice_is_normalised(typed):
    once = normalise_phone(typed)
    if once is not None:
        assert normalise_phone(once) == once
        assert normalise_phone(display_phone(once)) == once, "what is shown can be typed back"


@given(st.text(alphabet=string.digits, min_size=8, max_size=8), st.sampled_from("1234567"))
def test_every_french_number_is_recognised_however_it_is_written(digits, first):
    number = f"0{first}{digits}"
    spaced = " ".join(number[i : i + 2] for i in range(0, 10, 2))
    kept = normalise_phone(number)
    assert kept is not None
    assert normalise_phone(spaced) == kept
    if kept.startswith("+33"):  # the overseas ranges have a country code of their own
        for written in (f"+33{number[1:]}", f"0033{number[1:]}", f"+33 (0){number[1:]}"):
            assert normalise_phone(written) == kept
