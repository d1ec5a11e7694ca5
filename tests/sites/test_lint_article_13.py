"""What a privacy notice lacks stops a publish, and the finding names the article that asks for it."""

from typing import Any

import pytest

from server.sites import lint
from server.sites.authorities import AUTHORITIES, authority_of
from server.sites.document import load
from server.sites.transfers import ADEQUATE, basis_of
from server.sites.values import EEA, Finding
from tests.sites.documents import cookie, in_every_language, publishable, service
from tests.sites.test_document import put
from tests.sites.test_lint import found, whole

ACTIVITY: dict[str, Any] = {
    "key": "orders",
    "name": in_every_language("Bestillinger"),
    "purpose": in_every_language("Sende deg varene."),
    "data": in_every_language("Navn og adresse"),
    "subjects": in_every_language("Kunder"),
    "legal_basis": "contract",
    "interests": {},
    "sources": {},
    "recipients": ["Posten Norge AS"],
    "country": "NO",
    "transfer_basis": "",
    "retention": in_every_language("Fem år"),
}
PROCESSOR: dict[str, Any] = {
    "key": "host",
    "name": "Verten AS",
    "organisation_number": "",
    "role": "processor",
    "purpose": in_every_language("Drift av nettstedet"),
    "country": "NO",
    "transfer_basis": "",
    "agreement": "https://example.no/avtale",
    "privacy_link": "",
    "sub_processors": [],
}


def noticed() -> Any:
    """A whole document with other processing and a processor, about which there is nothing to say."""
    document: Any = whole()
    document["notice"]["activities"] = [ACTIVITY]
    document["notice"]["processors"] = [PROCESSOR]
    return document


def messages(document: Any) -> dict[str, Finding]:
    return {finding.field: finding for finding in lint.findings(load(document))}


def retention_findings(**changes: Any) -> set[tuple[str, str]]:
    document = noticed()
    document["services"][1] |= {"retention": "", **changes}
    return {(each.severity, each.rule) for each in messages(document).values() if "13(2)(a)" in each.message}


def test_what_stays_longest_on_the_device_says_how_long_where_no_time_is_written() -> None:
    assert retention_findings() == set()


def test_a_service_without_anything_that_says_how_long_refers_to_the_provider() -> None:
    nothing = {"cookies": [], "hosts": ["counter.example"]}

    assert retention_findings(**nothing) == {("warning", "retention_elsewhere")}


def test_a_service_about_which_nothing_says_how_long_cannot_be_published() -> None:
    nothing = {"cookies": [cookie(kind="pixel", lifetime="")], "privacy_link": ""}

    assert retention_findings(**nothing) == {("error", "retention_missing")}


def test_a_complete_notice_has_no_findings() -> None:
    assert found(noticed()) == set()


