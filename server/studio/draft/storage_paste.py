"""A list of what a service stores, pasted from a spreadsheet: which column is what, and the rows of it. Pure.

Columns are known by their headings in bokmål, nynorsk and English, as people, browsers and other products
write them. Without headings, the name comes first, and the others are known by what is in them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError

from server.sites.document_types import StorageKind
from server.studio.draft import durations, spreadsheet

KIND_WORDS: Mapping[str, StorageKind] = {
    **dict.fromkeys(
        ("cookie", "cookies", "http", "http cookie", "informasjonskapsel", "informasjonskapsler"), "cookie"
    ),
    **dict.fromkeys(
        ("local storage", "localstorage", "html", "html local storage", "lokal lagring", "lokalt lager"),
        "local_storage",
    ),
    **dict.fromkeys(
        ("session storage", "sessionstorage", "html session storage", "øktlagring", "lagring for økta"),
        "session_storage",
    ),
    **dict.fromkeys(("indexeddb", "indexed db", "idb", "database"), "indexed_db"),
    **dict.fromkeys(
        ("pixel", "pixel tracker", "tracking pixel", "sporingspiksel", "piksel", "web beacon"), "pixel"
    ),
}
"""What people call a kind of storage → the kind."""

_HEADINGS: Mapping[str, str] = {
    **dict.fromkeys(
        ("name", "cookie", "cookie name", "cookie / data key name", "key", "navn", "namn", "nøkkel",
         "informasjonskapsel", "navn på informasjonskapsel", "namn på informasjonskapsel"),
        "name",
    ),
    **dict.fromkeys(("kind", "type", "storage", "storage type", "slag", "lagring", "lagringstype"), "kind"),
    **dict.fromkeys(("host", "domain", "cookie domain", "domene", "vert", "vertsnavn", "vertsnamn"), "host"),
    **dict.fromkeys(
        ("lifetime", "duration", "expiry", "expires", "expiration", "maximum storage duration",
         "retention period", "lagringstid", "varighet", "varigheit", "levetid", "utløp", "utløper", "varer"),
        "lifetime",
    ),
    **dict.fromkeys(
        ("purpose", "description", "formål", "føremål", "beskrivelse", "skildring"), "purpose"
    ),
}  # fmt: skip
"""Heading of a column → the field."""

_LANGUAGE_OF = {
    **dict.fromkeys(("purpose", "description"), "en"),
    **dict.fromkeys(("formål", "beskrivelse"), "nb"),
    **dict.fromkeys(("føremål", "skildring"), "nn"),
}
"""Heading → the language that its column is probably in, where no language is named."""

_STAYS = frozenset(
    (
        "persistent",
        "permanent",
        "never",
        "aldri",
        "til den slettes",
        "til den blir slettet",
        "til det blir sletta",
    )
)
"""What is written of storage that stays until it is cleared."""

LONGEST_HEADING = 100
"""Characters; a longer cell is no heading."""

_NAMED = re.compile(r"(?P<what>[^(\[,:–—-]+?)\s*(?:[(\[,:–—-]+\s*|\s+)(?P<language>[^)\]]+?)[)\]]?")
"""A heading with a language: `Purpose (nb)`, `Formål – nynorsk`; `purpose_en` is read with a space."""

_HOST = re.compile(r"\.?(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE)


@dataclass(frozen=True)
class Pasted:
    """A list as it was read."""

    fields: tuple[str, ...]
    """Field of each column: `name`, `kind`, `host`, `lifetime` or `purpose.nb`; empty: it is not taken."""
    left_out: tuple[str, ...]
    """Headings of the columns that are not taken; the number of a column without one."""
    rows: tuple[Mapping[str, str], ...]
    """Field → text, as new rows of the table have it."""


def read(text: str, languages: Sequence[str]) -> Pasted:
    """The rows of a text; nothing of a column that is taken is left out, whether it is right or not.

    :param languages: those of the document, the main one first
    :raises ValueError: there is more than is read, or nothing
    """
    table = spreadsheet.cells(text)
    if not table:
        raise ValueError("is missing")
    headed = _by_headings(table[0], languages)
    fields, body = (headed, table[1:]) if headed else (_by_content(table, languages), table)
    headings = dict(enumerate(table[0] if headed else ()))
    width = max(map(len, table))
    left_out = tuple(
        headings.get(at) or str(at + 1) for at in range(width) if at >= len(fields) or not fields[at]
    )
    return Pasted(fields, left_out, tuple(_row(fields, cells) for cells in body))


def kind_of(text: str) -> str:
    """The kind of storage that a word means; a word that means none as it is, for the schema to refuse."""
    plain = _plain(text)
    known = {kind.replace("_", " "): kind for kind in KIND_WORDS.values()}
    return KIND_WORDS.get(plain) or known.get(plain) or text.strip()


def _plain(text: str) -> str:
    return " ".join(text.replace("_", " ").lower().split())


def _by_headings(cells: Sequence[str], languages: Sequence[str]) -> tuple[str, ...]:
    """The fields of columns with these headings; empty if they are none: one at least is that of names."""
    fields: list[str] = []
    for cell in cells:
        field = _field(_plain(cell), languages)
        fields.append("" if field in fields else field)
    return tuple(fields) if "name" in fields and (len(cells) == 1 or len(set(fields) - {""}) > 1) else ()


def _field(heading: str, languages: Sequence[str]) -> str:
    if heading in _HEADINGS:
        field = _HEADINGS[heading]
        language = _LANGUAGE_OF.get(heading, "")
        return (
            f"purpose.{language if language in languages else languages[0]}" if field == "purpose" else field
        )
    # Looking through a long cell for a language would take time that grows with its square.
    named = _NAMED.fullmatch(heading) if len(heading) <= LONGEST_HEADING else None
    if named and _HEADINGS.get(named["what"].strip()) == "purpose":
        language = _language(named["language"].strip(), languages)
        return f"purpose.{language}" if language else ""
    return ""


def _language(word: str, languages: Sequence[str]) -> str:
    """The language that a word names: by its code, or by its name in its own or the studio's languages."""
    for code in languages:
        names = {code.lower()}
        for reader in ("nb", "nn", "en", code):
            try:
                name = Locale.parse(reader, sep="-").languages.get(code, "")
            except (ValueError, UnknownLocaleError):
                continue
            names |= {name.lower(), name.lower().removeprefix("norsk ").removeprefix("norwegian ")}
        if word in names - {""}:
            return code
    return ""


