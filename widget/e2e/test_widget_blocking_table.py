"""Each row of the table in docs/automatic-blocking.md, tried in a browser: what is stopped, and what is not.

The rows are read from the document. A row without a case here fails, and so does a case whose outcome differs
from what the document says.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import CODE, PIXEL, Origin, Reply, World
from playwright.sync_api import Page

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "automatic-blocking.md"
STOPPED, UNUSED, FREE = OUTCOMES = ("stopped", "may be fetched, is not used", "not stopped")
PATIENCE = 30
"""Seconds after which a request that has to come counts as missing."""


def rows() -> dict[str, str]:
    """What the document says: each way with its outcome."""
    cells = re.findall(r"^\| (.+?) +\| \*\*(.+?)\*\* +\|$", DOCUMENT.read_text(encoding="utf-8"), re.M)
    assert len(dict(cells)) == len(cells), "a row appears twice"
    return dict(cells)


@dataclass(frozen=True)
class Way:
    """One way for something of a third party to come to a page; `ADS` stands for that party's origin."""

    js: str = ""
    """Body of a function that the page runs when it has loaded."""
    html: str = ""
    head: str = ""
    """In front of the banner's script."""
    path: str = "/x.js"
    """What is asked of the third party."""
    used: str = "window.ran"
    """Whether what was fetched has had an effect."""
    later: bool = True
    """Whether it comes when the visitor has accepted."""
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The site's own further files: type and text by path."""


def add(tag: str, change: str, *, into: str = "document.body") -> str:
    """An element that a script makes, changes as `e` and puts on the page."""
    return f'const e = document.createElement("{tag}"); {change}; {into}.append(e);'


NOTHING = "false"
"""Where nothing on the page shows it."""
IMAGE = "document.querySelector('img')?.naturalWidth"
STYLED = "[...document.styleSheets].some((each) => each.href?.endsWith('/x.css'))"
SCRIPT = '<script src="ADS/x.js"></script>'
# A script of a template that was set as `innerHTML` would not run.
TEMPLATE = (
    "<template>" + SCRIPT + "</template>"
    "<script>const made = () => document.querySelector('template').content.cloneNode(true);</script>"
)
SVG = "http://www.w3.org/2000/svg"
SVG_SCRIPT = (
    f'const s = document.createElementNS("{SVG}", "svg"),e = document.createElementNS("{SVG}", "script");'
)
JAVASCRIPT = CODE["Content-Type"]

