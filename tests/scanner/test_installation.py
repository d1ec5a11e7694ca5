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

SERVER = "https://samtykke.example.no"
TAG = f'<script src="{SERVER}/w/kaffe.js"></script>'

SERVED = b"(() => {})()"
DIGEST = "sha384-" + base64.b64encode(hashlib.sha384(SERVED).digest()).decode()

KNOWN = {
    "www.googletagmanager.com/gtag/js": Known(
        "google_analytics", "Google Analytics", "statistics", "analytics"
    ),
    "www.googletagmanager.com/gtm.js": Known("gtm", "Google Tag Manager", "functional", "tag_manager"),
    "connect.facebook.net/": Known("meta_pixel", "Meta Pixel", "advertising", "advertising"),
    "www.youtube.com/embed/": Known("youtube", "YouTube", "advertising", "video_audio"),
    "consent.cookiebot.com/": Known("cookiebot", "Cookiebot", "necessary", "consent"),
    "js.stripe.com/": Known("stripe", "Stripe", "necessary", "payment"),
}


def known_at(place: str) -> Known | None:
    return next((known for start, known in KNOWN.items() if place.startswith(start)), None)


def found(html: str, *, policy: str = "", early: bool = False, blocking: bool = False) -> list[Fault]:
    expected = Expected(SERVER, "kaffe", early, blocking, lambda _: SERVED, known_at)
    return list(faults(read(html, "https://fjellkaffe.no/"), parsed(policy), expected))


def codes(html: str, *, policy: str = "", early: bool = False, blocking: bool = False) -> list[str]:
    return [fault.code for fault in found(html, policy=policy, early=early, blocking=blocking)]


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
    assert (fault.code, fault.facts, fault.line, fault.stops) == ("twice", {"first": "2"}, 3, False)


def test_a_service_before_the_script_makes_it_late() -> None:
    [fault] = found(page('<script src="https://connect.facebook.net/fbevents.js"></script>\n' + TAG))
    assert (fault.code, fault.facts, fault.line) == ("late", {"service": "Meta Pixel"}, 2)


PIXEL = '<script src="https://connect.facebook.net/fbevents.js"></script>'
PIXEL_STYLE = '<link rel="stylesheet" href="https://connect.facebook.net/style.css">'


@pytest.mark.parametrize(
    "head", [f"{PIXEL_STYLE}\n{PIXEL}\n{TAG}", f"{PIXEL}\n{PIXEL_STYLE}\n{TAG}", f"{PIXEL}\n{TAG}\n{PIXEL}"]
)
def test_a_service_that_runs_before_the_script_is_late_whatever_else_loads_of_it(head: str) -> None:
    [fault] = found(page(head))
    assert (fault.code, fault.stops) == ("late", True)
    assert fault.line == (3 if head.startswith(PIXEL_STYLE) else 2)


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
    assert (fault.code, fault.facts) == ("other_consent_tool", {"service": "Cookiebot"})


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


PIECES = (
    TAG,
    f'<script src="{SERVER}/w/hytta.js"></script>',
    '<script data-consent="statistics" src="https://a.example/x.js"></script>',
    '<iframe src="https://www.youtube.com/embed/x"></iframe>',
    '<script src="https://consent.cookiebot.com/uc.js"></script>',
    '<script src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>',
    "<div>",
    "\n",
)


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.booleans(), st.booleans())
def test_faults_are_known_ones_with_lines_of_the_page_and_what_stops_comes_first(
    pieces: list[str], early: bool, blocking: bool
) -> None:
    html = "".join(pieces)
    all_of_them = found(html, early=early, blocking=blocking)
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
