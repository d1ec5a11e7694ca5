"""Passkeys (WebAuthn level 3, https://www.w3.org/TR/webauthn-3/): added, used for a login, and removed.

Each is a discoverable credential with user verification: it names its user, and a PIN, finger or face opens
it. So it is a second factor beside the password, and two factors by itself.
"""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import webauthn
from webauthn.helpers import base64url_to_bytes, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from server.accounts.models import Passkey as Row
from server.accounts.models import UsedChallenge
from server.accounts.service import factors
from server.accounts.values import Identity
from server.core.db import Base, db, insert
from server.core.errors import Conflict, Invalid, NotFound, Unauthenticated
from server.core.ids import PATTERN, new_id
from server.core.plain_text import one_line

CHALLENGE_LASTS = timedelta(minutes=5)
"""How long a challenge may be answered."""

MOST = 20
"""Most passkeys of a user."""

LONGEST_NAME = 60

LONGEST_ANSWER = 20_000
"""Most characters of what a browser answers; attestation is not asked for."""

_JUNK = (
    WebAuthnException,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    struct.error,
    RecursionError,
)
"""What the parsers raise for what is no answer at all; of JSON and CBOR that nest deeply, the last."""


@dataclass(frozen=True)
class Party:
    """The server, as passkeys know it."""

    host: str
    """Relying party id: passkeys of one host are shown to no other."""
    origin: str


@dataclass(frozen=True)
class Passkey:
    """A passkey as its user sees it."""

    passkey_id: str
    name: str
    added_at: datetime
    last_used_at: datetime | None


class Cloned(Unauthenticated):
    """A passkey whose counter has not grown: somebody has a copy of it (WebAuthn level 3, 6.1.1)."""

    def __init__(self, user_id: str, name: str) -> None:
        fault = "this passkey seems to be copied; remove it, and add another"
        super().__init__(fault, reason="passkey_cloned")
        self.user_id = user_id
        self.name = name


def new_challenge() -> bytes:
    """A challenge of 256 bits, for one browser, which answers it once."""
    return secrets.token_bytes(32)


def creation_options(user: Identity, challenge: bytes, *, party: Party) -> dict[str, Any]:
    """What a browser needs to make a passkey of a user; those that they have are not made again."""
    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name="Samtykke",
        user_id=user.user_id.encode(),
        user_name=user.email,
        user_display_name=user.email,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(user.user_id),
    )
    return options_to_json_dict(options)


