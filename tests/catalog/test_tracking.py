"""Whether something measures visitors or advertises, as far as the catalog knows."""

import pytest

from server.catalog import tracking
from server.catalog.index import Index
from tests.catalog.made_up import made_up, stored


def index() -> Index:
    return Index(
        [
            made_up(
                "counter",
                storage=(stored("_count"), stored("_count_*"), stored("uid")),
                hosts=("*.counter.example",),
            ),
            made_up(
                "ads",
                "advertising",
                storage=(
                    stored("_ads", host=".ads.example"),
                    stored("_ads_optout", category="necessary"),
                    stored("userid", host=".ads.example"),
                    stored("__bots"),
                ),
                hosts=("cdn.ads.example", "shared.example"),
            ),
            made_up(
                "player",
                "functional",
                storage=(stored("_views", category="statistics"),),
                hosts=("shared.example",),
            ),
            made_up("shield", "necessary", storage=(stored("__bots"),)),
        ]
    )


@pytest.mark.parametrize(
    ("name", "host", "key", "category"),
    [
        ("_count", "", "counter", "statistics"),
        ("_count_7", ".shop.example", "counter", "statistics"),
        ("_count*", "", "counter", "statistics"),
        ("_ads", "", "ads", "advertising"),
        ("_ads", "cdn.ads.example", "ads", "advertising"),
        ("userid", "ads.example", "ads", "advertising"),
        ("_views", "", "player", "statistics"),
    ],
)
def test_what_is_stored_to_measure_or_to_advertise_is_known(
    name: str, host: str, key: str, category: str
) -> None:
    found = tracking.by_storage(index(), name, host)

    assert found is not None
    assert (found.service.key, found.category) == (key, category)


@pytest.mark.parametrize(
    ("name", "host", "why"),
    [
        ("cart", "", "nobody stores it"),
        ("_ads_optout", "", "only remembers an objection"),
        ("__bots", "", "a necessary service stores it too"),
        ("_ads", ".shop.example", "is of another host"),
        ("uid", "", "is an ordinary name"),
        ("UserID", "", "is an ordinary name"),
    ],
)
def test_what_may_be_something_else_is_not_suspected(name: str, host: str, why: str) -> None:
    assert tracking.by_storage(index(), name, host) is None, why


@pytest.mark.parametrize(("name", "suspected"), [("*", False), ("_*", False), ("_c*", False), ("_co*", True)])
def test_a_pattern_that_gives_too_few_characters_says_nothing(name: str, *, suspected: bool) -> None:
    known = Index([made_up("counter", storage=(stored("_count"),))])

    assert (tracking.by_storage(known, name) is not None) is suspected


def test_whose_host_it_is_decides_between_two_who_store_the_same_name() -> None:
    first, second = (
        made_up(key, storage=(stored("_visitor", host=f".{key}.example"),)) for key in ("alpha", "beta")
    )
    found = tracking.by_storage(Index([first, second]), "_visitor", "beta.example")

    assert found is not None
    assert found.service is second


def test_a_host_that_something_else_loads_from_too_is_not_suspected() -> None:
    known = index()

    assert tracking.by_host(known, "eu.counter.example") is not None
    assert tracking.by_host(known, "*.ads.example") is not None
    assert tracking.by_host(known, "shared.example") is None
    assert tracking.by_host(known, "shop.example") is None


def test_a_service_is_suspected_by_its_name() -> None:
    found = tracking.by_name(index(), "counter")

    assert found is not None
    assert found.purpose.en == "Counts visits."
    assert tracking.by_name(index(), "player") is None
    assert tracking.by_name(index(), "nobody") is None
