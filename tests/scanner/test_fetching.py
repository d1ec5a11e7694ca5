"""A page is fetched as far as its website goes, and why there is none is said."""

import gzip
from types import MappingProxyType

import brotli
import pytest

from server.core.addresses import Refused
from server.core.guarded_fetch import Answer
from server.scanner.fetching import HOPS, PAGE_BYTES, Fetched, covers, fetch
from server.scanner.values import Fault
from tests.scanner.answers import Web, html, redirect

HOSTS = ("fjellkaffe.no", "*.fjellkaffe.no")


def code(found: Fetched | Fault) -> str:
    assert isinstance(found, Fault)
    return found.code


def test_a_page_comes_with_where_it_was_at_last() -> None:
    web = Web({"https://fjellkaffe.no/": redirect("/nb/"), "https://fjellkaffe.no/nb/": html("<p>hei")})
    found = fetch("https://fjellkaffe.no/", web, hosts=HOSTS)
    assert isinstance(found, Fetched)
    assert (found.url, found.html) == ("https://fjellkaffe.no/nb/", b"<p>hei")


def test_a_redirect_to_another_website_is_not_followed() -> None:
    web = Web({"https://fjellkaffe.no/": redirect("https://169.254.169.254/latest")})
    found = fetch("https://fjellkaffe.no/", web, hosts=HOSTS)
    assert (code(found), web.asked) == ("redirected_away", ["https://fjellkaffe.no/"])


def test_redirects_in_a_circle_end() -> None:
    web = Web({"https://fjellkaffe.no/": redirect("https://www.fjellkaffe.no/", 302),
               "https://www.fjellkaffe.no/": redirect("https://fjellkaffe.no/", 307)})  # fmt: skip
    assert code(fetch("https://fjellkaffe.no/", web, hosts=HOSTS)) == "too_many_redirects"
    assert len(web.asked) == HOPS + 1


def test_a_redirect_to_no_address_is_an_answer_without_a_page() -> None:
    web = Web({"https://fjellkaffe.no/": redirect("http://[")})
    assert code(fetch("https://fjellkaffe.no/", web, hosts=HOSTS)) == "status"


def test_what_the_guard_refuses_is_said_in_its_words() -> None:
    web = Web({"https://fjellkaffe.no/": Refused("private_address", "fjellkaffe.no is in a private network")})
    found = fetch("https://fjellkaffe.no/", web, hosts=HOSTS)
    assert isinstance(found, Fault)
    assert (found.code, found.facts["reason"]) == ("unreachable", "private_address")


@pytest.mark.parametrize("status", [403, 404, 500, 204])
def test_an_error_is_no_page(status: int) -> None:
    web = Web({"https://fjellkaffe.no/": Answer(status, MappingProxyType({}), b"", complete=True)})
    found = fetch("https://fjellkaffe.no/", web, hosts=HOSTS)
    assert isinstance(found, Fault)
    assert (found.code, found.facts["status"]) == ("status", str(status))


def test_a_file_is_no_page() -> None:
    answer = Answer(200, MappingProxyType({"content-type": "application/pdf"}), b"%PDF", complete=True)
    assert (
        code(fetch("https://fjellkaffe.no/", Web({"https://fjellkaffe.no/": answer}), hosts=HOSTS))
        == "not_html"
    )


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("br", brotli.compress)])
def test_a_page_that_is_compressed_all_the_same_is_read_up_to_the_limit(coding: str, pack: object) -> None:
    assert callable(pack)
    bomb = pack(b"a" * 20_000_000)
    answer = Answer(
        200, MappingProxyType({"content-type": "text/html", "content-encoding": coding}), bomb, complete=True
    )
    found = fetch("https://fjellkaffe.no/", Web({"https://fjellkaffe.no/": answer}), hosts=HOSTS)
    assert isinstance(found, Fetched)
    assert 0 < len(found.html) <= 2 * PAGE_BYTES


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd"])
def test_a_page_whose_coding_is_broken_or_unknown_is_no_page(coding: str) -> None:
    headers = MappingProxyType({"content-type": "text/html", "content-encoding": coding})
    answer = Answer(200, headers, b"\x01\x02\x03", complete=True)
    assert (
        code(fetch("https://fjellkaffe.no/", Web({"https://fjellkaffe.no/": answer}), hosts=HOSTS))
        == "not_html"
    )


def test_a_website_is_the_same_with_and_without_www() -> None:
    assert covers(("fjellkaffe.no",), "www.fjellkaffe.no")
    assert covers(("www.fjellkaffe.no",), "fjellkaffe.no")
    assert covers(("*.fjellkaffe.no",), "nettbutikk.fjellkaffe.no")
    assert not covers(("fjellkaffe.no",), "ondfjellkaffe.no")
    assert not covers(("fjellkaffe.no",), "nettbutikk.fjellkaffe.no")
