"""The document of a preview: only what was sent, in one language, and nothing that was stored is changed."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sites import service as sites
from server.studio.draft import form_binding, preview_document
from tests.studio.test_preview_scenes import ROOTS, full

DOCUMENT = full()
NAMES = form_binding.fields_of(DOCUMENT, *ROOTS)
LANGUAGES = sorted(DOCUMENT["texts"])


@given(
    st.sets(st.sampled_from([*sorted(NAMES), "csrf_token", "revision", "texts.xx.title", "services..name"]))
)
def test_sent_fields_are_those_of_all_fields_that_were_sent(sent: set[str]) -> None:
    assert preview_document.sent_fields(DOCUMENT, sent) == {n: p for n, p in NAMES.items() if n in sent}


@given(st.dictionaries(st.sampled_from(sorted(NAMES)), st.text(max_size=20), max_size=5))
def test_nothing_that_is_sent_changes_what_was_stored(typed: dict[str, str]) -> None:
    before = copy.deepcopy(DOCUMENT)

    edited = form_binding.bind(DOCUMENT, typed, NAMES)
    preview_document.for_preview(edited, language="nn", scheme="dark")

    assert before == DOCUMENT


def texts_in(value: Any, found: list[set[str]]) -> list[set[str]]:
    """The languages of all texts below a value."""
    if isinstance(value, dict):
        if value and set(value) <= set(LANGUAGES):
            found.append(set(value))
        for inner in value.values():
            texts_in(inner, found)
    elif isinstance(value, list):
        for inner in value:
            texts_in(inner, found)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_preview_is_a_valid_banner_in_one_language_alone(language: str) -> None:
    shown = preview_document.for_preview(DOCUMENT, language=language, scheme="")

    assert all(languages == {language} for languages in texts_in(shown, []))
    assert sites.validate(shown)["default_language"] == language


def test_gaps_are_filled_from_the_main_language() -> None:
    document: Any = copy.deepcopy(DOCUMENT)
    main = document["default_language"]
    other = next(code for code in LANGUAGES if code != main)
    document["texts"][other]["title"] = ""
    del document["services"][0]["purpose"][other]

    shown = preview_document.for_preview(document, language=other, scheme="light")

    assert shown["texts"][other]["title"] == document["texts"][main]["title"]
    assert shown["services"][0]["purpose"] == {other: document["services"][0]["purpose"][main]}
    assert shown["appearance"]["scheme"] == "light"


@pytest.mark.parametrize(
    ("objection", "heeded"),
    [
        ("", {"gpc": False, "dnt": False}),
        ("gpc", {"gpc": True, "dnt": False}),
        ("dnt", {"gpc": False, "dnt": True}),
    ],
)
def test_a_signal_counts_only_where_the_preview_simulates_it(objection: str, heeded: dict[str, bool]) -> None:
    document: Any = copy.deepcopy(DOCUMENT)
    document["behaviour"]["signals"] = {"gpc": True, "dnt": True}

    shown = preview_document.for_preview(document, language="nb", scheme="", objection=objection)

    assert shown["behaviour"]["signals"] == heeded
