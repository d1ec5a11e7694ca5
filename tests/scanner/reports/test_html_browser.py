"""The file of a scan in a browser: narrow and wide, light and dark, and for everybody."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from server.scanner.reports import html
from tests.chromium import AXE
from tests.scanner.reports import scans
from tests.scanner.reports.test_html import JPEG

REPORTS = {"shop": scans.shop, "clean": scans.clean, "hostile": scans.hostile}

WIDER = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def page(browser: Browser) -> Any:
    # The file's own policy lets nothing run; only what measures it may.
    context = browser.new_context(bypass_csp=True, viewport={"width": 320, "height": 800})
    yield context.new_page()
    context.close()


def axe(page: Page) -> list[str]:
    """Barriers on the page as it is."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("axe.run().then((found) => found.violations)")
    return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in found]


@pytest.mark.browser
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_read_at_every_width_in_light_and_dark(page: Page, tmp_path: Path, name: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    file = tmp_path / "report.html"
    file.write_bytes(html.page(REPORTS[name](), {"a.jpg": JPEG}))
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(WIDER) <= 0, width
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == [], scheme
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}


@pytest.mark.browser
def test_on_paper_nothing_is_cut_off(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(html.page(scans.hostile(), {}))
    page.goto(file.as_uri())
    page.set_viewport_size({"width": 700, "height": 1000})
    page.emulate_media(media="print")
    cut = "[...document.querySelectorAll('.scroll')].filter((each) => each.scrollWidth > each.clientWidth)"
    assert page.evaluate(f"{cut}.length") == 0
    evidence = page.locator("details td").first
    box = evidence.bounding_box()
    assert box is not None
    assert box["height"] > 10, "what is folded on a screen is there on paper"
    assert page.evaluate(WIDER) <= 0
