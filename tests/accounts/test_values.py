"""Roles × permissions, cell by cell."""

import pytest

from server.accounts.values import EVERYWHERE, PERMISSIONS, ROLES, SCOPE_NEEDS, SCOPES, Identity

# Written out by hand, apart from the code, so that neither changes without the other.
EVERY = {"owner", "publisher", "editor", "developer", "auditor"}
PUBLISHING = {"owner", "publisher", "editor"}
MATRIX = {
    "site.enter": {*EVERY, "support"},
    "site.read": EVERY,
    "site.create": {"owner"},
    "site.edit": {"owner"},
    "banner.edit": {*PUBLISHING, "developer"},
    "banner.publish": PUBLISHING,
    "analytics.read": EVERY,
    "analytics.manage": {"owner"},
    "audit.read": {"owner", "auditor"},
    "consent.read": {*PUBLISHING, "support", "auditor"},
    "consent.export": {"owner", "auditor"},
    "consent.erase": {*PUBLISHING, "support"},
    "request.read": {*PUBLISHING, "support", "auditor"},
    "request.handle": {*PUBLISHING, "support"},
    "webhook.manage": {"owner", "developer"},
    "token.manage": {"owner", "developer"},
    "user.manage": {"owner"},
}


def person(role: str, *sites: str, everywhere: bool = False) -> Identity:
    return Identity("u" * 22, "kari@example.no", role, everywhere, frozenset(sites))


def test_matrix_names_every_permission() -> None:
    assert set(MATRIX) == set(PERMISSIONS)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("permission", MATRIX)
def test_role_has_exactly_its_permissions(role: str, permission: str) -> None:
    assert person(role, everywhere=True).may(permission, "a") is (role in MATRIX[permission])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("permission", MATRIX)
def test_role_counts_for_its_sites_alone(role: str, permission: str) -> None:
    of_a = person(role, "a")
    assert not of_a.may(permission, "b")
    assert of_a.may(permission, "a") is (role in MATRIX[permission] and permission not in EVERYWHERE)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("permission", MATRIX)
def test_only_editors_lose_publishing_and_only_where_it_is_the_publishers(role: str, permission: str) -> None:
    here = Identity("u" * 22, "kari@example.no", role, True, frozenset(), asks_on=frozenset({"a"}))
    before = person(role, everywhere=True)
    assert here.may(permission, "b") is before.may(permission, "b")
    lost = permission == "banner.publish"
    assert here.may(permission, "a") is (before.may(permission, "a") and not lost)


def test_owner_of_some_sites_manages_nobody() -> None:
    assert not person("owner", "a").may("user.manage")
    assert not person("owner", "a").may("site.create")


def test_unknown_permission_is_a_fault_and_not_a_no() -> None:
    with pytest.raises(KeyError):
        person("owner", everywhere=True).may("banner.delete")


def test_every_scope_says_who_may_give_it_away() -> None:
    assert set(SCOPE_NEEDS) == set(SCOPES)
    assert set(SCOPE_NEEDS.values()) <= set(PERMISSIONS)
    developer = person("developer", everywhere=True)
    giveable = {scope for scope in SCOPES if developer.may(SCOPE_NEEDS[scope])}
    assert giveable == {"sites:read", "banner:write", "analytics:read"}
