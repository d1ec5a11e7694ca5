"""A newer description is offered value by value, and what staff wrote is never lost."""

import copy
import dataclasses
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.catalog import service as catalog
from server.catalog.values import Service as KnownService
from server.catalog.values import Texts
from server.sites.catalog_differences import Difference, Path, differences, taken_over
from server.sites.document import load
from server.sites.document_diff import identity_of
from server.sites.document_types import Service
from server.sites.known_services import filled
from tests.sites import known
from tests.sites.documents import publishable
from tests.sites.known import ANALYTICS

DOCUMENT = publishable()
GA = ("_ga", "", "cookie")

DOUBLED = tuple(
    each for each in catalog.services() if len({stored.name for stored in each.storage}) < len(each.storage)
)
"""Services that store something under one name twice: in two kinds of storage, or on two hosts."""


@st.composite
def edited(draw: st.DrawFn, service: Service) -> Service:
    """A service of which staff changed some fields."""
    other: Any = filled(draw(known.descriptions()), DOCUMENT)
    own: Any = copy.deepcopy(service)
    for field in ("name", "provider", "category", "country", "privacy_link", "hosts", "shared_with"):
        if draw(st.booleans()):
            own[field] = copy.deepcopy(other[field])
    for field in ("purpose", "data"):
        if draw(st.booleans()):
            own[field] = {**own[field], "nb": draw(st.sampled_from(["Vårt eget", ""]))}
    if draw(st.booleans()):
        own["cookies"] = [*own["cookies"][1:], *copy.deepcopy(other["cookies"][:2])]
    if own["cookies"] and draw(st.booleans()):
        own["cookies"][0]["lifetime"] = "P9D"
    return own  # type: ignore[no-any-return]


@st.composite
def situations(draw: st.DrawFn) -> tuple[Service, KnownService, KnownService]:
    """A service as it is, the description that it was filled from, and a newer one."""
    base = draw(known.descriptions())
    own = draw(edited(filled(base, DOCUMENT)))
    return own, base, draw(known.described_otherwise(base))


def preselected(found: tuple[Difference, ...]) -> set[Path]:
    return {each.path for each in found if each.kind == "updated"}


def left_alone(found: tuple[Difference, ...]) -> set[Path]:
    return {each.path for each in found if each.kind in ("updated", "gone")}


def comparable(service: Service) -> Any:
    """A service without the order of its lists, which says nothing, and without its key."""
    made: Any = copy.deepcopy(service)
    del made["key"]
    made["hosts"].sort()
    made["shared_with"].sort()
    made["cookies"].sort(key=lambda each: (each["name"], each["host"], each["kind"]))
    return made


@given(known.descriptions(), st.data())
def test_what_staff_left_alone_becomes_what_the_newer_description_fills(base: Any, data: Any) -> None:
    new = data.draw(known.described_otherwise(base))
    own = filled(base, DOCUMENT)
    found = differences(own, base, new, DOCUMENT)
    assert {each.kind for each in found} <= {"updated", "gone"}
    result = taken_over(own, new, found, left_alone(found))
    assert comparable(result) == comparable(filled(new, DOCUMENT))


@given(situations())
def test_no_removal_is_preselected(situation: Any) -> None:
    own, base, new = situation
    found = differences(own, base, new, DOCUMENT)
    assert not [each for each in found if each.kind == "updated" and each.new is None]
    result = taken_over(own, new, found, preselected(found))
    assert [each["name"] for each in own["cookies"]] == [
        each["name"] for each in result["cookies"][: len(own["cookies"])]
    ]
    assert set(own["hosts"]) <= set(result["hosts"])


def test_a_text_that_staff_rewrote_in_one_language_is_preselected_in_none() -> None:
    own: Any = filled(ANALYTICS, DOCUMENT)
    own["purpose"]["nb"] = "Vårt eget"
    own["cookies"][0]["purpose"]["nn"] = "Vårt eige"
    changed = Texts(nb="Ny", nn="Ny, òg", en="New")
    stored = dataclasses.replace(ANALYTICS.storage[0], purpose=changed)
    new = dataclasses.replace(ANALYTICS, purpose=changed, storage=(stored, *ANALYTICS.storage[1:]))
    found = {each.path: each.kind for each in differences(own, ANALYTICS, new, DOCUMENT)}
    who = (ANALYTICS.storage[0].name, ANALYTICS.storage[0].host, ANALYTICS.storage[0].kind)
    assert found[("purpose", "nb")] == found[("cookies", who, "purpose", "nn")] == "own"
    others = {path: kind for path, kind in found.items() if kind != "own"}
    assert set(others) == {
        *(("purpose", code) for code in DOCUMENT["texts"] if code != "nb"),
        *(("cookies", who, "purpose", code) for code in DOCUMENT["texts"] if code != "nn"),
    }
    assert set(others.values()) == {"beside_own"}


