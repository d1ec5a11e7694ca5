"""What claims give: the role that is mapped, and nothing where nothing is."""

from typing import Any

import pytest

from server.accounts.oidc.claims import Granted, email_of, granted, joined, texts_at
from server.core.identity_provider import MappedRole

ROLES = ("owner", "editor", "auditor")
MAP = (
    MappedRole("admins", "owner", None),
    MappedRole("marketing", "editor", ("shop", "blog")),
    MappedRole("newsroom", "editor", ("news",)),
    MappedRole("audit", "auditor", None),
)


def role_of(*groups: str) -> Granted | None:
    return granted({"groups": list(groups)}, "groups", MAP, ROLES)


def test_a_mapped_value_gives_its_role_and_sites() -> None:
    assert role_of("everybody", "marketing") == Granted("editor", frozenset({"shop", "blog"}))
    assert role_of("admins") == Granted("owner", None)


def test_without_a_mapped_value_there_is_no_role() -> None:
    told: tuple[dict[str, Any], ...] = (
        {},
        {"groups": []},
        {"groups": ["everybody"]},
        {"groups": {"admins": 1}},
        {"groups": [["admins"]]},
    )
    for claims in told:
        assert granted(claims, "groups", MAP, ROLES) is None
    assert role_of("Admins", "admins ", "admin") is None


def test_of_several_roles_the_most_trusted_counts_with_all_its_sites() -> None:
    assert role_of("audit", "newsroom", "marketing") == Granted("editor", frozenset({"shop", "blog", "news"}))
    both = (*MAP, MappedRole("everywhere", "editor", None))
    claims = {"groups": ["marketing", "everywhere"]}
    assert granted(claims, "groups", both, ROLES) == Granted("editor", None)


def test_a_claim_is_found_by_its_path_or_its_whole_name() -> None:
    claims = {"realm_access": {"roles": ["a", "b"]}, "https://example.no/roles": "c", "role": "d"}
    assert texts_at(claims, "realm_access.roles") == {"a", "b"}
    assert texts_at(claims, "https://example.no/roles") == {"c"}
    assert texts_at(claims, "role") == {"d"}
    for absent in ("roles", "role.inner", "realm_access", "realm_access.roles.0"):
        assert texts_at(claims, absent) == frozenset()


@pytest.mark.parametrize(
    ("claims", "trusted", "email"),
    [
        ({"email": "Kari@Example.no", "email_verified": True}, False, "kari@example.no"),
        ({"email": "kari@example.no", "email_verified": "true"}, False, "kari@example.no"),
        ({"email": "kari@example.no"}, False, None),
        ({"email": "kari@example.no"}, True, "kari@example.no"),
        ({"email": "kari@example.no", "email_verified": False}, True, None),
        ({"email": "kari@example.no", "email_verified": "false"}, True, None),
        ({"email": "kari@example.no", "email_verified": 1}, False, None),
        ({"email": ["kari@example.no"], "email_verified": True}, False, None),
        ({"email_verified": True}, True, None),
    ],
)
def test_only_an_address_that_was_checked_counts(
    claims: dict[str, Any], trusted: bool, email: str | None
) -> None:
    assert email_of(claims, trusted=trusted) == email


KARI, OLA = {"email": "kari@example.no"}, {"email": "ola@example.no"}
CHECKED, UNCHECKED = {"email_verified": True}, {"email_verified": False}


@pytest.mark.parametrize(
    ("own", "more", "checked"),
    [
        (CHECKED, KARI, None),  # of which address, nobody knows
        (CHECKED, {**KARI, **UNCHECKED}, False),
        (UNCHECKED, {**KARI, **CHECKED}, True),
        ({}, {**KARI, **CHECKED}, True),
        (KARI, {**KARI, **CHECKED}, True),
        (KARI, {**OLA, **CHECKED}, None),
        (KARI, CHECKED, None),
        ({**KARI, **UNCHECKED}, {**KARI, **CHECKED}, False),
        ({**KARI, **CHECKED}, {**OLA, **UNCHECKED}, True),
        (CHECKED, CHECKED, None),
    ],
)
def test_that_an_address_was_checked_is_said_of_the_one_beside_it_alone(
    own: dict[str, Any], more: dict[str, Any], checked: bool | None
) -> None:
    found = joined({"sub": "kari-1", **own}, {"sub": "kari-1", "groups": ["a"], **more})
    assert found.get("email_verified") is checked
    assert (found["sub"], found["groups"]) == ("kari-1", ["a"])
    assert found.get("email") == own.get("email", more.get("email"))
