"""The configuration in a site's script."""

import pytest

from server.embed import configuration, lazy_chunks
from server.sites.document_types import SECOND_LAYER
from server.sites.values import Numbering
from tests.embed.documents import LANGUAGES, configured, document


def test_the_configuration_names_the_optional_categories_in_their_order() -> None:
    result = configured(document())

    assert [each["key"] for each in result["categories"]] == [
        "functional",
        "statistics",
        "advertising",
    ]
    assert len({each["slot"] for each in result["categories"]}) == 3
    assert all(each["since"] == 1 for each in result["categories"])


def test_the_keys_of_necessary_services_are_named_beside_their_category() -> None:
    changed = document()
    changed["services"][0]["category"] = "necessary"

    result = configured(changed)

    assert result["necessary"] == ["necessary", changed["services"][0]["key"]]
    assert changed["services"][0]["key"] not in [each["key"] for each in result["services"]]
    assert configured(document())["necessary"] == ["necessary"]


def test_the_first_layer_has_one_language_and_the_addresses_of_the_others() -> None:
    result = configured(document())

    assert result["words"]["texts"][0] == "title (nb)"
    assert not set(result["words"]["texts"]) & {f"{key} (nb)" for key in SECOND_LAYER}
    assert result["languages"] == {
        "en": "/w/demo/0/banner-en.json",
        "nn": "/w/demo/0/banner-nn.json",
    }
    assert set(result["settings"]) == {"nb", "nn", "en"}


def test_a_language_whose_words_have_no_file_is_inlined() -> None:
    banner = document()
    names = [
        lazy_chunks.EXTRA,
        lazy_chunks.banner_name("en"),
        *(lazy_chunks.settings_name(each) for each in LANGUAGES),
    ]

    result = configured(banner, addresses={name: f"/w/demo/0/{name}" for name in names})

    assert result["languages"] == {
        "en": "/w/demo/0/banner-en.json",
        "nn": lazy_chunks.banner_chunk(banner, "nn"),
    }


def test_a_hidden_category_is_not_offered_and_its_services_stay_blocked() -> None:
    changed = document()
    hidden = next(each for each in changed["categories"] if each["key"] == "statistics")
    hidden["hidden"] = True

    result = configured(changed)

    assert "statistics" not in [each["key"] for each in result["categories"]]
    assert [each["key"] for each in result["services"]] == ["chat"]


def test_what_only_the_notice_says_is_not_in_the_script() -> None:
    changed = document()
    changed["controller"]["country"] = "NO"
    changed["notice"]["sections"] = [
        {"key": "who", "heading": {"nb": "Hvem"}, "body": {"nb": "Oss"}, "hidden": True}
    ]
    for each in changed["services"]:
        each["data"] = {"nb": "IP-adressen"}
        each["retention"], each["transfer_basis"] = "P1Y", "standard_contractual_clauses"

    assert configured(changed) == configured(document())


def test_a_service_says_when_it_came_only_when_it_came_later() -> None:
    changed = document()
    numbering = configuration.sequential(changed)
    later = Numbering(numbering.slots, numbering.since, numbering.service_slots, {"chat": 1, "counter": 4})

    result = configured(changed, later)

    assert [each.get("since") for each in result["services"]] == [None, 4]


def test_a_service_whose_bit_does_not_fit_the_cookie_is_not_offered() -> None:
    changed = document()
    numbering = configuration.sequential(changed)
    crowded = Numbering(numbering.slots, numbering.since, {"chat": 53, "counter": 52}, {})

    result = configured(changed, crowded)

    assert [each["key"] for each in result["services"]] == ["counter"]


def test_what_is_off_costs_no_byte_of_the_configuration() -> None:
    assert not {"blocking", "sheet", "reload", "signals"} & set(configured(document()))


def test_the_time_zone_of_a_site_is_not_in_its_script() -> None:
    changed = document()
    changed["controller"]["time_zone"] = "America/Havana"

    assert configured(changed) == configured(document())
    assert lazy_chunks.settings_chunk(changed, "nb") == lazy_chunks.settings_chunk(document(), "nb")


def test_a_side_sheet_and_a_reload_are_configured_where_they_are_wanted() -> None:
    changed = document(reload_on_withdrawal=True)
    changed["appearance"]["settings"] = "sheet"

    assert {key: configured(changed)[key] for key in ("sheet", "reload")} == {
        "sheet": True,
        "reload": True,
    }


@pytest.mark.parametrize(
    ("cookie_domain", "domains", "keeps"),
    [
        ("host", ["consent.example.no"], True),
        ("host", ["example.no"], False),
        ("site", ["example.no"], True),
        ("site", ["*.example.no"], True),
        ("site", ["ample.no", "example.com"], False),
        ("site", [], False),
    ],
)
def test_the_cookie_is_sent_along_where_the_server_is_on_the_sites_own_domain(
    cookie_domain: str, domains: list[str], keeps: bool
) -> None:
    changed = document(cookie_domain=cookie_domain)

    assert configuration.keeps_cookie(changed, domains, "https://consent.example.no/x") is keeps
