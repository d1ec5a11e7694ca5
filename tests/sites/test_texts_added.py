"""A site that adds a language gets the product's words in it."""

import copy
from typing import Any

import pytest

from server.sites import lint
from server.sites import service as sites
from server.sites.document import load
from server.sites.texts import FIRST, SHIPPED, digest, is_ours, shipped, spoken
from server.sites.values import languages
from tests.sites.documents import publishable, service, with_services

ADDED = [code for code in SHIPPED if code not in FIRST]


def errors(document: object) -> set[str]:
    return {f.field for f in lint.findings(load(document)) if f.severity == "error"}


@pytest.mark.parametrize("language", ADDED)
def test_a_document_with_one_more_language_can_be_published(language: str) -> None:
    document = sites.with_language(publishable(), language)
    assert languages(load(document)) == ("nb", *sorted(("en", "nn", language)))
    assert document["texts"][language] == shipped(language)["texts"]
    assert errors(document) == set()


def test_a_document_in_every_language_can_be_published() -> None:
    document = publishable()
    for language in SHIPPED:
        document = sites.with_language(document, language)
    assert set(languages(load(document))) == set(SHIPPED)
    assert errors(document) == set()


def test_a_document_that_has_the_language_stays_as_it_is() -> None:
    document = publishable()
    document["texts"]["nn"]["title"] = "Du avgjer"
    before = copy.deepcopy(document)
    assert sites.with_language(document, "nn") == before
    assert sites.with_language(sites.with_language(document, "sv"), "sv") == sites.with_language(
        document, "sv"
    )
    assert document == before


def test_gaps_are_filled_and_what_was_written_is_unchanged() -> None:
    document = publishable()
    document["texts"]["sv"] = {"title": "Kakor hos Butikken", "body": " "}
    document["categories"][1]["names"]["sv"] = "Komfort"
    added = sites.with_language(document, "sv")
    assert added["texts"]["sv"] == {**shipped("sv")["texts"], "title": "Kakor hos Butikken"}
    assert added["categories"][1]["names"]["sv"] == "Komfort"
    assert errors(added) == set()


def test_what_only_the_site_knows_stays_to_be_translated() -> None:
    document: Any = with_services(service())
    document["categories"][3]["key"] = "maps"
    del document["behaviour"]["mapping"]
    document["notice"]["sections"][8]["body"]["nb"] = "Hos oss er det annerledes."
    assert errors(sites.with_language(document, "sv")) == {
        "categories.3.names.sv",
        "categories.3.descriptions.sv",
        "services.1.purpose.sv",
        "services.1.cookies.0.purpose.sv",
        "notice.sections.8.heading.sv",
        "notice.sections.8.body.sv",
    }


FORMER_WORDS = {
    "nb": "Informasjonskapsler er små tekstfiler som et nettsted lagrer i nettleseren din. Det samme gjelder "
    "annen lagring på enheten, som lokal lagring og databaser i nettleseren. Noe trengs for at sidene skal "
    "virke. Alt annet bruker vi bare når du har sagt ja.",
    "nn": "Informasjonskapslar er små tekstfiler som ein nettstad lagrar i nettlesaren din. Det same gjeld "
    "anna lagring på eininga, som lokal lagring og databasar i nettlesaren. Noko trengst for at sidene skal "
    "verke. Alt anna bruker vi berre når du har sagt ja.",
    "en": "Cookies are small text files that a website stores in your browser. The same goes for other "
    "storage on the device, such as local storage and browser databases. Some of it is needed for the pages "
    "to work. Everything else we use only when you have said yes.",
}
"""The first section of the notice in the first release."""


def test_a_draft_with_the_words_of_an_earlier_release_is_not_taken_for_rewritten() -> None:
    document = publishable()
    body = document["notice"]["sections"][7]["body"]
    assert body.keys() == FORMER_WORDS.keys()
    assert not set(body.values()) & set(FORMER_WORDS.values())
    body.update(FORMER_WORDS)

    added = sites.with_language(document, "sv")["notice"]["sections"][7]["body"]

    assert added == {**FORMER_WORDS, "sv": shipped("sv")["notice"][0]["body"]}


def test_every_release_s_words_of_the_notice_are_remembered() -> None:
    """Where it fails: add these digests to `shipped_notices.json`, and leave what is there."""
    added = {
        code: new
        for code in SHIPPED
        if (
            new := [
                digest(each["body"]) for each in shipped(code)["notice"] if not is_ours(code, each["body"])
            ]
        )
    }

    assert added == {}


def test_languages_of_the_site_s_own_do_not_hinder_and_get_nothing() -> None:
    document = publishable()
    document["texts"]["ro"] = dict(document["texts"]["en"])
    document["notice"]["sections"][7]["body"]["ro"] = ""
    assert "notice.sections.7.body.sv" not in errors(sites.with_language(document, "sv"))
    document["notice"]["sections"][7]["body"]["ro"] = "Ce sunt cookie-urile"
    assert "notice.sections.7.body.sv" in errors(sites.with_language(document, "sv"))


def test_a_language_without_texts_cannot_be_added() -> None:
    with pytest.raises(ValueError, match="'ro'"):
        sites.with_language(publishable(), "ro")


def test_a_stored_document_says_what_the_product_has_learnt_since() -> None:
    stored = publishable()
    stored["texts"] = {code: dict(shipped(code)["texts"]) for code in ("nb", "fr")}
    stored["texts"]["sma"] = {"title": "Dihte"}
    del stored["texts"]["nb"]["erase"]
    stored["texts"]["fr"]["cancel"] = "Non"

    texts = spoken(stored)["texts"]

    assert texts["nb"] == shipped("nb")["texts"]
    assert texts["fr"]["cancel"] == "Non"
    assert texts["sma"] == {**shipped("en")["texts"], "title": "Dihte"}


def test_a_document_that_says_everything_is_left_as_it_is() -> None:
    whole = publishable()

    assert spoken(whole) is whole
