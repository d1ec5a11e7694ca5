"""The operator's identity provider for single sign-on by OpenID Connect, as the environment names it. Pure.

Which roles there are, accounts know, and which sites, sites: of those it is only read here how they are
written.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PREFIX = "SAMTYKKE_OIDC_"

USUAL_SCOPES = "openid email"
"""What is asked for unless the operator says otherwise."""

_SCOPE = re.compile(r"[!#-\[\]-~]+(?: [!#-\[\]-~]+)*")
"""RFC 6749 § 3.3."""

_SITE = re.compile(r"@?[a-z0-9-]{2,40}")
"""Key of a site or, behind `@`, of a group."""
_NAMED = ("CLIENT_ID", "CLIENT_SECRET", "ROLE_CLAIM", "ROLE_MAP")
"""What has to be set with an issuer: without a mapping nobody would be let in."""


@dataclass(frozen=True)
class MappedRole:
    """What a value of the role claim gives."""

    value: str
    role: str
    sites: tuple[str, ...] | None
    """Keys of the sites that the role counts for, and behind `@` of groups of sites; None means all."""


@dataclass(frozen=True)
class IdentityProvider:
    """An identity provider, and what its claims are worth here."""

    issuer: str
    """As the provider itself writes it: compared character by character."""
    client_id: str
    client_secret: str = field(repr=False)
    role_claim: str
    """Name of the claim with the roles, or its path with dots."""
    role_map: tuple[MappedRole, ...]
    name: str
    """As the button of the login names it."""
    scopes: str = USUAL_SCOPES
    trusts_email: bool = False
    """Whether an e-mail address counts as checked of which the provider does not say so."""
    second_factor: frozenset[str] = frozenset()
    """Values of `amr` or `acr` that show a second factor; `any`: each login does. Empty: none is required."""

    @property
    def host(self) -> str:
        """The host of the issuer, without its port."""
        return urlsplit(self.issuer).hostname or ""


def identity_provider(env: Mapping[str, str], *, trusts_email: bool) -> IdentityProvider | None:
    """The provider that the environment names; None if it names none.

    :raises ValueError: a variable cannot be used; the message begins with its name.
    """
    given = {name.removeprefix(PREFIX): raw for name, raw in env.items() if name.startswith(PREFIX) and raw}
    if "ISSUER" not in given:
        if given:
            raise ValueError(f"{PREFIX}{min(given)} is set, but {PREFIX}ISSUER is not")
        return None
    for name in _NAMED:
        if name not in given:
            raise ValueError(f"{PREFIX}{name} has to be set with {PREFIX}ISSUER")
    issuer = _issuer(given["ISSUER"])
    return IdentityProvider(
        issuer=issuer,
        client_id=given["CLIENT_ID"],
        client_secret=given["CLIENT_SECRET"],
        role_claim=given["ROLE_CLAIM"],
        role_map=_role_map(given["ROLE_MAP"]),
        name=_name(given.get("NAME") or urlsplit(issuer).hostname or issuer),
        scopes=_scopes(given.get("SCOPES", USUAL_SCOPES)),
        trusts_email=trusts_email,
        second_factor=frozenset(given.get("SECOND_FACTOR", "").split()),
    )


def is_trustworthy(address: str) -> bool:
    """Whether a provider may have an address there: `https`, or `http` to this machine, for tests.

    :raises ValueError: it is not an address.
    """
    parts = urlsplit(address)
    host, _port = parts.hostname, parts.port
    if not host or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _issuer(raw: str) -> str:
    try:
        usable = is_trustworthy(raw) and not urlsplit(raw).query and raw.isascii() and raw.isprintable()
    except ValueError:
        usable = False
    if not usable or " " in raw:
        raise ValueError(f"{PREFIX}ISSUER={raw!r} is not an https address without a query")
    return raw


def _name(raw: str) -> str:
    if len(raw) > 60 or not raw.isprintable():
        raise ValueError(f"{PREFIX}NAME={raw[:80]!r} is not a name of at most 60 characters")
    return raw


def _scopes(raw: str) -> str:
    if not _SCOPE.fullmatch(raw) or "openid" not in raw.split(" "):
        raise ValueError(
            f"{PREFIX}SCOPES={raw!r} is not a list of scopes with openid, with spaces between them"
        )
    return raw


def _role_map(raw: str) -> tuple[MappedRole, ...]:
    # Names of groups in directories have commas in them: one in each line can be given by a file.
    entries = raw.splitlines() if "\n" in raw.strip() else raw.split(",")
    return tuple(_mapped(entry.strip()) for entry in entries if entry.strip())


def _mapped(entry: str) -> MappedRole:
    # Values have `=` and `:` in them, roles and sites do not.
    value, equals, right = entry.rpartition("=")
    role, colon, keys = right.partition(":")
    sites = tuple(keys.split("+")) if colon else None
    if not (value and equals and role) or not all(_SITE.fullmatch(key) for key in sites or ()):
        raise ValueError(
            f"{PREFIX}ROLE_MAP has {entry!r}, which is not of the form value=role or value=role:site+@group"
        )
    return MappedRole(value, role, sites)
