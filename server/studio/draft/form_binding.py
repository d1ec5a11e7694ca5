"""Binding of forms to banner documents. Pure: functions return new documents.

A form field is named by its path in the document, `texts.nb.title`; parts of a list that have a key are
identified by it instead of the index, so that a form remains valid after they were moved.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from server.core import parsing
from server.sites.document_types import Authority, Document, LegalBasis
from server.sites.gaps import PER_LANGUAGE
from server.sites.values import NECESSARY, languages, ordered_categories
from server.studio.draft import countries, durations, keyed_parts, pasted
from server.studio.draft.field_words import field_label
from server.studio.draft.keyed_parts import Path
from server.studio.language import country_name

_DURATIONS = (".lifetime", ".retention")
"""Ends of the names of fields with a duration, which is shown in words. By language, it is a text."""
_ADDRESSES = frozenset({"agreement", "privacy_link", "processor_agreement", "url"})
"""Keys of fields with the address of a page, in which `https://` goes without saying."""
_COUNTRIES = frozenset({"behaviour.google.regions"})
"""Names of fields with a country in each line, which is shown by name."""
_FIXED = frozenset({"key", "order", "hidden", "catalog"})
"""Keys that no form field sets: `key` never changes, buttons set the others, and filling sets `catalog`."""


@dataclass(frozen=True)
class Elsewhere:
    """An error of no field of a form."""

    path: str
    """Where it is in the refused document."""
    sentence: str
    label: str = ""
    """What staff call that place; empty where nobody reads it."""


@dataclass(frozen=True)
class Form:
    """A part of a document, bound to form fields."""

    document: Document
    """Including what was typed, valid or not."""
    revision: int
    names: Mapping[str, Path]
    """Field name → path in the document."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """Field name → error."""
    general: tuple[str, ...] = ()
    """What there is to say of the form as a whole."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """Errors of no field of this form."""
    stored: Mapping[str, Any] = field(default_factory=dict)
    """After a conflict: field name → value that another user has saved, where it differs."""
    conflict: str = ""
    """The user who has saved meanwhile."""
    carried: str = ""
    """A part as it is shown, signed, where the stored draft has it otherwise; see `drafts`."""

    def value(self, name: str) -> Any:
        """The displayed value of a field."""
        return displayed(name, value_at(self.document, self.names[name]))

    def subject(self, name: str) -> str:
        """A short label for a field."""
        steps = [step for step in self.names[name] if isinstance(step, str)]
        words = [step for step in steps if step not in self.document["texts"]]
        place = steps[1] if steps[0] == "notice" else steps[0]
        return field_label(words[-1], "supervisory" if "supervisory_authority" in steps else place)

    def fault_at(self, path: str) -> str:
        """The first error at or below a path that no field of this form has; empty if there is none."""
        return next((each.sentence for each in self.elsewhere if _within(each.path, path)), "")

    def faults_apart_from(self, *paths: str) -> tuple[Elsewhere, ...]:
        """The errors of no field of this form that are not at or below these paths."""
        return tuple(each for each in self.elsewhere if not any(_within(each.path, path) for path in paths))

    def theirs(self, name: str) -> Any:
        """The displayed value that another user has saved meanwhile."""
        return displayed(name, self.stored[name])


def _within(path: str, whole: str) -> bool:
    return path == whole or path.startswith(f"{whole}.")


def displayed(name: str, value: Any) -> Any:
    """A value as displayed in a field."""
    if isinstance(value, list | tuple):
        lines = (country_name(str(line)) if name in _COUNTRIES else str(line) for line in value)
        return "\n".join(lines)
    return durations.readable(str(value)) if name.endswith(_DURATIONS) else value


def value_at(document: Any, path: Path) -> Any:
    """The value at a path; an empty string for a missing language."""
    for step in path:
        if isinstance(document, Mapping) and step not in document:
            return ""
        document = document[step]
    return document


def fields_of(document: Document, *roots: Path) -> dict[str, Path]:
    """The fields of everything below these paths that a form may set; a part may be given by its key."""
    codes = languages(document)
    found = (keyed_parts.located(document, root) for root in roots)
    roots_found = [root for root in found if root is not None]
    fields: dict[str, Path] = {}
    parents: dict[Path, str] = {}
    for path in (leaf for root in roots_found for leaf in _leaves(value_at(document, root), root, codes)):
        # There can be thousands of fields: what they have in common in their names is made once.
        parent = path[:-1]
        if parent not in parents:
            parents[parent] = f"{field_name(document, parent)}." if parent else ""
        fields[f"{parents[parent]}{path[-1]}"] = path
    return fields


def field_name(document: Document, path: Path) -> str:
    """The name of the field for a path."""
    if list_path := keyed_parts.list_of(path):
        at = len(list_path)
        key = keyed_parts.parts_of(document, list_path)[int(path[at])]["key"]
        path = (*list_path, key, *path[at + 1 :])
    return ".".join(str(step) for step in path)


def _leaves(value: Any, path: Path, codes: tuple[str, ...]) -> Iterator[Path]:
    if isinstance(value, Mapping):
        keys: Iterable[str] = codes if path[-1] in PER_LANGUAGE else (k for k in value if k not in _FIXED)
        for key in keys:
            yield from _leaves(value.get(key, ""), (*path, key), codes)
    elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index), codes)
    else:
        yield path


def bind(document: Document, typed: Mapping[str, str], names: Mapping[str, Path]) -> Document:
    """The document with the submitted fields; fields that were not sent are unchanged.

    Not validated: where a number is expected, there may be the text that was typed. Parts of which nothing
    was sent are shared with the document, since a large one takes long to copy.
    """
    edited: dict[Path, Any] = {(): dict(document)}
    for field_name, path in names.items():
        if field_name in typed:
            parent = _copied(edited, path[:-1])
            parent[path[-1]] = _parse(field_name, typed[field_name], value_at(document, path))
    return cast("Document", edited[()])


def _copied(edited: dict[Path, Any], path: Path) -> Any:
    """What is at a path, copied with all that it is in; `edited` has the copies so far, by path."""
    if path not in edited:
        parent = _copied(edited, path[:-1])
        found = parent[path[-1]]
        edited[path] = parent[path[-1]] = dict(found) if isinstance(found, Mapping) else list(found)
    return edited[path]


def _parse(field_name: str, text: str, before: Any) -> Any:
    text = text.replace("\r\n", "\n")
    if isinstance(before, bool):
        return text == "on"
    if isinstance(before, int):
        number = parsing.number(text.strip())
        return text if number is None else number
    key = field_name.rpartition(".")[2]
    if isinstance(before, list | tuple):
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        if field_name in _COUNTRIES:
            return [countries.code_of(line) for line in lines]
        return [pasted.host_with_path(line) for line in lines] if key == "hosts" else lines
    if not field_name.startswith("texts."):
        if key in _ADDRESSES:
            return pasted.address(text.strip())
        if key == "host":
            return pasted.host(text.strip())
    if field_name.startswith("appearance.colours."):
        return pasted.colour(text.strip())
    return durations.parse(text) if field_name.endswith(_DURATIONS) else text.strip()


def errors_by_field(
    errors: Mapping[str, object], names: Mapping[str, Path]
) -> tuple[dict[str, str], tuple[Elsewhere, ...]]:
    """The schema's errors by field name, and those of no field of the form."""
    by_path = {".".join(str(step) for step in path): field_name for field_name, path in names.items()}
    mine: dict[str, str] = {}
    others: list[Elsewhere] = []
    for path, fault in errors.items():
        sentence = countries.refused(durations.refused(str(fault)))
        # An error of a list item is shown at the field of the list.
        found = by_path.get(path) or by_path.get(path.rpartition(".")[0])
        if found:
            mine.setdefault(found, sentence)
        else:
            others.append(Elsewhere(path, sentence))
    return mine, tuple(others)


