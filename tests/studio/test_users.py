"""People, tokens and sites, as owners and developers manage them."""

import re
from collections.abc import Callable

import pytest

from server.accounts.service import audit_log, password_resets, tokens, users
from server.core import clock
from server.core.db import transaction
from server.core.errors import Unauthenticated
from server.sites import service as sites
from server.sites.values import Site
from tests.studio.conftest import Visitor

_SECRET = re.compile(r'id="secret"[^>]*>([^<]+)<')


@pytest.fixture
def owner(as_role: Callable[..., Visitor]) -> Visitor:
    """An owner of every site."""
    return as_role("owner")


def secret_in(page: str) -> str:
    found = _SECRET.search(page)
    assert found
    return found[1]


def test_owner_ends_all_sessions_of_a_person(
    site: Site, owner: Visitor, as_role: Callable[..., Visitor]
) -> None:
    editor = as_role("editor", site)
    (person,) = [one for one in users.users() if one.role == "editor"]
    assert editor.get("/account").status_code == 200
    assert owner.post(f"/users/{person.user_id}/sessions").status_code == 303
    assert editor.get("/account").status_code == 303
    assert owner.get("/account").status_code == 200


def test_person_without_sites_or_with_a_taken_address_is_refused_at_the_field(
    site: Site, owner: Visitor
) -> None:
    nowhere = owner.post("/users/new", {"email": "kari@example.no", "role": "editor", "reach": "some"})
    assert (nowhere.status_code, 'id="sites-error"' in nowhere.text) == (422, True)
    taken = owner.post("/users/new", {"email": "owner-0@example.no", "role": "editor", "reach": "all"})
    assert (taken.status_code, 'id="email-error"' in taken.text) == (409, True)
    assert len(users.users()) == 1


def test_an_address_that_is_not_what_it_looks_like_is_not_invited(owner: Visitor) -> None:
    sent = {"email": "ka\u200bri@example.no", "role": "editor", "reach": "all"}
    refused = owner.post("/users/new", sent)
    assert (refused.status_code, 'id="email-error"' in refused.text) == (422, True)
    assert "has a character that cannot be seen" in refused.text


def test_role_sites_access_and_password_are_changed(
    site: Site, owner: Visitor, as_role: Callable[..., Visitor]
) -> None:
    kari = as_role("editor", site)
    user_id = next(one.user_id for one in users.users() if one.role == "editor")
    owner.post(f"/users/{user_id}", {"role": "auditor", "reach": "all"})
    assert kari.get("/sites").status_code == 303
    assert kari.log_in("editor-1@example.no").status_code == 303
    assert kari.get(f"/sites/{site.key}/banner/texts").status_code == 403
    link = secret_in(owner.post(f"/users/{user_id}/password").text)
    password = "fire rever i skogen"
    with transaction():
        password_resets.choose_password(link, password, now=clock.now())
    assert kari.get("/sites").status_code == 303
    assert kari.log_in("editor-1@example.no", password).status_code == 303
    owner.post(f"/users/{user_id}/sessions")
    assert kari.get("/sites").status_code == 303
    assert kari.log_in("editor-1@example.no", password).status_code == 303
    owner.post(f"/users/{user_id}/access", {"do": "disable"})
    assert kari.get("/sites").status_code == 303
    assert "Disabled" in owner.get("/users").text
    owner.post(f"/users/{user_id}/access", {"do": "enable"})
    assert kari.log_in("editor-1@example.no", password).status_code == 303


def test_last_owner_cannot_be_lost(owner: Visitor) -> None:
    user_id = users.users()[0].user_id
    disabled = owner.post(f"/users/{user_id}/access", {"do": "disable"})
    changed = owner.post(f"/users/{user_id}", {"role": "editor", "reach": "all"})
    assert (disabled.status_code, changed.status_code) == (409, 409)
    assert "last owner" in disabled.text
    assert users.users()[0].role == "owner"


