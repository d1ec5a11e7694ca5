"""What every template of the studio keeps to."""

import re
from pathlib import Path

STUDIO = Path(__file__).parents[2] / "templates" / "studio"
TEMPLATES = {
    str(path.relative_to(STUDIO)): path.read_text(encoding="utf-8") for path in sorted(STUDIO.rglob("*.html"))
}
"""Name and text of each."""

MOST_LINES = 150
"""A template is one component; what needs more lines is two."""


def _shown_code(text: str) -> str:
    """Without what is shown to be copied, which Jinja escapes."""
    return re.sub(r"\{\{ code\(.*\) \}\}", "", text)


UNWANTED = (
    r"\sstyle=",
    r"\son[a-z]+=",
    r"hx-on",
)
UNWANTED_UNLESS_SHOWN = (
    r"""(?:src|href)="(?:https?:)?//""",
    r"<script(?![^>]*(?:src=|application/json|nonce=))",
)


def test_template_has_no_inline_style_handler_or_foreign_address() -> None:
    found = [
        (name, pattern)
        for name, text in TEMPLATES.items()
        for patterns, searched in ((UNWANTED, text), (UNWANTED_UNLESS_SHOWN, _shown_code(text)))
        for pattern in patterns
        if re.search(pattern, searched)
    ]
    assert found == []


def test_template_writes_times_in_one_way() -> None:
    assert [name for name, text in TEMPLATES.items() if re.search(r"strftime|isoformat|<time", text)] == []


def test_form_that_posts_carries_its_token() -> None:
    without = [
        (name, form)
        for name, text in TEMPLATES.items()
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", text, re.DOTALL)
        if not re.search(r"\{\{ (?:csrf|revision)\(", form)
    ]
    assert without == []


def test_template_is_short_enough_to_be_one_component() -> None:
    lines = {name: len(text.splitlines()) for name, text in TEMPLATES.items()}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_template_asks_only_for_what_another_one_has() -> None:
    imports = r"""\{% from "studio/([^"]+)" import ([\w, ]+?)(?: with context)? %\}"""
    missing = {}
    for name, text in TEMPLATES.items():
        for source, names in re.findall(imports, text):
            held = re.findall(r"\{% (?:macro|set) (\w+)", TEMPLATES[source])
            if lacking := {each.strip() for each in names.split(",")} - set(held):
                missing[name, source] = lacking
    assert missing == {}


def test_icons_of_a_template_are_drawn() -> None:
    shapes = set(re.findall(r"""name == "(\w+)\"""", TEMPLATES["icons.html"]))
    asked = {name: set(re.findall(r"""\bicon\("(\w+)"\)""", text)) for name, text in TEMPLATES.items()}
    assert {name: icons - shapes for name, icons in asked.items() if icons - shapes} == {}


def test_fields_of_passwords_are_masked_and_known_to_password_managers() -> None:
    """OWASP ASVS 5.0, 6.2.6 and 6.2.7."""
    fields = [
        (name, field)
        for name, text in TEMPLATES.items()
        for field in re.findall(
            r"""plain\("(?:password|current)"[^}]*\}\}|<input[^>]*name="password"[^>]*>""", text
        )
    ]
    assert len(fields) >= 8
    for name, field in fields:
        assert re.search(r"""type="password\"""", field), name
        assert re.search(r"""autocomplete="(?:current|new)-password\"""", field), name
    assert not any(
        "onpaste" in text or 'autocomplete="off" type="password' in text for text in TEMPLATES.values()
    )
