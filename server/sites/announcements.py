"""What visitors are notified of when a version is published: the text, and when one is proposed. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from server.sites.document_types import Document
from server.sites.values import LONGEST_ANNOUNCEMENT, Change, NotifyReason, fault_in_text, languages

SUBSTANTIAL = 20
"""Words by which the notice's own texts differ, in the default language, from which on a change is larger."""


def checked(announcement: Mapping[str, str], document: Document) -> dict[str, str]:
    """The announcement as it is stored: language → text without spaces around it."""
    codes = languages(document)
    return {code: announcement[code].strip() for code in codes if code in announcement}


def faults(announcement: Mapping[str, str], document: Document) -> dict[str, object]:
    """What is wrong with an announcement, by field; empty if nothing is.

    It needs a text in each language of the banner, because every visitor gets it, and has no other language.
    """
    found: dict[str, object] = {}
    codes = languages(document)
    for code in (*codes, *sorted(set(announcement) - set(codes))):
        if code not in codes:
            found[f"announcement.{code}"] = "is in a language that the banner does not have"
        elif not announcement.get(code, "").strip():
            found[f"announcement.{code}"] = "is empty: every language of the banner needs the text"
        elif fault := fault_in_text(announcement[code].strip(), longest=LONGEST_ANNOUNCEMENT, lines=True):
            found[f"announcement.{code}"] = fault
    return found


def proposed(before: Document | None, after: Document, change: Change) -> NotifyReason | None:
    """Why visitors should be notified of a change; None if it is small, or nothing was published before."""
    if before is None:
        return None
    if change == "scope":
        return "scope"
    if before["controller"]["name"] != after["controller"]["name"]:
        return "controller"
    old, new = _words(before), _words(after)
    return "notice" if ((old - new) + (new - old)).total() >= SUBSTANTIAL else None


def _words(document: Document) -> Counter[str]:
    """How often each word is in the notice's own texts, in the default language."""
    return Counter(word for text in _texts(document) for word in re.findall(r"\w+", text.lower()))


def _texts(document: Document) -> Iterator[str]:
    language = document["default_language"]
    for section in document["notice"]["sections"]:
        yield section["heading"].get(language, "")
        yield section["body"].get(language, "")
