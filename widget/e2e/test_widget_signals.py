"""The signals to the tools on a page, with the trackers' real host names and stand-ins for their scripts.

The browser finds every host at one local port (T28, and S1 … S8 of the project's list of legal requirements).
Each silence has its control: allowed, the same tag does call home.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import CODE, PIXEL, SENT, Reply, World, handler
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from server.embed.inline_modules import signals
from server.sites.document_types import SIGNAL_TYPES
from server.sites.service import default_document
from tests.core.local_servers import Authority

SHOP, CONSENT = "shop.example.no", "consent.example.no"
GTAG = "https://www.googletagmanager.com/gtag/js?id=G-TEST"
BANNER = "#samtykke"
BEHAVIOUR = default_document()["behaviour"]

TAG = """(() => {
  // Reads its queue in order, as Google's own does, and calls home with what it may do.
  const state = {}, layer = window.dataLayer ??= [];
  const bit = type => state[type] === "denied" ? 0 : 1;
  const read = entry => {
    const [command, what, value] = Array.from(entry); // an event is no list: nothing of it is read
    if (command === "consent") Object.assign(state, value);
    if (command === "consent" && what === "default") return;
    if (command === "config") read.configured = true;
    if (!read.configured) return;
    if (bit("analytics_storage")) document.cookie = "_ga=GA1.1.1.1;path=/";
    const gcs = "G1" + bit("ad_storage") + bit("analytics_storage");
    new Image().src = `https://www.google-analytics.com/g/collect?n=${read.count = -~read.count}&gcs=${gcs}`;
    if (bit("ad_storage")) new Image().src = "https://googleads.g.doubleclick.net/pagead/viewthrough";
  };
  window.google_tag_manager = {};
  layer.push = (...entries) => { Array.prototype.push.apply(layer, entries); entries.forEach(read); };
  [...layer].forEach(read);
})();"""

READ = """name => (window[name] ?? []).map(entry =>
  Object.prototype.toString.call(entry) === "[object Arguments]" ? Array.from(entry) : entry)"""


class Server(ThreadingHTTPServer):
    """Every host's connections come to one socket."""

    daemon_threads = True
    request_queue_size = 128


@dataclass
class Net:
    """Every host there is, at one port; `met` are (host, path) in the order of arrival."""

    world: World
    met: list[tuple[str, str]] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        def reply(request: BaseHTTPRequestHandler, body: bytes) -> Reply:
            host = request.headers["Host"].partition(":")[0]
            return self.answer(host, request.command, request.path, body)

        self.server = Server(("127.0.0.1", 0), handler(reply))

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def start(self, tls: ssl.SSLContext) -> None:
        """Some of these names are never asked for without TLS."""
        self.server.socket = tls.wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, host: str, method: str, path: str, body: bytes) -> Reply:
        self.met.append((host, path))
        if host == SHOP:
            return self.world.site.answer(method, path, body)
        if host == CONSENT:
            return self.world.server.answer(method, path, body)
        if path.startswith(("/gtag/js", "/gtm.js")):
            return 200, CODE, TAG.encode()
        return 200, {"Content-Type": "image/gif"}, PIXEL

    def others(self) -> set[str]:
        """Hosts beside the shop's that pages asked and that answered; the browser has errands of its own."""
        return {host for host, _ in self.met if host in self.asked} - {SHOP, CONSENT}

    def hits(self) -> list[str]:
        """What the measurements say about consent."""
        return [path.partition("gcs=")[2] for host, path in self.met if "/g/collect" in path]

    def put(self, head: str, body: str = "", *, path: str = "/") -> str:
        script = f'<script src="https://{CONSENT}/w/demo.js"></script>'
        self.world.put(body, path=path, head=head.replace("SAMTYKKE", script))
        return f"https://{SHOP}{path}"


@pytest.fixture(scope="module")
def wide(
    tmp_path_factory: pytest.TempPathFactory, launch: Callable[..., Browser]
) -> Iterator[tuple[Net, Browser]]:
    """All hosts at one port, and a browser that knows no others."""
    net = Net(World())
    net.start(Authority().server(tmp_path_factory.mktemp("tls"), SHOP))
    browser = launch(f"--host-resolver-rules=MAP * 127.0.0.1:{net.port}", "--ignore-certificate-errors")
    yield net, browser
    browser.close()
    net.server.shutdown()
    net.server.server_close()
    net.world.close()


