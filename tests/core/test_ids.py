"""Identifiers are long, random and spelled as promised."""

from server.core.ids import PATTERN, new_id, new_number


def test_ids_are_22_base64url_characters_and_never_the_same() -> None:
    made = {new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(PATTERN.fullmatch(one) for one in made)


def test_numbers_have_no_character_that_is_misheard() -> None:
    made = {new_number() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(one) == 26 and not set(one) & set("ILOU") and one == one.upper() for one in made)
