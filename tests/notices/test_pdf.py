"""The privacy notice as PDF."""

import importlib
import importlib.util
import re
import zlib

import pytest
from flask.testing import FlaskClient

from server.core.errors import Unavailable
from server.notices import pdf
from tests.notices.test_notice_pages import shop  # noqa: F401 - a fixture

PAGE = '<html lang="nb"><head><title>T</title></head><body><h1>Hei</h1><p>Tekst</p></body></html>'


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    pdf._KEPT.clear()


def plain(made: bytes) -> bytes:
    """A PDF with its streams unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.S)
    return made + b"".join(zlib.decompressobj().decompress(each) for each in streams if each[:1] == b"x")


def test_the_same_page_gives_the_same_tagged_bytes_with_title_and_language() -> None:
    made = pdf.rendered(PAGE, "")
    assert made.startswith(b"%PDF-")
    for part in (b"/MarkInfo", b"/StructTreeRoot", b"/Lang (nb)", b"/Title", b"/Outlines", b"pdfuaid"):
        assert part in plain(made), part
    pdf._KEPT.clear()
    assert pdf.rendered(PAGE, "") == made


@pytest.mark.parametrize(
    "address", ["file:///etc/hostname", "http://127.0.0.1:1/x", "data:text/plain,x", "/etc/hostname"]
)
def test_nothing_is_fetched_for_a_pdf(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError(address)

    monkeypatch.setattr("weasyprint.urls.URLFetcher.fetch", never)
    monkeypatch.setattr("urllib.request.OpenerDirector.open", never)
    body = f'<img alt="x" src="{address}"><link rel="stylesheet" href="{address}"><object data="{address}">'
    css = f"@import '{address}'; p {{ background: url({address}) }}"
    made = pdf.rendered(PAGE.replace("<p>", f"{body}</object><p>"), css)
    assert b"/Image" not in plain(made)
    assert made.startswith(b"%PDF-")


def test_only_one_waits_while_a_pdf_is_made_and_others_are_sent_away(
    shop: FlaskClient,  # noqa: F811
) -> None:
    assert pdf._WAITING.acquire(blocking=False)
    assert pdf._WAITING.acquire(blocking=False)
    try:
        answer = shop.get("/s/butikk/notice.pdf?lang=nb")
    finally:
        pdf._WAITING.release()
        pdf._WAITING.release()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


def test_who_waits_too_long_is_sent_away_and_blocks_nobody_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_PATIENCE", 0.0)
    with pdf._TURN, pytest.raises(Unavailable):
        pdf.rendered(PAGE, "")
    assert pdf.rendered(PAGE, "").startswith(b"%PDF-")


def test_the_notice_is_offered_as_a_pdf_in_its_language(shop: FlaskClient) -> None:  # noqa: F811
    assert "/s/butikk/notice.pdf?lang=nn" in shop.get("/s/butikk/notice?lang=nn").text
    answer = shop.get("/s/butikk/notice.pdf?lang=nn")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == 'inline; filename="butikk-notice-2-nn.pdf"'
    assert b"/Lang (nn)" in plain(answer.data)
    again = shop.get("/s/butikk/notice.pdf?lang=nn", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_without_the_extra_no_page_links_to_a_pdf_and_its_address_says_why(
    shop: FlaskClient,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    def absent(_name: str) -> None:
        raise ImportError

    monkeypatch.setattr(importlib, "import_module", absent)
    monkeypatch.setattr(pdf, "_weasyprint", pdf._weasyprint.__wrapped__)
    assert "notice.pdf" not in shop.get("/s/butikk/notice?lang=nn").text
    answer = shop.get("/s/butikk/notice.pdf")
    assert answer.status_code == 404
    assert "extra `pdf` is not installed" in answer.text
