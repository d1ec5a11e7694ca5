"""The privacy notice as PDF."""

import base64
import importlib.util
import re
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.core.errors import NotFound, Unavailable
from server.notices import notice_pages, pdf_process
from tests.notices.test_notice_pages import shop  # noqa: F401 - a fixture

PAGE = '<html lang="nb"><head><title>T</title></head><body><h1>Hei</h1><p>Tekst</p></body></html>'
OTHER, THIRD = PAGE.replace("Tekst", "Annet"), PAGE.replace("Tekst", "Tredje")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def started_anew() -> ModuleType:
    """The module as a process has it that has made no PDF yet."""
    spec = importlib.util.find_spec("server.notices.pdf")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def pdf(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    made = started_anew()
    monkeypatch.setattr(notice_pages, "pdf", made)
    return made


@contextmanager
def rendering(pdf: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadPoolExecutor]:
    """Another request is being rendered until the end of the block; the pool is for further ones."""
    begun, go, run = threading.Event(), threading.Event(), pdf._made

    def slowly(*args: object) -> bytes:
        begun.set()
        go.wait(60)
        made: bytes = run(*args)
        return made

    monkeypatch.setattr(pdf, "_made", slowly)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(pdf.rendered, PAGE, "")
        try:
            assert begun.wait(60)
            yield pool
        finally:
            go.set()
        assert first.result().startswith(b"%PDF-")


def plain(made: bytes) -> bytes:
    """A PDF with its streams unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.S)
    return made + b"".join(zlib.decompressobj().decompress(each) for each in streams if each[:1] == b"x")


def test_the_same_page_gives_the_same_tagged_bytes_with_title_and_language(pdf: ModuleType) -> None:
    made = pdf.rendered(PAGE, "")
    assert made.startswith(b"%PDF-")
    for part in (b"/MarkInfo", b"/StructTreeRoot", b"/Lang (nb)", b"/Title", b"/Outlines", b"pdfuaid"):
        assert part in plain(made), part
    assert started_anew().rendered(PAGE, "") == made


def test_nothing_is_fetched_for_a_pdf(pdf: ModuleType, tmp_path: Path) -> None:
    requested: list[str] = []

    class Pictures(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requested.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(PNG)

    (tmp_path / "x.png").write_bytes(PNG)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        for address in (
            f"http://127.0.0.1:{server.server_port}/x.png",
            f"file://{tmp_path}/x.png",
            f"data:image/png;base64,{base64.b64encode(PNG).decode()}",
        ):
            body = f'<img alt="x" src="{address}"><link rel="stylesheet" href="{address}">'
            body += f'<object data="{address}"></object><p>'
            css = f"@import '{address}'; h1 {{ background: url({address}) }}"
            made = pdf.rendered(PAGE.replace("<p>", body), css)
            assert b"/Image" not in plain(made), address
            assert made.startswith(b"%PDF-")
        assert requested == []
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_one_waits_while_a_pdf_is_made_and_the_next_is_refused(
    pdf: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rendering(pdf, monkeypatch) as pool:
        two = {pool.submit(pdf.rendered, page, "") for page in (OTHER, THIRD)}
        ended, waiting = wait(two, return_when=FIRST_COMPLETED)
        (refused,) = ended
        assert isinstance(refused.exception(), Unavailable)
        (one,) = waiting
    assert one.result().startswith(b"%PDF-")


def test_who_waits_too_long_is_refused_and_blocks_nobody_after(
    pdf: ModuleType,
    shop: FlaskClient,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pdf._TURNS.longest_wait = 0.0
    with rendering(pdf, monkeypatch):
        for _ in range(3):
            answer = shop.get("/s/butikk/notice.pdf?lang=nb")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert shop.get("/s/butikk/notice.pdf?lang=nb").status_code == 200


def test_a_page_that_needs_too_much_processor_or_nests_too_deep_is_refused_and_tried_only_once(
    pdf: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "MOST_PROCESSOR", 1)
    long, deep = PAGE.replace("<p>", "<p>x</p>" * 6600), PAGE.replace("<p>", "<ul><li>" * 1000)
    runs: list[bytes] = []
    made = pdf._made

    def counting(*args: object) -> bytes:
        runs.append(made(*args))
        return runs[-1]

    monkeypatch.setattr(pdf, "_made", counting)
    for page in (long, long, deep, deep):
        with pytest.raises(Unavailable, match="too long for a PDF") as refused:
            pdf.rendered(page, "")
        assert refused.value.retry_after == pdf.TRY_LATER
        monkeypatch.setattr(pdf, "MOST_PROCESSOR", 20)
    assert runs == [b"", b""]


def test_a_process_that_gets_too_little_processor_is_ended_and_the_page_tried_again(
    pdf: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(pdf, "LONGEST", 0.01)
        with pytest.raises(Unavailable, match="too busy") as refused:
            pdf.rendered(PAGE, "")
        assert refused.value.retry_after == 60
    assert pdf.rendered(PAGE, "").startswith(b"%PDF-")


def test_without_the_library_the_process_says_so(pdf: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess((), pdf_process.NOT_INSTALLED, b"", b"")

    monkeypatch.setattr(subprocess, "run", ended)
    with pytest.raises(NotFound, match="not installed"):
        pdf.rendered(PAGE, "")


def test_a_pdf_is_made_without_the_secrets_of_the_settings(
    pdf: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    environments: list[Mapping[str, str]] = []
    run = subprocess.run

    def watched(*args: Any, **kwargs: Any) -> Any:
        environments.append(kwargs["env"])
        return run(*args, **kwargs)

    monkeypatch.setenv("SAMTYKKE_SECRET_KEY", "hemmelig")
    monkeypatch.setattr(subprocess, "run", watched)
    assert pdf.rendered(PAGE, "").startswith(b"%PDF-")
    (environment,) = environments
    assert "PATH" in environment
    assert not any("SAMTYKKE" in name for name in environment)


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
    pdf: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    assert "notice.pdf" not in shop.get("/s/butikk/notice?lang=nn").text
    answer = shop.get("/s/butikk/notice.pdf")
    assert answer.status_code == 404
    assert "Denne serveren lager ikke PDF-filer." in answer.text
    assert "extra `pdf` is not installed" in answer.text
