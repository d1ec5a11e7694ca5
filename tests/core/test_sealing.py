"""What is encrypted is so for its place and its kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core import sealing

KEY, OTHER = "k" * 48, "l" * 48
TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)


@given(TEXTS, st.text("abc/", max_size=9))
def test_what_is_sealed_is_read_with_the_same_key_at_the_same_place(text: str, place: str) -> None:
    sealed = sealing.seal(text, place, secret_key=KEY, kind="a/b")
    assert sealing.unseal(sealed, place, secret_key=KEY, kind="a/b") == text
    assert len(text) < 8 or text.encode() not in sealed
    assert sealing.seal(text, place, secret_key=KEY, kind="a/b") != sealed


@given(TEXTS, st.integers(0), st.integers(1, 255))
def test_no_byte_of_it_can_be_changed(text: str, at: int, by: int) -> None:
    sealed = bytearray(sealing.seal(text, "a", secret_key=KEY, kind="a/b"))
    sealed[at % len(sealed)] ^= by
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(bytes(sealed), "a", secret_key=KEY, kind="a/b")


def test_another_key_or_place_reads_nothing() -> None:
    sealed = sealing.seal("hemmelig", "site/one/content", secret_key=KEY, kind="a/b")
    for place, key in (("site/two/content", KEY), ("site/one/content", OTHER)):
        with pytest.raises(sealing.Unreadable):
            sealing.unseal(sealed, place, secret_key=key, kind="a/b")
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(b"", "site/one/content", secret_key=KEY, kind="a/b")


def test_another_kind_reads_nothing() -> None:
    sealed = sealing.seal("hemmelig", "a", secret_key=KEY, kind="a/b")
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(sealed, "a", secret_key=KEY, kind="a/c")
