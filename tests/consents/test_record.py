"""What the canonical record and its digests promise, whatever is put into them."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from string import ascii_lowercase, digits
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.consents.decision_rules import DecisionRules, validate
from server.consents.record import commitment, new_consent, request_digest, visitor_digest
from server.consents.values import ACTIONS, SIGNALS, SURFACES, Decision, NewConsent
from server.core.ids import new_id

KEY = "tests-only-" + "k" * 32
NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
PUBLISHED = datetime(2026, 11, 1, tzinfo=UTC)

keys = st.builds(
    str.__add__,
    st.sampled_from(ascii_lowercase),
    st.text(ascii_lowercase + digits + "_", min_size=1, max_size=23),
)
flags = st.dictionaries(keys, st.booleans(), max_size=8)
decisions = st.builds(
    Decision,
    id=st.builds(new_id),
    visitor=st.builds(new_id),
    version=st.integers(1, 2**31 - 1),
    language=st.sampled_from(["nb", "nn", "en", "pt-BR"]),
    action=st.sampled_from(sorted(ACTIONS)),
    surface=st.sampled_from(sorted(SURFACES)),
    choices=flags,
    services=flags,
    signals=st.dictionaries(st.sampled_from(sorted(SIGNALS)), st.booleans()),
    decided_at=st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)


def rules_for(decision: Decision) -> DecisionRules:
    return DecisionRules(
        number=decision.version,
        content_hash="sha256:" + "0" * 64,
        published_at=PUBLISHED,
        categories=tuple(decision.choices),
        services=frozenset(decision.services),
        languages=frozenset([decision.language]),
        validity=timedelta(days=365),
        refusal=timedelta(days=182),
    )


def consent_of(decision: Decision, *, salt: bytes = b"s" * 32, consent_id: str = "C" * 26) -> NewConsent:
    return new_consent(
        decision,
        rules_for(decision),
        site_id="S" * 22,
        site_key="butikk",
        consent_id=consent_id,
        salt=salt,
        secret_key=KEY,
        now=NOW,
    )


def turned(flags: Any) -> dict[str, bool]:
    return dict(reversed(list(flags.items())))


@given(decisions)
def test_a_record_says_what_was_decided(decision: Decision) -> None:
    record = json.loads(consent_of(decision).record)
    assert set(record) == {
        *("v", "site", "cid", "idem", "version", "cfg", "lang", "action", "surface"),
        *("choices", "services", "signals", "decided_at", "recorded_at", "expires_at"),
    }
    assert (record["v"], record["site"], record["cid"]) == (1, "butikk", "C" * 26)
    assert (record["idem"], record["version"], record["lang"]) == (
        decision.id,
        decision.version,
        decision.language,
    )
    assert (record["action"], record["surface"]) == (decision.action, decision.surface)
    assert (record["choices"], record["services"]) == (decision.choices, decision.services)
    assert record["recorded_at"] == "2026-11-22T12:00:00.123Z"


@given(decisions)
def test_a_record_never_has_the_visitors_secret(decision: Decision) -> None:
    new = consent_of(decision)
    assert decision.visitor.encode() not in new.record
    assert decision.visitor.encode() not in new.visitor_digest + new.request_digest


@given(decisions)
def test_reading_and_writing_a_record_again_gives_the_same_bytes(decision: Decision) -> None:
    record = consent_of(decision).record
    again = json.dumps(json.loads(record), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert again.encode() == record


@given(decisions)
def test_the_order_of_keys_makes_no_difference(decision: Decision) -> None:
    other = replace(
        decision,
        choices=turned(decision.choices),
        services=turned(decision.services),
        signals=turned(decision.signals),
    )
    assert consent_of(other).record == consent_of(decision).record
    assert consent_of(other).request_digest == consent_of(decision).request_digest


@given(decisions, decisions)
def test_equal_content_and_equal_digests_are_the_same(one: Decision, other: Decision) -> None:
    for changed in (other, *(replace(one, **{name: value}) for name, value in vars(other).items())):
        same = request_digest(KEY, "S" * 22, one) == request_digest(KEY, "S" * 22, changed)
        assert same == (one == changed)


@given(decisions, st.binary(min_size=32, max_size=32))
def test_the_commitment_is_the_documented_one(decision: Decision, salt: bytes) -> None:
    new = consent_of(decision, salt=salt)
    expected = hmac.new(salt, b"samtykke/record/v1\n" + new.record, hashlib.sha256).digest()
    assert (new.commitment, new.salt) == (expected, salt)


@given(decisions, st.integers(0, 255), st.integers(0, 10_000))
def test_one_changed_bit_breaks_the_commitment(decision: Decision, place: int, bit: int) -> None:
    new = consent_of(decision)
    changed = bytearray(new.record)
    changed[place % len(changed)] ^= 1 << bit % 8
    assert commitment(new.salt, bytes(changed)) != new.commitment


def test_a_salt_of_another_length_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        commitment(b"short", b"{}")


def test_one_browser_is_another_on_another_site_and_under_another_key() -> None:
    secret = new_id()
    digests = {
        visitor_digest(KEY, "S" * 22, secret),
        visitor_digest(KEY, "T" * 22, secret),
        visitor_digest("other" * 10, "S" * 22, secret),
        visitor_digest(KEY, "S" * 22, new_id()),
    }
    assert len(digests) == 4
    assert visitor_digest(KEY, "S" * 22, secret) in digests


@given(decisions)
def test_the_browsers_time_is_never_believed_further_than_it_can_be_true(decision: Decision) -> None:
    decided_at = rules_for(decision).decided_at(decision, NOW)
    assert PUBLISHED <= decided_at <= NOW
    if decision.decided_at and PUBLISHED <= decision.decided_at <= NOW:
        assert decided_at == decision.decided_at


@given(decisions)
def test_a_decision_that_fits_contradicts_neither_its_version_nor_its_action(decision: Decision) -> None:
    found = validate(decision, rules_for(decision))
    values = [*decision.choices.values(), *decision.services.values()]
    fits = {"save": True, "accept_all": all(values)}.get(decision.action, not any(values))
    assert (found == {}) == fits
    assert set(found) <= {"action"}


@given(decisions, keys)
def test_what_the_version_does_not_know_is_named(decision: Decision, key: str) -> None:
    rules = rules_for(replace(decision, choices={key: True}, services={}))
    found = validate(decision, rules)
    named = {f"choices.{other}" for other in {*decision.choices} ^ {key}}
    assert named <= set(found)
    assert {f"services.{other}" for other in decision.services} <= set(found)
