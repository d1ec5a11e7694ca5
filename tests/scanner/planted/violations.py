"""The violations that are planted, one a technique: how a page does it at once, and how its clean twin does.

Third parties have their real names; the scan reaches none of them, since every name leads to the test's own
server. What each must be found as is beside it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from server.scanner.findings.finding import Kind

SHOP, CONSENT = "www.shop.example", "consent.example"
HOME, SECOND, NYNORSK, BARE, LATE_TAG, OTHER_TOOL = "/", "/kontakt", "/nn/", "/uten", "/sent", "/annet"

STATISTICS, ADVERTISING, FUNCTIONAL = "statistics", "advertising", "functional"


@dataclass(frozen=True)
class Violation:
    """Something that a page does and must not."""

    name: str
    page: str
    planted: str
    """In the page's body."""
    clean: str
    """In that of the twin."""
    kind: Kind
    subject: str
    """A host, or the name of what is stored."""
    head: bool = False
    """Whether it stands before the script of the banner."""


def _at_once(script: str) -> str:
    return f"<script>{script}</script>"


def _when_allowed(script: str, category: str, *, allowed: str = "samtykke.allows") -> str:
    """A script that waits until a category is allowed, and then runs once."""
    return (
        f"<script>(() => {{ let done = false; const go = () => {{ if (!done && window.samtykke && "
        f"{allowed}('{category}')) {{ done = true; {script} }} }}; "
        "document.addEventListener('samtykke:ready', go); document.addEventListener('samtykke:change', go); "
        "go(); })()</script>"
    )


def _script(name: str, host: str, category: str, script: str, page: str = HOME) -> Violation:
    """A request by a script."""
    return Violation(name, page, _at_once(script), _when_allowed(script, category), "before-consent", host)


def _stored(name: str, key: str, category: str, script: str, page: str = SECOND) -> Violation:
    """Something that a script stores."""
    return Violation(name, page, _at_once(script), _when_allowed(script, category), "before-consent", key)


def _element(name: str, host: str, category: str, planted: str, clean: str, page: str = HOME) -> Violation:
    """A request by an element that can be marked."""
    marked = clean.replace("MARK", f'data-consent="{category}"')
    return Violation(name, page, planted, marked, "before-consent", host)


def _markup(name: str, host: str, category: str, markup: str, page: str = HOME) -> Violation:
    """A request by markup that cannot be marked: the twin adds it by a script."""
    added = f"document.body.append(document.createRange().createContextualFragment({json.dumps(markup)}));"
    return Violation(
        name, page, markup, _when_allowed(added.replace("</", "<\\/"), category), "before-consent", host
    )


def _shadow(host: str) -> Violation:
    inside = f"<img src='https://{host}/p.gif' alt>"
    script = (
        "const there = document.createElement('div'); document.body.append(there);"
        f'there.attachShadow({{mode: "open"}}).innerHTML = "{inside}";'
    )
    return Violation(
        "an image in a shadow root that the HTML declares",
        HOME,
        f"<div><template shadowrootmode=open>{inside}</template></div>",
        _when_allowed(script, ADVERTISING),
        "before-consent",
        host,
    )


def _late(host: str) -> Violation:
    """A request 30 seconds after the page was loaded."""
    script = f"setTimeout(() => fetch('https://{host}/late', {{mode: 'no-cors'}}), 30000);"
    return Violation("a request 30 seconds late", HOME, _at_once(script), "", "before-consent", host)


def _when(name: str, host: str, category: str, wrap: Callable[[str], str], page: str = HOME) -> Violation:
    """A request after something that the visitor does."""
    fetched = f"fetch('https://{host}/seen', {{mode: 'no-cors', keepalive: true}});"
    # What waits for the visitor may wait until after a withdrawal.
    asking = f"if (samtykke.allows('{category}')) {fetched}"
    return Violation(
        name,
        page,
        _at_once(wrap(fetched)),
        _when_allowed(wrap(asking), category),
        "before-consent",
        host,
    )


