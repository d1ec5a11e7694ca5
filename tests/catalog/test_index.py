"""What the index finds is what comparing with every service finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.catalog.index import LEAST_ASKED, Index
from server.catalog.matching import compiled, fixed_characters, host_matches, name_matches
from server.catalog.values import Service
from tests.catalog.made_up import made_up, stored

NAMES = st.text("ab_*.", min_size=1, max_size=5)
HOSTS = st.builds(
    lambda star, labels, path: star + ".".join(labels) + path,
    st.sampled_from(["", "*."]),
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=3),
    st.sampled_from(["", "/x", "/x/y", "/z"]),
)
SERVICES = st.lists(
    st.tuples(st.lists(NAMES, max_size=4, unique=True), st.lists(HOSTS, max_size=4, unique=True)), max_size=5
)


def services(drawn: list[tuple[list[str], list[str]]]) -> list[Service]:
    return [
        made_up(f"s{place}", storage=tuple(map(stored, names)), hosts=tuple(hosts))
        for place, (names, hosts) in enumerate(drawn)
    ]


@given(SERVICES, NAMES)
def test_a_name_finds_all_that_is_stored_under_it(
    drawn: list[tuple[list[str], list[str]]], name: str
) -> None:
    known = services(drawn)
    expected = {
        (each.key, place.name) for each in known for place in each.storage if name_matches(place.name, name)
    }

    found = Index(known).storing(name)
    assert {(each.key, place.name) for each, place in found} == expected
    assert len(found) == len(expected)


@given(SERVICES, HOSTS)
def test_a_host_finds_all_who_load_from_it(drawn: list[tuple[list[str], list[str]]], place: str) -> None:
    known = services(drawn)
    expected = [each.key for each in known if any(host_matches(pattern, place) for pattern in each.hosts)]

    assert [each.key for each in Index(known).loading(place)] == expected


def test_a_host_may_be_that_of_a_service_which_has_a_path() -> None:
    index = Index([made_up("maps", hosts=("www.example.com/maps",))])

    assert index.loading("www.example.com") == ()
    assert [each.key for each in index.loading("www.example.com", whatever_path=True)] == ["maps"]
    assert index.loading("www.example.com/mail", whatever_path=True) == ()


def test_a_pattern_finds_what_it_stands_for_if_it_gives_enough() -> None:
    index = Index([made_up("heat", storage=(stored("_hjSession_*"), stored("_hjid"), stored("other")))])

    assert [place.name for _, place in index.covered_names("_hj*")] == ["_hjSession_*", "_hjid"]
    assert index.covered_names("_h*") == ()
    assert index.covered_names("_hjid") == ()


@given(SERVICES, NAMES)
def test_a_pattern_finds_every_name_that_it_stands_for(
    drawn: list[tuple[list[str], list[str]]], pattern: str
) -> None:
    known = services(drawn)
    enough = "*" in pattern and fixed_characters(pattern) >= LEAST_ASKED
    covers = compiled(pattern).fullmatch
    expected = [
        (each.key, place.name) for each in known for place in each.storage if enough and covers(place.name)
    ]

    assert [(each.key, place.name) for each, place in Index(known).covered_names(pattern)] == expected


def test_sub_domains_find_who_loads_from_one_of_them() -> None:
    index = Index(
        [made_up("heat", hosts=("static.heat.example",)), made_up("other", hosts=("heat.example",))]
    )

    assert [each.key for each in index.covered_hosts("*.heat.example")] == ["heat"]
    assert index.covered_hosts("static.heat.example") == ()


@pytest.mark.parametrize("name", ["heat", " HEAT ", "warmth"])
def test_a_name_or_an_alias_finds_a_service_in_whatever_case(name: str) -> None:
    assert [each.key for each in Index([made_up("heat", aliases=("Warmth",))]).called(name)] == ["heat"]
