"""Writes the server's types as types for TypeScript, into `widget/dist`; `make assets` runs it.

`configuration.d.ts` is for the widget, `banner-document.d.ts` for programs that read or write documents.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

from server.embed.configuration_types import (
    AnnouncementChunk,
    Configuration,
    DebugDeclaration,
    DraftConfiguration,
    ExtraChunk,
    SettingsChunk,
)
from server.notices.values import CookieDeclaration
from server.sites.document_types import Document

DIST = Path(__file__).parent / "dist"

_NAMES = {"Document": "BannerDocument"}
"""Types that have another name in TypeScript: `Document` is the browser's."""

_SCALARS = {str: "string", int: "number", bool: "boolean"}


@dataclass
class Declarations:
    """Interfaces of `TypedDict`s, and of those that they consist of."""

    readonly: bool
    """Whether what has these types may not be changed."""
    interfaces: dict[str, str] = field(default_factory=dict)
    """Source text by name, each behind the ones that it names."""

    def add(self, part: type) -> str:
        """Add the interface of a `TypedDict`, and return its name."""
        name = _NAMES.get(part.__name__, part.__name__)
        if name not in self.interfaces:
            members = get_type_hints(part, include_extras=True).items()
            lines = [line for key, annotation in members for line in self._member(key, annotation)]
            comment = _comment(part.__doc__ or "", "")
            self.interfaces[name] = "\n".join((*comment, f"export interface {name} {{", *lines, "}"))
        return name

    def _member(self, key: str, annotation: Any) -> Iterator[str]:
        optional = get_origin(annotation) is NotRequired
        inner = get_args(annotation)[0] if optional else annotation
        notes = getattr(inner, "__metadata__", ())
        yield from _comment(next((note for note in notes if isinstance(note, str)), ""), "  ")
        name = f"{'readonly ' if self.readonly else ''}{key}{'?' if optional else ''}"
        yield f"  {name}: {self._type(inner)};"

    def _type(self, annotation: Any) -> str:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self._type(arguments[0])
        if is_typeddict(annotation):
            return self.add(annotation)
        if origin is Literal:
            return " | ".join(f'"{word}"' for word in arguments)
        inner = [self._type(each) for each in arguments]
        if origin is UnionType:
            return " | ".join(inner)
        if origin is list:
            return f"{'ReadonlyArray' if self.readonly else 'Array'}<{inner[0]}>"
        if origin is tuple:
            return f"{'readonly ' if self.readonly else ''}[{', '.join(inner)}]"
        if origin is dict:
            record = f"Record<{inner[0]}, {inner[1]}>"
            return f"Readonly<{record}>" if self.readonly else record
        return _SCALARS[annotation]


def _comment(text: str, indent: str) -> Iterator[str]:
    if text:
        yield f"{indent}/** {' '.join(text.split())} */"


def declarations(first: str, *roots: type, readonly: bool) -> str:
    """A file with the interfaces of these types, behind a first comment."""
    found = Declarations(readonly)
    for root in roots:
        found.add(root)
    return "\n\n".join((first, *found.interfaces.values())) + "\n"


def files() -> dict[str, str]:
    """The files by name."""
    chunks = (
        Configuration,
        SettingsChunk,
        ExtraChunk,
        AnnouncementChunk,
        DebugDeclaration,
        DraftConfiguration,
        CookieDeclaration,
    )
    sent = (
        "// What the server appends to the scripts: server/embed/configuration_types.py.\n"
        "// What it sends as the cookie declaration: server/notices/values.py."
    )
    document = (
        "// A banner document, as `samtykke banner export` prints it and the API sends it.\n"
        "// docs/banner-document.md says what may be left out of one that is sent."
    )
    return {
        "configuration.d.ts": declarations(sent, *chunks, readonly=True),
        "banner-document.d.ts": declarations(document, Document, readonly=False),
    }


if __name__ == "__main__":
    DIST.mkdir(exist_ok=True)
    for name, text in files().items():
        (DIST / name).write_text(text, encoding="utf-8")
