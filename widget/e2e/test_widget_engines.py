"""The same widget in the engines of Firefox and Safari: what must hold there, once each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import engines
import pytest
from conftest import SENT, World
from engines import Engine, click, press, until

from tests.processes import eventually

pytestmark = pytest.mark.servers

ACCEPT = "#samtykke [data-samtykke-action=accept-all]"
REJECT = "#samtykke [data-samtykke-action=reject-all]"
SETTINGS = "#samtykke [data-samtykke-action=settings]"
DIALOG = "#samtykke-settings"
INLINE = '<script {} type="text/plain" data-consent="statistics">(window.ran ||= []).push("{}")</script>'
OLD = """<script>
  delete HTMLElement.prototype.popover; delete HTMLElement.prototype.showPopover;
  CSSStyleSheet.prototype.replaceSync = undefined;
</script>"""


@pytest.fixture(scope="module", params=["Firefox", "WebKit"])
def started(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The engine, once for all tests here."""
    start = engines.found().get(request.param)
    if start is None:
        message = f"no {request.param} on this machine (firefox-esr; webkit2gtk-driver and xvfb)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with start() as engine:
        yield engine


@pytest.fixture
def engine(started: Engine, world: World) -> Iterator[Engine]:
    """The engine without anything of the test before."""
    started.open(world.put(path="/empty", head=""))
    started.forget()
    until(started, "!document.cookie")  # WebKit answers before its network process has done it
    yield started
    started.open("about:blank")


def put(world: World, body: str = "", *, before: str = "", **headers: str) -> str:
    """A page that remembers its errors, with the widget first in its head."""
    record = (
        '<script nonce="n">window.faults = []; '
        "addEventListener('error', event => { if (event.message) faults.push(event.message) }); "
        "addEventListener('unhandledrejection', event => faults.push(String(event.reason))); "
        "document.addEventListener('securitypolicyviolation', event => faults.push(event.violatedDirective))"
        "</script>"
    )
    script = world.script.replace("<script", '<script nonce="n"')
    return world.put(body, head=record + before + script, **headers)


def ran(engine: Engine, *names: str) -> None:
    """Wait until exactly these scripts have run, in this order."""
    until(
        engine, f"JSON.stringify(window.ran || []) === {json.dumps(json.dumps(names, separators=(',', ':')))}"
    )


def faultless(engine: Engine) -> None:
    assert engine.value("window.faults") == []


def test_before_an_answer_nothing_happens_and_a_refusal_is_stored(world: World, engine: Engine) -> None:
    address = put(world, world.marked("statistics", "one") + world.frame())
    engine.open(address)
    until(engine, "document.querySelector('#samtykke')?.getBoundingClientRect().height > 44")
    assert engine.value("[document.cookie, localStorage.length, document.activeElement.localName]") == [
        "",
        0,
        "body",
    ]
    click(engine, REJECT)
    until(engine, f"!document.querySelector('#samtykke') && {SENT}")
    assert engine.value("document.cookie").startswith("samtykke=1.3.0..")
    engine.open(address)
    until(engine, "samtykke.consent.decided && document.querySelector('#samtykke-open')")
    assert engine.value("document.querySelector('#samtykke')") is None
    assert world.third.requests == []
    assert [each["action"] for each in world.decisions] == ["reject_all"]
    faultless(engine)


def test_marked_scripts_run_once_in_place_and_in_order(world: World, engine: Engine) -> None:
    module = '<script type="text/plain" data-consent="statistics" data-consent-type="module">'
    body = (
        world.marked("statistics", "one")
        + '<div id="host">'
        + INLINE.format("", "two")
        + '<script type="text/plain" data-consent="statistics">'
        + "window.place = document.currentScript.parentNode.id</script></div>"
        + world.marked("statistics", "missing")
        + world.marked("statistics", "three")
        + INLINE.format("", "four")
        + module
        + "window.module = import.meta.url !== ''</script>"
    )
    engine.open(put(world, body))
    click(engine, ACCEPT)
    ran(engine, "one", "two", "three", "four")
    until(engine, "window.module")
    assert engine.value("[place, document.cookie.slice(0, 16)]") == ["host", "samtykke=1.3.7.."]
    engine.value(
        f"""[0, 1, 2].forEach(number => {{ const script = document.createElement("script");
        script.type = "text/plain"; script.dataset.consent = "statistics";
        script.src = "{world.third.url}/later" + number + ".js"; document.body.append(script); }})"""
    )
    ran(engine, "one", "two", "three", "four", "later0", "later1", "later2")
    faultless(engine)


def test_a_strict_policy_of_the_page_is_satisfied(world: World, engine: Engine) -> None:
    body = INLINE.format('nonce="n"', "inline") + world.marked("statistics", "one")
    policy = (
        "script-src 'nonce-n' 'strict-dynamic'; style-src 'nonce-n'; object-src 'none'; base-uri 'none'; "
        "require-trusted-types-for 'script'"
    )
    engine.open(put(world, body, Content_Security_Policy=policy))
    until(engine, f"document.querySelector('{REJECT}')?.getBoundingClientRect().height >= 44")
    click(engine, SETTINGS)
    until(engine, f"document.querySelector('{DIALOG}[open]')")
    click(engine, f"{DIALOG} [data-samtykke-action=accept-all]")
    ran(engine, "inline", "one")
    faultless(engine)


