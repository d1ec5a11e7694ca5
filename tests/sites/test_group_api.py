"""Groups over HTTP: what the studio does, for programs that may do it on every site of the group."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.accounts.service import audit_log, tokens, users
from server.accounts.values import Identity
from server.core.db import transaction
from server.sites import groups, inheritance, jobs
from server.sites import service as sites
from server.sites.values import Site
from tests.sites.documents import service
from tests.studio.conftest import NOW, make_site

API = "/api/v1/groups"
Call = Callable[..., TestResponse]


@pytest.fixture
def first(app: Flask) -> Site:
    return make_site("kaffe", "Kaffe")


@pytest.fixture
def second(app: Flask) -> Site:
    return make_site("te", "Te")


@pytest.fixture
def caller(client: FlaskClient) -> Callable[..., Call]:
    """Somebody with a token: of these scopes, for these sites, made by this person or the command line."""

    def make(*scopes: str, only: list[Site] | None = None, by: Identity | str = "kari@example.no") -> Call:
        with transaction():
            _, secret = tokens.create_token(
                name="a script",
                scopes=scopes or ("sites:read", "sites:write"),
                site_ids=None if only is None else [one.id for one in only],
                by=by,
                now=NOW,
            )

        def send(method: str, path: str = "", **options: Any) -> TestResponse:
            headers = {"Authorization": f"Bearer {secret}", **options.pop("headers", {})}
            return client.open(f"{API}{path}", method=method, headers=headers, **options)

        return send

    return make


@pytest.fixture
def call(caller: Callable[..., Call]) -> Call:
    return caller()


def new(site: Site, *shares: str, key: str = "kjeden") -> dict[str, object]:
    return {"key": key, "name": "Kjeden", "site": site.key, **({"shares": list(shares)} if shares else {})}


def title(site: Site) -> str:
    return sites.draft(site.id).document["texts"]["nb"]["title"]


def test_a_group_is_made_read_changed_and_deleted(first: Site, second: Site, call: Call) -> None:
    made = call("POST", json=new(first, "texts"))
    assert (made.status_code, made.headers["Location"]) == (201, f"{API}/kjeden")
    body = made.get_json()
    assert (body["shares"], body["sites"]) == (["texts"], ["kaffe"])
    assert call("GET", "/kjeden").get_json() == body
    added = call("PUT", "/kjeden/sites/te", json={"take": True})
    assert (added.status_code, added.get_json()["sites"]) == (200, ["kaffe", "te"])
    assert call("PUT", "/kjeden/sites/te").get_json() == added.get_json()
    content = copy.deepcopy(body["document"])
    content["texts"]["nb"]["title"] = "Velkommen"
    changed = call("PUT", "/kjeden", json={"name": "Butikkene", "document": content})
    assert (changed.status_code, changed.get_json()["document"]) == (200, content)
    assert jobs.follow_groups(NOW) == 2
    assert (title(first), title(second)) == ("Velkommen", "Velkommen")
    assert call("DELETE", "/kjeden/sites/te").status_code == 204
    assert call("DELETE", "/kjeden/sites/te").get_json()["reason"] == "site_not_in_group"
    assert call("GET").get_json() == {
        "groups": [{"key": "kjeden", "name": "Butikkene", "members": 1}],
        "next": None,
    }
    assert call("DELETE", "/kjeden").status_code == 204
    assert call("GET", "/kjeden").status_code == 404
    done = [one.action for one in audit_log.audit_events(only=None, limit=9)]
    assert done == ["group_deleted", "group_left", "group_changed", "group_joined", "group_created"]


def test_a_group_is_changed_only_if_nobody_else_was_faster(first: Site, second: Site, call: Call) -> None:
    body = call("POST", json=new(first, "texts"))
    tag, change = body.headers["ETag"], {"name": "Andre", "document": body.get_json()["document"]}
    assert call("GET", "/kjeden", headers={"If-None-Match": tag}).status_code == 304
    assert call("PUT", "/kjeden/sites/te", headers={"If-Match": tag}).status_code == 200
    for method, path in (
        ("PUT", "/kjeden"),
        ("DELETE", "/kjeden"),
        ("PUT", "/kjeden/sites/te"),
        ("DELETE", "/kjeden/sites/te"),
    ):
        options = {"json": change} if path == "/kjeden" and method == "PUT" else {}
        refused = call(method, path, headers={"If-Match": tag}, **options)
        assert (refused.status_code, refused.get_json()["reason"]) == (412, "changed_meanwhile"), method
    assert groups.find("kjeden").name == "Kjeden"
    newest = call("GET", "/kjeden").headers["ETag"]
    weak = {"If-Match": f"W/{newest}"}
    assert call("PUT", "/kjeden", json=change, headers=weak).get_json()["name"] == "Andre"


def test_what_a_group_shares_is_checked_as_a_banner_document(first: Site, call: Call) -> None:
    call("POST", json=new(first, "services", "behaviour"))
    before = groups.find("kjeden")
    content: Any = {"services": [service("map"), {**service("chat"), "category": "own_one", "name": 1}]}
    refused = call("PUT", "/kjeden", json={"name": "Kjeden", "document": content})
    assert refused.status_code == 422
    assert list(refused.get_json()["errors"]) == ["document.services.1.name"]
    for document, field in (
        ({}, "document.parts"),
        ({"default_language": "nb"}, "document.default_language"),
        ({"behaviour": {"validity": "long"}}, "document.behaviour.validity"),
        ({"texts": []}, "document.texts"),
    ):
        answer = call("PUT", "/kjeden", json={"name": "Kjeden", "document": document})
        assert answer.status_code == 422, document
        assert any(each.startswith(field) for each in answer.get_json()["errors"]), (field, answer.text)
    assert groups.find("kjeden") == before
    content["services"][1]["name"] = "Chat"
    content["services"].append(sites.draft(first.id).document["services"][0])
    kept = call("PUT", "/kjeden", json={"name": "Kjeden", "document": content}).get_json()
    # A category that the sites have and the group does not share is none that is wrong; our own service is
    # each site's.
    assert [each["key"] for each in kept["document"]["services"]] == ["map", "chat"]
    assert kept["shares"] == ["services"]


@pytest.mark.parametrize("shares", [[part] for part in inheritance.PARTS] + [list(inheritance.PARTS)])
def test_what_is_read_can_be_sent_again(first: Site, call: Call, shares: list[str]) -> None:
    made = call("POST", json=new(first, *shares)).get_json()
    again = call("PUT", "/kjeden", json={"name": made["name"], "document": made["document"]})
    assert (again.status_code, again.get_json()) == (200, made)
    assert groups.find("kjeden").revision == 1


def test_a_token_that_does_not_count_for_every_site_of_a_group_changes_nothing(
    first: Site, second: Site, caller: Callable[..., Call]
) -> None:
    whole, bound, stranger = caller(), caller(only=[first]), caller(only=[make_site("kakao", "Kakao")])
    body = whole("POST", json=new(first, "texts")).get_json()
    assert bound("PUT", "/kjeden/sites/te").get_json()["reason"] == "site_unknown"
    whole("PUT", "/kjeden/sites/te")
    assert bound("GET", "/kjeden").get_json()["sites"] == ["kaffe"]
    assert bound("GET").get_json()["groups"] == [{"key": "kjeden", "name": "Kjeden", "members": 1}]
    assert stranger("GET").get_json()["groups"] == []
    change = {"name": "Andre", "document": body["document"]}
    for method, path, options in (
        ("PUT", "/kjeden", {"json": change}),
        ("DELETE", "/kjeden", {}),
        ("DELETE", "/kjeden/sites/kaffe", {}),
        ("PUT", "/kjeden/sites/kaffe", {}),
    ):
        refused = bound(method, path, **options)
        assert (refused.status_code, refused.get_json()["reason"]) == (403, "site_forbidden"), path
        hidden, absent = (
            stranger(method, path.replace("kjeden", key), **options).get_json()
            for key in ("kjeden", "absent")
        )
        reason = "site_unknown" if "/sites/" in path else "group_unknown"
        assert (hidden["reason"], absent["reason"]) == (reason, reason), path
        assert hidden["message"].replace("kjeden", "absent") == absent["message"]
    assert stranger("POST", json=new(first, "texts", key="andre")).get_json()["reason"] == "site_unknown"
    assert (groups.find("kjeden").name, len(groups.listed(only=None))) == ("Kjeden", 1)


def test_the_maker_of_a_token_has_to_be_an_owner_of_every_site(
    first: Site, second: Site, caller: Callable[..., Call]
) -> None:
    with transaction():
        editor, _ = users.create_user("e@example.no", "editor", password=None, site_ids=None, now=NOW)
        of_one, _ = users.create_user("o@example.no", "owner", password=None, site_ids=[first.id], now=NOW)
    caller()("POST", json=new(first, "texts"))
    reader = caller("sites:read")
    assert reader("GET", "/kjeden").status_code == 200
    assert reader("DELETE", "/kjeden").get_json()["reason"] == "scope_missing"
    for by, only in ((editor, None), (of_one, [first])):
        maker = caller(by=by, only=only)
        assert maker("GET", "/kjeden").status_code == 200, by
        for method, path, options in (
            ("POST", "", {"json": new(first, key="andre")}),
            ("PUT", "/kjeden", {"json": {"name": "A", "document": groups.find("kjeden").document}}),
            ("DELETE", "/kjeden", {}),
            ("PUT", "/kjeden/sites/te", {}),
            ("DELETE", "/kjeden/sites/kaffe", {}),
        ):
            refused = maker(method, path, **options)
            assert (refused.status_code, refused.get_json()["reason"]) == (403, "maker_forbidden"), path


def test_a_site_is_in_one_group_at_most_over_http(first: Site, second: Site, call: Call) -> None:
    call("POST", json=new(first, "texts"))
    call("POST", json=new(second, "texts", key="andre"))
    assert call("PUT", "/kjeden/sites/te").get_json()["reason"] == "in_a_group"
    assert call("DELETE", "/kjeden/sites/te").get_json()["reason"] == "site_not_in_group"
    assert call("POST", json=new(first, "texts", key="tredje")).get_json()["reason"] == "in_a_group"
    pages = [call("GET", "?limit=1").get_json()]
    pages.append(call("GET", f"?limit=1&after={pages[0]['next']}").get_json())
    assert [[each["key"] for each in page["groups"]] for page in pages] == [["andre"], ["kjeden"]]
    assert pages[1]["next"] is None
