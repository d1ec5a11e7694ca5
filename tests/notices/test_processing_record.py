"""The record of processing (GDPR article 30 (1)): what is in it, and its files."""

import csv
import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.demo.document import document as demo
from server.notices import opendocument, pdf, record_files
from server.notices.parties import parties
from server.notices.processing_record import (
    OF_ALL,
    OF_ROWS,
    Circumstances,
    Column,
    Lines,
    ProcessingRecord,
    made,
)
from server.sites.document_types import Document
from tests.notices.test_hostile_documents import HOSTILE, filled
from tests.notices.test_notice import activity, processor
from tests.sites.documents import cookie, publishable, service

ABOUT = Circumstances(
    made_on=date(2026, 11, 29),
    source="version",
    number=3,
    source_on=date(2026, 3, 1),
    retention=timedelta(days=365),
    sends_mail=False,
)
LANGUAGES = ("nb", "nn", "en")
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def document(**changes: Any) -> Document:
    written = publishable()
    written["controller"]["country"] = "NO"
    written["services"] = [
        service(provider="Praten AS", country="US", transfer_basis="standard_contractual_clauses")
    ]
    written["notice"]["activities"] = [activity()]
    written["notice"]["processors"] = [processor()]
    return written


def record(written: Document, language: str = "en", **about: Any) -> ProcessingRecord:
    return made(written, parties(written, {}), language, replace(ABOUT, **about))


def row(found: ProcessingRecord, name: str) -> Mapping[Column, Lines]:
    return next(each for each in found.rows if each["activity"][0].startswith(name))


