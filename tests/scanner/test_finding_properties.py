"""What holds of findings whatever was observed."""

import random
from dataclasses import fields, is_dataclass, replace
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from server.scanner.declared import Declared
from server.scanner.findings import words
from server.scanner.findings.finding import KINDS, Finding
from server.scanner.findings.gathering import MOST_EVIDENCE, WEIGHTS
from server.scanner.observations import (
    Choice,
    Command,
    Crawl,
    Initiator,
    Outcome,
    Page,
    Phase,
    Request,
    RequestKind,
    StorageKind,
    Stored,
    Tool,
    Visit,
)
from tests.scanner.crawls import (
    COLLECT,
    GTAG,
    HOME,
    OURS,
    PIXEL,
    UNKNOWN,
    classifier,
    cookie,
    crawl,
    declared,
    found,
    page,
    service,
    stored,
    visit,
)

SECRET = "visitor-4711"
"""What must never be in a finding: it stands in queries, fragments and markup."""

SITE = declared(
    service("visits", "statistics", hosts=("stats.test",), cookies=[cookie("_s*", "P1D")]),
    service("shop", "necessary", hosts=("checkout.test",), cookies=[cookie("basket")], reason="It sells."),
)

ADDRESSES = st.sampled_from(
    [
        GTAG,
        COLLECT,
        PIXEL,
        UNKNOWN,
        f"{HOME}app.js",
        "https://stats.test/a.js",
        "https://checkout.test/c.js",
        "https://a.mgid.com/x",
        "https://fonts.gstatic.com/f",
        "https://stats.example.no/p.gif",
    ]
)

QUERIES = st.sampled_from(["", f"?id={SECRET}", f"#{SECRET}", f"?a=1&amp;b={SECRET}#c"])

ELEMENTS = st.builds(
    lambda address, query, shape: shape.format(f"{address}{query}"),
    ADDRESSES,
    QUERIES,
    st.sampled_from(
        [
            '<script src="{}">',
            "<img alt='' src='{}'>",
            "<iframe src={}>",
            '<link rel=preload href="{}" as=x>',
            "",
        ]
    ),
)

INITIATORS = st.builds(
    lambda kind, url, query, line, markup, stack: Initiator(
        kind, f"{url}{query}", line, markup, tuple(stack)
    ),
    st.sampled_from(["parser", "script", "preload", "redirect", "other"]),
    ADDRESSES,
    QUERIES,
    st.one_of(st.none(), st.integers(1, 99)),
    ELEMENTS,
    st.lists(
        st.builds(lambda url, query, line: f"{url}{query}:{line}", ADDRESSES, QUERIES, st.integers(1, 9)),
        max_size=3,
    ),
)

PHASES = st.sampled_from(get_args(Phase))


def _request(
    url: str, query: str, phase: Phase, at: int, kind: RequestKind, state: str, by: Initiator
) -> Request:
    host = url.partition("://")[2].partition("/")[0]
    return Request(
        f"{url}{query}",
        host,
        kind,
        not host.endswith("example.no"),
        phase,
        at,
        consent_state=state,
        initiator=by,
    )


def _stored(
    name: str, kind: StorageKind, host: str, phase: Phase, lifetime: int | None, by: Initiator, remains: bool
) -> Stored:
    return Stored(
        name, kind, host, not host.endswith("example.no"), phase, lifetime, set_by=by, remains=remains
    )


REQUESTS = st.builds(
    _request,
    ADDRESSES,
    QUERIES,
    PHASES,
    st.integers(-5_000, 40_000),
    st.sampled_from(get_args(RequestKind)),
    st.sampled_from(["", "G100", "G111", "G101"]),
    INITIATORS,
)

STORED = st.builds(
    _stored,
    st.sampled_from(
        [
            "_ga",
            "_ga_8XYZ",
            "_fbp",
            "basket",
            "_s1",
            "qqq",
            "csrftoken",
            "fr",
            f"https://www.example.no/sw.js?{SECRET}",
        ]
    ),
    st.sampled_from(get_args(StorageKind)),
    st.sampled_from(["www.example.no", ".example.no", ".facebook.com", "nobody-knows.test"]),
    PHASES,
    st.one_of(st.none(), st.integers(0, 10**8)),
    INITIATORS,
    st.booleans(),
)

COMMANDS = st.builds(
    Command,
    st.sampled_from(get_args(Command.__annotations__["name"])),
    st.sampled_from([(), ("ad_storage=denied",), ("analytics_storage=granted",), ("gtm.js",)]),
)

TOOLS = st.sampled_from([OURS, Tool("onetrust", shown=True), Tool("didomi", shown=False)])

VISITS = st.builds(
    Visit,
    choice=st.sampled_from(get_args(Choice)),
    category=st.sampled_from(["statistics", "functional"]),
    outcome=st.sampled_from(get_args(Outcome)),
    url=st.just(HOME),
    tools=st.lists(TOOLS, max_size=2).map(tuple),
    requests=st.lists(REQUESTS, max_size=5).map(tuple),
    stored=st.lists(STORED, max_size=4).map(tuple),
    commands=st.lists(COMMANDS, max_size=4).map(tuple),
    script_line=st.one_of(st.none(), st.integers(1, 50)),
    early_scripts=st.lists(INITIATORS, max_size=2).map(tuple),
    mixed=st.lists(st.builds(lambda query: f"http://img.test/a.png{query}", QUERIES), max_size=2).map(tuple),
    faults=st.lists(st.sampled_from(["timed_out", "dialogs", "http_error"]), max_size=2, unique=True).map(
        tuple
    ),
)

