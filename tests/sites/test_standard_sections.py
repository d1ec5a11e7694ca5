"""The sections that every notice has: in every document, and with what our duties demand."""

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.canonical import canonical
from server.sites import lint
from server.sites.document import load
from server.sites.document_types import STANDARD_SECTIONS
from server.sites.rich_text import clean
from server.sites.standard_sections import shipped_section, with_standard_sections
from server.sites.texts import shipped
from tests.norwegian import faults
from tests.readability import lix, sentences, words_per_sentence
from tests.sites.documents import publishable

WRITTEN = ("nb", "nn", "en")

DUTIES: dict[str, tuple[str, dict[str, str]]] = {
    "S1 cookies are explained": (
        "about",
        {"nb": "små tekstfiler", "nn": "små tekstfiler", "en": "small text files"},
    ),
    "S2 statistics are anonymous": (
        "statistics",
        {"nb": "statistikken er anonym", "nn": "statistikken er anonym", "en": "statistics are anonymous"},
    ),
    "S3 anyone may refuse, and change their mind at any time": (
        "choice",
        {
            "nb": "ingen følger .* nei.* når som helst endre valget eller trekke samtykket tilbake",
            "nn": "ingen følgjer .* nei.* når som helst endre valet eller trekkje samtykket tilbake",
            "en": "saying no has no consequences.* change your choice or withdraw your consent at any time",
        },
    ),
    "S3 withdrawing is as easy as giving": (
        "choice",
        {"nb": "like enkelt som å gi", "nn": "like enkelt som å gi", "en": "as easy as giving"},
    ),
    "S4 access": (
        "rights",
        {
            "nb": "få vite hvilke opplysninger vi har om deg, og få en kopi",
            "nn": "få vite kva opplysningar vi har om deg, og få ein kopi",
            "en": "what information we hold about you, and get a copy",
        },
    ),
    "S5 erasure at any time and without a reason, save what the law requires": (
        "rights",
        {
            "nb": "når som helst be oss slette .* ikke å si hvorfor.* bare det loven krever",
            "nn": "når som helst be oss slette .* ikkje å seie kvifor.* det lova krev",
            "en": "ask us at any time to erase .* need not say why.* only what the law requires",
        },
    ),
    "S5 rectification, restriction, portability and objection": (
        "rights",
        {
            "nb": "Retting: .*Begrensning: .*Få opplysningene med deg: .*Protest: ",
            "nn": "Retting: .*Avgrensing: .*Få opplysningane med deg: .*Protest: ",
            "en": "Rectification: .*Restriction: .*Portability: .*Objection: ",
        },
    ),
    "S6 retention": (
        "retention",
        {
            "nb": "bare så lenge vi trenger dem.*Nedenfor",
            "nn": "berre så lenge vi treng dei.*Nedanfor",
            "en": "only for as long as we need it.*below",
        },
    ),
    "S7 processors are named and bound by an agreement": (
        "recipients",
        {
            "nb": "navnet på alle .* bundet av en avtale",
            "nn": "namnet på alle .* bundne av ein avtale",
            "en": "named below.* bound by an agreement",
        },
    ),
    "S8 access is controlled by user name and password": (
        "security",
        {"nb": "brukernavn og passord", "nn": "brukarnamn og passord", "en": "user name and a password"},
    ),
    "S9 connections are encrypted": ("security", {"nb": "HTTPS", "nn": "HTTPS", "en": "HTTPS"}),
    "S10 changes are published, and larger ones specially notified": (
        "changes",
        {
            "nb": "ny versjon her.* Større endringer varsler vi særskilt",
            "nn": "ny versjon her.* Større endringar varslar vi særskilt",
            "en": "new version here.* special notice of larger changes",
        },
    ),
    "S11 legal basis of each purpose, by both laws": (
        "legal_basis",
        {
            "nb": "[Ee]komloven § 3-15.*samtykket.*artikkel 6.*grunnlaget for hvert formål",
            "nn": "[Ee]komlova § 3-15.*samtykt.*artikkel 6.*grunnlaget for kvart føremål",
            "en": "ekomloven.*§ 3-15.*consent.*Article 6.*basis of each purpose",
        },
    ),
    "S12 complaints": (
        "complaint",
        {
            "nb": "klage til tilsynsmyndigheten",
            "nn": "klage til tilsynsstyresmakta",
            "en": "complain to the supervisory authority",
        },
    ),
    "sources, registers included": (
        "sources",
        {"nb": "offentlige registre", "nn": "offentlege register", "en": "[Pp]ublic registers"},
    ),
    "sharing is not logged": (
        "sharing",
        {
            "nb": "e-post .*sosiale medier.*logger ikke",
            "nn": "e-post .*sosiale medium.*loggar ikkje",
            "en": "e-mail .*social media.*do not log",
        },
    ),
    "transfers outside the EEA": ("transfers", {"nb": "ut av EØS", "nn": "ut av EØS", "en": "out of it"}),
    "applicable law and venue": (
        "law",
        {"nb": "lovvalg og verneting", "nn": "lovval og verneting", "en": "applicable law and venue"},
    ),
    "an answer within one month": (
        "rights",
        {"nb": "innen én måned", "nn": "innan éin månad", "en": "within one month"},
    ),
}
"""Duty → key of the section that meets it, and what it says per language."""


