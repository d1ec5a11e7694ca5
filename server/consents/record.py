"""The record of a decision: its canonical bytes, the commitment to it, and keyed digests for lookups.

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
    content = {
        "v": 1,
        "site": site_key,
        "cid": consent_id,
        "version": rules.number,
        "cfg": rules.content_hash,
        "decided_at": timestamp(rules.decided_at(decision, recorded_at)),
        "recorded_at": timestamp(recorded_at),
        "expires_at": timestamp(expires_at),
    }
    record = canonical(content | _content_of(decision))
    return NewConsent(
        site_id=site_id,
        consent_id=consent_id,
        decision_id=decision.id,
        request_digest=request_digest(secret_key, site_id, decision),
        visitor_digest=visitor_digest(secret_key, site_id, decision.visitor),
        version=rules.number,
        language=decision.language,
        action=decision.action,
        choices=dict(sorted(decision.choices.items())),
        recorded_at=recorded_at,
        expires_at=expires_at,
        record=record,
        salt=salt,
        commitment=commitment(salt, record),
        decision_digest=decision_digest(secret_key, site_id, decision.id),
    )


def _content_of(decision: Decision) -> dict[str, object]:
    """What the record holds of the decision as it was sent."""
    return {
        "idem": decision.id,
        "lang": decision.language,
        "action": decision.action,
        "surface": decision.surface,
        "choices": dict(sorted(decision.choices.items())),
        "services": dict(decision.services),
        "signals": dict(decision.signals),
    }


def commitment(salt: bytes, record: bytes) -> bytes:
    """The commitment to a record: binding, and hiding without the salt. HMAC-SHA256, 32 bytes.

    :raises ValueError: the salt does not have `SALT_BYTES` bytes.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return hmac.digest(salt, b"samtykke/record/v1\n" + record, hashlib.sha256)


def tombstone(salt: bytes, erased: bytes) -> bytes:
    """The tombstone of an erased record: a commitment to its commitment `erased`, with a new salt.

    :raises ValueError: the salt does not have `SALT_BYTES` bytes.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return hmac.digest(salt, b"samtykke/erasure/v1\n" + erased, hashlib.sha256)


def decision_digest(secret_key: str, site_id: str, decision_id: str) -> bytes:
    """Keyed digest of a decision id, by which a retry of an erased decision is recognised."""
    key = _derived(secret_key, b"samtykke/erased/v1")
    return hmac.digest(key, f"{site_id}\n{decision_id}".encode(), hashlib.sha256)


def visitor_digest(secret_key: str, site_id: str, visitor: str) -> bytes:
    """Keyed digest of a browser's secret for a site, by which its records are found."""
    key = _derived(secret_key, b"samtykke/visitor/v1")
    return hmac.digest(key, f"{site_id}\n{visitor}".encode(), hashlib.sha256)


def request_digest(secret_key: str, site_id: str, decision: Decision) -> bytes:
    """Keyed digest of a decision as sent, to compare retries; absent and empty fields are equal."""
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


def timestamp(value: datetime) -> str:
    """A time in UTC with milliseconds, as in records and answers, e.g. `2026-11-22T12:00:00.000Z`."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


@lru_cache(maxsize=16)
def _derived(secret_key: str, purpose: bytes) -> bytes:
    """A key derived for each purpose, so that digests of different purposes are independent."""
    return hmac.digest(secret_key.encode(), purpose, hashlib.sha256)
