import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.references import ALPHABET, check_symbol, new_reference, parse_reference, references_in

symbols = st.text(ALPHABET, min_size=9, max_size=9)


@given(symbols, st.integers(0, 9), st.sampled_from(ALPHABET))
def test_any_single_wrong_symbol_is_caught(nine: str, place: int, wrong: str) -> None:
    whole = nine + check_symbol(nine)
    if whole[place] == wrong:
        assert parse_reference(whole)
    else:
        assert parse_reference(whole[:place] + wrong + whole[place + 1 :]) is None


@given(symbols, st.integers(0, 7))
def test_any_swap_of_neighbours_is_caught(nine: str, place: int) -> None:
    swapped = nine[:place] + nine[place + 1] + nine[place] + nine[place + 2 :]
    if swapped != nine:
        assert parse_reference(swapped + check_symbol(nine)) is None


def test_people_may_type_it_their_way() -> None:
    reference = new_reference()
    typed = reference.lower().replace("-", " ")
    assert parse_reference(typed) == reference
    assert parse_reference(f"  {reference[2:]} ") == reference


@pytest.mark.parametrize("nonsense", ["", "G-", "bonjour", "G-00000-00000", "é" * 10, "G-7K3M9-QT2X", "٣" * 10])
def test_what_is_not_a_reference_is_none(nonsense: str) -> None:
    assert parse_reference(nonsense) is None


def test_references_are_found_in_a_subject() -> None:
    one, two = new_reference(), new_reference()
    assert references_in(f"Re: TR: votre demande [{one}] et {two.lower()}, {one}") == [one, two]
    assert references_in(f"Re: {one.replace('-', ' ')}, {two.replace('-', '–')}") == [one, two]
    assert references_in("Tarif : G-12345-67890, appelez le 02 61 91 00 00") == []
