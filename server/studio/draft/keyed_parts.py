"""Lists of a banner document whose parts have a key: categories, services, and those of the notice. Pure.

Forms identify a part by its key instead of its index, so that they remain valid after it was moved.
"""

import copy
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from server.sites.document_types import Activity, Document, Processor

Path = tuple[str | int, ...]

SECTIONS: Path = ("notice", "sections")
ACTIVITIES: Path = ("notice", "activities")
PROCESSORS: Path = ("notice", "processors")
LISTS: tuple[Path, ...] = (("categories",), ("services",), SECTIONS, ACTIVITIES, PROCESSORS)
"""Paths of the lists."""


def list_of(path: Path) -> Path | None:
    """The list that a path leads into, if it goes on to one of its parts; None if it does not."""
    return next((one for one in LISTS if path[: len(one)] == one and len(path) > len(one)), None)


def root_of(name: str) -> Path:
    """The part of a document that a field belongs to, by its name: one of a list, else a key at the top."""
    steps = tuple(name.split("."))
    list_path = list_of(steps)
    return steps[: len(list_path) + 1] if list_path else steps[:1]


def parts_of(document: Document, list_path: Path) -> Sequence[Mapping[str, Any]]:
    """The parts of a list."""
    found: Any = document
    for step in list_path:
        found = found[step]
    parts: Sequence[Mapping[str, Any]] = found
    return parts


def index_of(document: Document, list_path: Path, key: str) -> int | None:
    """Index of the part with a key; None if there is none."""
    return next((i for i, part in enumerate(parts_of(document, list_path)) if part["key"] == key), None)


def located(document: Document, path: Path) -> Path | None:
    """The path with the index of a part that it names by its key; None if there is no such part."""
    list_path = list_of(path)
    if list_path is None or isinstance(path[len(list_path)], int):
        return path
    index = index_of(document, list_path, str(path[len(list_path)]))
    return None if index is None else (*list_path, index, *path[len(list_path) + 1 :])


def with_part_as(document: Document, list_path: Path, part: Mapping[str, Any]) -> Document:
    """With a part in place of the one with its key, or at the end if there is none."""
    index = index_of(document, list_path, part["key"])
    if index is None:
        return with_part(document, list_path, part)
    edited = copy.deepcopy(document)
    _list(edited, list_path)[index] = dict(part)
    return edited


def with_part(document: Document, list_path: Path, part: Mapping[str, Any]) -> Document:
    """With one more part at the end of a list."""
    edited = copy.deepcopy(document)
    _list(edited, list_path).append(dict(part))
    return edited


def without_part(document: Document, list_path: Path, key: str) -> Document:
    """Without a part of a list."""
    edited = copy.deepcopy(document)
    parts = _list(edited, list_path)
    parts[:] = [part for part in parts if part["key"] != key]
    return edited


def with_moved_part(document: Document, list_path: Path, key: str, *, by: int) -> Document:
    """With a part further up (-1) or down (1) in its list."""
    edited = copy.deepcopy(document)
    parts = _list(edited, list_path)
    index = index_of(document, list_path, key)
    if index is not None and 0 <= index + by < len(parts):
        parts.insert(index + by, parts.pop(index))
    return edited


def free_key(title: str, taken: Collection[str], fallback: str) -> str:
    """A key for a part with this title that no other has: `kart_pa_nett`, else `kart_pa_nett_2`, and so on.

    `fallback` begins it where the title has no letters to make one of.
    """
    plain = title.casefold().replace("ø", "o").replace("æ", "ae").replace("å", "a")
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:20]
    if not re.match(r"[a-z].", stem):
        stem = f"{fallback}_{stem}"[:20].rstrip("_")
    return next(key for key in (stem, *(f"{stem}_{n}" for n in range(2, 999))) if key not in taken)


def new_activity(key: str, name: Mapping[str, str]) -> Activity:
    """Processing of which only the name is known."""
    return {
        "key": key,
        "name": dict(name),
        "purpose": {},
        "data": {},
        "subjects": {},
        "legal_basis": "",
        "interests": {},
        "sources": {},
        "recipients": [],
        "country": "",
        "transfer_basis": "",
        "retention": {},
    }


def new_processor(key: str, name: str) -> Processor:
    """A processor of which only the name is known."""
    return {
        "key": key,
        "name": name,
        "organisation_number": "",
        "role": "processor",
        "purpose": {},
        "country": "",
        "transfer_basis": "",
        "agreement": "",
        "privacy_link": "",
        "sub_processors": [],
    }


def _list(document: Document, list_path: Path) -> list[dict[str, Any]]:
    found: Any = document
    for step in list_path:
        found = found[step]
    parts: list[dict[str, Any]] = found
    return parts
