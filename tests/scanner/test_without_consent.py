"""What came without consent."""

import pytest

from server.scanner.findings import words
from server.scanner.findings.finding import Change, Finding, Kind
from server.scanner.observations import Choice, Command, Phase, Request, Stored, Tool, Visit
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
    of_kind,
    page,
    request,
    script,
    service,
    stored,
    visit,
)

G_TAG = Command("config", ("G-8XYZ",))

FONT = "https://fonts.gstatic.com/s/a.woff2"

DECLARED = declared(
    service("shop", "necessary", hosts=("checkout.test",), cookies=[cookie("basket")], reason="It sells."),
    service("visits", "statistics", hosts=("stats.test",), cookies=[cookie("seen")]),
    service("pixel", "advertising", hosts=("ads.test",)),
)


def _one(findings: tuple[Finding, ...]) -> Finding:
    (found,) = findings
    return found


# --- before an answer --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "weight", "subject"),
    [
        (request(PIXEL), "fault", "meta_pixel"),
        (request(FONT), "warning", "google_fonts"),
        (request("https://a.mgid.com/x.js"), "fault", "a.mgid.com"),
        (request(UNKNOWN), "note", "cdn.nobody-knows.test"),
        (stored("_fbp"), "fault", "_fbp"),
        (stored("fr", host=".facebook.com"), "fault", "fr"),
        (stored("qqq", host=".nobody-knows.test"), "warning", "qqq"),
        (stored("qqq"), "note", "qqq"),
        (stored("csrftoken"), "note", "csrftoken"),
        (stored("qqq", kind="indexed_db"), "note", "qqq"),
    ],
)
def test_without_a_declaration_it_weighs_what_is_known_of_it(
    seen: Request | Stored, weight: str, subject: str
) -> None:
    found = _one(of_kind("before-consent", crawl(visit(seen))))
    assert (found.weight, found.subject) == (weight, subject)


@pytest.mark.parametrize(
    "seen",
    [
        request("https://www.example.no/app.js"),
        request("https://cdn.example.no/app.js"),
        request("https://consent.cookiebot.com/uc.js"),
        request("https://consent.example.org/w/shop.js"),
        request("https://js.stripe.com/v3/"),
        stored("CookieConsent"),
        stored("samtykke"),
        stored("__stripe_mid"),
        request(PIXEL, "after"),
        stored("_fbp", "again"),
    ],
)
def test_what_is_necessary_or_ones_own_or_came_after_the_answer_is_none(seen: Request | Stored) -> None:
    of_answer = visit(seen, choice="accept_all", tools=[OURS])
    assert of_kind("before-consent", crawl(of_answer)) == ()


@pytest.mark.parametrize(
    ("seen", "subject"),
    [
        (request("https://stats.test/a.js"), "visits"),
        (request("https://ads.test/a.js"), "pixel"),
        (stored("seen"), "seen"),
        (request(UNKNOWN), "cdn.nobody-knows.test"),
        (request(FONT), "google_fonts"),
        (stored("qqq", host=".nobody-knows.test"), "qqq"),
    ],
)
def test_with_a_declaration_everything_that_is_not_declared_as_necessary_is_a_fault(
    seen: Request | Stored, subject: str
) -> None:
    found = _one(of_kind("before-consent", crawl(visit(seen)), DECLARED))
    assert (found.weight, found.subject) == ("fault", subject)


@pytest.mark.parametrize(
    "seen",
    [
        request("https://checkout.test/a.js"),
        stored("basket"),
        request("https://www.example.no/app.js"),
        # Of its own and not declared: another finding.
        stored("qqq"),
    ],
)
def test_with_a_declaration_what_is_necessary_is_none(seen: Request | Stored) -> None:
    assert of_kind("before-consent", crawl(visit(seen)), DECLARED) == ()


