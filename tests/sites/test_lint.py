"""What stops a publish, and what should be known before it."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sites import contrast, lint
from server.sites.document import load
from server.sites.document_types import Document, Service
from server.sites.values import EEA, LAST_SLOT, Finding, Numbering
from tests.sites.documents import (
    category,
    cookie,
    documents,
    in_every_language,
    publishable,
    service,
    with_behaviour,
    with_services,
)
from tests.sites.test_document import put


def whole() -> Document:
    """A document that has every category in use, and about which there is nothing to say."""
    document = publishable()
    document["services"] += [
        service("counter", "statistics"),
        service("video", "functional"),
        service("ads", "advertising"),
    ]
    return document


def found(document: Document, *domains: str) -> set[tuple[str, str, str]]:
    return {(f.severity, f.rule, f.field) for f in lint.findings(load(document), domains)}


def test_a_complete_document_has_no_findings() -> None:
    assert found(whole(), "example.no") == set()


@pytest.mark.parametrize(
    ("path", "value", "severity", "rule", "field"),
    [
        ("texts.nn.save", " ", "error", "text_missing", "texts.nn.save"),
        ("categories.1.names", {"nb": "A", "nn": "A"}, "error", "text_missing", "categories.1.names.en"),
        ("categories.1.descriptions.en", "", "error", "text_missing", "categories.1.descriptions.en"),
        ("services.1.purpose.nb", "", "error", "text_missing", "services.1.purpose.nb"),
        ("services.1.cookies.0.purpose", {}, "error", "text_missing", "services.1.cookies.0.purpose.nb"),
        ("notice.sections.0.body.nn", "", "error", "text_missing", "notice.sections.0.body.nn"),
        ("notice.sections.0.heading.nn", "", "error", "text_missing", "notice.sections.0.heading.nn"),
        ("services.1.name", "", "error", "name_missing", "services.1.name"),
        ("services.1.provider", " ", "error", "provider_missing", "services.1.provider"),
        ("services.1.privacy_link", "", "error", "privacy_link_missing", "services.1.privacy_link"),
        ("services.1.country", "", "warning", "country_missing", "services.1.country"),
        ("services.1.cookies.0.lifetime", "", "error", "lifetime_missing", "services.1.cookies.0.lifetime"),
        ("services.1.legal_basis", "contract", "error", "consent_needed", "services.1.legal_basis"),
        (
            "services.0.necessary_reason.nn",
            "",
            "error",
            "necessary_reason_missing",
            "services.0.necessary_reason.nn",
        ),
        ("services.0.legal_basis", "consent", "warning", "consent_not_asked", "services.0.legal_basis"),
        (
            "services.0.cookies.0.name",
            "_ga_ABC123",
            "warning",
            "tracker_as_necessary",
            "services.0.cookies.0.name",
        ),
        ("services.0.hosts", ["cdn.example"], "warning", "privacy_link_missing", "services.0.privacy_link"),
        ("texts.nb.body", "Ved å scrolle godtar du", "error", "consent_by_silence", "texts.nb.body"),
        ("texts.nb.body", "Om du FORTSETTER Å BRUKE siden", "error", "consent_by_silence", "texts.nb.body"),
        ("texts.nb.body", "Fortsetter du å bruke siden, ", "error", "consent_by_silence", "texts.nb.body"),
        ("texts.nn.body", "Held du fram med å bruke sida", "error", "consent_by_silence", "texts.nn.body"),
        ("texts.nn.body", "Når du fortset å bruke sida", "error", "consent_by_silence", "texts.nn.body"),
        ("texts.en.body", "By continuing to browse", "error", "consent_by_silence", "texts.en.body"),
        ("texts.en.body", "If you continue using this site", "error", "consent_by_silence", "texts.en.body"),
        ("texts.nb.body", "gir deg best mulig opplevelse", "warning", "coaxing_words", "texts.nb.body"),
        ("texts.nb.title", "For å forbedre din opplevelse", "warning", "coaxing_words", "texts.nb.title"),
        ("texts.en.body", "to improve your experience", "warning", "coaxing_words", "texts.en.body"),
        ("texts.nb.settings", "Dessverre, nei", "warning", "coaxing_words", "texts.nb.settings"),
        ("texts.nb.changed", "Noe er nytt", "error", "placeholder_missing", "texts.nb.changed"),
        ("texts.nb.load_category", "Tillat alt", "error", "placeholder_missing", "texts.nb.load_category"),
        ("texts.nb.title", "Hei {name}", "warning", "placeholder_unknown", "texts.nb.title"),
        ("texts.nb.reject_all", "godta alle", "error", "labels_same", "texts.nb.reject_all"),
        ("texts.nb.reject_all", "Godta\u200b alle\u00ad", "error", "labels_same", "texts.nb.reject_all"),
        ("texts.nb.reject_all", "\u2800" * 10, "error", "text_missing", "texts.nb.reject_all"),
        (
            "texts.nb.reject_all",
            "\u200b\u3164\u2060\U000e0041",
            "error",
            "text_missing",
            "texts.nb.reject_all",
        ),
        ("texts.nb.reject_all", "\u202eella sivvA", "error", "direction_changed", "texts.nb.reject_all"),
        ("texts.nb.reject_all", "Tilpass", "error", "labels_same", "texts.nb.reject_all"),
        (
            "texts.nb.reject_all",
            "Fortsett uten å godta noe av dette",
            "warning",
            "labels_uneven",
            "texts.nb.reject_all",
        ),
        (
            "appearance.colours.light.text",
            "#999999",
            "error",
            "contrast_low",
            "appearance.colours.light.text",
        ),
        (
            "appearance.colours.light.text",
            "#757575",
            "warning",
            "contrast_modest",
            "appearance.colours.light.text",
        ),
        (
            "appearance.colours.dark.accent_text",
            "#ffffff",
            "error",
            "contrast_low",
            "appearance.colours.dark.accent_text",
        ),
        (
            "appearance.colours.light.border",
            "#eeeeee",
            "warning",
            "contrast_faint",
            "appearance.colours.light.border",
        ),
        ("appearance.position", "centre", "warning", "position_unfit", "appearance.position"),
        ("appearance.logo", "https://cdn.example/l.png", "warning", "logo_elsewhere", "appearance.logo"),
        ("behaviour.validity_days", 90, "warning", "validity_short", "behaviour.validity_days"),
        ("controller.contacts.phone", "", "warning", "receipts_incomplete", "controller.contacts.phone"),
        ("controller.name", "", "error", "controller_missing", "controller.name"),
        ("controller.contacts.email", "", "error", "contact_missing", "controller.contacts"),
        ("controller.address", "", "warning", "address_missing", "controller.address"),
        (
            "controller.supervisory_authority.name",
            "",
            "error",
            "authority_missing",
            "controller.supervisory_authority.name",
        ),
    ],
)
def test_a_fault_is_found_where_it_is(path: str, value: object, severity: str, rule: str, field: str) -> None:
    assert (severity, rule, field) in found(put(whole(), path, value), "example.no", "*.shop.no")


def test_a_service_must_keep_or_fetch_something() -> None:
    document = whole()
    document["services"][1].update({"cookies": [], "hosts": []})
    assert ("error", "storage_missing", "services.1") in found(document)
    document["services"][1]["stores_nothing"] = True
    assert "storage_missing" not in {rule for _, rule, _ in found(document)}


def test_a_logo_of_the_site_itself_is_fine() -> None:
    document = put(whole(), "appearance.logo", "https://img.shop.no/logo.png")
    assert found(document, "*.shop.no") == set()


def test_a_url_is_as_good_as_an_email_address_except_in_standard_receipts() -> None:
    document = put(whole(), "controller.contacts.email", "")
    document["controller"]["contacts"]["url"] = "https://example.no/kontakt"
    assert found(document) == {("warning", "receipts_incomplete", "controller.contacts.email")}


def test_hiding_a_category_that_is_used_is_reported() -> None:
    document: Any = whole()
    document["categories"][1]["hidden"] = True
    assert found(document) == {("warning", "category_hidden", "categories.1.hidden")}
    document["categories"] = [document["categories"][0]]
    document["services"] = document["services"][:1]
    del document["behaviour"]["mapping"]
    assert found(document) == {("warning", "nothing_to_ask", "categories")}


def signalling(**behaviour: Any) -> Document:
    """A whole document with services of Google, Microsoft and Matomo, and some behaviour changed."""
    document = whole()
    document["services"] += [
        service("analytics", "statistics", cookies=[cookie("_ga")]),
        service("clarity", "statistics", hosts=["www.clarity.ms"]),
        service("visits", "statistics", cookies=[cookie("_pk_id*")]),
    ]
    return with_behaviour(document, **behaviour)


def test_basic_consent_mode_and_tools_whose_services_are_declared_need_no_word() -> None:
    tools = {"uet": False, "clarity": True, "matomo": True, "data_layer": True}
    assert found(signalling(consent_mode="basic", tools=tools)) == set()


def test_consent_mode_and_tools_without_a_declared_service_are_reported() -> None:
    document = whole()
    document["behaviour"]["consent_mode"] = "basic"
    document["behaviour"]["tools"] = {"uet": True, "clarity": True, "matomo": True, "data_layer": True}
    assert found(document) == {
        ("warning", "consent_mode_without_google", "behaviour.consent_mode"),
        ("warning", "tool_without_service", "behaviour.tools.uet"),
        ("warning", "tool_without_service", "behaviour.tools.clarity"),
        ("warning", "tool_without_service", "behaviour.tools.matomo"),
    }


@pytest.mark.parametrize(
    "declared",
    [
        {"name": "Google Ads"},
        {"cookies": [cookie("_gcl_au", host="")]},
        {"hosts": ["www.googletagmanager.com/gtag/js"]},
        {"name": "Tags", "hosts": ["www.googletagmanager.com"]},
    ],
)
def test_what_heeds_consent_mode_or_loads_what_does_is_known_from_the_catalog(
    declared: dict[str, Any],
) -> None:
    document = whole()
    document["behaviour"]["consent_mode"] = "basic"
    document["services"][1].update(declared)  # type: ignore[typeddict-item]

    assert found(document) == set()


def test_a_service_of_google_that_heeds_no_consent_signal_does_not_explain_consent_mode() -> None:
    document = whole()
    document["behaviour"]["consent_mode"] = "basic"
    document["services"][1].update({"name": "Google Fonts", "hosts": ["fonts.googleapis.com"]})

    assert found(document) == {("warning", "consent_mode_without_google", "behaviour.consent_mode")}


def test_a_type_that_nobody_can_allow_is_reported_where_a_tool_uses_it() -> None:
    document = put(signalling(), "behaviour.mapping.analytics_storage", "")
    assert found(document) == set()
    document["behaviour"]["tools"]["matomo"] = True
    assert found(document) == {("warning", "type_unmapped", "behaviour.mapping.analytics_storage")}
    document = signalling(consent_mode="basic")
    document["categories"][3]["hidden"] = True
    assert {
        ("warning", "type_hidden", f"behaviour.mapping.{kind}") for kind in ("ad_storage", "ad_user_data")
    } <= found(document)


def test_advanced_consent_mode_is_reported_and_must_not_leave_out_the_law() -> None:
    expected = ("warning", "consent_mode_advanced", "behaviour.consent_mode")
    assert found(signalling(consent_mode="advanced")) == {expected}
    google = {
        "regions": ["NO", "US-CA"],
        "wait_for_update": 0,
        "ads_data_redaction": False,
        "url_passthrough": True,
    }
    document = signalling(consent_mode="advanced", google=google)
    assert found(document) == {
        expected,
        ("error", "regions_open", "behaviour.google.regions"),
        ("warning", "redaction_off", "behaviour.google.ads_data_redaction"),
        ("warning", "url_passthrough_on", "behaviour.google.url_passthrough"),
        ("warning", "wait_short", "behaviour.google.wait_for_update"),
    }
    document["behaviour"]["google"].update({"regions": sorted(EEA), "wait_for_update": 5000})
    rules = {rule for _, rule, _ in found(document)}
    assert "wait_long" in rules
    assert "regions_open" not in rules


def test_an_ignored_signal_and_a_blocking_that_blocks_nothing_are_reported() -> None:
    document = put(whole(), "behaviour.signals.gpc", False)
    document["behaviour"]["automatic_blocking"] = True
    assert found(document) == {("warning", "gpc_unheard", "behaviour.signals.gpc")}
    for each in document["services"]:
        each["hosts"] = []
    assert ("warning", "blocks_nothing", "behaviour.automatic_blocking") in found(document)


def test_a_path_says_nothing_of_whose_a_host_is() -> None:
    expected = ("warning", "tool_without_service", "behaviour.tools.clarity")
    document = put(whole(), "behaviour.tools.clarity", True)
    document["services"][1]["hosts"] = ["www.clarity.ms/tag"]
    assert expected not in found(document)
    document["services"][1]["hosts"] = ["cdn.example/clarity"]
    assert expected in found(document)


def test_a_host_that_a_necessary_service_needs_is_reported_where_hosts_are_blocked() -> None:
    document = whole()
    document["services"][0]["hosts"] = ["www.google.com"]
    document["services"][1]["hosts"] = ["counter.example", "www.google.com"]
    document["services"][0]["privacy_link"] = "https://policies.google.com/privacy"
    assert found(document) == set()
    document["behaviour"]["automatic_blocking"] = True
    assert found(document) == {("warning", "host_needed", "services.1.hosts")}
    document["services"][1]["hosts"] = ["counter.example", "www.google.com/maps"]
    assert found(document) == set()


def test_two_categories_may_not_have_one_name() -> None:
    document = whole()
    document["categories"].append({**category("chat"), "names": in_every_language("STATISTIKK")})
    fields = {field for _, rule, field in found(document) if rule == "name_twice"}
    assert fields == {"categories.4.names.nb", "categories.4.names.nn"}


def test_a_new_language_must_be_written_out() -> None:
    document = whole()
    document["texts"]["se"] = copy.deepcopy(document["texts"]["nb"])
    missing = {field for _, rule, field in found(document) if rule == "text_missing"}
    assert {"categories.0.names.se", "services.1.purpose.se", "notice.sections.12.body.se"} <= missing


def test_errors_come_first_and_each_says_something() -> None:
    document = put(put(whole(), "behaviour.validity_days", 1), "controller.name", "")
    findings = lint.findings(load(document))
    assert [finding.severity for finding in findings] == ["error", "warning"]
    assert all(finding.message for finding in findings)


@given(documents())
def test_any_document_can_be_checked(document: Document) -> None:
    assert all(isinstance(finding, Finding) for finding in lint.findings(document))


def test_a_category_whose_bit_does_not_fit_the_cookie_is_refused() -> None:
    document = publishable()
    numbering = Numbering(slots={"functional": 0, "statistics": LAST_SLOT, "advertising": LAST_SLOT + 1})
    findings = list(lint.unnumberable(document, numbering))
    assert [(f.field, f.rule) for f in findings] == [("categories.3.key", "slots_used_up")]


def necessary(**changes: Any) -> Service:
    """A necessary service about which there is nothing to say, with some fields changed."""
    reason = in_every_language("The shop cannot take payment without it.")
    return service(
        "cashier", "necessary", **{"legal_basis": "contract", "necessary_reason": reason, **changes}
    )


def said_of_necessary(**changes: Any) -> dict[str, str]:
    """Field → what is said of a necessary service which measures or advertises."""
    document = with_services(necessary(**changes))
    field = f"services.{len(document['services']) - 1}."
    return {
        each.field.removeprefix(field): each.message
        for each in lint.findings(load(document))
        if each.rule == "tracker_as_necessary"
    }


def test_a_cookie_of_a_known_tracker_is_not_necessary_and_the_lint_says_whose_and_what_for() -> None:
    assert said_of_necessary(cookies=[cookie("cart"), cookie("_fbp", host="")]) == {
        "cookies.1.name": "is known to advertise (Meta Pixel: Recognises the browser on the next visit), "
        "and that is not necessary"
    }


def test_a_host_of_a_known_tracker_is_not_necessary() -> None:
    said = said_of_necessary(hosts=["shop.example", "static.hotjar.com"])

    assert said.keys() == {"hosts"}
    assert said["hosts"].startswith("has static.hotjar.com, which is known to measure (Hotjar: ")


@pytest.mark.parametrize("name", ["Hotjar", "facebook pixel"])
def test_a_service_with_the_name_of_a_known_tracker_is_not_necessary(name: str) -> None:
    assert said_of_necessary(name=name).keys() == {"name"}


def test_a_service_that_was_filled_from_a_known_tracker_is_not_necessary_by_another_name() -> None:
    origin = {"key": "hotjar", "version": "0" * 16}
    assert said_of_necessary(name="Heat maps", catalog=origin).keys() == {"name"}
    assert said_of_necessary(name="Heat maps", catalog={**origin, "key": "no_longer_known"}) == {}


def test_a_pattern_stands_for_the_trackers_that_it_covers() -> None:
    assert said_of_necessary(cookies=[cookie("_hj*", host="")]).keys() == {"cookies.0.name"}


@pytest.mark.parametrize(
    "name", ["session", "PHPSESSID", "csrftoken", "_gas", "ga", "samtykke", "cart", "*", "s*", "__stripe_mid"]
)
def test_other_cookies_are_not_suspected(name: str) -> None:
    assert said_of_necessary(cookies=[cookie(name, host="")]) == {}


def test_a_cookie_of_another_host_is_not_taken_for_one_of_the_same_name() -> None:
    assert said_of_necessary(cookies=[cookie("lidc", host=".linkedin.com")])
    assert said_of_necessary(cookies=[cookie("lidc", host=".shop.example")]) == {}


def test_a_host_that_trackers_share_with_others_is_not_suspected() -> None:
    assert said_of_necessary(hosts=["www.google.com", "www.googletagmanager.com"]) == {}


def test_the_shipped_services_are_not_suspected() -> None:
    assert [each for each in lint.findings(load(publishable())) if each.rule == "tracker_as_necessary"] == []


COLOURS = st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True)


@given(COLOURS, COLOURS)
def test_contrast_is_between_1_and_21_and_the_same_both_ways(one: str, other: str) -> None:
    assert contrast.ratio(one, other) == contrast.ratio(other, one)
    assert 1 <= contrast.ratio(one, other) <= 21
    assert contrast.ratio(one, one.upper()) == 1


def test_contrast_is_what_the_guidelines_say() -> None:
    assert contrast.ratio("#000000", "#ffffff") == pytest.approx(21)
    assert contrast.ratio("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast.ratio("#0000ff", "#ffffff") == pytest.approx(8.59, abs=0.01)


def test_a_tracker_in_an_optional_category_is_where_it_belongs() -> None:
    document = whole()
    document["services"][1]["cookies"] = [cookie("_ga")]
    assert found(document) == set()


def test_words_about_norwegian_law_are_reported_where_the_controller_is_elsewhere() -> None:
    document = put(whole(), "controller.country", "NO")
    assert found(document) == set()
    document["controller"]["country"] = "SE"
    place = "notice.sections.2.body.nb"
    assert found(document) == {("warning", "law_of_another_country", place)}
    for code in document["texts"]:
        document = put(document, f"notice.sections.2.body.{code}", "Lagen om elektronisk kommunikation.")
    assert found(document) == set()


@pytest.mark.parametrize(
    "field",
    [
        "services.1.name",
        "services.1.provider",
        "categories.1.names.nb",
        "controller.name",
        "notice.sections.0.heading.nb",
    ],
)
@pytest.mark.parametrize("sign", [*"\u200b\u2028\u2029\u202a\u202e\u2066\u2069\U000e0041"])
def test_a_name_with_signs_that_cannot_be_seen_is_not_published(field: str, sign: str) -> None:
    document = load(put(whole(), field, f"Butikk{sign}en"))
    assert ("error", "unseen_in_name", field) in found(document)


@pytest.mark.parametrize("name", ["می\u200cخواهم", "\u200fשלום", "sam\xadtykke", "20\xa0kr", "👩\u200d👧"])
def test_what_writing_needs_may_stand_in_a_name(name: str) -> None:
    document = load(put(whole(), "services.1.name", name))
    assert not {rule for _, rule, _ in found(document)} & {"unseen_in_name"}
