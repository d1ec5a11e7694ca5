"""Every marking example of the catalog in a real browser, with stand-ins under the true host names.

Each service is allowed by its own category alone, stores all that is declared, and is withdrawn again: marked
as the catalog says, and unmarked, with automatic blocking. The real services are never contacted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from catalog_stand_ins import (
    SHOP,
    Net,
    Place,
    document,
    example,
    groups,
)
from conftest import CATEGORIES
from playwright.sync_api import Browser, BrowserContext, Page

from server.catalog import marking
from server.catalog.matching import name_matches
from server.catalog.service import find, services
from server.catalog.values import Service, Storage
from server.sites.document_types import SIGNAL_TYPES
from server.sites.known_services import signal_gap, with_signals

MARKED = [each for each in services() if each.marking]

SIGNALLED = [each for each in MARKED if each.consent_mode]

FRAMES = 1500
"""Most frames that a page lives on before it is not as it should be."""

FRAME = "new Promise(requestAnimationFrame)"
ADD = "html => document.body.append(document.createRange().createContextualFragment(html))"
SEEN = """[ran, Object.keys(localStorage), Object.keys(sessionStorage),
  [...document.querySelectorAll(".samtykke.placeholder")].map(box => box.textContent)]"""
SNIPPET = """<script>
  window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments); }
  gtag("js", "now"); gtag("config", "ID");
</script>"""
"""Google's own, as websites have it in front of the tag."""

INLINE = re.compile(r"<script[^>]*>[^<]+</script>")

QUEUE = """dataLayer.map(entry =>
  Object.prototype.toString.call(entry) === "[object Arguments]" ? Array.from(entry) : entry)"""

Faults = dict[str, list[str]]
"""Service → what is wrong with it."""


