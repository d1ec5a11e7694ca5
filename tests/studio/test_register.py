"""The register of processors as staff use it."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import end_reading, transaction
from server.notices.parties import party_id
from server.notices.service import agreements
from server.sites import service as sites
from server.sites.values import Site
from tests.notices.test_notice import activity, processor
from tests.sites.documents import service
from tests.studio.conftest import Visitor

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PAGE = "/sites/butikken/register"
PRATEN = f"{PAGE}/{party_id('Praten AS')}"


@pytest.fixture
def shop(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose draft names a provider, a processor and a recipient."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    document = sites.draft(site.id).document
    document["services"] = [service(provider="Praten AS", country="US"), service("bare", provider="")]
    document["notice"]["processors"] = [processor()]
    document["notice"]["activities"] = [activity(purpose={})]
    with transaction():
        sites.save_draft(site.id, document, by="tests", now=NOW)
    return site


@pytest.fixture
def editor(shop: Site, as_role: Callable[..., Visitor]) -> Visitor:
    """Somebody who edits the banner."""
    return as_role("editor", shop)


def save(who: Visitor, **fields: str) -> tuple[int, str]:
    answer = who.save(PRATEN, fields)
    return answer.status_code, answer.text


def test_the_register_shows_first_what_is_missing_and_filters_by_state(editor: Visitor) -> None:
    text = editor.get(PAGE).text
    assert text.index("Praten AS") < text.index("Drift AS") < text.index("Posten")
    assert "As in the draft" in text
    assert "No provider is stated" in text
    assert ">bare</a>" in text
    filtered = editor.get(f"{PAGE}?state=missing").text
    assert "Praten AS" in filtered
    assert "Drift AS" not in filtered
    assert editor.get(f"{PAGE}?state=nonsense&of=x").status_code == 200


def test_a_party_shows_transfers_sub_processors_and_where_they_are_stated(editor: Visitor) -> None:
    text = editor.get(f"{PAGE}/{party_id('Drift AS')}").text
    for part in (
        "United States, outside the EEA: standard contractual clauses",
        "Disk AS",
        "/notice/processors/hosting",
    ):
        assert part in text
    assert 'href="https://example.no/avtale"' in text
    assert "/banner/services/counter" in editor.get(PRATEN).text
    for wrong in ("x", "x" * 22, "%00"):
        assert editor.get(f"{PAGE}/{wrong}").status_code == 404


def test_standard_terms_are_shown_as_such_until_they_are_signed(editor: Visitor, shop: Site) -> None:
    document = sites.draft(shop.id).document
    document["services"][0] |= {
        "processor_agreement": "https://praten.example/dpa",
        "catalog": {"key": "praten", "version": "0" * 16},
    }
    with transaction():
        sites.save_draft(shop.id, document, by="tests", now=NOW)
    assert "Terms known, no agreement recorded" in editor.get(f"{PAGE}?state=terms").text
    text = editor.get(PRATEN).text
    assert "no date of an agreement is recorded" in text
    assert 'href="https://praten.example/dpa"' in text
    assert save(editor, signed_on="2026-01-31")[0] == 303
    assert "no date of an agreement is recorded" not in editor.get(PRATEN).text
    assert "In order" in editor.get(PRATEN).text


def test_the_facts_of_an_agreement_are_saved_and_noted_in_the_audit_log(editor: Visitor, shop: Site) -> None:
    status, _ = save(
        editor, reference="2024/113", signed_on="2024-01-31", expires_on="2026-12-24", note="a\r\nb"
    )
    assert status == 303
    stored = agreements.agreements(shop.id)[party_id("Praten AS")]
    assert (stored.reference, str(stored.expires_on), stored.note) == ("2024/113", "2026-12-24", "a\r\nb")
    assert "Ends in 34 days" in editor.get(PAGE).text
    end_reading()
    (event,) = [e for e in audit_log.audit_events(only=None, limit=9) if e.action == "agreement_changed"]
    assert event.subject == "Praten AS"
    assert "expires_on: – → 2026-12-24" in event.detail
    assert "2024/113" not in event.detail
    assert save(editor, capacity="controller", reference="", signed_on="", expires_on="")[0] == 303
    assert "Independent controller" in editor.get(PRATEN).text


def test_what_cannot_be_saved_is_named_at_its_field_and_nothing_typed_is_lost(editor: Visitor) -> None:
    status, text = save(editor, expires_on="31.12.2027", note="<b>typed</b>", remind_days="9999")
    assert status == 422
    assert "The last day must be a day such as 2026-11-22" in text
    assert 'id="remind_days-error"' in text
    assert "&lt;b&gt;typed&lt;/b&gt;" in text
    assert 'value="31.12.2027"' in text


def test_somebody_elses_save_is_shown_and_nothing_typed_is_lost(editor: Visitor, shop: Site) -> None:
    assert save(editor, contact="first")[0] == 303
    answer = editor.post(PRATEN, {"revision": "0", "contact": "second"})
    assert answer.status_code == 409
    assert "Saved meanwhile: first" in answer.text
    assert 'value="second"' in answer.text
    assert editor.post(PRATEN, {"revision": "1", "contact": "second"}).status_code == 303
    assert editor.post(f"{PRATEN}/remove", {"revision": "1"}).status_code == 409
    assert editor.post(f"{PRATEN}/remove", {"revision": "2"}).status_code == 303
    assert agreements.agreements(shop.id) == {}
    assert editor.post(f"{PRATEN}/remove", {"revision": "0"}).status_code == 404


def test_an_auditor_reads_all_of_it_and_edits_nothing(
    editor: Visitor, shop: Site, as_role: Callable[..., Visitor]
) -> None:
    save(editor, reference="2024/113", note="for colleagues")
    auditor = as_role("auditor", shop)
    text = auditor.get(PRATEN).text
    assert "2024/113" in text
    assert "for colleagues" in text
    assert "<textarea" not in text
    assert "/banner/" not in text
    assert "/banner/" not in auditor.get(PAGE).text


def test_the_register_is_that_of_the_published_version_once_there_is_one(
    editor: Visitor, shop: Site, app: Flask
) -> None:
    document = sites.draft(shop.id).document
    document["controller"]["name"], document["controller"]["address"] = "Butikken AS", "Storgata 1"
    document["controller"]["contacts"]["email"] = "post@butikken.no"
    document["services"] = [service(provider="Praten AS")]
    document["notice"]["activities"] = []
    with transaction():
        sites.save_draft(shop.id, document, by="tests", now=NOW)
        sites.publish(shop.id, note="", by="tests", now=NOW)
        sites.save_draft(shop.id, {**document, "services": []}, by="tests", now=NOW)
    assert "As published in version 1" in editor.get(PAGE).text
    assert "Praten AS" in editor.get(PAGE).text
    assert "Praten AS" not in editor.get(f"{PAGE}?of=draft").text
    # The draft has no such service any more: nothing leads to the page that would edit it.
    assert "/banner/services/counter" not in editor.get(PRATEN).text


def test_the_record_of_processing_is_downloaded_in_three_formats(editor: Visitor) -> None:
    assert "Purpose: Orders" in editor.get(PAGE).text
    answer = editor.get(f"{PAGE}/record?format=csv&language=en")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
    assert [row[1] for row in rows if row[0] == "Orders"] == ["Not stated"]
    assert "butikken-record-of-processing-2026-11-20-en.csv" in answer.headers["Content-Disposition"]
    assert editor.get(f"{PAGE}/record?format=ods").data.startswith(b"PK")
    assert editor.get(f"{PAGE}/record?format=pdf&language=nn").data.startswith(b"%PDF-")
    for wrong in ("format=xlsx", "format=csv&language=sv", "format="):
        assert editor.get(f"{PAGE}/record?{wrong}").status_code == 404


def test_overview_says_which_agreements_need_somebody(editor: Visitor) -> None:
    overview = "/sites/butikken/"
    assert "processor has no agreement yet" in editor.get(overview).text
    save(editor, reference="arkiv 7", expires_on="2026-12-20")
    assert "One agreement ends in 30 days." in editor.get(overview).text
    save(editor, reference="arkiv 7", expires_on="2026-11-19")
    assert "<strong>One agreement has ended.</strong>" in editor.get(overview).text
    save(editor, reference="arkiv 7", expires_on="")
    assert 'id="agreements"' not in editor.get(overview).text


def test_recipient_leads_to_the_days_of_its_agreement(editor: Visitor) -> None:
    pages = "/sites/butikken/banner/notice/processors"
    key = processor()["key"]
    page = editor.get(f"{pages}/{key}").text
    link = re.search(r'href="/studio([^"]+)">Days of the agreement', page)
    assert link
    answer = editor.get(link[1].replace("&amp;", "&"))
    assert (answer.status_code, 'name="expires_on"' in answer.text) == (200, True)
    refused = editor.save(f"{pages}/{key}", {f"notice.processors.{key}.name": "x" * 300})
    assert (refused.status_code, "Days of the agreement" in refused.text) == (422, True)