def test_token_is_shown_once_works_and_is_revoked(site: Site, owner: Visitor) -> None:
    page = f"/sites/{site.key}/tokens"
    made = owner.post(page, {"name": "Nightly", "scopes": ["analytics:read"]}).text
    assert f"/api/v1/sites/{site.key}/analytics</code>" in made
    secret = secret_in(made)
    bearer = tokens.authorise(f"Bearer {secret}", "analytics:read", site_id=site.id, now=clock.now())
    listed = owner.get(page).text
    assert "Nightly" in listed
    assert secret not in listed
    owner.post(f"{page}/{bearer.token_id}/revoke")
    with pytest.raises(Unauthenticated):
        tokens.authorise(f"Bearer {secret}", "analytics:read", site_id=site.id, now=clock.now())
    assert "1 revoked" in owner.get(page).text


def test_token_needs_a_name_and_a_scope(site: Site, owner: Visitor) -> None:
    page = f"/sites/{site.key}/tokens"
    unnamed = owner.post(page, {"scopes": ["sites:read"]})
    powerless = owner.post(page, {"name": "Nightly"})
    assert (unnamed.status_code, 'id="name-error"' in unnamed.text) == (422, True)
    assert (powerless.status_code, 'id="scopes-error"' in powerless.text) == (422, True)
    assert tokens.tokens(site.id) == ()


def test_nobody_makes_a_token_that_can_do_more_than_they(site: Site, as_role: Callable[..., Visitor]) -> None:
    developer = as_role("developer", site)
    page = f"/sites/{site.key}/tokens"
    assert "sites:write" not in developer.get(page).text
    assert developer.post(page, {"name": "x", "scopes": ["sites:write"]}).status_code == 403
    assert developer.post(page, {"name": "x", "scopes": ["sites:read"]}).status_code == 201


