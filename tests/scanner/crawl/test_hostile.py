"""Hostile pages: each is left with a fault that says why, and nothing is left running."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import psutil
import pytest

from server.scanner.observations import Crawl, Fault, Visit
from tests.scanner.crawl.websites import SHOP, Answer, page, scanner, script, visit_of, websites

pytestmark = scanner


def _for_ever(part: bytes) -> Answer:
    """A body that does not end by itself."""

    def stream(request: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            while True:
                request.wfile.write(part)

    return Answer(stream=stream)


def _trickling() -> Answer:
    """A page that never ends loading: some of it, and then nothing."""

    def stream(request: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            request.wfile.write(b"<!doctype html><title>x</title><script src=/never.js></script><p>text")
            request.wfile.flush()
            time.sleep(60)  # of the server's thread, which ends with the test

    return Answer(stream=stream)


HOSTILE = {
    "redirects": (Answer("", 302, {"Location": "/redirects"}), "too_many_redirects"),
    "endless": (_for_ever(b"<p>" + b"x" * 65_536), "too_large"),
    "large": (page("<script>fetch('/large.bin').then((answer) => answer.text())</script>"), "too_large"),
    "trickling": (_trickling(), "timed_out"),
    "alerts": (page("<script>for (;;) alert(1)</script>"), "dialogs"),
    "dialogs": (
        page("<script>setInterval(() => { confirm('x'); prompt('y'); print(); }, 50)</script>"),
        "dialogs",
    ),
    "beforeunload": (page("<script>addEventListener('beforeunload', e => e.preventDefault())</script>"), ""),
    "attachment": (
        Answer(b"PK", kind="application/zip", headers={"Content-Disposition": "attachment; filename=x.zip"}),
        "download",
    ),
    "downloads": (page("<script>setInterval(() => location = '/attachment', 100)</script>"), "download"),
    "loop": (page("<script>for (;;) {}</script>"), "timed_out"),
    "late-loop": (page("<script>setTimeout(() => { for (;;) {} }, 1200)</script>"), "timed_out"),
    "popups": (page("<script>setInterval(() => open('/popups'), 100)</script>"), ""),
    "permissions": (
        page(
            "<script>navigator.geolocation.getCurrentPosition(() => {}); Notification.requestPermission();"
            "navigator.mediaDevices?.getUserMedia({video: true}).catch(() => {})</script>"
        ),
        "",
    ),
    "huge": (page("<script>document.body.innerHTML = '<b>x</b>'.repeat(100_000)</script>"), ""),
    "history": (
        page("<script>let n = 0; setInterval(() => history.pushState({}, '', `?${n++}`), 1)</script>"),
        "",
    ),
    "refresh": (page("<script>setTimeout(() => location.reload(), 200)</script>"), ""),
    "files": (
        page(
            '<iframe src="file:///etc/passwd"></iframe><iframe src="chrome://version"></iframe>'
            '<iframe src="view-source:http://shop.example/"></iframe><a href="file:///etc/passwd">x</a>'
        ),
        "",
    ),
    "to-file": (Answer("", 302, {"Location": "file:///etc/passwd"}), "unreachable"),
    "to-metadata": (Answer("", 302, {"Location": "http://169.254.169.254/latest/"}), "address_not_allowed"),
    "to-loopback": (Answer("", 302, {"Location": "http://127.0.0.1:9/"}), "address_not_allowed"),
    "frame": (
        page('<iframe src="http://169.254.169.254/"></iframe><iframe src="http://[::1]:9/"></iframe>'),
        "",
    ),
    "worker": (page("<script>navigator.serviceWorker.register('/sw.js')</script>"), ""),
    "image-file": (Answer(b"GIF89a", kind="image/gif"), "not_html"),
    "away": (Answer("", 302, {"Location": "http://elsewhere.example/"}), "redirected_away"),
    "gone": (Answer("<p>gone</p>", 404), "http_error"),
    "nothing": (Answer("", 204), "not_html"),
}
"""Page → what is answered, and the fault with which it is left."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where processes have their temporary files, whose names stand in the browser's command line."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("temporary")
        patch.setattr(tempfile, "tempdir", str(path))
        yield path


@pytest.fixture(scope="module")
def seen(folder: Path) -> Iterator[Crawl]:
    answers = {f"{SHOP}/{name}": answer for name, (answer, _) in HOSTILE.items()}
    answers |= {
        f"{SHOP}/large.bin": _for_ever(b"x" * 65_536),
        f"{SHOP}/sw.js": script("addEventListener('install', e => e.waitUntil(new Promise(() => {})))"),
        "elsewhere.example/": page("elsewhere"),
    }
    with websites(answers) as sites:
        first, *others = HOSTILE
        listed = tuple(f"http://{SHOP}/{name}" for name in others)
        yield sites.crawl(
            f"/{first}",
            listed=listed,
            pages=100,
            choices=("none",),
            wait=3.0,
            first_wait=3.0,
            load_seconds=20.0,
            visit_bytes=3_000_000,
        )


def _visit(seen: Crawl, name: str) -> Visit:
    (meant,) = [each for each in seen.pages if each.url == f"http://{SHOP}/{name}"]
    return visit_of(meant)


@pytest.mark.parametrize(("name", "fault"), [(name, fault) for name, (_, fault) in HOSTILE.items()])
def test_a_hostile_page_is_left_with_a_fault(seen: Crawl, name: str, fault: Fault | str) -> None:
    faults = _visit(seen, name).faults

    if name not in HEAVY:
        assert faults[:1] == ((fault,) if fault else ())
    else:
        assert set(faults) <= {"timed_out"}


HEAVY = ("huge", "history")
"""Pages that a slow machine does not get done with."""


def test_every_page_beside_them_was_visited(seen: Crawl) -> None:
    assert seen.whole
    assert len(seen.pages) == len(HOSTILE)


def test_files_of_the_machine_are_not_opened(seen: Crawl) -> None:
    assert {each.url for each in _visit(seen, "files").requests} == {f"http://{SHOP}/files"}


def test_a_frame_with_a_private_address_is_seen_and_gets_no_answer(seen: Crawl) -> None:
    frames = [each for each in _visit(seen, "frame").requests if each.kind == "frame"]

    assert {each.host for each in frames} == {"169.254.169.254", "::1"}
    assert {each.status for each in frames} == {None}


def test_nothing_is_left_running_or_lying_around(seen: Crawl, folder: Path) -> None:
    assert seen.pages
    assert [_words(each) for each in psutil.process_iter() if str(folder) in " ".join(_words(each))] == []
    assert list(folder.iterdir()) == []


def _words(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return list(process.cmdline())
    return []
