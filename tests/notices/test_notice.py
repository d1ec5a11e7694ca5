"""What the privacy notice says from the document of a version."""

from datetime import date, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.notices.blocks import lines_of_html
from server.notices.notice import Notice as Shown
from server.notices.notice import composed
from server.notices.notice_context import Circumstances
from server.notices.request_rules import KINDS
from server.notices.retention import RULES
from server.notices.words import words
from server.sites.document_types import STANDARD_SECTIONS, Activity, Document, Notice, Processor
from server.sites.texts import FIRST
from server.sites.values import CONSENT_SERVICE
from tests.sites.documents import cookie, in_every_language, publishable, service

PAGES = ("cookies", "request", "my_choice", "versions", *(f"request_{kind}" for kind in KINDS))
LINKS = {name: f"https://consent.example/{name}" for name in PAGES}


def activity(key: str = "orders", **changes: object) -> Activity:
    complete: Activity = {
        "key": key,
        "name": in_every_language("Orders"),
        "purpose": in_every_language("To deliver what was bought"),
        "data": in_every_language("Name and address"),
        "subjects": in_every_language("Customers"),
        "legal_basis": "contract",
        "interests": {},
        "sources": in_every_language("The population register"),
        "recipients": ["Posten"],
        "country": "NO",
        "transfer_basis": "",
        "retention": in_every_language("Five years after the purchase"),
    }
    return cast("Activity", {**complete, **changes})


def processor(key: str = "hosting", **changes: object) -> Processor:
    complete: Processor = {
        "key": key,
        "name": "Drift AS",
        "organisation_number": "999999999",
        "role": "processor",
        "purpose": in_every_language("Runs the servers"),
        "country": "US",
        "transfer_basis": "standard_contractual_clauses",
        "agreement": "https://example.no/avtale",
        "privacy_link": "https://drift.example/privacy",
        "sub_processors": ["Disk AS"],
    }
    return cast("Processor", {**complete, **changes})


def document(**notice: Any) -> Document:
    made = publishable()
    made["services"].append(
        service(
            data=in_every_language("Pages that are read"),
            country="US",
            transfer_basis="data_privacy_framework",
            retention="P14M",
        )
    )
    made["notice"].update(cast("Notice", notice))
    return made


def notice(made: Document, language: str = "nb", links: dict[str, str] = LINKS) -> Shown:
    about = Circumstances(date(2026, 11, 28), timedelta(days=365), links)
    return composed(made, ("www.example.no",), language, about)


def lines(found: Shown, key: str) -> str:
    return "\n".join(next(part for part in found.parts if part.key == key).lines)


def everything(found: Shown) -> str:
    return "\n".join(line for part in found.parts for line in (part.heading.text, *part.lines))


@pytest.mark.parametrize("language", FIRST)
def test_the_standard_sections_are_shown_in_order_and_none_is_empty(language: str) -> None:
    found = notice(document(), language)
    assert tuple(part.key for part in found.parts) == STANDARD_SECTIONS
    for part in found.parts:
        assert part.heading.text
        assert part.heading.language == language
        assert part.lines


@pytest.mark.parametrize("language", FIRST)
def test_each_duty_of_article_13_is_met_from_the_document(language: str) -> None:
    made = document(activities=[activity()], processors=[processor()])
    made["controller"]["data_protection_officer"] = {"name": "Ola Nordmann", "email": "ombud@example.no"}
    made["controller"]["organisation_number"] = "311874020"
    made["controller"]["representative"] = {
        "name": "Representant AS",
        "address": "Drottninggatan 1, Stockholm",
        "email": "eea@example.no",
    }
    found = notice(made, language)
    for key, stated in {
        "who": [
            "Butikken AS",
            "311874020",
            "Storgata 1, 0155 Oslo",
            "hei@example.no",
            "Ola Nordmann",
            "Representant AS",
        ],
        "collected": ["Pages that are read", "Name and address", "Customers", "To deliver what was bought"],
        "legal_basis": ["6", "3-15", "Orders"],
        "sources": ["The population register"],
        "recipients": ["Counter AS", "Drift AS (999999999)", "Disk AS", "Posten"],
        "transfers": ["Counter AS", "Drift AS", "46", "45"],
        "retention": ["Five years after the purchase", "14", "365"],
        "about": ["_count", "samtykke"],
        "complaint": ["Datatilsynet", "https://www.datatilsynet.no/"],
        "contact": ["hei@example.no", "ombud@example.no", "Drottninggatan 1, Stockholm", "eea@example.no"],
        "changes": ["2026"],
    }.items():
        for each in stated:
            assert each in lines(found, key), (key, each)


