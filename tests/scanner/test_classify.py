"""To which service things belong that a scan saw."""

import pytest

from server.scanner.classify.cookie_database import CookieDatabase, Row, shipped, table
from server.scanner.classify.known_services import TRACKING
from server.scanner.classify.suggestion import Suggestion
from tests.scanner.crawls import (
    COLLECT,
    GTAG,
    HOME,
    PIXEL,
    UNKNOWN,
    classifier,
    cookie,
    declared,
    request,
    script,
    service,
    stored,
)

STATISTICS = {
    "_ga": "Google Analytics",
    "_ga_8XYZ1ABC2D": "Google Analytics",
    "_gid": "Google Analytics",
    "_gat": "Google Analytics",
    "_gat_UA-12345-1": "Google Analytics",
    "_dc_gtm_UA-12345-1": "Google Analytics",
    "__utma": "Google Analytics",
    "__utmz": "Google Analytics",
    "_hjSessionUser_1234567": "Hotjar",
    "_hjSession_1234567": "Hotjar",
    "_hjid": "Hotjar",
    "_hjFirstSeen": "Hotjar",
    "_clck": "Microsoft Clarity",
    "_clsk": "Microsoft Clarity",
    "_pk_id.1.1fff": "Matomo",
    "_pk_ses.1.1fff": "Matomo",
    "_pk_ref.1.1fff": "Matomo",
    "mp_0123456789abcdef_mixpanel": "Mixpanel",
    "ph_phc_abc123_posthog": "PostHog",
    "ajs_anonymous_id": "Segment",
    "ajs_user_id": "Segment",
    "amplitude_id_1234example.no": "Amplitude",
    "AMP_0123456789": "Amplitude",
    "_hp2_id.123456": "Heap",
    "_hp2_ses_props.123456": "Heap",
    "fs_uid": "FullStory",
    "_lr_uf_-abc": "LogRocket",
    "mf_user": "Mouseflow",
    "_ce.s": "Crazy Egg",
    "_vwo_uuid": "VWO",
    "_vis_opt_s": "VWO",
    "_vwo_ds": "VWO",
    "optimizelyEndUserId": "Optimizely",
    "s_vi": "Adobe Analytics",
    "s_cc": "Adobe Analytics",
    "s_sq": "Adobe Analytics",
    "AMCV_1234ABCD%40AdobeOrg": "Adobe",
    "_sp_id.1fff": "Snowplow",
    "_sp_ses.1fff": "Snowplow",
    "_parsely_visitor": "Parse.ly",
    "_cb": "Chartbeat",
    "_chartbeat2": "Chartbeat",
    "nmstat": "Siteimprove",
    "_pcid": "Piano",
    "atuserid": "Piano",
    "_ym_uid": "Yandex",
    "_ym_d": "Yandex",
    "ai_user": "Application Insights",
    "ai_session": "Application Insights",
    "_dd_s": "Datadog",
    "rxVisitor": "Dynatrace",
    "_lo_uid": "Lucky Orange",
    "__insp_uid": "Inspectlet",
    "_cs_id": "Contentsquare",
    "_cs_s": "Contentsquare",
}

ADVERTISING = {
    "_fbp": "Meta",
    "_fbc": "Meta",
    "_gcl_au": "Google Ads",
    "_gcl_aw": "Google Ads",
    "__gads": "Google",
    "__gpi": "Google",
    "_uetsid": "Microsoft",
    "_uetvid": "Microsoft",
    "_ttp": "TikTok",
    "_tt_enable_cookie": "TikTok",
    "_scid": "Snap",
    "_pin_unauth": "Pinterest",
    "_rdt_uuid": "Reddit",
    "__qca": "Quantcast",
    "li_fat_id": "LinkedIn",
    "cto_bundle": "Criteo",
    "__kla_id": "Klaviyo",
    "hubspotutk": "HubSpot",
    "__hstc": "HubSpot",
    "__hssc": "HubSpot",
    "__hssrc": "HubSpot",
    "_mkto_trk": "Marketo",
    "visitor_id123456": "Pardot",
    "__adroll_fpc": "AdRoll",
    "_lfa": "Leadfeeder",
    "trc_cookie_storage": "Taboola",
    "_cc_id": "Lotame",
    "FPID": "Google",
    "FPLC": "Google",
}