REQUESTS = (
    _element(
        "a script in the HTML",
        "www.google-analytics.com",
        STATISTICS,
        '<script src="https://www.google-analytics.com/analytics.js"></script>',
        '<script type="text/plain" MARK src="https://www.google-analytics.com/analytics.js"></script>',
    ),
    _element(
        "an image of one pixel",
        "www.facebook.com",
        ADVERTISING,
        '<img src="https://www.facebook.com/tr/p.gif" alt="">',
        '<img MARK data-consent-src="https://www.facebook.com/tr/p.gif" alt="">',
    ),
    _script(
        "fetch", "api2.amplitude.com", STATISTICS, "fetch('https://api2.amplitude.com/e', {mode: 'no-cors'});"
    ),
    _script(
        "XMLHttpRequest",
        "api-eu.mixpanel.com",
        STATISTICS,
        "const x = new XMLHttpRequest(); x.open('GET', 'https://api-eu.mixpanel.com/track'); x.send();",
    ),
    _script(
        "sendBeacon", "bat.bing.com", ADVERTISING, "navigator.sendBeacon('https://bat.bing.com/b', 'x');"
    ),
    _script("EventSource", "in.hotjar.com", STATISTICS, "new EventSource('https://in.hotjar.com/events');"),
    _script("WebSocket", "ws.hotjar.io", STATISTICS, "new WebSocket('wss://ws.hotjar.io/socket');"),
    _script(
        "import()", "cdn.segment.com", STATISTICS, "import('https://cdn.segment.com/a.js').catch(() => 0);"
    ),
    _script(
        "a module of the site's own that imports",
        "cdn.heapanalytics.com",
        STATISTICS,
        "const m = document.createElement('script'); m.type = 'module'; m.src = '/module.js';"
        "document.body.append(m);",
    ),
    _script("a worker of the site's own", "rs.fullstory.com", STATISTICS, "new Worker('/worker.js');"),
    _script(
        "a service worker of the site's own",
        "r.lr-in.com",
        STATISTICS,
        "navigator.serviceWorker.register('/service-worker.js');",
    ),
    _script(
        "FontFace",
        "fonts.gstatic.com",
        FUNCTIONAL,
        "new FontFace('Inter', 'url(https://fonts.gstatic.com/inter.woff2)').load().catch(() => 0);",
    ),
    _markup(
        "@import in a style",
        "fonts.googleapis.com",
        FUNCTIONAL,
        "<style>@import url(https://fonts.googleapis.com/css.css);</style>",
    ),
    _markup(
        "a style attribute with url()",
        "px.ads.linkedin.com",
        ADVERTISING,
        '<div style="background: url(https://px.ads.linkedin.com/p.gif); height: 2px"></div>',
    ),
    _markup(
        "a frame with srcdoc",
        "ct.pinterest.com",
        ADVERTISING,
        "<iframe title=f srcdoc=\"<img src='https://ct.pinterest.com/p.gif' alt>\"></iframe>",
    ),
    _markup(
        "a frame in a frame", "www.youtube.com", ADVERTISING, '<iframe title=f src="/frame.html"></iframe>'
    ),
    _shadow("tr.snapchat.com"),
    _markup(
        "image of an SVG",
        "analytics.tiktok.com",
        ADVERTISING,
        '<svg width=2 height=2><image href="https://analytics.tiktok.com/p.gif" width=2 height=2 /></svg>',
    ),
    _markup(
        "imagesrcset of a link",
        "static.criteo.net",
        ADVERTISING,
        '<link rel=preload as=image imagesrcset="https://static.criteo.net/p.gif 1x">',
    ),
    _markup(
        "preconnect",
        "cdn.mouseflow.com",
        STATISTICS,
        '<link rel=preconnect href="https://cdn.mouseflow.com">',
    ),
    _markup(
        "prefetch", "bam.nr-data.net", STATISTICS, '<link rel=prefetch href="https://bam.nr-data.net/n.js">'
    ),
    _markup(
        "the poster of a video",
        "player.vimeo.com",
        FUNCTIONAL,
        '<video poster="https://player.vimeo.com/p.gif" width=2 height=2></video>',
    ),
    _markup(
        "an embed",
        "maps.googleapis.com",
        FUNCTIONAL,
        '<embed src="https://maps.googleapis.com/map.html" width=2 height=2>',
    ),
    _script(
        "a script that a script adds with an Attr",
        "s.adroll.com",
        ADVERTISING,
        "const s = document.createElement('script'), a = document.createAttribute('src');"
        "a.value = 'https://s.adroll.com/a.js'; s.attributes.setNamedItem(a); document.body.append(s);",
    ),
    _script(
        "a form that is sent into a frame",
        "track.adform.net",
        ADVERTISING,
        "const f = document.createElement('iframe'); f.name = 'into'; f.title = 'f';"
        "const o = document.createElement('form'); o.target = 'into';"
        "o.action = 'https://track.adform.net/f.html'; document.body.append(f, o); o.submit();",
    ),
    _when(
        "a beacon when the page is left",
        "trc.taboola.com",
        ADVERTISING,
        lambda do: f"addEventListener('pagehide', () => {{ {do} }});",
    ),
    _when(
        "a request after scrolling only",
        "pixel.quantserve.com",
        ADVERTISING,
        lambda do: f"addEventListener('scroll', () => {{ {do} }}, {{once: true}});",
    ),
    _late("widgets.outbrain.com"),
    _script(
        "a request on the second page only",
        "swrap.tradedoubler.com",
        ADVERTISING,
        "new Image().src = 'https://swrap.tradedoubler.com/p.gif';",
        SECOND,
    ),
    _script(
        "a request in Nynorsk only",
        "alb.reddit.com",
        ADVERTISING,
        "new Image().src = 'https://alb.reddit.com/p.gif';",
        NYNORSK,
    ),
)
"""Requests before an answer."""

_YEAR = "31536000"