@given(situations())
def test_what_staff_wrote_is_not_among_what_is_preselected(situation: Any) -> None:
    own, base, new = situation
    found = differences(own, base, new, DOCUMENT)
    result: Any = taken_over(own, new, found, preselected(found))
    untouched: Any = filled(base, DOCUMENT)
    for field in ("name", "provider", "category", "country", "privacy_link"):
        if own[field] != untouched[field]:
            assert result[field] == own[field]
    for field in ("hosts", "shared_with"):
        assert set(own[field]) - set(untouched[field]) <= set(result[field])
        removed = set(untouched[field]) - set(own[field])
        assert not removed & set(result[field])
    for field in ("purpose", "data"):
        if own[field].get("nb") == "Vårt eget":
            assert result[field]["nb"] == "Vårt eget"
    before = {identity_of(each): each for each in untouched["cookies"]}
    after = {(identity_of(each), each["lifetime"]) for each in result["cookies"]}
    for cookie in own["cookies"]:
        who = identity_of(cookie)
        if who not in before:
            assert who in {identity for identity, _lifetime in after}
        elif cookie["lifetime"] != before[who]["lifetime"]:
            assert (who, cookie["lifetime"]) in after


@given(situations())
def test_taking_over_twice_changes_nothing_more(situation: Any) -> None:
    own, base, new = situation
    found = differences(own, base, new, DOCUMENT)
    result = taken_over(own, new, found, preselected(found))
    assert differences(result, new, new, DOCUMENT) == ()
    assert taken_over(result, new, (), set()) == result


@given(situations(), st.data())
def test_what_was_declined_is_not_offered_again_unless_it_is_an_empty_text(situation: Any, data: Any) -> None:
    own, base, new = situation
    found = differences(own, base, new, DOCUMENT)
    chosen = {each.path for each in found if data.draw(st.booleans())}
    result = taken_over(own, new, found, chosen)
    after = differences(result, new, new, DOCUMENT)
    assert all(each.own is None and isinstance(each.new, str) and len(each.path) > 1 for each in after)


@given(situations(), st.data())
def test_whatever_is_chosen_the_document_stays_valid(situation: Any, data: Any) -> None:
    own, base, new = situation
    known_base = base if data.draw(st.booleans()) else None
    found = differences(own, known_base, new, DOCUMENT)
    chosen = {each.path for each in found if data.draw(st.booleans())}
    result = taken_over(own, new, found, chosen)
    load({**DOCUMENT, "services": [*DOCUMENT["services"], result]})
    assert result["key"] == own["key"]
    assert result["retention"] == own["retention"]


@given(situations())
def test_choosing_nothing_changes_only_where_the_service_came_from(situation: Any) -> None:
    own, base, new = situation
    found = differences(own, base, new, DOCUMENT)
    result = taken_over(own, new, found, set())
    assert {**result, "catalog": own["catalog"]} == own
    assert result["catalog"] == filled(new, DOCUMENT)["catalog"]


@given(situations())
def test_without_the_earlier_description_all_that_differs_is_shown_and_nothing_preselected(
    situation: Any,
) -> None:
    own, _base, new = situation
    found = differences(own, None, new, DOCUMENT)
    assert {each.kind for each in found} <= {"unknown"}
    result = taken_over(own, new, found, {each.path for each in found})
    # In another category another legal basis is suggested, and what is necessary has a reason.
    follows = {"legal_basis", "necessary_reason"} if result["category"] != own["category"] else set()
    assert {each.path[0] for each in differences(result, None, new, DOCUMENT)} <= follows


def test_a_language_that_came_later_is_offered_and_its_texts_count_as_nobodys() -> None:
    own = filled(ANALYTICS, DOCUMENT)
    own["purpose"] = {"nb": own["purpose"]["nb"], "nn": "", "en": own["purpose"]["en"]}
    assert preselected(differences(own, ANALYTICS, ANALYTICS, DOCUMENT)) == {("purpose", "nn")}
    newer = dataclasses.replace(ANALYTICS, purpose=Texts("Noe nytt", "Noko nytt", "Something new"))
    paths = preselected(differences(own, ANALYTICS, newer, DOCUMENT))
    assert paths == {("purpose", "nb"), ("purpose", "nn"), ("purpose", "en")}


