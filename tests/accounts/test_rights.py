"""What a token may do, and for how long: every route that programs can reach, for tokens of every maker."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from server.accounts import passwords
from server.accounts.service import audit_log, tokens, users
from server.accounts.values import ROLES, SCOPES, Identity
from server.core import clock
from server.core.db import transaction
from server.core.errors import Forbidden
from server.notices import api as notices
from server.sites import groups
from server.sites import service as sites
from server.sites.values import Site

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.7"}

EVERY = {"owner", "publisher", "editor", "developer", "auditor"}
EDITING, PUBLISHING, OWNER = EVERY - {"auditor"}, {"owner", "publisher", "editor"}, {"owner"}


class Needs(NamedTuple):
    """What a route asks of a token: one of these scopes, and a maker with one of these roles."""

    scopes: set[str]
    roles: set[str]
    everywhere: bool = False
    """Whether the maker's role must count for every site."""


# Written out by hand, apart from the code: a new route fails here until somebody says who may ask it.
WRITING = {"sites:write"}
READING = {"sites:read", "banner:write", "banner:publish", "sites:write"}
DRAFTING, RELEASING = {"banner:write", "sites:write"}, {"banner:publish", "sites:write"}
TOKENS = {
    "sites.list_sites": Needs(READING, EVERY),
    "sites.create_site": Needs(WRITING, OWNER, everywhere=True),
    "sites.read_site": Needs(READING, EVERY),
    "sites.change_site": Needs(WRITING, OWNER),
    "sites.pause_site": Needs(RELEASING, PUBLISHING),
    "sites.resume_site": Needs(RELEASING, PUBLISHING),
    "sites.read_draft": Needs(READING, EVERY),
    "sites.save_draft": Needs(DRAFTING, EDITING),
    "sites.check_draft": Needs(READING, EVERY),
    "sites.publish": Needs(RELEASING, PUBLISHING),
    "sites.read_waiting": Needs(READING, EVERY),
    "sites.cancel_waiting": Needs(RELEASING, PUBLISHING),
    "sites.roll_back": Needs(RELEASING, PUBLISHING),
    "sites.list_versions": Needs(READING, EVERY),
    "sites.read_version": Needs(READING, EVERY),
    "sites.read_file": Needs(READING, EVERY),
    "sites.plan_file": Needs(READING, EVERY),
    "sites.apply_file": Needs(DRAFTING, EDITING),
    "groups.list_groups": Needs(READING, EVERY),
    "groups.read_group": Needs(READING, EVERY),
    **{
        f"groups.{name}": Needs(WRITING, OWNER, everywhere=True)
        for name in ("create_group", "change_group", "delete_group", "add_site", "remove_site")
    },
    "analytics.read_figures": Needs({"analytics:read"}, EVERY),
    "metrics.metrics": Needs({"metrics:read"}, OWNER, everywhere=True),
}
VISITORS = {"decisions.show_own", "decisions.show_receipt", "decisions.erase_own"}
ANYBODY_IN = {
    "static",
    "api-docs",
    "api_docs",
    "catalog",
    "embed",
    "demo",
    "demo_third_parties",
    "log",
    "health",
    "well_known",
    # Signed by the identity provider, instead of a token.
    "back_channel",
    *(blueprint.name for blueprint in notices.BLUEPRINTS),
}


MAKERS = [(role, bound) for role in ROLES for bound in (False, True)]


def rules(app: Flask) -> list[Rule]:
    """Every route that is not a page of the studio (tests/studio/test_guard.py walks those)."""
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("studio.")]


def method_of(rule: Rule) -> str:
    return next(one for one in ("POST", "PUT", "DELETE", "GET") if one in (rule.methods or ()))


def ask(client: FlaskClient, rule: Rule, secret: str, site: str) -> TestResponse:
    values = {"number": 1, "product": "lue"}
    if rule.endpoint.startswith("demo_third_parties."):
        values["name"] = "praten"
    built = rule.build({name: values.get(name, site) for name in rule.arguments})
    assert built is not None
    return client.open(
        built[1],
        method=method_of(rule),
        headers={"Authorization": f"Bearer {secret}"},
        data=b"{",  # refused as soon as somebody is allowed to send it: nothing is changed
        content_type="application/json",
        environ_base=ELSEWHERE,
    )