@pytest.mark.parametrize(
    ("path", "value", "severity", "rule", "field", "article"),
    [
        ("controller.name", "", "error", "controller_missing", "controller.name", "13(1)(a)"),
        ("controller.contacts.email", "", "error", "contact_missing", "controller.contacts", "13(1)(a)"),
        (
            "controller.data_protection_officer.name",
            "Kari",
            "error",
            "officer_unreachable",
            "controller.data_protection_officer.email",
            "13(1)(b)",
        ),
        (
            "controller.country",
            "US",
            "warning",
            "representative_missing",
            "controller.representative.name",
            "27",
        ),
        (
            "controller.representative.name",
            "Representant AS",
            "error",
            "representative_unreachable",
            "controller.representative.email",
            "13(1)(a)",
        ),
        (
            "controller.supervisory_authority",
            {},
            "error",
            "authority_missing",
            "controller.supervisory_authority.name",
            "13(2)(d)",
        ),
        ("services.1.provider", "", "error", "provider_missing", "services.1.provider", "13(1)(e)"),
        ("services.1.purpose.nn", "", "error", "text_missing", "services.1.purpose.nn", "13(1)(c)"),
        ("services.1.data", {}, "warning", "data_missing", "services.1.data.nb", "§ 3-15"),
        ("services.0.data", {}, "warning", "data_missing", "services.0.data.nb", "§ 3-15"),
        ("services.1.data.nn", " ", "warning", "data_missing", "services.1.data.nn", "§ 3-15"),
        (
            "services.1.country",
            "CN",
            "error",
            "transfer_basis_missing",
            "services.1.transfer_basis",
            "13(1)(f)",
        ),
        (
            "services.1.country",
            "US",
            "error",
            "transfer_basis_uncertain",
            "services.1.transfer_basis",
            "13(1)(f)",
        ),
        (
            "notice.activities.0.name.en",
            "",
            "error",
            "text_missing",
            "notice.activities.0.name.en",
            "",
        ),
        (
            "notice.activities.0.purpose",
            {},
            "error",
            "text_missing",
            "notice.activities.0.purpose.nb",
            "13(1)(c)",
        ),
        (
            "notice.activities.0.legal_basis",
            "",
            "error",
            "legal_basis_missing",
            "notice.activities.0.legal_basis",
            "13(1)(c)",
        ),
        (
            "notice.activities.0.legal_basis",
            "legitimate_interests",
            "error",
            "text_missing",
            "notice.activities.0.interests.en",
            "13(1)(d)",
        ),
        (
            "notice.activities.0.legal_basis",
            "legal_obligation",
            "warning",
            "law_missing",
            "notice.activities.0.interests.nb",
            "6(3)",
        ),
        (
            "notice.activities.0.retention.nn",
            "",
            "error",
            "text_missing",
            "notice.activities.0.retention.nn",
            "13(2)(a)",
        ),
        ("notice.activities.0.data", {}, "warning", "data_missing", "notice.activities.0.data.nb", "§ 3-15"),
        (
            "notice.activities.0.country",
            "IN",
            "error",
            "transfer_basis_missing",
            "notice.activities.0.transfer_basis",
            "13(1)(f)",
        ),
        ("notice.processors.0.name", " ", "error", "name_missing", "notice.processors.0.name", "13(1)(e)"),
        (
            "notice.processors.0.purpose.nb",
            "",
            "error",
            "text_missing",
            "notice.processors.0.purpose.nb",
            "13(1)(e)",
        ),
        (
            "notice.processors.0.agreement",
            "",
            "warning",
            "agreement_missing",
            "notice.processors.0.agreement",
            "28(3)",
        ),
        (
            "notice.processors.0.country",
            "RU",
            "error",
            "transfer_basis_missing",
            "notice.processors.0.transfer_basis",
            "13(1)(f)",
        ),
    ],
)
def test_what_is_missing_is_found_with_its_article(
    path: str, value: object, severity: str, rule: str, field: str, article: str
) -> None:
    finding = messages(put(noticed(), path, value))[field]
    assert (finding.severity, finding.rule) == (severity, rule)
    assert article in finding.message


@pytest.mark.parametrize(
    ("key", "article"),
    [
        ("who", "13(1)(a)"),
        ("collected", "13(1)(c)"),
        ("legal_basis", "13(1)(c)"),
        ("recipients", "13(1)(e)"),
        ("transfers", "13(1)(f)"),
        ("retention", "13(2)(a)"),
        ("choice", "13(2)(c)"),
        ("rights", "13(2)(b)"),
        ("complaint", "13(2)(d)"),
        ("contact", "13(1)(a)"),
        ("about", ""),
        ("sources", ""),
        ("statistics", ""),
        ("sharing", ""),
        ("security", ""),
        ("changes", ""),
        ("law", ""),
    ],
)
def test_a_section_that_the_regulation_asks_for_may_not_be_hidden(key: str, article: str) -> None:
    document = noticed()
    for section in document["notice"]["sections"]:
        section["hidden"] = section["key"] == key
    hidden = [finding for finding in lint.findings(load(document)) if finding.rule == "section_hidden"]
    assert [finding.severity for finding in hidden] == (["error"] if article else [])
    assert all(article in finding.message for finding in hidden)


def test_sources_may_not_be_hidden_where_data_comes_from_others() -> None:
    document = put(noticed(), "notice.activities.0.sources.nb", "Folkeregisteret")
    document["notice"]["sections"][3]["hidden"] = True
    assert "14(2)(f)" in messages(document)["notice.sections.3.hidden"].message


