"""The answers of the operator's identity provider, fetched when they are needed.

Its discovery document and keys stay in the memory of the process for an hour. A token that is signed with a
key that is not among them has them fetched again, though not more often than `KEYS_AGAIN`: anybody can make
up names of keys. Who needs them meanwhile waits for the one fetch.

The operator's own provider may be inside of their network, so private addresses are allowed for exactly the
issuer's host; all else that its document names has to be on the Internet.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from joserfc.jwk import Key

from server.accounts.oidc import authorization, metadata, signatures
from server.accounts.oidc.faults import UnknownKey
from server.accounts.oidc.metadata import Metadata
from server.accounts.oidc.signatures import Signed
from server.accounts.values import BadAnswer
from server.core import guarded_fetch
from server.core.addresses import FetchFault
from server.core.errors import DomainError, Unavailable
from server.core.identity_provider import IdentityProvider
from server.core.strict_json import strict_json

TIMEOUT = 10.0
"""Seconds for each request, in all."""

LIMIT = 256 * 1024
"""Most bytes of an answer."""

KEPT = timedelta(hours=1)
"""How long document and keys are used: a key that the provider has taken back is not believed after that."""

KEYS_AGAIN = timedelta(seconds=30)
"""How often the keys are asked for at most, for a key that is unknown and after no answer."""

log = structlog.get_logger("samtykke.single_sign_on")


@dataclass(frozen=True)
class _Known:
    """What one provider has answered."""

    found: Metadata
    found_at: datetime
    keys: tuple[Key, ...] = ()
    keys_at: datetime | None = None
    """None: it has named none yet."""
    asked_at: datetime | None = None
    """When the keys were last asked for, with or without an answer."""


_known: dict[str, _Known] = {}
_guard = threading.Lock()
_fetching_keys = threading.Lock()


def forget() -> None:
    """Fetch everything again, for tests."""
    with _guard:
        _known.clear()


def provider_metadata(provider: IdentityProvider, *, now: datetime) -> Metadata:
    """Where the provider is asked for what.

    :raises Unavailable: it cannot be reached.
    :raises BadAnswer: its discovery document is not to be believed.
    """
    known = _known.get(provider.issuer)
    if known is None or not known.found_at <= now < known.found_at + KEPT:
        document = _fetched(provider, metadata.discovery_address(provider.issuer))
        found = metadata.metadata(document, issuer=provider.issuer)
        with _guard:
            known = replace(_known.get(provider.issuer) or _Known(found, now), found=found, found_at=now)
            _known[provider.issuer] = known
    return known.found


def verified(provider: IdentityProvider, token: str, *, now: datetime) -> Signed:
    """The content of a token that the provider has signed.

    :raises Unavailable: its keys cannot be fetched.
    :raises BadAnswer: it has not signed it.
    """
    try:
        return signatures.verified(token, _keys(provider, now, within=KEPT))
    except UnknownKey:
        return signatures.verified(token, _keys(provider, now, within=KEYS_AGAIN))


@dataclass(frozen=True)
class Tokens:
    """What a code was exchanged for."""

    id_token: str
    access_token: str
    """Empty: there is none."""


def exchanged(
    provider: IdentityProvider, code: str, verifier: str, *, redirect_uri: str, now: datetime
) -> Tokens:
    """The tokens for a code.

    :raises Unavailable: the provider cannot be reached.
    :raises BadAnswer: it does not take the code, as one that was used before, or answers without an ID token.
    """
    found = provider_metadata(provider, now=now)
    asked = authorization.token_request(found, provider, code, verifier, redirect_uri=redirect_uri)
    answer = _object(_fetched(provider, found.token_endpoint, asked.headers, asked.body))
    id_token, access_token = answer.get("id_token"), answer.get("access_token", "")
    if not isinstance(id_token, str) or not isinstance(access_token, str):
        raise BadAnswer("answer_without_token")
    return Tokens(id_token, access_token)


def further_claims(
    provider: IdentityProvider, access_token: str, subject: str, *, now: datetime
) -> Mapping[str, Any]:
    """What the provider says of a person beside the ID token (§ 5.3); nothing if it has no such page.

    :raises Unavailable: the provider cannot be reached.
    :raises BadAnswer: it answers about another person.
    """
    found = provider_metadata(provider, now=now)
    if not found.userinfo_endpoint or not access_token:
        return {}
    headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
    claims = _object(_fetched(provider, found.userinfo_endpoint, headers))
    if claims.get("sub") != subject:
        raise BadAnswer("userinfo_of_another")
    return claims


# --- internal --------------------------------------------------------------------------------------------


def _keys(provider: IdentityProvider, now: datetime, *, within: timedelta) -> tuple[Key, ...]:
    """The keys of the provider, at most so old.

    :raises Unavailable: they cannot be fetched, or could not a moment ago.
    """
    found = provider_metadata(provider, now=now)
    with _fetching_keys:
        known = _known[provider.issuer]
        if _is_within(known.keys_at, within, now):
            return known.keys
        if _is_within(known.asked_at, KEYS_AGAIN, now):
            raise _unavailable(provider)
        # Before they are fetched, so that tokens of strangers cannot make the server ask all the time.
        _note(provider, asked_at=now)
        keys = signatures.keys_of(_fetched(provider, found.jwks_uri))
        _note(provider, keys=keys, keys_at=now)
    return keys


def _is_within(moment: datetime | None, span: timedelta, now: datetime) -> bool:
    # Either way: who waited for the keys may have read the clock before who fetched them.
    return moment is not None and abs(now - moment) < span


def _note(provider: IdentityProvider, **what: Any) -> None:
    with _guard:
        _known[provider.issuer] = replace(_known[provider.issuer], **what)


def _fetched(
    provider: IdentityProvider, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> object:
    """:raises Unavailable: there is no answer.
    :raises BadAnswer: it is an error, or not JSON.
    """
    own = urlsplit(url).hostname == provider.host
    sent = headers or {"Accept": "application/json"}
    try:
        if body is None:
            answer = guarded_fetch.get(url, sent, timeout=TIMEOUT, allow_private=own, limit=LIMIT)
        else:
            answer = guarded_fetch.post(url, body, sent, timeout=TIMEOUT, allow_private=own, limit=LIMIT)
    except FetchFault as fault:
        log.warning("identity_provider_unreachable", host=urlsplit(url).hostname, reason=fault.reason)
        raise _unavailable(provider) from fault
    if answer.status >= 500 or answer.status == 429:
        log.warning("identity_provider_unreachable", host=urlsplit(url).hostname, status=answer.status)
        raise _unavailable(provider)
    if answer.status != 200 or not answer.complete:
        raise BadAnswer(f"answer_{answer.status}")
    try:
        return strict_json(answer.body)
    except DomainError as fault:
        raise BadAnswer("answer_malformed") from fault


def _unavailable(provider: IdentityProvider) -> Unavailable:
    return Unavailable(f"{provider.name} cannot be reached; try again in a moment", retry_after=30)


def _object(answer: object) -> Mapping[str, Any]:
    if not isinstance(answer, Mapping):
        raise BadAnswer("answer_malformed")
    return answer
