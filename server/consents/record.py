"""The record of a decision: its one byte form, what commits to it, and the digests that find it again.

Form 1 of the record is the canonical JSON (`server.core.canonical`) of an object with exactly these keys:

| key | |
| --- | --- |
| `v` | 1 |
| `site` | public key of the site |
| `cid` | public number of the record |
| `idem` | the browser's own id of the decision |
| `version`, `cfg` | number and content hash of the banner version that the visitor saw |
| `lang` | language in which it was shown |
| `action`, `surface` | what the visitor did, and where |
| `choices` | optional category → granted |
| `services` | service that differs from its category → granted |
| `signals` | what the browser asked for by itself |
| `decided_at` | the browser's time, clamped to between the version's publishing and `recorded_at` |
| `recorded_at`, `expires_at` | the server's time, and when the visitor may be asked again |

Times are UTC with milliseconds and a `Z`. A form that was once given out is never changed; the next one gets
another `v` and another domain word in `commitment`.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from functools import lru_cache

from server.consents.decision_rules import DecisionRules
from server.consents.values import Decision, NewConsent
from server.core.canonical import canonical

SALT_BYTES = 32
"""Length of the key of a commitment."""


def new_consent(
    decision: Decision,
    rules: DecisionRules,
    *,
    site_id: str,
    site_key: str,
    consent_id: str,
    salt: bytes,
    secret_key: str,
    now: datetime,
) -> NewConsent:
    """The decision as it will be stored; `consent_id` and `salt` are new random values."""
    recorded_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    expires_at = rules.expires_at(decision, recorded_at)
    choices = dict(sorted(decision.choices.items()))
    record = canonical(
        {
            "v": 1,
            "site": site_key,
            "cid": consent_id,
            "idem": decision.id,
            "version": rules.number,
            "cfg": rules.content_hash,
            "lang": decision.language,
            "action": decision.action,
            "surface": decision.surface,
            "choices": choices,
            "services": dict(decision.services),
            "signals": dict(decision.signals),
            "decided_at": moment(rules.decided_at(decision, recorded_at)),
            "recorded_at": moment(recorded_at),
            "expires_at": moment(expires_at),
        }
    )
    return NewConsent(
        site_id=site_id,
        consent_id=consent_id,
        decision_id=decision.id,
        request_digest=request_digest(secret_key, site_id, decision),
        visitor_digest=visitor_digest(secret_key, site_id, decision.visitor),
        version=rules.number,
        language=decision.language,
        action=decision.action,
        choices=choices,
        recorded_at=recorded_at,
        expires_at=expires_at,
        record=record,
        salt=salt,
        commitment=commitment(salt, record),
        decision_digest=decision_digest(secret_key, site_id, decision.id),
    )


def commitment(salt: bytes, record: bytes) -> bytes:
    """What binds to the record, and tells nothing about it to who does not have the salt.

    :raises ValueError: the salt does not have `SALT_BYTES` bytes.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return hmac.digest(salt, b"samtykke/record/v1\n" + record, hashlib.sha256)


def tombstone(salt: bytes, erased: bytes) -> bytes:
    """What says that the record behind the commitment `erased` was deleted, to who holds this fresh salt.

    :raises ValueError: the salt does not have `SALT_BYTES` bytes.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return hmac.digest(salt, b"samtykke/erasure/v1\n" + erased, hashlib.sha256)


def decision_digest(secret_key: str, site_id: str, decision_id: str) -> bytes:
    """How an erased decision is recognised when it comes again; its id cannot be got back from it."""
    key = _derived(secret_key, b"samtykke/erased/v1")
    return hmac.digest(key, f"{site_id}\n{decision_id}".encode(), hashlib.sha256)


def visitor_digest(secret_key: str, site_id: str, visitor: str) -> bytes:
    """How the records of one browser on one site find each other; the secret cannot be got back from it."""
    key = _derived(secret_key, b"samtykke/visitor/v1")
    return hmac.digest(key, f"{site_id}\n{visitor}".encode(), hashlib.sha256)


def request_digest(secret_key: str, site_id: str, decision: Decision) -> bytes:
    """Equal for two decisions if and only if the same was sent; absent and empty are the same."""
    sent = {
        "id": decision.id,
        "visitor": decision.visitor,
        "version": decision.version,
        "language": decision.language,
        "action": decision.action,
        "surface": decision.surface,
        "choices": dict(decision.choices),
        "services": dict(decision.services),
        "signals": dict(decision.signals),
        "decided_at": decision.decided_at and decision.decided_at.astimezone(UTC).isoformat(),
    }
    key = _derived(secret_key, b"samtykke/request/v1")
    return hmac.digest(key, site_id.encode() + b"\n" + canonical(sent), hashlib.sha256)


def moment(value: datetime) -> str:
    """A time as records and answers write it, e.g. `2026-11-22T12:00:00.000Z`."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


@lru_cache(maxsize=16)
def _derived(secret_key: str, purpose: bytes) -> bytes:
    """A key of its own for each purpose, so that no digest can stand in for another."""
    return hmac.digest(secret_key.encode(), purpose, hashlib.sha256)
