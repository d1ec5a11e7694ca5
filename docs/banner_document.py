"""Writes docs/banner-document.md, the reference of every field, from the types of the banner document.

`python -m docs.banner_document` rewrites it; a test fails when it is not what the types give.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_origin, is_typeddict

from server.sites.constraints import (
    LONGEST_ADDRESS,
    Address,
    CategoryKey,
    Closed,
    CookieHost,
    Field,
    Fonts,
    Form,
    HostWithPath,
    LanguageKey,
    Line,
    Most,
    PartKey,
    Prose,
    Range,
    RichText,
    Zone,
    default_of,
    fields_of,
)
from server.sites.document_types import MAX_LANGUAGES, Document
from server.sites.rich_text import TAGS
from server.sites.texts import shipped
from server.sites.values import CONVENTION

FILE = Path(__file__).parent / "banner-document.md"

_START = f"""<!-- Written by `python -m docs.banner_document` from server/sites/document_types.py. -->

# The banner document

Everything about a banner that staff edit, as one JSON object. `samtykke banner export SITE` prints the draft,
`samtykke banner import SITE FILE` replaces it, `/api/v1/sites/{{site}}/banner/draft` does both over HTTP, and
publishing freezes it as a version. Unknown keys and `null` are refused. An absent field gets the value under
*if absent*. `samtykke banner check SITE` says what a banner needs before it can be published.

*Text by language* is an object with a text for each language code (BCP 47, such as `nb` or `en-GB`), at most
{MAX_LANGUAGES}. Types for TypeScript are in `banner-document.d.ts`, which `make assets` writes into
`widget/dist/`.

## Example

A small draft, to show the shape; what it leaves out gets its default. It can be imported, and not published
yet: `samtykke banner check SITE` names what is missing, the banner's texts first of all, since an absent text
is empty. To begin with everything in place, export the draft of a new site.

