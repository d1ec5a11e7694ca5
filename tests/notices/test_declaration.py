"""What the cookie declaration says of services and of what they store."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.notices.declaration import Declaration, Fact, declared, is_first_party
from server.notices.representations import declaration_json
from server.notices.values import Text
from server.sites import service as sites
from server.sites.document_types import Document
from tests.sites.documents import category, cookie, publishable, service

DOMAINS = ("www.example.no", "*.shop.example")


def document(*services: Any) -> Document:
    made = publishable()
    made["services"] += services
    return made


def facts(found: Declaration, key: str) -> dict[str, Fact]:
    (declared_service,) = [
        each for category in found.categories for each in category.services if each.key == key
    ]
    return {fact.key: fact for fact in declared_service.facts}


def words(fact: Fact) -> list[str]:
    return [text.text for text in fact.values]


def test_every_cookie_of_the_document_is_listed_with_purpose_lifetime_and_owner() -> None:
    names = ["_count", "_count_*", "last"]
    made = document(service(cookies=[cookie(name, lifetime="session") for name in names]))
    found = declared(made, DOMAINS, "nb")
    listed = [each for category in found.categories for each in category.services if each.key == "counter"]
    assert [each.name for each in listed[0].cookies] == names
    for each in listed[0].cookies:
        said = {fact.key: words(fact) for fact in each.facts}
        assert said["lifetime"] == ["Til du lukker nettleseren"]
        assert said["party"] == ["Tredjepart"]
        assert said["purpose"] == ["Counts visits"] or said["purpose"] == ["Distinguishes visits"]


def test_recipients_are_named_and_nothing_is_claimed_where_none_are_stated() -> None:
    found = declared(document(service(shared_with=["Ads Ltd", "Data Inc"]), service("map")), DOMAINS, "nb")
    assert words(facts(found, "counter")["shared_with"]) == ["Ads Ltd", "Data Inc"]
    assert words(facts(found, "map")["shared_with"]) == ["Ingen andre er oppgitt"]
    assert words(facts(found, "samtykke")["shared_with"]) == ["Ingen andre"]


@pytest.mark.parametrize(
    ("changes", "host", "owner"),
    [
        ({}, "", "Førstepart"),
        ({"hosts": ["counter.example"]}, "", "Førstepart"),
        ({}, ".example.no", "Førstepart"),
        ({}, ".counter.example", "Tredjepart"),
        ({"hosts": ["www.example.no/counter"]}, "www.example.no", "Tredjepart"),
        ({"provider": "Butikken A.S."}, "", "Førstepart"),
        ({"provider": "Butikken AS"}, "www.example.no", "Førstepart"),
        ({"provider": "Butikken AS"}, ".counter.example", "Tredjepart"),
    ],
)
def test_a_cookie_is_the_websites_own_unless_it_has_the_host_of_another(
    changes: dict[str, Any], host: str, owner: str
) -> None:
    found = declared(document(service(cookies=[cookie(host=host)], **changes)), DOMAINS, "nb")
    (listed,) = [one for each in found.categories for one in each.services if one.key == "counter"]
    assert [words(fact) for fact in listed.cookies[0].facts if fact.key == "party"] == [[owner]]


def test_whose_a_request_is_that_names_no_host_is_not_stated() -> None:
    found = declared(document(service(cookies=[cookie(kind="pixel", host="")])), DOMAINS, "nb")
    (listed,) = [one for each in found.categories for one in each.services if one.key == "counter"]
    assert [words(fact) for fact in listed.cookies[0].facts if fact.key == "party"] == [["Ikke oppgitt"]]


def test_our_own_service_is_provided_by_the_controller() -> None:
    made = document()
    made["services"][0]["provider"] = "Butikken"
    assert words(facts(declared(made, DOMAINS, "nb"), "samtykke")["provider"]) == ["Butikken AS"]
    made["controller"]["name"] = " "
    assert words(facts(declared(made, DOMAINS, "nb"), "samtykke")["provider"]) == ["Butikken"]


def test_storing_and_processing_have_a_basis_each() -> None:
    found = declared(document(service()), DOMAINS, "nb")
    storage, processing = words(facts(found, "counter")["legal_basis"])
    assert "ekomloven § 3-15" in storage
    assert "artikkel 6 nr. 1 bokstav a" in processing
    necessary = words(facts(found, "samtykke")["legal_basis"])
    assert "strengt nødvendig" in necessary[0]
    assert "bokstav c" in necessary[1]


def test_a_controller_outside_norway_is_under_the_directive_and_not_under_norwegian_law() -> None:
    made = document(service())
    made["controller"]["country"] = "SE"
    (storage, _) = words(facts(declared(made, DOMAINS, "en"), "counter")["legal_basis"])
    assert storage.endswith("(ePrivacy Directive article 5(3))")


@pytest.mark.parametrize(
    ("country", "basis", "said"),
    [
        ("NO", "", "Ingen: landet er i EØS"),
        ("US", "data_privacy_framework", "Data Privacy Framework"),
        ("US", "standard_contractual_clauses", "artikkel 46"),
        ("JP", "adequacy_decision", "artikkel 45"),
        ("JP", "", "artikkel 45"),
        ("IN", "", "ikke oppgitt"),
    ],
)
def test_a_transfer_is_said_with_its_basis(country: str, basis: str, said: str) -> None:
    found = declared(document(service(country=country, transfer_basis=basis)), DOMAINS, "nb")
    assert said in words(facts(found, "counter")["transfer"])[0]


def test_what_a_tab_stores_stays_until_the_tab_is_closed() -> None:
    stored = cookie(kind="session_storage", lifetime="session")
    found = declared(document(service(cookies=[stored])), DOMAINS, "nb")
    (listed,) = [one for each in found.categories for one in each.services if one.key == "counter"]
    assert [words(fact) for fact in listed.cookies[0].facts if fact.key == "lifetime"] == [
        ["Til du lukker fanen"]
    ]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("local_storage", ["Til det blir slettet"]), ("cookie", ["Ikke oppgitt"]), ("pixel", None)],
)
def test_local_storage_stays_until_it_is_cleared_and_a_cookie_needs_a_lifetime(
    kind: str, said: list[str] | None
) -> None:
    stored = cookie(kind=kind, lifetime="")
    found = declared(document(service(cookies=[stored])), DOMAINS, "nb")
    (listed,) = [one for each in found.categories for one in each.services if one.key == "counter"]
    lifetimes = (words(fact) for fact in listed.cookies[0].facts if fact.key == "lifetime")
    assert next(lifetimes, None) == said


def test_a_service_that_is_known_to_store_nothing_says_so_also_in_json() -> None:
    made = document(
        service(cookies=[], stores_nothing=True), service("map", cookies=[], stores_nothing=False)
    )
    found = declared(made, DOMAINS, "nb")
    shown = declaration_json(found, site="x", version=1, in_force=Text("", "nb"), page="p", notice="n")
    services = {one["key"]: one["stores_nothing"] for each in shown["categories"] for one in each["services"]}
    assert (services["counter"], services["map"], services["samtykke"]) == (True, False, False)
    assert shown["labels"]["stores_nothing"]["text"] == "Lagrer ingenting på enheten din."
    assert not any("Lagring og lesing" in text for text in words(facts(found, "counter")["legal_basis"]))


def test_what_is_necessary_says_why_and_what_is_hidden_is_not_declared() -> None:
    made = document(service(category="hidden"))
    made["categories"].append(category("hidden", hidden=True))
    found = declared(made, DOMAINS, "nn")
    assert "counter" not in [each.key for shown in found.categories for each in shown.services]
    assert facts(found, "samtykke")["necessary_reason"].values[0].text


def test_a_text_that_is_missing_in_the_language_says_which_one_it_is_in() -> None:
    made = document(service(purpose={"nb": "Teller besøk"}))
    assert facts(declared(made, DOMAINS, "en"), "counter")["purpose"].values == (Text("Teller besøk", "nb"),)


def test_labels_are_the_banners_own_where_it_has_them() -> None:
    made = document()
    made["texts"]["nb"]["lifetime"] = "Varer i"
    found = declared(made, DOMAINS, "nb")
    assert (found.labels["lifetime"].text, found.labels["party"].text) == ("Varer i", "Eier")


@pytest.mark.parametrize(
    ("language", "label"), [("nb", "Opplysningene går til"), ("sv", "Land"), ("en", "Information goes to")]
)
def test_a_country_is_said_to_be_where_the_information_goes_whatever_an_older_banner_calls_it(
    language: str, label: str
) -> None:
    made = sites.with_language(document(), "sv")
    for texts in made["texts"].values():
        texts["country"] = "Land"
    assert declared(made, DOMAINS, language).labels["country"].text == label


@pytest.mark.parametrize(
    ("host", "first"),
    [
        ("", True),
        ("www.example.no", True),
        (".example.no", True),
        ("*.example.no", True),
        ("a.shop.example", True),
        ("shop.example", True),
        (".counter.example", False),
        ("notexample.no", False),
        ("no", False),
        ("xwww.example.no", False),
    ],
)
def test_first_party_is_what_belongs_to_a_domain_of_the_site(host: str, first: bool) -> None:
    assert is_first_party(host, DOMAINS) is first


@given(host=st.from_regex(r"[a-z]{1,9}(\.[a-z]{1,9}){1,3}", fullmatch=True))
def test_a_host_and_its_sub_domains_are_first_party_to_a_site_there(host: str) -> None:
    assert is_first_party(host, (host,))
    assert is_first_party(f".{host}", (f"www.{host}",))
    assert is_first_party(f"a.{host}", (host,))


def test_the_json_form_has_all_words_to_show_it() -> None:
    found = declared(document(service()), DOMAINS, "nb")
    made = declaration_json(found, site="x", version=1, in_force=Text("", "nb"), page="p", notice="n")
    used = {fact["key"] for each in made["categories"] for one in each["services"] for fact in one["facts"]}
    used |= {
        fact["key"]
        for each in made["categories"]
        for one in each["services"]
        for stored in one["cookies"]
        for fact in stored["facts"]
    }
    assert used <= set(made["labels"])
    assert all(label["text"] for label in made["labels"].values())