def sheets(content: bytes) -> dict[str, list[list[str]]]:
    """A spreadsheet read again: sheet → rows of cells."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.infolist()[0].filename == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        root = ET.fromstring(archive.read("content.xml"))
        for name in ("meta.xml", "META-INF/manifest.xml"):
            ET.fromstring(archive.read(name))
    return {
        table.attrib[f"{_TABLE}name"]: [
            ["\n".join(_line(line) for line in cell) for cell in each.iter(f"{_TABLE}table-cell")]
            for each in table.iter(f"{_TABLE}table-row")
        ]
        for table in root.iter(f"{_TABLE}table")
    }


def _line(paragraph: ET.Element) -> str:
    spaces = (
        " " * int(each.attrib.get(f"{_TEXT}c", "1")) + (each.tail or "")
        for each in paragraph.iter(f"{_TEXT}s")
    )
    return (paragraph.text or "") + "".join(spaces)


def test_every_letter_of_article_30_has_its_column_and_every_purpose_its_row() -> None:
    found = record(document())
    counter = row(found, "Counter")
    assert counter["purpose"] == ("Counts visits",)
    assert counter["subjects"] == ("Visitors to the website",)
    assert counter["data"] == ("Which pages are read",)
    assert counter["recipients"] == ("Praten AS (processor)",)
    assert "United States: standard data protection clauses" in counter["transfers"][0]
    assert counter["retention"] == ("1 year",)
    assert "article 6(1)(a)" in counter["legal_basis"][0]
    assert found.about["controller"][0] == "Butikken AS"
    assert "hei@example.no" in found.about["controller"]
    assert found.about["security"] != ("Not stated",)
    assert [each["activity"][0] for each in found.rows[-2:]] == [
        "Consent for cookies",
        "Requests of data subjects",
    ]
    assert record(document(), sends_mail=True).rows[-1]["purpose"] == (
        "To send an e-mail when the notice changes",
    )
    assert all(set(each) == set(OF_ROWS) and all(each.values()) for each in found.rows)
    assert set(found.about) == set(OF_ALL)


def test_a_controller_outside_the_eea_has_its_representative_in_the_record() -> None:
    written = document()
    assert record(written).about["representative"] == ("Not needed: established in the EEA",)
    written["controller"]["country"] = "US"
    assert [gap.column for gap in record(written).gaps] == ["representative"]
    written["controller"]["representative"] = {
        "name": "Representant AS",
        "address": "Storgata 1\n0155 Oslo",
        "email": "eea@example.no",
    }
    found = record(written)
    assert found.about["representative"] == ("Representant AS", "Storgata 1", "0155 Oslo", "eea@example.no")
    assert found.gaps == ()


def test_what_is_not_stated_is_said_to_be_so_and_listed() -> None:
    written = document()
    written["services"] = [
        service(provider="", purpose={}, data={}, country="", retention=""),
        service("far", country="CN", provider="Far Ltd"),
    ]
    written["notice"]["activities"] = [
        {**activity(), "purpose": {}, "data": {}, "subjects": {}, "legal_basis": "", "retention": {}}
    ]
    for section in written["notice"]["sections"]:
        if section["key"] == "security":
            section["body"] = {}
    written["controller"]["name"] = ""
    found = record(written)
    stated = {(gap.kind, gap.key, gap.column) for gap in found.gaps}
    service_gaps = {"purpose", "data", "recipients", "transfers", "retention"}
    assert {column for kind, key, column in stated if (kind, key) == ("service", "counter")} == service_gaps
    activity_gaps = {"purpose", "data", "subjects", "legal_basis", "retention"}
    assert {column for kind, _key, column in stated if kind == "activity"} == activity_gaps
    assert ("service", "far", "transfers") in stated
    assert ("controller", "", "controller") in stated
    assert ("section", "security", "security") in stated
    assert row(found, "Counter")["purpose"] == ("Not stated",)
    assert row(found, "Far")["transfers"] == ("China: safeguards not stated",)


def test_the_consents_are_one_row_and_what_the_controller_provides_itself_has_no_recipient() -> None:
    written = document()
    written["services"] = [
        service("samtykke", retention="", data={}, country=""),
        service("cart", provider="Butikken AS", country="", retention="", cookies=[cookie(lifetime="P7D")]),
    ]
    found = record(written)
    assert [each["activity"][0] for each in found.rows] == [
        "Cart (Statistics)",
        "Orders",
        "Consent for cookies",
        "Requests of data subjects",
    ]
    assert row(found, "Cart")["recipients"] == row(found, "Cart")["transfers"] == ("None",)
    assert row(found, "Cart")["retention"] == ("_count: 7 days",)
    assert found.gaps == ()


@pytest.mark.parametrize("written", [document(), demo("http://127.0.0.1:8000")], ids=["written", "demo"])
def test_a_complete_document_leaves_nothing_unstated(written: Document) -> None:
    assert record(written).gaps == ()


def test_every_agreement_of_the_demo_is_in_order() -> None:
    standings = {one.standing(ABOUT.made_on) for one in parties(demo("http://127.0.0.1:8000"), {})}
    assert standings == {"in_order", "none_needed"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_csv_is_read_again_cell_by_cell(language: str) -> None:
    found = record(document(), language)
    text = record_files.as_csv(found)
    assert text.startswith("\ufeff")
    head, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    assert head == [found.headings[column] for column in (*OF_ROWS, *OF_ALL)]
    assert [cells[0] for cells in rows] == ["\n".join(each["activity"]) for each in found.rows]
    assert {len(cells) for cells in rows} == {len(head)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_spreadsheet_is_read_again_cell_by_cell(language: str) -> None:
    written = document()
    written["services"][0]["retention"] = ""
    found = record(written, language)
    first, second = sheets(record_files.as_ods(found)).values()
    assert first[0] == [found.headings[column] for column in (*OF_ROWS, *OF_ALL)]
    assert [cells[1] for cells in first[1:]] == ["\n".join(each["purpose"]) for each in found.rows]
    assert second[1:] == [[found.headings["retention"], "Counter"]]


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=3), min_size=1, max_size=4), st.text())
def test_any_text_is_in_a_spreadsheet_as_it_was_written(rows: list[list[str]], name: str) -> None:
    content = opendocument.spreadsheet([opendocument.Sheet(name, rows)], title=name, language="nb")
    (read,) = sheets(content).values()
    kept = [
        [
            "\n".join(line.replace("\t", " ") for line in opendocument._plain(cell).splitlines())
            for cell in row
        ]
        for row in rows
    ]
    assert read == kept


@pytest.mark.parametrize("hostile", [*HOSTILE, "=1+1", "+1", "-1", "@SUM(1)", "\t=1"])
def test_hostile_texts_are_text_in_every_file(hostile: str) -> None:
    written: Document = filled(document(), hostile)
    written["default_language"] = "nb"
    found = record(written)
    for cells in csv.reader(io.StringIO(record_files.as_csv(found).removeprefix("\ufeff"), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    assert sheets(record_files.as_ods(found))
    page = record_files.as_html(found)
    assert "<script" not in page
    assert "<img" not in page
    assert "<svg" not in page


def test_the_pdf_holds_the_whole_record() -> None:
    page = record_files.as_html(record(document(), "nb"))
    for part in ('lang="nb"', "Protokoll over behandlingsaktiviteter", "Butikken AS", "Praten AS"):
        assert part in page
    assert pdf.rendered(page, record_files.STYLES).startswith(b"%PDF-")
