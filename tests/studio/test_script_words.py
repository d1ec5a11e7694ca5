"""Everything that the studio's scripts say is translated, and nothing is that they no longer say."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from server.studio.script_words import SENTENCES
from tests.studio.conftest import Visitor

SCRIPTS = Path(__file__).parents[2] / "static" / "studio"
APART = frozenset({"charts.js", "words.js"})
"""Scripts without sentences of their own: charts get theirs from the page."""

_STRING = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`")
_COMMENT = re.compile(r"^\s*(?://|/?\*).*$|\s//\s.*$", re.MULTILINE)
_SENTENCE = re.compile(r"[A-Z][a-z]+(?:[ .]|$)")
_KEYS = frozenset({"Escape", "Enter", "Tab", "Home", "End", "Control", "Ctrl"})
"""Names of keys, as browsers have them."""


def scripts() -> list[Path]:
    return [path for path in sorted(SCRIPTS.glob("*.js")) if path.name not in APART]


def said() -> Counter[str]:
    found: Counter[str] = Counter()
    for path in scripts():
        found.update(re.findall(r"\bsay\(\s*\"([^\"]+)\"", path.read_text(encoding="utf-8")))
    return found


def test_the_table_has_what_the_scripts_say_and_nothing_else() -> None:
    assert sorted(SENTENCES) == sorted(said())


@pytest.mark.parametrize("path", scripts(), ids=lambda path: path.name)
def test_no_script_says_anything_beside_the_table(path: Path) -> None:
    text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    strings = ("".join(found) for found in _STRING.findall(text))
    beside = [one for one in strings if _SENTENCE.match(one) and one not in SENTENCES and one not in _KEYS]

    assert beside == []


def words(page: str) -> dict[str, str]:
    found = re.search(r'<script type="application/json" id="words">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    answer: dict[str, str] = json.loads(found[1])
    return answer


def test_pages_have_the_words_of_scripts_in_the_language_of_the_reader(visitor: Visitor) -> None:
    assert words(visitor.get("/login?language=nn").text)["Copied"] == "Kopiert"
    assert set(words(visitor.get("/login").text)) == set(SENTENCES)


def test_english_needs_no_words(visitor: Visitor) -> None:
    assert words(visitor.get("/login?language=en").text) == {}