def test_token_that_an_owner_of_one_site_makes_does_not_make_sites(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    bound = as_role("owner", site)
    secret = secret_in(bound.post(f"/sites/{site.key}/tokens", {"name": "x", "scopes": ["sites:write"]}).text)
    new = {"key": "ny", "name": "Ny", "domains": ["ny.no"]}
    headers = {"Authorization": f"Bearer {secret}"}
    assert bound.client.post("/api/v1/sites", json=new, headers=headers).status_code == 403
    assert bound.get("/sites/new").status_code == 403


def test_token_list_says_what_no_longer_works_and_why(
    site: Site, other: Site, owner: Visitor, as_role: Callable[..., Visitor]
) -> None:
    kari = as_role("owner", site)
    user_id = next(one.user_id for one in users.users() if not one.all_sites)
    page = f"/sites/{site.key}/tokens"
    secret = secret_in(kari.post(page, {"name": "Nightly", "scopes": ["sites:write", "consents:read"]}).text)
    headers = {"Authorization": f"Bearer {secret}"}
    draft = f"/api/v1/sites/{site.key}/banner/draft"
    assert "stopped" not in owner.get(page).text

    assert "loses at once what they may not do any more" in owner.get(f"/users/{user_id}").text
    owner.post(f"/users/{user_id}", {"role": "developer", "reach": "some", "sites": [site.id]})
    said = owner.get(f"/users/{user_id}").text
    assert "They are logged out, and have these rights when they log in again." in said
    assert "One API token has other rights now: Nightly (" in said
    listed = owner.get(page).text
    assert "sites:write for the draft only" in listed
    assert "consents:read stopped" in listed
    assert "owner-1@example.no now has the role developer" in listed
    publish = kari.client.post(f"/api/v1/sites/{site.key}/banner/publish", headers=headers)
    assert (publish.status_code, publish.get_json()["reason"]) == (403, "maker_forbidden")
    assert kari.client.get(draft, headers=headers).status_code == 200

    owner.post(f"/users/{user_id}", {"role": "developer", "reach": "some", "sites": [site.id]})
    assert "Nothing is different, and they stay logged in." in owner.get(f"/users/{user_id}").text

    owner.post(f"/users/{user_id}", {"role": "owner", "reach": "some", "sites": [other.id]})
    assert "One API token works no more: Nightly (" in owner.get(f"/users/{user_id}").text
    assert "Stopped on this site" in owner.get(page).text
    assert kari.client.get(draft, headers=headers).status_code == 404

    owner.post(f"/users/{user_id}/access", {"do": "disable"})
    assert "can no longer log in" in owner.get(page).text
    assert kari.client.get(draft, headers=headers).status_code == 401
    noted = audit_log.audit_events(only=None, action="token_changed", limit=9)
    assert [one.detail for one in reversed(noted)] == [
        "sites:write, consents:read on 1 site → sites:write (in part) on 1 site",
        "sites:write (in part) on 1 site → nothing",
    ]
    assert "changed the rights of the token" in owner.get("/trail?action=token_changed").text

    owner.post(f"/users/{user_id}", {"role": "owner", "reach": "some", "sites": [site.id]})
    owner.post(f"/users/{user_id}/access", {"do": "enable"})
    assert kari.client.get(draft, headers=headers).status_code == 200
    assert "Stopped" not in owner.get(page).text


def test_token_of_another_site_is_not_revoked_from_here(
    site: Site, other: Site, owner: Visitor, as_role: Callable[..., Visitor]
) -> None:
    secret = secret_in(owner.post(f"/sites/{other.key}/tokens", {"name": "x", "scopes": ["sites:read"]}).text)
    bearer = tokens.authorise(f"Bearer {secret}", "sites:read", site_id=other.id, now=clock.now())
    developer = as_role("developer", site)
    assert developer.post(f"/sites/{site.key}/tokens/{bearer.token_id}/revoke").status_code == 404
    assert tokens.authorise(f"Bearer {secret}", "sites:read", site_id=other.id, now=clock.now()) == bearer


def test_new_site_has_a_draft_and_what_is_wrong_is_reported_at_the_field(owner: Visitor) -> None:
    wrong = owner.post(
        "/sites/new", {"name": "Hytta", "key": "Hytta!", "domains": "www.hytta.no", "impressions": "off"}
    )
    assert (wrong.status_code, 'id="key-error"' in wrong.text, 'value="Hytta!"' in wrong.text) == (
        422,
        True,
        True,
    )
    wrong = owner.post(
        "/sites/new",
        {"name": "Hytta", "key": "hytta", "domains": "www.hytta.no\nx_y", "impressions": "on"},
    )
    assert 'id="domains-error"' in wrong.text
    assert "“x_y”" in wrong.text
    made = owner.post(
        "/sites/new",
        {"name": "Hytta", "key": "hytta", "domains": "www.hytta.no, *.hytta.no", "impressions": "off"},
    )
    assert made.location == "/studio/sites/hytta/"
    assert sites.find("hytta").domains == ("*.hytta.no", "www.hytta.no")
    taken = owner.post(
        "/sites/new", {"name": "Hytta", "key": "hytta", "domains": "www.hytta.no", "impressions": "off"}
    )
    assert (taken.status_code, 'id="key-error"' in taken.text) == (409, True)


def test_domains_are_changed(site: Site, owner: Visitor) -> None:
    page = f"/sites/{site.key}/domains"
    assert owner.post(page, {"domains": "butikken.no"}).status_code == 303
    assert sites.find(site.key).domains == ("butikken.no",)
    refused = owner.post(page, {"domains": "not a host!"})
    assert (refused.status_code, 'id="domains-error"' in refused.text) == (422, True)


def test_studio_without_sites_says_what_to_do_next(owner: Visitor, as_role: Callable[..., Visitor]) -> None:
    assert "Create the first site" in owner.get("/sites").text
    assert "Ask the person who gave you this account" in as_role("auditor").get("/sites").text


def test_only_an_owner_of_every_site_gives_a_site_this_servers_own_host(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    page = f"/sites/{site.key}/domains"
    mine, every = as_role("owner", site), as_role("owner")

    refused = mine.post(page, {"domains": "butikken.no\n127.0.0.1"})
    assert refused.status_code == 422
    assert "this server&#39;s own host" in refused.text
    assert every.post(page, {"domains": "butikken.no\n127.0.0.1"}).status_code == 303
    # Its scopes stay, whichever user saves.
    assert mine.post(page, {"domains": "127.0.0.1\nandre.no"}).status_code == 303