def test_an_own_host_that_is_declared_for_statistics_is_held_back_too() -> None:
    own = declared(service("matomo", "statistics", hosts=("stats.example.no",)))
    found = _one(of_kind("before-consent", crawl(visit(request("https://stats.example.no/m.js"))), own))
    assert (found.weight, found.subject) == ("fault", "matomo")
    whole = declared(service("matomo", "statistics", hosts=("www.example.no",)))
    assert of_kind("before-consent", crawl(visit(request(f"{HOME}app.js"))), whole) == ()


@pytest.mark.parametrize("choice", ["none", "reject_all", "accept_all", "only"])
def test_it_counts_in_every_visit(choice: Choice) -> None:
    seen = visit(request(PIXEL, at=-500), choice=choice, category="statistics")
    assert _one(of_kind("before-consent", crawl(seen))).evidence[0].choice == choice


def test_until_a_withdrawal_everything_was_allowed() -> None:
    assert of_kind("before-consent", crawl(visit(request(PIXEL), choice="withdraw"))) == ()


@pytest.mark.parametrize("outcome", ["no_banner", "no_button"])
def test_where_nothing_could_be_answered_all_of_it_is_before_an_answer(outcome: str) -> None:
    seen = visit(request(PIXEL, "again"), choice="reject_all", outcome=outcome)
    assert _one(of_kind("before-consent", crawl(seen))).subject == "meta_pixel"
    assert of_kind("after-refusal", crawl(seen)) == ()


def test_all_hosts_of_a_service_are_one_finding_with_the_pages_counted() -> None:
    other = page(visit(request("https://www.facebook.com/tr/", kind="image")), url=f"{HOME}about")
    found = of_kind("before-consent", crawl(page(visit(request(PIXEL))), other))
    of_meta = [each for each in found if each.subject == "meta_pixel"]
    assert [(each.pages, each.facts["hosts"]) for each in of_meta] == [
        (2, "connect.facebook.net, www.facebook.com")
    ]


def test_a_finding_keeps_ten_observations_and_counts_all_pages() -> None:
    pages = [page(visit(request(PIXEL)), url=f"{HOME}{number:02}") for number in range(25)]
    found = _one(of_kind("before-consent", crawl(page(visit(request(PIXEL))), *pages)))
    assert found.pages == 26
    assert len(found.evidence) == 10
    assert found.evidence[0].page == HOME


def test_names_that_differ_in_each_browser_are_one_finding() -> None:
    visits = [visit(stored(f"_ga_{n}XYZ")) for n in range(3)]
    visits += [visit(stored(f"made-4f1c{n}a7b22d09e1f")) for n in range(3)]
    assert sorted(each.subject for each in of_kind("before-consent", crawl(page(*visits)))) == [
        "_ga_*",
        "made-*",
    ]


# --- Google's tags with a denied consent state ------------------------------------------------------------


def test_a_google_tag_that_was_told_of_no_consent_is_a_warning_of_its_own() -> None:
    found = _one(of_kind("before-consent", crawl(visit(request(COLLECT, consent_state="G100")))))
    assert (found.weight, found.facts["consent_state"]) == ("warning", "G100")


def test_so_is_its_script_but_not_what_it_stores() -> None:
    seen = visit(request(GTAG), request(COLLECT, consent_state="G100"), stored("_ga"))
    found = {each.subject: each.weight for each in of_kind("before-consent", crawl(seen))}
    assert found == {"google_ads": "warning", "google_analytics": "warning", "_ga": "fault"}


@pytest.mark.parametrize(
    ("ids", "key"), [(["G-8XYZ", "AW-1234"], "google_analytics"), (["AW-1234"], "google_ads")]
)
def test_a_tag_is_of_the_service_that_the_page_configures_first(ids: list[str], key: str) -> None:
    commands = [Command("config", (each,)) for each in ids]
    found = _one(of_kind("before-consent", crawl(visit(request(GTAG), *commands))))
    assert (found.subject, found.facts["certainty"]) == (key, "certain")


