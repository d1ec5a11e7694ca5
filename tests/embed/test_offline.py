"""A page that shows a banner without its server."""

import re
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from server.embed import lazy_chunks, offline, service
from server.embed.values import CHUNK_DIGESTS
from server.sites import service as sites
from tests.embed.conftest import NOW, Publish

UNREACHABLE = "http://127.0.0.1:9"
"""Where no server listens."""


def test_nothing_that_a_text_says_ends_the_pages_own_script() -> None:
    words = {"/w/shop/0/banner-en.json": '{"title": "</script><!-- <b>&"}'}

    page = offline.page(b"(_=>{})", b"alert()", 'en"><b>', words, title="</title>")

    assert page.count(b"</script>") == 2
    assert b"<!--" not in page
    assert b"<b>" not in page
    assert page.count(b"</title>") == 1


@pytest.mark.browser
def test_banner_of_another_language_is_shown_from_a_file_with_no_server(
    app: Flask, publish: Publish, browser: Browser, tmp_path: Path
) -> None:
    publish()
    service.store(service.script("shop", public_url=UNREACHABLE, now=NOW), now=NOW)
    file = tmp_path / "banner.html"
    file.write_bytes(service.page_shown(sites.find("shop"), 1, "en", at=NOW))

    page = browser.new_page(locale="nb-NO")
    page.goto(file.as_uri())

    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    page.close()


def test_texts_that_an_earlier_version_had_already_are_in_the_page_of_a_later_one(
    app: Flask, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lazy_chunks, "inline_languages", lambda *_: ())
    for title in ("Får vi?", "Er det greit?"):
        publish(title)
        service.forget()
        service.store(service.script("shop", public_url=UNREACHABLE, now=NOW), now=NOW)

    page = service.page_shown(sites.find("shop"), 2, "en", at=NOW).decode()

    # Scripts of earlier releases have longer digests in the addresses of their parts.
    found = set(re.findall(r"/w/shop/([0-9a-f]+)/banner-en\.json", page))
    assert {len(digest) for digest in found} == set(CHUNK_DIGESTS)
