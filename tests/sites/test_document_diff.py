"""What differs between two documents: all of it, nothing else, and as small as what was edited."""

import copy
from typing import Any

from hypothesis import given

from server.sites.document_diff import Change, Path, changes
from server.sites.document_types import Document
from tests.sites.documents import category, cookie, documents, publishable, service, with_services


def at(document: Document, path: tuple[str | int, ...]) -> Any:
    found: Any = document
    for step in path:
        found = found[step]
    return found


def is_there(document: Document, path: Path | None, shown: Any) -> bool:
    """Whether a document has a value at a path: all of it, or in a list, in this order, those that differ."""
    if path is None:
        return shown is None
    found = at(document, path)
    if isinstance(found, list):
        return [each for each in found if each in (shown or [])] == (shown or [])
    return shown is None or bool(found == shown)


@given(documents())
def test_a_document_does_not_differ_from_itself(document: Document) -> None:
    assert changes(document, copy.deepcopy(document)) == ()


@given(documents(), documents())
def test_documents_that_differ_have_changes_and_each_is_where_it_says(old: Document, new: Document) -> None:
    found = changes(old, new)

    assert bool(found) is (old != new)
    for change in found:
        assert change.before != change.after
        assert is_there(old, change.old, change.before)
        assert is_there(new, change.new, change.after)


@given(documents(), documents())
def test_what_changed_there_and_back_is_the_same(old: Document, new: Document) -> None:
    there = {(str(change.before), str(change.after)) for change in changes(old, new)}
    back = {(str(change.after), str(change.before)) for change in changes(new, old)}

    assert there == back


def test_a_text_changes_in_one_language() -> None:
    old = with_services(service("counter"))
    new = copy.deepcopy(old)
    new["services"][-1]["purpose"]["nn"] = "Tel besøk."
    place = len(new["services"]) - 1

    path = ("services", place, "purpose", "nn")
    assert changes(old, new) == (Change("Counts visits", "Tel besøk.", path, path),)


def test_a_service_that_comes_first_changes_nothing_of_the_others() -> None:
    old = with_services(service("counter"))
    new = copy.deepcopy(old)
    new["services"].insert(0, service("map"))

    (change,) = changes(old, new)
    assert (change.before, change.after["key"], change.old, change.new) == (
        None,
        "map",
        None,
        ("services", 0),
    )


def test_another_order_is_one_change() -> None:
    old = publishable()
    new = copy.deepcopy(old)
    new["categories"].append(new["categories"].pop(1))

    (change,) = changes(old, new)
    assert change.moved
    assert [each["key"] for each in change.after] == [each["key"] for each in new["categories"]]


def test_hosts_are_compared_by_entry_and_cookies_by_name() -> None:
    old = with_services(
        service("counter", hosts=["a.example", "b.example"], cookies=[cookie("_a"), cookie("_b")])
    )
    new = copy.deepcopy(old)
    counter = new["services"][-1]
    counter["hosts"] = ["b.example", "c.example"]
    counter["cookies"] = [cookie("_b", lifetime="P1Y"), cookie("_c")]

    found = [(change.before, change.after) for change in changes(old, new)]
    assert (["a.example"], ["c.example"]) in found
    assert "P1Y" in [after for _before, after in found]
    assert len(found) == 4


def test_a_category_that_is_gone_is_named_where_it_was() -> None:
    old = publishable()
    old["categories"].append(category("chat"))
    new = publishable()

    (change,) = changes(old, new)
    assert (change.before["key"], change.after, change.new) == ("chat", None, None)
    assert change.old == ("categories", len(old["categories"]) - 1)