WAYS: dict[str, Way] = {
    "the `src` of a `script` that a script makes": Way(add("script", 'e.src = "ADS/x.js"')),
    "`setAttribute`": Way(add("script", 'e.setAttribute("SRC", "ADS/x.js")')),
    "`setAttributeNS`": Way(add("script", 'e.setAttributeNS(null, "src", "ADS/x.js")')),
    "`setAttributeNode`, `setAttributeNodeNS`": Way(
        add(
            "script",
            'const a = document.createAttribute("src"); a.value = "ADS/x.js"; e.setAttributeNode(a);'
            'const i = document.createElement("iframe"), b = document.createAttributeNS(null, "src");'
            'b.value = "ADS/frame"; i.setAttributeNodeNS(b); document.body.append(i)',
        )
    ),
    "an address that a `script` gets as an `Attr` before it is put on the page": Way(
        add("script", 'e.src = "own.js"; e.getAttributeNode("src").value = "ADS/x.js"')
    ),
    "a `script` of an SVG": Way(
        SVG_SCRIPT
        + 'e.setAttributeNS("http://www.w3.org/1999/xlink", "xlink:href", "ADS/x.js"); s.append(e);'
        "document.body.append(s);"
    ),
    "`href.baseVal` of a `script` of an SVG": Way(
        SVG_SCRIPT + 'e.href.baseVal = "ADS/x.js"; s.append(e); document.body.append(s);'
    ),
    "scripts of a cloned `template`": Way("document.body.append(made());", html=TEMPLATE),
    "images of a cloned `template` (Safari begins at once)": Way(
        "const t = document.createElement('template'); t.innerHTML = `<img src='ADS/x.gif'>`;"
        "document.body.append(document.importNode(t.content, true));",
        path="/x.gif",
        used=IMAGE,
    ),
    "scripts of `createContextualFragment`": Way(
        "document.body.append(document.createRange().createContextualFragment(`" + SCRIPT + "`));"
    ),
    "a `script` written with `document.write` while the page loads": Way(
        html="<script>document.write(`<script src='ADS/x.js'><\\/script>`)</script>"
    ),
    "a `script` that several calls of `document.write` put together": Way(
        html="<script>document.write('<scr' + 'ipt '); document.write('src=\"ADS/x.js\">');"
        "document.writeln('<' + '/script>')</script>"
    ),
    "a `script` written with `document.write` after the page has loaded": Way(
        "document.write(`<body><script src='ADS/x.js'><\\/script>`); document.close();",
        later=False,
    ),
    "such a clone put in with `before`, `replaceWith`, `Range.insertNode` or their like": Way(
        "const p = document.createElement('p'), q = document.createElement('p'), r = document.createRange();"
        "document.body.append(p, q); p.before(made()); q.replaceWith(made()); p.after(made());"
        "document.body.insertBefore(made(), p); document.body.replaceChild(made(), p);"
        "document.body.insertAdjacentElement('beforeend', made().firstChild); document.body.prepend(made());"
        "r.selectNodeContents(document.body); r.insertNode(made()); document.head.appendChild(made());"
        "const g = document.createElement('p'); document.body.append(g); g.replaceChildren(made());",
        html=TEMPLATE,
        used="window.ran?.length >= 10",
    ),
    "a `script` in a shadow root that a script attaches, open or closed": Way(
        'for (const mode of ["open", "closed"]) { const host = document.createElement("div");'
        "document.body.append(host); const root = host.attachShadow({ mode });"
        'const e = document.createElement("script"); e.src = "ADS/x.js"; root.append(e); }',
    ),
    "images in the `innerHTML` of such a shadow root (Safari)": Way(
        "const host = document.createElement('div'); document.body.append(host);"
        "host.attachShadow({ mode: 'open' }).innerHTML = `<img src='ADS/x.gif'>`; window.host = host;",
        path="/x.gif",
        used="host.shadowRoot.querySelector('img').naturalWidth",
    ),
    "an `iframe`": Way(add("iframe", 'e.src = "ADS/frame"'), path="/frame"),
    "an `img`": Way(add("img", 'e.src = "ADS/x.gif"'), path="/x.gif", used=IMAGE),
    "an `img` that is never put on the page, as tracking pixels do": Way(
        'window.pixel = new Image(); pixel.src = "ADS/x.gif";',
        path="/x.gif",
        used="pixel.naturalWidth",
        later=False,
    ),
    "`srcset` of an `img`": Way(
        add("img", 'e.srcset = "own.gif 9x, ADS/x.gif 1x"'), path="/x.gif", used=IMAGE
    ),
    "`source` of a `picture`": Way(
        'const p = document.createElement("picture"), s = document.createElement("source"), i = new Image();'
        's.srcset = "ADS/x.gif"; p.append(s, i); document.body.append(p);',
        path="/x.gif",
        used=IMAGE,
    ),
    "a `link` to a style sheet": Way(
        add("link", 'e.rel = "stylesheet"; e.href = "ADS/x.css"', into="document.head"),
        path="/x.css",
        used=STYLED,
    ),
    "a `link` that preloads or prefetches": Way(
        add("link", 'e.rel = "preload"; e.as = "script"; e.href = "ADS/x.js"', into="document.head"),
        used=NOTHING,
    ),
    "a `video` or an `audio`": Way(add("video", 'e.src = "ADS/x.mp4"'), path="/x.mp4", used=NOTHING),
    "`poster` of a `video`": Way(add("video", 'e.poster = "ADS/x.gif"'), path="/x.gif", used=NOTHING),
    "`source` of a `video` or an `audio`": Way(
        'const v = document.createElement("video"), s = document.createElement("source");'
        's.src = "ADS/x.mp4"; v.append(s); document.body.append(v);',
        path="/x.mp4",
        used=NOTHING,
    ),
    "a `track` of a `video`": Way(
        'const v = document.createElement("video"), t = document.createElement("track");'
        't.kind = "subtitles"; t.default = true; t.src = "ADS/x.vtt"; v.crossOrigin = ""; v.append(t);'
        'document.body.append(v); t.track.mode = "showing"; v.src = "/own.mp4";',
        path="/x.vtt",
        used=NOTHING,
    ),
    "`new Audio(address)`": Way('new Audio("ADS/x.mp3");', path="/x.mp3", used=NOTHING, later=False),
    "an `embed`": Way(add("embed", 'e.src = "ADS/frame"'), path="/frame"),
    "an `object`": Way(add("object", 'e.data = "ADS/frame"'), path="/frame"),
    "an `input` of type `image`": Way(
        add("input", 'e.type = "image"; e.src = "ADS/x.gif"'), path="/x.gif", used=NOTHING
    ),
    "images in `innerHTML`, `outerHTML` or `insertAdjacentHTML` (Safari)": Way(
        "const p = document.createElement('p'), q = document.createElement('p'); document.body.append(p, q);"
        "p.innerHTML = `<img src='ADS/x.gif'>`; q.outerHTML = `<b><img src='ADS/x.gif'></b>`;"
        "document.body.insertAdjacentHTML('beforeend', "
        "`<picture><source srcset='ADS/x.gif'><img></picture>`);",
        path="/x.gif",
        used="[...document.images].some((each) => each.naturalWidth)",
    ),
    "frames in `innerHTML` and its like": Way(
        "document.body.insertAdjacentHTML('beforeend', `<iframe src='ADS/frame'></iframe>`);", path="/frame"
    ),
    "style sheets in `innerHTML` and its like": Way(
        "document.head.insertAdjacentHTML('beforeend', `<link rel='stylesheet' href='ADS/x.css'>`);",
        path="/x.css",
        used=STYLED,
    ),
    "a `script` written with `document.write` behind one that is still loading": Way(
        html="<script>document.write(`<script src='/own.js'><\\/script>"
        "<script src='ADS/x.js'><\\/script>`)</script>",
        files={"/own.js": (JAVASCRIPT, "")},
    ),
    "a `script` in the HTML": Way(html=SCRIPT),
    "a module `script` in the HTML": Way(html='<script type="module" src="ADS/x.js"></script>'),
    "a `script` with a relative address under a `base` of the third party": Way(
        html='<base href="ADS/"><script src="x.js"></script>'
    ),
    "a `script` of an SVG in the HTML": Way(html='<svg><script href="ADS/x.js"></script></svg>'),
    "an `iframe` in the HTML": Way(html='<iframe src="ADS/frame"></iframe>', path="/frame"),
    "an `img` in the HTML, also by `srcset` or in a `picture`": Way(
        html='<picture><source srcset="ADS/x.gif 1x"><img srcset="ADS/x.gif"></picture>',
        path="/x.gif",
        used=IMAGE,
    ),
    "a `link` to a style sheet in the HTML": Way(
        html='<link rel="stylesheet" href="ADS/x.css">', path="/x.css", used=STYLED
    ),
    "a `video` or an `audio` in the HTML, with `poster`, `source` and `track`": Way(
        html='<video controls poster="ADS/x.gif"><source src="ADS/x.mp4"></video>',
        path="/x.mp4",
        used="document.querySelector('source')?.hasAttribute('src')",
    ),
    "an `object` or an `embed` in the HTML": Way(
        html='<object data="ADS/frame"></object><embed src="ADS/frame">', path="/frame"
    ),
    "an `input` of type `image` in the HTML": Way(
        html='<input type="image" alt="" src="ADS/x.gif">',
        path="/x.gif",
        used="document.querySelector('input')?.hasAttribute('src')",
    ),
    "anything in front of our script in the HTML": Way(head=SCRIPT),
    "the code of an inline `script`": Way(html='<script>fetch("ADS/x.js")</script>'),
    "`fetch`": Way('void fetch("ADS/x.js");'),
    "`XMLHttpRequest`": Way('const x = new XMLHttpRequest(); x.open("GET", "ADS/x.js"); x.send();'),
    "`navigator.sendBeacon`": Way('navigator.sendBeacon("ADS/beacon");', path="/beacon"),
    "`EventSource`": Way('new EventSource("ADS/events");', path="/events"),
    "`WebSocket`": Way('new WebSocket("ADS/socket".replace("http", "ws"));', path="/socket"),
    "`import()`": Way('void import("ADS/x.js");'),
    "`import` in a module of the site's own": Way(
        html='<script type="module" src="/own.js"></script>',
        files={"/own.js": (JAVASCRIPT, 'import "ADS/x.js";')},
    ),
    "a worker of the site's own that asks for more": Way(
        'new Worker("/own.js");', files={"/own.js": (JAVASCRIPT, 'importScripts("ADS/x.js");')}
    ),
    "a service worker of the site's own": Way(
        'void navigator.serviceWorker.register("/own.js");',
        files={"/own.js": (JAVASCRIPT, 'importScripts("ADS/x.js");')},
    ),
    "`FontFace`": Way('void new FontFace("x", "url(ADS/x.woff2)").load().catch(() => {});', path="/x.woff2"),
    "images, fonts and `@import` of the site's own styles": Way(
        add("style", 'e.textContent = "@import url(ADS/x.css)"', into="document.head"), path="/x.css"
    ),
    "a `style` attribute with `url()`": Way(
        'document.body.style.backgroundImage = "url(ADS/x.gif)";', path="/x.gif"
    ),
    "a frame with `srcdoc`, or one that a script fills": Way(
        add("iframe", "e.srcdoc = `" + SCRIPT + "`"),
    ),
    "a shadow root that the HTML declares": Way(
        html="<div><template shadowrootmode='open'>" + SCRIPT + "</template></div>"
    ),
    "an address that an element on the page gets as an `Attr` or by `attributes`": Way(
        add("iframe", 'e.src = "/own"')
        + 'setTimeout(() => { e.getAttributeNode("src").value = "ADS/frame"; });',
        path="/frame",
    ),
    "`image` of an SVG": Way(
        "document.body.insertAdjacentHTML('beforeend',"
        "`<svg width='9' height='9'><image href='ADS/x.gif' width='9' height='9'/></svg>`);",
        path="/x.gif",
    ),
    "`imagesrcset` of a `link`": Way(
        add(
            "link",
            'e.rel = "preload"; e.as = "image"; e.setAttribute("imagesrcset", "ADS/x.gif")',
            into="document.head",
        ),
        path="/x.gif",
    ),
    "speculation rules": Way(
        add(
            "script",
            'e.type = "speculationrules"; e.textContent = JSON.stringify('
            '{ prefetch: [{ urls: ["ADS/frame"], eagerness: "immediate" }] })',
            into="document.head",
        ),
        path="/frame",
    ),
    "a link that the visitor follows, and its `ping`": Way(
        "document.body.insertAdjacentHTML('beforeend', `<a href='#x' ping='ADS/ping'>.</a>`);"
        'document.querySelector("a[ping]").click();',
        path="/ping",
    ),
    "a form that is sent, into a frame too": Way(
        "document.body.insertAdjacentHTML('beforeend',"
        "`<iframe name='into'></iframe><form action='ADS/form' method='post' target='into'></form>`);"
        'document.querySelector("form").submit();',
        path="/form",
    ),
    "`window.open` and `location`, of a frame too": Way(
        add("iframe", "") + 'e.contentWindow.location.href = "ADS/frame";', path="/frame"
    ),
}


