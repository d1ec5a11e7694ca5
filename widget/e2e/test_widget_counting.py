"""Events without identifiers, in a real browser: they come after what is seen, and carry nothing else."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest
from conftest import SENT, World
from playwright.sync_api import Page, Request, Response, expect

BANNER = "#samtykke"


@pytest.fixture
def counting(world: World) -> World:
    world.fragments.append("counting.js")
    return world


def answered(page: Page, event: str) -> AbstractContextManager[Any]:
    """Until the server has answered this event."""

    def of_event(answer: Response) -> bool:
        return answer.url.endswith("/events") and f'"event":"{event}"' in (answer.request.post_data or "")

    return page.expect_response(of_event, timeout=20_000)


def names(world: World) -> list[str]:
    return [event["event"] for event in world.events]


def test_what_a_visitor_does_is_told_step_by_step(counting: World, page: Page) -> None:
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)

    page.on("request", note)
    with answered(page, "shown"):
        page.goto(counting.put(counting.marked("statistics", "tracker")))
    expect(page.locator(BANNER)).to_be_visible()
    with answered(page, "settings_opened"):
        page.click("[data-samtykke-action=settings]")
    with answered(page, "accept_all"):
        page.click("#samtykke-settings [data-samtykke-action=accept-all]")
    page.reload()
    with answered(page, "withdrawn"):
        page.evaluate("samtykke.withdraw()")

    assert names(counting) == ["shown", "settings_opened", "accept_all", "withdrawn"]
    assert counting.events[0] == {"event": "shown", "version": counting.config["version"], "language": "nb"}
    assert counting.events[2]["after"] in ("0-3s", "3-10s", "10-30s", "30s+")
    assert set(counting.events[2]) == {"event", "version", "language", "after"}
    sent = [each for each in requests if each.url.endswith("/events")]
    assert {each.method for each in sent} == {"POST"}
    assert all("cookie" not in each.all_headers() for each in sent)
    assert {each.all_headers()["content-type"] for each in sent} == {"text/plain;charset=UTF-8"}


def test_a_decision_takes_effect_before_it_is_told(counting: World, page: Page) -> None:
    page.add_init_script(
        "const send = window.fetch; window.order = []; window.how = [];"
        "window.fetch = (url, init) => (order.push(url.split('/').pop()),"
        " how.push(init.keepalive + ' ' + init.credentials), send(url, init));"
        "document.addEventListener('samtykke:change', () => order.push('change'))"
    )
    with answered(page, "shown"):
        page.goto(counting.put())
    with answered(page, "reject_all"):
        page.click("[data-samtykke-action=reject-all]")
    assert page.evaluate("order") == ["events", "change", "decisions", "events"]
    assert page.evaluate("how") == ["true omit"] * 3


def test_settings_that_cannot_be_fetched_are_counted_as_failed(counting: World, page: Page) -> None:
    counting.parts_fail = True
    with answered(page, "shown"):
        page.goto(counting.put())
    with answered(page, "failed"), answered(page, "settings_opened"):
        page.click("[data-samtykke-action=settings]")
    assert sorted(names(counting)) == ["failed", "settings_opened", "shown"]


def test_a_site_that_does_not_count_sends_nothing(world: World, page: Page) -> None:
    page.goto(world.put())
    page.click("[data-samtykke-action=accept-all]")
    page.wait_for_function(SENT)
    assert (world.events, len(world.decisions)) == ([], 1)