@pytest.fixture
def shop(app: Flask) -> Site:
    with transaction():
        return sites.create("butikken", "Butikken", ["butikken.no"], by="x", now=NOW)


@pytest.fixture
def cabin(app: Flask) -> Site:
    with transaction():
        return sites.create("hytta", "Hytta", ["hytta.no"], by="x", now=NOW)


@pytest.fixture
def person(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Identity]:
    monkeypatch.setattr(passwords, "digest", lambda _password: "not hashed: nobody logs in here")

    def make(role: str, *where: Site) -> Identity:
        email = f"{role}-{len(where)}-{len(users.users())}@example.no"
        site_ids = [one.id for one in where] or None
        with transaction():
            return users.create_user(email, role, password=None, site_ids=site_ids, now=NOW)[0]

    return make


def token(scope: str, *where: Site, by: Identity | str) -> str:
    with transaction():
        _, secret = tokens.create_token(
            name=scope,
            scopes=[scope],
            site_ids=[one.id for one in where] or None,
            by=by,
            # Requests read the clock, and a token expires.
            now=clock.now(),
        )
    return secret


def become(who: Identity, role: str, *where: Site) -> None:
    with transaction():
        users.change_user(who.user_id, role=role, site_ids=[one.id for one in where] or None, now=NOW)


@pytest.fixture
def another_owner(person: Callable[..., Identity]) -> Identity:
    """So that the others are never the last."""
    return person("owner")


# --- the matrix -----------------------------------------------------------------------------------------


def test_every_route_stands_in_the_matrix(app: Flask) -> None:
    found = {rule.endpoint for rule in rules(app) if rule.endpoint.partition(".")[0] not in ANYBODY_IN}
    assert found == set(TOKENS) | VISITORS


def test_what_anybody_may_ask_needs_no_token(app: Flask, client: FlaskClient, shop: Site) -> None:
    for rule in rules(app):
        if rule.endpoint.partition(".")[0] in ANYBODY_IN:
            assert ask(client, rule, "x", shop.key).status_code not in (401, 403), rule


def test_no_token_of_a_program_opens_what_is_a_visitors(app: Flask, client: FlaskClient, shop: Site) -> None:
    secrets = [token(scope, by="command line") for scope in SCOPES]
    for rule in rules(app):
        if rule.endpoint in VISITORS:
            for secret in secrets:
                assert ask(client, rule, secret, shop.key).status_code in (401, 403), rule


def is_kept_out(answer: TestResponse) -> bool:
    """Whether a token was refused, or told that there is no such site."""
    hidden = answer.status_code == 404 and answer.get_json()["reason"] == "site_unknown"
    return hidden or answer.status_code in (401, 403)


@pytest.mark.parametrize(("role", "bound"), MAKERS)
def test_token_does_what_its_scope_says_and_its_maker_may(
    app: Flask,
    client: FlaskClient,
    shop: Site,
    cabin: Site,
    person: Callable[..., Identity],
    another_owner: Identity,
    role: str,
    bound: bool,
) -> None:
    who = person("owner")
    secrets = {scope: token(scope, by=who) for scope in SCOPES}
    become(who, role, *([shop] if bound else []))
    for rule in rules(app):
        needs = TOKENS.get(rule.endpoint)
        for scope in SCOPES if needs else ():
            assert needs is not None
            allowed = scope in needs.scopes and role in needs.roles and not (needs.everywhere and bound)
            here = ask(client, rule, secrets[scope], shop.key)
            assert (here.status_code not in (401, 403)) is allowed, (rule, scope, here.text)
            assert here.status_code < 500, (rule, scope)
            if "site" in rule.arguments:
                there = ask(client, rule, secrets[scope], cabin.key)
                assert is_kept_out(there) is not (allowed and not bound), (rule, scope, there.text)


@pytest.mark.parametrize("bound", [False, True])
def test_token_of_the_command_line_has_its_scopes_and_sites(
    app: Flask, client: FlaskClient, shop: Site, cabin: Site, bound: bool
) -> None:
    secrets = {scope: token(scope, *([shop] if bound else []), by="command line") for scope in SCOPES}
    for rule in rules(app):
        needs = TOKENS.get(rule.endpoint)
        for scope in SCOPES if needs else ():
            assert needs is not None
            here = ask(client, rule, secrets[scope], shop.key).status_code
            assert (here not in (401, 403)) is (scope in needs.scopes), (rule, scope, here)
            if "site" in rule.arguments:
                there = ask(client, rule, secrets[scope], cabin.key)
                assert is_kept_out(there) is not (scope in needs.scopes and not bound), (
                    rule,
                    scope,
                    there.text,
                )


