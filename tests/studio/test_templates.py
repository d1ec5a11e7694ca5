"""What every template of the studio keeps to."""

import re
from pathlib import Path

import pytest

STUDIO = Path(__file__).parents[2] / "templates" / "studio"
TEMPLATES = sorted(STUDIO.rglob("*.html"))

MOST_LINES = 150
"""A template is one component; what needs more lines is two."""


def _shown_code(text: str) -> str:
    """Without what is shown to be copied, which Jinja escapes."""
    return re.sub(r"\{\{ code\(.*\) \}\}", "", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_template_has_no_inline_style_handler_or_foreign_address(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert not re.search(r"hx-on", text)
    assert not re.search(r"""(?:src|href)="(?:https?:)?//""", _shown_code(text))
    assert not re.search(r"<script(?![^>]*(?:src=|application/json|nonce=))", _shown_code(text))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_template_writes_times_in_one_way(template: Path) -> None:
    assert not re.search(r"strftime|isoformat|<time", template.read_text(encoding="utf-8"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_form_that_posts_carries_its_token(template: Path) -> None:
    for form in re.findall(
        r"<form[^>]*method=\"post\".*?</form>", template.read_text(encoding="utf-8"), re.DOTALL
    ):
        assert re.search(r"\{\{ (?:csrf|revision)\(", form)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_template_is_short_enough_to_be_one_component(template: Path) -> None:
    assert len(template.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_template_asks_only_for_what_another_one_has(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    imports = r"""\{% from "studio/([^"]+)" import ([\w, ]+?)(?: with context)? %\}"""
    for source, names in re.findall(imports, text):
        held = re.findall(r"\{% (?:macro|set) (\w+)", (STUDIO / source).read_text(encoding="utf-8"))
        assert {name.strip() for name in names.split(",")} <= set(held), source


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_icons_of_a_template_are_drawn(template: Path) -> None:
    asked = re.findall(r"""\bicon\("(\w+)"\)""", template.read_text(encoding="utf-8"))
    shapes = re.findall(r"""name == "(\w+)\"""", (STUDIO / "icons.html").read_text(encoding="utf-8"))
    assert set(asked) <= set(shapes)
