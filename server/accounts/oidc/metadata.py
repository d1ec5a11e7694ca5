"""The discovery document of a provider (OpenID Connect Discovery 1.0 § 3, RFC 8414)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.accounts.values import BadAnswer
from server.core.identity_provider import is_trustworthy

WELL_KNOWN = "/.well-known/openid-configuration"

_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_LONGEST = 2000


@dataclass(frozen=True)
class Metadata:
    """Where a provider is asked for what."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    """Empty: there is none; as the next."""
    end_session_endpoint: str = ""
    """Where a browser is sent to log out at the provider (OpenID Connect RP-Initiated Logout 1.0)."""
    names_itself: bool = False
    """Whether its answers have to carry `iss` (RFC 9207 § 3)."""
    secret_in_body: bool = False
    """Whether the client's secret has to be sent in the body, as `Authorization` is not understood."""


def discovery_address(issuer: str) -> str:
    """Where the document of an issuer is (§ 4): below it, without a slash twice."""
    return issuer.rstrip("/") + WELL_KNOWN


def metadata(document: object, *, issuer: str) -> Metadata:
    """The document of the provider with this issuer.

    :raises BadAnswer: it is of another issuer, which would be an impersonation (§ 4.3), or lacks an endpoint
        or has one without encryption.
    """
    if not isinstance(document, Mapping):
        raise BadAnswer("discovery_malformed")
    if document.get("issuer") != issuer:
        raise BadAnswer("discovery_of_another_issuer")
    needed = {name: _endpoint(document, name) for name in _ENDPOINTS}
    if not all(needed.values()):
        raise BadAnswer("discovery_incomplete")
    return Metadata(
        issuer=issuer,
        **needed,
        userinfo_endpoint=_endpoint(document, "userinfo_endpoint"),
        end_session_endpoint=_endpoint(document, "end_session_endpoint"),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        secret_in_body=_secret_in_body(document),
    )


def _endpoint(document: Mapping[str, Any], name: str) -> str:
    address = document.get(name, "")
    try:
        usable = isinstance(address, str) and len(address) <= _LONGEST and is_trustworthy(address)
    except ValueError:
        usable = False
    if usable:
        return str(address)
    if address:
        raise BadAnswer("endpoint_not_allowed")
    return ""


def _secret_in_body(document: Mapping[str, Any]) -> bool:
    # `client_secret_basic` is what a document means that says nothing.
    methods = document.get("token_endpoint_auth_methods_supported")
    return (
        isinstance(methods, list) and "client_secret_basic" not in methods and "client_secret_post" in methods
    )
