"""Who may see which page: every page of the studio, for every role."""

import json
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from server.accounts.service import users
from server.accounts.values import ROLES
from server.core.db import transaction
from server.sites import service as sites
from server.sites.values import Site
from tests.studio.conftest import NOW, Visitor, make_publishable

ANYBODY = {
    "login",
    "log_in",
    "present_session",
    "log_in_again",
    "begin_single_sign_on",
    "finish_single_sign_on",
    "second_factor",
    "give_factor",
    "give_factor_again",
    "passkey_challenge",
    "log_in_with_passkey",
    "log_in_with_passkey_again",
    "shared_installation",
    "invitation",
    "open_invitation",
    "answer_invitation",
    "accept_invitation",
    "leave_for_invitation",
    "forgotten_password",
    "ask_for_password",
    "new_password",
    "open_new_password",
    "choose_new_password",
    "set_new_password",
    "welcome",
    "create_first_owner",
    "nothing_here",
}
SOMEBODY = {
    "home",
    "all_sites",
    "change_sites",
    "log_out",
    "account",
    "change_password",
    "own_factors",
    "passkey_options",
    "add_passkey",
    "remove_passkey",
    "new_app",
    "add_app",
    "remove_app",
    "make_codes",
    "confirmation",
    "confirm",
    "confirm_in_place",
    "choose_preferences",
    "own_messages",
    "own_sessions",
    "single_sign_on_done",
    "end_own_session",
    "end_other_sessions",
    "choose_own_messages",
    "send_own_test",
    "search",
    "search_found",
    "bulk_actions",
    "bulk_action",
    "bulk_progress",
    "undo_bulk_action",
    "retry_bulk_action",
    "publish_many",
    "inbox",
    "newest_messages",
    "unread_messages",
    "open_message",
    "read_messages",
    "help_contents",
    "help_page",
}

