"""Every service of the catalog: its shape, its sources, and its words in three languages."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import get_args

import pytest
from jsonschema import Draft202012Validator

from server.catalog import files, marking, rules, service
from server.catalog.data_terms import WORDS, in_words
from server.catalog.matching import host_matches
from server.catalog.values import DataTerm, Service
from server.core.errors import Invalid
from server.core.strict_json import strict_json
from server.sites.defaults import default_document
from server.sites.known_services import filled
from tests.norwegian import faults
from tests.readability import lix

KEYS = sorted(path.name[:-5] for path in files.FOLDER.iterdir() if path.name.endswith(".json"))

MARKETING = re.compile(
    r"\b(?:best|leading|powerful|seamless|easy|easily|simple|simply|privacy-friendly|compliant|insights?|"
    r"optimi[sz]e\w*|improve\w*|enhance\w*|unique|innovative|robust|user experience|personali[sz]ed)\b",
    re.I,
)
"""Praise, and what providers call what they do."""


@cache
def read(key: str) -> Service:
    return files.checked(strict_json((files.FOLDER / f"{key}.json").read_bytes()))


def test_a_file_is_as_its_schema_and_the_rules_say() -> None:
    validator = Draft202012Validator(service.schema())
    found = {key: [*_wrong(key, validator)] for key in KEYS}

    assert {key: wrong for key, wrong in found.items() if wrong} == {}


def _wrong(key: str, validator: Draft202012Validator) -> Iterator[str]:
    """What is wrong with the file of a service."""
    value = json.loads((files.FOLDER / f"{key}.json").read_text(encoding="utf-8"))
    yield from (fault.message for fault in validator.iter_errors(value))
    try:
        held = read(key)
    except Invalid as fault:
        yield fault.message
    else:
        if held.key != key:
            yield f"its key is {held.key}"
        if service.as_json(held) != value:
            yield "what is read of it is something else"


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_its_norwegian_has_none_of_what_the_lists_look_for(language: str) -> None:
    found = {
        (key, field): list(faults(language, getattr(text, language)))
        for key in KEYS
        for field, text in rules.texts(read(key))
    }

    assert {place: held for place, held in found.items() if held} == {}


def test_it_is_easy_to_read() -> None:
    difficulty = {
        (key, language): lix("\n".join(getattr(text, language) for _, text in rules.texts(read(key))))
        for key in KEYS
        for language in ("nb", "nn", "en")
    }

    assert {place: score for place, score in difficulty.items() if score > 45} == {}


def test_it_praises_nothing() -> None:
    found = {
        (key, field): MARKETING.findall(text.en) for key in KEYS for field, text in rules.texts(read(key))
    }

    assert {place: held for place, held in found.items() if held} == {}


TO_WEBSITES = {
    "nb": re.compile(
        r"(?:^|[.!?:;] )(?:Last|Bruk|Sett|Slå|Velg|Legg|Skru|Husk|Plasser|Be|Vis|Hold|La|Ikke)\b"
    ),
    "nn": re.compile(
        r"(?:^|[.!?:;] )(?:Last|Bruk|Set|Slå|Vel|Legg|Skru|Hugs|Plasser|Be|Vis|Hald|Lat|Ikkje)\b"
    ),
    "en": re.compile(
        r"(?:^|[.!?:;] )(?:Load|Use|Set|Turn|Switch|Choose|Put|Place|Remember|Show|Keep|Ask|Make|Do not)\b"
    ),
}
"""How advice to websites begins."""


def test_the_reason_of_its_category_speaks_to_visitors_and_advises_no_website() -> None:
    assert {
        (key, language): text
        for key in KEYS
        for language, begins in TO_WEBSITES.items()
        if begins.search(text := getattr(read(key).category_reason, language))
    } == {}


def test_advice_to_websites_is_no_text_for_visitors() -> None:
    made = filled(read("klarna"), default_document())

    assert made["necessary_reason"]["nb"] == "Den besøkende har bedt om å betale."
    assert read("klarna").advice is not None


def test_nobody_is_found_by_the_name_of_another() -> None:
    names = [
        (name.casefold(), each.key)
        for each in service.services()
        for name in {each.name.casefold(), *(alias.casefold() for alias in each.aliases)}
    ]

    assert len({name for name, _ in names}) == len(names)


def test_a_cookie_is_said_to_be_of_one_provider_alone_unless_its_host_differs() -> None:
    """Several services of one provider may share a cookie, such as `IDE` of doubleclick.net."""
    owners: dict[tuple[str, str, str], list[Service]] = {}
    for each in service.services():
        for stored in each.storage:
            owners.setdefault((stored.kind, stored.host, stored.name), []).append(each)

    shared = {place: found for place, found in owners.items() if len(found) > 1}
    assert {
        place: [each.key for each in found]
        for place, found in shared.items()
        if len({each.provider and each.provider.name for each in found}) > 1 or found[0].provider is None
    } == {}


def test_what_is_confirmed_low_has_a_source_that_says_what_it_is() -> None:
    """A source that is not the provider's own page is called so, where nothing better was found."""
    for each in service.services():
        if each.confidence == "low":
            assert any(source.note for source in each.sources if "storage" in source.facts), each.key
        if each.confidence == "high":
            assert not any(source.note for source in each.sources), each.key


