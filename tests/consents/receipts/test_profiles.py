"""Receipts in the standard forms: valid by their schemas, true to the record, and with nothing made up."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from server.consents.receipts import iso27560, kantara
from server.consents.receipts.profiles import Evidence, consent_items, missing
from server.consents.service import decisions
from server.consents.values import PROFILES
from server.core.db import transaction
from server.core.errors import Conflict
from server.core.ids import new_id
from server.ledger import jobs
from server.sites import service as sites
from server.sites.document_types import Controller, Cookie, Document
from server.sites.page_addresses import page_of
from tests.conftest import PUBLIC_URL
from tests.consents.receipts import forms
from tests.consents.shops import ORIGIN, PUBLISHED, Shop, document, sent

COOKIES: list[Cookie] = [
    {"name": "chat_id", "host": "chat.example.no", "kind": "cookie", "lifetime": "P180D", "purpose": {}},
    {
        "name": "open",
        "host": "chat.example.no",
        "kind": "session_storage",
        "lifetime": "session",
        "purpose": {},
    },
]


def complete(phone: str = "+47 22 00 00 00") -> Document:
    """A banner that says all that receipts need."""
    made = document()
    made["controller"]["contacts"] = {"email": "hei@butikk.example.no", "phone": phone, "url": ""}
    made["controller"]["data_protection_officer"] = {
        "name": "Kari Nordmann",
        "email": "pvo@butikk.example.no",
    }
    chat = made["services"][-1]
    chat["shared_with"] = ["Regnskap AS"]
    chat["cookies"] = [
        {**each, "purpose": dict.fromkeys(made["texts"], "husker samtalen")} for each in COOKIES
    ]
    return made


def publish(shop: Shop, content: Document) -> int:
    with transaction():
        sites.save_draft(shop.site.id, content, by="test", now=PUBLISHED)
        return sites.publish(shop.site.id, note="", by="test", now=PUBLISHED).number


def ask(shop: Shop, visitor: str, name: str, form: str) -> TestResponse:
    return shop.client.get(
        f"/api/v1/sites/{shop.site.key}/me/receipts/{name}?profile={form}",
        headers={"Authorization": f"Bearer {visitor}", "Origin": ORIGIN},
    )


def decide(shop: Shop, version: int, **changes: object) -> tuple[str, str]:
    visitor = new_id()
    answer = shop.post(sent(visitor=visitor, version=version, **changes))
    assert answer.status_code == 201, answer.json
    return visitor, str(answer.get_json()["consent_id"])


# --- any record --------------------------------------------------------------------------------------------

BANNER = complete()
CHOICES = st.fixed_dictionaries({key: st.booleans() for key in ("functional", "statistics", "advertising")})


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    """Any record about a banner, with services in any of its categories."""
    content: Document = {**BANNER, "services": list(BANNER["services"])}
    for index in range(draw(st.integers(0, 3))):
        content["services"].append(
            {
                **content["services"][-1],
                "key": f"more{index}",
                "name": draw(st.text(min_size=1, max_size=20)),
                "category": draw(st.sampled_from(["functional", "statistics", "advertising", "necessary"])),
                "country": draw(st.sampled_from(["", "NO", "US"])),
                "privacy_link": draw(st.sampled_from(["", "https://x.example/"])),
                "shared_with": draw(st.lists(st.text(min_size=1, max_size=9), max_size=2)),
                "cookies": draw(st.sampled_from([[], COOKIES])),
                "purpose": draw(st.sampled_from([{}, {"nb": "teller"}])),
            }
        )
    choices = draw(CHOICES)
    differing = {
        each["key"]: draw(st.booleans()) for each in content["services"] if each["category"] in choices
    }
    record = {
        "v": 1,
        "site": "butikk",
        "cid": "0" * 26,
        "idem": new_id(),
        "version": 3,
        "cfg": "sha256:" + "0" * 64,
        "lang": draw(st.sampled_from(["nb", "en", "pl"])),
        "action": draw(st.sampled_from(["save", "withdraw"])),
        "surface": "settings",
        "choices": choices,
        "services": {key: value for key, value in differing.items() if draw(st.booleans())},
        "signals": {},
        "decided_at": "2026-11-22T12:00:00.000Z",
        "recorded_at": "2026-11-22T12:00:01.000Z",
        "expires_at": "2027-11-22T12:00:01.000Z",
    }
    return Evidence(
        record,
        content,
        datetime(2026, 1, 2, tzinfo=UTC),
        pages="https://butikk.example.no/",
        notice="https://c.example/n",
        own_page="https://c.example/m",
        requests="https://c.example/r",
    )


@given(evidence())
def test_any_record_is_valid_by_kantaras_schema(given_evidence: Evidence) -> None:
    made = kantara.receipt(given_evidence)
    assert list(forms.faults(made, forms.KANTARA)) == []
    assert list(forms.unknown(made, forms.KANTARA)) == []
    assert made["version"] == "KI-CR-v1.1.0"


@given(evidence())
def test_any_record_uses_only_terms_that_exist_in_dpv(given_evidence: Evidence) -> None:
    made = iso27560.receipt(given_evidence)
    assert made["@context"] == forms.NAMESPACES
    assert {term for term in forms.terms(made) if not forms.exists(term)} == set()
    assert json.loads(json.dumps(made, allow_nan=False)) == made


def lacking(node: dict[str, Any], fields: tuple[str, ...]) -> list[str]:
    return [name for name in fields if not node.get(name)]


@given(evidence())
def test_any_record_has_every_field_that_the_profile_for_the_gdpr_requires(given_evidence: Evidence) -> None:
    made = iso27560.receipt(given_evidence)
    assert (
        lacking(made, ("dpv:hasIdentifier", "dct:conformsTo", "dct:created", "dpv:hasRecordOfActivity")) == []
    )
    assert lacking(made["dpv:hasDataController"], forms.PARTY) == []
    for record in made["dpv:hasRecordOfActivity"]:
        assert lacking(record, forms.RECORD) == []
        assert {"@id": iso27560.SCHEMA + "record-eu-gdpr"} in record["dct:conformsTo"]
        assert lacking(record["dpv:hasConsentStatus"], forms.STATUS) == []
        for process in record["dpv:hasProcess"]:
            assert lacking(process, forms.PROCESS) == []


@given(evidence())
def test_every_service_is_listed_once_with_its_choice(given_evidence: Evidence) -> None:
    record = given_evidence.record
    wanted = {
        each["key"]: record["services"].get(each["key"], record["choices"][each["category"]])
        for each in given_evidence.document["services"]
        if each["category"] in record["choices"]
    }
    listed = [
        (each["key"], matter.granted) for matter in consent_items(given_evidence) for each in matter.services
    ]
    assert dict(listed) == wanted
    assert len(listed) == len(wanted)
    assert {matter.category["key"] for matter in consent_items(given_evidence)} == set(record["choices"])


@given(evidence())
def test_only_what_was_granted_is_given_in_either_form(given_evidence: Evidence) -> None:
    granted = [matter.granted for matter in consent_items(given_evidence)]
    states = [
        record["dpv:hasConsentStatus"]["@type"][0]
        for record in iso27560.receipt(given_evidence)["dpv:hasRecordOfActivity"]
    ]
    refused = "ConsentWithdrawn" if given_evidence.record["action"] == "withdraw" else "ConsentRefused"
    assert states == [f"dpv:{'ConsentGiven' if each else refused}" for each in granted]
    assert bool(kantara.receipt(given_evidence)["services"]) == any(granted)


@pytest.mark.parametrize(
    ("domains", "contact", "address"),
    [
        (("butikk.no",), "", "https://butikk.no/"),
        (("*.butikk.no", "www.butikk.no"), "", "https://www.butikk.no/"),
        (("*.butikk.no",), "", "https://butikk.no/"),
        (("butikk.no",), "https://butikk.no/kontakt", "https://butikk.no/"),
        # The server is on the site's own host: its scheme and port are known, and perhaps a page.
        (("127.0.0.1", "localhost"), "", "http://localhost:8000/"),
        (("127.0.0.1", "localhost"), "http://localhost:8000/shop/", "http://localhost:8000/shop/"),
        (("127.0.0.1", "localhost"), "http://localhost:80001/shop/", "http://localhost:8000/"),
        (("127.0.0.1", "localhost"), "https://other.no/", "http://localhost:8000/"),
        # A star covers the server's host, but whether the site has pages there is not known.
        (("*.localhost", "butikk.no"), "", "https://butikk.no/"),
    ],
)
def test_where_a_visitor_can_change_the_choice(domains: tuple[str, ...], contact: str, address: str) -> None:
    assert page_of(domains, contact, public_url="http://localhost:8000") == address


# --- over HTTP ---------------------------------------------------------------------------------------------


def test_a_visitor_gets_the_receipt_in_each_form_at_once(shop: Shop) -> None:
    version = publish(shop, complete())
    visitor, number = decide(shop, version)
    iso = ask(shop, visitor, number, "iso27560")
    assert (iso.status_code, iso.mimetype) == (200, "application/ld+json")
    assert f'"samtykke-{number}-iso27560.json"' in iso.headers["Content-Disposition"]
    listed = iso.get_json(force=True)
    assert listed["dpv:hasIdentifier"] == number
    assert listed["dpv:hasDataController"]["dpv:hasName"] == "Butikken AS"
    notice = listed["dpv:hasRecordOfActivity"][0]["dpv:hasNotice"]
    assert notice["dct:identifier"] == sites.version(shop.site.id, version).content_hash
    other = ask(shop, visitor, number, "kantara")
    assert (other.status_code, other.mimetype) == (200, "application/json")
    assert list(forms.faults(other.json, forms.KANTARA)) == []
    assert (
        other.get_json()["services"] == []
    )  # chat was refused apart from its category, and nothing else is in it


def test_a_grant_is_listed_with_its_purpose_and_recipients(shop: Shop) -> None:
    version = publish(shop, complete())
    visitor, number = decide(shop, version, services={})
    (listed,) = ask(shop, visitor, number, "kantara").get_json()["services"]
    (purpose,) = listed["purposes"]
    assert listed["service"] == "Chat"
    assert purpose["purpose"] == "svarer på spørsmål"
    assert purpose["thirdPartyName"] == "Chat AS, Regnskap AS"
    assert purpose["piiCategory"] == ["cookie chat_id", "session storage open"]


@pytest.mark.parametrize(
    ("form", "change", "fields"),
    [
        (
            "kantara",
            {"contacts": {"email": "", "phone": "", "url": ""}},
            {"contacts.email", "contacts.phone"},
        ),
        ("kantara", {"address": ""}, {"address"}),
        ("iso27560", {"address": " "}, {"address"}),
    ],
)
def test_what_the_banner_does_not_say_is_named_and_not_made_up(
    form: str, change: dict[str, Any], fields: set[str]
) -> None:
    content = complete()
    content["controller"] = cast("Controller", {**content["controller"], **change})
    demanded = kantara.DEMANDED if form == "kantara" else iso27560.DEMANDED
    assert set(missing(content["controller"], *demanded)) == {f"controller.{field}" for field in fields}


def test_a_banner_that_says_too_little_is_answered_with_the_fields(shop: Shop) -> None:
    visitor, number = decide(shop, 1)
    answer = ask(shop, visitor, number, "kantara")
    assert (answer.status_code, answer.get_json()["reason"]) == (409, "controller_incomplete")
    assert answer.get_json()["errors"] == {"controller.contacts.phone": "is empty in version 1 of the banner"}
    assert ask(shop, visitor, number, "iso27560").status_code == 200
    with pytest.raises(Conflict):
        decisions.profile(shop.site, number, "kantara", public_url="https://consent.example.no")


@pytest.mark.parametrize("form", ["", "iso", "KANTARA", "../x"])
def test_a_form_that_there_is_not_is_refused(shop: Shop, form: str) -> None:
    visitor, number = decide(shop, 1)
    answer = ask(shop, visitor, number, form)
    assert answer.status_code == 422
    assert "profile" in answer.get_json()["errors"]


def test_nobody_elses_decision_is_returned_in_any_form(shop: Shop) -> None:
    _, number = decide(shop, 1)
    for form in PROFILES:
        assert ask(shop, new_id(), number, form).status_code == 404


def addresses(value: object) -> Iterator[str]:
    """Every address in a receipt, wherever it is."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from addresses(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from addresses(inner)
    elif isinstance(value, str):
        yield from re.findall(r"https?://[^\s,;]+", value)