def request_options(challenge: bytes, *, user_id: str | None, party: Party) -> dict[str, Any]:
    """What a browser needs to use a passkey: of this user, or None: of whoever it belongs to."""
    options = webauthn.generate_authentication_options(
        rp_id=party.host,
        challenge=challenge,
        allow_credentials=_descriptors(user_id) if user_id is not None else [],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def use_challenge(challenge: bytes, *, now: datetime) -> None:
    """Note that a challenge is answered, in a transaction of its own: right or wrong, it is answered once.

    :raises Unauthenticated: `challenge_used`.
    """
    db.session.execute(sa.delete(UsedChallenge).where(UsedChallenge.expires_at <= now))
    table = Base.metadata.tables[UsedChallenge.__tablename__]
    row = {"digest": hashlib.sha256(challenge).digest(), "expires_at": now + CHALLENGE_LASTS}
    first = insert(table).values(**row).on_conflict_do_nothing().returning(table.c.digest)
    if db.session.scalar(first) is None:
        raise _refused(reason="challenge_used")


def add(user_id: str, answer: str, challenge: bytes, *, name: str, party: Party, now: datetime) -> Passkey:
    """Add the passkey that a browser has made for this challenge.

    :raises Invalid: `name` is empty or too long, or the answer is none (`passkey`).
    :raises Conflict: `passkey_known`, or `too_many` passkeys.
    """
    named = one_line(name).strip()
    if not named or len(named) > LONGEST_NAME:
        raise Invalid(
            f"the name must have 1 to {LONGEST_NAME} characters",
            errors={"name": f"must have 1 to {LONGEST_NAME} characters"},
        )
    if len(of(user_id)) >= MOST:
        raise Conflict(f"there are {MOST} passkeys already; remove one first", reason="too_many")
    try:
        made = webauthn.verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _JUNK as fault:
        raise Invalid(
            "the passkey was not made; try again",
            reason="passkey_refused",
            errors={"passkey": "is not made yet; try again"},
        ) from fault
    if db.session.scalar(sa.select(Row.id).where(Row.credential_id == made.credential_id)) is not None:
        raise Conflict("this passkey is added already", reason="passkey_known")
    row = Row(
        id=new_id(),
        user_id=user_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=named,
        added_at=now,
        last_used_at=None,
    )
    db.session.add(row)
    db.session.flush()
    return _passkey(row)


def prove(answer: str, challenge: bytes, *, user_id: str | None, party: Party, now: datetime) -> str:
    """The user whose passkey has signed this challenge: this one, or None: whoever it belongs to.

    :raises Unauthenticated: `passkey_refused`; it has not, or is not theirs. `Cloned`: it has, but is a copy,
        or the original of one.
    """
    try:
        credential = _read(answer)
        row = db.session.scalar(
            sa.select(Row).where(Row.credential_id == base64url_to_bytes(str(credential["rawId"])))
        )
        if row is None or user_id not in (None, row.user_id):
            raise _refused()
        handle = credential["response"].get("userHandle")
        # Whoever is not known yet is named by it; to somebody who is, it may be left out (§ 7.2, step 6).
        named = base64url_to_bytes(str(handle)) if handle else b""
        if (named or user_id is None) and named != row.user_id.encode():
            raise _refused()
        signed = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=row.public_key,
            # Compared below, once the signature is known to be right: strangers must raise no alarm.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _JUNK as fault:
        raise _refused() from fault
    _count(row, signed.new_sign_count, now)
    return row.user_id


def of(user_id: str) -> tuple[Passkey, ...]:
    """The passkeys of a user, in the order in which they were added."""
    rows = db.session.scalars(sa.select(Row).where(Row.user_id == user_id).order_by(Row.added_at, Row.id))
    return tuple(_passkey(row) for row in rows)


def remove(user_id: str, passkey_id: str) -> str:
    """Remove a passkey of a user, and their recovery codes with the last factor; returns its name.

    :raises NotFound: `passkey_unknown`.
    """
    found = None
    if PATTERN.fullmatch(passkey_id):
        gone = sa.delete(Row).where(Row.id == passkey_id, Row.user_id == user_id).returning(Row.name)
        found = db.session.scalar(gone)
    if found is None:
        raise NotFound("there is no such passkey", reason="passkey_unknown")
    factors.forget_needless_codes(user_id)
    return found


def _count(row: Row, count: int, now: datetime) -> None:
    """Store the counter of a passkey, if it has grown; compared with what is stored at that moment.

    So of two answers with one count, one is refused; and of two that the device gave one after the other,
    none is, unless the later one came first.
    """
    # Those of phones and password managers do not count at all.
    follows = Row.sign_count < count if count else Row.sign_count == 0
    grown = sa.update(Row).where(Row.id == row.id, follows)
    stored = grown.values(sign_count=count, last_used_at=now).returning(Row.id)
    if db.session.scalar(stored) is None:
        raise Cloned(row.user_id, row.name)


def _descriptors(user_id: str) -> list[PublicKeyCredentialDescriptor]:
    ids = db.session.scalars(sa.select(Row.credential_id).where(Row.user_id == user_id))
    return [PublicKeyCredentialDescriptor(id=one) for one in ids]


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("too long")
    found = json.loads(answer)
    if not isinstance(found, dict) or not isinstance(found.get("response"), dict):
        raise TypeError("no object")
    return found


def _refused(*, reason: str = "passkey_refused") -> Unauthenticated:
    return Unauthenticated("this passkey was not accepted; try again", reason=reason)


def _passkey(row: Row) -> Passkey:
    return Passkey(row.id, row.name, row.added_at, row.last_used_at)
