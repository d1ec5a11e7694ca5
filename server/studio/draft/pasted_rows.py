"""What a pasted list would make of what a service stores, row by row, before anything is saved. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from server.core.errors import Invalid
from server.sites.document_types import Cookie, Document
from server.sites.values import languages
from server.studio.draft import durations, keyed_parts, storage_paste, storage_rows
from server.studio.draft.field_words import field_label


@dataclass(frozen=True)
class PastedRow:
    """One row of the list."""

    cookie: Cookie
    """The entry as it would be."""
    is_new: bool
    """Whether the service has no such entry yet."""
    faults: tuple[tuple[str, str], ...]
    """Field, and the end of a sentence that says what is wrong with it."""


@dataclass(frozen=True)
class Reading:
    """A pasted list as it was understood."""

    document: Document
    """With the rows in it, valid or not."""
    rows: tuple[PastedRow, ...]
    """Those that change something."""
    alike: int
    """How many rows say what is in the draft already."""
    left_out: tuple[str, ...]
    """Headings or numbers of columns that are not taken."""
    purposes: tuple[str, ...]
    """Languages that the list has purposes in."""

    @property
    def faulty(self) -> int:
        """How many rows have something to be put right."""
        return sum(1 for row in self.rows if row.faults)


def read(document: Document, key: str, text: str, validate: Callable[[object], Document]) -> Reading:
    """Understand a list for the service with this key.

    :raises ValueError: nothing can be read, or there is more than is read
    """
    spoken = languages(document)
    found = storage_paste.read(text, spoken)
    stored = _cookies(document, key)
    rows = [storage_rows.cookie_of(row, spoken) for row in found.rows]
    changes = storage_rows.merged(stored, rows)
    edited = storage_rows.with_changes(document, key, changes)
    faults = _faults(edited, key, validate)
    ends = count(len(stored))
    places = [next(ends) if at is None else at for at, _cookie in changes]
    return Reading(
        edited,
        tuple(
            PastedRow(cookie, at is None, faults.get(place, ()))
            for (at, cookie), place in zip(changes, places, strict=True)
        ),
        len({storage_rows.identity(row) for row in rows}) - len(changes),
        found.left_out,
        tuple(field.partition(".")[2] for field in found.fields if field.startswith("purpose.")),
    )


def _cookies(document: Document, key: str) -> Sequence[Cookie]:
    index = keyed_parts.index_of(document, ("services",), key)
    return () if index is None else document["services"][index]["cookies"]


def _faults(
    document: Document, key: str, validate: Callable[[object], Document]
) -> dict[int, tuple[tuple[str, str], ...]]:
    """Index of an entry → what is wrong with it."""
    try:
        validate(document)
    except Invalid as fault:
        errors = fault.errors
    else:
        return {}
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    prefix = f"services.{keyed_parts.index_of(document, ('services',), key)}.cookies."
    for path, sentence in errors.items():
        if path.startswith(prefix):
            index, _dot, field = path.removeprefix(prefix).partition(".")
            label = field_label(field.partition(".")[0])
            found[int(index)] = (*found.get(int(index), ()), (label, durations.refused(str(sentence))))
    return found
