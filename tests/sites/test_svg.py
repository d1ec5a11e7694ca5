"""SVG files that people upload run nothing, load nothing, and still look as they were drawn."""

import re
import time
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sites.svg import MOST_ELEMENTS, BadImageError, clean

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
HEAD = f'<svg xmlns="http://www.w3.org/2000/svg" {XLINK} width="40" height="10">'


def svg(inner: str, head: str = HEAD) -> bytes:
    return f'{head}<path d="M0 0h40v10z"/>{inner}</svg>'.encode()


ATTACKS = (
    "<script>alert(1)</script>",
    '<script href="https://evil.example/x.js"/>',
    '<path d="M0 0" onload="alert(1)" onclick="alert(1)"/>',
    '<a href="javascript:alert(1)"><path d="M1 1"/></a>',
    '<a xlink:href="java&#10;script:alert(1)"><path d="M1 1"/></a>',
    '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></body></foreignObject>',
    '<image href="https://evil.example/pixel.png"/>',
    '<image href="data:text/html,&lt;script&gt;alert(1)&lt;/script&gt;"/>',
    '<use href="https://evil.example/x.svg#a"/>',
    '<use xlink:href="data:image/svg+xml,&lt;svg onload=alert(1)&gt;#a"/>',
    '<animate attributeName="href" to="javascript:alert(1)"/>',
    '<set attributeName="onload" to="alert(1)"/>',
    '<path d="M0 0" fill="url(https://evil.example/x#a)"/>',
    '<path d="M0 0" fill="url(&quot;//evil.example/x&quot;)"/>',
    '<path d="M0 0" style="background:url(https://evil.example/x)"/>',
    '<path d="M0 0" style="fill:u\\72l(https://evil.example/x)"/>',
    '<path d="M0 0" style="fill:url(/**/https://evil.example/x)"/>',
    '<style>@import url(https://evil.example/x.css);</style>',
    "<style>@font-face{font-family:x;src:url(https://evil.example/x.woff)}</style>",
    "<style>path{fill:url(https://evil.example/x)}</style>",
    "<style>path{fill:red}&lt;/style>&lt;script>alert(1)&lt;/script></style>",
    "<style><![CDATA[</style><script>alert(1)</script>]]></style>",
    '<iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:alert(1)"/>',
    '<html:script xmlns:html="http://www.w3.org/1999/xhtml">alert(1)</html:script>',
    '<handler xmlns="http://www.w3.org/2001/xml-events" type="text/javascript">alert(1)</handler>',
    '<filter id="f"><feImage href="https://evil.example/x"/></filter>',
    '<text><![CDATA[<script>alert(1)</script>]]></text>',
    "<?xml-stylesheet href='https://evil.example/x.css'?>",
    '<metadata><script>alert(1)</script></metadata>',
    '<path d="M0 0" xml:base="https://evil.example/" href="x"/>',
)  # fmt: skip

_KEPT = {"path", "svg", "g", "style", "text", "use"}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_is_left_in_what_is_made(attack: str) -> None:
    made = clean(svg(attack)).text
    root = ET.fromstring(made)
    for element in root.iter():
        namespace, _brace, name = element.tag[1:].partition("}")
        assert (namespace, name in _KEPT) == ("http://www.w3.org/2000/svg", True)
        for attribute, value in element.attrib.items():
            assert not attribute.startswith(("on", "{"))
            assert "javascript" not in value
            assert "evil.example" not in value
        if name == "style":
            assert "<" not in (element.text or "")
    assert b"evil.example" not in made
    assert b"<script" not in made


def test_what_a_drawing_needs_stays() -> None:
    drawing = (
        "<title>Butikken</title><defs>"
        "<linearGradient id='g'><stop offset='0' stop-color='#f00'/></linearGradient>"
        "<clipPath id='c'><rect width='9' height='9'/></clipPath><symbol id='s'><circle r='3'/></symbol>"
        "</defs><style>.a{fill:url(#g);stroke:rgb(1, 2, 3)}</style>"
        "<g transform='scale(2)' class='a' clip-path='url(#c)'><use href='#s'/></g>"
        "<text x='1' font-family='Georgia, serif'>Butikk <tspan dx='1'>AS</tspan> nå</text>"
    )
    made = clean(svg(drawing))
    assert made.left_out == ()
    text = made.text.decode()
    for kept in ("<title>Butikken</title>", 'stop-color="#f00"', ".a{fill:url(#g);stroke:rgb(1, 2, 3)}",
                 'clip-path="url(#c)"', 'href="#s"', "Butikk <tspan dx=\"1\">AS</tspan> nå"):  # fmt: skip
        assert kept in text


def test_elements_have_no_prefix_whatever_else_writes_xml() -> None:
    ET.register_namespace("", "http://www.w3.org/2005/Atom")  # as feeds do
    assert clean(svg("<path d='M0 0h4v4z'/>")).text.startswith(b'<svg xmlns="http://www.w3.org/2000/svg"')


def test_what_drawing_programs_clip_by_stays() -> None:
    """Illustrator writes a rectangle once, and clips by drawing it again."""
    drawing = (
        "<defs><rect id='a' width='9' height='9'/></defs>"
        "<clipPath id='b'><use href='#a' style='overflow:visible'/></clipPath><g clip-path='url(#b)'/>"
    )
    made = clean(svg(drawing))
    assert made.left_out == ()
    assert b'<use href="#a" style="overflow:visible" />' in made.text


