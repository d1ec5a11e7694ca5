"""Which language a public page of a site is shown in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.notices.languages import WORDS, in_order, localized, of_words, requested
from server.notices.words import words
from server.notifications.texts import LANGUAGES
from server.sites.texts import SHIPPED
from tests.norwegian import flat
from tests.test_norwegian import AREAS

OFFERED = ("nb", "en", "nn", "pt")
TAG = st.from_regex(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,2}", fullmatch=True)


def test_the_address_wins_over_the_browser_and_the_browser_over_the_default() -> None:
    assert requested("en", ["nn"], OFFERED) == "en"
    assert requested("", ["nn", "en"], OFFERED) == "nn"
    assert requested("", ["sv"], OFFERED) == "nb"


def test_a_region_is_not_needed_and_no_means_bokmal() -> None:
    assert requested("", ["pt-BR"], OFFERED) == "pt"
    assert requested("NO", [], ("en", "nb")) == "nb"
    assert requested("", ["no-NO"], ("en", "nb")) == "nb"


@given(asked=TAG, accepted=st.lists(TAG, max_size=4))
def test_a_page_is_always_in_a_language_that_the_site_offers(asked: str, accepted: list[str]) -> None:
    assert requested(asked, accepted, OFFERED) in OFFERED


def test_every_language_with_texts_has_words_on_the_pages() -> None:
    for code in SHIPPED:
        assert of_words(code) in WORDS
        assert words("site_pages", code)["notice"]


def test_every_e_mail_to_a_visitor_can_be_in_the_language_of_the_page() -> None:
    assert set(LANGUAGES) == set(WORDS)


def test_a_text_that_is_missing_in_a_language_is_shown_in_the_default_and_says_so() -> None:
    texts = {"nb": "Tekst", "en": " ", "nn": "Tekst på nynorsk"}
    assert localized(texts, "nn", "nb") == ("Tekst på nynorsk", "nn")
    assert localized(texts, "en", "nb") == ("Tekst", "nb")
    assert localized({}, "en", "nb") == ("", "en")


@pytest.mark.parametrize("area", AREAS)
def test_the_words_of_a_kind_of_page_are_the_same_in_every_language(area: str) -> None:
    first, *others = (dict(flat(words(area, language))) for language in WORDS)
    for other in others:
        assert other.keys() == first.keys()
    assert all(text.strip() for text in first.values())


def test_languages_are_listed_in_one_order_on_every_page() -> None:
    assert in_order(["en", "sv", "nb", "da", "nn"]) == ("nb", "nn", "en", "da", "sv")