def differences(ours: Document, theirs: Document, names: Mapping[str, Path]) -> dict[str, Any]:
    """Fields in which two documents differ → what `theirs` has there."""
    return {
        n: value_at(theirs, path)
        for n, path in names.items()
        if value_at(ours, path) != value_at(theirs, path)
    }


# --- categories ------------------------------------------------------------------------------------------


def with_category(document: Document, key: str, title: str) -> Document:
    """With one more category at the end, named in the default language."""
    edited = copy.deepcopy(document)
    order = max((c["order"] for c in edited["categories"]), default=0) + 1
    words = {document["default_language"]: title}
    edited["categories"].append(
        {"key": key, "names": words, "descriptions": {}, "order": order, "hidden": False}
    )
    return edited


def without_category(document: Document, key: str) -> Document:
    """Without a category; the schema refuses it as long as a service is in it."""
    edited = copy.deepcopy(document)
    edited["categories"] = [c for c in edited["categories"] if c["key"] != key or key == NECESSARY]
    mapping = edited["behaviour"]["mapping"]
    edited["behaviour"]["mapping"] = {kind: "" if to == key else to for kind, to in mapping.items()}
    return edited


def with_moved_category(document: Document, key: str, *, by: int) -> Document:
    """With a category further up (-1) or down (1); the necessary one stays first."""
    keys = [c["key"] for c in ordered_categories(document)]
    target = keys.index(key) + by if key in keys else 0
    if key != NECESSARY and 1 <= target < len(keys):
        keys.remove(key)
        keys.insert(target, key)
    edited = copy.deepcopy(document)
    for category in edited["categories"]:
        category["order"] = keys.index(category["key"])
    return edited


