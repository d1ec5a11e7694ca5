"""Things of other sites and people, asked for by their ids: every address of the URL map that names one."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from server.accounts import passwords
from server.accounts.service import audit_log, invitations, tokens, users
from server.accounts.values import ROLES
from server.core import clock
from server.core.db import Base, db, end_reading, transaction
from server.notifications.models import InboxMessage
from server.notifications.service import delivery_log
from server.sites import bulk, groups, installation_links
from server.sites import service as sites
from server.sites.values import Site
from tests.conftest import PUBLIC_URL
from tests.studio import test_consents, test_inbox, test_notifications, test_requests
from tests.studio.conftest import NOW, Visitor, log_in_without_hashing, make_publishable
from tests.studio.test_guard import EVERYWHERE, MATRIX, ask, path_of, rules

OF_SITES = {"token_id", "endpoint_id", "delivery_id", "request_id", "link_id"}
"""Arguments that name something of one site by an id; a consent's number is one as `number`."""

OF_PEOPLE = {"message_id", "action", "user_id", "invitation_id"}
"""Arguments that name something of one person."""

NAMES = {
    "unknown": "of nothing: any other address",
    "key": "the site itself, which test_guard.py walks",
    "group": "below: seen by those who see a site of it",
    "number": "counted from 1 within the site, but for the consents below",
    "name": "of a state, a file or a page of help",
    "section": "of the editor",
    "service": "of the site's draft",
    "part": "of the site's draft",
    "party": "of the site's register",
    "form": "of a file",
    "platform": "of instructions",
    "stage": "of the set-up",
    "step": "of a request",
    "token": "of a link: signed, or a secret",
    "passkey_id": "looked for among those of the account that is logged in",
}
"""Arguments that name nothing which another site or person has; and why not."""

LISTED_TABLES = sorted(
    {"user_account", "user_site", "user_group", "invitation", "invitation_site", "invitation_group"}
    | {"api_token", "api_token_site", "publishers_only", "site", "site_group", "site_group_member"}
    | {"webhook_endpoint", "installation_link"}
)
"""Tables that say who may do what and where, and what programs get."""


@pytest.fixture(autouse=True)
def unhashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "digest", lambda _password: "not hashed: nobody logs in here")


@pytest.fixture
def shop(other: Site) -> Site:
    """The other site, with a published banner."""
    make_publishable(other)
    with transaction():
        sites.publish(other.id, note="", by="tests", now=NOW)
    return other


@pytest.fixture
def things(app: Flask, shop: Site, as_role: Callable[..., Visitor]) -> Mapping[str, str]:
    """Argument → the id of something of the other site, or of somebody else."""
    now = clock.now()
    as_role("owner")
    boss = users.users()[0]
    endpoint = test_notifications.add(shop)
    test_notifications.deliver(shop, test_notifications.DEAD)
    request = test_requests.ask(app, shop)
    test_inbox.published(shop, 2)
    owner = users.active_identity(boss.user_id)
    with transaction():
        bearer, _ = tokens.create_token(
            name="theirs", scopes=["sites:read"], site_ids=[shop.id], by=owner or "", now=now
        )
        link = installation_links.create(shop.id, by="kari@example.no", now=now)
        action = bulk.start("pause", [shop.id], {}, by=owner, now=now)
        invited, _ = invitations.invite(
            "siv@example.no", "auditor", site_ids=None, by="command line", now=now
        )
    end_reading()
    return {
        "token_id": bearer.token_id,
        "endpoint_id": endpoint.endpoint_id,
        "delivery_id": delivery_log.deliveries(shop.id, limit=1)[0].delivery_id,
        "request_id": request.request_id,
        "link_id": link.link_id,
        "message_id": db.session.scalars(sa.select(InboxMessage.id)).one(),
        "action": action,
        "user_id": boss.user_id,
        "invitation_id": invited.invitation_id,
        "number": test_consents.decide(app, shop),
    }


def stored(*tables: str) -> dict[str, list[tuple[object, ...]]]:
    end_reading()
    return {
        name: sorted(map(tuple, db.session.execute(sa.select(Base.metadata.tables[name]))), key=repr)
        for name in tables or LISTED_TABLES
    }


def of_consents(rule: Rule) -> bool:
    return "/consents/" in rule.rule and "number" in rule.arguments


def send(who: Visitor, method: str, rule: Rule, values: Mapping[str, str], key: str) -> TestResponse:
    """The rule's page with these ids, and what any page has for the rest."""
    path = path_of(rule, key)
    for name, value in values.items():
        unknown = {"number": "1", "action": "nothing", "message_id": "nothing"}.get(name, "nothing")
        if name == "user_id":
            unknown = "nobody"
        if name in rule.arguments:
            path = path.replace(f"/{unknown}", f"/{value}", 1)
    form = {"do": "disable", "role": "owner", "reach": "all", "overlap": "0", "url": "https://x.example"}
    return who.get(path) if method == "GET" else who.post(path, form)


def test_every_argument_of_an_address_is_an_id_or_names_what_nobody_else_has(app: Flask) -> None:
    found = {name for _, _, rule in rules(app) for name in rule.arguments}
    assert found == OF_SITES | OF_PEOPLE | set(NAMES)


