"""Pages are read as browsers read them: what runs, what is inert, and where it stands."""

import html
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.scanner.page import Element, Page, decoded, read

PAGE = """<!doctype html>
<html lang="nb">
<head><meta charset="utf-8"><title>Fjellkaffe &amp; co</title>
<!-- <script src="/gone.js"></script> -->
<script src="/w/kaffe.js"></script>
<script type="application/ld+json">{"@type": "Store"}</script>
<noscript><img src="https://www.facebook.com/tr?id=1"></noscript>
</head>
<body>
<template><script src="/never.js"></script></template>
<script>document.write("<script src='/written.js'><\\/script>")</script>
<iframe data-consent="advertising" data-consent-src="https://www.youtube-nocookie.com/embed/x"></iframe>
<script async src="//cdn.example.com/late.js"></script>
</body>
</html>"""


def scripts(page: Page) -> list[Element]:
    return [each for each in page.elements if each.tag == "script"]


def test_scripts_are_found_in_their_order_with_their_lines() -> None:
    page = read(PAGE, "https://fjellkaffe.no/")
    assert [(page.source(each), each.line, each.in_head) for each in scripts(page)] == [
        ("https://fjellkaffe.no/w/kaffe.js", 5, True),
        ("", 6, True),
        ("", 11, False),
        ("https://cdn.example.com/late.js", 13, False),
    ]
    assert (page.language, page.title) == ("nb", "Fjellkaffe & co")


def test_what_is_in_comments_templates_and_noscript_does_not_count() -> None:
    addresses = {
        page.source(each) for page in [read(PAGE, "https://fjellkaffe.no/")] for each in page.elements
    }
    assert not any(
        word in address for address in addresses for word in ("gone", "never", "facebook", "written")
    )


def test_only_types_of_javascript_run() -> None:
    def runs(kind: str) -> bool:
        return scripts(read(f'<script type="{kind}" src="/a.js"></script>', "https://a.no/"))[0].runs

    assert runs("") and runs("module") and runs("TEXT/JavaScript ")  # noqa: PT018 - one thing
    assert not any(map(runs, ("text/plain", "application/json", "importmap", "speculationrules")))


def test_a_script_waits_by_async_defer_or_as_a_module() -> None:
    def late(attributes: str) -> str:
        return scripts(read(f"<script {attributes}></script>", "https://a.no/"))[0].late

    assert late('src="/a.js"') == ""
    assert late('src="/a.js" async') == "async"
    assert late('src="/a.js" DEFER') == "defer"
    assert late('src="/a.js" type="module"') == "type=module"
    assert late("async") == "", "without an address it runs at once"


def test_the_head_ends_with_the_first_element_that_does_not_belong_there() -> None:
    page = read('<head><div></div><script src="/a.js"></script></head>', "https://a.no/")
    assert not scripts(page)[0].in_head


def test_relative_addresses_start_from_the_base_element() -> None:
    page = read('<base href="/shop/"><script src="a.js"></script>', "https://a.no/x/y")
    assert page.source(scripts(page)[0]) == "https://a.no/shop/a.js"


def test_the_first_of_two_attributes_counts() -> None:
    page = read('<script src="/first.js" src="/second.js"></script>', "https://a.no/")
    assert page.source(scripts(page)[0]) == "https://a.no/first.js"


def test_pages_are_read_in_the_encoding_that_they_name() -> None:
    assert decoded("Blåbær".encode("latin-1"), "text/html; charset=ISO-8859-1") == "Blåbær"
    assert decoded(b'<meta charset="windows-1252">' + "Blåbær".encode("cp1252"), "text/html").endswith(
        "Blåbær"
    )
    assert decoded("Blåbær".encode(), "text/html; charset=nonsense") == "Blåbær"
    assert decoded("Blåbær".encode(), "") == "Blåbær"


@pytest.mark.parametrize(
    "piece", ["<a ", "<a b='", "<!--", "<![", "<script", "<b>", "<script></script", "&#"]
)
def test_a_large_page_is_read_in_time_that_grows_with_its_length(piece: str) -> None:
    # What takes the square of it takes hours for this, and the suite with it.
    read(piece * (1_000_000 // len(piece)), "https://a.no/")


@given(st.text(), st.text(max_size=40))
def test_no_page_is_too_broken_to_be_read(html: str, url: str) -> None:
    page = read(html, f"https://a.no/{url}")
    for each in page.elements:
        page.source(each)


@given(
    st.lists(
        st.sampled_from(
            [
                '<script src="/a.js">',
                "</script>",
                "<template>",
                "</noscript>",
                "<b>",
                "<base href='http://['>",
                "<!--",
                "-->",
                "<![CDATA[",
                "x",
            ]
        )
    )
)
def test_no_order_of_tags_is_too_much(parts: list[str]) -> None:
    page = read("".join(parts), "https://a.no/")
    for each in page.elements:
        page.source(each)


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("", "https://fjellkaffe.no/om"),
        ("/bilder/", "https://fjellkaffe.no/bilder/"),
        ("http://te.no/x", "http://te.no/x"),
        ("https://x:99999/", "https://fjellkaffe.no/om"),
        ("https://[/", "https://fjellkaffe.no/om"),
        ("javascript:alert(1)", "https://fjellkaffe.no/om"),
        ("data:text/html,x", "https://fjellkaffe.no/om"),
    ],
)
def test_a_base_moves_relative_addresses_and_not_the_page(given: str, base: str) -> None:
    page = read(f'<base href="{given}"><script src="a.js"></script>', "https://fjellkaffe.no/om")
    assert (page.url, page.base) == ("https://fjellkaffe.no/om", base)
    assert page.source(page.elements[0]) == urljoin(base, "a.js")


@given(st.text(), st.text())
def test_no_base_and_no_address_is_too_broken_to_be_read(base: str, source: str) -> None:
    page = read(
        f'<base href="{html.escape(base)}"><script src="{html.escape(source)}"></script>',
        "https://fjellkaffe.no/",
    )
    assert all(urlsplit(page.source(each)).hostname for each in page.elements if page.source(each))
