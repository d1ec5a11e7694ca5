"""The documentation's pages on known services say what the catalog says, and what it could not confirm."""

import html
import importlib
import re
import runpy
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

from server.catalog import service as catalog
from server.catalog.values import Alternative, Service, Storage, Texts, Use

SOURCE = Path(__file__).resolve().parents[1] / "docs" / "service_pages.py"
MODULE: dict[str, Any] = runpy.run_path(str(SOURCE))
PAGES: dict[str, str] = dict(MODULE["pages"](catalog.services()))
NAME_OF_PAGE: Callable[[Service], str] = MODULE["name_of_page"]


MARKDOWN: Any = importlib.import_module("markdown")
"""What MkDocs reads pages with; it has no types."""


@cache
def shown(service: Service) -> str:
    """What a reader sees of a service's page."""
    page = dict(MODULE["pages"]([service]))[f"services/{NAME_OF_PAGE(service)}"]
    made = MARKDOWN.markdown(page.split("---\n", 2)[2], extensions=["fenced_code", "attr_list"])
    return html.unescape(re.sub(r"<[^>]+>", "", made))


def test_a_page_has_every_fact_and_every_text() -> None:
    missing = {each.key: absent for each in catalog.services() if (absent := [*_not_shown(each)])}

    assert missing == {}


def _not_shown(each: Service) -> Iterator[str]:
    """Facts and texts of a service that its page does not have."""
    page = shown(each)
    texts = (each.purpose, *(stored.purpose for stored in each.stored_today))
    facts = [word for text in texts for word in (text.nb, text.nn, text.en)]
    facts += [each.category_reason.en, each.reviewed, each.privacy_link, each.agreement_link]
    facts += [each.advice.en] if each.advice else []
    facts += [*each.hosts, *each.recipients, *each.consent_mode, *(one.note.en for one in each.alternatives)]
    facts += [one.address for one in each.sources] + [one.name for one in each.storage]
    return (fact for fact in facts if fact not in page)


def test_a_page_says_what_could_not_be_confirmed() -> None:
    wrong = {}
    for each in catalog.services():
        missing = shown(each).split("What could not be confirmed")[1].split("Sources")[0]
        unsaid = [gap.field for gap in catalog.gaps(each) if gap.what not in missing]
        if unsaid or ("It is not confirmed" in missing) is not any(gap.what for gap in catalog.gaps(each)):
            wrong[each.key] = unsaid or missing

    assert wrong == {}


def test_texts_for_visitors_have_the_labels_of_the_cookie_declaration() -> None:
    page = shown(catalog.find("stripe"))

    for label in (
        "Formål: ",
        "Føremål: ",
        "Purpose: ",
        "Derfor er det strengt nødvendig: ",
        "Opplysningar: ",
    ):
        assert label in page
    assert "strengt nødvendig" not in shown(catalog.find("hotjar"))


def test_the_list_leads_to_every_service_under_what_it_is_used_for() -> None:
    listed = PAGES["services/index.md"]

    assert set(MODULE["USES"]) == set(get_args(Use))
    for each in catalog.services():
        group = listed.split(f"## {MODULE['USES'][each.use]}\n")[1].split("\n## ")[0]
        assert f"]({NAME_OF_PAGE(each)})" in group
    assert len(PAGES) == len(catalog.services()) + 1


def test_names_of_cookies_and_texts_are_shown_as_they_are() -> None:
    odd = "a_b*c* [d](e) <f> `g` | \\h & #i"
    made = replace(
        catalog.find("plausible"),
        purpose=Texts(odd, odd, odd),
        storage=(Storage("_a|b`*", "cookie", Texts(odd, odd, odd)),),
        stores_nothing=None,
        alternatives=(Alternative(Texts(odd, odd, odd), odd[:20]),),
    )
    page = shown(made)

    assert page.count(odd) >= 8
    assert "_a|b`*" in page


def test_that_something_stores_nothing_is_said_only_where_it_is_confirmed() -> None:
    nothing = replace(catalog.find("plausible"), storage=(), stores_nothing=True)
    unknown = replace(nothing, stores_nothing=None)

    assert "Nothing by itself." in shown(nothing)
    assert "Nothing by itself." not in shown(unknown)
    assert "what it stores on the device" in shown(unknown).split("What could not be confirmed")[1]


def test_what_would_have_another_category_by_itself_is_marked() -> None:
    text = Texts("a", "b", "c")
    made = replace(
        catalog.find("plausible"),
        storage=(Storage("opt_out", "cookie", text, category="necessary"),),
        stores_nothing=None,
    )

    assert "By itself it would be: necessary, without consent." in shown(made)


def test_what_only_earlier_versions_stored_is_named_and_is_no_text_for_the_banner() -> None:
    page = shown(catalog.find("google_analytics"))

    assert "Only earlier versions stored __utma, __utmb, __utmc, __utmt*, __utmz, __utmv." in page
    assert page.count("__utma") == 1


def test_lifetimes_are_in_words() -> None:
    text = Texts("a", "b", "c")
    places = (
        Storage("one", "cookie", text, lifetime="P13M"),
        Storage("two", "cookie", text, lifetime="session"),
        Storage("three", "session_storage", text),
        Storage("four", "local_storage", text),
        Storage("five", "cookie", text),
    )
    page = shown(replace(catalog.find("plausible"), storage=places, stores_nothing=None))

    for words in (
        "13 months",
        "until the browser is closed",
        "until the tab is closed",
        "until it is cleared",
        "not confirmed",
    ):
        assert words in page.split("Does Plausible")[0]
