"""Hand-made scans: one of a shop with a few findings, one without any, and one of a hostile page."""

from server.scanner.classify.suggestion import Suggestion, Why
from server.scanner.findings.finding import Change, Evidence, Finding
from server.scanner.observations import (
    Crawl,
    Initiator,
    Page,
    Request,
    Stored,
    Tool,
    Visit,
)
from server.scanner.reports.inventory import groups
from server.scanner.reports.report import Declaration, Report, Worded
from server.scanner.reports.summary import summary

SHOP = "https://shop.example/"
ABOUT = "https://shop.example/about"
TAG = '<script src="https://stats.example/s.js">'

AT_LINE = Initiator("parser", SHOP, 12, TAG)

HOSTILE = (
    '<script>alert("1")</script>',
    "\x1b[2J\x1b[31mred",
    "line\nbreak\r\x00",
    "\u202egnp.exe",
    '=HYPERLINK("https://evil.example")',
    "עברית",
    "{{ 7 * 7 }}{% raw %}",
    "</pre></style><img src=x onerror=alert(1)>",
)
"""What a page may call its cookies."""


class Known:
    """Knows what is of `stats.example`."""

    def request(self, request: Request) -> Suggestion | None:
        return self.address(request.url)

    def stored(self, stored: Stored) -> Suggestion | None:
        return _stats(Why("name", "_st", stored.name)) if stored.name == "_st" else None

    def address(self, address: str) -> Suggestion | None:
        host = address.split("/")[2]
        return _stats(Why("host", "stats.example", address)) if host == "stats.example" else None


def _stats(why: Why) -> Suggestion:
    return Suggestion("stats", "Stats", "statistics", "catalog", "certain", why)


def request(host: str = "stats.example", *, phase: str = "before", at: int = 300) -> Request:
    return Request(
        url=f"https://{host}/s.js",
        host=host,
        kind="script",
        third_party=host != "shop.example",
        phase=phase,  # type: ignore[arg-type]
        at=at,
        initiator=AT_LINE,
    )


def cookie(name: str = "_st", *, phase: str = "before", host: str = "shop.example") -> Stored:
    return Stored(name, "cookie", host, third_party=False, phase=phase, lifetime=63_072_000)  # type: ignore[arg-type]


def crawl(pages: tuple[Page, ...], *, whole: bool = True, left: int = 0) -> Crawl:
    return Crawl(
        start=SHOP,
        begun_at="2026-11-22T12:00:00+00:00",
        ended_at="2026-11-22T12:03:00+00:00",
        browser="Chromium 142.0",
        pages=pages,
        whole=whole,
        left=left,
        options={"pages": "20", "robots": "yes"},
    )


BEFORE = Finding(
    "before-consent",
    "fault",
    "request",
    "stats.example",
    "stats",
    {"host": "stats.example", "category": "statistics"},
    (Evidence(SHOP, "none", "before", 300, "https://stats.example/s.js", AT_LINE, "a.jpg"),),
    pages=2,
    change=Change(
        SHOP,
        12,
        TAG,
        '<script type="text/plain" data-consent="statistics" src="https://stats.example/s.js">',
    ),
)

UNDECLARED = Finding(
    "undeclared",
    "warning",
    "storage",
    "_st",
    evidence=(Evidence(SHOP, "none", "before"),),
    change=Change("", None, "", '{"name": "_st",\n "lifetime": "P2Y"}'),
)

SLOW = Finding(
    "not-observed",
    "note",
    "page",
    "https://shop.example/slow",
    facts={"fault": "timed_out"},
)


def shop() -> Report:
    """Two pages: the script is not marked, one page has no button to refuse, and a third was not reached."""
    untouched = Visit("none", requests=(request("shop.example"), request()), stored=(cookie(),))
    refused = Visit(
        "reject_all",
        outcome="made",
        tools=(Tool("samtykke", shown=True),),
        requests=(request(at=-900), request(phase="again", at=4_000)),
        stored=(cookie(),),
        pictures=("a.jpg", "b.jpg"),
    )
    accepted = Visit("accept_all", outcome="made", requests=(request(at=-900),), stored=(cookie(),))
    made = crawl(
        (
            Page(SHOP, "start", (untouched, refused, accepted)),
            Page(ABOUT, "link", (untouched, Visit("reject_all", outcome="no_button"))),
            Page("https://shop.example/slow", "sitemap", faults=("timed_out",)),
        ),
        left=2,
    )
    return report(
        made,
        Worded(BEFORE, "Stats was requested before an answer", "stats.example was asked.", "Mark it."),
        Worded(UNDECLARED, "_st is not declared", "Nobody declares it.", ""),
        Worded(SLOW, "A page was not visited", "It took too long.", "Scan it again."),
        declaration=Declaration("published", "shop"),
    )


def clean() -> Report:
    """One page that asks nobody and keeps nothing."""
    visits = (Visit("none"), Visit("reject_all", outcome="made"), Visit("accept_all", outcome="made"))
    return report(crawl((Page(SHOP, "start", visits),)))


def hostile() -> Report:
    """A page that calls everything so that it would do harm where it is shown."""
    stored = tuple(cookie(name) for name in HOSTILE)
    requests = tuple(
        Request(
            f"https://evil.example/{name}",
            name,
            "image",
            third_party=True,
            phase="before",
            at=1,
            initiator=Initiator("script", f"https://evil.example/{name}", 3, name, (f"{name}:1",)),
        )
        for name in HOSTILE
    )
    visit = Visit("none", requests=requests, stored=stored)
    pages = (
        *(Page(f"https://shop.example/{name}", "link", (visit,)) for name in HOSTILE),
        Page("javascript:alert(1)", "list", faults=("unreachable",)),
    )
    found = [
        Worded(
            Finding(
                "undeclared",
                "fault",
                "storage",
                name,
                name,
                {"host": name, name: name},
                (
                    Evidence(
                        f"https://shop.example/{name}", "only", "after", 5, name, Initiator("other", name)
                    ),
                ),
                change=Change(name, 3, name, name),
            ),
            f"{name} is not declared",
            f"Seen: {name}",
            f"Look at {name}",
        )
        for name in HOSTILE
    ]
    made = crawl(pages, whole=False)
    return report(made, *found, declaration=Declaration("none", HOSTILE[0], HOSTILE[1]))


def report(made: Crawl, *found: Worded, declaration: Declaration | None = None) -> Report:
    return Report(
        version="0.1.0",
        crawl=made,
        declaration=declaration or Declaration("none"),
        findings=found,
        groups=groups(made, Known()),
        summary=summary(made, (each.finding.weight for each in found)),
    )
