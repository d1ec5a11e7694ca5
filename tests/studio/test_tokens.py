"""Tokens in the studio: how long they work, another secret, all of them, and who sees which."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from server.accounts.service import audit_log, tokens
from server.core import clock
from server.core.db import transaction
from server.core.errors import Unauthenticated
from server.sites import authors, publications, schedules
from server.sites.values import Site
from tests.studio.conftest import Visitor, make_publishable
from tests.studio.test_confirmation import hidden
from tests.studio.test_users import secret_in


@pytest.fixture
def owner(as_role: Callable[..., Visitor]) -> Visitor:
    return as_role("owner")


def opens(secret: str) -> bool:
    try:
        tokens.identify(f"Bearer {secret}", now=clock.now())
    except Unauthenticated:
        return False
    return True


def rotate(who: Visitor, path: str, **fields: str) -> TestResponse:
    """Sends the form of the page."""
    form = hidden(who.get(path).text)
    return who.post(f"{path}/rotate", {"replacing": form.get("replacing", ""), "expires": "", **fields})


def made_by(who: Visitor, site: Site, **fields: object) -> tuple[str, str]:
    """Id and secret of a token that somebody makes."""
    answer = who.post(f"/sites/{site.key}/tokens", {"name": "Nightly", "scopes": ["sites:read"], **fields})
    assert answer.status_code == 201, answer.text
    secret = secret_in(answer.text)
    return tokens.identify(f"Bearer {secret}", now=clock.now()).token_id, secret


def test_a_token_expires_as_chosen_and_a_year_is_proposed(
    site: Site, owner: Visitor, stopped_clock: None
) -> None:
    form = owner.get(f"/sites/{site.key}/tokens").text
    assert 'name="expires" value="365" checked' in form
    for days in ("30", "730"):
        token_id, _ = made_by(owner, site, expires=days)
        assert tokens.token(token_id).life.expires_at == clock.now() + timedelta(days=int(days))
    refused = owner.post(
        f"/sites/{site.key}/tokens", {"name": "Nightly", "scopes": ["sites:read"], "expires": "9999"}
    )
    assert (refused.status_code, 'id="expires-error"' in refused.text) == (422, True)
    assert 'value="Nightly"' in refused.text


def test_no_end_is_an_owners_choice_with_a_reason(
    site: Site, owner: Visitor, as_role: Callable[..., Visitor]
) -> None:
    path, typed = f"/sites/{site.key}/tokens", {"name": "Till", "scopes": ["sites:read"], "expires": "never"}
    refused = owner.post(path, typed)
    assert (refused.status_code, 'id="why_unlimited-error"' in refused.text) == (422, True)
    made_by(owner, site, name="Till", expires="never", why="The till has no update")
    assert "The till has no update" in owner.get(path).text
    developer = as_role("developer", site)
    assert 'value="never"' not in developer.get(path).text
    assert developer.post(path, {**typed, "why": "x"}).status_code == 403
    assert len(tokens.tokens(site.id)) == 1


def test_a_new_secret_is_shown_once_and_both_stand_on_the_page(site: Site, owner: Visitor) -> None:
    token_id, first = made_by(owner, site)
    path = f"/sites/{site.key}/tokens/{token_id}"
    page = owner.get(path).text
    assert f"smt_…{first[-4:]}" in page
    assert first not in page
    wrong = rotate(owner, path, overlap="1")
    assert (wrong.status_code, 'id="overlap-error"' in wrong.text) == (422, True)
    answer = rotate(owner, path, overlap="24")
    assert answer.status_code == 201
    second = secret_in(answer.text)
    assert opens(first)
    assert opens(second)
    page = owner.get(path).text
    assert f"smt_…{first[-4:]}" in page
    assert f"smt_…{second[-4:]}" in page
    assert second not in page
    event = audit_log.audit_events(only={site.id}, action="token_rotated", limit=1)[0]
    assert event.detail == "24 hours"
    rotate(owner, path, overlap="0")
    assert not opens(first)
    assert not opens(second)
    owner.post(f"{path}/revoke")
    page = owner.get(path).text
    assert "Revoked" in page
    assert "/rotate" not in page
    assert rotate(owner, path, overlap="0").status_code == 409


def test_a_new_secret_is_made_once_however_often_its_button_is_pressed(site: Site, owner: Visitor) -> None:
    token_id, first = made_by(owner, site, expires="90")
    path = f"/sites/{site.key}/tokens/{token_id}"
    page = owner.get(path).text
    assert "90 days, as before" in page
    form = {**hidden(page), "overlap": "24", "expires": "30"}
    second = secret_in(owner.post(f"{path}/rotate", form).text)
    again = owner.post(f"{path}/rotate", form)
    assert (again.status_code, "got another secret meanwhile" in again.text) == (412, True)
    assert [opens(first), opens(second)] == [True, True]
    assert "30 days, as before" in again.text
    wrong = rotate(owner, path, overlap="24", expires="9999")
    assert (wrong.status_code, 'id="expires-error"' in wrong.text) == (422, True)


def test_a_developer_gets_no_secret_of_an_owners_token(
    site: Site, owner: Visitor, as_role: Callable[..., Visitor]
) -> None:
    token_id, secret = made_by(owner, site, scopes=["sites:write"])
    developer = as_role("developer", site)
    path = f"/sites/{site.key}/tokens/{token_id}"
    assert "/rotate" not in developer.get(path).text
    assert developer.post(f"{path}/rotate", {"overlap": "0"}).status_code == 403
    assert opens(secret)


def test_a_token_of_another_site_has_no_page_here(site: Site, other: Site, owner: Visitor) -> None:
    token_id, secret = made_by(owner, other)
    for method, path in (("get", ""), ("post", "/rotate"), ("post", "/revoke")):
        answer = getattr(owner, method)(f"/sites/{site.key}/tokens/{token_id}{path}")
        assert answer.status_code == 404, path
    assert opens(secret)


def test_revoking_cancels_what_the_token_has_scheduled_and_says_so(site: Site, owner: Visitor) -> None:
    make_publishable(site)
    token_id, _ = made_by(owner, site, scopes=["sites:write"])
    now = clock.now()
    with transaction():
        schedules.schedule(site.id, now + timedelta(days=1), note="", by=authors.author(token_id), now=now)
    owner.post(f"/sites/{site.key}/tokens/{token_id}/revoke")
    assert "What it had scheduled is cancelled." in owner.get(f"/sites/{site.key}/tokens").text
    assert publications.waiting(site.id) is None


def test_the_list_of_all_has_those_of_ones_own_sites_the_first_to_expire_on_top(
    site: Site, other: Site, owner: Visitor, as_role: Callable[..., Visitor]
) -> None:
    made_by(owner, site, name="Late", expires="365")
    made_by(owner, site, name="Never", expires="never", why="x")
    made_by(owner, other, name="Soon", expires="30")
    with transaction():
        tokens.create_token(
            name="Machine", scopes=["sites:read"], site_ids=None, by="command line", now=clock.now()
        )

    def named(who: Visitor) -> list[str]:
        return re.findall(r'<th scope="row"><a [^>]*>(\w+)</a>', who.get("/tokens").text)

    assert named(owner)[0] == "Soon"
    assert named(owner)[-1] == "Never"
    assert set(named(owner)) == {"Soon", "Late", "Machine", "Never"}
    bound = as_role("developer", site)
    assert set(named(bound)) == {"Late", "Machine", "Never"}
    assert other.name not in bound.get("/tokens").text


def test_owners_read_of_a_new_token_under_the_bell_and_its_maker_need_not(
    site: Site, owner: Visitor, as_role: Callable[..., Visitor]
) -> None:
    another = as_role("owner", site)
    made_by(owner, site, scopes=["sites:write"])
    assert "owner-0@example.no made the API token" in another.get("/inbox").text
    assert "made the API token" not in owner.get("/inbox").text
