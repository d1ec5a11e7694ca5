"""Passkeys, on both databases: signed for this server, by this user, for this challenge, and never copied."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from webauthn import verify_registration_response
from webauthn.helpers import base64url_to_bytes

from server.accounts.models import Passkey, UsedChallenge
from server.accounts.service import factors, passkeys, users
from server.accounts.values import Identity
from server.core.db import db, transaction
from server.core.errors import Conflict, Invalid, NotFound, Unauthenticated
from tests.accounts.authenticator import PRESENT, Authenticator

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PARTY = passkeys.Party("studio.example.no", "https://studio.example.no")
CHALLENGE = b"c" * 32


@pytest.fixture
def kari(app: Flask) -> Iterator[Identity]:
    """Somebody, in one open transaction, as an edge would hold it."""
    with transaction():
        yield users.create_user(
            "kari@example.no", "owner", password="tre hester på vidda", site_ids=None, now=NOW
        )[0]


def device(who: Identity) -> Authenticator:
    return Authenticator(PARTY.host, PARTY.origin, who.user_id)


def added(who: Identity, name: str = "Telefonen") -> Authenticator:
    made = device(who)
    passkeys.add(who.user_id, made.create(CHALLENGE), CHALLENGE, name=name, party=PARTY, now=NOW)
    return made


def prove(answer: str, user_id: str | None = None, challenge: bytes = CHALLENGE) -> str:
    return passkeys.prove(answer, challenge, user_id=user_id, party=PARTY, now=NOW + timedelta(days=1))


def test_a_passkey_says_whose_it_is(kari: Identity) -> None:
    phone = added(kari)
    assert factors.of(kari.user_id) == factors.Factors(None, 0, passkeys=1)
    assert factors.of(kari.user_id).any
    assert prove(phone.get(CHALLENGE)) == kari.user_id
    assert prove(phone.get(CHALLENGE), kari.user_id) == kari.user_id
    (known,) = passkeys.of(kari.user_id)
    assert (known.name, known.added_at, known.last_used_at) == ("Telefonen", NOW, NOW + timedelta(days=1))


def test_another_challenge_server_or_user_is_refused(kari: Identity) -> None:
    ola = users.create_user("ola@example.no", "owner", password=None, site_ids=None, now=NOW)[0]
    phone = added(kari)
    with pytest.raises(Unauthenticated):
        prove(phone.get(b"d" * 32))
    with pytest.raises(Unauthenticated):
        prove(phone.get(CHALLENGE), ola.user_id)
    for change in (
        {"origin": "https://studio.example.no.evil.example"},
        {"origin": "http://studio.example.no"},
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"flags": 0},
        {"user_id": ola.user_id},
        {"credential_id": b"another"},
        {"key": device(kari).key},
    ):
        other = Authenticator(**{**vars(phone), "counter": 50, **change})
        with pytest.raises(Unauthenticated) as refused:
            prove(other.get(CHALLENGE))
        assert not isinstance(refused.value, passkeys.Cloned), change
    assert prove(phone.get(CHALLENGE)) == kari.user_id


def test_a_counter_that_does_not_grow_tells_of_a_copy(kari: Identity) -> None:
    phone = added(kari)
    copy = Authenticator(**vars(phone))
    assert prove(phone.get(CHALLENGE)) == kari.user_id
    with pytest.raises(passkeys.Cloned) as told:
        prove(copy.get(CHALLENGE))
    assert (told.value.user_id, told.value.name) == (kari.user_id, "Telefonen")
    copy.counts, copy.counter = False, 0
    with pytest.raises(passkeys.Cloned):
        prove(copy.get(CHALLENGE))
    assert db.session.scalar(sa.select(Passkey.sign_count)) == 1


def test_a_passkey_that_does_not_count_goes_on(kari: Identity) -> None:
    # As those of phones and password managers, which are copied from device to device.
    phone = added(kari)
    phone.counts = False
    assert [prove(phone.get(CHALLENGE)) for _ in range(2)] == [kari.user_id] * 2


def test_one_without_a_pin_or_finger_is_not_added(kari: Identity) -> None:
    for change in ({"flags": PRESENT}, {"origin": "https://evil.example"}, {"host": "evil.example"}):
        other = Authenticator(**{**vars(device(kari)), **change})
        with pytest.raises(Invalid) as refused:
            passkeys.add(kari.user_id, other.create(CHALLENGE), CHALLENGE, name="Min", party=PARTY, now=NOW)
        assert set(refused.value.errors) == {"passkey"}
    with pytest.raises(Invalid):
        passkeys.add(
            kari.user_id, device(kari).create(b"d" * 32), CHALLENGE, name="Min", party=PARTY, now=NOW
        )
    assert passkeys.of(kari.user_id) == ()


def test_names_are_short_and_one_passkey_is_added_once(kari: Identity) -> None:
    phone = added(kari, " Telefonen\n")
    with pytest.raises(Conflict) as known:
        passkeys.add(kari.user_id, phone.create(CHALLENGE), CHALLENGE, name="Igjen", party=PARTY, now=NOW)
    assert known.value.reason == "passkey_known"
    for name in ("", " ", "\x00", "x" * 61):
        with pytest.raises(Invalid) as refused:
            added(kari, name)
        assert set(refused.value.errors) == {"name"}
    for _ in range(19):
        added(kari)
    with pytest.raises(Conflict) as many:
        added(kari)
    assert many.value.reason == "too_many"


def test_removing_takes_ones_own_alone_and_the_codes_with_the_last(kari: Identity) -> None:
    ola = users.create_user("ola@example.no", "owner", password=None, site_ids=None, now=NOW)[0]
    phone, key = added(kari), added(kari, "Nøkkelen")
    factors.make_codes(kari.user_id, secret_key="k" * 32)
    first, second = passkeys.of(kari.user_id)
    for user_id, passkey_id in (
        (ola.user_id, first.passkey_id),
        (kari.user_id, "nothing"),
        (kari.user_id, "x" * 22),
    ):
        with pytest.raises(NotFound):
            passkeys.remove(user_id, passkey_id)
    names = {passkeys.remove(kari.user_id, first.passkey_id)}
    assert factors.of(kari.user_id).codes_left == 10
    names.add(passkeys.remove(kari.user_id, second.passkey_id))
    assert names == {"Telefonen", "Nøkkelen"}
    assert factors.of(kari.user_id) == factors.Factors(None, 0)
    for gone in (phone, key):
        with pytest.raises(Unauthenticated):
            prove(gone.get(CHALLENGE))


def test_a_challenge_is_answered_once(kari: Identity) -> None:
    passkeys.use_challenge(CHALLENGE, now=NOW)
    with pytest.raises(Unauthenticated):
        passkeys.use_challenge(CHALLENGE, now=NOW)
    passkeys.use_challenge(b"d" * 32, now=NOW + timedelta(minutes=6))
    # One that is too old to be answered need not be remembered.
    assert db.session.scalar(sa.select(sa.func.count()).select_from(UsedChallenge)) == 1


def test_the_browser_is_asked_for_a_pin_or_finger_and_for_none_it_has(kari: Identity) -> None:
    phone = added(kari)
    options = passkeys.creation_options(kari, CHALLENGE, party=PARTY)
    assert options["rp"]["id"] == "studio.example.no"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["attestation"] == "none"
    assert len(options["excludeCredentials"]) == 1
    anybody = passkeys.request_options(CHALLENGE, user_id=None, party=PARTY)
    mine = passkeys.request_options(CHALLENGE, user_id=kari.user_id, party=PARTY)
    assert (anybody["allowCredentials"], anybody["userVerification"]) == ([], "required")
    assert [one["id"] for one in mine["allowCredentials"]] == [json.loads(phone.get(CHALLENGE))["id"]]


PIECES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(part=st.sampled_from(["id", "rawId", "type", "response"]), value=PIECES)
def test_junk_is_refused_without_a_fault(part: str, value: object) -> None:
    whole = Authenticator(PARTY.host, PARTY.origin, "x" * 22)
    for made in (whole.create(CHALLENGE), whole.get(CHALLENGE)):
        typed = json.dumps({**json.loads(made), part: value})
        with pytest.raises(passkeys._JUNK):
            verify_registration_response(
                credential=passkeys._read(typed),
                expected_challenge=b"d" * 32,
                expected_rp_id=PARTY.host,
                expected_origin=PARTY.origin,
            )


@pytest.mark.parametrize(
    "typed", ["", "x", "[]", "null", "{}", '{"response": {}}', '{"rawId": 1, "response": {}}', "x" * 20_001]
)
def test_what_is_no_answer_is_refused(kari: Identity, typed: str) -> None:
    with pytest.raises(Unauthenticated):
        prove(typed)
    with pytest.raises(Invalid):
        passkeys.add(kari.user_id, typed, CHALLENGE, name="Min", party=PARTY, now=NOW)


def test_of_two_logins_at_once_neither_is_taken_for_that_of_a_copy(kari: Identity) -> None:
    phone = added(kari)
    first, second = phone.get(CHALLENGE), phone.get(CHALLENGE)
    seen = db.session.scalar(sa.select(Passkey))  # what the second login has read, before the first is stored
    counted = sa.update(Passkey).values(sign_count=count_of(first))
    db.session.execute(counted.execution_options(synchronize_session=False))
    assert seen is not None
    assert seen.sign_count == 0
    assert prove(second) == kari.user_id
    with pytest.raises(passkeys.Cloned):
        prove(first)


def count_of(answer: str) -> int:
    """The counter that an answer of the device has: the bytes 33 to 36 of what it signs (6.1)."""
    data = base64url_to_bytes(json.loads(answer)["response"]["authenticatorData"])
    return int.from_bytes(data[33:37], "big")


@pytest.mark.parametrize("nested", ["[" * 19_000, '{"response":' * 1_500])
def test_an_answer_that_nests_deeply_is_refused(kari: Identity, nested: str) -> None:
    phone = added(kari)
    inside = json.loads(phone.get(CHALLENGE))
    inside["response"]["clientDataJSON"] = base64.urlsafe_b64encode(nested[:14_000].encode()).decode()
    for typed in (nested, json.dumps(inside)):
        with pytest.raises(Unauthenticated):
            prove(typed)
        with pytest.raises(Invalid):
            passkeys.add(kari.user_id, typed, CHALLENGE, name="Min", party=PARTY, now=NOW)