def test_every_term_of_personal_data_has_words_in_three_languages() -> None:
    assert set(WORDS) == set(get_args(DataTerm))
    for term, text in WORDS.items():
        assert text.en not in (text.nb, text.nn), term
        assert [*faults("nb", text.nb), *faults("nn", text.nn)] == [], term


def test_personal_data_is_a_sentence_for_visitors() -> None:
    words = in_words(("IPAddress", "BrowsingReferral"))

    assert words is not None
    assert words.nb == "IP-adressen; hvor den besøkende kom fra."
    assert words.nn == "IP-adressa; kvar den besøkjande kom frå."
    assert in_words(()) is None


def deciding(place: str) -> dict[str, bool]:
    """Services that automatic blocking waits for if a banner declares all; whether each says it most exactly.

    The rules are in docs/automatic-blocking.md: the longest path decides, and services that share it wait
    for each other.
    """
    named = {}
    for each in service.services():
        patterns = [pattern for pattern in each.hosts if host_matches(pattern, place)]
        if patterns:
            named[each.key] = max((len(p.partition("/")[2]), len(p.partition("/")[0])) for p in patterns)
    most = max(named.values(), default=(0, 0))
    return {key: exactness == most for key, exactness in named.items() if exactness[0] == most[0]}


def examples() -> Iterator[tuple[Service, str]]:
    """Services, and the addresses that their marking examples load."""
    for each in service.services():
        if each.hosts:
            for element in marking.elements(each.marking):
                yield from ((each, marking.place(address)) for address in element.waiting.values())


SHARED = {
    frozenset({"google_ads", "google_analytics"}),
    frozenset({"adobe_analytics", "adobe_tags"}),
    frozenset({"facebook_login", "facebook_plugins"}),
}
"""Services of different categories that load the same address: docs/catalog.md names them.

Add a pair only where no path among `hosts` tells them apart.
"""


def test_no_service_takes_the_address_of_another_and_none_that_is_necessary_frees_it() -> None:
    for each, place in examples():
        others = deciding(place)
        assert each.key in others, f"{place} of {each.key} is {', '.join(others)}'s"
        freeing = [key for key, most in others.items() if most and service.find(key).category == "necessary"]
        assert freeing == [], f"{place} of {each.key}"


def test_services_of_different_categories_share_an_address_only_where_it_is_known() -> None:
    shared = {
        frozenset(deciding(place))
        for each, place in examples()
        if {service.find(key).category for key in deciding(place)} != {each.category}
    }

    assert shared == SHARED
