"""Where an edit has changed a draft, and whether anything of it is left."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from server.sites import edit_place
from server.sites.document_diff import changes
from server.sites.document_types import Document
from tests.sites.documents import cookie, documents, publishable, service, with_services


def edited(change: Callable[[Any], None], old: Document | None = None) -> tuple[Document, Document]:
    """A document and what an edit makes of it."""
    before = old or with_services(service("counter"))
    after: Any = copy.deepcopy(before)
    change(after)
    return before, after


def place(change: Callable[[Any], None]) -> str:
    return edit_place.place_of(changes(*edited(change)))


def cookies(document: Any) -> Any:
    return document["services"][-1]["cookies"]


def stored_at(number: int) -> str:
    return f"services.{len(with_services(service('counter'))['services']) - 1}.cookies.{number}"


def test_an_edit_of_one_field_is_where_the_field_is() -> None:
    assert place(lambda one: one["texts"]["nb"].update(title="Kaker")) == "texts.nb.title"
    assert place(lambda one: one["behaviour"]["signals"].update(dnt=False)) == "behaviour.signals.dnt"
    assert place(lambda one: cookies(one)[0].update(lifetime="P9D")) == f"{stored_at(0)}.lifetime"


def test_a_text_that_was_empty_is_the_same_field_before_and_after() -> None:
    empty = with_services(service("counter"))
    empty["services"][-1]["purpose"].pop("nn", None)
    _, written = edited(lambda one: one["services"][-1]["purpose"].update(nn="Tel."), empty)
    path = f"services.{len(empty['services']) - 1}.purpose.nn"
    assert edit_place.place_of(changes(empty, written)) == path
    assert edit_place.place_of(changes(written, empty)) == path


def test_an_entry_that_was_added_or_got_another_name_is_one_thing() -> None:
    assert place(lambda one: cookies(one).append(cookie("_new"))) == f"+{stored_at(1)}"
    assert place(lambda one: cookies(one)[0].update(name="_other", lifetime="P9D")) == stored_at(0)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: cookies(one).clear(),
        lambda one: one["categories"].reverse(),
        lambda one: one["texts"]["nb"].update(title="Kaker", body="Mer"),
        lambda one: None,
    ],
    ids=["removed", "moved", "two fields", "nothing"],
)
def test_what_has_no_one_place_has_none(change: Callable[[Any], None]) -> None:
    assert place(change) == ""


def test_an_edit_goes_on_in_its_field_and_within_an_entry_that_it_added() -> None:
    title, row = "texts.nb.title", "services.0.cookies.1"
    assert edit_place.goes_on(title, title)
    assert edit_place.goes_on(f"+{row}", row)
    assert edit_place.goes_on(f"+{row}", f"{row}.lifetime")
    for begun, then in ((title, "texts.nb.body"), (row, f"{row}.lifetime"), (f"+{row}", f"{row}1"), ("", "")):
        assert not edit_place.goes_on(begun, then)


@given(documents(), documents())
def test_an_edit_is_left_until_it_is_taken_back(old: Document, new: Document) -> None:
    assert edit_place.is_left(old, new, new) is (old != new)
    assert not edit_place.is_left(old, new, old)


def test_what_others_do_elsewhere_leaves_nothing_of_an_edit_that_is_taken_back() -> None:
    before, after = edited(lambda one: one["texts"]["nb"].update(title="Kaker"))
    _, elsewhere = edited(lambda one: one["texts"]["nb"].update(body="Mer"), publishable())
    assert not edit_place.is_left(before, after, {**before, "texts": elsewhere["texts"]})
    _, again = edited(lambda one: one["texts"]["nb"].update(title="Fra Ola"))
    assert edit_place.is_left(before, after, again)
