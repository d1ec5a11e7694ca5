"""What shows a draft on the website's own pages: a token that says for whom, and until when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Forbidden
from server.embed import draft_tokens
from server.embed.draft_tokens import LIFETIME

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = "k" * 32

NAME = st.text(st.characters(codec="utf-8"), max_size=40)
SECOND = timedelta(seconds=1)


@given(site=NAME, session=NAME, language=NAME, age=st.timedeltas(timedelta(0), LIFETIME - SECOND))
def test_a_token_says_what_was_granted_until_it_expires(
    site: str, session: str, language: str, age: timedelta
) -> None:
    grant = draft_tokens.granted(site, session, language, now=NOW)

    token = draft_tokens.sign(grant, secret_key=KEY)

    assert draft_tokens.read(token, secret_key=KEY, now=NOW + age) == grant


@given(late=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_after_half_an_hour_it_shows_nothing(late: timedelta) -> None:
    token = draft_tokens.sign(draft_tokens.granted("a", "b", "nb", now=NOW), secret_key=KEY)

    with pytest.raises(Forbidden) as caught:
        draft_tokens.read(token, secret_key=KEY, now=NOW + LIFETIME + late)

    assert caught.value.reason == "draft_expired"


@given(data=st.data())
def test_a_token_of_which_anything_was_changed_is_none(data: st.DataObject) -> None:
    token = draft_tokens.sign(draft_tokens.granted("a", "b", "nb", now=NOW), secret_key=KEY)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("abcXYZ019-_.").filter(lambda one: one != token[place]))
    changed = token[:place] + letter + token[place + 1 :]

    with pytest.raises(Forbidden) as caught:
        draft_tokens.read(changed, secret_key=KEY, now=NOW)

    assert caught.value.reason == "draft_refused"


@pytest.mark.parametrize("token", ["", ".", "a.b", "ø"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Forbidden, match="was not made by this server"):
        draft_tokens.read(token, secret_key=KEY, now=NOW)


def test_a_token_of_another_server_is_refused() -> None:
    token = draft_tokens.sign(draft_tokens.granted("a", "b", "nb", now=NOW), secret_key="x" * 32)

    with pytest.raises(Forbidden, match="was not made by this server"):
        draft_tokens.read(token, secret_key=KEY, now=NOW)


def test_a_token_needs_no_escape_in_an_address() -> None:
    token = draft_tokens.sign(draft_tokens.granted("ø" * 22, "f" * 64, "nb", now=NOW), secret_key=KEY)

    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