class Tracker(Origin):
    """The third party, on a host of its own; it notes what is asked and answers with what can be noticed."""

    def __init__(self) -> None:
        self.asked = threading.Condition()
        self.answers = threading.Event()
        """Unset: style sheets and frames are on their way."""
        self.answers.set()
        super().__init__(self._answer)
        self.address = self.url.replace("127.0.0.1", "www.video.localhost")

    def _answer(self, method: str, path: str, body: bytes) -> Reply:
        with self.asked:
            self.asked.notify_all()
        # A frame of another site runs in a process of its own: with an answer at once, it could begin before
        # the page's own process, on a busy machine, has its turn. The document says so.
        if path in ("/x.css", "/frame"):
            self.answers.wait(PATIENCE)
        kinds = {
            ".js": (JAVASCRIPT, b"(self.ran ||= []).push('script');"),
            ".gif": ("image/gif", PIXEL),
            ".css": ("text/css", b"body { --styled: 1 }"),
            ".vtt": ("text/vtt", b"WEBVTT\n"),
        }
        frame = (
            "text/html",
            b"<!doctype html><title>x</title><script>parent.postMessage('frame', '*')</script>",
        )
        kind, content = kinds.get(Path(path).suffix, frame)
        return 200, {"Content-Type": kind, "Access-Control-Allow-Origin": "*"}, content

    def wait_for(self, path: str) -> None:
        """Wait until something was asked for."""
        with self.asked:
            came = self.asked.wait_for(lambda: path in self.paths(), PATIENCE)
        assert came, f"{path} was never asked for, only {self.paths()}"