def test_a_google_tag_that_believes_in_a_consent_is_a_fault() -> None:
    seen = visit(request(COLLECT, consent_state="G100"), request(COLLECT, consent_state="G101", at=200))
    found = _one(of_kind("before-consent", crawl(seen)))
    assert found.weight == "fault"
    assert "consent_state" not in found.facts


# --- after an answer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["after", "again"])
@pytest.mark.parametrize(
    ("choice", "kind"),
    [("reject_all", "after-refusal"), ("withdraw", "after-withdrawal"), ("only", "outside-choice")],
)
def test_what_comes_against_the_answer_is_a_fault(choice: Choice, kind: Kind, phase: str) -> None:
    made = visit(
        request("https://ads.test/a.js", phase),  # type: ignore[arg-type]
        stored("_fbp", phase),  # type: ignore[arg-type]
        choice=choice,
        category="statistics",
    )
    found = of_kind(kind, crawl(made), DECLARED)
    assert {(each.subject, each.weight) for each in found} == {("pixel", "fault"), ("_fbp", "fault")}


@pytest.mark.parametrize("kind", ["after-refusal", "after-withdrawal", "outside-choice"])
def test_what_is_necessary_or_allowed_is_not_against_the_answer(kind: Kind) -> None:
    clean: dict[str, Visit] = {
        "after-refusal": visit(stored("basket", "after"), choice="reject_all"),
        "after-withdrawal": visit(
            stored("basket"),
            stored("seen", remains=False),
            request("https://ads.test/a.js"),
            choice="withdraw",
        ),
        "outside-choice": visit(
            request("https://stats.test/a.js", "after"),
            stored("seen", "after"),
            choice="only",
            category="statistics",
        ),
    }
    assert of_kind(kind, crawl(clean[kind]), DECLARED) == ()


def test_what_a_third_party_stored_before_a_withdrawal_is_a_note_since_no_page_can_delete_it() -> None:
    kept = stored("fr", "before", host=".facebook.com")
    again = stored("fr", "after", host=".facebook.com")
    note = _one(of_kind("after-withdrawal", crawl(visit(kept, choice="withdraw"))))
    fault = _one(of_kind("after-withdrawal", crawl(visit(again, choice="withdraw"))))
    assert (note.weight, note.facts["remedy"]) == ("note", "third_party")
    assert fault.facts["remedy"] != "third_party"
    assert "third party" in words.of(note).action


def test_what_was_stored_before_a_withdrawal_and_remains_is_named() -> None:
    made = visit(stored("seen", "before", remains=True), choice="withdraw")
    assert _one(of_kind("after-withdrawal", crawl(made), DECLARED)).subject == "seen"


def test_an_answer_that_failed_tells_nothing_of_what_follows_it() -> None:
    made = visit(request(PIXEL, "after"), choice="reject_all", outcome="failed")
    assert of_kind("after-refusal", crawl(made)) == ()


# --- the line to change ------------------------------------------------------------------------------------


def _change(seen: Request | Stored, *tools: Tool) -> tuple[str, Change | None]:
    found = _one(of_kind("before-consent", crawl(visit(seen, tools=tools or [OURS]))))
    return found.facts["remedy"], found.change


def test_a_script_in_the_page_is_marked_where_it_stands() -> None:
    markup = '<script async id=ga src="https://www.googletagmanager.com/gtag/js?…">'
    tagged = visit(request(GTAG, initiator=element(markup, line=7)), G_TAG, tools=[OURS])
    found = _one(of_kind("before-consent", crawl(tagged)))
    remedy, change = found.facts["remedy"], found.change
    assert remedy == "mark"
    assert change == Change(
        HOME,
        7,
        '<script async id=ga src="https://www.googletagmanager.com/gtag/js?…">',
        '<script type="text/plain" data-consent="statistics" data-consent-service="google_analytics" '
        'async id=ga src="https://www.googletagmanager.com/gtag/js?…">',
    )