@pytest.fixture
def net(wide: tuple[Net, Browser]) -> Net:
    """The hosts, as nobody had met them yet, and a site that has Google in basic mode."""
    net = wide[0]
    net.world.close()
    net.world = World()
    net.world.config.update(
        origin=f"https://{CONSENT}", signals=signals({**BEHAVIOUR, "consent_mode": "basic"})
    )
    net.world.fragments = ["signals.js"]
    net.met.clear()
    net.asked.clear()
    return net


@pytest.fixture
def context(wide: tuple[Net, Browser], net: Net) -> Iterator[BrowserContext]:
    context = wide[1].new_context(locale="nb-NO")
    context.on("request", lambda request: net.asked.add(urlsplit(request.url).hostname or ""))
    yield context
    context.close()


SNIPPET = """<script>
  window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments); }
  gtag("js", "now"); gtag("config", "G-TEST");
</script>"""
BASIC = "SAMTYKKE" + SNIPPET + f'<script type="text/plain" data-consent="statistics" src="{GTAG}"></script>'
ADVANCED = "SAMTYKKE" + SNIPPET + f'<script src="{GTAG}"></script>'


def act(page: Page, action: str) -> None:
    page.click(f"{BANNER} [data-samtykke-action={action}]")


def settled(page: Page) -> None:
    page.wait_for_load_state("networkidle")


def until(page: Page, happened: Callable[[], bool]) -> None:
    """Lets the page live on, some 300 frames at most."""
    for _ in range(300):
        if happened():
            return
        page.evaluate("new Promise(requestAnimationFrame)")
    raise AssertionError("it did not happen")


def state(*granted: str) -> dict[str, str]:
    types: dict[str, str] = {kind: "granted" if kind in granted else "denied" for kind in SIGNAL_TYPES}
    return {**types, "security_storage": "granted"}


def consents(page: Page) -> list[list[Any]]:
    """Google's commands about consent, in order."""
    return [
        entry
        for entry in page.evaluate(READ, "dataLayer")
        if isinstance(entry, list) and entry[0] == "consent"
    ]


def decided(page: Page, count: int = 1) -> None:
    """As many updates have come; one too many would be seen by the test."""
    page.wait_for_function(
        "count => dataLayer.filter(entry => entry[1] === 'update').length >= count", arg=count
    )


# --- T28: order, values, silence -------------------------------------------------------------------------


def test_t28_the_default_comes_before_anything_else_and_denies_everything(net: Net, page: Page) -> None:
    page.goto(net.put(BASIC))
    page.wait_for_selector(BANNER)
    assert page.evaluate(READ, "dataLayer") == [
        ["consent", "default", {**state(), "wait_for_update": 500}],
        ["set", "ads_data_redaction", True],
        ["js", "now"],
        ["config", "G-TEST"],
    ]


@pytest.mark.parametrize(
    ("decide", "granted"),
    [
        ("samtykke.acceptAll()", SIGNAL_TYPES),
        ("samtykke.rejectAll()", ()),
        ("samtykke.save({statistics: true})", ("analytics_storage",)),
        (
            "samtykke.save({functional: true, advertising: true})",
            tuple(kind for kind in SIGNAL_TYPES if kind != "analytics_storage"),
        ),
    ],
)
def test_t28_a_choice_is_one_update_and_the_next_page_starts_with_it(
    net: Net, page: Page, decide: str, granted: tuple[str, ...]
) -> None:
    address = net.put(BASIC)
    page.goto(address)
    page.evaluate(decide)
    decided(page)
    settled(page)
    assert consents(page)[1:] == [["consent", "update", state(*granted)]]

    page.goto(address)
    settled(page)
    assert page.evaluate(READ, "dataLayer")[:4] == [
        ["consent", "default", {**state(), "wait_for_update": 500}],
        ["set", "ads_data_redaction", True],
        ["consent", "update", state(*granted)],
        ["js", "now"],
    ]
    assert len(consents(page)) == 2


def test_t28_a_withdrawal_is_signalled_too(net: Net, page: Page) -> None:
    page.goto(net.put(BASIC))
    act(page, "accept-all")
    decided(page)
    page.evaluate("samtykke.withdraw()")
    decided(page, 2)
    assert [update for _, _, update in consents(page)[1:]] == [state(*SIGNAL_TYPES), state()]


