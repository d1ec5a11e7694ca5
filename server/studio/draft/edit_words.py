"""What an edit of a draft is called, where it can be undone. Pure."""

from itertools import takewhile

from server.sites import document_diff, edit_place
from server.sites.document_types import Document
from server.studio.draft import change_words
from server.studio.draft.editor_links import link_to
from server.studio.language import ngettext

_BELOW = " › "
"""Between a place and what is in it, as `editor_links` names them."""


def called(old: Document, new: Document) -> str:
    """The field or entry that an edit changed; of more than one, what they are all in, and how many."""
    found = document_diff.changes(old, new)
    place = edit_place.place_of(found).removeprefix(edit_place.ADDED)
    labels = [line.label for group in change_words.groups(found, old, new) for line in group.lines]
    if place:
        return link_to(place, new).label
    if len(labels) == 1:
        return labels[0]
    count = ngettext("one change", "%(num)s changes", len(labels))
    around = _around(labels)
    return f"{around}: {count}" if around else count


def _around(labels: list[str]) -> str:
    """The place that all labels begin with."""
    steps = zip(*(label.split(_BELOW) for label in labels), strict=False)
    return _BELOW.join(step[0] for step in takewhile(lambda step: len(set(step)) == 1, steps))