@pytest.mark.parametrize("form", ["", *PROFILES])
def test_no_address_in_a_receipt_leads_nowhere(shop: Shop, form: str) -> None:
    """Those of this server are asked for; others are in the banner, but for the vocabularies' own."""
    content = complete()
    content["controller"]["contacts"]["url"] = "https://butikk.example.no/kontakt"
    content["controller"]["supervisory_authority"] = {
        "name": "Datatilsynet",
        "url": "https://www.datatilsynet.no/",
    }
    content["services"][-1]["privacy_link"] = "https://chat.example.no/privacy"
    version = publish(shop, content)
    visitor, number = decide(shop, version)
    publish(shop, complete("+47 22 11 11 11"))
    jobs.sequence()
    address = f"/api/v1/sites/butikk/me/receipts/{number}" + (f"?profile={form}" if form else "")
    answer = shop.client.get(address, headers={"Authorization": f"Bearer {visitor}", "Origin": ORIGIN})
    receipt = answer.get_json(force=True)
    receipt.pop("@context", None)
    found = set(addresses(receipt))
    ours = {each for each in found if each.startswith(PUBLIC_URL)}
    notice = f"{PUBLIC_URL}/s/butikk/notice/versions/{version}?lang=nb"
    assert (notice in ours) == bool(form)
    for each in ours:
        assert shop.client.get(each.removeprefix(PUBLIC_URL)).status_code == 200, each
    known = json.dumps(content)
    vocabularies = ("https://w3id.org/dpv", "https://butikk.example.no/")
    assert [each for each in found - ours if each not in known and not each.startswith(vocabularies)] == []


def test_a_right_is_exercised_where_a_browser_can_do_so(shop: Shop) -> None:
    version = publish(shop, complete())
    receipt = ask(shop, *decide(shop, version), "iso27560").get_json(force=True)
    rights = receipt["dpv:hasRecordOfActivity"][0]["dpv:hasRight"]
    where = {each["@type"][1].removeprefix("eu-gdpr:"): each["dpv:isExercisedAt"] for each in rights}
    pages = f"{PUBLIC_URL}/s/butikk"
    request = {"@id": f"{pages}/request?lang=nb"}
    assert where["A7-3"] == {"@id": "https://butikk.example.no/"}
    assert where["A13"] == {"@id": f"{pages}/notice/versions/{version}?lang=nb"}
    for right in ("A15", "A17", "A20"):
        assert where[right] == [{"@id": f"{pages}/my-choice?lang=nb"}, request]
    assert where["A16"] == where["A18"] == request
    assert where["A77"] == {"@id": complete()["controller"]["supervisory_authority"]["url"]}
