"""What findings say."""

import re
from typing import Any, get_args

import pytest

from server.scanner.findings import words
from server.scanner.findings.declaration import find_never_seen
from server.scanner.findings.finding import KINDS, Finding, Kind
from server.scanner.observations import Command, Fault, Initiator, Request, Stored, Tool
from tests.scanner.crawls import (
    COLLECT,
    GTAG,
    HOME,
    OURS,
    PIXEL,
    UNKNOWN,
    cookie,
    crawl,
    declared,
    element,
    found,
    page,
    request,
    script,
    service,
    stored,
    visit,
)

OTHER = Tool("onetrust", shown=True)

JUDGING = re.compile(
    r"\b(un)?lawful|\b(il)?legal|\b(non-?)?complian|\bviolat|\bbreach|\binfring", re.IGNORECASE
)


SITE = declared(
    service(
        "visits", "statistics", hosts=("stats.test",), cookies=[cookie("_s", "session"), cookie("_t", "P1D")]
    ),
    service("app", "necessary", cookies=[cookie("app", kind="local_storage", lifetime="session")]),
)

BEFORE: list[Request | Stored] = [
    request(PIXEL, initiator=element(f'<script src="{PIXEL}">')),
    request(UNKNOWN, initiator=script(HOME, 6)),
    request(GTAG),
    request(COLLECT, consent_state="G100"),
    request("https://fonts.gstatic.com/a.woff2"),
    stored("qqq"),
    stored("csrftoken"),
    stored("_fbp"),
    stored("_s", lifetime=90_000),
    stored("_t", lifetime=900_000),
    stored("app", kind="local_storage"),
    stored("made", kind="cache_storage"),
    stored("px", host=".nobody-knows.test"),
]

AFTER: list[Request | Stored] = [
    request(PIXEL, "after"),
    request(COLLECT, "after", consent_state="G111"),
    stored("_fbp", "again"),
]

EARLY = (
    Initiator("parser", HOME, 3, f'<script src="{PIXEL}?v=2">'),
    Initiator("parser", HOME, 5, "<script>"),
)


def everything() -> list[Finding]:
    """Findings of every kind, each in several forms."""
    granted = Command("consent_default", ("analytics_storage=granted", "ad_storage=denied"))
    denied = Command("consent_default", ("analytics_storage=denied",))
    faults: tuple[Fault, ...] = get_args(Fault)
    late: dict[str, Any] = {"script_line": 9, "early_scripts": EARLY, "mixed": ("http://x.test/a?b=1",)}
    pages = [
        page(
            visit(*BEFORE, tools=[OURS, OTHER], **late),
            visit(*AFTER, choice="reject_all", tools=[OURS]),
            visit(*AFTER, choice="withdraw", tools=[OURS]),
            visit(*AFTER, choice="only", category="functional", tools=[OURS]),
            visit(*AFTER, choice="reject_all", outcome="no_button", tools=[OTHER]),
            visit(*AFTER, denied, choice="accept_all", tools=[OURS]),
        ),
        page(visit(*BEFORE, Command("js"), granted, tools=[OTHER], faults=faults), url=f"{HOME}b"),
        page(visit(*BEFORE, Command("js"), granted), url=f"{HOME}c"),
        page(url=f"{HOME}d", faults=faults),
        page(visit(choice="accept_all", outcome="failed"), url=f"{HOME}e"),
    ]
    clean = crawl(visit(stored("_s", "after"), choice="accept_all"))
    never = find_never_seen((clean, clean, clean), SITE)
    return [*found(crawl(*pages)), *found(crawl(*pages), SITE), *never]


EVERYTHING = everything()


def test_every_kind_has_words() -> None:
    assert {each.kind for each in EVERYTHING} == set(KINDS)
    assert set(words.TITLES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_findings_say_what_was_seen_what_it_means_and_what_to_do(kind: Kind) -> None:
    for each in EVERYTHING:
        if each.kind != kind:
            continue
        made = words.of(each)
        for text in (made.title, made.explanation, made.action):
            assert text.strip() == text
            assert text
            assert "{" not in text
            assert "None" not in text
        assert not made.title.endswith(".")
        assert made.explanation.endswith(".")
        assert made.action.endswith(".")


def test_no_sentence_judges_what_only_a_lawyer_can() -> None:
    said = [text for each in EVERYTHING for text in vars(words.of(each)).values()]
    assert len(said) > 100
    assert [text for text in said if JUDGING.search(text)] == []


@pytest.mark.parametrize(("pages", "said"), [(1, "on 1 page"), (2, "on 2 pages"), (1000, "on 1000 pages")])
def test_numbers_are_named_rightly(pages: int, said: str) -> None:
    assert words.on_pages(Finding("mixed-content", "warning", "request", "x.test", pages=pages)) == said


def test_a_lifetime_is_said_in_words() -> None:
    assert words.lifetime_in_words("P2Y") == "2 years"
    assert words.lifetime_in_words("P1D") == "1 day"
    assert words.lifetime_in_words("session") == "until the session ends"
    assert words.lifetime_in_words("") == "until it is cleared"


def test_a_finding_says_by_what_it_was_recognised() -> None:
    (of_pixel,) = [each for each in found(crawl(visit(request(PIXEL)))) if each.kind == "before-consent"]
    made = words.of(of_pixel)
    assert made.title == (
        "Meta Pixel (connect.facebook.net) was contacted before anything was answered, on 1 page"
    )
    assert made.explanation == (
        "It is Meta Pixel, advertising: recognised by the host connect.facebook.net/en_US/fbevents.js "
        "(the catalog of services)."
    )