def test_links_become_groups_and_what_is_left_out_is_named() -> None:
    made = clean(svg('<a href="https://www.butikken.no"><circle r="2"/></a><script/><path onload="x"/>'))
    assert b"<g><circle" in made.text
    assert made.left_out == ("a", "href", "onload", "script")


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"<svg", "is not a well-formed SVG file"),
        (b"<html><body/></html>", "is not an SVG file"),
        (svg("", head='<svg xmlns="http://www.w3.org/2000/svg">'), "has neither a size nor a viewBox"),
        (
            svg("", head='<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0">'),
            "has neither a size",
        ),
        (HEAD.encode() + b"<script/></svg>", "has nothing that a logo may show"),
        (svg("<g/>" * MOST_ELEMENTS), "has too many parts"),
        (svg("<g>" * 60 + "</g>" * 60), "has too many parts"),
        (b'<!DOCTYPE svg [<!ENTITY a "x">]>' + svg("<text>&a;</text>"), "has entities"),
        (
            b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + svg("<text>&a;</text>"),
            "has entities",
        ),
    ],
)
def test_what_no_logo_can_be_made_of_is_refused_with_its_reason(data: bytes, fault: str) -> None:
    with pytest.raises(BadImageError, match=re.escape(fault)):
        clean(data)


def test_the_document_type_that_drawing_programs_write_is_no_obstacle() -> None:
    doctype = (
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    )
    assert clean(b'<?xml version="1.0" encoding="utf-8"?>' + doctype + svg("")).text


def test_a_drawing_scales_and_says_its_size() -> None:
    root = ET.fromstring(clean(svg("")).text)
    assert (root.get("viewBox"), root.get("width"), root.get("height")) == ("0 0 40 10", "40", "10")
    boxed = clean(svg("", head='<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 40">')).text
    assert ET.fromstring(boxed).get("width") == "160"


@pytest.mark.parametrize(
    "bomb",
    [
        # Each line draws the one before ten times; each mask is masked by the one before.
        "".join(f"<g id='a{n}'>" + f"<use href='#a{n - 1}'/>" * 10 + "</g>" for n in range(1, 12)),
        "".join(f"<mask id='m{n}'>" + f"<g mask='url(#m{n - 1})'/>" * 10 + "</mask>" for n in range(1, 12)),
        "<style>.m{mask:url(#m1)}</style>" + "<mask id='m1'><g class='m'/></mask>" * 9,
        "".join(
            f"<path id='s{n}' clip-path='url(#c{n})' d='M0 0'/>"
            f"<clipPath id='c{n}'>" + f"<use href='#s{n + 1}'/>" * 10 + "</clipPath>"
            for n in range(12)
        ),
        "<style>path{clip-path:url(#c1)}#c1 g{clip-path:url(#c2)}</style><clipPath id='c1'><g/></clipPath>",
        "<style>.c{clip-path:url(#c1)}</style><clipPath id='c1'><path class='c' d='M0 0'/></clipPath>",
    ],
)  # fmt: skip
def test_no_chain_of_drawings_multiplies(bomb: str) -> None:
    root = ET.fromstring(clean(svg(bomb)).text)
    uses = [each for each in root.iter() if each.tag.endswith("use")]
    targets = {each.get("href", "")[1:] for each in uses}
    for each in root.iter():
        if each.get("id") in targets:
            assert not [inner for inner in each.iter() if inner.tag.endswith("use")]
        if each.tag.endswith(("mask", "clipPath")):
            assert not [inner for inner in each.iter() if inner.get("mask") or inner.get("clip-path")]
            if each.tag.endswith("clipPath"):
                assert not [inner for inner in each.iter() if inner.get("class")]
            for use in [inner for inner in each.iter() if inner.tag.endswith("use")]:
                drawn = [it for it in root.iter() if it.get("id") == use.get("href", "")[1:]]
                assert not [target for target in drawn if target.get("clip-path")]
    sheet = "".join(each.text or "" for each in root.iter() if each.tag.endswith("style"))
    assert "mask" not in sheet
    assert re.fullmatch(r"(\.c\{clip-path:url\(#c1\)\})?", sheet)


@pytest.mark.parametrize(
    "slow",
    [
        "<style>" + "/*" * 45_000 + "</style>",
        "<style>" + "@a" * 45_000 + "</style>",
        "<style>" + "a{" * 45_000 + "</style>",
        "<path fill='" + "url(" * 20_000 + "'/>",
        "<path style='fill:" + "rgb" * 30_000 + "('/>",
        "<path style='" + "fill" * 20_000 + "'/>",
    ],
)
def test_no_file_of_the_largest_size_takes_long(slow: str) -> None:
    start = time.process_time()
    clean(svg(slow))
    # Linear: a tenth of a second; what grows with the square of the length takes minutes.
    assert time.process_time() - start < 3


@given(
    st.binary(max_size=300) | st.text(alphabet="<>/&;=\"'svgpath {}()#:!-[]", max_size=120).map(str.encode)
)
def test_anything_else_is_refused_and_nothing_breaks(data: bytes) -> None:
    with pytest.raises(BadImageError):
        clean(data)


@given(st.lists(st.sampled_from(ATTACKS), max_size=6).map("".join))
def test_what_is_clean_stays_as_it_is(inner: str) -> None:
    once = clean(svg(inner)).text
    again = clean(once)
    assert (again.text, again.left_out) == (once, ())


@pytest.mark.parametrize("box", ["0 0 1.2.3 4", ". . . .", "0 0 . 4", "0 0 1e999 4", "0 0 1.2.3 4 5"])
def test_a_view_box_without_four_numbers_is_no_view_box(box: str) -> None:
    with pytest.raises(BadImageError, match="neither a size nor a viewBox"):
        clean(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><path d="M0 0h9v9z"/></svg>'.encode())