def test_every_service_of_others_that_may_run_is_in_the_notice_with_its_provider() -> None:
    made = document()
    made["services"] += [service(f"s{number}", provider=f"Provider {number} AS") for number in range(20)]
    said = lines(notice(made), "recipients")
    for each in made["services"]:
        if each["key"] != CONSENT_SERVICE:
            assert each["name"] in said
            assert each["provider"] in said


def test_the_controller_is_no_recipient_of_its_own_services() -> None:
    made = document()
    made["controller"]["name"] = "Egen Butikk AS"
    made["services"] += [service("kurv", provider="egen butikk as"), service("annen", provider="Annen AS")]
    said = lines(notice(made), "recipients")
    assert "Annen AS" in said
    assert "egen butikk as" not in said.casefold()


@pytest.mark.parametrize("language", FIRST)
def test_who_is_a_processor_a_provider_and_a_recipient_of_other_processing_is_named_once(
    language: str,
) -> None:
    made = document(
        activities=[activity(recipients=["drift a.s.", "Posten"])],
        processors=[processor(name="Drift AS", country="NO", transfer_basis="")],
    )
    made["services"].append(service("host", provider="DRIFT AS", shared_with=["Posten"], country="US"))
    found = notice(made, language)
    said = lines(found, "recipients")
    (part,) = [each for each in found.parts if each.key == "recipients"]
    (drift,) = [line for line in part.lines if "drift" in line.casefold()]
    assert "Runs the servers" in drift
    assert "Orders" in drift
    assert "Host" in drift
    assert "Disk AS" in drift
    assert said.count("Posten") == 1
    assert lines(found, "transfers").casefold().count("drift") == 1


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "Leverandørens vilkår for databehandling"),
        ("nn", "Vilkåra leverandøren har for databehandling"),
        ("en", "The provider’s terms for processing"),
    ],
)
def test_standard_terms_from_the_catalog_are_linked_and_are_no_agreement(language: str, said: str) -> None:
    made = document()
    terms = "https://praten.example/dpa"
    made["services"][-1] |= {
        "processor_agreement": terms,
        "catalog": {"key": "praten", "version": "0" * 16},
    }
    (part,) = [each for each in notice(made, language).parts if each.key == "recipients"]
    cells = [cell for block in part.blocks for row in getattr(block, "rows", ()) for cell in row]
    linked = [text for cell in cells for text in cell if text.href == terms]
    assert [text.text for text in linked] == [said]


def test_a_service_whose_provider_is_not_stated_is_among_the_recipients_all_the_same() -> None:
    made = document()
    made["services"].append(service("map", provider=" ", country="US"))
    found = notice(made)
    assert "Ikke oppgitt\nFår opplysninger for: Map" in lines(found, "recipients")
    assert "Ikke oppgitt\nSender opplysninger til: USA" in lines(found, "transfers")


def test_a_purpose_with_several_legal_bases_says_which_service_has_which() -> None:
    made = document()
    made["services"] += [
        service("kurv", "necessary", legal_basis="contract"),
        service("kasse", "necessary", legal_basis="contract"),
    ]
    said = lines(notice(made), "legal_basis")
    assert "bokstav c): tjenesten Samtykke;" in said
    assert "bokstav b): tjenestene Kurv og Kasse" in said
    assert "tjenesten Counter" not in said


@pytest.mark.parametrize(
    ("language", "sent", "goes"),
    [
        ("nb", "Sender opplysninger til: USA", "Opplysningene går til: USA"),
        ("nn", "Sender opplysningar til: USA", "Opplysningane går til: USA"),
        ("en", "Sends information to: United States", "Information goes to: United States"),
    ],
)
def test_a_provider_in_the_eea_sends_data_to_the_country_and_is_not_said_to_be_there(
    language: str, sent: str, goes: str
) -> None:
    made = document()
    made["services"][-1] |= {
        "provider": "Google Ireland Limited",
        "country": "US",
        "transfer_basis": "data_privacy_framework",
    }
    found = notice(made, language)
    assert f"Google Ireland Limited\n{sent}\n" in lines(found, "transfers")
    assert goes in lines(found, "recipients")