def with_hidden(document: Document, key: str, *, hidden: bool) -> Document:
    """With a category hidden from visitors, or shown to them."""
    edited = copy.deepcopy(document)
    for category in edited["categories"]:
        if category["key"] == key and key != NECESSARY:
            category["hidden"] = hidden
    return edited


# --- services --------------------------------------------------------------------------------------------


def service_index(document: Document, key: str) -> int | None:
    """Index of a service; None if there is none with this key."""
    return keyed_parts.index_of(document, ("services",), key)


def with_service(document: Document, key: str, title: str, category: str) -> Document:
    """With one more service, otherwise empty."""
    edited = copy.deepcopy(document)
    basis: LegalBasis = "contract" if category == NECESSARY else "consent"
    edited["services"].append(
        {
            "key": key,
            "name": title,
            "provider": "",
            "category": category,
            "purpose": {},
            "data": {},
            "legal_basis": basis,
            "necessary_reason": {},
            "country": "",
            "transfer_basis": "",
            "retention": "",
            "privacy_link": "",
            "shared_with": [],
            "processor_agreement": "",
            "hosts": [],
            "cookies": [],
            "stores_nothing": False,
            "catalog": {"key": "", "version": ""},
        }
    )
    return edited


def without_service(document: Document, key: str) -> Document:
    """Without a service."""
    return keyed_parts.without_part(document, ("services",), key)


# --- controller ------------------------------------------------------------------------------------------


def with_authority(document: Document, authority: Authority) -> Document:
    """With another supervisory authority."""
    edited = copy.deepcopy(document)
    edited["controller"]["supervisory_authority"] = authority
    return edited


# --- languages -------------------------------------------------------------------------------------------


def without_language(document: Document, code: str) -> Document:
    """Without a language and all its texts."""
    edited = copy.deepcopy(document)
    edited["texts"].pop(code, None)
    _remove_language(edited, code)
    return edited


def _remove_language(value: Any, code: str) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in PER_LANGUAGE and isinstance(inner, dict):
                inner.pop(code, None)
            else:
                _remove_language(inner, code)
    elif isinstance(value, list):
        for inner in value:
            _remove_language(inner, code)
