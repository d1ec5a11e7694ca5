"""Passwords: what is accepted, how they are kept (argon2id, RFC 9106), and good ones made for people."""

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
"""Characters."""

LONGEST = 128
"""Characters; longer ones would only cost time."""

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without 0, 1, i, l and o, which people misread."""

_FIRST_GUESSES = """
    abc abcd abcdef admin administrator asdf asdfgh asdfghjkl changeme consent cookie
    correcthorsebatterystaple dragon football fotball hello hemmelig iloveyou letmein login master
    monkey norge norway oslo p@ssword p@ssw0rd passord passw0rd password passwordpassword
    passordpassord princess qazwsx qwerty qwertyuiop qwertyuiopå qwertz samtykke secret shadow
    sommer starwars sunshine superman test testtest trustno velkommen vinter welcome whatever zaq
    zxcvbn zxcvbnm
"""
_COMMON = frozenset(_FIRST_GUESSES.split())
"""What is left of the passwords everybody tries first, once digits and signs around them are taken off."""

_RUNS = (
    "01234567890123456789",
    "qwertyuiopåasdfghjkløæzxcvbnm",
    "abcdefghijklmnopqrstuvwxyzæøå",
    "qazwsxedcrfvtgbyhnujmikolp",
)

_hasher = PasswordHasher()
_at_once = threading.BoundedSemaphore(2)
_WAIT = 10.0
"""Seconds a login waits for its turn before it is told to come back."""


def check(password: str, *, email: str) -> None:
    """Accept a password that is long and not among the first guesses; nothing else is asked of it.

    :raises Invalid: with what is wrong under `password`.
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
    """The argon2id PHC string to keep instead of the password.

    :raises Unavailable: too many are being worked on.
    """
    with _turn():
        return _hasher.hash(_normal(password))


def matches(stored_hash: str | None, password: str) -> bool:
    """Whether `kept` was made of this password. Without `kept` the same work is done, and the answer is no.

    :raises Unavailable: too many are being worked on.
    """
    decoy = _decoy()  # Made on first use whoever asks, so that even that tells nothing apart.
    known = stored_hash if stored_hash is not None else decoy
    with _turn():
        try:
            _hasher.verify(known, _normal(password[: LONGEST + 1]))
        except (VerificationError, InvalidHashError):
            return False
    return stored_hash is not None


def generate() -> str:
    """A password of 99 bits that can be read over the telephone: four groups of five."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


@contextmanager
def _turn() -> Iterator[None]:
    # Each takes 64 MiB: a flood of logins may slow logins down, but not the machine.
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
    # The same letters may arrive composed or decomposed, depending on the keyboard (NIST SP 800-63B).
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