def _by_content(table: Sequence[Sequence[str]], languages: Sequence[str]) -> tuple[str, ...]:
    """The fields of columns without headings: the name first, the others by what is in all of their cells."""
    width = max(map(len, table))
    fields = ["name"] + [""] * (width - 1)
    tests: Mapping[str, Callable[[str], bool]] = {
        "kind": lambda text: kind_of(text) in KIND_WORDS.values(),
        "lifetime": lambda text: durations.is_duration(durations.parse(text)) or _plain(text) in _STAYS,
        "host": lambda text: bool(_HOST.fullmatch(text)),
    }
    for column in range(1, width):
        written = [row[column] for row in table if column < len(row) and row[column]]
        match = (
            name for name, test in tests.items() if name not in fields and written and all(map(test, written))
        )
        fields[column] = next(match, "")
    purposes = iter([f"purpose.{code}" for code in languages])
    return tuple(field or next(purposes, "") for field in fields)


def _row(fields: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    row = {field: cell for field, cell in zip(fields, cells, strict=False) if field and cell}
    if "kind" in row:
        row["kind"] = kind_of(row["kind"])
    if _plain(row.get("lifetime", "")) in _STAYS and row.get("kind") in ("local_storage", "indexed_db"):
        del row["lifetime"]
    return row
