"""What is wrong with the script on a page is named with its line, and a sound page has no fault."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.scanner.content_security_policy import parsed
from server.scanner.installation import LONGEST_FACT, MOST_FAULTS, Expected, Known, faults
from server.scanner.page import read
from server.scanner.values import CODES, WARNINGS, Fault
from server.sites.document_types import ConsentMode

SERVER = "https://samtykke.example.no"
TAG = f'<script src="{SERVER}/w/kaffe.js"></script>'

SERVED = b"(() => {})()"
DIGEST = "sha384-" + base64.b64encode(hashlib.sha384(SERVED).digest()).decode()


def known(key: str, name: str, category: str, use: str, *, listed: bool = True) -> Known:
    return Known(key, name, category, use, declared=True, host_listed=listed)


KNOWN = {
    "www.googletagmanager.com/gtag/js": known(
        "google_analytics", "Google Analytics", "statistics", "analytics"
    ),
    "www.googletagmanager.com/gtm.js": known("gtm", "Google Tag Manager", "functional", "tag_manager"),
    "connect.facebook.net/": known("meta_pixel", "Meta Pixel", "advertising", "advertising"),
    "www.youtube.com/embed/": known("youtube", "YouTube", "advertising", "video_audio"),
    "consent.cookiebot.com/": known("cookiebot", "Cookiebot", "necessary", "consent"),
    "js.stripe.com/": known("stripe", "Stripe", "necessary", "payment"),
    "player.vimeo.com/": known("vimeo", "Vimeo", "advertising", "video_audio", listed=False),
    "static.hotjar.com/": Known(
        "hotjar", "Hotjar", "statistics", "analytics", declared=False, host_listed=False
    ),
}


def known_at(address: str) -> Known | None:
    place = address.partition("://")[2]
    return next((known for start, known in KNOWN.items() if place.startswith(start)), None)


def found(
    html: str, *, policy: str = "", early: bool = False, blocking: bool = False, mode: ConsentMode = "off"
) -> list[Fault]:
    expected = Expected(SERVER, "kaffe", early, blocking, mode, lambda _: SERVED, known_at)
    return list(faults(read(html, "https://fjellkaffe.no/"), parsed(policy), expected))


def codes(
    html: str, *, policy: str = "", early: bool = False, blocking: bool = False, mode: ConsentMode = "off"
) -> list[str]:
    return [fault.code for fault in found(html, policy=policy, early=early, blocking=blocking, mode=mode)]


def page(head: str, body: str = "") -> str:
    return f"<!doctype html><html><head>\n{head}\n</head><body>\n{body}\n</body></html>"


@pytest.mark.parametrize(
    "html",
    [
        page(TAG),
        page(f'<script src="{SERVER}/w/kaffe.js" async></script>'),
        page(f'<script src="{SERVER}/w/kaffe.js?x=1"></script>'),
        page(f'<script src="{SERVER}/w/kaffe.c0ffee.js" integrity="sha256-AAAA {DIGEST}"></script>'),
        page(
            TAG
            + '<script type="text/plain" data-consent="advertising" src="//connect.facebook.net/x"></script>'
        ),
        page(
            TAG,
            '<iframe data-consent="advertising" data-consent-src="https://www.youtube.com/embed/x"></iframe>',
        ),
        page('<script src="https://js.stripe.com/v3/"></script>' + TAG),
        page(TAG + '<script src="https://www.googletagmanager.com/gtm.js?id=GTM-X"></script>'),
    ],
)
def test_a_sound_page_has_no_fault(html: str) -> None:
    assert found(html) == []


def test_a_page_without_the_script_has_none() -> None:
    assert codes(page("")) == ["no_tag"]
    assert codes(page("<!--" + TAG + "-->")) == ["no_tag"]
    assert codes(page(f'<script type="text/plain" src="{SERVER}/w/kaffe.js"></script>')) == ["no_tag"]


def test_a_script_that_a_tag_manager_may_load_comes_too_late() -> None:
    snippet = "<script>(function(w){w.src='https://www.googletagmanager.com/gtm.js?id='})(window)</script>"
    assert [(fault.code, fault.line) for fault in found(page(snippet))] == [("tag_in_tag_manager", 2)]


def test_the_script_of_another_site_is_named_by_its_key() -> None:
    [fault] = found(page(f'<script src="{SERVER}/w/hytta.js"></script>'))
    assert (fault.code, fault.facts, fault.line) == ("other_key", {"key": "hytta"}, 2)


def test_the_script_twice_is_a_warning_with_both_lines() -> None:
    [fault] = found(page(f"{TAG}\n{TAG}"))
    assert (fault.code, fault.line, fault.stops) == ("twice", 3, False)
    assert fault.facts == {"first": "2", "other": "3"}
    assert [fault.line for fault in found(page(f"{TAG}\n{TAG}\n{TAG}"))] == [3, 4]


def test_a_service_before_the_script_makes_it_late() -> None:
    html = page('<script src="https://connect.facebook.net/fbevents.js"></script>\n' + TAG)
    [fault] = found(html, blocking=True)
    assert (fault.code, fault.line) == ("late", 2)
    assert fault.facts == {"service": "Meta Pixel", "declared": "meta_pixel", "host": "connect.facebook.net"}
    # Moving the tag above it is not all: it does not wait there either.
    assert codes(html) == ["late", "unmarked_service"]


PIXEL = '<script src="https://connect.facebook.net/fbevents.js"></script>'
PIXEL_STYLE = '<link rel="stylesheet" href="https://connect.facebook.net/style.css">'


@pytest.mark.parametrize(
    "head", [f"{PIXEL_STYLE}\n{PIXEL}\n{TAG}", f"{PIXEL}\n{PIXEL_STYLE}\n{TAG}", f"{PIXEL}\n{TAG}\n{PIXEL}"]
)
def test_a_service_that_runs_before_the_script_is_late_whatever_else_loads_of_it(head: str) -> None:
    late, unmarked = found(page(head))
    assert (late.code, late.stops) == ("late", True)
    assert (unmarked.code, unmarked.line) == ("unmarked_service", 2)
    assert late.line == (3 if head.startswith(PIXEL_STYLE) else 2)


@pytest.mark.parametrize("base", ["http://fjellkaffe.no/", "http://te.no/", f"{SERVER}/"])
def test_a_base_hides_nothing_that_is_wrong_with_the_script(base: str) -> None:
    tag = f'<base href="{base}">' + TAG
    assert codes(page(tag), policy="script-src 'self'") == ["blocked_by_policy"]
    assert codes(page(tag.replace("https://samtykke", "http://samtykke"))) == ["mixed_content"]


@pytest.mark.parametrize("policy", ["script-src 'self'", "script-src *:" + "9" * 5_000])
@pytest.mark.parametrize("base", ["https://x:99999/", "https://[/", "//samtykke.example.no:0/"])
def test_an_address_that_is_none_stops_no_check(base: str, policy: str) -> None:
    assert codes(page(f'<base href="{base}">{TAG}'), policy=policy) == ["blocked_by_policy"]


def test_a_script_in_the_body_is_a_warning() -> None:
    assert codes(page("", TAG)) == ["not_in_head"]


@pytest.mark.parametrize("attribute", ["async", "defer", 'type="module"'])
def test_a_script_that_waits_is_too_late_for_signals_and_automatic_blocking(attribute: str) -> None:
    html = page(f'<script {attribute} src="{SERVER}/w/kaffe.js"></script>')
    assert codes(html) == []
    assert codes(html, early=True) == ["deferred"]


def test_a_policy_that_holds_the_script_or_its_messages_back_is_named() -> None:
    assert found(page(TAG), policy="script-src 'self'")[0].facts == {
        "directive": "script-src",
        "origin": SERVER,
    }
    assert codes(page(TAG), policy="default-src 'self'; script-src *") == ["connection_blocked"]
    assert codes(page(TAG), policy=f"default-src {SERVER}") == []


def test_a_script_without_encryption_does_not_load_in_a_page_with_it() -> None:
    assert codes(page(TAG.replace("https:", "http:"))) == ["mixed_content"]


def test_a_digest_of_another_script_keeps_browsers_from_running_it() -> None:
    html = page(f'<script src="{SERVER}/w/kaffe.js" integrity="sha384-AAAA"></script>')
    assert codes(html) == ["integrity"]


def test_another_consent_tool_is_named() -> None:
    [fault] = found(page(TAG + '<script src="https://consent.cookiebot.com/uc.js"></script>'))
    assert (fault.code, fault.facts["service"]) == ("other_consent_tool", "Cookiebot")


def test_what_is_marked_and_loads_all_the_same_is_named() -> None:
    script = '<script data-consent="statistics" src="https://a.example/x.js"></script>'
    frame = '<iframe data-consent="advertising" src="https://www.youtube.com/embed/x"></iframe>'
    both = found(page(TAG, f"{script}\n{frame}"))
    assert [(fault.code, fault.line) for fault in both] == [
        ("marked_script_runs", 4),
        ("marked_element_loads", 5),
    ]


def test_an_unmarked_service_is_a_warning_once_unless_it_is_blocked_automatically() -> None:
    html = page(TAG, '<iframe src="https://www.youtube.com/embed/x"></iframe>' * 2)
    assert [(fault.code, fault.stops) for fault in found(html)] == [("unmarked_service", False)]
    assert codes(html, blocking=True) == []


GTAG = '<script async src="https://www.googletagmanager.com/gtag/js?id=G-ABC123"></script>'
CONFIG = (
    "<script>function gtag(){dataLayer.push(arguments)} gtag('js', new Date());"
    " gtag('config', 'G-ABC123');</script>"
)
DENIED = "<script>gtag('consent', 'default', {analytics_storage: 'denied'});</script>"
CONTAINER = (
    "<script>(function(w,d,s,l,i){w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});"
    "var j=d.createElement(s);j.src='https://www.googletagmanager.com/gtm.js?id='+i;"
    "})(window,document,'script','dataLayer','GTM-ABC123');</script>"
)
PIXEL_SNIPPET = (
    "<script>!function(f,b,e,v,n,t,s){t=b.createElement(e);t.src=v}"
    "(window,document,'script','https://connect.facebook.net/en_US/fbevents.js');</script>"
)


@pytest.mark.parametrize("mode", ["basic", "advanced"])
@pytest.mark.parametrize("head", [f"{GTAG}\n{CONFIG}", CONFIG, f"{CONFIG}\n{GTAG}"])
@pytest.mark.parametrize("body", [True, False])
def test_googles_tags_that_start_before_the_tag_find_no_consent(
    head: str, mode: ConsentMode, *, body: bool
) -> None:
    html = page(head, TAG) if body else page(f"{head}\n{TAG}")
    fault, *others = found(html, early=True, mode=mode)
    assert (fault.code, fault.line, fault.stops) == ("consent_mode_late", 2, True)
    assert fault.facts["service"] == "Google Analytics"
    waits = mode == "advanced" or GTAG not in head
    assert [each.code for each in others] == ([] if waits else ["unmarked_service"])


def test_a_container_that_starts_before_the_tag_is_named() -> None:
    [fault] = found(page(f"{CONTAINER}\n{TAG}"), early=True, mode="basic")
    assert (fault.code, fault.facts["service"]) == ("consent_mode_late", "Google Tag Manager")
    assert codes(page(f"{TAG}\n{CONTAINER}"), early=True, mode="basic") == []


def test_googles_tags_may_start_first_where_the_page_itself_has_denied_consent() -> None:
    assert codes(page(f"{DENIED}{GTAG}{CONFIG}{TAG}"), early=True, mode="advanced") == []
    assert codes(page(f"{GTAG}{CONFIG}{DENIED}{TAG}"), early=True, mode="advanced") == ["consent_mode_late"]


def test_googles_tags_may_load_unmarked_where_they_wait_by_themselves() -> None:
    html = page(f"{TAG}{GTAG}{CONFIG}")
    assert codes(html, early=True, mode="advanced") == []
    assert codes(html, early=True, mode="basic") == ["unmarked_service"]


def test_a_script_in_the_body_that_comes_too_late_is_told_to_move_once() -> None:
    assert codes(page(PIXEL, TAG), blocking=True) == ["late"]


def test_automatic_blocking_comes_too_late_for_what_stands_before_the_script() -> None:
    frame = '<iframe src="https://www.youtube.com/embed/x"></iframe>'
    assert codes(page("", frame + TAG), blocking=True) == ["late"]
    assert codes(page("", frame + TAG)) == ["unmarked_service", "not_in_head"]
    assert codes(page("", TAG + frame), blocking=True) == ["not_in_head"]


def test_a_snippet_that_loads_a_service_is_named_like_an_element_that_does() -> None:
    [fault] = found(page(f"{TAG}\n{PIXEL_SNIPPET}"))
    assert (fault.code, fault.facts["service"], fault.line) == ("unmarked_service", "Meta Pixel", 3)
    assert codes(page(f"{PIXEL_SNIPPET}{TAG}"), blocking=True) == ["late"]
    marked = PIXEL_SNIPPET.replace("<script>", '<script type="text/plain" data-consent="advertising">')
    assert codes(page(TAG + marked)) == []


@pytest.mark.parametrize(
    "script",
    [
        "const help = 'https://connect.facebook.net/x.js';",
        "samtykke.on('change', (c) => {if (c.advertising) {const s = document.createElement('script');"
        "s.src = 'https://connect.facebook.net/x.js'; document.head.append(s);}});",
    ],
)
def test_a_script_that_only_names_an_address_or_asks_the_banner_first_is_left_alone(script: str) -> None:
    assert codes(page(f"{TAG}<script>{script}</script>")) == []


@pytest.mark.parametrize("blocking", [True, False])
def test_a_service_that_the_banner_does_not_have_is_named_whatever_is_blocked(*, blocking: bool) -> None:
    [fault] = found(page(TAG + '<script src="https://static.hotjar.com/c/h.js"></script>'), blocking=blocking)
    assert (fault.code, fault.stops) == ("undeclared_service", False)
    assert fault.facts == {"service": "Hotjar", "known": "hotjar", "host": "static.hotjar.com"}


def test_automatic_blocking_needs_the_host_of_a_service() -> None:
    html = page(TAG, '<iframe src="https://player.vimeo.com/video/1"></iframe>')
    [fault] = found(html, blocking=True)
    assert (fault.code, fault.facts["host"]) == ("host_missing", "player.vimeo.com")
    assert codes(html) == ["unmarked_service"]


PIECES = (
    CONFIG,
    CONTAINER,
    DENIED,
    TAG,
    f'<script src="{SERVER}/w/hytta.js"></script>',
    '<script data-consent="statistics" src="https://a.example/x.js"></script>',
    '<iframe src="https://www.youtube.com/embed/x"></iframe>',
    '<script src="https://consent.cookiebot.com/uc.js"></script>',
    '<script src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>',
    "<div>",
    "\n",
)


@given(
    st.lists(st.sampled_from(PIECES), max_size=12),
    st.booleans(),
    st.booleans(),
    st.sampled_from(("off", "basic", "advanced")),
)
def test_faults_are_known_ones_with_lines_of_the_page_and_what_stops_comes_first(
    pieces: list[str], early: bool, blocking: bool, mode: ConsentMode
) -> None:
    html = "".join(pieces)
    all_of_them = found(html, early=early, blocking=blocking, mode=mode)
    assert {fault.code for fault in all_of_them} <= set(CODES)
    assert [fault.stops for fault in all_of_them] == sorted(
        (fault.stops for fault in all_of_them), reverse=True
    )
    assert all(fault.line is None or fault.line <= html.count("\n") + 1 for fault in all_of_them)
    assert (TAG in html) or any(fault.stops for fault in all_of_them)


def test_of_a_page_with_more_faults_than_anybody_reads_the_first_are_named_and_shortened() -> None:
    script = f'<script data-consent="statistics" src="https://a.example/{"x" * 5000}"></script>'
    named = found(page(TAG, script * 500))
    assert len(named) == MOST_FAULTS
    assert {len(fault.facts["address"]) for fault in named} == {LONGEST_FACT + 1}


def test_warnings_are_codes() -> None:
    assert set(CODES) >= WARNINGS
