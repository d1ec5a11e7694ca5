"""Two edits of one draft brought together: nobody's work is lost, and what collides is named."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Invalid
from server.sites import document as schema
from server.sites.document_merge import Merge, merged, path_of
from server.sites.document_types import Document
from server.sites.values import ordered_categories
from tests.sites.documents import category, cookie, documents, publishable, service, with_services

Edit = Callable[[Any], None]


def edited(document: Document, *edits: Edit) -> Document:
    result = copy.deepcopy(document)
    for edit in edits:
        edit(result)
    return result


def set_at(*path: str | int, to: Any) -> Edit:
    def edit(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = to

    return edit


def found(document: Document, list_name: str, key: str) -> Any:
    parts: Any = document[list_name]  # type: ignore[literal-required]
    return next(part for part in parts if part["key"] == key)


def section(document: Any, key: str) -> Any:
    return next(part for part in document["notice"]["sections"] if part["key"] == key)


def without(list_name: str, key: str) -> Edit:
    def edit(document: Any) -> None:
        document[list_name] = [part for part in document[list_name] if part["key"] != key]

    return edit


def base() -> Document:
    """A document with two services of two cookies each."""
    both = [
        service(key, cookies=[cookie("_a"), cookie("_b")], hosts=["a.example", "b.example"])
        for key in ("counter", "map")
    ]
    return with_services(*both)


COUNTER, MAP = 1, 2
"""Where the services of `base` are."""


def joined(own: Edit, theirs: Edit, start: Document | None = None) -> Merge:
    start = start or base()
    return merged(start, edited(start, own), edited(start, theirs))


# --- what holds of any documents --------------------------------------------------------------------------


@given(documents(), documents())
def test_a_side_that_changed_nothing_leaves_the_other_as_it_is(old: Document, new: Document) -> None:
    for merge in (merged(old, new, old), merged(old, old, new)):
        assert merge.document == merge.own == merge.start == new
        assert merge.conflicts == ()


@given(documents(), documents())
def test_two_sides_that_did_the_same_do_not_collide(old: Document, new: Document) -> None:
    merge = merged(old, new, copy.deepcopy(new))
    assert (merge.document, merge.conflicts) == (new, ())


@given(documents(), documents(), documents())
def test_what_comes_out_is_a_document_and_the_sides_stay_as_they_are(
    old: Document, own: Document, theirs: Document
) -> None:
    before = copy.deepcopy((old, own, theirs))
    merge = merged(old, own, theirs)
    schema.load(copy.deepcopy(merge.document))
    assert (old, own, theirs) == before
    for conflict in merge.conflicts:
        assert conflict.own != conflict.theirs


EDITS: dict[str, Edit] = {
    "title": set_at("texts", "nb", "title", to="Kaker"),
    "title in nynorsk": set_at("texts", "nn", "title", to="Kjeks"),
    "validity": set_at("behaviour", "validity_days", to=90),
    "colour": set_at("appearance", "colours", "light", "accent", to="#123456"),
    "provider": set_at("services", COUNTER, "provider", to="Another AS"),
    "purpose": set_at("services", COUNTER, "purpose", "nb", to="Teller"),
    "purpose in nynorsk": set_at("services", COUNTER, "purpose", "nn", to="Tel"),
    "host": lambda document: document["services"][COUNTER]["hosts"].append("c.example"),
    "other host": lambda document: document["services"][COUNTER]["hosts"].remove("a.example"),
    "lifetime": set_at("services", COUNTER, "cookies", 0, "lifetime", to="P1Y"),
    "cookie": lambda document: document["services"][COUNTER]["cookies"].append(cookie("_c")),
    "no cookie": lambda document: document["services"][COUNTER]["cookies"].pop(1),
    "no map": lambda document: document["services"].pop(MAP),
    "new service": lambda document: document["services"].append(service("video")),
    "new category": lambda document: document["categories"].append(category("chat")),
    "description": set_at("categories", 1, "descriptions", "nb", to="Husker språket"),
    "hidden section": lambda document: section(document, "sharing").update(hidden=True),
    "section": lambda document: section(document, "sharing")["body"].update(nb="<p>Nytt</p>"),
    "order": lambda document: document["notice"]["sections"].insert(0, document["notice"]["sections"].pop(4)),
    "name": set_at("controller", "name", to="Butikken Drift AS"),
}
"""Edits of which no two touch the same thing."""


@given(st.lists(st.sampled_from(sorted(EDITS)), unique=True), st.data())
def test_edits_of_different_things_lose_nothing_and_may_come_in_any_order(
    names: list[str], data: st.DataObject
) -> None:
    split = data.draw(st.integers(0, len(names)))
    mine, others = ([EDITS[name] for name in side] for side in (names[:split], names[split:]))
    start = base()
    own, theirs = edited(start, *mine), edited(start, *others)
    one, other = merged(start, own, theirs), merged(start, theirs, own)
    assert one.conflicts == other.conflicts == ()
    assert one.document == other.document == edited(start, *mine, *others)


# --- parts -------------------------------------------------------------------------------------------------


def test_what_both_added_stands_after_each_other() -> None:
    merge = joined(
        lambda document: document["services"].append(service("own")),
        lambda document: document["services"].append(service("theirs")),
    )
    assert [each["key"] for each in merge.document["services"]][-3:] == ["map", "theirs", "own"]
    assert merge.conflicts == ()


def test_words_of_a_list_that_both_changed_are_all_there() -> None:
    path = ("services", COUNTER, "hosts")
    merge = joined(
        set_at(*path, to=["a.example", "c.example"]),
        set_at(*path, to=["d.example", "a.example", "b.example"]),
    )
    assert found(merge.document, "services", "counter")["hosts"] == ["d.example", "a.example", "c.example"]


@pytest.mark.parametrize("own_moves", [True, False])
def test_an_order_stays_though_the_other_side_adds_and_removes(own_moves: bool) -> None:
    def move(document: Any) -> None:
        document["services"].append(document["services"].pop(COUNTER))

    def change(document: Any) -> None:
        document["services"].insert(1, service("video"))
        document["services"][:] = [each for each in document["services"] if each["key"] != "samtykke"]

    merge = joined(move, change) if own_moves else joined(change, move)
    keys = [each["key"] for each in merge.document["services"]]
    assert keys.index("map") < keys.index("counter")
    assert {*keys} == {"video", "map", "counter"}
    assert merge.conflicts == ()


def test_two_orders_collide_and_theirs_stays() -> None:
    start = publishable()

    def moved(place: int) -> Edit:
        return lambda document: document["notice"]["sections"].insert(
            0, document["notice"]["sections"].pop(place)
        )

    merge = joined(moved(2), moved(4), start)
    (conflict,) = merge.conflicts
    assert (conflict.place, conflict.moved) == (("notice", "sections"), True)
    assert merge.document == edited(start, moved(4))
    assert merge.own == edited(start, moved(2))


def swap(one: int, other: int) -> Edit:
    def edit(document: Any) -> None:
        first, second = document["categories"][one], document["categories"][other]
        first["order"], second["order"] = second["order"], first["order"]

    return edit


def with_categories() -> Document:
    document = publishable()
    document["categories"] = [category("necessary", order=0)] + [
        category(key, order=order) for order, key in enumerate(("chat", "maps", "ads"), start=1)
    ]
    document["behaviour"]["mapping"] = dict.fromkeys(document["behaviour"]["mapping"], "")
    return document


def test_the_order_of_categories_is_one_thing() -> None:
    merge = joined(swap(1, 2), swap(2, 3), with_categories())
    (conflict,) = merge.conflicts
    assert conflict.moved
    assert [each["key"] for each in ordered_categories(merge.document)] == [
        "necessary",
        "chat",
        "ads",
        "maps",
    ]
    assert [each["key"] for each in ordered_categories(merge.own)] == ["necessary", "maps", "chat", "ads"]


def test_a_category_is_added_to_those_that_the_other_side_moves() -> None:
    merge = joined(
        swap(1, 3),
        lambda document: document["categories"].append(category("video", order=4)),
        with_categories(),
    )
    assert merge.conflicts == ()
    shown = [each["key"] for each in ordered_categories(merge.document)]
    assert [key for key in shown if key != "video"] == ["necessary", "ads", "maps", "chat"]
    assert "video" in shown


# --- conflicts ---------------------------------------------------------------------------------------------


def test_a_field_that_both_changed_keeps_theirs_and_names_both() -> None:
    path = ("texts", "nb", "title")
    merge = joined(set_at(*path, to="Mine"), set_at(*path, to="Deres"))
    (conflict,) = merge.conflicts
    assert (conflict.place, conflict.own, conflict.theirs) == (path, "Mine", "Deres")
    assert merge.document["texts"]["nb"]["title"] == merge.start["texts"]["nb"]["title"] == "Deres"
    assert merge.own["texts"]["nb"]["title"] == "Mine"


def test_a_conflict_leaves_the_other_fields_merged() -> None:
    merge = joined(
        lambda document: document["services"][COUNTER].update(provider="Mine AS", country="SE"),
        lambda document: document["services"][COUNTER].update(provider="Deres AS", retention="P2Y"),
    )
    (conflict,) = merge.conflicts
    assert conflict.place == ("services", ("counter",), "provider")
    assert path_of(conflict.place, merge.document) == ("services", COUNTER, "provider")
    counter = found(merge.document, "services", "counter")
    assert (counter["provider"], counter["country"], counter["retention"]) == ("Deres AS", "SE", "P2Y")


def test_a_part_that_one_removed_and_the_other_edited_collides_both_ways() -> None:
    provider = set_at("services", COUNTER, "provider", to="Another AS")

    mine = joined(provider, without("services", "counter"))
    (conflict,) = mine.conflicts
    assert (conflict.place, conflict.theirs) == (("services", ("counter",)), None)
    assert "counter" not in [each["key"] for each in mine.document["services"]]
    assert found(mine.own, "services", "counter")["provider"] == "Another AS"
    assert [each["key"] for each in mine.own["services"]] == ["samtykke", "counter", "map"]

    theirs = joined(without("services", "counter"), provider)
    (conflict,) = theirs.conflicts
    assert (conflict.own, conflict.theirs["provider"]) == (None, "Another AS")
    assert found(theirs.document, "services", "counter")["provider"] == "Another AS"


def test_a_text_that_was_empty_in_a_language_does_not_collide_with_one_that_is_sent_empty() -> None:
    start = base()
    start["services"][COUNTER]["purpose"] = {"nb": "Teller"}
    path = ("services", COUNTER, "purpose")
    merge = joined(
        set_at(*path, to={"nb": "Teller besøk", "nn": ""}),
        set_at(*path, to={"nb": "Teller", "nn": "Tel"}),
        start,
    )
    assert merge.conflicts == ()
    assert found(merge.document, "services", "counter")["purpose"] == {"nb": "Teller besøk", "nn": "Tel"}


def test_what_each_may_do_but_not_both_together_is_a_conflict_of_the_whole() -> None:
    start = with_categories()
    merge = joined(
        without("categories", "chat"),
        lambda document: document["services"].append(service("talk", "chat")),
        start,
    )
    (conflict,) = merge.conflicts
    assert conflict.place == ()
    assert merge.document == edited(
        start, lambda document: document["services"].append(service("talk", "chat"))
    )
    assert [path.rpartition(".")[2] for path in merge.errors] == ["category"]
    with pytest.raises(Invalid):
        schema.load(merge.own)
