"""Who may see which page: every page of the studio, for every role."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.routing import Rule

from server.accounts.service import users
from server.accounts.values import ROLES
from server.sites import service as sites
from server.sites.values import Site
from tests.studio.conftest import Visitor

ANYBODY = {"login", "log_in"}
SOMEBODY = {
    "home",
    "all_sites",
    "log_out",
    "account",
    "change_password",
    "choose_preferences",
    "own_messages",
    "choose_own_messages",
    "send_own_test",
}

# Written out by hand, apart from the code: a new page is not allowed for anybody until it stands here.
EVERY, EDITING, PUBLISHING = set(ROLES), {"owner", "editor", "developer"}, {"owner", "editor"}
MATRIX: dict[str, set[str]] = {
    "overview": EVERY,
    "publish": EVERY,
    "versions": EVERY,
    "install": EVERY,
    "analytics": EVERY,
    "analytics_csv": EVERY,
    "running_lump": EVERY,
    "first_decision": EVERY,
    "banner": EDITING,
    "section": EDITING,
    "save_section": EDITING,
    "change_languages": EDITING,
    "categories": EDITING,
    "save_categories": EDITING,
    "add_category": EDITING,
    "services": EDITING,
    "add_service": EDITING,
    "service": EDITING,
    "save_service": EDITING,
    "known_services_list": EDITING,
    "known_services_found": EDITING,
    "known_services_chosen": EDITING,
    "search_known_services": EDITING,
    "show_known_services": EDITING,
    "add_known_services": EDITING,
    "catalog_update": EDITING,
    "take_over": EDITING,
    "notice": EDITING,
    "change_notice": EDITING,
    "add_notice_section": EDITING,
    "notice_section": EDITING,
    "save_notice_section": EDITING,
    "notice_preview": EDITING,
    "activities": EDITING,
    "add_activity": EDITING,
    "activity": EDITING,
    "save_activity": EDITING,
    "processors": EDITING,
    "add_processor": EDITING,
    "processor": EDITING,
    "save_processor": EDITING,
    "preview": EDITING,
    "preview_typed": EDITING,
    "compare": EVERY,
    "preview_state": EVERY,
    "draft_states": EVERY,
    "restore_state": EDITING,
    "fix_finding": EDITING,
    "do_publish": PUBLISHING,
    "experiment": EVERY,
    "keep_variant": EDITING,
    "kept_preview": EDITING,
    "version_preview": EVERY,
    "start_experiment": PUBLISHING,
    "end_experiment": PUBLISHING,
    "publish_winner": PUBLISHING,
    "rollback": PUBLISHING,
    "confirm_rollback": PUBLISHING,
    "tokens": {"owner", "developer"},
    "create_token": {"owner", "developer"},
    "revoke_token": {"owner", "developer"},
    "messages": {"owner", "developer"},
    "create_endpoint": {"owner", "developer"},
    "endpoint": {"owner", "developer"},
    "change_endpoint": {"owner", "developer"},
    "rotate_secret": {"owner", "developer"},
    "test_endpoint": {"owner", "developer"},
    "switch_endpoint": {"owner", "developer"},
    "delete_endpoint": {"owner", "developer"},
    "delivery_log_page": {"owner", "developer"},
    "send_again": {"owner", "developer"},
    "send_all_again": {"owner", "developer"},
    "consent_list": {"owner", "editor", "auditor"},
    "find_consent": {"owner", "editor", "auditor"},
    "consent": {"owner", "editor", "auditor"},
    "consent_banner": {"owner", "editor", "auditor"},
    "consent_receipt": {"owner", "editor", "auditor"},
    "export_consents": {"owner", "auditor"},
    "confirm_erasure": {"owner", "editor"},
    "erase_consent": {"owner", "editor"},
    "request_list": {"owner", "editor", "auditor"},
    "find_request": {"owner", "editor"},
    "request_page": {"owner", "editor"},
    "handle_request": {"owner", "editor"},
    "delete_request": {"owner", "editor"},
    "register_page": EVERY,
    "processing_record": EVERY,
    "register_party": EVERY,
    "save_agreement": EDITING,
    "remove_agreement": EDITING,
    "audit_log_page": {"owner", "auditor"},
    "site_audit_log": {"owner", "auditor"},
    "domains": {"owner"},
    "set_domains": {"owner"},
    "set_release": {"owner"},
    "set_retention": {"owner"},
    "new_site": {"owner"},
    "create_site": {"owner"},
    "users": {"owner"},
    "new_user": {"owner"},
    "create_user": {"owner"},
    "user": {"owner"},
    "change_user": {"owner"},
    "change_access": {"owner"},
    "reset_password": {"owner"},
}
FILES = ("analytics_csv", "export_consents", "processing_record", "known_services_found")
EVERYWHERE = {name for name in MATRIX if "user" in name} | {
    "new_site",
    "create_site",
    "change_access",
    "reset_password",
}


def rules(app: Flask) -> list[tuple[str, str, Rule]]:
    """Endpoint, method and rule of every page."""
    return [
        (rule.endpoint.removeprefix("studio."), "POST" if "POST" in (rule.methods or ()) else "GET", rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("studio.")
    ]


def path_of(rule: Rule, key: str) -> str:
    """An address that the rule serves."""
    values = {
        "key": key,
        "section": "texts",
        "name": "draft",
        "service": "samtykke",
        "part": "who",
        "number": 1,
        "form": "csv",
        "user_id": "nobody",
        "token_id": "nothing",
        "endpoint_id": "nothing",
        "delivery_id": "nothing",
        "request_id": "nothing",
        "party": "nothing",
        "step": "answer",
    }
    built = rule.build({name: values[name] for name in rule.arguments})
    assert built is not None
    return built[1].removeprefix("/studio")


def ask(who: Visitor, method: str, path: str, token: str) -> int:
    return (who.get(path) if method == "GET" else who.post(path, {"csrf_token": token})).status_code


def _still(page: str) -> str:
    return re.sub(r'value="[^"]+"|nonce="[^"]+"', "", page)


def test_every_page_stands_in_the_matrix(app: Flask) -> None:
    assert {name for name, _method, _rule in rules(app)} == set(MATRIX) | SOMEBODY | ANYBODY


@pytest.mark.parametrize("bound", [False, True])
@pytest.mark.parametrize("role", ROLES)
def test_role_reaches_exactly_its_pages(
    app: Flask, site: Site, as_role: Callable[..., Visitor], role: str, bound: bool
) -> None:
    who = as_role(role, *([site] if bound else []))
    token = who.token()  # of the session, which lasts: asking for one before each form takes half of the time
    for name, method, rule in rules(app):
        if name in MATRIX:
            status = ask(who, method, path_of(rule, site.key), token)
            allowed = role in MATRIX[name] and not (bound and name in EVERYWHERE)
            assert (status != 403) is allowed, (name, status)
            assert status not in (401, 405, 419, 500), (name, status)


@pytest.mark.parametrize("role", ROLES)
def test_person_of_one_site_learns_nothing_of_another(
    app: Flask, site: Site, other: Site, as_role: Callable[..., Visitor], role: str
) -> None:
    who = as_role(role, site)
    token = who.token()
    before = (sites.draft(other.id), sites.versions(other.id), other.domains)
    for name, method, rule in rules(app):
        if "key" in rule.arguments:
            assert ask(who, method, path_of(rule, other.key), token) == 404, name
            assert ask(who, method, path_of(rule, "no-such-site"), token) == 404, name
        elif name in EVERYWHERE:
            assert ask(who, method, path_of(rule, site.key), token) == 403, name
    assert (sites.draft(other.id), sites.versions(other.id), sites.find("hytta").domains) == before
    assert other.name not in who.get("/sites").text
    # Not even that it is there.
    assert _still(who.get(f"/sites/{other.key}/").text) == _still(who.get("/sites/no-such-site/").text)


def test_stranger_is_sent_to_the_login_and_nothing_happens(app: Flask, site: Site, visitor: Visitor) -> None:
    before = sites.draft(site.id)
    token = visitor.token("/login")
    for name, method, rule in rules(app):
        if name in ANYBODY:
            continue
        path = path_of(rule, site.key)
        answer = (
            visitor.get(path)
            if method == "GET"
            else visitor.client.post(f"/studio{path}", data={"csrf_token": token})
        )
        assert answer.status_code == 303, name
        assert answer.location.startswith("/studio/login"), name
    assert sites.draft(site.id) == before


def test_form_without_its_token_is_refused_and_says_what_to_do(
    app: Flask, site: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("owner")
    for name, method, rule in rules(app):
        if method == "POST" and name not in ANYBODY:
            answer = who.client.post(f"/studio{path_of(rule, site.key)}", data={})
            assert answer.status_code == 419, name
            assert "Go back in your browser" in answer.text
    assert [one.key for one in sites.each_site()] == ["butikken"]
    assert len(users.users()) == 1


def test_form_sent_from_another_website_is_refused(site: Site, as_role: Callable[..., Visitor]) -> None:
    who = as_role("owner")
    answer = who.post("/users/new", {"email": "x@example.no"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 419


def test_expired_form_of_the_editor_is_renewed_in_place(site: Site, as_role: Callable[..., Visitor]) -> None:
    who = as_role("owner")
    answer = who.client.post(
        f"/studio/sites/{site.key}/banner/texts", data={"csrf_token": "old"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 419
    assert answer.headers["HX-Retarget"] == "#messages"
    assert "form-renewed" in answer.headers["HX-Trigger"]


def test_ended_login_leaves_the_editor_as_it_is(site: Site, visitor: Visitor) -> None:
    answer = visitor.client.post(f"/studio/sites/{site.key}/banner/texts", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (401, "none")


def test_odd_addresses_and_huge_forms_are_refused_without_a_fault(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("owner")
    for path in (
        "/users/%00",
        "/users/%ff%fe",
        f"/sites/{site.key}/banner/services/%00",
        "/sites/%00/",
        "/sites/" + "x" * 4000 + "/",
        f"/sites/{site.key}/versions?before=99999999999999999999",
    ):
        assert who.get(path).status_code in (200, 404), path
    assert who.post(f"/sites/{site.key}/tokens/%00/revoke").status_code == 404
    assert (
        who.post(
            "/sites/new", {"name": "a\x00", "key": "a\x00b", "domains": "\x00", "impressions": "\x00"}
        ).status_code
        == 422
    )
    assert who.post("/users/new", {"email": "a\x00@b.no", "role": "\x00", "reach": "all"}).status_code == 422
    assert who.post(f"/sites/{site.key}/tokens", {"name": "x" * 2_000_000}).status_code == 413


def test_no_page_allows_inline_code_or_is_cached(
    app: Flask, site: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("owner")
    for name, method, rule in rules(app):
        if method == "GET" and name not in (*FILES, "preview"):
            answer = who.get(path_of(rule, site.key))
            assert answer.headers["Cache-Control"] == "no-store", name
            if answer.status_code == 200:
                policy = answer.headers["Content-Security-Policy"]
                assert "unsafe" not in policy, name
                assert "http:" not in policy, name
