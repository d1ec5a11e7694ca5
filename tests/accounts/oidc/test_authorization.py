"""What a provider is asked, and which of its answers go on."""

from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from server.accounts.oidc import authorization
from server.accounts.oidc.metadata import Metadata, discovery_address, metadata
from server.accounts.values import BadAnswer
from server.core.identity_provider import IdentityProvider
from tests.accounts.oidc.keys import CLIENT, ISSUER

BACK = "https://consent.example.no/studio/single-sign-on/callback"
HOME = "https://consent.example.no/studio/login"
PROVIDER = IdentityProvider(ISSUER, CLIENT, "hemmelig: ø", "groups", (), "Example")
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://login.example.no/authorize?tenant=1",
    "token_endpoint": "https://login.example.no/token",
    "jwks_uri": "https://keys.example.net/jwks",
    "end_session_endpoint": "https://login.example.no/logout",
}
FOUND = metadata(DOCUMENT, issuer=ISSUER)


def query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_the_request_has_a_challenge_a_state_and_a_nonce_of_its_own() -> None:
    made = authorization.new_secrets()
    address = authorization.authorization_address(FOUND, PROVIDER, made, redirect_uri=BACK, language="nb")
    assert query(address) == {
        "tenant": "1",
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": BACK,
        "scope": "openid email",
        "state": made.state,
        "nonce": made.nonce,
        "code_challenge": create_s256_code_challenge(made.verifier),  # type: ignore[no-untyped-call]
        "code_challenge_method": "S256",
        "ui_locales": "nb",
    }
    assert made.verifier not in address
    assert len({made.state, made.nonce, made.verifier, authorization.new_secrets().state}) == 4


def reason(answer: Mapping[str, str], found: Metadata = FOUND) -> str:
    with pytest.raises(BadAnswer) as refused:
        authorization.code_of(answer, found)
    return refused.value.reason


def test_an_answer_of_another_provider_is_refused() -> None:
    named = metadata({**DOCUMENT, "authorization_response_iss_parameter_supported": True}, issuer=ISSUER)
    assert authorization.code_of({"code": "c", "iss": ISSUER}, named) == "c"
    assert authorization.code_of({"code": "c"}, FOUND) == "c"
    assert reason({"code": "c", "iss": "https://evil.example"}) == "answer_of_another_issuer"
    assert reason({"code": "c", "iss": "https://evil.example/å"}) == "answer_of_another_issuer"
    assert reason({"code": "c"}, named) == "answer_without_issuer"
    assert reason({"error": "access_denied"}, named) == "answer_without_issuer"


def test_errors_of_the_provider_are_told_apart() -> None:
    assert reason({"error": "access_denied"}) == "access_denied"
    assert reason({"error": "server_error", "code": "c"}) == "provider_refused"
    assert reason({}) == "answer_without_code"


def test_the_secret_is_encoded_before_it_is_sent() -> None:
    asked = authorization.token_request(FOUND, PROVIDER, "the code", "the verifier", redirect_uri=BACK)
    scheme, _, credentials = asked.headers["Authorization"].partition(" ")
    assert (scheme, b64decode(credentials)) == ("Basic", b"samtykke:hemmelig%3A+%C3%B8")
    assert {name: values[0] for name, values in parse_qs(asked.body.decode()).items()} == {
        "grant_type": "authorization_code",
        "code": "the code",
        "redirect_uri": BACK,
        "code_verifier": "the verifier",
    }


def test_a_provider_that_reads_no_header_gets_the_secret_in_the_body() -> None:
    found = metadata(
        {**DOCUMENT, "token_endpoint_auth_methods_supported": ["client_secret_post"]}, issuer=ISSUER
    )
    asked = authorization.token_request(found, PROVIDER, "c", "v", redirect_uri=BACK)
    assert "Authorization" not in asked.headers
    assert parse_qs(asked.body.decode())["client_secret"] == ["hemmelig: ø"]


def test_the_document_of_an_issuer_is_below_it() -> None:
    assert discovery_address(ISSUER) == f"{ISSUER}/.well-known/openid-configuration"
    assert discovery_address("https://a.example/") == "https://a.example/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"issuer": "https://evil.example"}, "discovery_of_another_issuer"),
        ({"issuer": ISSUER + "/"}, "discovery_of_another_issuer"),
        ({"token_endpoint": "http://login.example.no/token"}, "endpoint_not_allowed"),
        ({"jwks_uri": "file:///etc/passwd"}, "endpoint_not_allowed"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "endpoint_not_allowed"),
        ({"authorization_endpoint": "https://kari:x@login.example.no/"}, "endpoint_not_allowed"),
        ({"end_session_endpoint": "http://login.example.no/"}, "endpoint_not_allowed"),
        ({"userinfo_endpoint": ["https://login.example.no/"]}, "endpoint_not_allowed"),
        ({"token_endpoint": "https://[login/"}, "endpoint_not_allowed"),
        ({"token_endpoint": None}, "discovery_incomplete"),
        ({"jwks_uri": ""}, "discovery_incomplete"),
    ],
)
def test_a_document_that_leads_elsewhere_is_refused(changes: dict[str, object], why: str) -> None:
    with pytest.raises(BadAnswer) as refused:
        metadata({**DOCUMENT, **changes}, issuer=ISSUER)
    assert refused.value.reason == why
    with pytest.raises(BadAnswer):
        metadata([], issuer=ISSUER)


def test_logging_out_leads_to_the_provider_where_it_has_a_page() -> None:
    address = authorization.logout_address(FOUND, PROVIDER, back_to=HOME, language="nn")
    assert query(address) == {
        "client_id": CLIENT,
        "post_logout_redirect_uri": HOME,
        "ui_locales": "nn",
    }
    without = metadata({**DOCUMENT, "end_session_endpoint": None}, issuer=ISSUER)
    assert authorization.logout_address(without, PROVIDER, back_to=HOME, language="nn") == ""
