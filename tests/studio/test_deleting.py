"""Deleting a site in the studio: what is said before, what has to be typed, and how it comes back."""

import re
from collections.abc import Callable

from flask import Flask

from server.core.db import transaction
from server.notices.request_rules import Content
from server.notices.service import requester
from server.sites import pausing
from server.sites import service as sites
from server.sites.values import Site
from tests.sites.documents import publishable
from tests.studio.conftest import NOW, Visitor


def test_only_the_key_deletes_the_site_and_an_owner_brings_it_back(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    with transaction():
        sites.save_draft(site.id, publishable(), by="kari", now=NOW)
        sites.publish(site.id, note="", by="kari", now=NOW)
    owner, editor = as_role("owner", site), as_role("editor", site)
    page = owner.get("/sites/butikken/delete").text
    assert "The roles of 2 people on this site." in page
    assert "One published version, with the script that visitors had." in page
    assert "stored decision" not in page
    wrong = owner.post("/sites/butikken/delete", {"confirm": "Butikken"})
    assert (wrong.status_code, 'id="confirm-error"' in wrong.text) == (422, True)
    assert 'value="Butikken"' in wrong.text
    assert sites.find("butikken").deletion is None

    said = owner.post("/sites/butikken/delete", {"confirm": " butikken "}, follow_redirects=True)
    assert "Butikken is deleted. It can be restored for 30 days." in said.text
    assert owner.get("/sites/butikken/").status_code == 404
    assert "Can be restored until" in owner.get("/sites").text
    for path in ("/sites/butikken/", "/sites/butikken/deleted"):
        assert editor.get(path).status_code == 404
    assert "Butikken" not in editor.get("/sites").text

    back = owner.post("/sites/butikken/restore", follow_redirects=True)
    assert "Butikken is back as it was. Pages with the script tag show the banner again" in back.text
    assert editor.get("/sites/butikken/").status_code == 200
    assert owner.get("/sites/butikken/deleted").status_code == 303
    trail = owner.get("/sites/butikken/trail").text
    assert "deleted the site" in trail
    assert "restored the site" in trail


def test_of_a_site_that_was_never_published_nothing_is_said_to_go_or_come_back(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner", site)
    page = owner.get("/sites/butikken/delete").text
    assert "Nothing of Butikken is published, so nothing changes on pages." in page
    assert "The banner goes now" not in page
    assert "Take the script tag off" not in page
    owner.post("/sites/butikken/delete", {"confirm": "butikken"})
    back = owner.post("/sites/butikken/restore", follow_redirects=True).text
    assert "Butikken is back as it was. Nothing of it is published yet, so pages show no banner." in back
    with transaction():
        sites.save_draft(site.id, publishable(), by="kari", now=NOW)
        sites.publish(site.id, note="", by="kari", now=NOW)
        pausing.pause(site.id, note="", by="kari", now=NOW)
    owner.post("/sites/butikken/delete", {"confirm": "butikken"})
    back = owner.post("/sites/butikken/restore", follow_redirects=True).text
    assert "It is still paused: pages show no banner until it is resumed." in back


def test_a_request_that_waits_is_answered_before(
    app: Flask, site: Site, as_role: Callable[..., Visitor]
) -> None:
    with transaction():
        requester.send(
            site.id,
            "access",
            Content("Kari", "kari@example.no", ""),
            language="nb",
            confirmable=False,
            secret_key=app.extensions["samtykke"].secret_key,
            now=NOW,
        )
    owner = as_role("owner", site)
    shown = owner.get("/sites/butikken/delete").text
    refused = owner.post("/sites/butikken/delete", {"confirm": "butikken"})
    assert refused.status_code == 409
    for page in (shown, refused.text):
        assert "One request still waits for an answer." in page
        assert 'name="confirm"' not in page
    assert "Nothing was deleted." not in refused.text
    assert sites.find("butikken").deletion is None


def test_installation_links_end_with_the_site(
    site: Site, as_role: Callable[..., Visitor], visitor: Visitor
) -> None:
    owner = as_role("owner", site)
    owner.post("/sites/butikken/install/links")
    found = re.search(r"/studio(/install/[\w.-]+)", owner.get("/sites/butikken/install").text)
    assert found
    assert visitor.get(found[1]).status_code == 200
    owner.post("/sites/butikken/delete", {"confirm": "butikken"})
    assert visitor.get(found[1]).status_code == 410