def test_t28_basic_mode_is_silent_until_a_grant(net: Net, page: Page, context: BrowserContext) -> None:
    pixel = 'data-consent="advertising" data-consent-src="https://www.googleadservices.com/pixel.gif"'
    address = net.put(BASIC, f'<img {pixel} alt="">')
    for visit in ("fresh", "refused"):
        page.goto(address)
        if visit == "fresh":
            page.wait_for_selector(BANNER)
            settled(page)
            assert net.others() == set()
            act(page, "reject-all")
            decided(page)
        settled(page)
        assert net.others() == set()
    assert [cookie["name"] for cookie in context.cookies()] == ["samtykke"]
    # The control: the same page, allowed.
    page.evaluate("samtykke.acceptAll()")
    contacted = {
        "www.googletagmanager.com",
        "www.google-analytics.com",
        "googleads.g.doubleclick.net",
        "www.googleadservices.com",
    }
    until(page, lambda: net.others() == contacted)
    # The tag that comes after the choice knows it before it sends anything.
    assert net.hits() == ["G111"]


def test_advanced_mode_sends_what_is_allowed_and_no_more(
    net: Net, page: Page, context: BrowserContext
) -> None:
    page.goto(net.put(ADVANCED))
    page.wait_for_selector(BANNER)
    until(page, lambda: net.hits() == ["G100"])
    assert context.cookies() == []
    page.evaluate("samtykke.save({statistics: true})")
    until(page, lambda: net.hits() == ["G100", "G101"])
    page.evaluate("samtykke.withdraw()")
    until(page, lambda: net.hits() == ["G100", "G101", "G100"])
    assert "googleads.g.doubleclick.net" not in net.others()


# --- other orders in the head ----------------------------------------------------------------------------


def warnings(page: Page) -> list[str]:
    received: list[str] = []

    def record(message: ConsoleMessage) -> None:
        if message.type == "warning":
            received.append(message.text)

    page.on("console", record)
    return received


def test_what_a_tag_manager_s_snippet_before_us_has_queued_is_read_after_the_default(
    net: Net, page: Page
) -> None:
    received = warnings(page)
    before = "<script>(window.dataLayer = window.dataLayer || []).push({ event: 'gtm.js' })</script>"
    # The snippet fetches it asynchronously: here it comes once we have.
    after = '<script src="https://www.googletagmanager.com/gtm.js?id=GTM-TEST"></script>'
    page.goto(net.put(before + "SAMTYKKE" + after))
    page.wait_for_selector(BANNER)
    entries = page.evaluate(READ, "dataLayer")
    assert [entry[1] for entry in entries[:2]] == ["default", "ads_data_redaction"]
    assert entries[2] == {"event": "gtm.js"}
    assert received == []
    act(page, "accept-all")
    decided(page)
    assert page.evaluate(READ, "dataLayer")[-1] == ["consent", "update", state(*SIGNAL_TYPES)]


def test_a_tag_that_ran_before_us_gets_the_signal_and_the_console_says_so(net: Net, page: Page) -> None:
    received = warnings(page)
    page.goto(net.put(SNIPPET + f'<script src="{GTAG}"></script>SAMTYKKE'))
    page.wait_for_selector(BANNER)
    assert any("ran before this script" in text for text in received)
    act(page, "accept-all")
    decided(page)
    assert [what for _, what, _ in consents(page)] == ["default", "update"]


def test_a_queue_of_another_name_is_found_by_the_page_s_own_gtag(net: Net, page: Page) -> None:
    received = warnings(page)
    own = "<script>var mine = []; function gtag() { mine.push(arguments); }</script>"
    page.goto(net.put(own + "SAMTYKKE<script>gtag('js', 'now')</script>"))
    page.wait_for_selector(BANNER)
    act(page, "accept-all")
    page.wait_for_function("mine.length === 4")
    assert [entry[:2] for entry in page.evaluate(READ, "mine")] == [
        ["consent", "default"],
        ["set", "ads_data_redaction"],
        ["js", "now"],
        ["consent", "update"],
    ]
    assert page.evaluate("typeof dataLayer") == "undefined"
    assert received == []


def test_our_script_alone_defines_no_gtag_and_signals_once_though_it_comes_late_and_twice(
    net: Net, page: Page
) -> None:
    late = f'<script async src="https://{CONSENT}/w/demo.js"></script>'
    page.goto(net.put(late + late))
    settled(page)
    page.wait_for_selector(BANNER)
    assert page.evaluate("[typeof gtag, typeof google_tag_manager]") == ["undefined", "undefined"]
    assert [what for _, what, _ in consents(page)] == ["default"]


