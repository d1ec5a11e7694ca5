"""YAML that means one thing to every reader."""

from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from server.core import strict_yaml as module
from server.core.strict_json import MAX_DEPTH, MAX_INTEGER
from server.core.strict_yaml import NotYaml, strict_yaml, yaml_text

PARSERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else [])]

AMBIGUOUS = [
    *("no", "No", "NO", "on", "off", "yes", "y", "n", "~", "null", "true", "True", ""),
    *("12:30", "2026-11-30", "2026-11-30T12:00:00Z", "0150", "0x1f", "0o7", "1_000", ".5", "1e3", "0E0"),
    *("+4722334455", "-", "- a", "# a", "a: b", "<<", "=", "*a", "&a", "!a", "%a", "@a", "`a", "[", "{"),
    *(
        " a",
        "a ",
        "\ta",
        "a\n",
        "\na",
        "a\n\nb",
        " a\nb",
        "a \nb",
        "\x85",
        "\u2028",
        "\ufeff",
        "'",
        '"',
        "\\",
    ),
]
"""Texts that readers of YAML take for something else, or lose a part of."""

TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(AMBIGUOUS)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


@pytest.fixture(params=PARSERS, autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each parser that PyYAML may have."""
    monkeypatch.setattr(module, "_Loader", request.param)


@given(VALUES)
def test_what_is_written_is_read_as_it_was_by_this_reader_and_by_those_of_yaml_1_1(value: Any) -> None:
    text = yaml_text(value)

    assert strict_yaml(text).value == value
    assert yaml.safe_load(text) == value
    assert yaml_text(strict_yaml(text).value) == text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("True", "True"),
        ("0150", "0150"),
        ("+4722334455", "+4722334455"),
        ("12:30", "12:30"),
        ("2026-11-30", "2026-11-30"),
        ("0x1f", "0x1f"),
        ("'1'", "1"),
        ("'null'", "null"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("-12", -12),
        ("1.5", 1.5),
        ("1e3", 1000.0),
    ],
)
def test_a_plain_word_is_text_unless_json_has_it(written: str, meant: object) -> None:
    found = strict_yaml(f"value: {written}\n").value["value"]

    assert (found, type(found)) == (meant, type(meant))


def test_norwegian_is_a_key_and_a_value() -> None:
    assert strict_yaml("no: no\ntexts: {no: nei, on: på}\n").value == {
        "no": "no",
        "texts": {"no": "nei", "on": "på"},
    }


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", 4, "the key 'c' appears twice"),
        ("a: &x [1]\nb: *x\n", 1, "anchors"),
        ("a: 1\nb: *x\n", 2, "anchors"),
        ("&a a: 1\n", 1, "anchors"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "is not read here"),
        ("a: !!str 1\n", 1, "is not read here"),
        ("a: 1\n---\nb: 2\n", 2, "more than one YAML document"),
        ("? [a]\n: 1\n", 1, "a key is no text"),
        ("a: 1\nb: [1, 2\n", 3, "not YAML"),
        ("a: 1\n b: 2\n", 2, "not YAML"),
        ("a: x\nb: \x07\n", 2, "U+0007"),
        (f"a: {MAX_INTEGER + 1}\n", 1, "is beyond"),
        (f"a: {'9' * 5000}\n", 1, "is beyond"),
        ("a: 1e999\n", 1, "is beyond"),
        ("[" * (MAX_DEPTH + 2), 1, "nests deeper"),
    ],
)
def test_what_readers_disagree_about_is_refused_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(NotYaml) as refused:
        strict_yaml(text)

    assert said in refused.value.message
    # Where something breaks off, one parser names the last line and the other the one behind it.
    assert refused.value.line in (line, line - 1 if "[1, 2" in text else line)


def test_a_thousandfold_alias_is_refused_before_it_is_unfolded() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )

    with pytest.raises(NotYaml, match="anchors"):
        strict_yaml(bomb)


def test_a_merge_key_is_a_key_like_others() -> None:
    assert strict_yaml("<<: {a: 1}\nb: 2\n").value == {"<<": {"a": 1}, "b": 2}


def test_the_lines_of_a_small_file_are_small_however_long_its_keys_are() -> None:
    key = "k" * 100_000
    text = f'? "{key}"\n: \n' + "".join(f"  c{number}: [1, 2]\n" for number in range(1000)) + "name: x\n"
    found = strict_yaml(text)
    assert found.value[key]["c999"] == [1, 2]
    assert found.lines == {"": 1, "name": 1003}


def test_lines_are_those_of_the_values() -> None:
    lines = strict_yaml("a: 1\nb:\n  - c: 1\n    d:\n      x\n  - 2\n").lines

    assert {path: lines[path] for path in ("a", "b", "b.0.c", "b.0.d", "b.1")} == {
        "a": 1,
        "b": 2,
        "b.0.c": 3,
        "b.0.d": 4,
        "b.1": 6,
    }


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_whatever_the_text_is_it_is_read_or_refused(text: str) -> None:
    with suppress(NotYaml):
        strict_yaml(text)
