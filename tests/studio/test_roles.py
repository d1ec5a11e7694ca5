"""Roles in the studio: what support sees, who publishes, roles for groups, and the table of roles."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from server.accounts import passwords
from server.accounts.service import audit_log, reach, users
from server.accounts.values import PERMISSIONS, ROLES
from server.core.db import transaction
from server.sites import groups, publications, responsibility
from server.sites import service as sites
from server.sites.values import Site
from tests.studio.conftest import NOW, Visitor, log_in_without_hashing, make_publishable, make_site
from tests.studio.walking import walk


@pytest.fixture
def owner(as_role: Callable[..., Visitor]) -> Visitor:
    return as_role("owner")


def test_support_is_led_to_decisions_and_learns_nothing_of_drafts_figures_or_people(
    site: Site, owner: Visitor, as_role: Callable[..., Visitor]
) -> None:
    with transaction():
        responsibility.assign(site.id, users.users()[0].user_id)
    who = as_role("support", site)
    home = who.get("/")
    assert home.status_code == 303
    assert who.get(home.location.removeprefix("/studio")).location.endswith(f"/sites/{site.key}/consents")
    page = who.get(f"/sites/{site.key}/consents").text
    menu = set(re.findall(rf'href="/studio/sites/{site.key}/([a-z]*)"', page.partition("<main")[0]))
    assert menu == {"consents", "requests", ""}
    for path in ("/sites", f"/sites?responsible={users.users()[0].user_id}", "/account"):
        assert "owner-0@example.no" not in who.get(path).text, path
    found = who.get(f"/search?site={site.key}&q=figures").text
    assert "/analytics" not in found
    for path in (f"/sites/{site.key}/publish", f"/sites/{site.key}/versions", "/groups", "/users"):
        assert who.get(path).status_code == 403, path


def test_editor_asks_and_publisher_publishes_once_an_owner_says_so(
    site: Site, owner: Visitor, as_role: Callable[..., Visitor]
) -> None:
    make_publishable(site)
    editor, publisher = as_role("editor", site), as_role("publisher", site)
    path = f"/sites/{site.key}/publish"
    saved = owner.post(f"/sites/{site.key}/publishers", {"publishers_only": "on"})
    assert saved.status_code == 303
    assert "Editors ask, and publishers and owners publish." in owner.get(f"/sites/{site.key}/domains").text
    assert reach.publishers_only(site.id)
    assert editor.save(path, {"note": "x"}).status_code == 403
    assert sites.newest(site.id) is None
    asked = editor.save(f"{path}/ask", {"note": "please"}, at=path)
    assert asked.status_code == 303
    waiting = publications.waiting(site.id)
    assert waiting is not None
    assert (waiting.state, waiting.asked_by) == ("requested", "editor-1@example.no")
    decided = publisher.post(
        f"/sites/{site.key}/publications/{waiting.number}/approve", {"digest": waiting.digest}
    )
    assert decided.status_code == 303
    newest = sites.newest(site.id)
    assert newest is not None
    said = [one.action for one in audit_log.audit_events(only={site.id}, limit=9)]
    assert {"publishers_changed", "approval_asked", "approved"} <= set(said)
    # Twice the same is no event.
    owner.post(f"/sites/{site.key}/publishers", {"publishers_only": "on"})
    events = audit_log.audit_events(only=None, action="publishers_changed", limit=9)
    assert [one.subject for one in events] == ["switched on"]
    owner.post(f"/sites/{site.key}/publishers", {})
    assert not reach.publishers_only(site.id)


def test_a_person_is_invited_to_a_group_and_moved_to_a_site(
    app: Flask, site: Site, owner: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_site("tea", "Tea")
    with transaction():
        made = groups.create("drinks", "Drinks", site, ["texts"], by="x", now=NOW)
    form = owner.get("/users/new").text
    assert f'name="groups" value="{made.id}"' in form
    typed = {
        "email": "ola@example.no",
        "role": "support",
        "reach": "some",
        "groups": made.id,
        "do": "link",
    }
    refused = owner.post("/users/new", {**typed, "groups": "x" * 22})
    assert refused.status_code == 422
    assert "must be at least one, or all" in refused.text
    answer = owner.post("/users/new", typed)
    assert answer.status_code == 201
    assert "the group Drinks" in owner.get("/users").text
    event = audit_log.audit_events(only=None, action="user_invited", limit=1)[0]
    assert event.detail == "support of group drinks"
    monkeypatch.setattr(passwords, "digest", lambda _password: "not hashed")
    with transaction():
        who, _ = users.create_user(
            "kari@example.no", "support", password=None, site_ids=[], group_ids=[made.id], now=NOW
        )
    visitor = log_in_without_hashing(app, who)
    assert visitor.get(f"/sites/{site.key}/consents").status_code == 200
    assert visitor.get(f"/sites/{other.key}/consents").status_code == 404
    change = {"role": "editor", "reach": "some", "sites": other.id}
    assert owner.post(f"/users/{who.user_id}", change).status_code == 303
    known = users.user(who.user_id)
    assert (known.role, set(known.site_ids), set(known.group_ids)) == ("editor", {other.id}, set())
    event = audit_log.audit_events(only=None, action="user_changed", limit=1)[0]
    assert event.detail == "support of group drinks → editor of tea"


def test_users_shows_the_table_that_decides(owner: Visitor) -> None:
    page = owner.get("/users").text
    table = page[page.index("What each role may do") :]
    rows = re.findall(r"<tr>\s*<th scope=\"row\">(.+?)</th>(.+?)</tr>", table, re.S)
    assert len(rows) == len(PERMISSIONS)
    granted = [len(re.findall(r"<td>Yes", cells)) for _words, cells in rows]
    assert sorted(granted) == sorted(len(roles) for roles in PERMISSIONS.values())
    assert len(re.findall(r'<th scope="col">', table)) == len(ROLES) + 1


@pytest.mark.parametrize("role", ROLES)
def test_no_link_leads_to_a_page_that_the_role_may_not_see(
    site: Site, as_role: Callable[..., Visitor], role: str
) -> None:
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW)
    who = as_role(role, site)
    # It fails where a link is answered by a refusal.
    reached = {path for path, _page in walk(who)}
    assert len(reached) > 5