```json
{{
  "default_language": "en",
  "categories": [
    {{"key": "necessary", "names": {{"en": "Necessary"}}}},
    {{"key": "statistics", "names": {{"en": "Statistics"}}, "order": 1}}
  ],
  "services": [
    {{
      "key": "matomo",
      "name": "Matomo",
      "provider": "Example AS",
      "category": "statistics",
      "purpose": {{"en": "Counts visits."}},
      "cookies": [{{"name": "_pk_id.*", "lifetime": "P393D", "purpose": {{"en": "Recognises a browser."}}}}]
    }}
  ],
  "texts": {{"en": {{"title": "May we count your visit?", "accept_all": "Yes", "reject_all": "No"}}}},
  "appearance": {{
    "colours": {{
      "light": {{
        "background": "#ffffff", "text": "#1b1f24", "border": "#767d88",
        "accent": "#0b57d0", "accent_text": "#ffffff"
      }},
      "dark": {{
        "background": "#16181d", "text": "#f2f4f7", "border": "#8b93a1",
        "accent": "#9ec1ff", "accent_text": "#0b1a33"
      }}
    }}
  }},
  "behaviour": {{"validity_days": 180}},
  "controller": {{"name": "Example AS", "contacts": {{"email": "privacy@example.no"}}}},
  "notice": {{}}
}}
```
"""


def page() -> str:
    """The page in Markdown."""
    return "\n".join((_START, *_sections()))


def _sections() -> Iterator[str]:
    """A section for each type, with the paths at which it is."""
    paths: dict[type, list[str]] = {}
    closed: dict[str, Field] = {}
    _collect(Document, "", paths, closed)
    for part, places in paths.items():
        title = " and ".join(f"`{place}`" for place in places if place) or "The document"
        yield f"## {title}\n\n{(part.__doc__ or '').strip()}\n"
        yield "| field | type | limits | if absent | meaning |\n| --- | --- | --- | --- | --- |"
        yield "\n".join(_row(name, field) for name, field in fields_of(part)) + "\n"
    yield from _closed_sections(closed)


def _collect(part: type, path: str, paths: dict[type, list[str]], closed: dict[str, Field]) -> None:
    """Gather the types below a type, and its objects with a closed list of keys, by path."""
    paths.setdefault(part, []).append(path)
    for name, field in fields_of(part):
        place = f"{path}.{name}".lstrip(".")
        inner: Field | None = field
        while inner is not None:
            if is_typeddict(inner.type):
                _collect(inner.type, place, paths, closed)
                break
            if isinstance(inner.constraint, Closed):
                closed[place] = inner
                break
            place += "[]" if get_origin(inner.type) is list else ".{language}"
            inner = inner.entries


def _row(name: str, field: Field) -> str:
    absent = "required" if field.required else "see below" if field.named else _value(default_of(field))
    return _cells(f"`{name}`", _type(field), _limits(field), absent, field.meaning)


def _cells(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "the defaults of its fields" if value else "empty"
    if value in ("", []):
        return "empty"
    return f"`{json.dumps(value)}`"


def _type(field: Field) -> str:
    if field.words:
        words = ", ".join(f"`{word}`" for word in field.words if word)
        return ("empty, or " if "" in field.words else "") + "one of " + words
    if is_typeddict(field.type) or isinstance(field.constraint, Closed):
        return "object"
    names = {str: "text", int: "whole number", bool: "`true` or `false`"}
    if field.entries is None:
        return names[field.type]
    inner = field.entries
    if get_origin(field.type) is list:
        return "list of objects" if is_typeddict(inner.type) else f"list of {names[inner.type]}s"
    return "object by language" if isinstance(inner.constraint, Closed) else "text by language"


def _limits(field: Field) -> str:
    """The constraint in words, with that of the entries behind it."""
    entries = field.entries
    found = [_limit(field)]
    if entries is not None and not field.named and not is_typeddict(entries.type):
        found.append(("each " if get_origin(field.type) is list else "") + _limit(entries))
    return "; ".join(limit for limit in found if limit)


def _limit(field: Field) -> str:
    match field.constraint:
        case Line(longest, filled):
            return f"one line of at most {longest} characters" + (", not empty" if filled else "")
        case Prose(longest):
            return f"at most {longest} characters"
        case RichText(longest):
            return f"at most {longest} characters; of HTML " + ", ".join(f"`{tag}`" for tag in TAGS)
        case Form():
            return field.constraint.what
        case Fonts(longest):
            return f"at most {longest} characters"
        case Range(low, high):
            return f"{low} to {high}"
        case Most(entries):
            return f"at most {entries}"
        case _:
            return _reference(field)


def _reference(field: Field) -> str:
    match field.constraint:
        case PartKey():
            return "2 to 24 of `a-z`, `0-9` and `_`, a letter first"
        case CategoryKey(empty):
            return "key of a category" + (", or empty" if empty else "")
        case LanguageKey():
            return "one of the languages of `texts`"
        case Address():
            return f"http(s) address of at most {LONGEST_ADDRESS} characters"
        case HostWithPath():
            return "host name, perhaps with `*.` in front and a path behind"
        case Zone():
            return "`Area/City` of the IANA Time Zone Database, or `UTC`"
        case CookieHost():
            return "host name, perhaps with a dot or `*.` in front"
        case _:
            return ""


def _closed_sections(closed: dict[str, Field]) -> Iterator[str]:
    """Sections of the objects whose keys are closed lists: the texts, and the mapping of signal types."""
    english = shipped("en")["texts"]
    meanings: dict[str, str] = {
        **{key: f"“{text}”" for key, text in english.items()},
        **{kind: f"by convention `{category}`" for kind, category in CONVENTION.items()},
    }
    for place, field in closed.items():
        heading = "in English" if "texts" in place else "if absent"
        yield f"## `{place}`\n\n| field | limits | {heading} |\n| --- | --- | --- |"
        rows = [_cells(f"`{key}`", _limit(value), meanings[key]) for key, value in field.named.items()]
        yield "\n".join(rows) + "\n"


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