def test_a_transfer_without_a_stated_basis_says_so_and_no_transfer_says_so_too() -> None:
    made = document()
    made["services"][-1]["transfer_basis"] = ""
    assert "ikke oppgitt" in lines(notice(made), "transfers")
    made["services"][-1]["country"] = "NO"
    assert "Ingen av mottakerne" in lines(notice(made), "transfers")


def test_how_long_a_decision_is_kept_follows_the_site() -> None:
    made = document()
    made["behaviour"]["validity_days"] = 180
    said = lines(notice(made), "retention")
    assert "Et ja gjelder i 180 dager, et nei i 182 dager." in said
    assert "365 dager etter" in said
    at_once = Circumstances(date(2026, 11, 28), timedelta(0), {})
    assert "når det har gått ut" in lines(composed(made, (), "nb", at_once), "retention")


def test_our_own_service_has_no_other_retention_than_the_rules_of_the_site() -> None:
    made = document()
    made["services"][0]["retention"] = "P2Y"
    said = lines(notice(made), "retention")
    assert "Samtykke" not in said
    assert "2 år" not in said


def test_where_no_time_is_written_what_stays_longest_on_the_device_is_named() -> None:
    made = document()
    stored = [cookie("a", lifetime="P30D"), cookie("b", lifetime="P13M"), cookie("c", lifetime="session")]
    made["services"] += [
        service("map", retention="", cookies=stored),
        service("kurv", provider="Butikken AS", retention=""),
    ]
    said = lines(notice(made), "retention")
    assert "På enheten din like lenge som b, som blir liggende lengst (13 måneder)" in said
    assert "Hvor lenge leverandøren oppbevarer opplysningene: se personvernerklæringen deres" in said
    assert "Kurv" not in said
    assert "Ikke oppgitt" not in said


def test_where_nothing_says_how_long_it_is_said_to_be_not_stated() -> None:
    made = document()
    made["services"].append(service("map", retention="", cookies=[], privacy_link=""))
    assert "Map\nSlettefrist: Ikke oppgitt" in lines(notice(made), "retention")


@pytest.mark.parametrize("language", FIRST)
def test_what_else_is_stored_about_visitors_is_named_with_its_period(language: str) -> None:
    about = Circumstances(date(2026, 11, 28), timedelta(days=365), {}, tuple(RULES.values()))
    found = composed(document(), (), language, about)
    said = lines(found, "retention")
    for rule in RULES.values():
        assert words("notice", language)["own"]["rules"][rule.name] in said
        assert rule.period is None or rule.period >= timedelta(days=1)
    assert "180" in said


def test_rights_lead_to_the_form_if_there_is_one_and_else_to_the_controller() -> None:
    def links(found: Shown) -> set[str]:
        (rights,) = [part for part in found.parts if part.key == "rights"]
        return {text.href for block in rights.blocks for _, cell in block.rows for text in cell}  # type: ignore[union-attr]

    assert {LINKS[f"request_{kind}"] for kind in KINDS} < links(notice(document()))
    assert links(notice(document(), links={})) == {"mailto:hei@example.no", ""}


def test_a_hidden_section_and_an_empty_one_are_left_out() -> None:
    made = document()
    made["notice"]["sections"][0]["hidden"] = True
    made["notice"]["sections"].append(
        {"key": "own", "heading": {"nb": "Eget"}, "body": {"nb": " "}, "hidden": False}
    )
    keys = [part.key for part in notice(made).parts]
    assert STANDARD_SECTIONS[0] not in keys
    assert "own" not in keys


def test_own_words_are_shown_as_rich_text_and_as_lines() -> None:
    made = document()
    made["notice"]["sections"][0]["body"] = {"nb": "<p>En <em>to</em></p><ul><li>tre</li><li>fire</li></ul>"}
    part = notice(made).parts[0]
    assert "<em>to</em>" in part.body.text
    assert part.lines[:3] == ("En to", "tre", "fire")


def test_the_same_document_has_the_same_lines_and_a_new_service_changes_them() -> None:
    made, more = document(), document()
    more["services"].append(service("pixel", "advertising"))
    assert everything(notice(made)) == everything(notice(document()))
    assert everything(notice(made)) != everything(notice(more))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="<>&\0"), min_size=1), max_size=5))
def test_each_paragraph_is_a_line(paragraphs: list[str]) -> None:
    source = "".join(f"<p>{each}</p>" for each in paragraphs)
    assert lines_of_html(source) == tuple(" ".join(each.split()) for each in paragraphs if each.split())
