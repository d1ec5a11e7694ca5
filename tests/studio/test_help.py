"""Help in place: every group has two plain sentences, and a page behind them, in each of the languages."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from server.sites.values import Site
from server.studio.help import reading, shelf
from server.studio.help.reading import Page
from server.studio.language import LANGUAGES
from tests.norwegian import faults
from tests.studio.conftest import Visitor
from tests.studio.test_search import found

STUDIO = Path(__file__).parents[2] / "templates" / "studio"
TRANSLATIONS = Path(__file__).parents[2] / "server" / "studio" / "translations"

TOPIC = re.compile(r'\bhelp\("([a-z-]+#[a-z0-9-]+)"\)')
HEADING = re.compile(r"<(h2|legend)\b[^>]*>.*?</\1>(?:</legend>|</summary>)?(?:\{% if [^%]+ %\})?", re.DOTALL)

EXPLAINED = "what stands below it is an explanation itself"
EMPTY = "an empty page, which says by itself what will be there"
LISTED = "one of many entries, or what they are sorted by"
OTHER = "no group of the studio: a dialog, a sample page, or a page without login"

WITHOUT: Mapping[str, str] = {
    "analytics.html No figures yet": EMPTY,
    "analytics.html Not yet": EMPTY,
    "analytics.html No figures of these days": EMPTY,
    "audit_log/list.html day": LISTED,
    "banner/catalog_update.html titles[kind][0]": LISTED,
    "banner/languages.html Languages shown": EXPLAINED,
    "banner/notice_section.html one.name": LISTED,
    "banner/preview_panel.html Live preview": EXPLAINED,
    "banner/service.html service.name": "its groups have help",
    "bulk/action.html How it ended": EXPLAINED,
    "bulk/running.html It is being done": EXPLAINED,
    "comparisons/compare.html group.title": LISTED,
    "consents/list.html No decision found": EMPTY,
    "consents/list.html No decisions yet": EMPTY,
    "consents/one.html Other decisions from the same browser": LISTED,
    "groups/add.html Sites": "one field",
    "groups/add.html No site to add": EMPTY,
    "groups/group.html site": LISTED,
    "groups/group.html No sites in this group": EMPTY,
    "groups/list.html Groups": "the page’s title has it",
    "groups/list.html No groups yet": EMPTY,
    "groups/new.html All sites are in groups": EMPTY,
    "groups/none.html is in no group": EMPTY,
    "groups/sharing.html value is shared": LISTED,
    "groups/sharing.html The other sites": "the page’s title has it",
    "groups/sharing_parts.html The other sites": "the page’s title has it",
    "groups/takers.html Sites with values of their own": EXPLAINED,
    "groups/settings.html Delete the group": EXPLAINED,
    "groups/values.html title": LISTED,
    "help/contents.html one.title": LISTED,
    "inbox/list.html No message found": EMPTY,
    "inbox/list.html No messages yet": EMPTY,
    "invitation/answer.html What the invitation gives": OTHER,
    "login_again.html Log in again": OTHER,
    "login_again.html Second step": OTHER,
    "login_again.html Confirm that it is you": OTHER,
    "factors/codes.html Keep these codes": LISTED,
    "login_again.html Somebody else is logged in": OTHER,
    "macros.html label": "one field",
    "notifications/choices.html name": LISTED,
    "notifications/secret.html Check a message": EXPLAINED,
    "overview.html No figures yet": EMPTY,
    "own_page.html What the preview does": EXPLAINED,
    "preview.html See the trip": OTHER,
    "preview.html More trips": OTHER,
    "preview.html How to get there": OTHER,
    "publish/publication.html Note": EXPLAINED,
    "publish/publication.html one.title": LISTED,
    "publish/publish.html Exactly this draft is published": EMPTY,
    "publish/versions.html Version %(number)s": LISTED,
    "publish/versions.html Nothing is published yet": EMPTY,
    "register/list.html Processors and other recipients": "the page's title has it",
    "register/party.html Delete the notes about the agreement": EXPLAINED,
    "requests/list.html Closed": LISTED,
    "requests/one.html History": LISTED,
    "requests/one.html How much longer": "one field",
    "search.html Nothing found": EMPTY,
    "search_dialog.html Search": OTHER,
    "setup/law.html Nothing stops publishing": EMPTY,
    "setup/services.html In the draft": LISTED,
    "sites/delete.html What stays, because it is proof": EXPLAINED,
    "sites/file.html What is wrong in the file": LISTED,
    "sites/file_changes.html group.title": LISTED,
    "sites/found.html Read from the page": EXPLAINED,
    "sites/list.html one.site.name": LISTED,
    "sites/list.html No site matches your search.": EMPTY,
    "sites/list.html No sites yet": EMPTY,
    "sites/list.html Deleted": LISTED,
    "sites/pause.html Now": EXPLAINED,
    "sites/sample.html Five things to try": "the page’s title has it",
    "sites/website.html Recently deleted": LISTED,
    "tokens/secret.html Try it": EXPLAINED,
}
"""Template and words of a heading that has no help → why it needs none."""

ALL = [(language, name) for language in LANGUAGES for name in shelf.PAGES]


def source(language: str, name: str) -> str:
    return (shelf.TEXTS / language / f"{name}.md").read_text(encoding="utf-8")


def plain(markdown: str) -> str:
    """The words of a text, without anchors and marks."""
    return re.sub(r"\{#[^}]*\}|[*#]|\]\([^)]*\)|\[", "", markdown)


def sentences(text: str) -> list[str]:
    return re.findall(r".+?[.?!](?=\s|$)", text)


def unhelped(template: Path) -> Iterator[str]:
    """The headings of groups in a template behind which no help stands."""
    text = template.read_text(encoding="utf-8")
    for heading in HEADING.finditer(text):
        if not TOPIC.match(text, heading.end() + len("{{ ")):
            yield f"{template.relative_to(STUDIO)} {heading[0]}"


def test_every_group_has_a_help_or_is_known_to_need_none() -> None:
    found = [line for template in sorted(STUDIO.rglob("*.html")) for line in unhelped(template)]
    unused = dict(WITHOUT)
    missing = []
    for line in found:
        file, _, heading = line.partition(" ")
        known = [each for each in WITHOUT if each.startswith(f"{file} ") and each[len(file) + 1 :] in heading]
        if not known:
            missing.append(line)
        for each in known:
            unused.pop(each, None)
    assert missing == []
    assert unused == {}


def test_every_help_leads_to_a_section_in_each_language() -> None:
    topics = {each for one in STUDIO.rglob("*.html") for each in TOPIC.findall(one.read_text("utf-8"))}
    assert len(topics) > 60
    for language in LANGUAGES:
        for topic in topics:
            page, section = shelf.section(topic, language)
            assert page.title
            assert section.brief, (language, topic)


@pytest.mark.parametrize("name", shelf.PAGES)
def test_pages_of_help_have_the_same_sections_in_each_language(name: str) -> None:
    anchors = {language: list(shelf.pages(language)[name].sections) for language in LANGUAGES}
    assert all(each == anchors["en"] for each in anchors.values())
    assert anchors["en"]


def test_every_file_of_help_is_a_page() -> None:
    for language in LANGUAGES:
        assert {path.stem for path in (shelf.TEXTS / language).glob("*.md")} == set(shelf.PAGES)


@pytest.mark.parametrize(("language", "name"), ALL)
def test_what_a_group_shows_is_two_short_sentences_without_a_link(language: str, name: str) -> None:
    for section in shelf.pages(language)[name].sections.values():
        brief = re.sub(r"<[^>]+>", "", section.brief)
        assert "<a " not in section.brief
        assert len(sentences(brief)) == 2, (section.anchor, brief)
        # A colon or a semicolon lets a reader rest as a full stop does.
        parts = re.split(r"[.?!:;](?=\s|$)", brief)
        assert max(len(part.split()) for part in parts) <= 25, (section.anchor, brief)


@pytest.mark.parametrize(("language", "name"), ALL)
def test_help_is_easy_to_read(language: str, name: str) -> None:
    text = plain(source(language, name))
    words = re.findall(r"\w+", text)
    stops = len(re.findall(r"[.?!:](?=\s|$)", text))
    lix = len(words) / stops + 100 * sum(len(word) > 6 for word in words) / len(words)
    assert lix <= 45


@pytest.mark.parametrize(("language", "name"), [each for each in ALL if each[0] != "en"])
def test_help_is_norwegian(language: str, name: str) -> None:
    assert list(faults(language, plain(source(language, name)))) == []


@cache
def labels(language: str) -> frozenset[str]:
    """Every sentence that the studio says in a language."""
    folder = TRANSLATIONS / ("nb" if language == "en" else language)
    with (folder / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return frozenset(str(entry.id if language == "en" else entry.string) for entry in read_po(file))


@pytest.mark.parametrize(("language", "name"), ALL)
def test_names_of_buttons_and_pages_in_the_help_are_those_of_the_studio(language: str, name: str) -> None:
    named = set(re.findall(r"\*([^*\n]+)\*", re.sub(r"`[^`]*`", "", source(language, name))))
    assert named - labels(language) == set()


@pytest.mark.parametrize(("language", "name"), ALL)
def test_links_between_pages_of_help_lead_somewhere(language: str, name: str) -> None:
    known = shelf.pages(language)
    for page, anchor in re.findall(r"\]\(([a-z-]*)(?:\.md)?(?:#([a-z-]+))?\)", source(language, name)):
        assert page == "" or page in known
        assert not anchor or anchor in known[page or name].sections


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_of_help_is_read_in_the_language_of_the_reader(
    site: Site, as_role: Callable[..., Visitor], language: str
) -> None:
    auditor = as_role("auditor", site)
    asked = {"headers": {"Accept-Language": language}}
    contents = auditor.get("/help", **asked).text
    for name, page in shelf.pages(language).items():
        assert f'href="/studio/help/{name}">{page.title}</a>' in contents
    for name, following in pairwise(shelf.PAGES):
        answer = auditor.get(f"/help/{name}", **asked)
        assert answer.status_code == 200
        assert f'<html lang="{language}">' in answer.text
        for section in shelf.pages(language)[name].sections.values():
            assert f'<h2 id="{section.anchor}">{section.title}</h2>' in answer.text
            assert section.brief in answer.text
        assert f'href="/studio/help/{following}"' in answer.text
    assert auditor.get("/help/unknown").status_code == 404


def test_a_group_shows_its_help_and_where_there_is_more(site: Site, as_role: Callable[..., Visitor]) -> None:
    text = as_role("editor", site).get("/sites/butikken/banner/behaviour").text
    page, section = shelf.section("behaviour#signals", "en")
    shown = re.search(r"Signals from the browser</h2></legend>\s*(<details.*?</details>)", text, re.DOTALL)
    assert shown is not None
    assert f'aria-label="Help: {section.title}"' in shown[1]
    assert section.brief in shown[1]
    assert f'<a href="/studio/help/behaviour#signals">More help: {page.title}</a>' in shown[1]


def test_the_search_finds_help_behind_the_pages_themselves(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    editor = as_role("editor", site)
    titles = [(each["title"], each["address"]) for each in found(editor, "brand colour")]
    assert ("Brand colour", "/studio/help/appearance#brand-colour") in titles
    assert titles[0] == ("Brand colour", "/studio/sites/butikken/banner/appearance#brand")


@pytest.mark.parametrize(
    "markdown",
    [
        "",
        "A paragraph.\n",
        "# Title\n\n## Section {#section}\n\nText.\n",
        "# Title\n\nLead.\n\n## Section without an anchor\n\nText.\n",
        "# Title\n\nLead.\n\n## One {#one}\n\nText.\n\n## Two {#one}\n\nText.\n",
        "# Title\n\nLead.\n\n## One {#one}\n\n- a list first\n",
    ],
)
def test_a_page_of_help_in_another_form_is_refused(markdown: str) -> None:
    with pytest.raises(ValueError, match=r"title|anchor"):
        reading.read(markdown)


def test_a_page_of_help_has_no_html_of_its_own_and_its_links_lead_to_pages() -> None:
    page: Page = reading.read(
        "# A <b>title</b>\n\nLead.\n\n## One & two {#one}\n\nFirst <script>x</script>.\n\n"
        "More: [other](texts.md#languages), [here](#one).\n"
    )
    assert page.title == "A <b>title</b>"
    assert page.sections["one"].title == "One & two"
    assert page.sections["one"].brief == "First &lt;script&gt;x&lt;/script&gt;."
    assert '<h2 id="one">One &amp; two</h2>' in page.body
    assert '<a href="texts#languages">other</a>' in page.body
    assert '<a href="#one">here</a>' in page.body
