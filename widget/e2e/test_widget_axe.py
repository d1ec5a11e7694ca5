"""An accessibility checker finds nothing: every layout, both themes, both directions, each layer."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import SAMPLE, WIDGET, World, first_layer
from playwright.sync_api import Page, expect

TEXTS = Path(__file__).resolve().parents[2] / "server" / "sites" / "texts"
AXE = WIDGET / "node_modules" / "axe-core" / "axe.min.js"
DIALOG = "#samtykke-settings"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FOUND = """rules => axe.run({ runOnly: rules, resultTypes: ["violations"] })
.then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 150)).join(" | ")))"""


@pytest.fixture(autouse=True)
def _arabic(monkeypatch: pytest.MonkeyPatch) -> None:
    """The world serves Arabic as well."""
    texts = json.loads((TEXTS / "ar.json").read_text(encoding="utf-8"))
    words = {"language": "ar", "dir": "rtl", "texts": first_layer(texts["texts"])}
    settings = {**SAMPLE["settings"]["nb"], "texts": texts["texts"]}
    monkeypatch.setitem(SAMPLE["languages"], "ar", words)
    monkeypatch.setitem(SAMPLE["settings"], "ar", settings)


def checked(page: Page) -> list[str]:
    found: list[str] = page.evaluate(FOUND, RULES)
    return found


@pytest.mark.parametrize(
    ("layout", "scheme", "lang"),
    list(itertools.product(["bar", "box", "dialog"], ["light", "dark"], ["nb", "ar"])),
)
def test_no_layer_has_a_fault(world: World, page: Page, layout: Any, scheme: Any, lang: str) -> None:
    world.appearance["layout"] = layout
    # Each form of the settings with both themes and both directions.
    world.config["sheet"] = layout != "dialog"
    for part in ("languages", "settings"):
        world.config[part]["ar"] = (
            f"/w/demo/abc/{'banner-ar.json' if part == 'languages' else 'settings-ar.js'}"
        )
    page.emulate_media(color_scheme=scheme)
    page.goto(world.put(f"<main><h1>Side</h1>{world.frame()}</main>", lang=lang))
    page.wait_for_selector("#samtykke")
    expect(page.locator("#samtykke")).to_have_attribute("dir", "rtl" if lang == "ar" else "ltr")
    page.wait_for_selector(".samtykke.placeholder")
    page.add_script_tag(path=AXE)
    assert checked(page) == [], "banner and placeholder"
    page.click("#samtykke [data-samtykke-action=settings]")
    page.wait_for_selector(DIALOG)
    page.locator(f"{DIALOG} details").evaluate_all("all => all.forEach(e => { e.open = true })")
    page.get_by_role("switch").first.check()
    assert checked(page) == [], "settings"
    page.click(f"{DIALOG} [data-samtykke-action=save]")
    page.click("#samtykke-open")
    page.wait_for_selector(f"{DIALOG} .state")
    assert checked(page) == [], "settings with a stored choice"


def test_the_checker_sees_a_fault_where_there_is_one(world: World, page: Page) -> None:
    page.goto(world.put("<main><h1>Side</h1></main>"))
    page.wait_for_selector("#samtykke")
    page.add_script_tag(path=AXE)
    page.evaluate("document.querySelector('#samtykke button').replaceChildren()")
    assert any(fault.startswith("button-name") for fault in checked(page))
