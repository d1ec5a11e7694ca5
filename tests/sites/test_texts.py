"""The texts that come with the product."""

import importlib.resources
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from server.sites import lint
from server.sites import service as sites
from server.sites.defaults import default_document, with_own_storage
from server.sites.document import load
from server.sites.document_types import STANDARD_SECTIONS
from server.sites.texts import SHIPPED, shipped
from server.sites.values import Review, languages
from tests.sites.documents import publishable

SAME_IN_BOTH_NORWEGIANS = {
    "texts.cancel",
    "texts.erase_yes",
    "texts.accept_all",
    "texts.reject_all",
    "texts.settings",
    "texts.load_category",
    "texts.reopen",
    "texts.lifetime",
    "texts.privacy_link",
    "texts.withdraw",
    "texts.close",
    "texts.always_on",
    "texts.provider",
    "texts.cookie_host",
    "texts.cookie_kind",
    "texts.kind_cookie",
    "texts.kind_local_storage",
    "texts.kind_pixel",
    "texts.consent_number",
    "texts.organisation_number",
    "texts.contact",
    "texts.copy",
    "texts.copied",
    "categories.necessary.name",
    "categories.functional.name",
    "categories.statistics.name",
    "consent_service.name",
    "supervisory_authority.name",
    "supervisory_authority.url",
    "notice.complaint.heading",
    "notice.contact.heading",
    "notice.statistics.heading",
}
"""Words that bokmål and nynorsk share."""

KEYS_NOT_TEXTS = {"about.review", *(f"notice.{key}.key" for key in STANDARD_SECTIONS)}

WRITTEN = ("nb", "nn", "en")
"""Languages in which all that readers of a notice get is written."""

ONLY_WRITTEN = {"consent_service.data"} | {
    f"notice.{key}.{part}"
    for key in set(STANDARD_SECTIONS) - {"about", "choice", "rights"}
    for part in ("key", "heading", "body")
}
"""Texts that other languages may lack."""

SAME_AS_ENGLISH = {
    "ar": {"supervisory_authority.url"},
    "da": {"texts.kind_cookie"},
    "de": {"texts.kind_cookie", "texts.cookie_name"},
    "es": {"texts.kind_cookie"},
    "fr": {"texts.kind_cookie", "texts.services_heading"},
    "it": {"texts.kind_cookie"},
    "nl": {"texts.kind_cookie"},
    "pt": {"texts.kind_cookie"},
}
"""Words that a language writes as English does."""

