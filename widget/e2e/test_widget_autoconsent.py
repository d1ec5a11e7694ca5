"""A tool that nobody here wrote finds the English banner by its words alone, and refuses for its user."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import WIDGET, World
from playwright.sync_api import BrowserContext, Page, expect

TOOL = WIDGET / "node_modules" / "@duckduckgo" / "autoconsent" / "dist" / "autoconsent.playwright.js"
CONFIG = {
    "enabled": True,
    "autoAction": "optOut",
    "heuristicMode": "reject",
    "enableHeuristicDetection": True,
    "enablePrehide": False,
    "enableCosmeticRules": False,
    "detectRetries": 10,
    "disabledCmps": [],
}
SEND = "message => { window.autoconsentReceiveMessage(message) }"
RECEIVED = "type => (window.received ||= []).find(message => message.type === type)"


def run_tool(page: Page) -> None:
    """Let the tool work on every page from now on; its messages are in `window.received`."""

    def receive(source: dict[str, Any], message: dict[str, Any]) -> None:
        frame = source["frame"]
        frame.evaluate("message => { (window.received ||= []).push(message) }", message)
        if message["type"] == "init":
            frame.evaluate(SEND, {"type": "initResp", "config": CONFIG, "rules": {"autoconsent": []}})

    page.expose_binding("autoconsentSendMessage", receive)
    page.add_init_script(path=TOOL)


def answer(page: Page, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = page.wait_for_function(RECEIVED, arg=kind).json_value()
    return found


@pytest.mark.parametrize("layout", ["bar", "box", "dialog"])
def test_a_foreign_tool_finds_reject_all_and_the_refusal_is_stored(
    world: World, page: Page, context: BrowserContext, layout: str
) -> None:
    world.appearance["layout"] = layout
    run_tool(page)
    page.goto(world.put("<h1>Shop</h1>" + world.marked("statistics", "one"), lang="en"))
    assert answer(page, "cmpDetected")["cmp"] == "HEURISTIC-REJECT"
    assert answer(page, "optOutResult")["result"] is True
    assert answer(page, "autoconsentDone")["totalClicks"] == 1
    page.evaluate(SEND, {"type": "selfTest"})
    assert answer(page, "selfTestResult")["result"] is True
    expect(page.locator("#samtykke")).to_have_count(0)
    (cookie,) = context.cookies()
    assert cookie["value"].startswith("1.3.0..")
    page.wait_for_function("samtykke.consent.decided && !samtykke.allows('statistics')")
    page.wait_for_function("localStorage.getItem('samtykke:queue:demo')?.includes('NO-7K2P')")
    assert [(each["action"], each["surface"]) for each in world.decisions] == [("reject_all", "banner")]
    assert world.third.requests == []