def test_joint_controllers_and_recipients_need_no_agreement_of_a_processor() -> None:
    document = put(
        put(noticed(), "notice.processors.0.role", "recipient"), "notice.processors.0.agreement", ""
    )
    assert found(document) == set()


@pytest.mark.parametrize(
    ("country", "basis", "rule"),
    [
        ("", "", None),
        ("NO", "", None),
        ("GB", "", None),
        ("BR", "", None),
        ("US", "data_privacy_framework", None),
        ("US", "standard_contractual_clauses", None),
        ("US", "adequacy_decision", "transfer_basis_unfit"),
        ("CN", "standard_contractual_clauses", None),
        ("CN", "binding_corporate_rules", None),
        ("CN", "explicit_consent", None),
        ("CN", "adequacy_decision", "transfer_basis_unfit"),
        ("CN", "data_privacy_framework", "transfer_basis_unfit"),
        ("NO", "data_privacy_framework", None),
    ],
)
def test_a_transfer_needs_a_basis_that_can_be_its_own(country: str, basis: str, rule: str | None) -> None:
    document = noticed()
    document["notice"]["processors"][0] = {**PROCESSOR, "country": country, "transfer_basis": basis}
    assert {rule for _, rule, _ in found(document)} == ({rule} if rule else set())


def test_what_a_transfer_rests_on_is_stated_or_an_adequacy_decision() -> None:
    assert basis_of("CH", "") == "adequacy_decision"
    assert basis_of("CH", "standard_contractual_clauses") == "standard_contractual_clauses"
    assert (basis_of("US", ""), basis_of("NO", "explicit_consent"), basis_of("", "")) == ("", "", "")
    assert not EEA & ADEQUATE.keys()
    assert len(EEA - {"EU"}) == 30


def _of_before(*countries: str) -> Any:
    """A document without the fields that came later."""
    document: Any = publishable()
    for country in countries:
        added: Any = service(f"counter_{country.lower()}" if country else "counter", country=country)
        for later in ("data", "transfer_basis", "retention"):
            del added[later]
        document["services"].append(added)
    document["notice"] = {"sections": document["notice"]["sections"][7:9]}
    del document["controller"]["country"]
    return document


def _errors(document: Any) -> set[tuple[str, str]]:
    found = lint.findings(load(document))
    return {(finding.rule, finding.field) for finding in found if finding.severity == "error"}


def test_a_document_of_before_with_services_in_adequate_countries_can_still_be_published() -> None:
    assert _errors(_of_before("NO", "IE", "GB", "")) == set()


def test_a_document_of_before_with_a_service_in_the_united_states_has_to_say_what_that_rests_on() -> None:
    document = _of_before("NO", "US")
    place = f"services.{len(document['services']) - 1}.transfer_basis"
    assert _errors(document) == {("transfer_basis_uncertain", place)}
    document["services"][-1]["transfer_basis"] = "standard_contractual_clauses"
    assert _errors(document) == set()


def test_every_country_of_the_eea_has_an_authority_to_complain_to() -> None:
    assert AUTHORITIES.keys() == EEA - {"EU"} | {"CH"}
    assert len({each.url for each in AUTHORITIES.values()}) == len(AUTHORITIES)
    for code in AUTHORITIES:
        named = authority_of(code)
        document = put(publishable(), "controller.supervisory_authority", named)
        assert load(document)["controller"]["supervisory_authority"] == named
    assert authority_of("NO") == {"name": "Datatilsynet", "url": "https://www.datatilsynet.no/"}
    greek = authority_of("GR")
    assert greek is not None
    assert greek["name"].endswith("(Hellenic Data Protection Authority)")
    assert authority_of("GB") is None


def test_a_controller_outside_the_eea_with_a_representative_that_can_be_reached_is_complete() -> None:
    for way in ({"email": "eea@example.no"}, {"address": "Storgata 1, Oslo"}):
        made = noticed()
        made["controller"]["country"] = "US"
        made["controller"]["representative"] = {"name": "Representant AS", **way}
        assert not {rule for rule in found(made) if "representative" in str(rule)}
