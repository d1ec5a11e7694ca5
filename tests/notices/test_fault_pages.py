"""Faults on the public pages of a site are in its language and look, and lose nothing that was typed."""

import html
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from sqlalchemy.exc import OperationalError

from server.ledger.service import reading
from server.notices import request_pages
from server.sites import queries
from tests.chromium import AXE
from tests.notices.test_notice_pages import shop  # noqa: F401 - a fixture
from tests.serving import serving

LANGUAGES = {"nb": "Siden finnes ikke", "nn": "Sida finst ikkje", "en": "There is no such page"}


def away(*_: object, **__: object) -> None:
    raise OperationalError("SELECT 1", {}, Exception("connection refused"))


@pytest.mark.parametrize(("language", "title"), LANGUAGES.items())
def test_a_page_that_does_not_exist_says_so_in_the_language_of_the_site_or_of_the_browser(
    shop: FlaskClient,  # noqa: F811
    language: str,
    title: str,
) -> None:
    for path in ("/s/butikk/nowhere", "/s/butikk/notice/versions/99", "/s/unknown/notice", "/s/", "/s/æ/%00"):
        by_address = shop.get(f"{path}?lang={language}")
        by_browser = shop.get(path, headers={"Accept-Language": f"{language}, de;q=0.5"})
        for answer in (by_address, by_browser):
            assert (answer.status_code, answer.mimetype) == (404, "text/html")
            assert f"<h1>{title}</h1>" in answer.text
            assert f'<html lang="{language}"' in answer.text
            assert answer.headers["Content-Language"] == language
            assert answer.headers["Cache-Control"] == "no-store"
            assert ("/s/butikk/style/" in answer.text) == path.startswith("/s/butikk")


def test_a_fault_of_the_address_is_named(shop: FlaskClient) -> None:  # noqa: F811
    answer = shop.get("/s/butikk/notice/versions?before=x&lang=nb")
    assert answer.status_code == 422
    assert "Noe i adressen eller skjemaet er galt" in answer.text
    assert '<p class="hint" lang="en">Before is not the number of a version</p>' in answer.text


def test_data_for_programs_stay_data(shop: FlaskClient) -> None:  # noqa: F811
    assert shop.get("/s/unknown/notice.json").get_json()["reason"] == "site_unknown"


def test_what_was_typed_can_be_sent_again_when_the_database_is_out_of_reach(
    app: Flask,
    shop: FlaskClient,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    form = {
        "kind": "access",
        "message": '\nHei </textarea><script>\r\n"x" & æ',
        "proof": "p",
        "email": "a@x.no",
    }
    assert shop.get("/s/butikk/request?lang=nn").status_code == 200
    for module, name in ((queries, "site_by_key"), (request_pages, "_stored")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, away)
            answer = shop.post("/s/butikk/request?lang=nn", data=form)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            assert "Sida er ikkje tilgjengeleg no" in answer.text
            assert "Prøv igjen om 1 min." in answer.text
            assert "/s/butikk/style/" in answer.text, "it has the look of the site"
            assert '<form method="post" action="/s/butikk/request?lang=nn">' in answer.text
            kept = re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', answer.text, re.S)
            assert {name: html.unescape(value) for name, value in kept} == form
            assert "<script>" not in answer.text
            for crowded in ("a&" * 10_001, "a" * 65 * 1024):
                answer = shop.post(
                    "/s/butikk/request", data=crowded, content_type="application/x-www-form-urlencoded"
                )
                assert "<textarea" not in answer.text, "what is no form of ours is not read"
            get = shop.get("/s/butikk/request?lang=nn")
            assert module is not queries or (get.status_code, "<form" in get.text) == (503, False)


def test_the_page_that_checks_receipts_answers_faults_to_people(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(reading, "keys", away)
    answer = client.get("/log/verify", headers={"Accept-Language": "nb"})
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert "Siden er ikke tilgjengelig nå" in answer.text
    assert client.post("/log/verify").status_code == 405
    assert client.get("/log/nowhere").get_json()["reason"] == "not_found"


@pytest.mark.browser
def test_a_page_of_a_fault_is_accessible(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        context = browser.new_context(viewport={"width": 320, "height": 640})
        context.add_init_script(path=AXE)
        page = context.new_page()
        page.goto(f"{served.address}/s/unknown/notice?lang=nb")
        assert page.evaluate("axe.run().then(found => found.violations.map(each => each.id))") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        context.close()
