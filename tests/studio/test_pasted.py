"""Addresses and colours that are pasted into forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sites import hosts
from server.studio.draft import pasted

_TEXTS = st.one_of(st.text(max_size=30), st.from_regex(r"(https?:)?//[a-z.@:/?#\\[\\]0-9]{0,20}"))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("fjellkaffe.example/kontakt", "https://fjellkaffe.example/kontakt"),
        ("//fjellkaffe.example", "https://fjellkaffe.example"),
        ("blåbær.no", "https://blåbær.no"),
        ("127.0.0.1:8000/demo/", "http://127.0.0.1:8000/demo/"),
        ("localhost:8000", "http://localhost:8000"),
        ("localhost.example:8000/x?y#z", "https://localhost.example:8000/x?y#z"),
        ("http://fjellkaffe.example/", "http://fjellkaffe.example/"),
        ("kari@fjellkaffe.example", "kari@fjellkaffe.example"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("kommer snart", "kommer snart"),
        ("", ""),
    ],
)
def test_page_may_be_written_without_a_scheme(typed: str, kept: str) -> None:
    assert pasted.address(typed) == kept


@pytest.mark.parametrize(
    ("typed", "host", "with_path"),
    [
        ("https://www.googletagmanager.com/", "www.googletagmanager.com", "www.googletagmanager.com/"),
        ("HTTP://WWW.Example.no:8080/a?b#c", "www.example.no", "www.example.no/a"),
        ("www.example.no/", "www.example.no", "www.example.no/"),
        ("*.example.no", "*.example.no", "*.example.no"),
        ("www.google.com/maps", "www.google.com/maps", "www.google.com/maps"),
        ("https://kari:x@example.no/", "https://kari:x@example.no", "https://kari:x@example.no/"),
        ("https://[::1/", "https://[::1", "https://[::1/"),
        ("ftp://example.no", "ftp://example.no", "ftp://example.no"),
    ],
)
def test_host_may_be_pasted_as_an_address(typed: str, host: str, with_path: str) -> None:
    assert (pasted.host(typed), pasted.host_with_path(typed)) == (host, with_path)


@given(_TEXTS)
def test_what_is_valid_already_is_kept(text: str) -> None:
    for form, check in ((pasted.address, hosts.url), (pasted.host, hosts.domain)):
        try:
            check(text)
        except ValueError:
            form(text)
        else:
            assert form(text) == text
    pasted.host_with_path(text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("#0B57D0", "#0b57d0"),
        ("0b57d0", "#0b57d0"),
        ("#abc", "#aabbcc"),
        ("AbC", "#aabbcc"),
        ("rgb(11, 87, 208)", "#0b57d0"),
        ("rgb(11 87 208)", "#0b57d0"),
        ("11, 87, 208", "#0b57d0"),
        ("rgb(256, 0, 0)", "rgb(256, 0, 0)"),
        ("rgba(0, 0, 0, 0.5)", "rgba(0, 0, 0, 0.5)"),
        ("#abcd", "#abcd"),
        ("blue", "blue"),
        ("red;}body{display:none", "red;}body{display:none"),
        ("", ""),
    ],
)
def test_a_colour_may_be_written_as_drawing_programs_do(typed: str, kept: str) -> None:
    assert pasted.colour(typed) == kept
