"""What the product can put right by itself, by the rule of a finding. Pure.

A fix changes the field of the finding, and nothing else: to the product's own words, to what the catalog
knows, to the nearest colour that can be read, or to the limit. What only the site can know has no fix.
"""

import copy
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, cast

from server.sites import lint
from server.sites.document_types import Document
from server.sites.lint.new_values import NOTHING, Path, new_value, value_at
from server.sites.values import Finding


@dataclass(frozen=True)
class _Change:
    """A new value for one field, and the finding that it puts right."""

    finding: Finding
    path: Path
    value: object


def fix(document: Document, finding: Finding) -> Document | None:
    """The document without a finding; None if the product has no fix for it, or one that is no better.

    No other finding comes with it.
    """
    change = _change(document, finding)
    return _changed(document, [change]) if change and _better(document, _known(document), [change]) else None


def fixable(
    document: Document, found: Iterable[Finding], *, among: Iterable[Finding] | None = None
) -> frozenset[Finding]:
    """Those of the document's findings that `fix` puts right.

    :param found: all findings of the document
    :param among: those of them that are asked about; None: all

    To try each by itself, the whole document would have to be checked again for each. Changes that no rule
    reads together are tried together, and apart only if that brings another finding.
    """
    findings = tuple(found)
    rounds = _rounds(document, findings if among is None else among)
    before = _keys(findings)
    return frozenset(each.finding for changes in rounds for each in _better(document, before, changes))


def fix_all(document: Document) -> tuple[Document, int]:
    """The document without all findings that can be put right, and how many changes that took.

    Changes that are read together are made one after the other, each by what the one before has left.
    """
    number = 0
    while changes := _next_changes(document):
        document, number = _changed(document, changes), number + len(changes)
    return document, number


def _next_changes(document: Document) -> tuple[_Change, ...]:
    """Changes that can be made together now, as many as there are; empty if nothing can be put right."""
    found = lint.findings(document)
    tried = (_better(document, _keys(found), changes) for changes in _rounds(document, found))
    return next(filter(None, tried), ())


def _rounds(document: Document, found: Iterable[Finding]) -> Iterator[list[_Change]]:
    """The changes for findings, in lists in which no two are read together."""
    groups: dict[Path, list[_Change]] = {}
    for finding in found:
        if change := _change(document, finding):
            groups.setdefault(_read_together(change.path), []).append(change)
    return (list(filter(None, changes)) for changes in zip_longest(*groups.values()))


def _read_together(path: Path) -> Path:
    """The part of a document in which what is right for one field depends on the others."""
    match path:
        case ("services", _, "purpose", _) | ("services", _, "cookies", _, "purpose", _):
            return path  # a text that is there or not, whatever else is said
        case ("services" | "texts", _, *_):
            return path[:2]
        case ("appearance", "colours", _, *_) | ("notice", _, _, *_):
            return path[:3]
        case ("categories", *_):
            return ("behaviour",)  # which consent signals belong to them
    return path[:1]


def _change(document: Document, finding: Finding) -> _Change | None:
    path, value = new_value(document, finding)
    return None if value is NOTHING or value == value_at(document, path) else _Change(finding, path, value)


def _better(
    document: Document, before: Set[tuple[str, str]], changes: Sequence[_Change]
) -> tuple[_Change, ...]:
    """The changes after which their own finding is gone, and no other has come.

    :param before: rule and field of what is found in the document
    """
    if not changes:
        return ()
    after = _known(_changed(document, changes))
    if after <= before - _keys(each.finding for each in changes):
        return tuple(changes)
    middle = len(changes) // 2
    halves = (changes[:middle], changes[middle:]) if middle else ()
    return tuple(each for half in halves for each in _better(document, before, half))


def _changed(document: Document, changes: Iterable[_Change]) -> Document:
    """A document with changes; what they do not touch is shared with the one before."""
    fixed: Any = document
    for change in changes:
        fixed = _with(fixed, change.path, copy.deepcopy(change.value))
    return cast("Document", fixed)


def _with(value: Any, path: Path, new: object) -> Any:
    if not path:
        return new
    inner = _with(value_at(value, path[:1]), path[1:], new)
    if isinstance(value, list):
        at = cast("int", path[0])
        return [*value[:at], inner, *value[at + 1 :]]
    return {**value, path[0]: inner}


def _known(document: Document) -> set[tuple[str, str]]:
    return _keys(lint.findings(document))


def _keys(findings: Iterable[Finding]) -> set[tuple[str, str]]:
    return {(each.rule, each.field) for each in findings}
