"""Sites as files over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.accounts.service import audit_log, tokens, users
from server.accounts.values import Identity
from server.core.db import transaction
from server.sites import groups
from server.sites import service as sites
from server.sites.values import Site
from tests.sites.documents import with_services

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
API = "/api/v1/sites"

Call = Callable[..., TestResponse]


@pytest.fixture
def shop(app: Flask) -> Site:
    with transaction():
        made = sites.create("shop", "Butikken", ["shop.no"], by="x", now=NOW)
        sites.save_draft(made.id, with_services(), by="x", now=NOW)
    return made


@pytest.fixture
def call(client: FlaskClient) -> Callable[..., Call]:
    """What programs ask with a token of these scopes, sites and maker."""

    def with_token(*scopes: str, only: list[str] | None = None, by: Identity | str = "command line") -> Call:
        with transaction():
            _, secret = tokens.create_token(name="ci", scopes=scopes, site_ids=only, by=by, now=NOW)

        def send(path: str, **body: Any) -> TestResponse:
            return client.open(
                f"{API}/{path}",
                method="POST" if body else "GET",
                json=body or None,
                headers={"Authorization": f"Bearer {secret}"},
            )

        return send

    return with_token


def of(answer: TestResponse) -> Any:
    return answer.get_json()


def test_a_file_is_read_sent_back_and_changes_nothing(shop: Site, call: Callable[..., Call]) -> None:
    ask = call("sites:write")
    file = of(ask("shop/file"))

    planned = of(ask("shop/file/plan", file=file))
    done = of(ask("shop/file/apply", file=file))

    assert (planned["new"], planned["changes"], planned["applied"]) == (False, [], None)
    assert (done["created"], done["changes"], done["published"]) == (False, [], None)
    assert of(ask("shop/file")) == file
    applied = of(ask("shop/file/plan", file=file))["applied"]
    assert applied["by"].startswith("token ")
    assert applied["program"] == "ci"


def test_a_token_that_reads_plans_and_does_not_apply(shop: Site, call: Callable[..., Call]) -> None:
    ask = call("sites:read")

    planned = ask("shop/file/plan", file={"name": "Ny"})
    refused = ask("shop/file/apply", file={"name": "Ny"})

    assert [each["field"] for each in of(planned)["changes"]] == ["name"]
    assert (refused.status_code, of(refused)["reason"]) == (403, "scope_missing")
    assert sites.find("shop").name == "Butikken"


def test_what_was_done_is_in_the_audit_log_in_the_name_of_the_token(
    shop: Site, call: Callable[..., Call]
) -> None:
    ask = call("sites:write")
    assert ask("shop/file/apply", file=of(ask("shop/file"))).status_code == 200

    done = of(ask("shop/file/apply", file={"name": "Ny"}, publish=True, note="Endelig"))

    assert done["published"] == 1
    found = audit_log.audit_events(only=None, limit=9)
    assert [(one.action, one.by.kind, one.site_id) for one in found] == [
        ("published", "token", shop.id),
        ("site_renamed", "token", shop.id),
    ]
    version = sites.newest(shop.id)
    assert version is not None
    assert version.note == "Endelig"


def test_drift_is_refused_with_the_fields_unless_it_is_meant(shop: Site, call: Callable[..., Call]) -> None:
    ask = call("sites:write")
    file = of(ask("shop/file"))
    ask("shop/file/apply", file=file)
    with transaction():
        sites.rename(shop.id, "Fra studio")

    refused = ask("shop/file/apply", file=file)
    assert (refused.status_code, of(refused)["reason"]) == (409, "drifted")
    assert of(refused)["errors"] == {"name": "was changed in the studio"}
    assert ask("shop/file/apply", file=file, overwrite=True).status_code == 200
    assert sites.find("shop").name == "Butikken"


def test_a_token_of_some_sites_does_not_put_them_into_groups(shop: Site, call: Callable[..., Call]) -> None:
    with transaction():
        source = sites.create("other", "Andre", ["other.no"], by="x", now=NOW)
        groups.create("kjeden", "Kjeden", source, ["texts"], by="x", now=NOW)

    refused = call("sites:write", only=[shop.id])("shop/file/apply", file={"group": "kjeden"}, overwrite=True)
    done = call("sites:write")("shop/file/apply", file={"group": "kjeden"}, overwrite=True)

    assert (refused.status_code, done.status_code) == (403, 200)


def test_a_token_of_some_sites_makes_one_and_counts_for_it(shop: Site, call: Callable[..., Call]) -> None:
    ask = call("sites:write", only=[shop.id])

    done = ask("ny/file/apply", file={"name": "Ny", "domains": ["ny.no"]})

    assert (done.status_code, of(done)["created"]) == (200, True)
    assert of(ask("ny/file"))["name"] == "Ny"


def test_a_developer_changes_banners_and_neither_settings_nor_what_visitors_have(
    shop: Site, call: Callable[..., Call]
) -> None:
    with transaction():
        users.create_user("eva@shop.no", "owner", password="tre hester på vidda", site_ids=None, now=NOW)
        who, _ = users.create_user(
            "dev@shop.no", "owner", password="tre hester på vidda", site_ids=None, now=NOW
        )
    ask = call("sites:write", by=who)
    with transaction():
        users.change_user(who.user_id, role="developer", site_ids=[shop.id], now=NOW)
    file = of(ask("shop/file"))
    assert ask("shop/file/apply", file=file).status_code == 200
    file["banner"]["controller"]["name"] = "Ny AS"

    for how in ({"file": {"name": "Ny"}}, {"file": file, "publish": True}):
        assert ask("shop/file/apply", **how).status_code == 403
    assert ask("ny/file/apply", file={"name": "Ny", "domains": ["ny.no"]}).status_code == 403
    assert ask("shop/file/apply", file=file).status_code == 200
    assert sites.newest(shop.id) is None
    assert sites.draft(shop.id).document["controller"]["name"] == "Ny AS"


def test_a_site_that_the_token_does_not_count_for_is_not_planned_either(
    shop: Site, call: Callable[..., Call]
) -> None:
    with transaction():
        other = sites.create("other", "Andre", ["other.no"], by="x", now=NOW)
    ask = call("sites:write", only=[other.id])

    for path in ("shop/file/plan", "shop/file/apply"):
        refused = ask(path, file={"name": "Ny"})
        assert (refused.status_code, of(refused)["reason"]) == (403, "site_forbidden")
    assert of(ask("shop/file"))["reason"] == "site_unknown"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"file": {"name": ""}}, "name"),
        ({"file": {"banner": {"texts": 1}}}, "banner.texts"),
        ({"file": 7}, "body"),
        ({"fil": {}}, "fil"),
        ({"file": {}, "publish": "yes"}, "publish"),
        ({"file": {}, "note": "x" * 1001}, "note"),
    ],
)
def test_what_is_wrong_is_named_by_field(
    shop: Site, call: Callable[..., Call], body: dict[str, Any], field: str
) -> None:
    refused = call("sites:write")("shop/file/apply", **body)

    assert refused.status_code == 422
    assert field in of(refused)["errors"]
