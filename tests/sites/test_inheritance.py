"""What sites of a group share: own values stay, all others follow, and nothing else changes."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Invalid
from server.sites import document as schema
from server.sites import document_places, inheritance
from server.sites.document_types import Document
from server.sites.inheritance import PARTS
from server.sites.values import CONSENT_SERVICE
from server.studio.editor import banner
from tests.sites.documents import cookie, documents, publishable, service, with_services
from tests.sites.test_document_merge import COUNTER, EDITS, base, edited, set_at

ALL = tuple(PARTS)
parts = st.lists(st.sampled_from(ALL), unique=True)
edits = st.lists(st.sampled_from(sorted(EDITS)), unique=True, max_size=3)


def normal(document: Document) -> Document:
    """As it is stored: with all that the schema fills in."""
    return schema.load(copy.deepcopy(document))


def with_edits(names: list[str]) -> Document:
    return normal(edited(base(), *(EDITS[name] for name in names)))


def own_places(group: dict[str, Any], site: Document) -> set[Any]:
    return {each.place for each in inheritance.own_values(group, site) if not each.only_here}


# --- what holds of any documents --------------------------------------------------------------------------


@given(documents(), parts)
def test_a_site_inherits_all_of_a_group_that_was_made_of_it(site: Document, shared: list[str]) -> None:
    group = inheritance.of_parts(site, shared)
    assert set(inheritance.parts_of(group)) == set(shared)
    assert inheritance.own_values(group, site) == () or all(
        each.place == ("services", (CONSENT_SERVICE,)) for each in inheritance.own_values(group, site)
    )
    assert inheritance.inherited(group, site) == site


@given(documents(), documents(), parts)
def test_a_site_that_takes_all_values_of_its_group_has_no_own_ones_left(
    site: Document, source: Document, shared: list[str]
) -> None:
    group = inheritance.of_parts(source, shared)
    assert own_places(group, inheritance.inherited(group, site)) == set()


@given(documents(), documents(), parts)
def test_resetting_each_own_value_is_taking_all_values_of_the_group(
    site: Document, source: Document, shared: list[str]
) -> None:
    group = inheritance.of_parts(source, shared)
    pattern = inheritance.inherited(group, site)
    reset = document_places.with_values_of(site, pattern, own_places(group, site))
    assert own_places(group, reset) == set()


@given(documents(), documents(), parts)
def test_sharing_each_own_value_leaves_the_site_as_it_is_and_without_any(
    site: Document, source: Document, shared: list[str]
) -> None:
    group = inheritance.of_parts(source, shared)
    found = inheritance.own_values(group, site)
    places = [each.place for each in found if not each.only_here or each.place[0] != "texts"]
    after = document_places.with_values_of(group, site, places)
    assert own_places(after, site) == set()
    assert inheritance.applied(site, group, after) == site


@given(documents(), documents(), documents(), parts)
def test_nothing_outside_of_what_a_group_shares_changes(
    site: Document, before: Document, after: Document, shared: list[str]
) -> None:
    old, new = (inheritance.of_parts(each, shared) for each in (before, after))
    try:
        found = inheritance.applied(normal(site), old, new)
    except Invalid:
        return  # The new values and the own ones do not stand together, and nothing is changed.
    for part, places in PARTS.items():
        for place in places if part not in shared else ():
            if place != ("behaviour", "mapping"):  # which the schema completes by the categories
                assert document_places.value_at(found, place) == document_places.value_at(normal(site), place)


@given(edits, edits, edits)
def test_own_values_stay_and_all_others_follow(own: list[str], before: list[str], after: list[str]) -> None:
    site = with_edits(own)
    old, new = (inheritance.of_parts(with_edits(names), ALL) for names in (before, after))
    try:
        found = inheritance.applied(site, old, new)
    except Invalid:
        return
    had = inheritance.own_values(old, site)
    for each in had:
        value = document_places.value_at(site, each.place)
        if not isinstance(value, list | dict):
            assert document_places.value_at(found, each.place) == value, each.place
    # Whatever is not the new group's is there because the site had it of its own.
    kept = {each.place for each in had}
    for each in inheritance.own_values(new, found):
        place = each.place
        assert any(place[: len(one)] == one or one[: len(place)] == place for one in kept), place


@given(edits, edits)
def test_a_site_without_own_values_becomes_as_the_group_is(before: list[str], after: list[str]) -> None:
    site = with_edits(before)
    old, new = inheritance.of_parts(site, ALL), inheritance.of_parts(with_edits(after), ALL)
    assert inheritance.own_values(new, inheritance.applied(site, old, new)) == ()


# --- in particular ----------------------------------------------------------------------------------------


def changed(group: dict[str, Any], *path: str | int, to: Any) -> dict[str, Any]:
    result = copy.deepcopy(group)
    set_at(*path, to=to)(result)
    return result


def test_a_group_that_gets_a_service_gives_it_to_its_sites_beside_their_own() -> None:
    site = normal(with_services(service("map"), service("only_mine")))
    before = inheritance.of_parts(normal(with_services(service("map"))), ["services"])
    after = inheritance.of_parts(normal(with_services(service("map"), service("chat"))), ["services"])
    found = inheritance.applied(site, before, after)
    assert {each["key"] for each in found["services"]} == {CONSENT_SERVICE, "map", "only_mine", "chat"}
    gone = inheritance.applied(found, after, before)
    assert [each["key"] for each in gone["services"]] == [each["key"] for each in site["services"]]


def test_what_a_site_says_of_a_service_stays_when_the_group_gets_the_same_service() -> None:
    site = normal(with_services(service("chat", provider="Our own AS")))
    before = inheritance.of_parts(normal(publishable()), ["services"])
    after = inheritance.of_parts(normal(with_services(service("chat", provider="Chat Ltd"))), ["services"])
    found = inheritance.applied(site, before, after)
    assert found["services"][COUNTER]["provider"] == "Our own AS"
    assert [each.place for each in inheritance.own_values(after, found)] == [
        ("services", ("chat",), "provider")
    ]


def test_a_service_that_a_site_has_removed_does_not_come_back() -> None:
    site = normal(publishable())
    before = inheritance.of_parts(normal(with_services(service("map"))), ["services"])
    after = changed(before, "services", 0, "provider", to="Map Ltd")
    assert inheritance.applied(site, before, after) == site
    (removed,) = inheritance.own_values(after, site)
    assert (removed.place, removed.change.after) == (("services", ("map",)), None)


def test_a_site_takes_texts_in_the_languages_that_it_speaks() -> None:
    site = publishable()
    for code in [code for code in site["texts"] if code != "nb"]:
        del site["texts"][code]
    group = inheritance.of_parts(normal(publishable()), ["texts"])
    after = changed(group, "texts", "nn", "title", to="Informasjonskapslar")
    assert inheritance.applied(normal(site), group, after) == normal(site)
    after = changed(group, "texts", "nb", "title", to="Velkommen")
    found = inheritance.applied(normal(site), group, after)
    assert (list(found["texts"]), found["texts"]["nb"]["title"]) == (["nb"], "Velkommen")


def test_a_language_that_only_one_site_has_can_be_given_to_the_group() -> None:
    site = normal(with_services(service("map", purpose={"nb": "Kart", "se": "Kárta"})))
    site["texts"]["se"] = {**site["texts"]["nb"], "title": "Buorre beaivi"}
    group = inheritance.of_parts(site, ["texts", "services"])
    del group["texts"]["se"], group["services"][0]["purpose"]["se"]
    (found,) = inheritance.own_values(group, site)
    assert (found.place, found.only_here) == (("texts", "se"), True)
    after = inheritance.with_language_of(group, site, "se")
    assert after == inheritance.of_parts(site, ["texts", "services"])
    assert inheritance.own_values(after, site) == ()


def test_a_change_that_does_not_stand_with_what_a_site_has_is_refused() -> None:
    site = publishable()
    site["categories"] = [each for each in site["categories"] if each["key"] != "statistics"]
    before = inheritance.of_parts(normal(publishable()), ["services"])
    after = inheritance.of_parts(normal(with_services(service("map"))), ["services"])
    with pytest.raises(Invalid) as refused:
        inheritance.applied(site, before, after)
    assert "category" in " ".join(refused.value.errors)


def test_a_part_that_is_shared_from_now_on_changes_no_site() -> None:
    site, source = with_edits(["colour"]), normal(base())
    before = inheritance.of_parts(source, ["texts"])
    after = inheritance.with_parts(before, source, ["texts", "appearance"])
    assert inheritance.applied(site, before, after) == site
    assert own_places(after, site) == {("appearance", "colours", "light", "accent")}
    assert inheritance.with_parts(after, site, ["appearance"]) == inheritance.of_parts(source, ["appearance"])


def test_the_service_of_our_own_storage_is_each_sites_own() -> None:
    group = inheritance.of_parts(normal(publishable()), ["services"])
    assert group["services"] == []
    shared = inheritance.shared_places(group)
    assert not inheritance.is_in(("services", (CONSENT_SERVICE,), "provider"), shared)
    assert inheritance.is_in(("services", ("map",), "provider"), shared)
    assert inheritance.own_values(group, normal(publishable())) == ()


def test_parts_are_the_pages_of_the_editor() -> None:
    assert {("behaviour", key) for key in banner.ASKING} == set(PARTS["behaviour"])
    assert {("behaviour", key) for key in inheritance.TOOL_KEYS} == set(PARTS["tools"])


def test_an_entry_of_a_shared_service_is_the_sites_own_and_can_be_shared() -> None:
    site = normal(with_services(service("map", cookies=[cookie("_a"), cookie("_b")])))
    group = inheritance.of_parts(normal(with_services(service("map", cookies=[cookie("_a")]))), ["services"])
    (found,) = inheritance.own_values(group, site)
    assert found.only_here
    after = document_places.with_values_of(group, site, [found.place])
    assert inheritance.own_values(after, site) == ()