@pytest.mark.parametrize(
    ("markup", "after"),
    [
        (
            "<iframe width='560' src='https://connect.facebook.net/en_US/fbevents.js' allowfullscreen>",
            '<iframe data-consent="advertising" data-consent-service="meta_pixel" width=\'560\' '
            "data-consent-src='https://connect.facebook.net/en_US/fbevents.js' allowfullscreen>",
        ),
        (
            '<img src="https://connect.facebook.net/en_US/fbevents.js" srcset="https://x.test/2x.png 2x" />',
            '<img data-consent="advertising" data-consent-service="meta_pixel" '
            'data-consent-src="https://connect.facebook.net/en_US/fbevents.js" '
            'data-consent-srcset="https://x.test/2x.png 2x">',
        ),
        (
            '<script type="module" src="https://connect.facebook.net/en_US/fbevents.js">',
            '<script type="text/plain" data-consent="advertising" data-consent-service="meta_pixel" '
            'data-consent-type="module" src="https://connect.facebook.net/en_US/fbevents.js">',
        ),
    ],
)
def test_other_elements_keep_their_address_for_later(markup: str, after: str) -> None:
    _remedy, change = _change(request(PIXEL, initiator=element(markup)))
    assert change is not None
    assert change.after == after


def test_what_a_script_loads_is_named_by_its_place() -> None:
    remedy, change = _change(request(PIXEL, initiator=script(f"{HOME}app.js", 40)))
    assert (remedy, change) == ("wrap", Change(f"{HOME}app.js", 40, "", ""))


def test_where_another_tool_holds_back_no_element_is_marked() -> None:
    markup = f'<script src="{PIXEL}">'
    assert _change(request(PIXEL, initiator=element(markup)), Tool("onetrust", shown=True)) == (
        "hold_back",
        None,
    )


def test_for_what_nobody_knows_no_line_is_proposed() -> None:
    assert _change(request(UNKNOWN, initiator=element(f'<script src="{UNKNOWN}">'))) == ("look", None)


# --- what an allowed service brings ------------------------------------------------------------------------


FRAME = "https://checkout.test/pay"


def _in_frame(url: str, phase: Phase, frame: str) -> Request:
    return request(url, phase, frame=frame)


def test_what_a_necessary_service_needs_is_part_of_it() -> None:
    seen = visit(
        _in_frame(UNKNOWN, "before", FRAME),
        request(FONT, initiator=script("https://checkout.test/a.js")),
        stored("qqq", host=".nobody-knows.test", set_by=script("https://checkout.test/a.js")),
    )
    assert of_kind("before-consent", crawl(seen), DECLARED) == ()


def test_but_what_measures_or_advertises_is_not() -> None:
    found = _one(of_kind("before-consent", crawl(visit(_in_frame(PIXEL, "before", FRAME))), DECLARED))
    assert (found.subject, found.weight) == ("meta_pixel", "fault")


def test_what_an_allowed_service_brings_of_another_purpose_is_a_warning() -> None:
    by_stats = script("https://stats.test/a.js")
    seen = visit(
        request(UNKNOWN, "after", initiator=by_stats),
        request(PIXEL, "after", initiator=by_stats),
        choice="only",
        category="statistics",
    )
    found = _one(of_kind("outside-choice", crawl(seen), DECLARED))
    assert (found.subject, found.weight) == ("meta_pixel", "warning")


def test_a_tag_manager_makes_nothing_part_of_it_that_it_brings() -> None:
    manager = "https://www.googletagmanager.com/gtm.js"
    site = declared(service("gtm", "necessary", hosts=("www.googletagmanager.com/gtm.js",), reason="Loads."))
    found = _one(of_kind("before-consent", crawl(visit(request(UNKNOWN, initiator=script(manager)))), site))
    assert (found.subject, found.weight) == ("cdn.nobody-knows.test", "fault")
