import copy
from datetime import timedelta

import pytest
from flask import Flask

from server.core.db import transaction
from server.demo import parties, service, words
from server.demo.document import document
from server.sites import experiments, lint
from server.sites import service as sites
from server.sites.values import Planned
from tests.conftest import PUBLIC_URL
from tests.embed.conftest import NOW


def seed(url: str = PUBLIC_URL) -> str:
    with transaction():
        return service.seed(url, now=NOW).id


def test_the_demo_can_be_published_without_a_warning(app: Flask) -> None:
    site_id = seed()

    assert sites.check(site_id) == ()


def test_seeding_makes_the_site_with_a_published_banner_once(app: Flask) -> None:
    site_id = seed()
    again = seed()

    assert again == site_id
    assert [version.number for version in sites.versions(site_id)] == [1]
    site = sites.find("demo")
    assert site.allows_origin("http://127.0.0.1:8000")
    assert site.allows_origin("http://localhost:8000")


def test_seeding_resets_what_somebody_has_changed(app: Flask) -> None:
    site_id = seed()
    changed = copy.deepcopy(sites.draft(site_id).document)
    changed["texts"]["nb"]["title"] = "Noe helt annet"
    with transaction():
        sites.save_draft(site_id, changed, by="somebody", now=NOW)
        sites.publish(site_id, note="", by="somebody", now=NOW + timedelta(minutes=1))

    seed()

    assert [version.number for version in sites.versions(site_id)] == [3, 2, 1]
    newest = sites.newest(site_id)
    assert newest is not None
    assert newest.document["texts"]["nb"]["title"] == "Informasjonskapsler: du bestemmer"


def test_a_restart_leaves_what_somebody_has_changed(app: Flask) -> None:
    site_id = seed()
    other = copy.deepcopy(sites.draft(site_id).document)
    other["texts"]["nb"]["title"] = "Min tittel"
    for change in (
        lambda: sites.save_draft(site_id, other, by="kari", now=NOW),
        lambda: sites.publish(site_id, note="", by="kari", now=NOW),
    ):
        with transaction():
            change()
            service.keep_up_to_date("https://consent.example.no", now=NOW)
        assert sites.draft(site_id).document == other
    assert [version.published_by for version in sites.versions(site_id)] == ["kari", "demo"]


def test_a_restart_brings_an_unchanged_site_up_to_date(app: Flask) -> None:
    site_id = seed()
    with transaction():
        service.keep_up_to_date("https://consent.example.no", now=NOW)
    assert [version.number for version in sites.versions(site_id)] == [2, 1]
    assert sites.find("demo").allows_origin("https://consent.example.no")


def test_seeding_lets_an_experiment_go_on(app: Flask) -> None:
    site_id = seed()
    other = copy.deepcopy(sites.draft(site_id).document)
    other["texts"]["nb"]["title"] = "Er det greit?"
    with transaction():
        sites.save_draft(site_id, other, by="somebody", now=NOW)
        experiments.start(site_id, Planned(28, 1.0, None), by="somebody", now=NOW)

    seed()

    newest = sites.newest(site_id)
    assert newest is not None
    assert (newest.number, newest.variant_of) == (2, 1)


def test_another_public_address_becomes_a_domain_and_a_new_version(app: Flask) -> None:
    site_id = seed()

    seed("https://consent.example.no")

    assert sites.find("demo").allows_origin("https://consent.example.no")
    assert len(sites.versions(site_id)) == 2


def test_the_document_declares_every_stand_in_and_what_it_stores_truthfully(app: Flask) -> None:
    made = sites.validate(document(PUBLIC_URL))

    declared = {service["key"]: service for service in made["services"]}
    assert {party.key for party in parties.PARTIES} <= set(declared)
    assert [declared[party.key]["category"] for party in parties.PARTIES] == [
        party.category for party in parties.PARTIES
    ]
    lifetimes = {
        cookie["name"]: (cookie["host"], cookie["kind"], cookie["lifetime"])
        for service in made["services"]
        for cookie in service["cookies"]
    }
    assert lifetimes["_maaling"] == ("127.0.0.1", "cookie", "P30D")
    assert lifetimes["plakat_id"] == ("localhost", "cookie", "P90D")
    assert lifetimes["lerretet_id"] == ("localhost", "cookie", "P30D")
    assert lifetimes["praten"] == ("127.0.0.1", "local_storage", "P7D")
    assert lifetimes["ullvaer_kurv"] == ("127.0.0.1", "session_storage", "session")


def test_the_demo_is_a_complete_example_of_a_notice(app: Flask) -> None:
    made = sites.validate(document(PUBLIC_URL))
    assert lint.findings(made, ("127.0.0.1",)) == ()
    bases = {activity["legal_basis"] for activity in made["notice"]["activities"]}
    assert bases == {"contract", "consent", "legitimate_interests"}
    assert any(activity["sources"] for activity in made["notice"]["activities"])
    assert {processor["role"] for processor in made["notice"]["processors"]} == {"processor", "recipient"}
    outside = [service for service in made["services"] if service["country"] == "US"]
    assert [service["transfer_basis"] for service in outside] == ["standard_contractual_clauses"]


def flat(value: object, path: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        return {k: v for key, inner in value.items() for k, v in flat(inner, f"{path}.{key}").items()}
    if isinstance(value, list):
        return {k: v for key, inner in enumerate(value) for k, v in flat(inner, f"{path}.{key}").items()}
    return {path: str(value)}


@pytest.mark.parametrize("language", ["nn", "en"])
def test_the_shops_texts_are_whole_in_every_language(language: str) -> None:
    theirs, ours = flat(words.shop(language)), flat(words.shop("nb"))

    assert list(theirs) == list(ours)
    assert all(text.strip() for text in theirs.values())
    gaps = {path: text.count("{") for path, text in ours.items()}
    assert {path: text.count("{") for path, text in theirs.items()} == gaps


def test_nynorsk_and_english_are_not_copies() -> None:
    nb, nn, en = (flat(words.shop(language)) for language in ("nb", "nn", "en"))

    # An address is written as the place writes it, in every language.
    long = [path for path, text in nb.items() if len(text) > 40 and path != ".footer.place"]
    assert [path for path in long if nn[path] == nb[path] or en[path] == nb[path]] == []
