"""A request and the erasure that staff carry out for it know each other, without keeping what should go."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts.service import audit_log
from server.core.db import db, end_reading
from server.notices.request_rules import Request
from server.notices.service import requests
from server.sites.values import Site
from tests.studio.conftest import Visitor, make_site
from tests.studio.test_analytics import text_of
from tests.studio.test_consents import decide
from tests.studio.test_requests import ENTRY, ask, at, editor, key, page_of, read, shop

__all__ = ["at", "editor", "shop"]


def entered(app: Flask, editor: Visitor, number: str) -> Request:
    """A request for erasure that names a decision."""
    assert (
        editor.post(
            "/sites/butikken/requests/new", {**ENTRY, "kind": "erasure", "number": number}
        ).status_code
        == 303
    )
    end_reading()
    (found,) = requests.open_requests(requests_site(app))
    return requests.find(found.site_id, found.request_id, secret_key=key(app))


def requests_site(app: Flask) -> str:
    return str(db.session.scalar(sa.text("SELECT id FROM site WHERE key = 'butikken'")))


def follow(editor: Visitor, page: str, begins: str) -> str:
    """The address on a page that begins so."""
    found = re.search(rf'href="/studio({re.escape(begins)}[^"]*)"', page)
    assert found, begins
    return found[1].replace("&amp;", "&")


def test_from_a_request_the_decision_is_looked_up_erased_and_noted_in_both(
    app: Flask, shop: Site, editor: Visitor
) -> None:
    number = decide(app, shop)
    found = entered(app, editor, number)
    looked_up = editor.get(follow(editor, editor.get(page_of(found)).text, "/sites/butikken/consents/find"))
    decision = looked_up.location.removeprefix("/studio")
    shown = editor.get(decision).text
    assert f"For the request {found.reference}" in text_of(shown)
    erasing = follow(editor, shown, f"/sites/butikken/consents/{number}/erase")
    assert f'name="request" value="{found.request_id}"' in editor.get(erasing).text

    done = editor.post(
        f"/sites/butikken/consents/{number}/erase", {"reach": "browser", "request": found.request_id}
    )

    assert done.location == f"/studio{page_of(found)}"
    page = editor.get(page_of(found)).text
    assert "One record is erased for good." in text_of(page)
    assert "Decisions erased by editor-1@example.no" in text_of(page)
    after = read(app, found)
    assert after.erased_at is not None
    assert after.content is not None
    # The number led to what is gone: nobody needs it any more.
    assert after.content.consent == ""
    assert number not in page
    (noted,) = audit_log.audit_events(only=None, action="consent_erased", limit=9)
    assert noted.detail == f"1 record of the same browser; request {found.reference}"
    assert number not in repr(noted)


def test_a_request_of_the_form_has_no_number_and_the_search_remembers_it(
    app: Flask, shop: Site, editor: Visitor
) -> None:
    number, found = decide(app, shop), ask(app, shop, "erasure")
    listed = editor.get(follow(editor, editor.get(page_of(found)).text, "/sites/butikken/consents?")).text
    assert f'name="request" value="{found.request_id}"' in listed

    missing = editor.get(f"/sites/butikken/consents/find?number=nothing&request={found.request_id}")
    assert (missing.status_code, found.request_id in missing.text) == (404, True)
    hit = editor.get(f"/sites/butikken/consents/find?number={number}&request={found.request_id}")
    assert hit.location == f"/studio/sites/butikken/consents/{number}?request={found.request_id}"


def test_an_erasure_without_a_request_is_as_before(app: Flask, shop: Site, editor: Visitor) -> None:
    number = decide(app, shop)

    done = editor.post(f"/sites/butikken/consents/{number}/erase", {"reach": "browser"})

    assert done.location == "/studio/sites/butikken/consents"
    (noted,) = audit_log.audit_events(only=None, action="consent_erased", limit=9)
    assert noted.detail == "1 record of the same browser"


@pytest.mark.parametrize("named", ["", "nothing", "A" * 22, "\0"])
def test_what_is_no_request_of_the_site_is_not_noted(
    named: str, app: Flask, shop: Site, editor: Visitor, as_role: Callable[..., Visitor]
) -> None:
    number = decide(app, shop)
    elsewhere = ask(app, make_site("fjellet", "Fjellet"))

    for request_id in (named, elsewhere.request_id):
        assert editor.get(f"/sites/butikken/consents/{number}?request={request_id}").status_code == 200
    done = editor.post(f"/sites/butikken/consents/{number}/erase", {"request": elsewhere.request_id})

    assert done.status_code == 303
    assert read(app, elsewhere).erased_at is None