STORAGE = (
    _stored(
        "a cookie by a script", "_ga", STATISTICS, f"document.cookie = '_ga=1; max-age={_YEAR}; path=/';"
    ),
    _stored(
        "a cookie by cookieStore",
        "_hjSession_1",
        STATISTICS,
        "cookieStore.set({name: '_hjSession_1', value: '1', expires: Date.now() + 1000000});",
    ),
    Violation(
        "a cookie that scripts cannot read",
        SECOND,
        '<img src="/set?name=ajs_anonymous_id" alt="">',
        "",
        "before-consent",
        "ajs_anonymous_id",
    ),
    Violation(
        "a partitioned cookie in a frame",
        SECOND,
        '<iframe title="f" src="https://tags.creativecdn.com/partitioned.html"></iframe>',
        "",
        "before-consent",
        "u_partitioned",
    ),
    _stored("local storage", "mp_1_mixpanel", STATISTICS, "localStorage.setItem('mp_1_mixpanel', 'x');"),
    _stored("session storage", "hjViewportId", STATISTICS, "sessionStorage.setItem('hjViewportId', 'x');"),
    _stored("IndexedDB", "heap-events", STATISTICS, "indexedDB.open('heap-events');"),
    _stored(
        "Cache Storage",
        "segment-queue",
        STATISTICS,
        "caches.open('segment-queue').then((cache) => cache.put('/queued', new Response('x')));",
    ),
    Violation(
        "local storage of a frame of a third party",
        SECOND,
        '<iframe title="f" src="https://static.ads-twitter.com/storing.html"></iframe>',
        '<iframe title="f" data-consent="advertising" '
        'data-consent-src="https://static.ads-twitter.com/storing.html"></iframe>',
        "before-consent",
        "twitter_frame_id",
    ),
)
"""What is stored before an answer."""

_REFUSED = "((category) => samtykke.consent.decided && !samtykke.allows(category))"

ANSWERS = (
    Violation(
        "a request after refusing",
        SECOND,
        _when_allowed(
            "fetch('https://ping.chartbeat.net/refused', {mode: 'no-cors'});", STATISTICS, allowed=_REFUSED
        ),
        _when_allowed("fetch('https://ping.chartbeat.net/allowed', {mode: 'no-cors'});", STATISTICS),
        "after-refusal",
        "ping.chartbeat.net",
    ),
    Violation(
        "a cookie after refusing",
        SECOND,
        _when_allowed("document.cookie = '_chartbeat2=1; path=/';", STATISTICS, allowed=_REFUSED),
        "",
        "after-refusal",
        "_chartbeat2",
    ),
    Violation(
        "a cookie that comes again after the withdrawal",
        HOME,
        _when_allowed("setInterval(() => { document.cookie = 'SL_1_SID=1; path=/'; }, 200);", STATISTICS),
        "",
        "after-withdrawal",
        "SL_1_SID",
    ),
    Violation(
        "advertising where statistics alone are allowed",
        NYNORSK,
        _when_allowed("new Image().src = 'https://tags.creativecdn.com/p.gif';", STATISTICS),
        _when_allowed("new Image().src = 'https://tags.creativecdn.com/p.gif';", ADVERTISING),
        "outside-choice",
        "tags.creativecdn.com",
    ),
)
"""What answers do not change, and must."""

DECLARATION = (
    Violation(
        "a host that is not declared",
        SECOND,
        _when_allowed("new Image().src = 'https://c.clarity.ms/p.gif';", STATISTICS),
        "",
        "undeclared",
        "c.clarity.ms",
    ),
    Violation(
        "a cookie that is not declared",
        SECOND,
        _when_allowed("document.cookie = '_clck=1; path=/';", STATISTICS),
        "",
        "undeclared",
        "_clck",
    ),
    Violation(
        "a cookie that stays longer than declared",
        SECOND,
        _when_allowed("document.cookie = '_ceir=1; max-age=30000000; path=/';", STATISTICS),
        _when_allowed("document.cookie = '_ceir=1; max-age=2592000; path=/';", STATISTICS),
        "lifetime",
        "_ceir",
    ),
    Violation(
        "an image without encryption",
        SECOND,
        f'<img src="http://{SHOP}/p.gif" alt="">',
        '<img src="/p.gif" alt="">',
        "mixed-content",
        SHOP,
    ),
    Violation(
        "a tag before the script of the banner",
        LATE_TAG,
        '<script src="https://cdn.inspectlet.com/i.js"></script>',
        "",
        "tag-late",
        LATE_TAG,
        head=True,
    ),
    Violation("a page without the script of the banner", BARE, "", "", "tag-missing", BARE),
    Violation(
        "another consent tool",
        OTHER_TOOL,
        '<script src="https://consent.cookiebot.com/uc.js"></script>',
        "",
        "other-consent-tool",
        "cookiebot",
    ),
)
"""What the website says of itself, and its own tag."""

ALL = (*REQUESTS, *STORAGE, *ANSWERS, *DECLARATION)
