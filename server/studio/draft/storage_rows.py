"""What a service stores, as rows of a table: new ones, and those that are taken away. Pure.

Rows that the draft has are named as the list's entries, `services.KEY.cookies.3.lifetime`. New ones are named
`new.3.lifetime` until they are saved, however many there are; their numbers only tell them apart.
"""

import copy
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from server.sites.document_types import Cookie, Document, StorageKind
from server.studio.draft import durations, keyed_parts, pasted

_NEW = re.compile(r"new\.([0-9]{1,4})\.(name|kind|lifetime|host|purpose\.[A-Za-z0-9-]{2,20})")

_GONE = 5000
"""What is added to the number of a row that the draft does not have any more: more than there are entries."""

Change = tuple[int | None, Cookie]
"""Index of an entry that a row changes, or None for a new one; and what it is afterwards."""


def typed_rows(typed: Mapping[str, str], removed: Collection[str] = ()) -> list[dict[str, str]]:
    """The new rows of a form in which something is written, in their order, each as field → text.

    :param removed: numbers of the rows that are taken away again, as in `new.3`
    """
    rows: dict[int, dict[str, str]] = {}
    for name, text in typed.items():
        if (found := _NEW.fullmatch(name)) and f"new.{found[1]}" not in removed:
            rows.setdefault(int(found[1]), {})[found[2]] = text
    return [row for _number, row in sorted(rows.items()) if _is_written(row)]


def placed(
    typed: Mapping[str, str], ticked: Collection[str], key: str, cookies: Sequence[Cookie]
) -> tuple[dict[str, str], list[str]]:
    """The fields of a form and its ticks, with the numbers that the rows have in the draft by now.

    A form that stays open while the draft is saved says of each row what it was (`was.3`). A colleague may
    have taken entries away before it: then the row has another number. One that is gone itself is a new row,
    with what is written in it.

    :param cookies: what the service stores in the draft that the form is bound to
    """
    numbers = numbers_now(typed, key, cookies)
    moved = {}
    for name, text in typed.items():
        steps = name.removeprefix(f"services.{key}.cookies.").split(".", 1)
        if name.startswith(f"services.{key}.cookies.") and _number(steps[0]) in numbers:
            at = numbers[int(steps[0])]
            base = f"new.{gone(int(steps[0]))}." if at is None else f"services.{key}.cookies.{at}."
            moved[base + steps[1]] = text
        else:
            moved[name] = text
    ticks = []
    for each in ticked:
        row = _number(each)
        if row is None or row not in numbers:
            ticks.append(each)
        else:
            at = numbers[row]
            ticks.append(f"new.{gone(row)}" if at is None else str(at))
    return moved, ticks


def gone(number: int) -> int:
    """The number of a row whose entry the draft does not have any more: no entry has it."""
    return number if number >= _GONE else _GONE + number


def numbers_now(typed: Mapping[str, str], key: str, cookies: Sequence[Cookie]) -> dict[int, int | None]:
    """The number of each row that was an entry of the draft → its number by now; None: it is gone."""
    was = {
        int(found[1]): tuple(text.replace("\r", "").split("\n"))
        for name, text in typed.items()
        if (found := re.fullmatch(r"was\.([0-9]{1,4})", name))
    }
    now = {identity(each): at for at, each in enumerate(cookies)}
    here = {number: now[who] for number, who in was.items() if who in now}
    rows = _rows(typed, f"services.{key}.cookies.")
    for number in was.keys() - here.keys():
        # What this form itself has renamed since stands where it stood.
        free = number < len(cookies) and number not in here.values()
        if free and _is_same(rows.get(number, {}), cookies[number]):
            here[number] = number
    return {number: here.get(number) for number in was}


def _rows(typed: Mapping[str, str], prefix: str) -> dict[int, dict[str, str]]:
    """The rows of the draft's entries in a form: number → field → text."""
    rows: dict[int, dict[str, str]] = {}
    for name, text in typed.items():
        number, _dot, field = name.removeprefix(prefix).partition(".")
        if name.startswith(prefix) and (at := _number(number)) is not None:
            rows.setdefault(at, {})[field] = text
    return rows


def _is_same(row: Mapping[str, str], cookie: Cookie) -> bool:
    """Whether a row has the name of an entry, or everything else that it has."""
    texts = {code: text for code, text in cookie["purpose"].items() if f"purpose.{code}" in row}
    said = cookie_of(row, texts)
    return said["name"] == cookie["name"] or {**said, "name": ""} == {**cookie, "name": "", "purpose": texts}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None


def cookie_of(row: Mapping[str, str], languages: Iterable[str]) -> Cookie:
    """An entry as a row says it. Not validated: that is done with the whole document."""
    return {
        "name": row.get("name", "").strip(),
        "host": pasted.host(row.get("host", "").strip()),
        "kind": cast("StorageKind", row.get("kind", "cookie")),
        "lifetime": durations.parse(row.get("lifetime", "")),
        "purpose": {code: row.get(f"purpose.{code}", "").strip() for code in languages},
    }


def with_rows(
    document: Document, key: str, *, added: Sequence[Cookie] = (), removed: Collection[int] = ()
) -> Document:
    """With more entries of a service at the end, and without those at these indices."""
    return with_changes(document, key, [(None, each) for each in added], removed=removed)


def with_changes(
    document: Document, key: str, changes: Sequence[Change], *, removed: Collection[int] = ()
) -> Document:
    """With entries of a service changed, new ones at the end, and without those at these indices."""
    edited = copy.deepcopy(document)
    index = keyed_parts.index_of(document, ("services",), key)
    if index is None:
        return edited
    service = edited["services"][index]
    changed = {at: cookie for at, cookie in changes if at is not None}
    kept = [changed.get(i, c) for i, c in enumerate(service["cookies"]) if i not in removed]
    service["cookies"] = [*kept, *(cookie for at, cookie in changes if at is None)]
    if service["cookies"]:
        service["stores_nothing"] = False
    return edited


def identity(cookie: Mapping[str, Any]) -> tuple[str, str, str]:
    """What tells entries of a service apart."""
    return cookie["name"], cookie["host"], cookie["kind"]


def merged(cookies: Sequence[Cookie], rows: Sequence[Cookie]) -> list[Change]:
    """What rows from elsewhere make of a list: an entry that is there already gets what they say of it.

    What a row leaves empty stays as it is. Of two rows for one entry, both count, the later one last.
    """
    found: dict[tuple[str, str, str], tuple[int | None, Cookie]] = {
        identity(cookie): (at, cookie) for at, cookie in enumerate(cookies)
    }
    changes: dict[tuple[str, str, str], Change] = {}
    for row in rows:
        who = identity(row)
        at, before = changes.get(who) or found.get(who) or (None, row)
        purpose = {**before["purpose"], **{code: text for code, text in row["purpose"].items() if text}}
        changes[who] = at, {**before, "lifetime": row["lifetime"] or before["lifetime"], "purpose": purpose}
    return [change for who, change in changes.items() if who not in found or change != found[who]]


def _is_written(row: Mapping[str, str]) -> bool:
    return any(text.strip() for name, text in row.items() if name != "kind")
