"""Host names and addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sites import hosts


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("example.no", "example.no"),
        ("WWW.Example.NO", "www.example.no"),
        ("*.example.no", "*.example.no"),
        ("*.localhost", "*.localhost"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("blåbær.no", "xn--blbr-roah.no"),
        ("bla\u030abær.no", "xn--blbr-roah.no"),
        ("*.blåbær.no", "*.xn--blbr-roah.no"),
        ("xn--blbr-roah.no", "xn--blbr-roah.no"),
        ("1.fc-oslo.no", "1.fc-oslo.no"),
        # Names of their own, which the rules of 2003 made of others' letters.
        ("straße.de", "xn--strae-oqa.de"),
        ("STRASSE.de", "strasse.de"),
        ("βόλος.com", "xn--nxasmm1c.com"),
        ("faß.xn--p1ai", "xn--fa-hia.xn--p1ai"),
        ("Ｂlåbær。no", "xn--blbr-roah.no"),
        ("क्\u200dष.in", "xn--11b2ezcw70k.in"),
    ],
)
def test_a_host_name_has_one_stored_form(written: str, stored: str) -> None:
    assert hosts.domain(written) == stored
    assert hosts.domain(stored) == stored


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        ".",
        "*",
        "*.",
        "*.no",
        "*.127.0.0.1",
        "a.*.no",
        "**.example.no",
        "*example.no",
        "https://example.no",
        "example.no/",
        "example.no/path",
        "example.no?x",
        "example.no:8000",
        "user@example.no",
        "example..no",
        ".example.no",
        "example.no.",
        "-a.no",
        "a-.no",
        "a_b.no",
        "exa mple.no",
        "example.no\n",
        "exam\x00ple.no",
        "[::1]",
        "::1",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "0x7f.0x1",
        "a" * 64 + ".no",
        "a." * 130 + "no",
        "stra\u00a8ße.de",
        "\ud800.no",
        "a\u200d.no",
        "a\u202eb.no",
        "\u0378.no",
        "xn--bl\u00e5.no",
    ],
)
def test_anything_else_is_not_a_domain(written: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|has|would) "):
        hosts.domain(written)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("www.Google.com/maps", "www.google.com/maps"),
        ("www.google.com/maps/", "www.google.com/maps"),
        ("www.google.com/", "www.google.com"),
        ("www.google.com", "www.google.com"),
        ("*.example.no/x/Y.js", "*.example.no/x/Y.js"),
        ("blåbær.no/blå", "xn--blbr-roah.no/bl%C3%A5"),
        ("example.no/bl%c3%a5", "example.no/bl%c3%a5"),
        ("example.no/@59.9,10.7;v=1/a(b)!~'$&+=:c", "example.no/@59.9,10.7;v=1/a(b)!~'$&+=:c"),
    ],
)
def test_a_host_may_have_the_beginning_of_a_path(written: str, stored: str) -> None:
    assert hosts.host_with_path(written) == stored
    assert hosts.host_with_path(stored) == stored


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("https://www.google.com/maps", "is an address; write host and path alone"),
        ("www.google.com/maps?q=1", "has more than a host and a path"),
        ("www.google.com/maps#x", "has more than a host and a path"),
        ("www.google.com?x", "has more than a host name"),
        ("www.google.com:443/maps", "has a port"),
        ("www.google.com/maps/*", "has a star in its path"),
        ("www.google.com//maps", "has an empty part"),
        ("www.google.com/maps//", "has an empty part"),
        ("www.google.com/a/../maps", "has an empty part"),
        ("www.google.com/%2e/maps", "has an empty part"),
        ("www.google.com/my maps", "has a character"),
        ("www.google.com/maps\n", "has a character"),
        ("www.google.com/100%", "has a character"),
        ("www.google.com/æ%", "has a character"),
        ('www.google.com/"maps', "has a character"),
        ("www.google.com/\\maps", "has a character"),
        ("www.google.com/\ud800", "has a character"),
        ("www.google.com/" + "x" * 200, "has a path of more than 200 characters"),
        ("/maps", "is not a host name"),
        ("*.no/maps", "would cover every site"),
        ("google/*.com", "has a star in its path"),
    ],
)
def test_what_is_wrong_with_a_host_and_path_is_reported(written: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        hosts.host_with_path(written)


@given(st.text() | st.text().map("example.no/{}".format))
def test_a_host_and_path_is_refused_or_has_a_form_that_stays(written: str) -> None:
    try:
        stored = hosts.host_with_path(written)
    except ValueError:
        return
    assert stored.isascii()
    assert stored.isprintable()
    assert not stored.endswith("/")
    assert hosts.host_with_path(stored) == stored


@given(st.text())
def test_whatever_is_written_is_refused_or_has_a_form_that_stays(written: str) -> None:
    try:
        stored = hosts.domain(written)
    except ValueError:
        return
    assert stored.isascii()
    assert hosts.domain(stored) == stored


@pytest.mark.parametrize(
    "address",
    [
        "https://example.no",
        "http://localhost:8000/a/b?c=d&e=%20#f",
        "https://blåbær.no/skogen",
        "https://example.no/ordre/æøå",
        "https://192.0.2.1/",
    ],
)
def test_an_http_address_is_unchanged(address: str) -> None:
    assert hosts.url(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "//example.no",
        "ftp://example.no",
        "https:example.no",
        "https://",
        "https:///path",
        "https://exa mple.no",
        "https://example.no/a b",
        "https://example.no/\n",
        "https://example.no/\u2028",
        'https://example.no/"onload=',
        "https://example.no\\@evil.example",
        "https://user:word@example.no",
        "https://example.no:99999",
        "https://[::1",
        " https://example.no",
        "https://example.no/\x00",
        "https://example.no/\ud800",
    ],
)
def test_anything_else_is_not_an_address(address: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|has|names) "):
        hosts.url(address)
