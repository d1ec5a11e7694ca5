"""Second factors: what somebody has to show beside the password, added, used and removed.

Whoever changes one ends the other sessions of the user (`sessions.end_others`, or `end_all`), and tells them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from server.accounts import recovery_codes, totp
from server.accounts.models import AuthenticatorApp, Passkey, RecoveryCode
from server.core.db import db
from server.core.errors import Conflict, Invalid
from server.core.sealing import Unreadable, seal, unseal

Means = Literal["app", "code"]
"""What was typed: a code of the app, or a recovery code."""

_STORED, _OFFERED = "accounts/totp", "accounts/totp-offer"


@dataclass(frozen=True)
class Factors:
    """The second factors of a user."""

    app_since: datetime | None
    """None: no authenticator app."""
    codes_left: int
    """Recovery codes that were not used; 0 without a factor."""
    passkeys: int = 0

    @property
    def any(self) -> bool:
        """Whether the login asks for one."""
        return self.app_since is not None or self.passkeys > 0


@dataclass(frozen=True)
class Offer:
    """A secret for an app that has shown no code yet."""

    secret: str
    """In base 32."""
    sealed: str
    """The same encrypted, to be sent back with the first code."""

    @property
    def grouped(self) -> str:
        """The secret to be typed."""
        return totp.grouped(self.secret)

    def uri(self, *, account: str, issuer: str) -> str:
        """What an app reads from a QR code."""
        return totp.uri(self.secret, account=account, issuer=issuer)


FEW = recovery_codes.FEW
"""From how many recovery codes that are left on their owner is told."""


def of(user_id: str) -> Factors:
    """What a user has."""
    app = sa.select(AuthenticatorApp.added_at).where(AuthenticatorApp.user_id == user_id)
    keys = sa.select(sa.func.count()).where(Passkey.user_id == user_id)
    return Factors(db.session.scalar(app), _left(user_id), db.session.scalar(keys) or 0)


def of_all() -> dict[str, Factors]:
    """Id → factors of every user who has any, without their recovery codes; two reads."""
    apps = db.session.execute(sa.select(AuthenticatorApp.user_id, AuthenticatorApp.added_at)).all()
    counted = sa.select(Passkey.user_id, sa.func.count()).group_by(Passkey.user_id)
    keys = {row[0]: int(row[1]) for row in db.session.execute(counted)}
    since = {row.user_id: row.added_at for row in apps}
    return {one: Factors(since.get(one), 0, keys.get(one, 0)) for one in since.keys() | keys.keys()}


def offer_app(session_name: str, *, secret_key: str) -> Offer:
    """A new secret for an app.

    It is stored nowhere until the first code comes, and works in this session alone (`sessions.reference`).
    """
    secret = totp.new_secret()
    return Offer(secret, seal(secret, session_name, secret_key=secret_key, kind=_OFFERED).hex())


def offered(sealed: str, session_name: str, *, secret_key: str) -> Offer:
    """What was offered, by what was sent back of it.

    :raises Conflict: `offer_unknown`; it was not, or in another session.
    """
    try:
        secret = unseal(bytes.fromhex(sealed), session_name, secret_key=secret_key, kind=_OFFERED)
    except (Unreadable, ValueError) as fault:
        raise Conflict("this QR code is not valid any more; begin again", reason="offer_unknown") from fault
    return Offer(secret, sealed)


def add_app(user_id: str, secret: str, typed: str, *, now: datetime, secret_key: str) -> None:
    """Let a user log in with codes of an app, in the place of one that they had.

    :raises Invalid: `code` is none that the app shows now.
    """
    step = totp.step_of(secret, typed, now=now)
    if step is None:
        raise _wrong("is not what the app shows now; check the clock of your phone")
    db.session.execute(sa.delete(AuthenticatorApp).where(AuthenticatorApp.user_id == user_id))
    row = AuthenticatorApp(
        user_id=user_id,
        sealed=seal(secret, user_id, secret_key=secret_key, kind=_STORED),
        last_step=step,
        added_at=now,
    )
    db.session.add(row)
    db.session.flush()


def remove_app(user_id: str) -> bool:
    """Remove a user's app; False: they had none. Without any factor left, recovery codes go, too."""
    gone = sa.delete(AuthenticatorApp).where(AuthenticatorApp.user_id == user_id)
    if db.session.scalar(gone.returning(AuthenticatorApp.user_id)) is None:
        return False
    forget_needless_codes(user_id)
    return True


def forget_needless_codes(user_id: str) -> None:
    """Delete the recovery codes of a user who has no factor."""
    if not of(user_id).any:
        forget_codes(user_id)


def remove_all(user_id: str) -> bool:
    """Remove all second factors of a user, so that the password alone lets them in; False: they had none."""
    if not of(user_id).any:
        return False
    db.session.execute(sa.delete(Passkey).where(Passkey.user_id == user_id))
    remove_app(user_id)
    forget_codes(user_id)
    return True


def make_codes(user_id: str, *, secret_key: str) -> tuple[str, ...]:
    """New recovery codes, in the place of those that a user had; only this answer has them."""
    forget_codes(user_id)
    codes = recovery_codes.generate()
    digests = [recovery_codes.digest(code, secret_key=secret_key) for code in codes]
    db.session.add_all(RecoveryCode(user_id=user_id, digest=each, used_at=None) for each in digests)
    db.session.flush()
    return codes


def forget_codes(user_id: str) -> None:
    """Delete a user's recovery codes."""
    db.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def prove(user_id: str, typed: str, *, now: datetime, secret_key: str) -> Means:
    """Use up a code of the app, or a recovery code.

    :raises Invalid: `code` is neither, or was used before.
    """
    if _app_shows(user_id, typed, now=now, secret_key=secret_key):
        return "app"
    if _was_left(user_id, typed, now=now, secret_key=secret_key):
        return "code"
    raise _wrong("is not right, or was used before; wait for the next one")


def _app_shows(user_id: str, typed: str, *, now: datetime, secret_key: str) -> bool:
    sealed = db.session.scalar(sa.select(AuthenticatorApp.sealed).where(AuthenticatorApp.user_id == user_id))
    if sealed is None:
        return False
    try:
        secret = unseal(sealed, user_id, secret_key=secret_key, kind=_STORED)
    except Unreadable:
        return False  # the server has another secret key: recovery codes do not help then, the shell does
    step = totp.step_of(secret, typed, now=now)
    if step is None:
        return False
    # Compared and swapped, so that of two requests with the same code one is refused (RFC 6238, 5.2).
    newer = sa.update(AuthenticatorApp).where(
        AuthenticatorApp.user_id == user_id, AuthenticatorApp.last_step < step
    )
    used = newer.values(last_step=step).returning(AuthenticatorApp.user_id)
    return db.session.scalar(used) is not None


def _was_left(user_id: str, typed: str, *, now: datetime, secret_key: str) -> bool:
    found = sa.update(RecoveryCode).where(
        RecoveryCode.user_id == user_id,
        RecoveryCode.digest == recovery_codes.digest(typed, secret_key=secret_key),
        RecoveryCode.used_at.is_(None),
    )
    return db.session.scalar(found.values(used_at=now).returning(RecoveryCode.user_id)) is not None


def _left(user_id: str) -> int:
    unused = sa.select(sa.func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(unused) or 0


def _wrong(why: str) -> Invalid:
    return Invalid(f"the code {why}", reason="wrong_code", errors={"code": why})
