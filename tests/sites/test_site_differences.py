"""What a file would change, and who changed it since one was last applied."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from server.sites.document import load
from server.sites.site_content import NEW, loaded, ordered
from server.sites.site_differences import Difference, between, shown
from tests.sites.documents import documents, publishable, service, with_services

Edit = Callable[[dict[str, Any]], object]


def content(*services: Any, **settings: Any) -> dict[str, Any]:
    banner = ordered(load(with_services(*services)))
    return {**NEW, "key": "butikk", "name": "Butikken", "domains": ["a.no"], **settings, "banner": banner}


def edited(start: dict[str, Any], *edits: Edit) -> dict[str, Any]:
    made = copy.deepcopy(start)
    for edit in edits:
        edit(made)
    return made


def one(found: tuple[Difference, ...]) -> Difference:
    assert len(found) == 1, found
    return found[0]


def rename(name: str) -> Edit:
    return lambda site: site.update(name=name)


def purpose(text: str) -> Edit:
    return lambda site: site["banner"]["services"][1]["purpose"].update(nb=text)


BASE = content(service())


@pytest.mark.parametrize(
    ("studio", "file", "origin"),
    [
        ([], [rename("Ny")], "file"),
        ([rename("Ny")], [], "studio"),
        ([rename("Ny")], [rename("Nyere")], "both"),
        ([], [purpose("Teller")], "file"),
        ([purpose("Teller")], [], "studio"),
        ([purpose("Teller")], [purpose("Måler")], "both"),
        ([lambda site: site["banner"]["services"].pop()], [], "studio"),
        ([], [lambda site: site["banner"]["services"].pop()], "file"),
        ([lambda site: site["banner"]["services"].pop()], [purpose("Teller")], "both"),
        ([purpose("Teller")], [lambda site: site["banner"]["services"].pop()], "both"),
        ([lambda site: site["domains"].append("b.no")], [], "studio"),
        ([], [lambda site: site["banner"]["services"].reverse()], "file"),
        ([lambda site: site["banner"]["services"].reverse()], [], "studio"),
        ([], [lambda site: site["banner"]["services"][1]["purpose"].pop("nb")], "file"),
        ([lambda site: site["banner"]["services"][1]["purpose"].pop("nb")], [], "studio"),
    ],
)
def test_each_change_says_who_made_it(studio: list[Edit], file: list[Edit], origin: str) -> None:
    assert one(between(edited(BASE, *studio), edited(BASE, *file), BASE)).origin == origin


def test_what_both_changed_alike_is_no_change() -> None:
    alike = edited(BASE, rename("Ny"), purpose("Teller"))

    assert between(alike, alike, BASE) == ()


def test_a_change_beside_one_in_the_studio_is_the_files_own() -> None:
    now, file = edited(BASE, rename("Ny")), edited(BASE, purpose("Teller"))

    assert {each.field: each.origin for each in between(now, file, BASE)} == {
        "name": "studio",
        "banner.services.counter.purpose.nb": "file",
    }


@pytest.mark.parametrize("applied", [None, {"key": "butikk", "domains": ["a.no"]}])
def test_where_no_file_named_a_value_nobody_knows_who_changed_it(applied: dict[str, Any] | None) -> None:
    assert one(between(BASE, edited(BASE, rename("Ny")), applied)).origin == "unknown"


@pytest.mark.parametrize(
    ("edit", "field", "label", "kind"),
    [
        (rename("Ny"), "name", "Name", "changed"),
        (
            purpose("Teller"),
            "banner.services.counter.purpose.nb",
            "Services › Counter › purpose (nb)",
            "changed",
        ),
        (
            lambda site: site["banner"]["texts"]["nb"].update(title="Hei"),
            "banner.texts.nb.title",
            "Texts (nb) › title",
            "changed",
        ),
        (
            lambda site: site["banner"]["services"].append(service("map")),
            "banner.services.map",
            "Services › Map",
            "added",
        ),
        (
            lambda site: site["banner"]["services"].pop(),
            "banner.services.counter",
            "Services › Counter",
            "removed",
        ),
        (lambda site: site["banner"]["services"].reverse(), "banner.services", "Services", "moved"),
        (
            lambda site: site["banner"]["services"][1]["cookies"][0].update(lifetime="P1D"),
            "banner.services.counter.cookies._count/.counter.example/cookie.lifetime",
            "Services › Counter › cookies › _count › lifetime",
            "changed",
        ),
        (
            lambda site: site["banner"]["behaviour"].update(validity_days=100),
            "banner.behaviour.validity_days",
            "Behaviour › validity days",
            "changed",
        ),
    ],
)
def test_a_change_is_named_by_its_place_in_words(edit: Edit, field: str, label: str, kind: str) -> None:
    found = one(between(BASE, edited(BASE, edit), BASE))

    assert (found.field, found.label, found.kind) == (field, label, kind)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        ("", "nothing"),
        ([], "nothing"),
        (True, "on"),
        (False, "off"),
        (7, "7"),
        (["a.no", "b.no"], "a.no, b.no"),
        (service(), "Counter"),
        ([service(), service("map")], "Counter, Map"),
    ],
)
def test_values_are_shown_in_a_few_words(value: object, words: str) -> None:
    assert shown(value, "nb") == words


@given(documents(), documents())
def test_any_two_banners_are_compared(one_banner: Any, other: Any) -> None:
    now, file = ({**BASE, "banner": ordered(load(each))} for each in (one_banner, other))

    for each in between(now, file, now):
        assert each.label
        assert each.origin == "file"
    for each in between(now, file, file):
        assert each.origin == "studio"


# --- what a file says -------------------------------------------------------------------------------------


def test_keys_stand_in_the_order_of_the_fields_and_the_main_language_first() -> None:
    banner = ordered(load(publishable("nn")))

    assert [*banner] == ["default_language", "categories", "services", "texts", "appearance", "behaviour",
                         "controller", "notice"]  # fmt: skip
    assert [*banner["texts"]] == ["nn", "en", "nb"]
    assert [*banner["categories"][0]] == ["key", "names", "descriptions", "order", "hidden"]
    assert [*banner["categories"][0]["names"]] == ["nn", "en", "nb"]


@given(documents())
def test_order_changes_no_value(banner: Any) -> None:
    assert ordered(load(banner)) == load(banner)


def test_every_fault_of_a_file_is_named_at_once() -> None:
    said, errors = loaded(
        {
            "key": "Butikk",
            "name": " ",
            "domains": "a.no",
            "tags": [1],
            "group": "X Y",
            "retention_days": -1,
            "approval_required": "no",
            "colour": "red",
            "banner": {"default_language": 7},
        },
        key="butikk",
    )

    assert errors.keys() >= {
        "key",
        "name",
        "domains",
        "tags.0",
        "group",
        "retention_days",
        "approval_required",
        "colour",
        "banner.default_language",
        "banner.texts",
    }
    assert errors["approval_required"] == "is neither true nor false"
    assert said == {}


@pytest.mark.parametrize("value", [None, [], "text", 7])
def test_what_is_no_object_is_no_file(value: object) -> None:
    said, errors = loaded(value, key="butikk")

    assert said == {}
    assert errors
