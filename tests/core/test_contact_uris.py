"""Addresses of people as URIs."""

import pytest

from server.core.contact_uris import is_link, mailto, tel


@pytest.mark.parametrize(
    "uri",
    ["https://example.no/x?y=æ", "HTTP://example.no", "mailto:kari@example.no", "tel:+4722112233"],
)
def test_links_lead_to_pages_mailboxes_and_telephones(uri: str) -> None:
    assert is_link(uri)


@pytest.mark.parametrize(
    "uri",
    [
        *("", "javascript:alert(1)", " https://example.no", "/studio/", "//example.no", "https:example"),
        *("data:,x", "https://a b", "mailto:", "java\nscript:https://example.no"),
    ],
)
def test_links_lead_nowhere_else(uri: str) -> None:
    assert not is_link(uri)


def test_signs_with_a_meaning_in_a_uri_are_encoded_in_an_address() -> None:
    assert mailto("kari+x@example.no") == "mailto:kari+x@example.no"
    assert mailto("kari?subject=x&y%@example.no") == "mailto:kari%3Fsubject=x%26y%25@example.no"
    assert mailto("kari") is None


@pytest.mark.parametrize(
    ("written", "uri"),
    [
        ("+47 22 11 22 33", "tel:+4722112233"),
        ("22 11 22 33", "tel:22112233"),
        ("+", None),
        ("ring oss", None),
    ],
)
def test_a_telephone_number_is_dialled_without_what_is_written_for_the_eye(
    written: str, uri: str | None
) -> None:
    assert tel(written) == uri