def test_a_choice_in_another_tab_is_signalled_here(net: Net, page: Page, context: BrowserContext) -> None:
    address = net.put(BASIC)
    page.goto(address)
    page.wait_for_selector(BANNER)
    other = context.new_page()
    other.goto(address)
    act(other, "accept-all")
    decided(page)
    assert consents(page)[1:] == [["consent", "update", state(*SIGNAL_TYPES)]]


# --- the other tools -------------------------------------------------------------------------------------


def test_each_other_tool_gets_its_own_commands(net: Net, page: Page) -> None:
    net.world.config["signals"] = signals(
        {**BEHAVIOUR, "tools": {"uet": True, "clarity": True, "matomo": True, "data_layer": True}}
    )
    page.goto(net.put("SAMTYKKE<script>_paq.push(['trackPageView'])</script>"))
    page.wait_for_selector(BANNER)
    clarity = "[...clarity.q].map(command => [...command])"
    assert page.evaluate("uetq") == ["consent", "default", {"ad_storage": "denied"}]
    assert page.evaluate(clarity) == [["consentv2", {"ad_Storage": "denied", "analytics_Storage": "denied"}]]
    assert page.evaluate("_paq") == [["requireConsent"], ["trackPageView"]]
    assert page.evaluate("window.dataLayer") is None

    page.evaluate("samtykke.save({statistics: true})")
    page.wait_for_function("window.dataLayer")
    assert page.evaluate("uetq")[3:] == ["consent", "update", {"ad_storage": "denied"}]
    assert page.evaluate(clarity)[1:] == [
        ["consentv2", {"ad_Storage": "denied", "analytics_Storage": "granted"}]
    ]
    assert page.evaluate("_paq")[2:] == [["setConsentGiven"]]
    allowed = {"functional": False, "statistics": True, "advertising": False}
    assert page.evaluate("dataLayer") == [{"event": "samtykke_consent", "samtykke": allowed}]


def test_a_site_without_signals_gives_the_page_one_global(net: Net, page: Page) -> None:
    del net.world.config["signals"]
    net.world.fragments = []
    page.goto(net.put("<script>before = Object.keys(window)</script>SAMTYKKE"))
    act(page, "accept-all")
    page.wait_for_function("samtykke.consent.decided")
    assert page.evaluate(
        "Object.keys(window).filter(name => name !== 'before' && !before.includes(name))"
    ) == ["samtykke"]


# --- T27: a signal objects and never consents --------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "getter", "objects"),
    # Chromium itself sends no other value of the header than 1.
    [("1", "true", True), (None, "true", True), ("1", "undefined", False), (None, "false", False)],
)
def test_t27_only_the_getter_objects_and_the_header_changes_no_byte(
    net: Net, page: Page, context: BrowserContext, header: str | None, getter: str, objects: bool
) -> None:
    if header:
        context.set_extra_http_headers({"Sec-GPC": header})
    page.add_init_script(f"Object.defineProperty(navigator, 'globalPrivacyControl', {{get: () => {getter}}})")
    page.goto(net.put(BASIC))
    page.wait_for_selector(BANNER)
    settled(page)
    assert page.evaluate("[samtykke.consent.source, samtykke.consent.decided]") == [
        "signal" if objects else None,
        False,
    ]
    # An objection is no choice: Google gets the default and nothing else.
    assert [what for _, what, _ in consents(page)] == ["default"]
    assert net.others() == set()
    # The control: what the visitor says later counts, and is recorded beside the signal.
    act(page, "accept-all")
    page.wait_for_function("document.cookie.includes('_ga=')")
    assert consents(page)[-1] == ["consent", "update", state(*SIGNAL_TYPES)]
    page.wait_for_function(SENT)
    assert net.world.decisions[0]["signals"] == {"gpc": objects, "dnt": False}


@pytest.mark.parametrize(("value", "objects"), [("'1'", True), ("'0'", False), ("'unspecified'", False)])
def test_t27_only_a_one_says_do_not_track(net: Net, page: Page, value: str, objects: bool) -> None:
    page.add_init_script(f"Object.defineProperty(navigator, 'doNotTrack', {{get: () => {value}}})")
    page.goto(net.put(BASIC))
    page.wait_for_selector(BANNER)
    assert page.evaluate("samtykke.consent.source") == ("signal" if objects else None)
