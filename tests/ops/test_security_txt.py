"""Where to report a fault in the server's security, as RFC 9116 has it."""

import dataclasses
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.core.db import transaction
from server.core.settings import Settings
from server.demo import service as demo
from server.ops.security_txt import contacts_of, security_txt
from server.sites import service as sites
from server.sites.document_types import Contacts
from tests.conftest import PUBLIC_URL
from tests.sites.documents import publishable

NOW = datetime(2026, 11, 30, 12, 34, 56, tzinfo=UTC)
PATH = "/.well-known/security.txt"


@pytest.fixture
def configured(app: Flask) -> Iterator[FlaskClient]:
    """A server whose operator says whom to write to."""
    before: Settings = app.extensions["samtykke"]
    app.extensions["samtykke"] = dataclasses.replace(
        before,
        public_url="https://consent.example.no",
        security_contact=("mailto:security@example.no", "https://example.no/security"),
        security_policy="https://example.no/disclosure",
    )
    yield app.test_client()
    app.extensions["samtykke"] = before


def fields(text: str) -> dict[str, list[str]]:
    """The fields of a file by their names, read as RFC 9116, section 4, writes them."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("#") or not line:
            continue
        name, value = re.fullmatch(r"([A-Za-z-]+): (\S(?:.*\S)?)", line).groups()  # type: ignore[union-attr]
        found.setdefault(name, []).append(value)
    return found


def test_the_file_says_whom_to_write_to_in_the_operators_order(configured: FlaskClient) -> None:
    answer = configured.get(PATH)

    assert answer.status_code == 200
    assert answer.content_type == "text/plain; charset=utf-8"
    listed = fields(answer.get_data(as_text=True))
    assert listed["Contact"] == ["mailto:security@example.no", "https://example.no/security"]
    assert listed["Canonical"] == ["https://consent.example.no/.well-known/security.txt"]
    assert listed["Policy"] == ["https://example.no/disclosure"]
    assert listed["Preferred-Languages"] == ["en"]
    assert len(listed["Expires"]) == 1


def test_the_file_expires_within_a_year_of_the_moment_it_is_asked_for() -> None:
    listed = fields(security_txt(("tel:+4722000000",), public_url="https://c.example", policy=None, now=NOW))

    expires = datetime.fromisoformat(listed["Expires"][0])
    assert listed["Expires"] == ["2027-05-29T00:00:00Z"]
    assert timedelta(days=90) < expires - NOW < timedelta(days=365)
    assert "Policy" not in listed


def test_an_address_without_https_is_no_canonical_one() -> None:
    listed = fields(
        security_txt(("mailto:a@b.no",), public_url="http://127.0.0.1:8000", policy=None, now=NOW)
    )

    assert set(listed) == {"Contact", "Expires", "Preferred-Languages"}


def test_a_server_without_a_contact_says_which_setting_is_missing(client: FlaskClient) -> None:
    answer = client.get(PATH)

    assert (answer.status_code, answer.get_json()["reason"]) == (404, "security_contact_unset")
    assert "SAMTYKKE_SECURITY_CONTACT" in answer.get_json()["message"]


def test_without_a_setting_the_published_contact_of_the_site_on_the_host_counts(client: FlaskClient) -> None:
    document = publishable()
    with transaction():
        for key, domain in (("here", "127.0.0.1"), ("elsewhere", "butikk.example.no")):
            site = sites.create(key, "Butikken", [domain], by="a test", now=NOW)
            contacts: Contacts = {
                "email": f"{key}@butikk.no",
                "phone": "",
                "url": "https://butikk.no/kontakt",
            }
            document["controller"]["contacts"] = contacts
            sites.save_draft(site.id, document, by="a test", now=NOW)
            if key == "here":
                sites.publish(site.id, note="", by="a test", now=NOW)

    listed = fields(client.get(PATH).get_data(as_text=True))

    assert listed["Contact"] == ["mailto:here@butikk.no", "https://butikk.no/kontakt"]


def test_the_demo_has_one_out_of_the_box(client: FlaskClient) -> None:
    with transaction():
        demo.seed(PUBLIC_URL, now=NOW)

    answer = client.get(PATH)

    assert answer.status_code == 200
    assert fields(answer.get_data(as_text=True))["Contact"] == ["mailto:hei@ullvaer.example"]


@pytest.mark.parametrize(
    ("contacts", "uris"),
    [
        ({"email": "a@b.no", "url": "https://b.no/x"}, ("mailto:a@b.no", "https://b.no/x")),
        ({"email": "a?b%&c@b.no", "url": ""}, ("mailto:a%3Fb%25%26c@b.no",)),
        ({"email": "ø@b.no", "url": "http://b.no/"}, ("mailto:%C3%B8@b.no",)),
        ({"email": "", "url": "https://b.no/a b"}, ()),
        ({"email": "a@b.no\r\nContact: x", "url": "https://b.no/\nPolicy: y"}, ()),
    ],
)
def test_published_contacts_become_addresses_of_the_right_form_or_none(
    contacts: Contacts, uris: tuple[str, ...]
) -> None:
    assert contacts_of({**contacts, "phone": ""}) == uris