@pytest.fixture(scope="module")
def alone(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """A browser that finds no host at all: what no stand-in answers goes nowhere."""
    browser = launch("--host-resolver-rules=MAP * ~NOTFOUND")
    yield browser
    browser.close()


@pytest.fixture
def context(alone: Browser) -> Iterator[BrowserContext]:
    context = alone.new_context(locale="nb-NO")
    yield context
    context.close()


def named(group: list[Service]) -> str:
    return "-".join([group[0].key, *([f"and-{len(group) - 1}-more"] if group[1:] else [])])


@pytest.mark.parametrize("way", ["marked", "unmarked"])
@pytest.mark.parametrize("group", groups(MARKED), ids=named)
def test_a_service_waits_for_its_own_category_and_is_cleared_when_that_is_withdrawn(
    context: BrowserContext, page: Page, group: list[Service], way: str
) -> None:
    banner = document(group)
    banner["behaviour"]["automatic_blocking"] = way == "unmarked"
    net = Net(group, banner, body="".join(each.marking for each in group) if way == "marked" else "")
    net.serve(context)
    page.goto(f"https://{SHOP}/")
    page.wait_for_selector("#samtykke")
    if way == "unmarked":
        # As snippets and tag managers add what they load: the browser does not run ahead of those.
        page.evaluate(ADD, "".join(e.unmarked() for each in group for e in marking.elements(each.marking)))
    walk = Walk(net, page)
    walk.allow()
    for category in CATEGORIES:
        walk.allow(category)
    walk.allow()


def test_what_is_stored_in_these_tests_has_a_name_that_the_catalog_stands_for() -> None:
    stored = [each.name for service in services() for each in service.storage]
    assert [name for name in stored if not name_matches(name, example(name)) or "*" in example(name)] == []


def test_what_is_wrong_is_named_by_its_service(context: BrowserContext, page: Page) -> None:
    """The test above would see it."""
    undeclared, careless = (
        replace(
            find("siteimprove"),
            key=key,
            hosts=(f"{key}.example",),
            marking=f'<script type="text/plain" data-consent="statistics" src="https://{key}.example/"></script>',
            storage=(Storage(name=f"of_{key}", kind="cookie", purpose=find("siteimprove").purpose),),
        )
        for key in ("undeclared", "careless")
    )
    careless = replace(careless, category="advertising")
    banner = document([undeclared, careless])
    banner["services"][-2]["cookies"] = []
    body = undeclared.marking + careless.marking
    net = Net([undeclared, careless], banner, body=body)
    net.serve(context)
    page.goto(f"https://{SHOP}/")
    walk = Walk(net, page, frames=1)
    walk.allow()
    page.evaluate("samtykke.save({statistics: true})")
    page.wait_for_function("ran.length === 2")
    early = "careless: careless.example/? is asked for, cookie of_careless is stored"
    with pytest.raises(AssertionError, match=re.escape(early)):
        walk.allow("statistics")
    with pytest.raises(AssertionError, match="undeclared: cookie of_undeclared is not cleared"):
        walk.allow()


@pytest.mark.parametrize("service", SIGNALLED, ids=lambda service: service.key)
def test_google_is_informed_of_exactly_the_types_that_a_service_heeds(
    context: BrowserContext, page: Page, service: Service
) -> None:
    banner = document([service])
    # Nothing is granted but what the studio maps for the service.
    banner["behaviour"]["mapping"] = dict.fromkeys(SIGNAL_TYPES, "")
    gap = signal_gap([(service, service.category)], banner)
    assert gap
    banner = with_signals(banner, gap)
    # The snippet stands in the head already: of the example only what loads.
    net = Net([service], banner, head=SNIPPET, body=INLINE.sub("", service.marking))
    net.serve(context)
    page.goto(f"https://{SHOP}/")
    page.wait_for_selector("#samtykke")
    assert net.asked == set()
    allowed = {key: True for key in banner["behaviour"]["mapping"].values() if key}
    page.evaluate("choice => samtykke.save(choice)", {**allowed, service.category: True})
    page.wait_for_function("ran.length")
    page.evaluate("samtykke.withdraw()")
    page.wait_for_function("dataLayer.filter(entry => entry[1] === 'update').length === 2")
    denied: dict[str, str] = {**dict.fromkeys(SIGNAL_TYPES, "denied"), "security_storage": "granted"}
    granted = denied | {str(kind): "granted" for kind in service.consent_mode}
    assert page.evaluate(QUEUE) == [
        ["consent", "default", {**denied, "wait_for_update": 500}],
        ["set", "ads_data_redaction", True],
        # Before all that waits for the tag.
        ["consent", "update", granted],
        ["js", "now"],
        ["config", "ID"],
        {"ran": service.key},
        ["consent", "update", denied],
    ]


@dataclass
class Walk:
    """A page on which one category after another is allowed; each step fails with the faults."""

    net: Net
    page: Page
    frames: int = FRAMES
    ever: set[str] = field(default_factory=set)
    """Categories that have been allowed."""

    def allow(self, *granted: str) -> None:
        """Allow these categories and no others; at first nothing has been decided."""
        if granted or self.ever:
            self.page.evaluate("choice => samtykke.save(choice)", {key: key in granted for key in CATEGORIES})
        self.ever |= {*granted}
        faults: Faults = {}
        for _ in range(self.frames):
            self.page.evaluate(FRAME)
            faults = self.faults(granted)
            if not faults:
                return
        named = "; ".join(f"{key}: {', '.join(wrong)}" for key, wrong in faults.items())
        raise AssertionError(f"allowed: {', '.join(granted) or 'nothing'}; not as it should be: {named}")

    def faults(self, granted: tuple[str, ...]) -> Faults:
        ran, there, boxes = self.look()
        allowed, ever = (
            {
                place
                for each in self.net.services
                if each.category in keys
                for place in self.net.stored[each.key]
            }
            for keys in (granted, self.ever)
        )
        found: Faults = {}
        for each in self.net.services:
            wanted, own = self.net.wanted[each.key], self.net.stored[each.key]
            if each.category in granted:
                wrong = [f"{address} is not asked for" for address in wanted - self.net.asked]
                wrong += ["does not run"] if each.key in self.net.running - ran else []
                wrong += [f"{place} is not stored" for place in own - there]
            elif each.category in self.ever:
                clear = {place for place in own - allowed if place.clearable}
                wrong = [f"{place} is not cleared" for place in clear & there]
                # Nobody but its own host can.
                wrong += [f"{place} is cleared" for place in own - there if not place.clearable]
            else:
                wrong = [f"{address} is asked for" for address in wanted & self.net.asked]
                wrong += [f"{place} is stored" for place in (own - ever) & there]
            boxed = any(f"{each.name} er blokkert" in text for text in boxes)
            if each.key in self.net.framed and boxed == (each.category in granted):
                wrong.append("has a placeholder" if boxed else "has no placeholder that names it")
            if wrong:
                found[each.key] = sorted(wrong)
        nobodys = [f"{address} is asked for" for address in self.net.asked - self.net.examples]
        nobodys += [f"{place} is stored" for place in there if not self.ever]
        if nobodys:
            found["nobody's"] = nobodys
        return found

    def look(self) -> tuple[set[str], set[Place], list[str]]:
        """Which stand-ins ran, what is stored of the website's and as cookies of others, and placeholders."""
        ran, local, session, boxes = self.page.evaluate(SEEN)
        there = {Place("local_storage", "", name) for name in local}
        there |= {Place("session_storage", "", name) for name in session}
        for each in self.page.context.cookies():
            own = SHOP.endswith(each["domain"].removeprefix("."))
            there.add(Place("cookie", "" if own else each["domain"], each["name"], each["httpOnly"]))
        return set(ran), there, boxes