@pytest.fixture
def tracker() -> Iterator[Tracker]:
    tracker = Tracker()
    yield tracker
    tracker.close()


LISTEN = "<script>addEventListener('message', (e) => (window.ran ||= []).push(e.data))</script>"


class Trial:
    """One way, on pages with and without automatic blocking."""

    def __init__(self, world: World, page: Page, tracker: Tracker, way: Way) -> None:
        self.world, self.page, self.tracker, self.way = world, page, tracker, way
        self.requested: list[str] = []
        page.on("request", lambda request: self.requested.append(request.url))

    def go(self, *, blocking: bool) -> None:
        """Open a page and let it go that way."""
        world, way = self.world, self.way
        world.fragments[:] = ["blocking.js"] if blocking else []
        world.config["blocking"] = [["youtube", ["*.video.localhost"]]]
        for path, (kind, text) in way.files.items():
            world.pages[path] = (self._filled(text), {"Content-Type": kind})
        address = world.put(self._filled(way.html), head=self._filled(way.head) + world.script + LISTEN)
        self.page.goto(address, wait_until="commit")
        self.page.wait_for_selector("#samtykke", state="attached")
        if way.js:
            self.page.wait_for_load_state("load")
            self.page.evaluate(self._filled(f"() => {{ {way.js} }}"))

    def settle(self) -> None:
        """Wait until what the page has begun to ask for by now has been seen."""
        self.page.wait_for_load_state("load")
        self.page.evaluate("async (url) => { await fetch(url); }", self.tracker.address + "/end.css")
        self.tracker.wait_for("/end.css")

    def asked(self) -> list[str]:
        """What was asked of the third party, by what the browser says and by what arrived."""
        rows_found = [
            url.removeprefix(self.tracker.address) for url in self.requested if self.tracker.address in url
        ]
        return [path for path in dict.fromkeys(rows_found + self.tracker.paths()) if path != "/end.css"]

    def accept(self) -> None:
        """Accept, and wait for what was held back."""
        if not self.way.later:
            return
        self.tracker.requests.clear()
        self.page.evaluate("samtykke.acceptAll()")
        if self.way.used == NOTHING:
            self.tracker.wait_for(self.way.path)
        else:
            self.page.wait_for_function(self.way.used)

    def _filled(self, text: str) -> str:
        return text.replace("ADS", self.tracker.address)


