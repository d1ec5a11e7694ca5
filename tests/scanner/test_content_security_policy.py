"""What a page's Content Security Policy holds back is known before visitors' browsers say it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.scanner.content_security_policy import connection_refusal, parsed, script_refusal

PAGE = "https://fjellkaffe.no/"
SCRIPT = "https://samtykke.example.no/w/kaffe.js"


def refused(policy: str, *, url: str = SCRIPT, nonce: str = "", integrity: str = "", page: str = PAGE) -> str:
    return script_refusal(parsed(policy), url, page, nonce=nonce, integrity=integrity)


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "img-src 'none'",
        "script-src https:",
        "script-src *",
        "script-src samtykke.example.no",
        "script-src https://samtykke.example.no",
        "script-src http://samtykke.example.no",
        "script-src *.example.no",
        "script-src samtykke.example.no:443",
        "script-src samtykke.example.no:*",
        "script-src https://samtykke.example.no/w/",
        "script-src https://samtykke.example.no/w/kaffe.js",
        "SCRIPT-SRC Samtykke.Example.NO",
        "default-src 'none'; script-src samtykke.example.no",
        "script-src 'none'; script-src-elem samtykke.example.no",
        "script-src samtykke.example.no; script-src 'none'",
    ],
)
def test_policies_that_let_the_script_load(policy: str) -> None:
    assert refused(policy) == ""


@pytest.mark.parametrize(
    ("policy", "directive"),
    [
        ("script-src 'self'", "script-src"),
        ("script-src 'none'", "script-src"),
        ("script-src", "script-src"),
        ("default-src 'self'", "default-src"),
        ("default-src *; script-src-elem 'self'", "script-src-elem"),
        ("script-src example.no", "script-src"),
        ("script-src *.samtykke.example.no", "script-src"),
        ("script-src samtykke.example.no:8443", "script-src"),
        ("script-src https://samtykke.example.no/x/", "script-src"),
        ("script-src https://samtykke.example.no/w", "script-src"),
        ("script-src samtykke.example.no 'strict-dynamic' 'nonce-abc'", "script-src"),
        ("script-src *, script-src 'self'", "script-src"),
        ("script-src data: blob:", "script-src"),
    ],
)
def test_policies_that_do_not(policy: str, directive: str) -> None:
    assert refused(policy) == directive


def test_a_nonce_lets_just_the_element_that_has_it_load() -> None:
    policy = "script-src 'nonce-R4nd0m' 'strict-dynamic'"
    assert refused(policy, nonce="R4nd0m") == ""
    assert refused(policy, nonce="other") == "script-src"
    assert refused(policy) == "script-src"


def test_digests_allow_an_element_all_of_whose_digests_are_allowed() -> None:
    policy = "script-src 'sha384-aaaa' 'sha256-bbbb'"
    assert refused(policy, integrity="sha384-aaaa") == ""
    assert refused(policy, integrity="sha384-aaaa sha256-bbbb") == ""
    assert refused(policy, integrity="sha384-aaaa sha256-cccc") == "script-src"
    assert refused(policy) == "script-src"


def test_self_is_the_host_of_the_page_and_its_secure_form() -> None:
    own = "https://fjellkaffe.no/w/kaffe.js"
    assert refused("script-src 'self'", url=own) == ""
    assert refused("script-src 'self'", url=own, page="http://fjellkaffe.no/") == ""
    assert refused("script-src 'self'", url="http://fjellkaffe.no/w/kaffe.js") == "script-src"
    assert refused("script-src 'self'", url="https://fjellkaffe.no:8443/w/kaffe.js") == "script-src"


def test_connections_have_a_directive_of_their_own() -> None:
    assert connection_refusal(parsed("default-src 'self'; script-src *"), SCRIPT, PAGE) == "default-src"
    assert connection_refusal(parsed("script-src 'none'; connect-src *.example.no"), SCRIPT, PAGE) == ""
    assert connection_refusal(parsed("connect-src 'self'"), SCRIPT, PAGE) == "connect-src"


@given(st.text())
def test_no_policy_is_too_broken_to_be_read(policy: str) -> None:
    refused(policy)
    connection_refusal(parsed(policy), SCRIPT, PAGE)


NUMBERS = st.integers(0, 99_999).map(str) | st.sampled_from(["0443", "443" * 2_000, "0" * 5_000 + "443"])
ADDRESSES = st.text() | st.builds(
    "{}://{}:{}/{}".format,
    st.sampled_from(["https", "http", "wss", "data", ""]),
    st.sampled_from(["fjellkaffe.no", "samtykke.example.no", "[::1]", "[", "a\u2100b", ""]),
    NUMBERS | st.text(),
    st.text(),
)
SOURCES = st.sampled_from(["'self'", "*", "https:"]) | st.builds(
    "{}:{}".format, st.sampled_from(["samtykke.example.no", "*", "http://*.example.no"]), NUMBERS
)


@given(ADDRESSES, ADDRESSES, SOURCES)
def test_no_address_and_no_port_is_too_broken_to_be_judged(url: str, page: str, source: str) -> None:
    script_refusal(parsed(f"script-src {source}"), url, page, nonce="", integrity="")
    connection_refusal(parsed(f"connect-src {source}"), url, page)


@pytest.mark.parametrize("port", ["99999", "443" * 2_000, "70000", "0"])
def test_a_port_that_is_none_matches_nothing(port: str) -> None:
    assert refused(f"script-src samtykke.example.no:{port}") == "script-src"
    asked = f"https://samtykke.example.no:{port}/w/kaffe.js"
    assert refused("script-src 'self'", url=asked, page="https://samtykke.example.no/") == (
        "" if port == "0" else "script-src"
    )


def test_zeros_before_a_port_mean_nothing() -> None:
    assert refused("script-src samtykke.example.no:" + "0" * 5_000 + "443") == ""
