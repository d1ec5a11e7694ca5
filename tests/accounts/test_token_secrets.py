"""Secrets of tokens: recognisable, and refused when mistyped."""

import re

import pytest

from server.accounts import token_secrets


def test_a_secret_has_the_prefix_and_is_no_other_twice() -> None:
    made = {token_secrets.new_secret() for _ in range(50)}
    assert len(made) == 50
    for one in made:
        assert re.fullmatch(r"smt_[0-9A-Za-z]{46}", one)
        assert token_secrets.is_one(one)
        assert token_secrets.hint(one) == one[-4:]


def test_the_check_sum_is_the_crc_32_of_what_stands_before_it() -> None:
    # The number of zlib.crc32 for this text, written in base 62 by hand: scanners compute it the same way.
    assert token_secrets.is_one("smt_" + "0" * 40 + "3VjV7U")


@pytest.mark.parametrize("place", [4, 20, 43, 44, 49])
def test_one_mistyped_character_is_noticed(place: int) -> None:
    secret = token_secrets.new_secret()
    other = "b" if secret[place] == "a" else "a"
    assert not token_secrets.is_one(secret[:place] + other + secret[place + 1 :])


def test_two_characters_that_changed_places_are_noticed() -> None:
    secret = "smt_" + "a" * 20 + token_secrets.new_secret()[24:]
    assert not token_secrets.is_one(secret[:10] + "ba" + secret[12:])


def test_secrets_from_before_are_still_some_and_other_texts_are_not() -> None:
    assert token_secrets.is_one("smt_" + "A-_9" * 10 + "abc")
    for text in ("", "smt_", "smt_" + "a" * 42, "smt_" + "a" * 44, "SMT_" + "a" * 43, "smt_" + "é" * 46):
        assert not token_secrets.is_one(text)
