"""What the schema lets through, and how it names what it refuses."""

import copy
import json
import operator
from collections.abc import Iterator
from functools import reduce
from typing import Any, is_typeddict

import pytest
from hypothesis import given

from server.core.canonical import canonical
from server.core.errors import Invalid
from server.sites.constraints import fields_of
from server.sites.document import MAX_ERRORS, load
from server.sites.document_types import MAX_SERVICES, Document
from server.sites.standard_sections import with_standard_sections
from server.sites.values import completed
from tests.sites.documents import (
    JSON_VALUES,
    cookie,
    damaged,
    documents,
    in_every_language,
    publishable,
    service,
    with_services,
)

HOSTILE = "</script><!--\u2028\u2029<img src=x onerror=alert(1)>\u202e👩‍👩‍👧 {{7*7}} ${x} \ufeff\ufffe"


ACTIVITY = {
    "key": "orders",
    "name": {"nb": HOSTILE},
    "purpose": {"nb": HOSTILE + "\nto linjer"},
    "data": {"nb": HOSTILE},
    "subjects": {"nb": HOSTILE},
    "legal_basis": "legitimate_interests",
    "interests": {"nb": HOSTILE},
    "sources": {"nb": HOSTILE},
    "recipients": [HOSTILE],
    "country": "US",
    "transfer_basis": "data_privacy_framework",
    "retention": {"nb": HOSTILE},
}
PROCESSOR = {
    "key": "host",
    "name": HOSTILE,
    "organisation_number": HOSTILE[:40],
    "role": "processor",
    "purpose": {"nb": HOSTILE},
    "country": "NO",
    "transfer_basis": "",
    "agreement": "https://example.no/agreement",
    "privacy_link": "https://example.no/privacy",
    "sub_processors": [HOSTILE],
}


def put(document: Any, path: str, value: object) -> Any:
    """The document with one place replaced; a path that ends in `+` appends."""
    changed = copy.deepcopy(document)
    place = changed
    *steps, last = path.split(".")
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if last == "+":
        place.append(value)
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return changed


def faults(value: object) -> dict[str, object]:
    with pytest.raises(Invalid) as caught:
        load(value)
    assert caught.value.reason == "invalid"
    return dict(caught.value.errors)


@given(documents())
def test_loading_what_was_stored_changes_nothing(document: Document) -> None:
    loaded = load(document)
    assert load(json.loads(canonical(loaded))) == loaded == document


def test_what_may_be_left_out_is_filled_in() -> None:
    document: Any = publishable()
    del document["appearance"]["radius"], document["behaviour"]["signals"], document["controller"]["address"]
    document["services"] = [{"key": "video", "category": "advertising"}]
    document["texts"] = {"nb": {"title": "Hei"}}
    loaded = load(document)
    assert loaded["appearance"]["radius"] == 8
    assert loaded["behaviour"]["signals"] == {"gpc": True, "dnt": True}
    assert loaded["services"][0] == {
        **service("video", "advertising"),
        "name": "",
        "provider": "",
        "purpose": {},
        "data": {},
        "retention": "",
        "country": "",
        "privacy_link": "",
        "hosts": [],
        "cookies": [],
    }
    assert loaded["texts"]["nb"]["body"] == ""


def test_a_usual_category_can_go_without_a_word_about_the_mapping() -> None:
    document = load(publishable())
    document["categories"] = [each for each in document["categories"] if each["key"] != "statistics"]
    document["services"] = [each for each in document["services"] if each["category"] != "statistics"]
    assert load(document)["behaviour"]["mapping"]["analytics_storage"] == ""
    assert load(document)["behaviour"]["mapping"]["ad_storage"] == "advertising"


def test_the_mapping_follows_the_names_of_the_categories_by_default() -> None:
    document = publishable()
    document["categories"] = [c for c in document["categories"] if c["key"] != "functional"]
    document["behaviour"]["mapping"] = {"analytics_storage": "advertising"}
    assert load(document)["behaviour"]["mapping"] == {
        "ad_storage": "advertising",
        "ad_user_data": "advertising",
        "ad_personalization": "advertising",
        "analytics_storage": "advertising",
        "functionality_storage": "",
        "personalization_storage": "",
    }


