"""The document that a preview shows: what was sent of it, in one language, with its gaps filled. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from server.sites.document_types import Document, Scheme
from server.sites.gaps import PER_LANGUAGE
from server.studio.draft import form_binding, keyed_parts
from server.studio.draft.keyed_parts import Path

_SCHEMES: Mapping[str, Scheme] = {"light": "light", "dark": "dark"}
"""Colour schemes that a preview can be asked for."""


def sent_fields(document: Document, sent: Iterable[str]) -> dict[str, Path]:
    """Those of all fields of a document that were sent, by name; what else was sent is no field.

    Only the parts that they belong to are looked through: what one page of a large document sends is found as
    quickly as in a small one.
    """
    names = set(sent)
    roots = {keyed_parts.root_of(name) for name in names}
    known = [root for root in sorted(roots, key=str) if root[0] in document]
    return {name: path for name, path in form_binding.fields_of(document, *known).items() if name in names}


def for_preview(document: Document, *, language: str, scheme: str, objection: str = "") -> Document:
    """The document in one language alone, with its gaps filled, in the colour scheme if one is given.

    `objection` is the signal of the browser, `gpc` or `dnt`, that the preview simulates. Other signals are
    ignored: the editor's own browser may send one, and the banner must be shown nevertheless.
    """
    main = document["default_language"]
    edited = cast("Document", _in_language(document, language, main))
    edited["default_language"] = language
    ours, theirs = document["texts"].get(language, {}), document["texts"][main]
    edited["texts"] = {language: {key: ours.get(key) or theirs.get(key, "") for key in {**theirs, **ours}}}
    signals = document["behaviour"]["signals"]
    edited["behaviour"]["signals"] = {
        "gpc": objection == "gpc" and signals["gpc"],
        "dnt": objection == "dnt" and signals["dnt"],
    }
    edited["appearance"]["scheme"] = _SCHEMES.get(scheme, edited["appearance"]["scheme"])
    return edited


def _in_language(value: Any, language: str, main: str) -> Any:
    """A copy in which every text is in this language, or in the main one where it is missing."""
    if isinstance(value, Mapping):
        return {
            key: {language: inner.get(language) or inner.get(main, "")}
            if key in PER_LANGUAGE and isinstance(inner, Mapping)
            else _in_language(inner, language, main)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_in_language(inner, language, main) for inner in value]
    return value