def test_a_frame_waits_behind_a_placeholder_and_is_blocked_again(world: World, engine: Engine) -> None:
    frame = world.frame('data-consent-service="youtube"')
    engine.open(put(world, f"<p>Tekst</p>{frame}<button data-consent-open>Endre</button>"))
    box = "document.querySelector('.samtykke.placeholder')"
    until(
        engine,
        f"""(() => {{ const a = {box}?.getBoundingClientRect(),
        b = document.querySelector("iframe").getBoundingClientRect();
        return a && ["x", "y", "width", "height"].every(k => Math.abs(a[k] - b[k]) < 1) }})()""",
    )
    assert world.third.requests == []
    click(engine, ".samtykke.placeholder button:last-of-type")
    until(engine, f"!{box} && document.activeElement.localName === 'iframe'")
    until(engine, "samtykke.allows('youtube')")
    eventually(lambda: world.third.paths() == ["/frame"], what="the frame's request")
    click(engine, "[data-consent-open]")
    click(engine, f"{DIALOG} [data-samtykke-action=withdraw]")
    until(engine, f"{box} && !document.querySelector('iframe').hasAttribute('src')")
    assert engine.value("[samtykke.allows('youtube'), frames[0].location.href]") == [False, "about:blank"]
    faultless(engine)


def test_nothing_of_a_declared_host_runs_however_a_script_adds_it(world: World, engine: Engine) -> None:
    ads = world.third.url.replace("127.0.0.1", "localhost")
    world.fragments.append("blocking.js")
    world.config["blocking"] = [["youtube", ["localhost"]]]
    engine.open(
        put(
            world,
            f"<script>document.write(`<script src='{ads}/written.js'><\\/script>`)</script>"
            f"<template><script src='{ads}/cloned.js'></script></template>"
            f"<script src='{ads}/markup.js'></script><p id='end'></p>",
        )
    )
    until(engine, "document.querySelector('#samtykke') && document.querySelector('#end')")
    engine.value(
        f"""(() => {{
        const add = (tag, change) => {{
          const made = document.createElement(tag); change(made); document.body.append(made); }};
        add("script", e => e.setAttributeNS(null, "src", "{ads}/named.js"));
        add("script", e => {{
          const a = document.createAttribute("src"); a.value = "{ads}/node.js"; e.setAttributeNode(a); }});
        add("img", e => e.srcset = "{ads}/candidate.gif 1x");
        add("video", e => e.poster = "{ads}/poster.gif");
        add("object", e => e.data = "{ads}/object");
        new Audio("{ads}/audio.mp3");
        document.body.append(document.querySelector("template").content.cloneNode(true));
        document.body.append(document.createRange().createContextualFragment(
          `<script src="{ads}/fragment.js"></` + "script>"));
        document.body.insertAdjacentHTML("beforeend", `<img src="{ads}/markup.gif">`);
        const images = document.createElement("template"); images.innerHTML = `<img src="{ads}/cloned.gif">`;
        document.body.append(document.importNode(images.content, true));
        }})()"""
    )
    until(engine, "document.querySelectorAll('[data-consent-service=youtube]').length === 11")
    assert engine.value("window.ran ?? null") is None
    # Browsers look ahead in the markup and may fetch what stands there; WebKit does not wait with images.
    assert {*world.third.paths()} <= {"/markup.js", "/markup.gif", "/cloned.gif"}
    click(engine, ACCEPT)
    names = ["cloned", "fragment", "markup", "named", "node", "written"]
    until(engine, f"JSON.stringify((window.ran || []).sort()) === JSON.stringify({names})")
    faultless(engine)


def test_the_settings_are_used_by_keyboard_and_give_the_focus_back(world: World, engine: Engine) -> None:
    engine.open(put(world, "<button data-consent-open>Endre</button>" + world.marked("statistics", "one")))
    until(engine, "document.querySelector('#samtykke')")
    engine.value("document.querySelector('[data-consent-open]').focus()")
    press(engine, "Enter")
    until(engine, f"document.activeElement.matches('{DIALOG} h2')")
    press(engine, "Escape")
    until(engine, f"!document.querySelector('{DIALOG}')")
    assert engine.value("[document.activeElement.textContent, document.cookie]") == ["Endre", ""]
    press(engine, "Enter")
    for name in ("input[name=statistics]", "[data-samtykke-action=save]"):
        until(engine, f"document.querySelector('{DIALOG}[open]')")
        for _ in range(20):
            press(engine, "Tab")
            if engine.value(f"document.activeElement.matches('{name}')"):
                break
        press(engine, "Space")
    ran(engine, "one")
    assert engine.value("['functional', 'statistics', 'advertising'].map(samtykke.allows)") == [
        False,
        True,
        False,
    ]
    until(engine, "document.querySelector('#samtykke-status')?.textContent")
    faultless(engine)


def test_a_withdrawal_clears_what_was_stored(world: World, engine: Engine) -> None:
    engine.open(put(world))
    click(engine, ACCEPT)
    until(engine, "samtykke.allows('statistics')")
    for cookie in ("document.cookie = '_pk_id.1=a;path=/'", "document.cookie = 'basket=1;path=/'"):
        engine.value(cookie)
    engine.value("localStorage['matomo.x'] = 1")
    click(engine, "#samtykke-open")
    click(engine, f"{DIALOG} [data-samtykke-action=withdraw]")
    until(engine, "!document.cookie.includes('_pk_id') && !localStorage['matomo.x']")
    assert "basket=1" in engine.value("document.cookie")
    faultless(engine)


def test_an_older_browser_of_that_kind_gets_the_banner_too(world: World, engine: Engine) -> None:
    engine.open(put(world, world.marked("statistics", "one"), before=OLD))
    until(engine, f"document.querySelector('{REJECT}')?.getBoundingClientRect().height >= 44")
    assert engine.value("getComputedStyle(document.querySelector('#samtykke')).position") == "fixed"
    click(engine, ACCEPT)
    ran(engine, "one")
    until(engine, "!document.querySelector('#samtykke')")
    faultless(engine)
