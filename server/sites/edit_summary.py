"""Which places of a draft somebody edited, in one line for the audit log. Pure.

The line names places and never values: the log is kept for ever, and values may be about people. What it
says is `texts › nb › title; + services › Hotjar; 4 × services › Matomo; 2 more`: changed, added, several
changes within one part, and how many are left out.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from server.sites import document_diff
from server.sites.document_diff import Change, Path
from server.sites.document_types import Document
from server.sites.texts import SHIPPED

Kind = Literal["changed", "added", "removed", "moved"]

LONGEST = 260
"""Most characters of a line, without what says how many are left out."""

MOST = 6
"""Most places in a line."""

_SIGNS: Mapping[Kind, str] = {"changed": "", "added": "+ ", "removed": "− ", "moved": "↕ "}
_KINDS: Mapping[str, Kind] = {sign.strip(): kind for kind, sign in _SIGNS.items()}
_BETWEEN, _BELOW = "; ", " › "
_WRITTEN = re.compile(r"(?:([+−↕]) )?(?:([0-9]+) × )?(\S.*)")
_LEFT_OUT = re.compile(r"([0-9]+) more")
_NAMES = ("name", "names", "heading")
_LISTS = (
    ("categories",),
    ("services",),
    ("notice", "sections"),
    ("notice", "activities"),
    ("notice", "processors"),
)


@dataclass(frozen=True)
class Place:
    """Something that was edited."""

    kind: Kind
    steps: tuple[str, ...]
    """Keys of the banner document, with parts of lists by name: `("services", "Hotjar", "purpose", "nb")`."""
    number: int = 1
    """How many changes it stands for."""


@dataclass(frozen=True)
class Line:
    """A line that was read."""

    places: tuple[Place, ...]
    left_out: int = 0
    """How many changes it does not name."""


def places(old: Document, new: Document) -> tuple[Place, ...]:
    """The places that differ, in the order of the second document."""
    return of_changes(document_diff.changes(old, new), old, new)


def of_changes(changes: Iterable[Change], old: Document, new: Document) -> tuple[Place, ...]:
    """The places of some of the changes between two documents."""
    return tuple(dict.fromkeys(_place(each, old, new) for each in changes))


def of_parts(before: Collection[str], after: Collection[str]) -> str:
    """Parts that a group shares from now on, and those that it does not share any more, as a line."""
    came = [Place("added", (part,)) for part in after if part not in before]
    return line([*came, *(Place("removed", (part,)) for part in before if part not in after)])


def line(edited: Iterable[Place]) -> str:
    """Places as one line; empty if there are none."""
    every = list(edited)
    chosen = _together(every)
    written: list[str] = []
    for place in chosen[:MOST]:
        if len(_BETWEEN.join([*written, _written(place)])) > LONGEST:
            break
        written.append(_written(place))
    if left := sum(place.number for place in chosen[len(written) :]):
        written.append(f"{left} more")
    return _BETWEEN.join(written)


def read(text: str) -> Line | None:
    """A line as its places; None if it is none."""
    found, left = [], 0
    for each in text.split(_BETWEEN):
        if more := _LEFT_OUT.fullmatch(each):
            left += int(more[1])
        elif known := _WRITTEN.fullmatch(each):
            sign, number, steps = known.groups()
            found.append(Place(_KINDS[sign or ""], tuple(steps.split(_BELOW)), int(number or 1)))
        else:
            return None
    return Line(tuple(found), left)


def is_language(step: str) -> bool:
    """Whether a step of a place is a language."""
    return step in SHIPPED


def list_of(steps: Sequence[str]) -> tuple[str, ...]:
    """The list of parts that a place leads into, by its keys; empty: none."""
    return next((each for each in _LISTS if tuple(steps[: len(each)]) == each), ())


def _together(every: list[Place]) -> list[Place]:
    """The same places, those near each other as one where a line would have too many."""
    for depth in (1, 0):
        if len(every) <= MOST:
            break
        every = _grouped(every, depth)
    return every


def _grouped(every: list[Place], below: int) -> list[Place]:
    """Places of one kind in the same part (`below` is 1), or on the same page of the editor, as one."""
    found: dict[tuple[Kind, tuple[str, ...]], list[Place]] = {}
    for place in every:
        above = list_of(place.steps) or place.steps[:1]
        around = place.steps[: len(above) + below]
        found.setdefault((place.kind, around), []).append(place)
    return [
        alike[0] if len(alike) == 1 else Place(kind, around, sum(each.number for each in alike))
        for (kind, around), alike in found.items()
    ]


def _place(change: Change, old: Document, new: Document) -> Place:
    path, document = (change.new, new) if change.new is not None else (change.old or (), old)
    if change.old is not None and change.new is not None and len(change.old) > len(change.new):
        path, document = change.old, old  # A text that is empty now has the path of what is around it.
    found = Place(_kind(change), _steps(path, document))
    # What a service stores is listed under several names at once; its table is one place.
    inside = "cookies" in found.steps and found.kind != "moved"
    return replace(found, kind="changed") if inside else found


def _kind(change: Change) -> Kind:
    if change.moved:
        return "moved"
    if isinstance(change.before or change.after, Mapping) and None in (change.before, change.after):
        return "added" if change.before is None else "removed"
    return "changed"


def _steps(path: Path, document: Document) -> tuple[str, ...]:
    steps: list[str] = []
    inside: Any = document
    for step in path:
        inside = inside.get(step) if isinstance(inside, Mapping) else inside[step]
        if not isinstance(step, int):
            steps.append(step)
        elif isinstance(inside, Mapping) and "key" in inside:
            steps.append(_name(inside, document["default_language"]))
        else:
            break
    return tuple(steps)


def _name(part: Mapping[str, Any], language: str) -> str:
    """What a part is called in the main language, or its key; without what the line is written with."""
    value = next((part[name] for name in _NAMES if name in part), "")
    text = value.get(language, "") if isinstance(value, Mapping) else value
    return " ".join(str(text or part["key"]).replace(";", ",").replace("›", ">").split())


def _written(place: Place) -> str:
    number = f"{place.number} × " if place.number > 1 else ""
    return f"{_SIGNS[place.kind]}{number}{_BELOW.join(place.steps)}"
