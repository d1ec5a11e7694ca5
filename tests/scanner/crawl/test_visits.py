"""What a crawl sees of a page: requests, what is stored, and who did it, before and after each answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.core import clock
from server.core.db import transaction
from server.demo import service
from server.scanner.crawl.job import Job
from server.scanner.observations import Crawl
from tests.scanner.crawl.websites import (
    SHOP,
    Answer,
    crawled,
    page,
    request_of,
    scanner,
    script,
    stored_of,
    visit_of,
    websites,
)
from tests.serving import serving

pytestmark = scanner

TRACKER, VIDEO, PIXELS, LAST = "tracker.example", "video.example", "pixels.example", "last.example"

ANSWERS = {
    f"{SHOP}/": page(
        f'<img src="http://{PIXELS}/p.gif?id=1&amp;who=2">\n'
        f'<iframe src="http://{VIDEO}/film"></iframe>\n'
        f'<script src="http://{TRACKER}/t.js?key=3"></script>\n'
        "<script>new Worker('/worker.js'); new SharedWorker('/shared.js');\n"
        f"addEventListener('pagehide', () => navigator.sendBeacon('http://{TRACKER}/bye', 'x'));\n"
        "addEventListener('pagehide', (event) =>\n"
        f"event.isTrusted && navigator.sendBeacon('http://{LAST}/', 'x'));\n"
        "indexedDB.open('cart'); </script>",
    ),
    f"{PIXELS}/p.gif": Answer(b"GIF89a", kind="image/gif", cookies=("px=1; Max-Age=5000; HttpOnly",)),
    f"{TRACKER}/t.js": script(
        "document.cookie = 'visitor=12345; max-age=86400';\n"
        "localStorage.setItem('queue', 'secret');\n"
        f"fetch('http://{TRACKER}/collect?v=2&gcs=G101', {{method: 'POST', mode: 'no-cors', body: 'x'}});"
    ),
    f"{TRACKER}/collect": Answer("", 204),
    f"{TRACKER}/bye": Answer("", 204),
    f"{VIDEO}/film": page(
        f"<script>sessionStorage.setItem('film', '1')</script><iframe src='http://{PIXELS}/deep'></iframe>"
    ),
    f"{PIXELS}/deep": page("<script>fetch('/from-deep')</script>"),
    f"{PIXELS}/from-deep": Answer("ok"),
    f"{SHOP}/worker.js": script(f"fetch('http://{TRACKER}/from-worker', {{mode: 'no-cors'}})"),
    f"{TRACKER}/from-worker": Answer("ok"),
    f"{SHOP}/shared.js": script(
        f"setTimeout(() => fetch('http://{TRACKER}/from-shared', {{mode: 'no-cors'}}), 3_000)"
    ),
    f"{TRACKER}/from-shared": Answer("ok"),
}


@pytest.fixture(scope="module")
def seen() -> Iterator[Crawl]:
    with websites(ANSWERS) as sites:
        yield sites.crawl(first_wait=8.0)


def test_a_request_names_the_element_that_asks_for_it(seen: Crawl) -> None:
    pixel = request_of(visit_of(seen.pages[0]), f"http://{PIXELS}/p.gif")

    assert (pixel.kind, pixel.third_party, pixel.phase, pixel.status) == ("image", True, "before", 200)
    assert pixel.parameters == ("id", "who")
    assert pixel.initiator.kind == "parser"
    assert (pixel.initiator.url, pixel.initiator.line) == (f"http://{SHOP}/", 2)
    assert pixel.initiator.element == f'<img src="http://{PIXELS}/p.gif?…">'
    assert pixel.at > 0


def test_a_request_names_the_script_that_asks_for_it(seen: Crawl) -> None:
    collect = request_of(visit_of(seen.pages[0]), f"http://{TRACKER}/collect")

    assert collect.initiator.kind == "script"
    assert (collect.initiator.url, collect.initiator.line) == (f"http://{TRACKER}/t.js", 3)
    assert collect.initiator.stack[0] == f"http://{TRACKER}/t.js:3"
    assert collect.consent_state == "G101"


def test_requests_of_frames_in_frames_and_of_workers_are_seen(seen: Crawl) -> None:
    visit = visit_of(seen.pages[0])

    assert request_of(visit, f"http://{VIDEO}/film").kind == "frame"
    assert request_of(visit, f"http://{PIXELS}/from-deep").frame == f"http://{PIXELS}/deep"
    assert request_of(visit, f"http://{TRACKER}/from-worker").third_party
    assert request_of(visit, f"http://{TRACKER}/from-shared").initiator.url == f"http://{SHOP}/shared.js"
    assert request_of(visit, f"http://{SHOP}/worker.js").kind == "worker"


def test_what_a_page_sends_when_it_is_left_is_seen(seen: Crawl) -> None:
    visit = visit_of(seen.pages[0])

    assert {each.kind for each in visit.requests if each.url == f"http://{TRACKER}/bye"} == {"beacon"}


def test_a_connection_without_a_request_is_seen(seen: Crawl) -> None:
    """As of what is sent once nobody looks at the page any longer."""
    last = request_of(visit_of(seen.pages[0]), f"http://{LAST}")

    assert (last.kind, last.host, last.third_party) == ("connection", LAST, True)


def test_a_cookie_names_the_script_that_set_it_and_never_its_value(seen: Crawl) -> None:
    visit = visit_of(seen.pages[0])
    cookie = stored_of(visit, "visitor")

    assert (cookie.kind, cookie.host, cookie.third_party, cookie.http_only) == ("cookie", SHOP, False, False)
    assert cookie.lifetime is not None
    assert 86_000 < cookie.lifetime <= 86_400
    assert (cookie.set_by.url, cookie.set_by.line) == (f"http://{TRACKER}/t.js", 1)
    assert "12345" not in repr(seen)
    assert "secret" not in repr(seen)


def test_storage_of_all_frames_is_seen(seen: Crawl) -> None:
    visit = visit_of(seen.pages[0])

    assert stored_of(visit, "queue").kind == "local_storage"
    assert stored_of(visit, "queue").set_by.url == f"http://{TRACKER}/t.js"
    assert stored_of(visit, "cart").kind == "indexed_db"
    film = stored_of(visit, "film")
    assert (film.kind, film.host, film.third_party, film.partitioned) == (
        "session_storage",
        VIDEO,
        True,
        True,
    )


def test_a_page_without_a_banner_is_left_unanswered(seen: Crawl) -> None:
    visit = visit_of(seen.pages[0], "reject_all")

    assert visit.outcome == "no_banner"
    assert {each.phase for each in visit.requests} == {"before"}


def test_an_answer_in_this_products_banner_changes_what_is_loaded(tmp_path: Path) -> None:
    with serving(tmp_path, demo=True) as product:
        with product.app.app_context(), transaction():
            service.seed(product.address, now=clock.now())
        job = Job(
            f"{product.address}/demo/",
            pages=1,
            follow=False,
            robots=False,
            wait=2,
            first_wait=2,
            allow_private=True,
            categories=("statistics",),
        )
        (front,) = crawled(job).pages

    assert [(each.choice, each.outcome) for each in front.visits] == [
        ("none", "none"),
        ("reject_all", "made"),
        ("accept_all", "made"),
        ("only", "made"),
        ("withdraw", "made"),
    ]
    untouched, refused, accepted, only, withdrawn = front.visits
    (tool,) = untouched.tools
    assert (tool.key, tool.shown, tool.site, tool.server) == ("samtykke", True, "demo", product.address)
    assert untouched.script_line is not None
    assert untouched.language == "nb"
    strangers = {each.url for each in accepted.requests} - {each.url for each in refused.requests}
    assert strangers
    assert {each.phase for each in accepted.requests} == {"before", "after", "again"}
    assert [each.faults for each in front.visits] == [()] * 5
    assert {each.url for each in only.requests} < {each.url for each in accepted.requests}
    assert {each.phase for each in withdrawn.requests} == {"before", "after", "again"}
    assert {each.url for each in withdrawn.requests if each.phase == "again"} == {
        each.url for each in refused.requests if each.phase == "again"
    }