@pytest.mark.parametrize("language", WRITTEN)
def test_every_duty_is_met_in_words(language: str) -> None:
    unmet = {
        duty: shipped_section(key, language)
        for duty, (key, patterns) in DUTIES.items()
        for found in (shipped_section(key, language),)
        if found is None or not re.search(patterns[language], found["body"], re.DOTALL)
    }
    assert unmet == {}


def test_lix_is_what_its_author_says() -> None:
    # 10 words, 2 sentences, 3 long words: 10 / 2 + 100 · 3 / 10.
    assert lix("Vi lagrer ikke personopplysninger her. Du bestemmer alltid hvorfor vi.") == 5 + 30
    assert lix("Du vel.") == 2
    assert words_per_sentence("Én to tre fire. Fem: seks\nsju åtte") == 2
    assert sentences("Ekomloven § 3-15 gjelder. Kl. er nå 12.") == [
        "Ekomloven § 3-15 gjelder",
        " Kl",
        " er nå 12",
    ]


@pytest.mark.parametrize("language", WRITTEN)
def test_every_section_is_easy_to_read(language: str) -> None:
    for section in shipped(language)["notice"]:
        assert lix(section["body"]) <= 45, section["key"]
        assert words_per_sentence(section["body"]) <= 20, section["key"]
        assert max(len(sentence.split()) for sentence in sentences(section["body"])) <= 25, section["key"]


@pytest.mark.parametrize("language", WRITTEN)
def test_the_words_promise_nothing_about_the_site_that_only_it_can_know(language: str) -> None:
    texts = " ".join(f"{each['heading']} {each['body']}" for each in shipped(language)["notice"])
    invented = r"automati|profil|\bOslo\b|tingrett|Datatilsynet|Google|kjøpsl|24 |garant|alltid trygg|aldri"
    assert re.findall(invented, texts, re.IGNORECASE) == []
    if language != "en":
        assert list(faults(language, texts)) == []


def test_shipped_sections_are_plain_text_in_standard_order() -> None:
    for language in WRITTEN:
        sections = shipped(language)["notice"]
        assert tuple(each["key"] for each in sections) == STANDARD_SECTIONS
        assert all(clean(each["body"]) == each["body"] and each["body"][0] != "<" for each in sections)


# --- where they are added ---------------------------------------------------------------------------------


def keys(document: Any) -> list[str]:
    return [section["key"] for section in document["notice"]["sections"]]


def own(key: str, text: str = "Tekst") -> dict[str, Any]:
    words = dict.fromkeys(WRITTEN, text)
    return {"key": key, "heading": words, "body": words, "hidden": False}


def test_a_document_of_before_gets_the_sections_that_were_added_since() -> None:
    document: Any = publishable()
    whole = document["notice"]["sections"]
    document["notice"] = {
        "sections": [each for each in whole if each["key"] in ("about", "choice", "rights")]
    }
    document["notice"]["sections"].append(own("loyalty"))
    document["notice"]["sections"][0]["body"]["nb"] = "Våre egne ord."
    loaded = load(document)
    before_contact = [*STANDARD_SECTIONS[:15], "loyalty", *STANDARD_SECTIONS[15:]]
    assert keys(loaded) == before_contact
    assert loaded["notice"]["sections"][7]["body"]["nb"] == "Våre egne ord."
    assert loaded["notice"]["sections"][0] == {**whole[0], "hidden": False}
    assert [finding for finding in lint.findings(loaded) if finding.severity == "error"] == []


def test_the_order_of_the_site_stays() -> None:
    document: Any = publishable()
    document["notice"]["sections"] = [own("intro"), own("law"), own("rights"), own("who"), own("outro")]
    assert [
        key for key in keys(load(document)) if key in ("intro", "law", "rights", "who", "outro", "contact")
    ] == [*("intro", "contact", "law", "rights", "who", "outro")]


@given(st.lists(st.sampled_from([*STANDARD_SECTIONS, "own_a", "own_b", "own_c"]), unique=True))
def test_loading_twice_changes_nothing_and_what_was_there_keeps_its_order(given_keys: list[str]) -> None:
    document: Any = publishable()
    document["notice"]["sections"] = [own(key) for key in given_keys]
    before = copy.deepcopy(document)
    loaded = load(document)
    assert load(json.loads(canonical(loaded))) == loaded
    assert with_standard_sections(loaded) is loaded
    assert [key for key in keys(loaded) if key in given_keys] == given_keys
    assert set(keys(loaded)) == {*STANDARD_SECTIONS, *given_keys}
    assert document == before


def test_a_document_in_a_language_without_our_words_gets_them_in_english_and_can_be_published() -> None:
    document: Any = publishable("sv")
    for code in WRITTEN:
        del document["texts"][code]
    document["notice"]["sections"] = [
        each for each in document["notice"]["sections"] if each["key"] in ("about", "choice", "rights")
    ]
    loaded = load(document)
    who = loaded["notice"]["sections"][0]
    assert who["heading"] == {"en": "Who we are"}
    findings = [finding for finding in lint.findings(loaded) if finding.field.startswith("notice")]
    assert [(f.severity, f.rule, f.field) for f in findings] == [
        ("warning", "text_untranslated", "notice.sections.0.heading.sv")
    ]
    assert "13 other sections" in findings[0].message


def test_a_hidden_section_needs_no_words() -> None:
    document: Any = publishable()
    document["notice"]["sections"].append({**own("loyalty", ""), "hidden": True})
    assert {finding.rule for finding in lint.findings(load(document))} == {"category_unused"}