OTHERS = {
    "PHPSESSID": "a session",
    "JSESSIONID": "a session",
    "ASP.NET_SessionId": "a session",
    "csrftoken": "protection",
    "XSRF-TOKEN": "protection",
    "laravel_session": "a session",
    "cart": "a shopping basket",
    "wordpress_logged_in_0123": "WordPress",
    "wp-settings-1": "WordPress",
    "woocommerce_cart_hash": "WooCommerce",
    "wp_woocommerce_session_01ab": "WooCommerce",
    "OptanonConsent": "OneTrust",
    "OptanonAlertBoxClosed": "OneTrust",
    "CookieConsent": "Cookiebot",
    "CookieInformationConsent": "Cookie Information",
    "cookieyes-consent": "CookieYes",
    "didomi_token": "Didomi",
    "borlabs-cookie": "Borlabs",
    "__cf_bm": "Cloudflare",
    "cf_clearance": "Cloudflare",
    "datadome": "DataDome",
    "bm_sz": "Akamai",
    "ak_bmsc": "Akamai",
    "AWSALB": "AWS",
    "ARRAffinity": "Azure",
    "incap_ses_123_456": "Imperva",
    "intercom-id-abc": "Intercom",
    "__stripe_mid": "Stripe",
    "__zlcmid": "Zendesk",
    "crisp-client%2Fsession%2Fabc": "Crisp",
    "_shopify_y": "Shopify",
    "TawkConnectionTime": "tawk",
    "__tlbcpv": "Termly",
}

ORDINARY = [
    "sessionid",
    "csrftoken",
    "cart",
    "lang",
    "PHPSESSID",
    "JSESSIONID",
    "session",
    "sid",
    "token",
    "id",
    "user",
    "locale",
    "theme",
    "currency",
    "basket",
    "language",
    "country",
    "consent",
    "test",
    "name",
    "uid",
    "user_id",
    "auth",
    "remember_token",
    "wishlist",
    "XSRF-TOKEN",
    "connect.sid",
    "laravel_session",
    "ASP.NET_SessionId",
    "order_id",
    "visitor_id",
    "uuid",
    "state",
    "version",
    "dark_mode",
    "redirect_to",
    "flash",
]


def _named(name: str) -> Suggestion | None:
    return classifier().stored(stored(name))


def test_of_the_well_known_names_of_cookies_all_but_a_few_are_recognised() -> None:
    wanted = {**STATISTICS, **ADVERTISING, **OTHERS}
    assert len(wanted) >= 110
    found = {name: _named(name) for name in wanted}
    missed = {
        name: found[name] and found[name].name  # type: ignore[union-attr]
        for name, platform in wanted.items()
        if (made := found[name]) is None or platform.casefold() not in made.name.casefold()
    }
    assert len(wanted) - len(missed) >= 105, missed
    called_else = {
        name: (made.name, made.category)
        for names in (STATISTICS, ADVERTISING)
        for name in names
        if (made := found[name]) is not None and made.category not in TRACKING
    }
    assert called_else == {}


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_name_of_a_websites_own_is_never_called_tracking(name: str) -> None:
    found = _named(name)
    assert found is None or (
        found.category not in (*TRACKING, "necessary") and found.source == "ordinary_names"
    )


def test_thirty_ordinary_names_are_looked_at() -> None:
    assert len(set(ORDINARY)) >= 30


def test_an_ordinary_name_on_the_host_of_another_is_the_others() -> None:
    found = classifier().stored(stored("sessionid", host=".instagram.com"))
    assert found is not None
    assert (found.key, found.source, found.why.pattern) == ("instagram_embed", "catalog", "sessionid")


# --- the order of sources ----------------------------------------------------------------------------------


GA = service(
    "visits",
    "statistics",
    hosts=("*.google-analytics.com",),
    cookies=[cookie("_ga"), cookie("_ga_*")],
    catalog_key="google_analytics",
)


def test_what_the_website_declares_comes_before_what_is_known() -> None:
    made = classifier(declared(GA))
    by_name, by_host = made.stored(stored("_ga_8XYZ")), made.request(request(COLLECT))
    assert by_name is not None
    assert (by_name.key, by_name.source, by_name.certainty) == ("visits", "declared", "certain")
    assert (by_name.why.matched, by_name.why.pattern, by_name.stored_as) == ("name", "_ga_*", "_ga_*")
    assert by_host is not None
    assert (by_host.key, by_host.source, by_host.why.pattern) == (
        "visits",
        "declared",
        "*.google-analytics.com",
    )


def test_a_host_of_the_catalog_is_that_of_the_declared_service_filled_from_it() -> None:
    found = classifier(declared(GA)).request(request(GTAG))
    assert found is not None
    assert (found.key, found.source, found.catalog_key) == ("visits", "declared", "google_analytics")


def test_a_declared_name_on_another_host_or_of_another_kind_is_not_that() -> None:
    made = classifier(declared(service("own", "functional", cookies=[cookie("remembered")])))
    assert made.stored(stored("remembered")) is not None
    assert made.stored(stored("remembered", kind="local_storage")) is None
    assert made.stored(stored("remembered", host=".nobody-knows.test")) is None


def test_a_declared_star_does_not_cover_everything() -> None:
    made = classifier(declared(service("own", "functional", cookies=[cookie("*")])))
    assert made.stored(stored("anything")) is None


def test_of_several_declared_services_the_one_whose_host_says_more_is_meant() -> None:
    wide = service("wide", "necessary", hosts=("*.tracker.test",))
    narrow = service("narrow", "statistics", hosts=("a.tracker.test/pixel",))
    found = classifier(declared(wide, narrow)).request(request("https://a.tracker.test/pixel/1.gif"))
    assert found is not None
    assert found.key == "narrow"


