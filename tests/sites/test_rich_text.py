"""Rich text that staff write: a subset of HTML and nothing else reaches a page."""

import html
import html.parser
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sites.rich_text import DEEPEST, TAGS, as_html, clean, removed

HOSTILE = [
    "<script>alert(1)</script>",
    "<p><script src=//evil.example></script>",
    "<img src=x onerror=alert(1)>",
    '<p onclick="alert(1)" style="position:fixed" class="btn" id="samtykke">x</p>',
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' jAvAsCrIpT&colon;alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a><a href='//evil.example'>x</a><a href='/studio/'>x</a>",
    "<a href='https://a.example' target=_blank rel=opener ping=//evil.example>x</a>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><p><style><g title='</style><img src onerror=alert(1)>'></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object><embed src=x>",
    "<base href=//evil.example><meta http-equiv=refresh content=0><link rel=stylesheet href=//e.example>",
    "<style>*{display:none}</style><p style='background:url(//evil.example)'>x</p>",
    "<form action=//evil.example><input name=x><button>x</button></form>",
    "<template><script>alert(1)</script></template><textarea></p><script>alert(1)</script>",
    "<!--><script>alert(1)</script>--><![CDATA[<script>alert(1)</script>]]>",
    "<p><a><p><a href=https://x.example><button><p><li></strong></em></blockquote>",
    "<",
    "<>",
    "<3 dette",
    "</p>&lt;script&gt;alert(1)&lt;/script&gt;",
    "<p>&#0;&#1;&#x85;&#xd800;&#13;&#9;&#x202e;x</p>",
    "<ul>" * 5000,
    "<a href=http://x.no>" * 900,
    "<strong><em>" * 1600,
    "<ul><li>" * 1000 + "x",
    "<blockquote>" * 800 + "x",
    "<a href='https://a.example/?>x'>" + "<ul><li>" * 30 + "x",
    "<p" * 10_000,
    "<p>" + "&lt;" * 4900,
]

PIECES = st.sampled_from(
    (
        *(f"<{tag}>" for tag in TAGS),
        *(f"</{tag}>" for tag in TAGS),
        *(
            "<script>",
            "</script>",
            "<svg>",
            "<math>",
            "<mtext>",
            "<style>",
            "</style>",
            "<table>",
            "<td>",
            "<button>",
        ),
        *(
            "<a href=https://x.example>",
            "<a href=javascript:x>",
            "<img src=x onerror=y>",
            "<!--",
            "-->",
            "<template>",
        ),
        *(
            "<",
            ">",
            "&",
            "&lt;",
            "&amp;lt;",
            "&#1;",
            "&nbsp;",
            '"',
            "'",
            "\n",
            " ",
            "tekst",
            "\u2028",
            "\u202e",
            "😀",
        ),
    )
)

MARKUP = st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60).map(lambda text: f"<{text}")


class Found(html.parser.HTMLParser):
    """The elements and attributes of HTML, as another parser than the cleaner's reads it."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.depth = self.deepest = 0
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.depth += tag != "br"
        self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag != "br"

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def assert_harmless(cleaned: str) -> None:
    found = Found(cleaned)
    assert found.deepest <= DEEPEST
    assert found.depth == 0, "every element ends"
    for tag, attributes in found.elements:
        assert tag in TAGS
        if tag == "a":
            assert attributes.keys() <= {"href", "rel"}
            assert attributes["rel"] == "noopener noreferrer"
            assert re.match(r"(https?://|mailto:|tel:)|$", attributes.get("href") or "", re.IGNORECASE)
        else:
            assert attributes == {}
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", cleaned)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_html_is_cleaned_and_stays_so(text: str) -> None:
    cleaned = clean(text[:20_000])
    assert_harmless(cleaned)
    assert clean(cleaned) == cleaned
    assert as_html(cleaned) == cleaned


@given(st.lists(st.sampled_from(TAGS), min_size=15, max_size=60), st.sampled_from(("", "</p>", "</a>")))
def test_elements_within_too_many_others_are_left_out_with_all_of_their_text(
    tags: list[str], between: str
) -> None:
    source = "".join(f"<{tag}>{number} {between}" for number, tag in enumerate(tags))
    cleaned = clean(source)
    assert_harmless(cleaned)
    assert clean(cleaned) == cleaned
    assert re.sub(r"<[^>]*>|\s", "", cleaned) == "".join(map(str, range(len(tags))))


def test_staff_are_informed_of_elements_that_are_left_out_because_of_their_depth() -> None:
    assert removed("<ul><li>x" * 10) == ()
    assert removed("<ul><li>x" * 11) == ("elements within more than 19 others",)


@given(MARKUP)
def test_cleaning_twice_is_cleaning_once_and_leaves_only_what_is_allowed(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    if text.startswith("<"):
        assert_harmless(cleaned)
        assert cleaned == "" or cleaned.startswith("<")


@given(st.text(max_size=200))
def test_plain_text_stays_as_it_was_written_and_is_shown_as_text(text: str) -> None:
    if not text.startswith("<"):
        assert clean(text) == text
        shown = as_html(text)
        assert {tag for tag, _attributes in Found(shown).elements} <= {"p", "br"}
        words = html.unescape(re.sub(r"</?p>|<br>", " ", shown)).split()
        assert "".join(words) == "".join(text.split())


def test_what_is_allowed_is_kept() -> None:
    text = (
        "<h3>Hvem</h3><p>Vi er <strong>Butikken</strong> &amp; <em>co</em>.<br>Storgata 1</p>"
        "<ul><li>én</li></ul><ol><li>to</li></ol><blockquote><h4>Sitat</h4></blockquote>"
    )
    assert clean(text) == text
    assert clean('<p><a href="https://x.example/?a=1&amp;b=2">x</a> <a href="mailto:a@b.no">y</a></p>') == (
        '<p><a href="https://x.example/?a=1&amp;b=2" rel="noopener noreferrer">x</a> '
        '<a href="mailto:a@b.no" rel="noopener noreferrer">y</a></p>'
    )


def test_an_element_that_is_not_allowed_leaves_its_text_in_a_paragraph() -> None:
    assert clean("<h1>Hei &amp; hå</h1>") == "<p>Hei &amp; hå</p>"


def test_plain_text_becomes_paragraphs_and_lines() -> None:
    assert as_html("Hei <b>\nto\n\n \n\ntre & fire") == "<p>Hei &lt;b&gt;<br>to</p>\n<p>tre &amp; fire</p>"
    assert as_html("") == ""
    assert as_html("\n\n") == ""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("<p>Hei <a href='https://a.no' target=_blank rel=x>her</a></p>", ()),
        ("Vanlig <tekst>", ()),
        ("<table><tr><td style='x'>1</td></tr></table><table>", ("<table>", "<tr>", "<td>")),
        ("<p class=x style=y onclick=z>a</p><p class=x>b</p>", ("class", "style", "onclick")),
        ("<p><a href='/studio/'>x</a><a href='javascript:x'>y</a><b>z</b></p>", ("href", "<b>")),
        ("<!DOCTYPE html><script>1</script>", ("<script>",)),
        ("<![foo[x]]>", ("<!",)),
    ],
)
def test_what_cleaning_takes_out_is_named_once(text: str, named: tuple[str, ...]) -> None:
    assert removed(text) == named


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_is_left_to_take_out_of_cleaned_text(text: str) -> None:
    removed(text)
    assert removed(clean(text)) == ()
