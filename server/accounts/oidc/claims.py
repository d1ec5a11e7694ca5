"""What the claims about a person are worth here: a role, and an e-mail address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from server.core.identity_provider import MappedRole


@dataclass(frozen=True)
class Granted:
    """What somebody may do by their claims."""

    role: str
    sites: frozenset[str] | None
    """Keys of the sites that the role counts for, and behind `@` of groups of sites; None means all."""


def granted(
    claims: Mapping[str, Any], claim: str, role_map: Iterable[MappedRole], roles: tuple[str, ...]
) -> Granted | None:
    """The role by the values of a claim; None if none of them has one: there is no default.

    :param roles: the most trusted first. Of several roles, somebody has the first; of several entries with
        it, the sites of all.
    """
    values = texts_at(claims, claim)
    found = [each for each in role_map if each.value in values]
    if not found:
        return None
    role = min((each.role for each in found), key=roles.index)
    theirs = [each.sites for each in found if each.role == role]
    if None in theirs:
        return Granted(role, None)
    return Granted(role, frozenset(key for keys in theirs for key in keys or ()))


def texts_at(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """The values of a claim, which is a text or a list of texts; empty if there is none such.

    Names of claims may be addresses, with dots in them: a claim of the whole name comes first, then the path.
    """
    value: object = claims.get(claim)
    if value is None:
        value = claims
        for step in claim.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return frozenset({value})
    return (
        frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()
    )


def are_complete(claims: Mapping[str, Any], claim: str) -> bool:
    """Whether nothing is missing that a provider may tell elsewhere than in the ID token."""
    return bool(texts_at(claims, claim)) and "email" in claims and "email_verified" in claims


def joined(own: Mapping[str, Any], more: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims of an ID token, with those that it does not have.

    That an address was checked is said of the address that stands beside it, and of no other.
    """
    both = {name: value for name, value in {**more, **own}.items() if name != "email_verified"}
    for said in (own, more):
        if "email_verified" in said and "email" in said and said["email"] == both["email"]:
            return {**both, "email_verified": said["email_verified"]}
    return both


def shows_second_factor(claims: Mapping[str, Any], values: frozenset[str]) -> bool:
    """Whether one of these values of `amr` (RFC 8176) or `acr` is there; `any` needs none."""
    return "any" in values or bool((texts_at(claims, "amr") | texts_at(claims, "acr")) & values)


def email_of(claims: Mapping[str, Any], *, trusted: bool) -> str | None:
    """The e-mail address, in lower case, that the provider has checked; None if it has none such.

    :param trusted: whether one counts of which the provider does not say whether it has checked it. One that
        it says it has not never does.
    """
    email, checked = claims.get("email"), claims.get("email_verified")
    # Some write the truth as text.
    if not isinstance(email, str) or checked in (False, "false"):
        return None
    certain = checked is True or checked == "true"
    return email.strip().lower() if trusted or certain else None
