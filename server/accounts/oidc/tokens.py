"""ID tokens (OpenID Connect Core 1.0 § 3.1.3.7), and logout tokens (Back-Channel Logout 1.0 § 2.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from server.accounts.oidc.signatures import Signed
from server.accounts.values import BadAnswer

SKEW = 60
"""Seconds by which the clocks of provider and server may differ."""

LONGEST_SUBJECT = 255
"""Characters of `sub` (§ 2)."""

LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
"""The event that makes a token a logout token (§ 2.4)."""

MOST_AHEAD = 3600
"""Seconds that a logout token is valid at most; the standard recommends two minutes. For so long it is stored
that it was used."""


@dataclass(frozen=True)
class Person:
    """Who has logged in at a provider."""

    issuer: str
    subject: str
    """Their name there, which is never given to anybody else (§ 8)."""
    session: str
    """Of the session there; empty: the provider names none."""
    claims: Mapping[str, Any]

    def proved_at(self, now: datetime) -> datetime:
        """When they have shown the provider who they are; now, if it does not say."""
        told = self.claims.get("auth_time")
        if not isinstance(told, int | float) or not 0 < told < now.timestamp():
            return now
        return datetime.fromtimestamp(told, UTC)


def person(
    signed: Signed,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str,
    now: datetime,
    since: datetime | None = None,
) -> Person:
    """Who a verified ID token is about, which this login has asked for.

    :param since: since when they must have shown the provider who they are. It was asked by `max_age`, and so
        has to say when they did (§ 3.1.2.1)

    :raises BadAnswer: it is of another issuer, for another client, for another login, too old, or does not
        belong to the access token that came with it; `auth_time_missing` or `auth_time_before`, by `since`.
    """
    claims = _checked(signed, issuer, client_id, now, nonce=nonce, access_token=access_token)
    if "events" in claims:
        raise BadAnswer("token_of_another_kind")
    if since is not None:
        if "auth_time" not in claims:
            raise BadAnswer("auth_time_missing")
        if _is_before(claims["auth_time"], since):
            raise BadAnswer("auth_time_before")
    return Person(issuer, _subject(claims), _text(claims, "sid"), claims)


@dataclass(frozen=True)
class Logout:
    """Whose sessions a provider has ended."""

    issuer: str
    subject: str
    """Empty: that of the session alone."""
    session: str
    """Empty: all sessions of the subject."""
    token_id: str
    """Each is used once."""
    expires_at: datetime


def logout(signed: Signed, *, issuer: str, client_id: str, now: datetime) -> Logout:
    """What a verified logout token says (§ 2.6). Whether it was used before, the caller knows.

    :raises BadAnswer: it is none, or not for this client, or too old.
    """
    if signed.kind not in ("", "jwt", "logout+jwt"):
        raise BadAnswer("token_of_another_kind")
    if "nonce" in signed.claims:
        raise BadAnswer("token_of_another_kind")  # an ID token
    subjectless = {"sub": "-", **signed.claims}
    claims = _checked(Signed(signed.algorithm, signed.kind, subjectless), issuer, client_id, now)
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(LOGOUT), Mapping):
        raise BadAnswer("token_of_another_kind")
    expires_at = float(claims["exp"])
    if expires_at > now.timestamp() + MOST_AHEAD:
        raise BadAnswer("token_valid_too_long")
    subject = _subject(signed.claims) if "sub" in signed.claims else ""
    session, token_id = _text(claims, "sid"), _text(claims, "jti")
    if not token_id or not (subject or session):
        raise BadAnswer("token_incomplete")
    return Logout(issuer, subject, session, token_id, datetime.fromtimestamp(expires_at + SKEW, UTC))


def _checked(
    signed: Signed, issuer: str, client_id: str, now: datetime, **expected: str
) -> Mapping[str, Any]:
    """:raises BadAnswer: a claim is missing or wrong."""
    token = CodeIDToken(
        dict(signed.claims),
        {"alg": signed.algorithm},
        {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}},
        {"client_id": client_id, **expected},
    )
    try:
        token.validate(now=int(now.timestamp()), leeway=SKEW)
    except (JoseError, ValueError, TypeError, OverflowError) as fault:
        raise BadAnswer(f"token_claims_{getattr(fault, 'claim', None) or 'malformed'}") from fault
    return signed.claims


def _is_before(told: object, since: datetime) -> bool:
    return not isinstance(told, int | float) or told < since.timestamp() - SKEW


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims["sub"]
    # No control characters: PostgreSQL takes no NUL, and logs have lines.
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise BadAnswer("token_claims_sub")
    return subject


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST_SUBJECT or not value.isprintable():
        raise BadAnswer(f"token_claims_{name}")
    return value