LATER = {
    "appearance": ["settings"],
    "behaviour": ["google", "tools", "mapping", "automatic_blocking", "reload_on_withdrawal"],
    "controller": ["time_zone", "country"],
    "notice": ["activities", "processors"],
}
"""Keys that documents of the first release lack."""


@given(documents())
def test_a_document_stored_before_some_keys_existed_is_read_with_them(document: Document) -> None:
    early: Any = copy.deepcopy(document)
    for part, keys in LATER.items():
        for key in keys:
            del early[part][key]
    whole = completed(early)
    assert whole == load(early)
    assert completed(whole) is whole
    assert "google" not in early["behaviour"]


def _optional(part: type, value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all fields of a document that an earlier release may not have known."""
    for name, field in fields_of(part):
        if not field.required:
            yield (*path, name)
        if is_typeddict(field.type):
            yield from _optional(field.type, value[name], (*path, name))
        elif field.entries is not None and is_typeddict(field.entries.type):
            for at in value[name] if isinstance(value[name], dict) else range(len(value[name])):
                yield from _optional(field.entries.type, value[name][at], (*path, name, at))


def test_a_stored_version_may_lack_any_optional_field() -> None:
    whole = load(with_services(service(cookies=[cookie()])))
    paths = list(_optional(Document, whole))
    assert ("services", 0, "cookies", 0, "kind") in paths
    assert ("behaviour", "google", "wait_for_update") in paths
    for path in paths:
        early: Any = copy.deepcopy(whole)
        *outer, last = path
        part = reduce(operator.getitem, outer, early)
        del part[last]
        assert with_standard_sections(completed(early)) == load(early), path


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("texts.nb.title", HOSTILE),
        ("texts.nb.body", HOSTILE + "\nto linjer"),
        ("categories.1.names.nb", HOSTILE[:50]),
        ("services.1.name", HOSTILE),
        ("services.1.purpose.nn", HOSTILE),
        ("services.1.shared_with", [HOSTILE]),
        ("notice.sections.0.body.en", "Tekst " + HOSTILE),
        ("notice.activities", [ACTIVITY]),
        ("notice.processors", [PROCESSOR]),
        ("controller.name", HOSTILE),
    ],
)
def test_any_unicode_is_a_text_and_comes_back_unchanged(path: str, value: object) -> None:
    document = put(with_services(service()), path, value)
    assert json.loads(canonical(load(document))) == document


@pytest.mark.parametrize(
    ("path", "value", "field", "sentence"),
    [
        ("texts.nb.headline", "x", "texts.nb.headline", "is not a known key"),
        ("colour", 1, "colour", "is not a known key"),
        ("services.1.cookies.0.value", "x", "services.1.cookies.0.value", "is not a known key"),
        ("categories.1.names.__proto__", "x", "categories.1.names.__proto__", "is not a language code"),
        ("texts.norsk", {}, "texts.norsk", "is not a language code"),
        ("texts.nb", [], "texts.nb", "is not an object"),
        ("texts", "nb", "texts", "is not an object of languages"),
        ("texts.nb.title", 7, "texts.nb.title", "is not a text"),
        ("texts.nb.title", None, "texts.nb.title", "may not be null"),
        ("texts.nb.title", "a\x00b", "texts.nb.title", "has the control character U+0000"),
        ("texts.nb.title", "a\x1b[2J", "texts.nb.title", "has the control character U+001B"),
        ("texts.nb.title", "a\x85", "texts.nb.title", "has the control character U+0085"),
        ("texts.nb.title", "half \ud83d", "texts.nb.title", "has the control character U+D83D"),
        ("texts.nb.title", "a\nb", "texts.nb.title", "has more than one line"),
        ("texts.nb.title", "x" * 401, "texts.nb.title", "has more than 400 characters"),
        ("default_language", "se", "default_language", "is not one of the languages of texts"),
        ("categories", {}, "categories", "is not a list"),
        ("categories.2.key", "functional", "categories.2.key", "appears twice"),
        ("categories.0.hidden", True, "categories.0.hidden", "may not be true"),
        ("categories.0.key", "needed", "categories", "lacks the category necessary"),
        ("categories.1.hidden", "yes", "categories.1.hidden", "is neither true nor false"),
        ("categories.1.hidden", 1, "categories.1.hidden", "is neither true nor false"),
        ("categories.1.order", True, "categories.1.order", "is not a whole number"),
        ("categories.1.order", 1.5, "categories.1.order", "is not a whole number"),
        ("categories.1.order", "1", "categories.1.order", "is not a whole number"),
        ("categories.1.key", "Funky", "categories.1.key", "is not 2 to 24 of a-z, 0-9 and _"),
        ("categories.1.key", "functional\n", "categories.1.key", "is not 2 to 24 of a-z, 0-9 and _"),
        ("categories.1.key", "__proto__", "categories.1.key", "is not 2 to 24 of a-z, 0-9 and _"),
        ("categories.1.key", "constructor", "categories.1.key", "is a word that scripts"),
        ("categories.1.key", "decided", "categories.1.key", "is a word that scripts"),
        ("services.1.key", "samtykke", "services.1.key", "appears twice"),
        ("services.1.key", "statistics", "services.1.key", "is the key of a category too"),
        (
            "services.1.stores_nothing",
            True,
            "services.1.stores_nothing",
            "may not be true while cookies names something",
        ),
        ("services.1.category", "chat", "services.1.category", "is not one of the categories"),
        ("services.1.legal_basis", "legitimate_interest", "services.1.legal_basis", "is not one of consent"),
        ("services.1.country", "no", "services.1.country", "is not a country code"),
        ("services.1.country", "NOR", "services.1.country", "is not a country code"),
        ("services.1.privacy_link", "javascript:alert(1)", "services.1.privacy_link", "is not an address"),
        ("services.1.processor_agreement", "/dpa", "services.1.processor_agreement", "is not an address"),
        ("services.1.hosts.0", "https://counter.example", "services.1.hosts.0", "is an address"),
        ("services.1.hosts.0", "counter.example?x", "services.1.hosts.0", "has more than a host name"),
        (
            "services.1.hosts.0",
            "counter.example/x?y",
            "services.1.hosts.0",
            "has more than a host and a path",
        ),
        ("services.1.hosts.0", "counter.example/*", "services.1.hosts.0", "has a star in its path"),
        ("services.1.hosts", "counter.example", "services.1.hosts", "is not a list"),
        ("services.1.cookies.0.lifetime", "30 days", "services.1.cookies.0.lifetime", "is neither session"),
        ("services.1.cookies.0.lifetime", "P", "services.1.cookies.0.lifetime", "is neither session"),
        ("services.1.cookies.0.lifetime", "P1DT", "services.1.cookies.0.lifetime", "is neither session"),
        ("services.1.cookies.0.kind", "flash", "services.1.cookies.0.kind", "is not one of cookie"),
        ("services.1.cookies.0.name", " ", "services.1.cookies.0.name", "is empty"),
        ("appearance.colours.light.text", "#fff", "appearance.colours.light.text", "is not a colour"),
        ("appearance.colours.dark.text", "#ffffff\n", "appearance.colours.dark.text", "is not a colour"),
        ("appearance.colours.dark.text", "red;}", "appearance.colours.dark.text", "is not a colour"),
        ("appearance.radius", 33, "appearance.radius", "is not a whole number from 0 to 32"),
        ("appearance.layout", "wall", "appearance.layout", "is not one of bar, box, dialog"),
        ("appearance.font", "x;background:url(//e)", "appearance.font", "is neither inherit"),
        ("appearance.logo", "data:image/png;base64,x", "appearance.logo", "is not an address"),
        ("behaviour.validity_days", 366, "behaviour.validity_days", "is not a whole number from 1 to 365"),
        ("behaviour.validity_days", 0, "behaviour.validity_days", "is not a whole number from 1 to 365"),
        ("behaviour.refusal_days", 181, "behaviour.refusal_days", "is not a whole number from 182"),
        ("behaviour.signals.gpc", None, "behaviour.signals.gpc", "may not be null"),
        ("behaviour.consent_mode", "on", "behaviour.consent_mode", "is not one of off, basic, advanced"),
        ("behaviour.mapping.ad_storage", "ads", "behaviour.mapping.ad_storage", "is neither empty nor one"),
        (
            "behaviour.mapping.analytics_storage",
            "necessary",
            "behaviour.mapping.analytics_storage",
            "is neither empty nor one of the optional categories",
        ),
        ("behaviour.mapping.security_storage", "", "behaviour.mapping.security_storage", "is not a known"),
        ("behaviour.google.regions", ["NO", "no"], "behaviour.google.regions.1", "is not a region"),
        ("behaviour.google.wait_for_update", 10_001, "behaviour.google.wait_for_update", "is not a whole"),
        ("behaviour.google.url_passthrough", 1, "behaviour.google.url_passthrough", "is neither true nor"),
        ("behaviour.tools.uet", "yes", "behaviour.tools.uet", "is neither true nor false"),
        ("behaviour.tools.meta", True, "behaviour.tools.meta", "is not a known key"),
        ("behaviour.automatic_blocking", 0, "behaviour.automatic_blocking", "is neither true nor false"),
        ("appearance.settings", "popup", "appearance.settings", "is not one of dialog, sheet"),
        *(
            ("controller.contacts.email", wrong, "controller.contacts.email", "is not an e-mail address")
            for wrong in ("nobody", "blå@example.no", 'a"b@example.no', "x,y@example.no", "a..b@example.no")
        ),
        ("controller.contacts.url", "www.example.no", "controller.contacts.url", "is not an address"),
        (
            "controller.time_zone",
            "Oslo",
            "controller.time_zone",
            "is not a time zone of the IANA database such",
        ),
        ("controller.time_zone", "europe/oslo", "controller.time_zone", "is not a time zone of the IANA"),
        ("controller.time_zone", "Etc/GMT+1", "controller.time_zone", "is not a time zone of the IANA"),
        ("controller.time_zone", "../etc/passwd", "controller.time_zone", "is not a time zone of the IANA"),
        ("controller.time_zone", "", "controller.time_zone", "is not a time zone of the IANA"),
        ("controller.time_zone", None, "controller.time_zone", "may not be null"),
        ("notice.sections.8.key", "about", "notice.sections.8.key", "appears twice"),
        ("notice.activities", [{"key": "shop"}, {"key": "shop"}], "notice.activities.1.key", "appears twice"),
        ("notice.processors", [{"key": "host"}, {"key": "host"}], "notice.processors.1.key", "appears twice"),
        ("notice.activities", [{"key": "Shop"}], "notice.activities.0.key", "is not 2 to 24 of a-z"),
        (
            "notice.activities",
            [{"key": "shop", "legal_basis": "interest"}],
            "notice.activities.0.legal_basis",
            "is not one of consent, contract, legal_obligation, vital_interests, public_task, legitimate_int",
        ),
        (
            "notice.processors",
            [{"key": "host", "transfer_basis": "trust"}],
            "notice.processors.0.transfer_basis",
            "is not one of adequacy_decision, data_privacy_framework, ",
        ),
        (
            "notice.processors",
            [{"key": "host", "role": "friend"}],
            "notice.processors.0.role",
            "is not one of processor, joint_controller, recipient",
        ),
        ("notice.sections.0.hidden", 1, "notice.sections.0.hidden", "is neither true nor false"),
        (
            "notice.sections.0.body.nb",
            "<p>" + "x" * 20_000,
            "notice.sections.0.body.nb",
            "has more than 20000",
        ),
        (
            "notice.sections.0.body.nb",
            "<p>" + "&" * 5000,
            "notice.sections.0.body.nb",
            "has 5003 characters as written, and 25007 as it is stored, of which 20000 are allowed",
        ),
        ("notice.sections.0.body.nb", "<p>\x1b[2J", "notice.sections.0.body.nb", "has the control character"),
        (
            "notice.sections",
            [{"key": f"own_{n}"} for n in range(84)],
            "notice.sections",
            "has more than 83 sections besides the standard ones",
        ),
        (
            "services.1.retention",
            "session",
            "services.1.retention",
            "is not an ISO 8601 duration such as P1Y",
        ),
        (
            "services.1.transfer_basis",
            "law",
            "services.1.transfer_basis",
            "is not one of adequacy_decision, ",
        ),
        ("services.1.data", "the address", "services.1.data", "is not an object of languages"),
        ("controller.country", "Norge", "controller.country", "is not a country code of two capitals"),
    ],
)
def test_what_is_wrong_is_named(path: str, value: object, field: str, sentence: str) -> None:
    errors = faults(put(with_services(service()), path, value))
    assert str(errors[field]).startswith(sentence)
    # A renamed category leaves services and a mapping that point nowhere, too.
    others = {each for each in errors if not each.startswith("behaviour.mapping.")}
    assert field in errors
    assert others <= {field, "services.0.category", "services.1.category"}


def test_whole_number_that_is_written_with_a_point_is_stored_without() -> None:
    document = load(put(publishable(), "categories.1.order", 7.0))
    assert canonical(document["categories"][1]["order"]) == b"7"


def test_every_part_of_a_document_must_be_there() -> None:
    assert faults({}) == dict.fromkeys(publishable(), "is missing")
    values: list[object] = [None, [], "text", 7]
    for value in values:
        assert faults(value) == {"body": "is not an object"}


def test_there_are_at_most_eight_optional_categories() -> None:
    document = publishable()
    for number in range(5):
        document["categories"].append({**document["categories"][1], "key": f"extra_{number}"})
    assert len(load(document)["categories"]) == 9
    document["categories"].append({**document["categories"][1], "key": "one_more"})
    assert faults(document) == {"categories": "has more than 9 entries"}


@pytest.mark.parametrize("lifetime", ["session", "P180D", "P1Y", "P2W", "PT30M", "P1DT12H", "P13M", "PT0S"])
def test_lifetimes_are_iso_durations_or_the_session(lifetime: str) -> None:
    declared = service(cookies=[cookie(lifetime=lifetime)])
    assert load(with_services(declared))["services"][1]["cookies"][0]["lifetime"] == lifetime


@pytest.mark.parametrize("font", ["inherit", '"Open Sans", sans-serif', "Georgia, 'Times New Roman', serif"])
def test_a_font_is_a_list_of_families(font: str) -> None:
    assert load(put(publishable(), "appearance.font", font))["appearance"]["font"] == font


def test_hosts_are_stored_in_one_form_and_lines_end_in_one_way() -> None:
    declared = service(hosts=["CDN.Blåbær.no", "www.Google.com/Maps/"], cookies=[cookie(host=".Example.NO")])
    document = put(with_services(declared), "texts.nb.body", "en\r\nto\rtre")
    loaded = load(document)
    assert loaded["services"][1]["hosts"] == ["cdn.xn--blbr-roah.no", "www.google.com/Maps"]
    assert loaded["services"][1]["cookies"][0]["host"] == ".example.no"
    assert loaded["texts"]["nb"]["body"] == "en\nto\ntre"


def test_a_fault_is_reported_in_printable_words_of_limited_length() -> None:
    document: Any = publishable()
    document["texts"]["nb"].update({f"key {number}": "" for number in range(500)})
    assert len(faults(document)) == MAX_ERRORS
    document = publishable()
    document["half \ud83d\x00" + "x" * 500] = 1
    (field,) = faults(document)
    assert field.isprintable()
    assert len(field) <= 200


def test_as_many_services_as_a_document_may_have_fit_into_its_largest_size() -> None:
    document = publishable()
    assert len(service()["purpose"]) == 3
    document["services"] += [service(f"service_{n}") for n in range(MAX_SERVICES - 1)]
    assert len(load(document)["services"]) == MAX_SERVICES


def test_a_document_has_a_largest_size() -> None:
    document = publishable()
    section = document["notice"]["sections"][0]
    long = dict.fromkeys(["nb", "nn", "en"], "x" * 20_000)
    document["notice"]["sections"] = [{**section, "key": f"part_{n}", "body": long} for n in range(13)]
    assert faults(document) == {"body": "is larger than 786432 bytes"}


@given(damaged() | JSON_VALUES)
def test_whatever_was_sent_is_loaded_or_refused_by_field(value: object) -> None:
    errors: dict[str, object] = {}
    try:
        loaded = load(value)
    except Invalid as fault:
        errors.update(fault.errors)
    else:
        assert load(json.loads(canonical(loaded))) == loaded
        return
    assert errors
    assert all(isinstance(sentence, str) for sentence in errors.values())


def test_a_document_holds_three_hundred_services_in_three_languages() -> None:
    words = in_every_language("Teller hvilke sider som blir lest, og kjenner igjen nettleseren din. " * 2)
    cookies = [cookie(f"_{number}", purpose=words) for number in range(2)]
    services = [service(f"counter_{n}", purpose=words, data=words, cookies=cookies) for n in range(300)]
    document = with_services(*services)
    assert len(load(document)["services"]) == 301
    document["services"] *= 2
    assert str(faults(document)["services"]) == "has more than 400 entries"