def test_the_query_of_an_address_tells_tags_of_one_host_apart() -> None:
    found = classifier().address(f"{GTAG}?id=AW-123456&l=x")
    assert found is not None
    assert (found.key, found.certainty) == ("google_ads", "certain")
    either = classifier().request(request(GTAG))
    assert either is not None
    assert either.certainty == "likely"
    assert "Google Ads" in either.name
    assert "Google Analytics" in either.name


def test_a_name_that_nobody_knows_belongs_to_the_script_that_stored_it() -> None:
    found = classifier().stored(stored("qqq", set_by=script(PIXEL)))
    assert found is not None
    assert (found.key, found.certainty, found.why.matched) == ("meta_pixel", "likely", "set_by")
    assert found.why.seen == "connect.facebook.net/en_US/fbevents.js"


def test_what_a_tag_manager_or_an_own_script_stored_is_nobodys() -> None:
    made = classifier()
    assert made.stored(stored("qqq", set_by=script("https://www.googletagmanager.com/gtm.js"))) is None
    assert made.stored(stored("qqq", set_by=script(f"{HOME}app.js"))) is None


def test_a_host_that_the_catalog_does_not_know_is_looked_up_in_third_party_web() -> None:
    found = classifier().request(request("https://a.mgid.com/x.js"))
    assert found is not None
    assert (found.source, found.category, found.certainty) == ("third_party_web", "advertising", "likely")
    assert found.why.pattern == "*.mgid.com"


def test_of_a_host_that_delivers_what_others_have_there_the_purpose_is_not_known() -> None:
    found = classifier().request(request("https://a1.akamaitechnologies.com/x.js"))
    assert found is not None
    assert (found.source, found.category) == ("third_party_web", "")


def test_what_nobody_knows_stays_unknown() -> None:
    assert classifier().request(request(UNKNOWN)) is None
    assert classifier().stored(stored("qqq")) is None


# --- the Open Cookie Database ------------------------------------------------------------------------------


def test_the_database_of_the_release_can_be_read_and_names_its_origin() -> None:
    made = table()
    assert made.commit == "0ee5a17fe1cb002943f89370d24fc26a4226061c"
    assert made.licence == "Apache-2.0"
    assert len(made.cookies) > 2_000
    assert {each.category for each in made.cookies} == {"functional", "statistics", "advertising"}


def test_a_beginning_of_three_characters_stands_for_nothing() -> None:
    made = CookieDatabase([Row("ab_*", "A", "statistics", "", ()), Row("abcd*", "B", "statistics", "", ())])
    assert made.find("ab_12", "www.example.no", third_party=False) is None
    assert made.find("abcd12", "www.example.no", third_party=False) is not None


def test_of_two_beginnings_the_longer_one_counts() -> None:
    made = CookieDatabase(
        [Row("abcd*", "A", "statistics", "", ()), Row("abcdef*", "B", "functional", "", ())]
    )
    found = made.find("abcdefg", "www.example.no", third_party=False)
    assert found is not None
    assert found.row.platform == "B"


def test_rows_that_contradict_each_other_make_it_only_possible() -> None:
    rows = [Row("shared_name", "A", "functional", "", ()), Row("shared_name", "B", "advertising", "", ())]
    found = CookieDatabase(rows).find("shared_name", "www.example.no", third_party=False)
    assert found is not None
    assert found.certainty == "possible"


def test_a_row_for_a_domain_is_for_that_alone() -> None:
    made = CookieDatabase([Row("shared_name", "A", "advertising", "", ("ads.test",))])
    assert made.find("shared_name", "www.example.no", third_party=False) is None
    assert made.find("shared_name", ".other.test", third_party=True) is None
    found = made.find("shared_name", ".px.ads.test", third_party=True)
    assert found is not None
    assert found.certainty == "likely"


def test_a_short_name_without_a_domain_is_not_believed() -> None:
    assert shipped().find("ts", "www.example.no", third_party=False) is None


def test_where_services_of_one_place_are_for_different_things_it_is_only_possible() -> None:
    found = classifier().request(request("https://assets.adobedtm.com/"))
    assert found is not None
    assert (found.name, found.certainty) == ("Adobe Analytics / Adobe Tags", "possible")


def test_a_service_that_stores_a_name_in_another_way_is_possible() -> None:
    found = classifier().stored(stored("mp_0123_mixpanel", kind="local_storage"))
    assert found is not None
    assert (found.key, found.certainty) == ("mixpanel", "possible")
    assert classifier().stored(stored("_ga", kind="local_storage")) is None


def test_of_services_of_one_host_the_one_whose_path_it_is_is_meant() -> None:
    found = classifier().request(request("https://connect.facebook.net/signals/config/1"))
    assert found is not None
    assert (found.key, found.certainty) == ("meta_pixel", "certain")