@pytest.mark.parametrize("role", ROLES)
def test_what_belongs_to_another_site_is_not_there_by_ones_own(
    app: Flask, site: Site, shop: Site, things: Mapping[str, str], as_role: Callable[..., Visitor], role: str
) -> None:
    who = as_role(role, site)
    before, tried = stored(), 0
    for name, method, rule in rules(app):
        if rule.arguments & OF_SITES or of_consents(rule):
            answer = send(who, method, rule, things, site.key)
            expected = 404 if role in MATRIX[name] else 403
            assert answer.status_code == expected, (name, answer.status_code)
            tried += expected == 404
    assert tried or role == "auditor"
    assert stored() == before


@pytest.mark.parametrize("role", ROLES)
def test_what_belongs_to_another_person_is_not_there(
    app: Flask, site: Site, things: Mapping[str, str], as_role: Callable[..., Visitor], role: str
) -> None:
    who = as_role(role, site)
    before = stored("inbox_message", "bulk_action", *LISTED_TABLES)
    for name, method, rule in rules(app):
        if rule.arguments & OF_PEOPLE:
            answer = send(who, method, rule, things, site.key)
            assert answer.status_code == (403 if name in EVERYWHERE else 404), (name, answer.status_code)
    assert stored("inbox_message", "bulk_action", *LISTED_TABLES) == before


# --- roles for groups ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["owner", "editor", "support"])
def test_a_role_for_a_group_opens_its_sites_and_no_other_and_ends_with_it(
    app: Flask, site: Site, other: Site, as_role: Callable[..., Visitor], role: str
) -> None:
    as_role("owner")
    with transaction():
        made = groups.create("kjeden", "Kjeden", site, ["texts"], by="x", now=NOW)
        person, _ = users.create_user(
            "ola@example.no", role, password=None, site_ids=[], group_ids=[made.id], now=NOW
        )
    who = log_in_without_hashing(app, person)
    token = who.token()
    for name, method, rule in rules(app):
        if name in MATRIX and "key" in rule.arguments:
            allowed = role in MATRIX[name] and name not in EVERYWHERE
            assert (ask(who, method, path_of(rule, site.key), token) != 403) is allowed, name
            assert ask(who, method, path_of(rule, other.key), token) == 404, name
    with transaction():
        # One of the pages may have deleted the site or taken it out of the group.
        found = groups.of_site(sites.find(site.key), public_url=PUBLIC_URL)
        if found is not None:
            groups.remove(sites.find(site.key), now=clock.now() + timedelta(seconds=1))
    for name, method, rule in rules(app):
        if name in MATRIX and "key" in rule.arguments:
            assert ask(who, method, path_of(rule, site.key), token) == 404, name


def test_a_group_is_seen_by_those_who_see_a_site_of_it(
    site: Site, other: Site, as_role: Callable[..., Visitor]
) -> None:
    with transaction():
        groups.create("kjeden", "Kjeden", other, ["texts"], by="x", now=NOW)
    assert as_role("editor", site).get("/groups/kjeden").status_code == 404
    assert as_role("auditor", other).get("/groups/kjeden").status_code == 200
    assert as_role("support", other).get("/groups/kjeden").status_code == 403


# --- fields that no form has ------------------------------------------------------------------------------

PRIVILEGES = {
    "id": "x" * 22,
    "user_id": "x" * 22,
    "role": "owner",
    "all_sites": "1",
    "all": "on",
    "reach": "all",
    "sites": "x" * 22,
    "groups": "x" * 22,
    "site_id": "x" * 22,
    "group_id": "x" * 22,
    "email": "intruder@example.no",
    "scopes": "sites:write",
    "maker_id": "",
    "created_by": "command line",
    "expires_at": "",
    "why_unlimited": "x",
    "revoked_at": "",
    "disabled_at": "",
    "approval_required": "",
    "publishers_only": "",
    "deleted_at": "2026-01-01",
    "key": "taken",
    "domains": "intruder.example",
    "retention_days": "1",
    "sample_of": "x" * 22,
    "password_hash": "x",
    "is_admin": "1",
}
"""Columns of tables of rights, and names that frameworks like to take over, as fields of a form."""


@pytest.mark.parametrize("role", [one for one in ROLES if one != "owner"])
def test_no_form_takes_a_right_from_a_field_that_it_does_not_have(
    app: Flask, site: Site, as_role: Callable[..., Visitor], role: str
) -> None:
    who = as_role(role, site)
    token = who.token()
    changing = {"create_token", "revoke_installation_link", "share_installation", "create_endpoint"}
    # Forms that make something, in which the person says what.
    changing |= {"make_sample", "renew_sample"}
    before = stored()
    asked = 0
    for name, method, rule in rules(app):
        if method == "POST" and name in MATRIX and role in MATRIX[name] and name not in changing:
            sent = {**PRIVILEGES, "csrf_token": token}
            assert who.post(path_of(rule, site.key), sent).status_code < 500, name
            asked += 1
    assert asked > 1 or role == "auditor"
    assert stored() == before
    assert audit_log.audit_events(only=None, action="user_changed", limit=1) == ()