def test_a_lifetime_is_offered_though_staff_rewrote_the_purpose_of_the_same_cookie() -> None:
    own = filled(ANALYTICS, DOCUMENT)
    own["cookies"][0]["purpose"]["nb"] = "Vårt eget"
    first = dataclasses.replace(ANALYTICS.storage[0], lifetime="P13M")
    newer = dataclasses.replace(ANALYTICS, storage=(first, *ANALYTICS.storage[1:]))
    found = differences(own, ANALYTICS, newer, DOCUMENT)
    assert found == (Difference(("cookies", GA, "lifetime"), "updated", "P2Y", "P13M"),)
    assert found[0].name == '["cookies",["_ga","","cookie"],"lifetime"]'
    result = taken_over(own, newer, found, preselected(found))
    assert result["cookies"][0]["purpose"]["nb"] == "Vårt eget"


def test_a_fact_that_is_not_confirmed_any_more_is_offered_to_be_emptied() -> None:
    own = filled(ANALYTICS, DOCUMENT)
    found = differences(own, ANALYTICS, dataclasses.replace(ANALYTICS, privacy_link=""), DOCUMENT)
    assert [(each.path, each.kind, each.new) for each in found] == [(("privacy_link",), "gone", None)]


def test_a_host_that_staff_removed_does_not_come_back_by_itself() -> None:
    own = filled(ANALYTICS, DOCUMENT)
    removed = own["hosts"].pop()
    newer = dataclasses.replace(ANALYTICS, hosts=(*ANALYTICS.hosts, "new.example"))
    found = differences(own, ANALYTICS, newer, DOCUMENT)
    assert preselected(found) == {("hosts", "new.example")}
    assert removed not in taken_over(own, newer, found, preselected(found))["hosts"]


@given(st.sampled_from(DOUBLED), st.data())
def test_whatever_the_catalog_moves_what_staff_wrote_stays_at_what_they_wrote_it_of(
    base: KnownService, data: Any
) -> None:
    own: Any = filled(base, DOCUMENT)
    written = data.draw(st.permutations(own["cookies"]).map(lambda order: order[: len(order) // 2 + 1]))
    for number, cookie in enumerate(written):
        cookie["purpose"]["nb"] = f"Vårt eget {number}"
    expected = {identity_of(cookie): cookie["purpose"]["nb"] for cookie in written}
    # Staff may have deleted some, and the catalog has others first, or fewer.
    own["cookies"] = [each for each in own["cookies"] if each in written or data.draw(st.booleans())]
    stored = data.draw(st.permutations(base.storage))
    new = dataclasses.replace(base, storage=tuple(stored[: data.draw(st.integers(0, len(stored)))]))

    found = differences(own, base, new, DOCUMENT)
    result: Any = taken_over(own, new, found, preselected(found))

    assert {each.kind for each in found if each.path[:1] == ("cookies",) and len(each.path) > 2} <= {"own"}
    after = {identity_of(each): each["purpose"].get("nb") for each in result["cookies"]}
    assert after.items() >= expected.items()


@given(st.sampled_from(DOUBLED), st.data())
def test_a_new_lifetime_is_offered_for_what_the_catalog_says_it_of_and_for_nothing_else(
    base: KnownService, data: Any
) -> None:
    changed = data.draw(st.sampled_from([each for each in base.storage if not each.former]))
    stored = [dataclasses.replace(each, lifetime="P7D") if each is changed else each for each in base.storage]
    new = dataclasses.replace(base, storage=tuple(data.draw(st.permutations(stored))))
    own: Any = filled(base, DOCUMENT)
    gone = data.draw(st.sets(st.integers(0, len(own["cookies"]) - 1)))
    own["cookies"] = [each for place, each in enumerate(own["cookies"]) if place not in gone]

    found = differences(own, base, new, DOCUMENT)

    who = (changed.name, changed.host, changed.kind)
    if who in map(identity_of, own["cookies"]):
        lifetime = ("cookies", who, "lifetime")
        assert found == (Difference(lifetime, "updated", changed.lifetime or None, "P7D"),)
    else:
        assert [(each.path, each.kind) for each in found] == [(("cookies", who), "own")]


def test_a_cookie_of_another_host_does_not_get_the_lifetime_of_one_that_staff_deleted() -> None:
    adobe = catalog.find("adobe_analytics")
    own = filled(adobe, DOCUMENT)
    first = next(each for each in adobe.storage if each.name == "s_vi" and not each.host)
    own["cookies"] = [each for each in own["cookies"] if identity_of(each) != ("s_vi", "", "cookie")]
    newer = dataclasses.replace(
        adobe,
        storage=tuple(
            dataclasses.replace(each, lifetime="P1Y") if each is first else each for each in adobe.storage
        ),
    )
    found = differences(own, adobe, newer, DOCUMENT)
    assert preselected(found) == set()
    assert taken_over(own, newer, found, preselected(found))["cookies"] == own["cookies"]
