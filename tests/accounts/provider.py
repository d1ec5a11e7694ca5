"""An identity provider on loopback: the server half of authlib, over HTTP, with one person who is logged in.

What it says can be changed, to be as wrong as an attacker's.
"""

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.core.util import create_half_hash
from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from joserfc.jwk import Key
from werkzeug.serving import make_server

from server.core import clock
from server.core.identity_provider import IdentityProvider, MappedRole
from tests.accounts.oidc.keys import CLIENT, key_set, rsa, signed

SECRET = "a-secret-of-tests"
ROLE_MAP = (
    MappedRole("admins", "owner", None),
    MappedRole("marketing", "editor", ("butikken",)),
    MappedRole("gone", "editor", ("nowhere",)),
    MappedRole("auditors", "auditor", None),
)
Claims = dict[str, Any]

# The server half of authlib answers over HTTPS alone, unless it is told that this is a test.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"


class Provider:
    """What the provider says, for tests to change."""

    def __init__(self) -> None:
        self.address = ""
        self.person: Claims = {}
        """Claims of who is logged in."""
        self.keys: list[Key] = []
        """Published; tokens are signed with the first."""
        self.forge: Callable[[Claims], str] | None = None
        """Makes the ID token, of the claims that would be right."""
        self.answers: Callable[[dict[str, str]], dict[str, str]] = dict
        """Changes the parameters that the browser carries back."""
        self.document: Claims = {}
        """Changes of the discovery document."""
        self.further: Claims = {}
        """Claims of the UserInfo endpoint alone."""
        self.asked: list[str] = []
        """Paths of all requests."""
        self.authorised: list[dict[str, str]] = []
        """Parameters of the authorization requests."""
        self.reset()

    def reset(self) -> None:
        """Say what is right again, of Kari, who is in marketing."""
        self.person = {
            "sub": "kari-1",
            "email": "kari@example.no",
            "email_verified": True,
            "groups": ["everybody", "marketing"],
            "sid": "there-7",
        }
        self.keys, self.forge, self.answers, self.document, self.further = [rsa()], None, dict, {}, {}
        self.asked, self.authorised = [], []

    def settings(self, **changes: Any) -> IdentityProvider:
        """How an operator names it."""
        named: dict[str, Any] = {
            "issuer": self.address,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "role_claim": "groups",
            "role_map": ROLE_MAP,
            "name": "Fjell-ID",
        }
        return IdentityProvider(**{**named, **changes})

    def published(self) -> Claims:
        """The discovery document."""
        right = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/jwks",
            "end_session_endpoint": f"{self.address}/logout",
            "authorization_response_iss_parameter_supported": True,
        }
        return {name: value for name, value in {**right, **self.document}.items() if value is not None}

    def claims(self, nonce: str, access_token: str) -> Claims:
        """Claims of an ID token that is right."""
        now = int(clock.now().timestamp())
        half_hash = (create_half_hash(access_token, "RS256") or b"").decode()
        about = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 300, "auth_time": now}
        return {**about, "nonce": nonce, "at_hash": half_hash, **self.person}

    def logout_token(self, **changes: Any) -> str:
        """A logout token that is right, with changes; None leaves a claim out."""
        now = int(clock.now().timestamp())
        right = {
            "iss": self.address,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(8),
            "sub": self.person["sub"],
            "sid": self.person.get("sid"),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        claims = {name: value for name, value in {**right, **changes}.items() if value is not None}
        return signed(claims, self.keys[0], typ="logout+jwt")


@dataclass
class _Code(AuthorizationCodeMixin):
    code: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> None:
        return None


class _Client(ClientMixin):
    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: Any) -> str:
        return str(scope)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri.endswith("/studio/single-sign-on/callback")

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


def _authorization_server(app: Flask, provider: Provider, tokens: dict[str, Claims]) -> AuthorizationServer:
    codes: dict[str, _Code] = {}

    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]  # noqa: RUF012 - as authlib has it

        def save_authorization_code(self, code: str, asked: Any) -> None:
            sent = asked.payload.data
            codes[code] = _Code(
                code,
                sent["redirect_uri"],
                sent["scope"],
                sent.get("nonce", ""),
                sent["code_challenge"],
                sent["code_challenge_method"],
            )

        def query_authorization_code(self, code: str, _client: Any) -> _Code | None:
            return codes.get(code)

        def delete_authorization_code(self, known: _Code) -> None:
            codes.pop(known.code)

        def authenticate_user(self, _code: _Code) -> Claims:
            return provider.person

    class IdTokens(OpenIDCode):
        def exists_nonce(self, _nonce: str, _asked: Any) -> bool:
            return False

        def encode_id_token(self, token: Claims, asked: Any) -> str:
            claims = provider.claims(asked.authorization_code.nonce, token["access_token"])
            return provider.forge(claims) if provider.forge else signed(claims, provider.keys[0])

    def save_token(token: Claims, _asked: Any) -> None:
        tokens[token["access_token"]] = token

    clients = {CLIENT: _Client()}
    server = AuthorizationServer(app, query_client=clients.get, save_token=save_token)
    server.register_grant(Grant, [IdTokens(require_nonce=True), CodeChallenge(required=True)])
    return server


def _app(provider: Provider) -> Flask:
    app = Flask("provider")
    tokens: dict[str, Claims] = {}
    server = _authorization_server(app, provider, tokens)

    @app.before_request
    def note() -> None:
        provider.asked.append(request.path)

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Claims:
        return provider.published()

    @app.get("/jwks")
    def jwks() -> Claims:
        return key_set(*provider.keys)

    @app.get("/authorize")
    def authorize() -> ResponseReturnValue:
        provider.authorised.append(request.args.to_dict())
        grant = server.get_consent_grant(end_user=provider.person)  # type: ignore[no-untyped-call]
        made: Any = server.create_authorization_response(grant_user=provider.person, grant=grant)
        base, _, query = made.location.partition("?")
        carried = {name: values[0] for name, values in parse_qs(query).items()}
        return redirect(f"{base}?{urlencode(provider.answers({**carried, 'iss': provider.address}))}")

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.get("/userinfo")
    def userinfo() -> ResponseReturnValue:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return ({**provider.person, **provider.further}, 200) if bearer in tokens else ({}, 401)

    @app.get("/logout")
    def logout() -> ResponseReturnValue:
        return redirect(request.args["post_logout_redirect_uri"])

    return app


@contextmanager
def serving_provider() -> Iterator[Provider]:
    """A provider that listens, until the end of the block."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, _app(provider), threaded=True)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
