"""Which tokens of a provider are believed: forged ones are not, each for its own reason."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from authlib.oidc.core.util import create_half_hash
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from joserfc import jws
from joserfc.jwk import Key

from server.accounts.oidc import signatures, tokens
from server.accounts.oidc.faults import UnknownKey
from server.accounts.values import BadAnswer
from tests.accounts.oidc.keys import (
    CLIENT,
    ISSUER,
    ec,
    key_set,
    keyed_with_public_key,
    rsa,
    signed,
    unsigned,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECOND = int(NOW.timestamp())
NONCE, ACCESS = "n-0S6_WzA2Mj", "an access token"


def half_hash(algorithm: str) -> str:
    """`at_hash` of the access token."""
    return (create_half_hash(ACCESS, algorithm) or b"").decode()


def id_claims(**changes: Any) -> dict[str, Any]:
    """Claims of an ID token that is right, with changes; None leaves one out."""
    right = {
        "iss": ISSUER,
        "sub": "kari-1",
        "aud": CLIENT,
        "exp": SECOND + 300,
        "iat": SECOND,
        "nonce": NONCE,
        "at_hash": half_hash("RS256"),
    }
    return {name: value for name, value in {**right, **changes}.items() if value is not None}


def logout_claims(**changes: Any) -> dict[str, Any]:
    """Claims of a logout token that is right, with changes."""
    right = {
        "iss": ISSUER,
        "sub": "kari-1",
        "sid": "there-7",
        "aud": CLIENT,
        "exp": SECOND + 120,
        "iat": SECOND,
        "jti": "once-1",
        "events": {tokens.LOGOUT: {}},
    }
    return {name: value for name, value in {**right, **changes}.items() if value is not None}


def person(token: str, *keys: Key, now: datetime = NOW) -> tokens.Person:
    found = signatures.keys_of(key_set(*(keys or (rsa(),))))
    return tokens.person(
        signatures.verified(token, found),
        issuer=ISSUER,
        client_id=CLIENT,
        nonce=NONCE,
        access_token=ACCESS,
        now=now,
    )


def logout(token: str) -> tokens.Logout:
    found = signatures.keys_of(key_set(rsa()))
    return tokens.logout(signatures.verified(token, found), issuer=ISSUER, client_id=CLIENT, now=NOW)


def reason(judge: Callable[[str], object], token: str) -> str:
    with pytest.raises(BadAnswer) as refused:
        judge(token)
    return refused.value.reason


def test_an_id_token_that_was_asked_for_is_believed() -> None:
    found = person(signed(id_claims(sid="there-7", aud=[CLIENT])))
    assert (found.issuer, found.subject, found.session) == (ISSUER, "kari-1", "there-7")


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS256"])
def test_each_algorithm_of_rsa_is_believed(algorithm: str) -> None:
    claims = id_claims(at_hash=half_hash(algorithm))
    assert person(signed(claims, algorithm=algorithm)).subject == "kari-1"


def test_a_key_on_a_curve_is_believed() -> None:
    assert person(signed(id_claims(), ec(), "ES256"), rsa(), ec()).subject == "kari-1"


def test_several_audiences_need_this_client_as_the_authorised_party() -> None:
    both = [CLIENT, "another"]
    assert person(signed(id_claims(aud=both, azp=CLIENT))).subject == "kari-1"
    assert reason(person, signed(id_claims(aud=both))) == "token_claims_azp"
    assert reason(person, signed(id_claims(aud=both, azp="another"))) == "token_claims_azp"


FORGED = {
    "no_signature": (unsigned(id_claims()), "token_algorithm"),
    "no_signature_by_another_name": (unsigned(id_claims(), "NONE"), "token_algorithm"),
    "cut_off_signature": (signed(id_claims()).rpartition(".")[0] + ".", "token_signature"),
    "hmac_with_the_public_key": (keyed_with_public_key(id_claims(), rsa()), "token_algorithm"),
    "another_key_of_that_name": (signed(id_claims(), rsa("second"), kid="first"), "token_signature"),
    "a_curve_by_the_name_of_an_rsa_key": (signed(id_claims(), ec(), "ES256", kid="first"), "key_unknown"),
    "unknown_key": (signed(id_claims(), rsa("second")), "key_unknown"),
    "own_key_in_the_header": (
        signed(id_claims(), rsa("second"), kid="first", jwk=rsa("second").as_dict(private=False)),
        "token_signature",
    ),
    "unknown_critical_header": (
        signed(id_claims()).replace(
            signed(id_claims()).partition(".")[0], "eyJhbGciOiJSUzI1NiIsImNyaXQiOlsieCJdfQ"
        ),
        "token_signature",
    ),
    "another_issuer": (signed(id_claims(iss="https://login.example.com")), "token_claims_iss"),
    "an_issuer_with_a_slash": (signed(id_claims(iss=ISSUER + "/")), "token_claims_iss"),
    "no_issuer": (signed(id_claims(iss=None)), "token_claims_iss"),
    "another_audience": (signed(id_claims(aud="another")), "token_claims_aud"),
    "other_audiences": (signed(id_claims(aud=["another", "third"])), "token_claims_aud"),
    "no_audience": (signed(id_claims(aud=None)), "token_claims_aud"),
    "another_party": (signed(id_claims(azp="another")), "token_claims_azp"),
    "another_nonce": (signed(id_claims(nonce="another")), "token_claims_nonce"),
    "no_nonce": (signed(id_claims(nonce=None)), "token_claims_nonce"),
    "expired": (signed(id_claims(exp=SECOND - 61)), "token_claims_exp"),
    "no_expiry": (signed(id_claims(exp=None)), "token_claims_exp"),
    "an_expiry_as_text": (signed(id_claims(exp="2099")), "token_claims_exp"),
    "of_tomorrow": (signed(id_claims(iat=SECOND + 61)), "token_claims_iat"),
    "no_time": (signed(id_claims(iat=None)), "token_claims_iat"),
    "not_valid_yet": (signed(id_claims(nbf=SECOND + 61)), "token_claims_nbf"),
    "another_access_token": (signed(id_claims(at_hash="MTIzNDU2Nzg5MDEyMzQ1Ng")), "token_claims_at_hash"),
    "no_subject": (signed(id_claims(sub=None)), "token_claims_sub"),
    "an_empty_subject": (signed(id_claims(sub="")), "token_claims_sub"),
    "a_subject_with_a_nul": (signed(id_claims(sub="kari\0")), "token_claims_sub"),
    "a_long_subject": (signed(id_claims(sub="k" * 256)), "token_claims_sub"),
    "a_number_as_subject": (signed(id_claims(sub=7)), "token_claims_sub"),
    "a_logout_token": (signed(logout_claims(nonce=NONCE)), "token_of_another_kind"),
    "deep_nesting": (
        jws.serialize_compact({"alg": "RS256", "kid": "first"}, "[" * 90_000, rsa()),
        "token_signature",
    ),
    "a_list": (jws.serialize_compact({"alg": "RS256", "kid": "first"}, "[1]", rsa()), "token_signature"),
    "a_million_letters": ("W" * 1_000_000, "token_signature"),
    "no_token": ("", "token_signature"),
    "letters_beyond_ascii": ("å.å.å", "token_signature"),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_a_forged_id_token_is_refused(forgery: str) -> None:
    token, why = FORGED[forgery]
    assert reason(person, token) == why


def test_clocks_may_differ_by_a_minute() -> None:
    token = signed(id_claims(exp=SECOND, iat=SECOND + 60))
    assert person(token, now=NOW + timedelta(seconds=59)).subject == "kari-1"
    assert reason(lambda late: person(late, now=NOW + timedelta(seconds=60)), token) == "token_claims_exp"


def test_a_token_without_the_name_of_a_key_is_tried_with_all_of_its_kind() -> None:
    token = signed(id_claims(), rsa("second"), kid=None)
    assert person(token, ec(), rsa(), rsa("second")).subject == "kari-1"
    assert reason(lambda one: person(one, ec(), rsa()), token) == "token_signature"


def test_short_keys_and_keys_for_other_things_sign_nothing() -> None:
    secret = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXM", "kid": "s"}
    encrypting = {**rsa().as_dict(private=False), "use": "enc"}
    numbers = generate_private_key(65537, 1024).public_key().public_numbers()
    modulus = urlsafe_b64encode(numbers.n.to_bytes(128)).decode().rstrip("=")
    short = {"kty": "RSA", "n": modulus, "e": "AQAB", "kid": "short"}
    unreadable: list[Any] = [{"kty": "RSA", "n": "!", "e": "AQAB"}, {"kty": "EC"}, "key", None]
    assert signatures.keys_of({"keys": [secret, encrypting, short, *unreadable]}) == ()


@pytest.mark.parametrize("document", [None, [], {}, {"keys": None}, {"keys": {}}])
def test_what_is_no_key_set_is_refused(document: object) -> None:
    assert reason(lambda _: signatures.keys_of(document), "") == "key_set_malformed"


def test_a_key_that_says_its_algorithm_signs_by_no_other() -> None:
    listed = {**rsa().as_dict(private=False), "alg": "RS512"}
    keys = signatures.keys_of({"keys": [listed]})
    with pytest.raises(UnknownKey):
        signatures.verified(signed(id_claims()), keys)


def test_a_logout_token_says_whose_sessions_end() -> None:
    found = logout(signed(logout_claims(), typ="logout+jwt"))
    assert (found.subject, found.session, found.token_id) == ("kari-1", "there-7", "once-1")
    assert found.expires_at == NOW + timedelta(seconds=120 + tokens.SKEW)
    assert logout(signed(logout_claims(sub=None))).subject == ""
    assert logout(signed(logout_claims(sid=None))).session == ""


FORGED_LOGOUTS = {
    "an_id_token": (signed(id_claims(jti="once-1", events={tokens.LOGOUT: {}})), "token_of_another_kind"),
    "no_event": (signed(logout_claims(events=None)), "token_of_another_kind"),
    "another_event": (signed(logout_claims(events={"http://x/login": {}})), "token_of_another_kind"),
    "an_event_as_text": (signed(logout_claims(events=tokens.LOGOUT)), "token_of_another_kind"),
    "an_access_token": (signed(logout_claims(), typ="at+jwt"), "token_of_another_kind"),
    "no_id": (signed(logout_claims(jti=None)), "token_incomplete"),
    "nobody": (signed(logout_claims(sub=None, sid=None)), "token_incomplete"),
    "no_signature": (unsigned(logout_claims()), "token_algorithm"),
    "hmac_with_the_public_key": (keyed_with_public_key(logout_claims(), rsa()), "token_algorithm"),
    "another_key": (signed(logout_claims(), rsa("second"), kid="first"), "token_signature"),
    "another_issuer": (signed(logout_claims(iss="https://login.example.com")), "token_claims_iss"),
    "another_audience": (signed(logout_claims(aud="another")), "token_claims_aud"),
    "expired": (signed(logout_claims(exp=SECOND - 61)), "token_claims_exp"),
    "no_expiry": (signed(logout_claims(exp=None)), "token_claims_exp"),
    "valid_for_a_year": (signed(logout_claims(exp=SECOND + 31_536_000)), "token_valid_too_long"),
    "a_session_as_number": (signed(logout_claims(sid=7)), "token_claims_sid"),
    "an_empty_subject": (signed(logout_claims(sub="")), "token_claims_sub"),
}


@pytest.mark.parametrize("forgery", FORGED_LOGOUTS)
def test_a_forged_logout_token_is_refused(forgery: str) -> None:
    token, why = FORGED_LOGOUTS[forgery]
    assert reason(logout, token) == why
