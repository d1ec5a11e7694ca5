"""Parts of a document that have a key: what forms name them by, and what adding and moving them does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sites import service as sites
from server.sites import standard_sections
from server.sites.document_types import PART_KEY, STANDARD_SECTIONS
from server.studio.draft import countries, keyed_parts, section_view
from server.studio.draft.keyed_parts import SECTIONS

DOCUMENT = sites.default_document(name="Butikken")


def keys(document: object = DOCUMENT) -> list[str]:
    return [part["key"] for part in keyed_parts.parts_of(document, SECTIONS)]  # type: ignore[arg-type]


@given(st.lists(st.text(max_size=60), max_size=12), st.sampled_from(["section", "activity", "processor"]))
def test_every_title_gets_a_valid_key_of_its_own(titles: list[str], fallback: str) -> None:
    taken: set[str] = set()
    for title in titles:
        key = keyed_parts.free_key(title, taken, fallback)
        assert PART_KEY.fullmatch(key)
        assert key not in taken
        taken.add(key)


def test_key_is_readable() -> None:
    assert keyed_parts.free_key("Kart på nett", {"kart_pa_nett"}, "service") == "kart_pa_nett_2"
    assert keyed_parts.free_key("日本", set(), "activity") == "activity"
    assert keyed_parts.free_key("1", set(), "section") == "section_1"


@given(st.sampled_from([*STANDARD_SECTIONS, "nothing"]), st.integers(-3, 3))
def test_moving_changes_the_order_alone_and_can_be_undone(key: str, by: int) -> None:
    moved = keyed_parts.with_moved_part(DOCUMENT, SECTIONS, key, by=by)
    assert sorted(keys(moved)) == sorted(keys())
    if keys(moved) != keys():
        assert keys(keyed_parts.with_moved_part(moved, SECTIONS, key, by=-by)) == keys()


@given(st.text(min_size=1, max_size=60))
def test_added_section_can_be_saved_and_taken_away(title: str) -> None:
    document, key = section_view.with_section(DOCUMENT, title)
    assert keys(document).index(key) == keys(document).index("contact") - 1
    assert section_view.without_section(document, key) == DOCUMENT


@pytest.mark.parametrize("key", STANDARD_SECTIONS)
def test_standard_section_stays_and_has_its_words_again(key: str) -> None:
    index = keys().index(key)
    row = section_view.rows(DOCUMENT)[index]
    assert (row.standard, row.state, row.missing) == (True, "standard", ())
    assert section_view.without_section(DOCUMENT, key) is DOCUMENT
    edited = sites.default_document(name="Butikken")
    edited["notice"]["sections"][index]["body"]["nn"] = "Eigne ord"
    edited["notice"]["sections"][index]["heading"]["en"] = " "
    row = section_view.rows(edited)[index]
    assert (row.state, row.missing) == ("own", ("en",))
    for language in ("nn", "en"):
        edited = standard_sections.with_standard_words(edited, key, language)
    assert edited == DOCUMENT


def test_every_addition_belongs_to_a_standard_section() -> None:
    assert set(section_view.ADDITIONS) <= set(STANDARD_SECTIONS)


def test_section_that_the_law_asks_for_cannot_be_hidden() -> None:
    fixed = {row.key: row.article for row in section_view.rows(DOCUMENT) if not row.may_hide}
    assert fixed["rights"] == "13(2)(b)"
    assert "sharing" not in fixed


@given(st.one_of(st.just(""), st.text(min_size=1, max_size=3)))
def test_country_of_a_document_is_always_among_the_choices(current: str) -> None:
    groups = countries.groups(current)
    codes = [code for _label, entries in groups for code, _name in entries]
    assert current in codes
    assert len(codes) == len(set(codes))
    assert sorted(code for code, _name in countries.by_name(current)) == sorted(codes)


def test_language_that_the_product_lacks_is_no_fault_of_the_site() -> None:
    spoken = sites.with_language(DOCUMENT, "sv")
    rows = {row.key: row for row in section_view.rows(spoken)}
    assert rows["about"].untranslated == ()
    assert (rows["law"].untranslated, rows["law"].missing, rows["law"].state) == (("sv",), (), "standard")
    document, key = section_view.with_section(spoken, "Kameraer")
    assert section_view.rows(document)[keys(document).index(key)].missing == ("nb", "en", "nn", "sv")
