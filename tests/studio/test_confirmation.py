"""Who is logged in proves again who they are before what a stolen session must not do."""

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts.models import Session
from server.accounts.service import audit_log, sessions, users
from server.accounts.values import NEED_PROOF
from server.core import clock
from server.core.db import db, transaction
from server.sites import service as sites
from server.sites.bulk_kinds import KINDS
from server.sites.values import Site
from server.studio.guard import needs_proof
from tests.studio.conftest import NOW, PASSWORD, Visitor, make_publishable
from tests.studio.test_guard import path_of, rules

OWN = {"Sec-Fetch-Site": "same-origin"}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')

PROVED = {
    "do_publish",
    "approve_publication",
    "reschedule_publication",
    "set_approval",
    "set_publishers",
    "start_experiment",
    "end_experiment",
    "publish_winner",
    "rollback",
    "publish_many",
    "export_consents",
    "erase_consent",
    "delete_request",
    "delete_site",
    "set_retention",
    "add_to_group",
    "create_endpoint",
    "change_endpoint",
    "rotate_secret",
    "create_token",
    "rotate_token",
    "invite_user",
    "renew_invitation",
    "withdraw_invitation",
    "change_user",
    "change_access",
    "make_reset_link",
    "end_sessions",
    "accept_invitation",
    "remove_factors",
    "disconnect_user",
    "passkey_options",
    "add_passkey",
    "remove_passkey",
    "new_app",
    "add_app",
    "remove_app",
    "make_codes",
}
"""Written out by hand, apart from the code: what needs a proof."""

WITHOUT = {
    "refuse_publication": "nothing is published by it",
    "cancel_publication": "nothing is published by it",
    "pause_site": "whoever has to stop a banner is in a hurry, and takes it back with one button",
    "resume_site": "it brings back what was published",
    "revoke_token": "a secret that has leaked has to stop at once, and nobody gains anything by it",
}
"""What changes something by a permission of `NEED_PROOF`, and needs no proof all the same; and why."""


def age(minutes: float) -> None:
    """All sessions were begun so long ago."""
    then = clock.now() - timedelta(minutes=minutes)
    with transaction():
        db.session.execute(sa.update(Session).values(created_at=then, proved_at=then))


def hidden(page: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in HIDDEN.findall(page)}


@pytest.fixture
def owner(as_role: Callable[..., Visitor], site: Site) -> Visitor:
    """An owner whose login is an hour old, and a site that can be published."""
    make_publishable(site)
    who = as_role("owner")
    age(60)
    return who


def test_exactly_these_pages_need_a_proof(app: Flask) -> None:
    assert {name for name, method, rule in rules(app) if needs_proof(rule.endpoint, method)} == PROVED
    views: dict[str, Any] = {name: app.view_functions[rule.endpoint] for name, _method, rule in rules(app)}
    left_out = {
        name
        for name, method, rule in rules(app)
        if method == "POST" and views[name].needs in NEED_PROOF and not needs_proof(rule.endpoint, method)
    }
    assert left_out == set(WITHOUT)


def test_what_is_undone_for_many_sites_needs_no_proof_for_one_either() -> None:
    """Trying again what was published leads to a review, which asks for the proof (`publish_many`)."""
    undone = {each.undo for each in KINDS if each.undo}
    assert undone == {"tag", "untag", "assign", "pause", "resume"}
    assert {"pause_site", "resume_site"} <= set(WITHOUT)


def test_nothing_is_done_before_the_proof(app: Flask, site: Site, owner: Visitor) -> None:
    token, before = owner.token(), audit_log.audit_events(only=None, limit=1)
    for name, method, rule in rules(app):
        if name not in PROVED:
            continue
        path = path_of(rule, site.key)
        if method == "GET":
            answer = owner.get(path)
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/studio/confirm"), name
            continue
        answer = owner.post(path, {"csrf_token": token}, headers=OWN)
        assert answer.status_code == 401, name
        assert "Confirm that it is you" in answer.text, name
        typing = owner.post(path, {"csrf_token": token}, headers={"HX-Request": "true"})
        assert (typing.status_code, typing.headers["HX-Trigger"]) == (401, "login-ended"), name
    assert audit_log.audit_events(only=None, limit=1) == before
    assert sites.newest(site.id) is None


