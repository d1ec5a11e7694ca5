"""Addresses and markup without what they may carry of a visitor: queries and fragments. Pure."""

import re

LONGEST = 300
"""Characters of a name or an address that a finding keeps."""

_QUERY = re.compile(r"""(?<![\s<>?#])[?#][^\s"'<>]*""")
"""Query and fragment of an address inside of markup."""

_DATA = re.compile(r"""\b(data:[a-z]*/?)[^\s"'<>]*""", re.IGNORECASE)

_IDENTIFIER = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<![a-z0-9])(?=[a-f]*[0-9])[0-9a-f]{12,}(?![a-z0-9])|[0-9]{5,}",
    re.IGNORECASE,
)
"""A part of a name that is another one in each browser or for each visitor."""


def address(url: str) -> str:
    """An address without query and fragment, not longer than findings keep."""
    return re.split(r"[?#]", url, maxsplit=1)[0][:LONGEST]


def markup(element: str) -> str:
    """The start tag of an element; in place of queries and fragments stands `?…`, in place of data `…`."""
    return _QUERY.sub("?…", _DATA.sub(r"\1…", element))


def name(stored: str) -> str:
    """The name of something stored; `*` stands for numbers that identify, so that it is always the same."""
    return _IDENTIFIER.sub("*", stored)[:LONGEST]
