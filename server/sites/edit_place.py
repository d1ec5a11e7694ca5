"""Where an edit has changed a draft, if that is one field, or one entry of a table. Pure.

By this, undoing knows what one person did in one go, without reading any state of the draft.
"""

from collections.abc import Sequence

from server.sites import document_diff
from server.sites.document_diff import Change, Path
from server.sites.document_types import Document

ADDED = "+"
"""In front of the place of an entry that was not there before."""


def place_of(changes: Sequence[Change]) -> str:
    """The path of the field that differs, such as `texts.nb.title`; empty if more than one does.

    An entry of a list is one thing: `+services.0.cookies.2` if it was added; without the plus, if another
    name makes it another entry in the same place. What was removed, or put in another order, has no place.
    """
    match changes:
        case (Change(moved=True),) | (Change(new=None),):
            return ""
        case (Change(old=None, new=tuple(path)),):
            return ADDED + _text(path)
        case (Change(old=tuple(old), new=tuple(new)),):
            # Where a text is empty on one side, that side has the path of what is around it.
            return _text(max(old, new, key=len))
        case (Change(old=None, new=tuple(new)), Change(old=tuple(old), new=None)) if old == new:
            return _text(new)
    return ""


def goes_on(place: str, then: str) -> bool:
    """Whether a save at the second place goes on with an edit that began at the first.

    It does in the same field, and within an entry that the edit has added.
    """
    if place.startswith(ADDED):
        entry = place.removeprefix(ADDED)
        return then == entry or then.startswith(f"{entry}.")
    return place != "" and then == place


def is_left(before: Document, after: Document, now: Document) -> bool:
    """Whether anything that an edit changed is still otherwise than before it, whoever made it so."""
    edited, other = ({_known(one) for one in document_diff.changes(before, each)} for each in (after, now))
    return not edited.isdisjoint(other)


def _known(change: Change) -> object:
    """Where a change is in the first document; of what was not there, what it is called."""
    return document_diff.identity_of(change.after) if change.old is None else change.old


def _text(path: Path) -> str:
    return ".".join(map(str, path))
