"""A link opens one subscription or request of one site, for one purpose, and nothing else."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from server.core.ids import new_id
from server.notices.secret_links import LENGTH, Purpose, address_digest, id_of, token

KEY = "tests-only"
SITE, OTHER_SITE, SUBSCRIBER = new_id(), new_id(), new_id()
PURPOSES: tuple[Purpose, ...] = ("confirm", "unsubscribe", "request")


def test_a_token_is_for_one_purpose_on_one_site_by_one_server() -> None:
    for purpose, other in permutations(PURPOSES, 2):
        secret = token(SITE, SUBSCRIBER, purpose, secret_key=KEY)
        assert len(secret) == LENGTH
        assert id_of(secret, SITE, purpose, secret_key=KEY) == SUBSCRIBER
        assert id_of(secret, SITE, other, secret_key=KEY) is None
        assert id_of(secret, OTHER_SITE, purpose, secret_key=KEY) is None
        assert id_of(secret, SITE, purpose, secret_key="another") is None


@given(st.one_of(st.text(), st.text("AZaz09-_", min_size=LENGTH, max_size=LENGTH)), st.sampled_from(PURPOSES))
def test_no_other_text_is_a_token(text: str, purpose: Purpose) -> None:
    assert id_of(text, SITE, purpose, secret_key=KEY) is None


@given(st.integers(0, LENGTH - 1), st.sampled_from("Aa0-_é "))
def test_a_token_with_another_character_is_none(place: int, character: str) -> None:
    secret = token(SITE, SUBSCRIBER, "confirm", secret_key=KEY)
    changed = secret[:place] + character + secret[place + 1 :]
    assert (id_of(changed, SITE, "confirm", secret_key=KEY) is None) == (changed != secret)


def test_an_address_is_found_again_in_any_case_and_not_without_the_key() -> None:
    digest = address_digest("Kari@example.no", secret_key=KEY)
    assert digest == address_digest("kari@example.no", secret_key=KEY)
    assert digest != address_digest("ola@example.no", secret_key=KEY)
    assert digest != address_digest("kari@example.no", secret_key="another")