PAGES = st.builds(
    lambda number, query, visits: Page(
        f"{HOME}{number or ''}{query}", "link" if number else "start", tuple(visits)
    ),
    st.integers(0, 3),
    QUERIES,
    st.lists(VISITS, max_size=3),
)

CRAWLS = st.lists(PAGES, max_size=4).map(lambda pages: crawl(*pages))

DECLARATIONS = st.sampled_from([None, SITE])


def _shuffled(made: Crawl, seed: int) -> Crawl:
    """The same observations in another order; that of commands says something, and stays."""
    mix = random.Random(seed)

    def turned(items: Any) -> tuple[Any, ...]:
        return tuple(mix.sample(items, len(items)))

    def visit_of(each: Visit) -> Visit:
        return replace(
            each,
            tools=turned(each.tools),
            requests=turned(each.requests),
            stored=turned(each.stored),
            mixed=turned(each.mixed),
            faults=turned(each.faults),
        )

    pages = [replace(each, visits=turned([visit_of(one) for one in each.visits])) for each in made.pages]
    return replace(made, pages=turned(pages))


def _texts(value: Any) -> list[str]:
    """Every text in a finding."""
    if isinstance(value, str):
        return [value]
    if is_dataclass(value):
        return [text for each in fields(value) for text in _texts(getattr(value, each.name))]
    if isinstance(value, dict):
        return [text for pair in value.items() for each in pair for text in _texts(each)]
    return [text for each in value for text in _texts(each)] if isinstance(value, tuple) else []


@settings(max_examples=60)
@given(CRAWLS, DECLARATIONS, st.integers(0, 1_000))
def test_the_order_of_pages_visits_and_what_was_seen_changes_nothing(
    made: Crawl, site: Declared | None, seed: int
) -> None:
    assert found(_shuffled(made, seed), site) == found(made, site)


@settings(max_examples=60)
@given(CRAWLS, DECLARATIONS)
def test_no_finding_has_a_query_a_fragment_or_a_value(made: Crawl, site: Declared | None) -> None:
    for each in found(made, site):
        said = words.of(each)
        texts = [*_texts(each), *_texts(said), each.fingerprint]
        assert [text for text in texts if SECRET in text] == []
        assert [one.url for one in each.evidence if "?" in one.url or "#" in one.url] == []


@settings(max_examples=60)
@given(CRAWLS, DECLARATIONS)
def test_findings_are_bounded_ordered_and_told_apart(made: Crawl, site: Declared | None) -> None:
    findings = found(made, site)
    prints = [each.fingerprint for each in findings]
    assert len(set(prints)) == len(prints)
    assert [WEIGHTS.index(each.weight) for each in findings] == sorted(
        WEIGHTS.index(each.weight) for each in findings
    )
    for each in findings:
        assert each.kind in KINDS
        assert len(each.evidence) <= MOST_EVIDENCE
        assert each.pages >= len({one.page for one in each.evidence})


@settings(max_examples=20)
@given(st.lists(st.sampled_from(get_args(Choice)), min_size=1, max_size=5), st.booleans())
def test_pages_that_ask_only_themselves_and_store_nothing_have_none(
    choices: list[Choice], tool: bool
) -> None:
    own = Request(f"{HOME}app.js", "www.example.no", "script", third_party=False, phase="before", at=5)
    seen = [
        visit(own, choice=choice, category="statistics", tools=[OURS] if tool else [], script_line=3)
        for choice in choices
    ]
    assert found(crawl(page(*seen))) == ()


@settings(max_examples=40)
@given(CRAWLS, st.sampled_from(get_args(Phase)), st.sampled_from(get_args(Choice)))
def test_a_cookie_that_is_declared_as_necessary_changes_nothing(
    made: Crawl, phase: Phase, choice: Choice
) -> None:
    def with_basket(each: Page) -> Page:
        more = tuple(
            replace(one, stored=(*one.stored, stored("basket", phase))) if one.choice == choice else one
            for one in each.visits
        )
        return replace(each, visits=more)

    without = replace(made, pages=tuple(map(_without_baskets, made.pages)))
    assert found(replace(without, pages=tuple(map(with_basket, without.pages))), SITE) == found(without, SITE)


def _without_baskets(each: Page) -> Page:
    kept = [
        replace(one, stored=tuple(item for item in one.stored if item.name != "basket"))
        for one in each.visits
    ]
    return replace(each, visits=tuple(kept))


def test_the_same_classifier_may_be_asked_about_several_scans() -> None:
    made = crawl(visit(stored("_ga")))
    from_one = classifier()
    first: list[Finding | None] = []
    for _ in range(2):
        first.append(found(made)[0])
        assert from_one.stored(stored("_ga")) is not None
    assert first[0] == first[1]
