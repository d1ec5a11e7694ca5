"""Passwords: requirements, hashing (argon2id, RFC 9106), and generation."""

import re
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.core.errors import Invalid, Unavailable

SHORTEST = 12
"""Least characters."""

LONGEST = 128
"""Most characters; longer ones would only cost time."""

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Letters of generated passwords: without 0, 1, i, l and o, which are easily confused."""

_FIRST_GUESSES = """
    abc abcd abcdef admin administrator asdf asdfgh asdfghjkl changeme consent cookie
    correcthorsebatterystaple dragon football fotball hello hemmelig iloveyou letmein login master
    monkey norge norway oslo p@ssword p@ssw0rd passord passw0rd password passwordpassword
    passordpassord princess qazwsx qwerty qwertyuiop qwertyuiopå qwertz samtykke secret shadow
    sommer starwars sunshine superman test testtest trustno velkommen vinter welcome whatever zaq
    zxcvbn zxcvbnm
"""
_COMMON = frozenset(_FIRST_GUESSES.split())
"""The most common passwords, without the digits and signs around them."""

_RUNS = (
    "01234567890123456789",
    "qwertyuiopåasdfghjkløæzxcvbnm",
    "abcdefghijklmnopqrstuvwxyzæøå",
    "qazwsxedcrfvtgbyhnujmikolp",
)

_hasher = PasswordHasher()
_at_once = threading.BoundedSemaphore(2)
_WAIT = 10.0
"""Seconds that a login waits for its turn before it is refused."""


def check(password: str, *, email: str) -> None:
    """Accept a password that is long and not among the most common; there are no other requirements.

    :raises Invalid: with the reason under `password`.
    """
    if len(password) < SHORTEST:
        raise _refused(f"must have at least {SHORTEST} characters")
    if len(password) > LONGEST:
        raise _refused(f"must have at most {LONGEST} characters")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in password):
        raise _refused("has a character that cannot be typed")
    if _guessable(password.casefold(), email.partition("@")[0].casefold()):
        raise _refused("is one of the first that would be guessed; choose something less common")


def digest(password: str) -> str:
    """The argon2id PHC string of a password, to be stored.

    :raises Unavailable: too many hashes are being computed.
    """
    with _turn():
        return _hasher.hash(_normal(password))


def matches(stored_hash: str | None, password: str) -> bool:
    """Whether `stored_hash` is that of the password. None costs the same time, and returns False.

    :raises Unavailable: too many hashes are being computed.
    """
    decoy = (
        _decoy()
    )  # Made on first use by any caller, so that even the first call reveals nothing by its time.
    known = stored_hash if stored_hash is not None else decoy
    with _turn():
        try:
            _hasher.verify(known, _normal(password[: LONGEST + 1]))
        except (VerificationError, InvalidHashError):
            return False
    return stored_hash is not None


def generate() -> str:
    """A generated password of 99 bits, easy to dictate: four groups of five."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


@contextmanager
def _turn() -> Iterator[None]:
    # Each hash takes 64 MiB: a flood of logins may slow down logins, but not exhaust memory.
    if not _at_once.acquire(timeout=_WAIT):
        raise Unavailable("too many people are logging in at once; try again in a moment", retry_after=5)
    try:
        yield
    finally:
        _at_once.release()


_decoys: list[str] = []


def _decoy() -> str:
    if not _decoys:
        _decoys.append(digest(generate()))
    return _decoys[0]


def _normal(password: str) -> bytes:
    # The same letters may be composed or decomposed, depending on the keyboard (NIST SP 800-63B).
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")


def _guessable(password: str, name: str) -> bool:
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password)
    bare = re.sub(r"[\W_]+", "", password)
    if len(set(bare)) < 5 or core in _COMMON or bare in _COMMON:
        return True
    if len(name) >= 3 and core == name:
        return True
    return any(bare in run or bare[::-1] in run for run in _RUNS)


def _refused(why: str) -> Invalid:
    return Invalid(f"the password {why}", reason="password_refused", errors={"password": why})