# Written out by hand, apart from the code: a new page is not allowed for anybody until it stands here.
EVERY, SUPPORT = {"owner", "publisher", "editor", "developer", "auditor"}, {"support"}
EDITING, PUBLISHING = {"owner", "publisher", "editor", "developer"}, {"owner", "publisher", "editor"}
MATRIX: dict[str, set[str]] = {
    "overview": EVERY | SUPPORT,
    "all_groups": EVERY,
    "group": EVERY,
    "publish_group": EVERY,
    "publish": EVERY,
    "versions": EVERY,
    "install": EVERY,
    "check_installation": EDITING,
    "share_installation": EDITING,
    "revoke_installation_link": EDITING,
    "analytics": EVERY,
    "analytics_csv": EVERY,
    "running_lump": EVERY,
    "first_decision": EVERY,
    "settle_notice": EDITING,
    "setup": EDITING,
    "setup_step": EDITING,
    "do_setup_step": EDITING,
    "banner": EDITING,
    "section": EDITING,
    "save_section": EDITING,
    "filled_appearance": EDITING,
    "upload_logo": EDITING,
    "autosave": EDITING,
    "give_sign": EDITING,
    "undo_edit": EDITING,
    "site_group": EDITING,
    "use_group_values": EDITING,
    "review_sharing": EDITING,
    "share_with_group": EDITING,
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
    "full_preview": EDITING,
    "full_preview_typed": EDITING,
    "own_page": EDITING,
    "link_to_own_page": EDITING,
    "compare": EVERY,
    "preview_state": EVERY,
    "full_state": EVERY,
    "draft_states": EVERY,
    "restore_state": EDITING,
    "fix_finding": EDITING,
    "do_publish": PUBLISHING,
    "ask_to_publish": EDITING,
    "publication": EVERY,
    "approve_publication": PUBLISHING,
    "refuse_publication": PUBLISHING,
    "withdraw_publication": EDITING,
    "cancel_publication": PUBLISHING,
    "reschedule_publication": PUBLISHING,
    "set_approval": {"owner"},
    "set_publishers": {"owner"},
    "experiment": EVERY,
    "start_experiment": PUBLISHING,
    "end_experiment": PUBLISHING,
    "publish_winner": PUBLISHING,
    "rollback": PUBLISHING,
    "confirm_rollback": PUBLISHING,
    "tokens": {"owner", "developer"},
    "create_token": {"owner", "developer"},
    "all_tokens": {"owner", "developer"},
    "token": {"owner", "developer"},
    "rotate_token": {"owner", "developer"},
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
    "consent_list": PUBLISHING | SUPPORT | {"auditor"},
    "find_consent": PUBLISHING | SUPPORT | {"auditor"},
    "consent": PUBLISHING | SUPPORT | {"auditor"},
    "consent_banner": PUBLISHING | SUPPORT | {"auditor"},
    "consent_receipt": PUBLISHING | SUPPORT | {"auditor"},
    "export_consents": {"owner", "auditor"},
    "confirm_erasure": PUBLISHING | SUPPORT,
    "erase_consent": PUBLISHING | SUPPORT,
    "request_list": PUBLISHING | SUPPORT | {"auditor"},
    "find_request": PUBLISHING | SUPPORT,
    "request_page": PUBLISHING | SUPPORT,
    "request_queue": PUBLISHING | SUPPORT | {"auditor"},
    "new_request": PUBLISHING | SUPPORT,
    "enter_request": PUBLISHING | SUPPORT,
    "handle_request": PUBLISHING | SUPPORT,
    "delete_request": PUBLISHING | SUPPORT,
    "register_page": EVERY,
    "processing_record": EVERY,
    "register_party": EVERY,
    "save_agreement": EDITING,
    "remove_agreement": EDITING,
    "audit_log_page": {"owner", "auditor"},
    "site_audit_log": {"owner", "auditor"},
    "download_audit_log": {"owner", "auditor"},
    "download_site_audit_log": {"owner", "auditor"},
    "domains": {"owner"},
    "rename_site": {"owner"},
    "set_responsible": {"owner"},
    "set_tags": {"owner"},
    "copy": {"owner"},
    "new_group": {"owner"},
    "create_group": {"owner"},
    "change_group": {"owner"},
    "join_group": {"owner"},
    "add_to_group": {"owner"},
    "leave_group": {"owner"},
    "delete_group": {"owner"},
    "copy_site": {"owner"},
    "site_file": EVERY,
    "download_file": EVERY,
    "read_file": EDITING,
    "take_file": EDITING,
    "delete": {"owner"},
    "delete_site": {"owner"},
    "deleted_site": {"owner"},
    "restore_site": {"owner"},
    "pause": PUBLISHING,
    "pause_site": PUBLISHING,
    "resume_site": PUBLISHING,
    "set_domains": {"owner"},
    "set_release": {"owner"},
    "set_retention": {"owner"},
    "make_sample": EDITING,
    "renew_sample": EDITING,
    "remove_sample": EDITING,
    "start_site": {"owner"},
    "read_website": {"owner"},
    "new_site": {"owner"},
    "create_site": {"owner"},
    "users": {"owner"},
    "new_user": {"owner"},
    "invite_user": {"owner"},
    "renew_invitation": {"owner"},
    "withdraw_invitation": {"owner"},
    "user": {"owner"},
    "change_user": {"owner"},
    "change_access": {"owner"},
    "make_reset_link": {"owner"},
    "end_sessions": {"owner"},
    "disconnect_user": {"owner"},
    "remove_factors": {"owner"},
}
FILES = (
    "download_file",
    "present_session",
    "analytics_csv",
    "export_consents",
    "download_audit_log",
    "download_site_audit_log",
    "processing_record",
    "known_services_found",
    "search_found",
)
EVERYWHERE = {name for name in MATRIX if "user" in name} | {
    "start_site",
    "read_website",
    "new_site",
    "create_site",
    "copy",
    "copy_site",
    "new_group",
    "create_group",
    "change_group",
    "join_group",
    "add_to_group",
    "leave_group",
    "delete_group",
    "change_access",
    "make_reset_link",
    "end_sessions",
    "disconnect_user",
    "remove_factors",
    "renew_invitation",
    "withdraw_invitation",
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
        "group": "none",
        "section": "texts",
        "name": "draft",
        "service": "samtykke",
        "part": "who",
        "number": 1,
        "form": "csv",
        "user_id": "nobody",
        "invitation_id": "nothing",
        "token_id": "nothing",
        "endpoint_id": "nothing",
        "delivery_id": "nothing",
        "request_id": "nothing",
        "party": "nothing",
        "platform": "wordpress",
        "token": "nothing",
        "link_id": "nothing",
        "message_id": "nothing",
        "passkey_id": "nothing",
        "step": "answer",
        "stage": "who",
        "action": "nothing",
        "unknown": "nowhere",
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


def test_what_somebody_may_not_do_is_in_the_servers_log_with_their_id_alone(
    app: Flask, site: Site, as_role: Callable[..., Visitor], caplog: pytest.LogCaptureFixture
) -> None:
    who = as_role("auditor")
    assert who.post(f"/sites/{site.key}/pause", {}).status_code == 403
    (line,) = [one.msg for one in caplog.records if "refused" in one.getMessage()]
    assert isinstance(line, dict)
    with app.app_context():
        (person,) = [one for one in users.users() if one.role == "auditor"]
    assert {name: line[name] for name in ("status", "reason", "method", "route", "person", "token")} == {
        "status": 403,
        "reason": "forbidden",
        "method": "POST",
        "route": "/studio/sites/<key>/pause",
        "person": person.user_id,
        "token": None,
    }
    assert person.email not in str(line)


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
    assert answer.headers["HX-Reswap"] == "none"
    renewed = json.loads(answer.headers["HX-Trigger"])["form-renewed"]
    # Whose session it is: the page does not send what one person typed in the name of another.
    assert renewed["email"] == "owner-0@example.no"
    with who.client.session_transaction() as stored:
        assert stored["login"]
    path = f"/sites/{site.key}/banner/texts"
    assert who.post(path, {"csrf_token": renewed["token"], "revision": "1"}).status_code == 303


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


def test_a_number_in_an_address_is_written_in_one_way(site: Site, as_role: Callable[..., Visitor]) -> None:
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW)
    who = as_role("owner")
    for number, status in (("1", 200), ("01", 404), ("007", 404), ("9" * 19, 404), ("²", 404)):
        assert who.get(f"/sites/{site.key}/versions/{number}/rollback").status_code == status, number
        assert who.client.get(f"/s/{site.key}/notice/versions/{number}").status_code == status, number


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


def test_a_form_that_is_slow_to_read_is_refused_before_it_is_read(client: FlaskClient) -> None:
    crowded = {"data": "&=" * 20_000, "content_type": "application/x-www-form-urlencoded"}
    for path in ("/studio/login", "/studio/sites/x/banner/texts"):
        answer = client.post(path, **crowded)
        assert answer.status_code == 413
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            large = client.post(path, data={"text": "a" * 400 * 1024}, content_type=kind)
            assert large.status_code == 413


def test_a_large_form_of_somebody_is_read(as_role: Callable[..., Visitor], site: Site) -> None:
    answer = as_role("editor", site).post(f"/sites/{site.key}/banner/texts", {"text": "a" * 400 * 1024})
    assert answer.status_code != 413
