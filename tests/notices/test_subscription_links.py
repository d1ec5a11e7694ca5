"""A link confirms or ends one subscription of one site, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from server.core.ids import new_id
from server.notices.subscription_links import LENGTH, Purpose, address_digest, subscriber_of, token

KEY = "tests-only"
SITE, OTHER_SITE, SUBSCRIBER = new_id(), new_id(), new_id()
PURPOSES: tuple[Purpose, ...] = ("confirm", "unsubscribe")


def test_a_token_is_for_one_purpose_on_one_site_by_one_server() -> None:
    for purpose, other in (PURPOSES, PURPOSES[::-1]):
        secret = token(SITE, SUBSCRIBER, purpose, secret_key=KEY)
        assert len(secret) == LENGTH
        assert subscriber_of(secret, SITE, purpose, secret_key=KEY) == SUBSCRIBER
        assert subscriber_of(secret, SITE, other, secret_key=KEY) is None
        assert subscriber_of(secret, OTHER_SITE, purpose, secret_key=KEY) is None
        assert subscriber_of(secret, SITE, purpose, secret_key="another") is None


@given(st.one_of(st.text(), st.text("AZaz09-_", min_size=LENGTH, max_size=LENGTH)), st.sampled_from(PURPOSES))
def test_no_other_text_is_a_token(text: str, purpose: Purpose) -> None:
    assert subscriber_of(text, SITE, purpose, secret_key=KEY) is None


@given(st.integers(0, LENGTH - 1), st.sampled_from("Aa0-_é "))
def test_a_token_with_another_character_is_none(place: int, character: str) -> None:
    secret = token(SITE, SUBSCRIBER, "confirm", secret_key=KEY)
    changed = secret[:place] + character + secret[place + 1 :]
    assert (subscriber_of(changed, SITE, "confirm", secret_key=KEY) is None) == (changed != secret)


def test_an_address_is_found_again_in_any_case_and_not_without_the_key() -> None:
    digest = address_digest("Kari@example.no", secret_key=KEY)
    assert digest == address_digest("kari@example.no", secret_key=KEY)
    assert digest != address_digest("ola@example.no", secret_key=KEY)
    assert digest != address_digest("kari@example.no", secret_key="another")