def test_no_token_of_somebody_disabled_opens_anything(
    app: Flask, client: FlaskClient, shop: Site, person: Callable[..., Identity], another_owner: Identity
) -> None:
    who = person("owner")
    secrets = {scope: token(scope, by=who) for scope in SCOPES}
    with transaction():
        users.disable_user(who.user_id, now=NOW)
    for rule in rules(app):
        for scope in SCOPES if rule.endpoint in TOKENS else ():
            answer = ask(client, rule, secrets[scope], shop.key)
            assert answer.status_code == 401, (rule, scope)
            assert answer.json is not None
            assert answer.json["reason"] == "maker_disabled"
    with transaction():
        users.enable_user(who.user_id, now=NOW)
    assert client.get("/api/v1/sites", headers=bearer(secrets["sites:read"])).status_code == 200


def test_every_answer_to_a_token_tells_what_is_left_of_its_limit(
    app: Flask, client: FlaskClient, shop: Site
) -> None:
    secret = token("sites:read", by="command line")
    for rule in rules(app):
        if rule.endpoint in TOKENS:
            assert "RateLimit" in ask(client, rule, secret, shop.key).headers, rule


def test_token_of_somebody_with_a_role_for_a_group_reaches_no_other_site(
    app: Flask, client: FlaskClient, shop: Site, cabin: Site, another_owner: Identity
) -> None:
    """Whatever the token was made for: the maker had every site, and has a group now."""
    with transaction():
        group = groups.create("gruppe", "Gruppe", shop, ["texts"], by="x", now=NOW)
        who, _ = users.create_user("kari@example.no", "owner", password=None, site_ids=None, now=NOW)
    secrets = {scope: token(scope, by=who) for scope in SCOPES}
    with transaction():
        users.change_user(who.user_id, role="owner", site_ids=[], group_ids=[group.id], now=NOW)
    for rule in rules(app):
        needs = TOKENS.get(rule.endpoint)
        for scope in needs.scopes if needs and "site" in rule.arguments else ():
            assert needs is not None
            here, there = (ask(client, rule, secrets[scope], one.key) for one in (shop, cabin))
            assert (here.status_code not in (401, 403)) is not needs.everywhere, (rule, scope, here.text)
            assert is_kept_out(there), (rule, scope, there.text)
    listed = client.get("/api/v1/sites", headers=bearer(secrets["sites:read"])).get_json()
    assert [one["key"] for one in listed["sites"]] == ["butikken"]


BODILESS = {
    "sites.resume_site",
    "sites.cancel_waiting",
    "groups.delete_group",
    "groups.remove_site",
    "decisions.erase_own",
}
"""Routes that change something and read no body."""


def test_no_route_takes_a_key_that_it_does_not_know(app: Flask, client: FlaskClient, shop: Site) -> None:
    secret = token("sites:write", by="command line")
    with transaction():
        groups.create("gruppe", "Gruppe", shop, ["texts"], by="x", now=NOW)
    asked = set()
    for rule in rules(app):
        method = method_of(rule)
        if method == "GET" or rule.endpoint not in TOKENS or rule.endpoint in BODILESS:
            continue
        built = rule.build({name: "gruppe" if name == "key" else shop.key for name in rule.arguments})
        assert built is not None
        answer = client.open(built[1], method=method, json={"surprise": 1}, headers=bearer(secret))
        assert answer.status_code == 422, (rule, answer.text)
        assert "surprise" in answer.get_json()["errors"], (rule, answer.text)
        asked.add(rule.endpoint)
    assert asked >= {"sites.create_site", "sites.save_draft", "sites.publish", "groups.change_group"}


