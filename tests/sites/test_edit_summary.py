"""Which places of a draft somebody edited, as one line of the audit log."""

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import given

from server.sites import edit_summary
from server.sites.document_types import Document
from server.sites.edit_summary import LONGEST, Line, Place
from tests.sites.documents import cookie, documents, service, with_services

TEXTS = with_services(service("counter"))["texts"]["nb"]


def summary(change: Callable[[Any], object], *services: Any) -> str:
    before = with_services(*(services or (service("counter"),)))
    after: Any = copy.deepcopy(before)
    change(after)
    return edit_summary.line(edit_summary.places(before, after))


def test_a_line_names_places_by_what_staff_call_their_parts_and_no_value() -> None:
    def change(one: Any) -> None:
        one["texts"]["nb"]["title"] = "Ring Kari på 99 99 99 99"
        one["services"][-1]["purpose"]["nb"] = ""
        one["services"].append(service("map", name="The; map › of all"))
        one["controller"]["contacts"]["email"] = "kari@example.no"

    assert summary(change) == (
        "services › Counter › purpose › nb; + services › The, map > of all; texts › nb › title; "
        "controller › contacts › email"
    )


def test_what_a_service_stores_is_one_place() -> None:
    def change(one: Any) -> None:
        one["services"][-1]["cookies"] = [cookie("_other"), cookie("_count", lifetime="P9D")]

    assert summary(change) == "services › Counter › cookies"


def test_many_places_in_one_part_are_one_and_many_parts_of_a_page_too() -> None:
    def of_texts(one: Any) -> None:
        one["services"].pop()
        for name in one["texts"]["nb"]:
            one["texts"]["nb"][name] = "Nytt"

    assert summary(of_texts) == f"− services › Counter; {len(TEXTS)} × texts › nb"
    many = [service(f"tracker{number}") for number in range(9)]
    assert summary(lambda one: one["services"].extend(many)) == "+ 9 × services"
    assert summary(lambda one: one["services"].reverse()) == "↕ services"


def test_a_line_that_would_be_too_long_says_how_many_places_it_leaves_out() -> None:
    places = [Place("added", ("services", f"{number}{'n' * 90}")) for number in range(5)]
    line = edit_summary.line(places)

    assert line.endswith("; 3 more")
    assert len(line) <= LONGEST + len("; 3 more")
    assert edit_summary.read(line) == Line(tuple(places[:2]), 3)


@given(documents(), documents())
def test_each_line_is_read_as_it_was_written(old: Document, new: Document) -> None:
    line = edit_summary.line(edit_summary.places(old, new))
    read = edit_summary.read(line)

    assert bool(line) == (old != new)
    if read is not None:
        assert edit_summary.line(read.places) == line.partition("; 1 more")[0] or read.left_out
        assert len(line) < 300


def test_what_is_no_line_is_not_read() -> None:
    assert edit_summary.read("; ") is None
