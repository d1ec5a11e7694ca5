"""All languages of a text on one page: which are shown, what is missing, and what the browser keeps."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.db import transaction
from server.sites import service as sites
from server.sites.document_types import TEXT_KEYS
from server.sites.values import Site, languages
from server.studio.draft import form_binding, page_languages
from server.studio.draft.form_binding import Form
from tests.studio.conftest import NOW, Visitor

SPOKEN = ("nb", "en", "nn", "sv", "da", "fi", "de")
CODES = st.sampled_from(SPOKEN)
DOCUMENT = sites.default_document(name="Butikken")
NEEDED = [f"texts.*.{key}" for key in TEXT_KEYS]


def form_of(document: Any, *roots: str) -> Form:
    return Form(document, 1, form_binding.fields_of(document, *((root,) for root in roots)))


@given(st.integers(1, 7), st.sets(st.one_of(CODES, st.sampled_from(("fr", "*")))), st.sets(CODES, max_size=2))
def test_the_main_language_and_what_was_asked_for_are_always_shown(
    count: int, chosen: set[str], also: set[str]
) -> None:
    spoken = SPOKEN[:count]
    found = page_languages.shown(spoken, chosen, also)

    assert found[0] == spoken[0]
    assert list(found) == [code for code in spoken if code in found]
    assert also & set(spoken) <= set(found)
    if "*" in chosen:
        assert found == spoken
    elif chosen & set(spoken):
        assert set(found) == ((chosen | also) & set(spoken)) | {spoken[0]}


@pytest.mark.parametrize(("count", "found"), [(1, 1), (3, 3), (4, 4), (5, 2), (7, 2)])
def test_of_many_languages_two_are_shown_until_somebody_chooses(count: int, found: int) -> None:
    assert len(page_languages.shown(SPOKEN[:count], ())) == found
    assert len(page_languages.shown(SPOKEN[:count], ("fr",))) == found


@given(st.sets(st.tuples(st.sampled_from(TEXT_KEYS), st.sampled_from(languages(DOCUMENT)))))
def test_exactly_the_texts_that_are_empty_are_missing(emptied: set[tuple[str, str]]) -> None:
    typed = {f"texts.{code}.{key}": " " for key, code in emptied}
    form = form_of(form_binding.bind(DOCUMENT, typed, form_of(DOCUMENT, "texts").names), "texts")
    lacking = page_languages.missing(form, NEEDED)

    assert {name for names in lacking.values() for name in names} == set(typed)
    for code, names in lacking.items():
        # In the order of the page, so that the first one is the first that somebody comes to.
        assert [name.rpartition(".")[2] for name in names] == [
            key for key in TEXT_KEYS if (key, code) in emptied
        ]
        assert all(name.startswith(f"texts.{code}.") for name in names)


def test_a_text_that_no_language_needs_is_missing_where_another_one_has_it() -> None:
    document = form_binding.with_service(DOCUMENT, "kart", "Kart", "functional")
    assert not any(page_languages.missing(form_of(document, "services"), ()).values())
    document["services"][-1]["necessary_reason"] = {"nn": "Kart er alt"}
    found = page_languages.missing(form_of(document, "services"), ())
    assert found == {
        "nb": ("services.kart.necessary_reason.nb",),
        "en": ("services.kart.necessary_reason.en",),
        "nn": (),
    }


def test_a_language_with_an_error_is_shown_though_it_was_not_chosen() -> None:
    form = form_of(DOCUMENT, "texts")
    with_error = Form(DOCUMENT, 1, form.names, errors={"texts.nn.title": "is too long"})
    for one, shown in ((form, ["nb", "en"]), (with_error, ["nb", "en", "nn"])):
        found = page_languages.of_page(one, NEEDED, ("nb", "en"), names={"nb": "norsk"})
        assert [each.name for each in found] == ["norsk", "en", "nn"]
        assert [each.code for each in found if each.shown] == shown


def fields(page: str) -> set[str]:
    """Languages in which a page has a field for the title."""
    return set(re.findall(r'name="texts\.([\w-]+)\.title"', page))


def test_the_browser_keeps_which_languages_are_shown_on_every_page(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    editor, banner = as_role("editor", site), f"/sites/{site.key}/banner"
    assert fields(editor.get(f"{banner}/texts").text) == {"nb", "nn", "en"}
    page = editor.get(f"{banner}/texts?show=nb&show=nn").text
    assert fields(page) == {"nb", "nn"}
    assert 'value="en"><span lang="en">English' in page
    assert fields(editor.get(f"{banner}/texts").text) == {"nb", "nn"}
    assert 'name="categories.statistics.names.en"' not in editor.get(f"{banner}/categories").text
    # What leads to a field shows it, and is forgotten afterwards.
    assert fields(editor.get(f"{banner}/texts?language=en").text) == {"nb", "nn", "en"}
    assert fields(editor.get(f"{banner}/texts").text) == {"nb", "nn"}
    assert fields(editor.get(f"{banner}/texts?show=*").text) == {"nb", "nn", "en"}
    assert fields(editor.get(f"{banner}/texts").text) == {"nb", "nn", "en"}


def test_saving_what_is_shown_leaves_the_other_languages_alone(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    editor, path = as_role("editor", site), f"/sites/{site.key}/banner/texts"
    before = sites.draft(site.id).document["texts"]
    editor.save(f"{path}?show=nb", {"texts.nb.title": "Du velger"})
    after = sites.draft(site.id).document["texts"]
    assert after["nb"]["title"] == "Du velger"
    assert {code: after[code] for code in ("nn", "en")} == {code: before[code] for code in ("nn", "en")}


def test_a_page_with_one_language_asks_for_none(site: Site, as_role: Callable[..., Visitor]) -> None:
    document: Any = sites.draft(site.id).document
    for code in ("nn", "en"):
        document = form_binding.without_language(document, code)
    with transaction():
        sites.save_draft(site.id, document, by="tests", now=NOW)
    page = as_role("editor", site).get(f"/sites/{site.key}/banner/texts").text
    assert "Languages shown" not in page
    assert '<label class="form-label" for="texts.nb.title">Title</label>' in page
