"""Strict YAML: what means one thing to one reader and another to the next is refused or is text. Pure.

PyYAML splits the text into events; what they mean is decided here, by the JSON schema of YAML 1.2.2 (10.2):
`null`, `true`, `false` and the numbers of JSON, and nothing where a value should be, are what JSON has, and
all else is text. So `no` is the language or the answer, never false as in YAML 1.1, `0150` keeps its nought,
and `12:30` and `2026-11-30` are the words that they are. There are no anchors, aliases and tags, so that a
small file cannot stand for a large value.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from server.core.errors import Malformed
from server.core.strict_json import LONGEST_PATH, MAX_DEPTH, MAX_INTEGER

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SEPARATORS = re.compile("[\x85\u2028\u2029\ufeff]")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser, seventy times as fast, is in PyYAML's wheels; what was built without it has another."""

_WORDS: Mapping[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


class NotYaml(Malformed):
    """The text is not YAML, or not the YAML that everybody reads alike."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line
        """From 1."""


@dataclass(frozen=True)
class Parsed:
    """What a text says."""

    value: Any
    lines: Mapping[str, int] = field(default_factory=dict)
    """Path of each value, as errors name it (`services.0.purpose`) → its line, from 1.

    Not of those with a path longer than `LONGEST_PATH`: every value below a long key would repeat it.
    """


def strict_yaml(text: str) -> Parsed:
    """Parse one YAML document.

    :raises NotYaml: it is not YAML, has more than one document, repeats a key, has an anchor, an alias or a
        tag, nests deeper than `MAX_DEPTH`, or has a number beyond `MAX_INTEGER`.
    """
    lines: dict[str, int] = {}
    try:
        events = yaml.parse(text, Loader=_Loader)
        value = _document(events, lines)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        what = " ".join(filter(None, (fault.context, fault.problem)))
        raise NotYaml(f"the text is not YAML: {what}", mark.line + 1 if mark else 1) from fault
    except yaml.reader.ReaderError as fault:
        line = text.count("\n", 0, fault.position) + 1
        code = f"U+{ord(text[fault.position]):04X}" if fault.position < len(text) else "a character"
        raise NotYaml(f"the text is not YAML: it has {code}, which YAML has only escaped", line) from fault
    return Parsed(value, lines)


def yaml_text(value: Any) -> str:
    """YAML that `strict_yaml` reads as this value, and that readers of YAML 1.1 do, too.

    Equal values have equal texts; keys stay in their order.
    """
    made: str = yaml.dump(
        value,
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        width=10**6,
    )
    return made


# --- reading ----------------------------------------------------------------------------------------------


def _document(events: Iterator[Any], lines: dict[str, int]) -> Any:
    value, documents = None, 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise NotYaml("the text has more than one YAML document", _line(event))
        elif not isinstance(event, yaml.StreamStartEvent | yaml.StreamEndEvent | yaml.DocumentEndEvent):
            value = _value(event, events, "", 0, lines)
    return value


def _value(event: Any, events: Iterator[Any], path: str | None, depth: int, lines: dict[str, int]) -> Any:
    _refuse(event, depth)
    if path is not None:
        lines.setdefault(path, _line(event))
    if isinstance(event, yaml.MappingStartEvent):
        return _object(events, path, depth, lines)
    if isinstance(event, yaml.SequenceStartEvent):
        return _list(events, path, depth, lines)
    return _scalar(event)


def _below(path: str | None, name: str) -> str | None:
    """The path of a value in the one at `path`; None: it is too long, and so is every path below it."""
    if path is None or len(path) + len(name) >= LONGEST_PATH:
        return None
    return f"{path}.{name}" if path else name


def _object(events: Iterator[Any], path: str | None, depth: int, lines: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        _refuse(event, depth)
        if not isinstance(event, yaml.ScalarEvent):
            raise NotYaml("a key is no text", _line(event))
        key = event.value
        if key in result:
            raise NotYaml(f"the key {key[:60]!r} appears twice", _line(event))
        inner = _below(path, key)
        if inner is not None:
            lines[inner] = _line(event)
        result[key] = _value(next(events), events, inner, depth + 1, lines)
    return result


def _list(events: Iterator[Any], path: str | None, depth: int, lines: dict[str, int]) -> list[Any]:
    result: list[Any] = []
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        inner = _below(path, str(len(result)))
        result.append(_value(event, events, inner, depth + 1, lines))
    return result


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.style:  # in quotes, or a block
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        if len(text) > 17 or abs(int(text)) > MAX_INTEGER:
            raise NotYaml(f"the number {text[:20]} is beyond -{MAX_INTEGER} to {MAX_INTEGER}", _line(event))
        return int(text)
    if _NUMBER.fullmatch(text):
        if abs(number := float(text)) > MAX_INTEGER:
            raise NotYaml(f"the number {text[:20]} is beyond -{MAX_INTEGER} to {MAX_INTEGER}", _line(event))
        return number
    return text


def _refuse(event: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise NotYaml(f"the YAML nests deeper than {MAX_DEPTH} levels", _line(event))
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        raise NotYaml("anchors (&) and aliases (*) are not read here: write the value out", _line(event))
    if event.tag is not None:
        raise NotYaml(f"the tag {str(event.tag)[:60]} is not read here", _line(event))


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


# --- writing ----------------------------------------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML 1.1 would read as something else than text, and writes every value out."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - as PyYAML has it
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - as PyYAML has it
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Texts of several lines as a block, unless something in them would be changed by that."""
    if _SEPARATORS.search(text):  # line ends to YAML 1.1, and to nobody else: escaped
        style = '"'
    else:
        style = "|" if "\n" in text and text.rstrip("\n") == text.strip() else ""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style or None)


_Dumper.add_representer(str, _text)
# Numbers as JSON has them, such as 1e5, are text to YAML 1.1: without this they would stand without quotes.
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(f"(?:{_NUMBER.pattern})$"), [*"-0123456789"]
)
