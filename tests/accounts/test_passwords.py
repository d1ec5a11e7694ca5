"""Which passwords are accepted, and how they are stored."""

import math
import unicodedata

import pytest

from server.accounts import passwords
from server.core.errors import Invalid, Unavailable
from tests.conftest import PRODUCTS_HASHER

EMAIL = "kari.nordmann@example.no"


@pytest.mark.parametrize(
    "password",
    ["kort", "elleve tegn", "password1234", "Passord12345!", "123456789012", "qwertyuiop12", "aaaaaaaaaaaaaa",
     "abababababab", "abcdefghijkl", "mnbvcxzæølkj", "kari.nordmann1", "Samtykke2026!", "x" * 129,
     "nul\x00character"],
)  # fmt: skip
def test_guessable_or_unusable_password_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.check(password, email=EMAIL)
    assert "password" in refused.value.errors


@pytest.mark.parametrize(
    "password",
    ["tre hester på vidda", "correct battery horse", "x9" + "k" * 8 + "qpz!", "ab cd ef gh ij" * 9],
)
def test_long_password_of_any_kind_is_accepted(password: str) -> None:
    passwords.check(password, email=EMAIL)


def test_password_is_stored_as_argon2id_and_only_it_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PRODUCTS_HASHER)
    digest = passwords.digest("tre hester på vidda")
    assert digest.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # RFC 9106, section 4: the second choice
    assert passwords.matches(digest, "tre hester på vidda")
    assert passwords.matches(digest, unicodedata.normalize("NFD", "tre hester på vidda"))
    assert not passwords.matches(digest, "tre hester på viddA")
    assert not passwords.matches(None, "tre hester på vidda")


def test_generated_password_is_accepted_readable_and_has_ninety_bits() -> None:
    made = {passwords.generate() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        passwords.check(password, email=EMAIL)
        assert not set(password) & set("01ilo")
    assert 20 * math.log2(31) >= 90


def test_more_hashing_than_the_machine_bears_is_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = passwords.digest("tre hester på vidda")
    monkeypatch.setattr(passwords, "_WAIT", 0.0)
    with passwords._turn(), passwords._turn(), pytest.raises(Unavailable) as full:
        passwords.matches(digest, "tre hester på vidda")
    assert full.value.retry_after > 0
    assert passwords.matches(digest, "tre hester på vidda")
