"""A service is found by its name, by another name, by its provider, by a host or by what it stores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.catalog import service
from server.catalog.matching import host_matches, name_matches
from server.core.errors import NotFound


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("Google Analytics", "google_analytics"),
        ("ga4", "google_analytics"),
        ("facebook PIXEL", "meta_pixel"),
        ("_ga_8XYZ", "google_analytics"),
        ("_ga_*", "google_analytics"),
        ("_pk_id.1.abcd", "matomo"),
        ("VISITOR_INFO1_LIVE", "youtube"),
        ("https://www.googletagmanager.com/gtag/js?id=G-1", "google_analytics"),
        ("https://www.googletagmanager.com/gtag/js?id=AW-1", "google_ads"),
        ("https://www.googletagmanager.com/gtm.js?id=GTM-1", "google_tag_manager"),
        ("https://player.vimeo.com/video/1#t=1", "vimeo"),
        ("maps google", "google_maps"),
    ],
)
def test_the_best_answer_comes_first(asked: str, first: str) -> None:
    assert service.search(asked)[0].key == first


@pytest.mark.parametrize("asked", ["", "   ", "nobody has this", "https://", "?", "*"])
def test_what_belongs_to_nobody_finds_nothing(asked: str) -> None:
    assert service.search(asked) == ()


@given(st.text(max_size=30))
def test_any_text_can_be_searched_for(asked: str) -> None:
    assert set(service.search(asked)) <= set(service.services())


def used_by(host: str = "", cookie: str = "") -> list[str]:
    found = service.used_by("", [host] if host else [], [cookie] if cookie else [])
    return [each.key for each in found]


def test_a_host_with_a_path_is_told_from_its_neighbours() -> None:
    assert used_by("www.google.com/maps/embed") == ["google_maps"]
    assert used_by("www.google.com/recaptcha/api.js") == ["recaptcha"]
    assert used_by("www.google.com/mapsx") == []


def test_a_cookie_is_found_by_name_and_by_pattern() -> None:
    assert used_by(cookie="_fbp") == ["meta_pixel"]
    assert used_by(cookie="ph_phc_abc_posthog") == ["posthog"]
    assert used_by(cookie="_gas") == []


def test_services_of_a_category_are_listed_by_name() -> None:
    found = service.services("statistics")

    assert {each.category for each in found} == {"statistics"}
    assert [each.name for each in found] == sorted((each.name for each in found), key=str.casefold)
    assert len(found) < len(service.services())


def test_a_service_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match="no service nothing"):
        service.find("nothing")


@pytest.mark.parametrize(
    ("pattern", "place", "matches"),
    [
        ("*.a.example", "b.a.example", True),
        ("*.a.example", "c.b.a.example/x", True),
        ("*.a.example", "a.example", False),
        ("*.a.example", "ba.example", False),
        ("a.example", "A.Example.", True),
        ("a.example/x", "a.example/x/y", True),
        ("a.example/x", "a.example/xy", False),
    ],
)
def test_a_host_covers_what_is_below_it(pattern: str, place: str, matches: bool) -> None:
    assert host_matches(pattern, place) is matches


@given(st.text(alphabet="ab[]?-!", min_size=1, max_size=5), st.text(alphabet="ab[]?-!", max_size=5))
def test_only_the_star_of_a_name_is_special(name: str, rest: str) -> None:
    assert name_matches(name, name)
    assert name_matches(name, name + rest) is (rest == "")
    assert name_matches(name + "*", name + rest)


def test_what_a_website_declares_is_recognised_by_name_host_or_cookie() -> None:
    assert [each.key for each in service.used_by("Hotjar", (), ())] == ["hotjar"]
    assert [each.key for each in service.used_by("Heat", ("static.hotjar.com",), ())] == ["hotjar"]
    assert [each.key for each in service.used_by("Heat", ("*.clarity.ms",), ("_ga",))] == [
        "microsoft_clarity",
        "google_analytics",
    ]
    assert "google_tag_manager" in {
        each.key for each in service.used_by("Tags", ("www.googletagmanager.com",), ())
    }
    assert service.used_by("Our own", ("shop.example",), ("our_basket",)) == ()


@pytest.mark.parametrize(
    ("address", "keys"),
    [
        ("https://www.googletagmanager.com/gtag/js?id=G-ABC", ["google_analytics"]),
        ("https://www.googletagmanager.com/gtag/js?id=AW-1", ["google_ads"]),
        ("//connect.facebook.net/en_US/fbevents.js", ["meta_pixel"]),
        ("https://connect.facebook.net/en_US/sdk.js#xfbml=1", ["facebook_login"]),
        ("https://shop.example/own.js", []),
    ],
)
def test_of_several_services_at_a_place_the_address_tells_which(address: str, keys: list[str]) -> None:
    assert [each.key for each in service.at_address(address)] == keys