FIRST_LABELS = {
    "nb": ("Godta alle", "Avvis alle", "Tilpass"),
    "nn": ("Godta alle", "Avvis alle", "Tilpass"),
    "se": ("Dohkket buot", "Hilggo buot", "Heivet"),
    "en": ("Accept all", "Reject all", "Customise"),
    "sv": ("Godkänn alla", "Avvisa alla", "Anpassa"),
    "da": ("Accepter alle", "Afvis alle", "Tilpas"),
    "fi": ("Hyväksy kaikki", "Hylkää kaikki", "Mukauta"),
    "is": ("Samþykkja allar", "Hafna öllum", "Sérsníða"),
    "de": ("Alle akzeptieren", "Alle ablehnen", "Anpassen"),
    "nl": ("Alles accepteren", "Alles weigeren", "Aanpassen"),
    "fr": ("Tout accepter", "Tout refuser", "Personnaliser"),
    "es": ("Aceptar todas", "Rechazar todas", "Personalizar"),
    "it": ("Accetta tutti", "Rifiuta tutti", "Personalizza"),
    "pt": ("Aceitar todos", "Rejeitar todos", "Personalizar"),
    "pl": ("Akceptuj wszystkie", "Odrzuć wszystkie", "Dostosuj"),
    "cs": ("Přijmout vše", "Odmítnout vše", "Přizpůsobit"),
    "et": ("Nõustu kõigiga", "Keeldu kõigist", "Kohanda"),
    "lv": ("Pieņemt visas", "Noraidīt visas", "Pielāgot"),
    "lt": ("Priimti visus", "Atmesti visus", "Pasirinkti"),
    "uk": ("Прийняти всі", "Відхилити всі", "Налаштувати"),
    "ar": ("قبول الكل", "رفض الكل", "تخصيص"),
    "he": ("אישור הכול", "דחיית הכול", "התאמה אישית"),
}
"""The three answers of the first layer."""


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flat(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            yield from flat(inner, f"{path}.{inner['key']}")
    else:
        yield path, value


def test_every_file_is_a_shipped_language_and_every_shipped_language_has_one() -> None:
    files = (importlib.resources.files("server.sites") / "texts").iterdir()
    assert {file.name for file in files} == {f"{code}.json" for code in SHIPPED}


@pytest.mark.parametrize("language", SHIPPED)
def test_every_language_has_the_same_keys_and_no_empty_text(language: str) -> None:
    texts, english = dict(flat(shipped(language))), dict(flat(shipped("en")))
    optional = set() if language in WRITTEN else ONLY_WRITTEN
    assert english.keys() - optional <= texts.keys() <= english.keys()
    assert all(text == text.strip() and text for text in texts.values())
    keys = [path for path in english if path.endswith(".key")]
    assert [path for path in texts if path.endswith(".key")] == [path for path in keys if path in texts]


@pytest.mark.parametrize("language", SHIPPED)
def test_what_is_filled_in_is_the_same_everywhere(language: str) -> None:
    def gaps(code: str) -> dict[str, list[str]]:
        found = {path: sorted(re.findall(r"\{.*?\}", text)) for path, text in flat(shipped(code))}
        return {path: names for path, names in found.items() if names}

    assert gaps(language) == gaps("en")


def test_nynorsk_is_not_bokmaal() -> None:
    nb, nn = dict(flat(shipped("nb"))), dict(flat(shipped("nn")))
    same = {path for path in nb if nb[path] == nn[path]} - KEYS_NOT_TEXTS
    assert same == SAME_IN_BOTH_NORWEGIANS
    bokmaal = (
        "ikke jeg hva hvorfor hvordan hvem hver hvilke noe noen bare fra uten formål tjenester valget "
        "informasjonskapsler opplysninger innstillinger nettstedet lagrer enheten virker velger sier"
    )
    words = {word.strip(".,:;«»").lower() for text in nn.values() for word in text.split()}
    assert not words & set(bokmaal.split())


@pytest.mark.parametrize("language", [code for code in SHIPPED if code != "en"])
def test_nothing_is_left_in_english(language: str) -> None:
    english, other = dict(flat(shipped("en"))), dict(flat(shipped(language)))
    same = {path for path in other if other[path] == english[path]} - KEYS_NOT_TEXTS
    assert same == SAME_AS_ENGLISH.get(language, set())


@pytest.mark.parametrize("language", SHIPPED)
def test_the_first_layer_lets_visitors_answer_in_the_plainest_words(language: str) -> None:
    texts = shipped(language)["texts"]
    accept, reject, settings = FIRST_LABELS[language]
    assert (texts["accept_all"], texts["reject_all"], texts["settings"]) == (accept, reject, settings)
    assert abs(len(accept) - len(reject)) <= 4
    assert max(len(texts[key]) for key in ("accept_all", "reject_all", "settings", "reopen", "save")) <= 24
    assert len(texts["title"]) <= 48
    assert len(texts["body"]) <= 420


@pytest.mark.parametrize("language", SHIPPED)
def test_a_new_site_lacks_nothing_but_its_controller(language: str) -> None:
    new = load(default_document(language, name="Butikken"))
    assert languages(new) == (language, *sorted({"nb", "nn", "en"} - {language}))
    assert {f.rule for f in lint.findings(new) if f.severity == "error"} == {
        "controller_missing",
        "contact_missing",
    }
    filled = load(publishable(language))
    added = set() if language in WRITTEN else {"text_untranslated"}
    assert {f.rule for f in lint.findings(filled)} == {"category_unused"} | added


def test_a_new_site_begins_with_three_languages() -> None:
    assert languages(load(default_document())) == ("nb", "en", "nn")


def test_a_language_without_texts_is_named() -> None:
    with pytest.raises(ValueError, match="'xx'; there are nb, nn, "):
        default_document("xx")


def test_languages_are_listed_with_their_own_names_and_reviews() -> None:
    known = sites.known_languages()
    assert [language.code for language in known] == list(SHIPPED)
    assert len({language.name for language in known} | {language.english for language in known}) == 43
    assert {language.code for language in known if language.review == "own"} == {"nb", "nn", "en"}
    assert [language.name for language in known if language.review == "provisional"] == ["davvisámegiella"]
    assert {language.review for language in known} <= set(get_args(Review))


def test_the_documentation_lists_every_language_as_it_is() -> None:
    table = (Path(__file__).parents[2] / "docs" / "languages.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `(\w+)` \| (.+?) \| (.+?)(?: \(from the right\))? \| .+ \| \**(\w+)\** \|$", table, re.M
    )
    assert rows == [(each.code, each.name, each.english, each.review) for each in sites.known_languages()]


def test_document_from_before_a_new_entry_of_ours_declares_it_in_all_its_languages() -> None:
    document = default_document("nb", name="Butikken")
    document["texts"]["ar-EG"] = document["texts"]["en"]
    assert with_own_storage(document) is document
    *earlier, entry = document["services"][0]["cookies"]
    document["services"][0]["cookies"] = earlier

    added = with_own_storage(document)["services"][0]["cookies"][-1]
    assert added["name"] == "samtykke:seen:*"
    assert {code: added["purpose"][code] for code in ("nb", "nn", "en")} == entry["purpose"]
    assert added["purpose"]["ar-EG"] == entry["purpose"]["en"]
    assert document["services"][0]["cookies"] == earlier


def test_document_whose_site_does_not_declare_our_storage_is_left_alone() -> None:
    document = default_document("nb", name="Butikken")
    document["services"] = []
    assert with_own_storage(document) is document
