"""The request that a browser carries to the provider, its answer, and the exchange of the code."""

import hmac
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from server.accounts.oidc.metadata import Metadata
from server.accounts.values import BadAnswer
from server.core.identity_provider import IdentityProvider


@dataclass(frozen=True)
class Secrets:
    """What one login is recognised by, 256 random bits each."""

    state: str
    """Comes back with the answer (RFC 6749 § 10.12)."""
    nonce: str
    """Comes back in the ID token."""
    verifier: str
    """Is shown when the code is exchanged (PKCE, RFC 7636)."""


def new_secrets() -> Secrets:
    """Secrets of a new login."""
    return Secrets(*(secrets.token_urlsafe(32) for _ in range(3)))


def authorization_address(
    found: Metadata,
    provider: IdentityProvider,
    made: Secrets,
    *,
    redirect_uri: str,
    language: str,
    again: bool = False,
) -> str:
    """Where the browser is sent to log in.

    :param again: whether to ask the person even if they are logged in there (OpenID Connect Core § 3.1.2.1)
    """
    return str(
        prepare_grant_uri(
            found.authorization_endpoint,
            provider.client_id,
            "code",
            redirect_uri,
            provider.scopes,
            made.state,
            nonce=made.nonce,
            code_challenge=create_s256_code_challenge(made.verifier),  # type: ignore[no-untyped-call]
            code_challenge_method="S256",
            ui_locales=language,
            prompt="login" if again else None,
            max_age="0" if again else None,
        )
    )


def code_of(answer: Mapping[str, str], found: Metadata) -> str:
    """The code of an answer whose `state` was recognised.

    :raises BadAnswer: `access_denied` and other errors of the provider; or the answer is of another provider
        (mix-up, RFC 9207), or has no code.
    """
    issuer = answer.get("iss")
    if issuer is None and found.names_itself:
        raise BadAnswer("answer_without_issuer")
    if issuer is not None and not hmac.compare_digest(issuer.encode(), found.issuer.encode()):
        raise BadAnswer("answer_of_another_issuer")
    if "error" in answer:
        denied = answer["error"] == "access_denied"
        raise BadAnswer("access_denied" if denied else "provider_refused")
    if not (code := answer.get("code", "")):
        raise BadAnswer("answer_without_code")
    return code


@dataclass(frozen=True)
class TokenRequest:
    """The request that exchanges a code for tokens."""

    body: bytes
    headers: Mapping[str, str]


def token_request(
    found: Metadata, provider: IdentityProvider, code: str, verifier: str, *, redirect_uri: str
) -> TokenRequest:
    """Exchange this code (RFC 6749 § 4.1.3), with the client's secret as the provider understands it."""
    more = {"code": code, "code_verifier": verifier}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if found.secret_in_body:
        more |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
    else:
        headers["Authorization"] = _basic(provider)
    body = prepare_token_request("authorization_code", "", redirect_uri, **more)
    return TokenRequest(body.encode(), headers)


def _basic(provider: IdentityProvider) -> str:
    # Each is encoded as in a form first (RFC 6749 § 2.3.1), which authlib leaves out.
    pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret)}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def logout_address(found: Metadata, provider: IdentityProvider, *, back_to: str, language: str) -> str:
    """Where the browser is sent to log out at the provider too; empty if it has no such page.

    Without `id_token_hint`: ID tokens are not stored. The provider may therefore ask the person first.
    """
    if not found.end_session_endpoint:
        return ""
    fields = {"client_id": provider.client_id, "post_logout_redirect_uri": back_to, "ui_locales": language}
    return str(add_params_to_uri(found.end_session_endpoint, list(fields.items())))