def test_what_a_token_may_not_do_is_in_the_servers_log_with_its_id(
    client: FlaskClient, shop: Site, caplog: pytest.LogCaptureFixture
) -> None:
    secret = token("analytics:read", by="command line")
    for shown in ("smt_nobody", secret):
        client.get("/api/v1/sites", headers=bearer(shown))
    lines = [cast("dict[str, object]", one.msg) for one in caplog.records if "refused" in one.getMessage()]
    (known,) = tokens.all_tokens()
    assert [(one["reason"], one["token"]) for one in lines] == [
        ("token_unknown", None),
        ("scope_missing", known.token_id),
    ]
    assert secret not in str(lines)


# --- making sites ---------------------------------------------------------------------------------------


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


NEW = {"key": "ny", "name": "Ny", "domains": ["ny.no"]}


def test_owner_of_one_site_makes_no_sites_with_a_token_either(
    client: FlaskClient, shop: Site, person: Callable[..., Identity]
) -> None:
    secret = token("sites:write", shop, by=person("owner", shop))
    answer = client.post("/api/v1/sites", json=NEW, headers=bearer(secret))
    assert answer.json is not None
    assert (answer.status_code, answer.json["reason"]) == (403, "maker_forbidden")
    assert [one.key for one in sites.each_site()] == ["butikken"]
    assert client.get("/api/v1/sites/butikken/banner/draft", headers=bearer(secret)).status_code == 200


def test_owner_of_every_site_makes_sites_with_a_token_of_one(
    client: FlaskClient, shop: Site, cabin: Site, person: Callable[..., Identity], another_owner: Identity
) -> None:
    who = person("owner")
    secret = token("sites:write", shop, by=who)
    assert client.post("/api/v1/sites", json=NEW, headers=bearer(secret)).status_code == 201

    def listed() -> list[str]:
        answer = client.get("/api/v1/sites", headers=bearer(secret)).get_json()
        return [one["key"] for one in answer["sites"]]

    assert listed() == ["butikken", "ny"]
    become(who, "owner", cabin, shop)
    assert listed() == ["butikken"]
    become(who, "owner", cabin)
    assert listed() == []


# --- giving ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "bound"), MAKERS)
def test_nobody_gives_away_more_than_they_have(
    shop: Site, cabin: Site, person: Callable[..., Identity], role: str, bound: bool
) -> None:
    who = person(role, *([shop] if bound else []))
    givable = {
        "sites:read": EVERY,
        "banner:write": EDITING,
        "banner:publish": PUBLISHING,
        "sites:write": PUBLISHING,
        "analytics:read": EVERY,
        "metrics:read": set() if bound else OWNER,
        "consents:read": {"owner", "auditor"},
    }
    for scope in SCOPES:
        for where in ((shop,), (shop, cabin), ()):
            if role in givable[scope] and not (bound and where != (shop,)):
                token(scope, *where, by=who)
            else:
                with pytest.raises(Forbidden):
                    token(scope, *where, by=who)


# --- the audit log ------------------------------------------------------------------------------------


def test_limiting_a_token_by_its_makers_rights_is_in_the_audit_log(
    shop: Site, person: Callable[..., Identity], another_owner: Identity
) -> None:
    who = person("owner")
    token("sites:write", shop, by=who)
    token("analytics:read", by=who)
    revoked = token("sites:read", by=who)
    with transaction():
        known = tokens.authorise(f"Bearer {revoked}", "sites:read", site_id=None, now=clock.now())
        tokens.revoke_token(known.token_id, now=NOW)

    def note(change: Callable[[], object]) -> list[tuple[str | None, str]]:
        with transaction():
            before = tokens.tokens_of(who.user_id)
            size = (audit_log.audit_log_head() or (0, ""))[0]
            change()
            users.record_token_changes(before, by=another_owner.actor, now=NOW)
        found = audit_log.audit_events(only=None, action="token_changed", limit=9)
        return [(one.site_id, one.detail) for one in found if one.number > size]

    demoted = note(lambda: users.change_user(who.user_id, role="developer", site_ids=None, now=NOW))
    assert demoted == [(shop.id, "sites:write on 1 site → sites:write (in part) on 1 site")]
    bound = note(lambda: users.change_user(who.user_id, role="developer", site_ids=[shop.id], now=NOW))
    assert bound == [(None, "analytics:read on every site → analytics:read on 1 site")]
    stopped = note(lambda: users.disable_user(who.user_id, now=NOW))
    assert [detail.partition("→ ")[2] for _, detail in stopped] == ["nothing", "nothing"]
