"""Names that run from right to left, in plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.text_direction import closed, isolated


@pytest.mark.parametrize("name", ["", "Butikken AS", "Kåre Ødegård", "東京の店", "Café (1)"])
def test_a_name_from_left_to_right_stays_as_it_is(name: str) -> None:
    assert isolated(name) == name


@pytest.mark.parametrize("name", ["שלום", "متجر (1)", "Butikken מכולת!", "\u0660\u0661"])
def test_one_from_right_to_left_is_isolated(name: str) -> None:
    assert isolated(name) == f"\u2068{name}\u2069"


@pytest.mark.parametrize("sign", "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_no_name_has_signs_that_turn_what_follows_or_end_the_isolation(sign: str) -> None:
    assert isolated(f"Butikk{sign}en") == "Butikken"
    assert isolated(f"מכו{sign}לת") == "\u2068מכולת\u2069"


@given(st.text(st.sampled_from("ab1 (שم\u202e\u2068\u2069\u200f")))
def test_isolated_twice_is_as_once_and_nothing_gets_lost(name: str) -> None:
    once = isolated(name)
    assert isolated(once) == once
    kept = [sign for sign in name if sign not in "\u202e\u2068\u2069\u200f"]
    assert [sign for sign in once if sign not in "\u2068\u2069"] == kept


@given(st.lists(st.sampled_from(["Butikken", "חנות", "متجر (1)"])), st.integers(0, 60))
def test_what_is_cut_off_a_sentence_leaves_no_isolation_open(names: list[str], length: int) -> None:
    sentence = " og ".join(map(isolated, names))
    cut = closed(sentence[:length])
    assert cut.count("\u2068") == cut.count("\u2069")
    assert cut.startswith(sentence[:length])
