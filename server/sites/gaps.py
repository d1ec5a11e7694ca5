"""What a draft still lacks, filled in from its main language, so that its banner can be shown. Pure."""

import copy
from typing import Any

from server.sites.document_types import Document
from server.sites.values import languages

PER_LANGUAGE = frozenset(
    {
        *("names", "descriptions", "purpose", "necessary_reason", "data", "heading", "body"),
        # Of a service, the name is a text; of an activity, one by language.
        *("name", "subjects", "interests", "sources", "retention"),
    }
)
"""Keys of what is a text in each language, where it is not one for all."""


def without_gaps(document: Document) -> Document:
    """A copy in which every text that a language lacks is that of the main language."""
    edited = copy.deepcopy(document)
    codes = languages(document)
    _fill(edited, codes)
    for code in codes[1:]:
        ours, main = edited["texts"][code], edited["texts"][codes[0]]
        edited["texts"][code] = {key: ours.get(key) or main.get(key, "") for key in {**main, **ours}}
    return edited


def _fill(value: Any, codes: tuple[str, ...]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in PER_LANGUAGE and isinstance(inner, dict):
                value[key] = {code: inner.get(code) or inner.get(codes[0], "") for code in codes}
            else:
                _fill(inner, codes)
    elif isinstance(value, list):
        for inner in value:
            _fill(inner, codes)
