"""The page of the studio that makes a link to the draft on the website's own pages."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.errors import Invalid
from server.embed import service as embed
from server.sites import service as sites
from server.sites.values import Site
from server.studio.editor import draft_on_website
from tests.studio.conftest import NOW, Visitor, make_publishable

AsRole = Callable[..., Visitor]
WHERE = Site("x", "shop", "Shop", ("shop.example.no", "*.butikk.no"), NOW)


@pytest.fixture
def published(site: Site) -> Site:
    """A site whose pages have a banner."""
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=clock.now())
    return site


def link_in(page: str) -> str:
    found = re.search(
        r'<a class="btn btn-primary" href="([^"]+)" target="_blank" rel="noopener noreferrer">', page
    )
    assert found
    return unescape(found[1])


def address_in(page: str) -> str:
    found = re.search(r'name="address"[^>]* value="([^"]*)"', page)
    assert found
    return unescape(found[1])


@pytest.mark.parametrize("role", ["owner", "editor", "developer"])
def test_who_may_edit_gets_a_link_that_shows_the_draft_on_the_page(
    app: Flask, client: FlaskClient, as_role: AsRole, published: Site, role: str
) -> None:
    try:
        embed.bundle()
    except Exception as fault:  # noqa: BLE001
        pytest.fail(str(fault))
    domain = published.domains[0].removeprefix("*.")
    visitor = as_role(role)

    answer = visitor.post(f"/sites/{published.key}/own-page", {"address": f"{domain}/kurv?vis=1"})

    assert answer.status_code == 200
    address, _, token = link_in(answer.text).partition("#samtykke-draft=")
    assert address == f"https://{domain}/kurv?vis=1"
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get(f"/w/{published.key}/draft", headers=headers).status_code == 200
    event = audit_log.audit_events(only=None, limit=1)[0]
    assert (event.action, event.subject, event.site_id) == ("draft_link_made", address, published.id)
    visitor.post("/logout")
    assert client.get(f"/w/{published.key}/draft", headers=headers).status_code == 403


def test_the_address_is_remembered_for_each_site(as_role: AsRole, published: Site, other: Site) -> None:
    domain, visitor = published.domains[0].removeprefix("*."), as_role("editor")
    path = f"/sites/{published.key}/own-page"
    assert address_in(visitor.get(path).text) == f"https://{domain}/"

    visitor.post(path, {"address": f"https://{domain}/test"})

    assert address_in(visitor.get(path).text) == f"https://{domain}/test"
    make_publishable(other)
    with transaction():
        sites.publish(other.id, note="", by="tests", now=clock.now())
    assert domain not in address_in(visitor.get(f"/sites/{other.key}/own-page").text)


def test_an_address_elsewhere_is_refused_at_its_field_and_stays(as_role: AsRole, published: Site) -> None:
    answer = as_role("editor").post(
        f"/sites/{published.key}/own-page", {"address": "https://evil.example/?a=1"}
    )

    assert answer.status_code == 422
    assert "Address of the page must be on one of the website’s domains" in unescape(answer.text)
    assert address_in(answer.text) == "https://evil.example/?a=1"
    assert "samtykke-draft" not in answer.text


def test_before_the_first_version_the_page_says_what_is_missing(as_role: AsRole, site: Site) -> None:
    page = as_role("editor").get(f"/sites/{site.key}/own-page").text

    assert "it works once a version is published" in page
    assert 'name="address"' not in page


def test_an_auditor_gets_no_link(as_role: AsRole, published: Site) -> None:
    visitor = as_role("auditor")

    assert visitor.get(f"/sites/{published.key}/own-page").status_code == 403
    assert visitor.post(f"/sites/{published.key}/own-page", {"address": "x"}).status_code == 403
    assert "own-page" not in visitor.get(f"/sites/{published.key}/publish").text


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" https://shop.example.no/ ", "https://shop.example.no/"),
        ("shop.example.no", "https://shop.example.no"),
        ("http://shop.example.no:3000/a?b=c#/d", "http://shop.example.no:3000/a?b=c#/d"),
        ("https://www.butikk.no/", "https://www.butikk.no/"),
    ],
)
def test_an_address_on_a_domain_of_the_site_is_taken_as_it_is(typed: str, address: str) -> None:
    assert draft_on_website.page_address(typed, WHERE) == address


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "side", "javascript:alert(1)", "https://", "https://shop.example.no:99999/"),
        *("https://ola@shop.example.no/", "https://shop.example.no@evil.example/", "//evil.example"),
        *("https://evil.example/#https://shop.example.no", "https://shop.example.no.evil.example/"),
        *(
            "https://butikk.no/",
            "https://shop.example.no/\n",
            "data:text/html,x",
            "https://shop.example.no\\@e.no",
        ),
        "https://shop.example.no/" + "x" * draft_on_website.LONGEST,
    ],
)
def test_what_is_no_page_of_the_site_is_refused(typed: str) -> None:
    if typed.strip() != typed and typed.strip().startswith("https://shop.example.no/"):
        typed = typed.strip() + " x"
    with pytest.raises(Invalid) as caught:
        draft_on_website.page_address(typed, WHERE)
    assert list(caught.value.errors) == ["address"]


@given(st.text(max_size=60))
def test_no_address_leads_out_of_the_site(typed: str) -> None:
    try:
        address = draft_on_website.page_address(typed, WHERE)
    except Invalid:
        return
    assert re.match(r"https?://(shop\.example\.no|[a-z0-9.-]+\.butikk\.no)([:/?#]|$)", address, re.IGNORECASE)


@pytest.mark.parametrize("cookie", ["[" * 3000, '"{\\"butikken\\":\\"\\\\ud800\\"}"', "[1]", "nonsense"])
def test_a_strange_cookie_is_as_none(as_role: AsRole, site: Site, cookie: str) -> None:
    editor = as_role("editor")
    editor.client.set_cookie("samtykke_own_page", cookie, path="/studio/")

    answer = editor.get(f"/sites/{site.key}/own-page")

    assert answer.status_code == 200