def test_who_may_not_is_refused_before_a_proof_is_asked_for(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("developer", site)
    age(60)
    assert who.post(f"/sites/{site.key}/publish", {"note": "x"}, headers=OWN).status_code == 403


def test_what_was_typed_goes_on_after_the_proof(site: Site, owner: Visitor) -> None:
    path = f"/sites/{site.key}/publish"
    seen = dict(re.findall(r'name="(revision|version)" value="([0-9]+)"', owner.get(path).text))
    asked = owner.post(path, {**seen, "note": "Første & beste"}, headers=OWN)
    refused = owner.client.post(
        "/studio/confirm", data={**hidden(asked.text), "password": "galt passord her"}, headers=OWN
    )
    assert refused.status_code == 422
    assert "Password</a> is not right" in refused.text
    assert not sessions_are_proved()
    onward = owner.client.post(
        "/studio/confirm", data={**hidden(refused.text), "password": PASSWORD}, headers=OWN
    )
    action = re.search(r'<form class="panel" method="post" action="([^"]+)"', onward.text)
    assert action
    assert sites.newest(site.id) is None
    assert owner.client.post(action[1], data=hidden(onward.text), headers=OWN).status_code == 303
    newest = sites.newest(site.id)
    assert newest is not None
    assert newest.note == "Første & beste"


def sessions_are_proved() -> bool:
    since = clock.now() - sessions.PROOF_LASTS
    return db.session.scalar(sa.select(Session.digest).where(Session.proved_at > since)) is not None


def test_a_proof_counts_for_a_quarter_of_an_hour(site: Site, owner: Visitor) -> None:
    assert owner.post("/confirm", {"password": PASSWORD}).status_code == 303
    assert owner.get(f"/sites/{site.key}/consents.csv").status_code == 200
    age(14.9)
    assert owner.get(f"/sites/{site.key}/consents.csv").status_code == 200
    age(15.1)
    assert owner.get(f"/sites/{site.key}/consents.csv").status_code == 303


def test_a_download_leads_to_the_proof_and_back(site: Site, owner: Visitor) -> None:
    answer = owner.get(f"/sites/{site.key}/consents.csv?version=1")
    page = owner.client.get(answer.location)
    assert "Confirm that it is you" in page.text
    done = owner.client.post("/studio/confirm", data={**hidden(page.text), "password": PASSWORD})
    assert (done.status_code, done.location) == (303, f"/studio/sites/{site.key}/consents.csv?version=1")
    assert owner.get("/confirm?next=/studio/sites").location == "/studio/sites"


def test_a_form_that_is_not_kept_says_so(site: Site, owner: Visitor) -> None:
    # Of another website, or without what tells whose it is: it never comes with a proof to go on.
    answer = owner.post(f"/sites/{site.key}/publish", {"note": "Første"})
    assert answer.status_code == 401
    assert "the form could not be kept" in answer.text
    assert "Første" not in answer.text


def test_the_proof_leads_to_no_other_website(owner: Visitor) -> None:
    for address in ("https://evil.example/", "//evil.example", "/studio/..//evil.example", "/demo/"):
        answer = owner.post("/confirm", {"password": PASSWORD, "next": address})
        assert answer.location == "/studio/", address


def test_scripts_are_told_what_has_to_be_confirmed(site: Site, owner: Visitor) -> None:
    def asks(path: str, method: str = "post") -> str:
        """By what somebody has to confirm; empty if nothing has to be."""
        answer = owner.get("/session", query_string={"path": path, "method": method})
        found: str = answer.get_json()["confirm"]
        return found

    publish, export = f"/studio/sites/{site.key}/publish", f"/studio/sites/{site.key}/consents.csv"
    assert [asks(publish), asks(publish, "get"), asks(export, "get")] == ["password", "", "password"]
    assert [asks("/studio/account"), asks("/nowhere"), asks("")] == ["", "", ""]
    in_place = owner.post("/session/confirm", {"password": "galt passord her"})
    assert (in_place.status_code, in_place.get_json()) == (422, {"fault": "The password is not right."})
    assert owner.post("/session/confirm", {"password": PASSWORD}).get_json()["email"] == "owner-0@example.no"
    assert not asks(publish)


def test_guesses_are_counted(owner: Visitor, stopped_clock: None) -> None:
    token = owner.token()
    guess = {"csrf_token": token, "password": "galt passord her"}
    assert [owner.post("/confirm", guess).status_code for _ in range(11)] == [422] * 10 + [429]
    late = owner.post("/session/confirm", {"csrf_token": token, "password": PASSWORD})
    assert (late.status_code, late.headers["Retry-After"]) == (429, "60")


def test_a_session_without_a_proof_counts_from_its_login(app: Flask) -> None:
    with transaction():
        known, _ = users.create_user("kari@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
        secret = sessions.open_session(known, now=NOW)
        # As sessions were stored before they had the column.
        db.session.execute(sa.update(Session).values(proved_at=None))

    def at(minutes: float) -> datetime:
        return NOW + timedelta(minutes=minutes)

    assert sessions.is_proved(secret, now=at(14.9))
    assert not sessions.is_proved(secret, now=at(15))
    with transaction():
        sessions.prove(secret, now=at(20))
        sessions.prove("no session", now=at(20))
    assert sessions.is_proved(secret, now=at(34.9))
    assert not sessions.is_proved(secret, now=at(35))
