"""A form that was sent without a login, encrypted for the page of the login, to be sent after it. Pure.

Nothing of it is stored on the server: the page carries it, with the time at which it was made.
"""

import json
import zlib
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.core.sealing import Unreadable, seal_bytes, unseal_bytes

LIFETIME = timedelta(minutes=30)
"""For how long it can be sent after all."""

LONGEST = 256 * 1024
"""Most bytes of a form that is kept."""

MOST_FIELDS = 10_000
"""Most fields of a form that is kept: each becomes an element of the page of the login."""

PASSWORDS = frozenset({"password", "current"})
"""Names of fields with passwords: a form with one of them is never kept."""

_PLACE, _KIND = "the page of the login", "kept-form"

_LEFT_OUT = frozenset({"csrf_token", "kept"})


@dataclass(frozen=True)
class KeptForm:
    """What somebody sent, to be sent again."""

    path: str
    """Path and query of the page that it was sent to."""
    fields: tuple[tuple[str, str], ...]
    """Without the token of the session that has ended."""
    files: tuple[str, ...]
    """Names of fields with files, which have to be chosen again."""


def kept(path: str, fields: Iterable[tuple[str, str]], files: Collection[str]) -> KeptForm | None:
    """The form to keep; None if it has a password, is too long, or has too many fields."""
    mine = tuple((name, value) for name, value in fields if name not in _LEFT_OUT)
    if len(mine) > MOST_FIELDS:
        return None
    if any(name in PASSWORDS for name, _value in mine):
        return None
    if sum(len(name) + len(value.encode()) for name, value in mine) > LONGEST:
        return None
    return KeptForm(path, mine, tuple(files))


def seal(form: KeptForm, *, secret_key: str, now: datetime) -> str:
    """The form as text that only this server can read."""
    plain = json.dumps([now.timestamp(), form.path, form.fields, form.files]).encode()
    packed = zlib.compress(plain)
    return urlsafe_b64encode(seal_bytes(packed, _PLACE, secret_key=secret_key, kind=_KIND)).decode()


def unseal(sealed: str, *, secret_key: str, now: datetime) -> KeptForm | None:
    """The form; None if this server did not seal it, or too long ago."""
    packed = _packed(sealed, secret_key)
    if packed is None:
        return None
    made_at, path, fields, files = json.loads(zlib.decompress(packed))
    if now.timestamp() > made_at + LIFETIME.total_seconds():
        return None
    return KeptForm(path, tuple((name, value) for name, value in fields), tuple(files))


def is_sealed(text: str, *, secret_key: str) -> bool:
    """Whether this server has sealed it, however long ago."""
    return _packed(text, secret_key) is not None


def _packed(sealed: str, secret_key: str) -> bytes | None:
    try:
        # Strict: what is not Base64 would be skipped otherwise, and be stored with the rest.
        raw = b64decode(sealed, altchars=b"-_", validate=True)
        return unseal_bytes(raw, _PLACE, secret_key=secret_key, kind=_KIND)
    except (Unreadable, ValueError):
        return None