@pytest.fixture
def trial(world: World, page: Page, tracker: Tracker, request: pytest.FixtureRequest) -> Trial:
    return Trial(world, page, tracker, WAYS[request.param])


def ways(*outcomes: str) -> pytest.MarkDecorator:
    """For each row of the document with one of these outcomes."""
    named = [way for way, outcome in rows().items() if outcome in outcomes and way in WAYS]
    return pytest.mark.parametrize("trial", named, indirect=True)


def test_the_document_names_exactly_the_ways_that_are_tried() -> None:
    rows_found = rows()
    assert sorted(rows_found) == sorted(WAYS)
    assert set(rows_found.values()) == set(OUTCOMES)


@ways(STOPPED, UNUSED)
def test_what_the_document_says_is_held_back_would_load_without_it(trial: Trial) -> None:
    trial.go(blocking=False)
    trial.tracker.wait_for(trial.way.path)
    if trial.way.used != NOTHING:
        trial.page.wait_for_function(trial.way.used)


@ways(STOPPED)
def test_what_the_document_says_is_stopped_asks_nothing_before_the_visitor_accepts(trial: Trial) -> None:
    trial.go(blocking=True)
    trial.settle()
    assert trial.asked() == []
    assert not trial.page.evaluate(trial.way.used)
    trial.accept()


