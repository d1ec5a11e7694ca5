"""Everything that the studio says is translated, and nothing is that it no longer says."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from tests.norwegian import faults

ROOT = Path(__file__).parents[2]
STUDIO = ROOT / "server" / "studio"
TEMPLATES = ROOT / "templates" / "studio"
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "sentence": None}

SAME_IN_ENGLISH = frozenset(
    {"Samtykke studio", "Variant A", "Variant B", "Variant A, %(state)s", "Variant B, %(state)s"}
    | {"Microsoft Advertising", "Microsoft Clarity", "Google Tag Manager"}
)
"""Sentences that are the same in both languages, and names of products."""

_PLACE = re.compile(r"%\(\w+\)[sd]")
"""What is filled in; its name is English."""

NAMES = frozenset({"Samtykke", "Google", "Microsoft", "Matomo", "HTML", "API", "SRI", "CSP", "JSON"})
"""Words that no language translates."""

ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
NOT_FOR_READERS = frozenset({"gettext", "lazy_gettext", "ngettext", "sentence", "cast", "TypeVar"})
"""Calls whose strings are translated, or are types. What is raised is translated where it is shown."""

SPOKEN = ("aria-label", "title", "placeholder", "alt")
"""Attributes that are read by people."""


@cache
def catalog(language: str) -> Catalog:
    with (STUDIO / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> list[Message]:
    return [message for message in catalog(language) if message.id]


@cache
def said() -> frozenset[str]:
    """Every sentence in the code, by its first form."""
    places = ((STUDIO, [("**.py", "python")]), (TEMPLATES, [("**.html", "jinja2")]))
    found = (
        extracted[2]
        for folder, methods in places
        for extracted in extract_from_dir(folder, methods, keywords=KEYWORDS)
    )
    return frozenset(one if isinstance(one, str) else one[0] for one in found)


def first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_the_translations_have_what_the_studio_says_and_nothing_else(language: str) -> None:
    """`make messages` writes new sentences into the files."""
    held = {first(message) for message in messages(language)}

    assert sorted(said() - held) == []
    assert sorted(held - said()) == []


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_every_sentence_is_translated_in_all_its_forms(language: str) -> None:
    untranslated = [first(message) for message in messages(language) if not all(forms(message))]

    assert untranslated == []
    assert [first(message) for message in messages(language) if message.fuzzy] == []


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_a_translation_has_the_places_and_the_markup_of_its_sentence(language: str) -> None:
    places = re.compile(r"%\(\w+\)[sd]|</?\w+|%%")
    for message in messages(language):
        originals = (message.id,) if isinstance(message.id, str) else message.id
        wanted = set(places.findall(originals[-1]))
        for form in forms(message):
            # A form for one may say "one" in place of the number.
            assert wanted - {"%(num)s", "%(num)d"} <= set(places.findall(form)) <= wanted, form


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_its_norwegian_has_none_of_what_the_lists_look_for(language: str) -> None:
    found = {
        form: list(faults(language, _PLACE.sub("", form)))
        for message in messages(language)
        for form in forms(message)
    }

    assert {form: held for form, held in found.items() if held} == {}


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_a_translation_of_several_words_is_not_the_english_sentence(language: str) -> None:
    same = [first(message) for message in messages(language) if first(message) in forms(message)]

    assert [one for one in same if " " in one and one not in SAME_IN_ENGLISH] == []


class _Spoken(HTMLParser):
    """What people read of a template, once its expressions are gone."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style", "code")
        self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style", "code")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


_ATTRIBUTE = re.compile(r"[a-z-]+=\"[^\"]*\"")
"""An attribute that a macro writes: it stands alone where the macro is defined."""


def _bare(text: str) -> str | None:
    """The text, if it has words that a language could translate."""
    words = [word for word in re.findall(r"[^\W\d_]{2,}", _ATTRIBUTE.sub("", text)) if word not in NAMES]
    return text.strip() if words else None


def in_template(text: str) -> Iterator[str]:
    """Words of a template that are no sentence of the translations."""
    tree = ENVIRONMENT.parse(text)
    translated = {
        constant
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext")
        for constant in call.find_all(nodes.Const)
    }
    for constant in tree.find_all(nodes.Const):
        value = constant.value if isinstance(constant.value, str) else ""
        if constant not in translated and re.match(r"[A-Z“‘«][a-z’]* ?[^/]*$", value) and _bare(value):
            yield value
    unread = {
        output
        for block in tree.find_all(nodes.Block)
        if block.name in ("section", "body_class", "workbench")
        for output in block.find_all(nodes.Output)
    }
    # Expressions become a digit, so that the HTML around them stays whole.
    page = "".join(
        part.data if isinstance(part, nodes.TemplateData) else "0"
        for output in tree.find_all(nodes.Output)
        if output not in unread
        for part in output.nodes
    )
    parser = _Spoken()
    parser.feed(page)
    yield from filter(None, map(_bare, parser.found))


def in_module(text: str) -> Iterator[str]:
    """Sentences of a module that are not in the translations: constants that begin as a sentence does."""
    tree = ast.parse(text)
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))  # a docstring
        if isinstance(node, ast.Raise) or (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", getattr(node.func, "attr", "")) in NOT_FOR_READERS
        ):
            skipped |= {id(each) for each in ast.walk(node)}
        if isinstance(node, ast.keyword) and node.arg == "samesite":
            skipped.add(id(node.value))
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if id(node) not in skipped and re.match(r"[A-Z][a-z]+(?: |$)|[A-Z] [a-z]", value) and _bare(value):
            yield value


def test_no_template_says_anything_beside_the_translations() -> None:
    said = {
        str(path.relative_to(TEMPLATES)): [*in_template(path.read_text(encoding="utf-8"))]
        for path in sorted(TEMPLATES.rglob("*.html"))
    }
    assert {name: words for name, words in said.items() if words} == {}


def test_no_module_says_anything_beside_the_translations() -> None:
    said = {path.name: [*in_module(path.read_text(encoding="utf-8"))] for path in sorted(STUDIO.glob("*.py"))}
    assert {name: words for name, words in said.items() if words} == {}


def test_nynorsk_has_one_past_tense_of_the_passive_and_one_word_for_a_server() -> None:
    other = re.compile(r"(?<!har )\b(?:vart|vorte|tenar(?:en)?)\b", re.IGNORECASE)
    found = [str(message.string) for message in messages("nn") if other.search(str(message.string))]
    assert found == []
