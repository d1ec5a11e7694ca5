"""Rows of the table of what a service stores, saved while somebody types: added and removed ones. Pure.

A new row is saved once it has a name and is valid. It is then an entry of the draft, and the page calls its
fields so: that is what `places` is for.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from server.core import parsing
from server.core.errors import Invalid
from server.sites.document_types import Document
from server.sites.values import languages
from server.studio.draft import form_binding, keyed_parts, storage_rows

_ROW = re.compile(
    r"(?P<base>new\.[0-9]{1,4}\.|services\.[^.]+\.cookies\.(?P<number>[0-9]{1,4})\.)(?P<field>.+)"
)


@dataclass(frozen=True)
class Table:
    """The rows of a form, and where their entries are in the draft."""

    service: str
    """Key of the service; empty if the form has no such table."""
    numbers: Mapping[int, int | None]
    """Number of a row in the form → that of its entry in the draft; None: the entry is gone."""

    def in_draft(self, name: str) -> str:
        """What the draft calls a field of the form."""
        found = _ROW.fullmatch(name)
        number = int(found["number"]) if found and found["number"] else -1
        if found is None or number not in self.numbers:
            return name
        at = self.numbers[number]
        return f"{self.base(storage_rows.gone(number) if at is None else at)}{found['field']}"

    def base(self, number: int) -> str:
        """What the names of the fields of an entry begin with."""
        return f"services.{self.service}.cookies.{number}."


@dataclass(frozen=True)
class Rows:
    """What rows make of a draft."""

    document: Document
    places: Mapping[str, int | None]
    """Beginning of a row's names in the form → number of its entry afterwards; None: it is removed."""
    errors: Mapping[str, str]
    """Field of a new row → why the row is not saved, as the end of a sentence."""

    def after(self, name: str, table: Table) -> str:
        """What the draft calls a field of the form afterwards; empty if it does not have it."""
        found = _ROW.fullmatch(name)
        if found is None or not table.service:
            return name
        number = self.places.get(found["base"])
        return "" if number is None else f"{table.base(number)}{found['field']}"


def table(document: Document, typed: Mapping[str, str]) -> Table:
    """The table of a form with these fields, if it has one."""
    key = next((name.split(".")[1] for name in typed if name.startswith("services.")), "")
    index = keyed_parts.index_of(document, ("services",), key) if key else None
    if index is None or not any(name.startswith(("new.", "was.")) for name in typed):
        return Table("", {})
    cookies = document["services"][index]["cookies"]
    return Table(key, storage_rows.numbers_now(typed, key, cookies))


def applied(
    document: Document,
    of: Table,
    typed: Mapping[str, str],
    ticked: Collection[str],
    validate: Callable[[object], Document],
) -> Rows:
    """A draft with the new rows that are valid, and without those that are taken away.

    :param document: with the edits of the other fields
    :param ticked: rows that are taken away: `3`, or `new.3`
    """
    index = keyed_parts.index_of(document, ("services",), of.service) if of.service else None
    if index is None:
        return Rows(document, {}, {})
    places: dict[str, int | None] = {
        of.base(number): at for number, at in of.numbers.items() if at is not None
    }
    errors: dict[str, str] = {}
    for base, row in _new(typed, ticked).items():
        cookie = storage_rows.cookie_of(row, languages(document))
        stored = document["services"][index]["cookies"]
        known = {storage_rows.identity(each): at for at, each in enumerate(stored)}
        at = known.get(storage_rows.identity(cookie))
        if at is not None and (at in places.values() or stored[at] != cookie):
            errors[f"{base}name"] = "appears twice"
            continue
        if at is not None:
            # It was saved already, and the page has not got the answer.
            places[base] = at
            continue
        more = storage_rows.with_rows(document, of.service, added=[cookie])
        try:
            document = validate(more)
        except Invalid as fault:
            errors |= _faults(more, of, len(stored), base, fault)
        else:
            places[base] = len(stored)
    numbers = (parsing.number(each) for each in ticked)
    removed = {at for each in numbers if each is not None and (at := of.numbers.get(each)) is not None}
    left = storage_rows.with_rows(document, of.service, removed=removed) if removed else document
    return Rows(left, {base: _without(at, removed) for base, at in places.items()}, errors)


def _without(at: int | None, removed: Collection[int]) -> int | None:
    """The number of an entry once others are taken away."""
    return None if at is None or at in removed else at - sum(each < at for each in removed)


def _new(typed: Mapping[str, str], ticked: Collection[str]) -> dict[str, dict[str, str]]:
    """The new rows that have a name, in their order: beginning of their names → field → text."""
    rows: dict[str, dict[str, str]] = {}
    for name, text in typed.items():
        found = _ROW.fullmatch(name)
        if found and not found["number"] and found["base"][:-1] not in ticked:
            rows.setdefault(found["base"], {})[found["field"]] = text
    named = (base for base, row in rows.items() if row.get("name", "").strip())
    return {base: rows[base] for base in sorted(named, key=lambda base: int(base.split(".")[1]))}


def _faults(tried: Document, of: Table, number: int, base: str, fault: Invalid) -> dict[str, str]:
    """Why a row cannot be saved, by its fields; what is wrong with the row as a whole stands at its name."""
    names = form_binding.fields_of(tried, ("services", of.service))
    mine, others = form_binding.errors_by_field(fault.errors, names)
    entry = of.base(number)
    found = {base + name.removeprefix(entry): said for name, said in mine.items() if name.startswith(entry)}
    whole = [*mine.values(), *(each.sentence for each in others)]
    return found or {f"{base}name": said for said in whole[:1]}