@ways(UNUSED)
def test_what_the_document_says_may_be_fetched_has_no_effect_before_the_visitor_accepts(trial: Trial) -> None:
    trial.tracker.answers.clear()
    trial.go(blocking=True)
    trial.page.wait_for_selector("[data-consent-service=youtube]", state="attached")
    trial.tracker.answers.set()
    trial.settle()
    assert not trial.page.evaluate(trial.way.used)
    assert [frame.url for frame in trial.page.frames if trial.tracker.address in frame.url] == []
    trial.accept()


@ways(FREE)
def test_what_the_document_says_is_not_stopped_reaches_the_third_party(trial: Trial) -> None:
    trial.go(blocking=True)
    trial.tracker.wait_for(trial.way.path)


def test_nothing_changes_for_what_belongs_to_nobody(world: World, page: Page, tracker: Tracker) -> None:
    world.fragments.append("blocking.js")
    world.config["blocking"] = [["youtube", ["*.other.localhost"]]]
    page.goto(world.put("<script>document.write('<p id=\"written\"><\\/p>', '<script><\\/script>')</script>"))
    page.wait_for_selector("#written", state="attached")
    found = page.evaluate(
        """address => {
          const audio = new Audio(address + "/x.mp3"), bare = new Audio();
          const e = document.createElement("iframe");
          const a = document.createAttribute("src"); a.value = address + "/frame";
          const before = e.setAttributeNode(a);
          const again = document.createAttribute("src"); again.value = address;
          const replaced = e.setAttributeNode(again) === a, p = document.createElement("p");
          const shadow = p.attachShadow({ mode: "closed" });
          return [audio instanceof Audio, audio.src, audio.preload, bare.hasAttribute("src"),
            before, replaced,
            document.body.appendChild(p) === p, document.body.insertBefore(e, p) === e,
            document.body.replaceChild(document.createElement("b"), p) === p, shadow instanceof ShadowRoot,
            document.body.insertAdjacentElement("beforeend", p) === p, document.body.append("text", p),
            document.querySelectorAll("[data-consent-service]").length]; }""",
        tracker.address,
    )
    assert found == [
        True,
        tracker.address + "/x.mp3",
        "auto",
        False,
        None,
        True,
        True,
        True,
        True,
        True,
        True,
        None,
        0,
    ]
    assert json.dumps(page.evaluate("window.ran ?? null")) == "null"
