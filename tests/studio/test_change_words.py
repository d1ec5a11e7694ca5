"""Changes of a banner document as staff read them."""

import copy
from collections.abc import Callable

import pytest

from server.sites.document_diff import changes
from server.sites.document_types import Document
from server.studio.draft.change_words import Group, Line, groups
from tests.sites.documents import category, cookie, publishable, service, with_services


def lines(old: Document, new: Document) -> list[Line]:
    return [line for group in shown(old, new) for line in group.lines]


def shown(old: Document, new: Document) -> tuple[Group, ...]:
    return groups(changes(old, new), old, new)


def counted(**of_service: object) -> Document:
    return with_services({**service("counter"), **of_service})  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"country": "NO"}, {"country": "US"}, ("Norway", "United States")),
        ({"cookies": [cookie(lifetime="P1D")]}, {"cookies": [cookie(lifetime="P2Y")]}, ("1 day", "2 years")),
        ({"cookies": [cookie(kind="cookie")]}, {"cookies": []}, ("_count", "")),
        (
            {"hosts": ["a.example"]},
            {"hosts": ["b.example", "c.example"]},
            ("a.example", "b.example, c.example"),
        ),
        (
            {"transfer_basis": ""},
            {"transfer_basis": "adequacy_decision"},
            ("", "Adequacy decision of the European Commission"),
        ),
    ],
)
def test_values_are_words_that_staff_know(
    before: dict[str, object], after: dict[str, object], said: tuple[str, str]
) -> None:
    (line,) = lines(counted(**before), counted(**after))

    assert (line.before.text, line.after.text) == said


def test_numbers_have_their_units_and_fonts_their_names() -> None:
    old = counted()
    new = copy.deepcopy(old)
    new["behaviour"]["validity_days"] = 180
    new["appearance"]["radius"], new["appearance"]["font"] = 20, "Georgia, Cambria, serif"
    new["services"][-1]["retention"] = "P14M"
    said = [(line.before.text, line.after.text) for line in lines(old, new)]

    assert sorted(said) == [
        ("1 year", "14 months"),
        ("365 days", "180 days"),
        ("8 px", "20 px"),
        ("The page’s own", "With serifs"),
    ]


def test_a_colour_is_shown_and_a_text_that_looks_like_one_is_not() -> None:
    old = publishable()
    new = copy.deepcopy(old)
    new["appearance"]["colours"]["light"]["accent"] = "#0a5c55"
    new["texts"]["nb"]["title"] = "#1 deal"
    found = {line.after.text: line.after.colour for line in lines(old, new)}

    assert found == {"#0a5c55": "#0a5c55", "#1 deal": ""}


def test_a_switch_is_on_or_off() -> None:
    old = publishable()
    new = copy.deepcopy(old)
    new["behaviour"]["floating_button"] = not old["behaviour"]["floating_button"]
    (line,) = lines(old, new)

    assert {line.before.text, line.after.text} == {"On", "Off"}


def test_changes_stand_in_the_order_of_the_editors_pages() -> None:
    old = publishable()
    new = copy.deepcopy(old)
    new["controller"]["name"] = "Ny eier AS"
    new["appearance"]["radius"] = old["appearance"]["radius"] + 1
    new["texts"]["nb"]["title"] = "Ny tittel"

    assert [group.title for group in shown(old, new)] == ["Texts", "Appearance", "Controller"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda parts: parts.append(category("chat")), "added"),
        (lambda parts: parts.pop(), "removed"),
        (lambda parts: parts.reverse(), "moved"),
    ],
)
def test_a_part_is_added_removed_or_moved(change: Callable[[list[object]], object], kind: str) -> None:
    old = publishable()
    new = copy.deepcopy(old)
    change(new["categories"])  # type: ignore[arg-type]
    (line,) = lines(old, new)

    assert line.kind == kind
    assert line.before.text or line.after.text


def test_a_part_that_is_gone_is_edited_nowhere() -> None:
    (line,) = lines(counted(), publishable())

    assert (line.kind, line.link) == ("removed", None)
