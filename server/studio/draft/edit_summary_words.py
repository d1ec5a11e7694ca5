"""Which places of a draft somebody edited, in words. Pure."""

from server.sites import edit_summary
from server.sites.edit_summary import Line, Place
from server.sites.inheritance import TOOL_KEYS
from server.studio.draft import field_words
from server.studio.language import gettext, language_name, ngettext

_UNNAMED = frozenset(("colours", "contacts", "signals", "google", "tools", "mapping"))
"""Keys that group fields of a form that has no heading for them."""


def worded(stored: str) -> str:
    """A line of `edit_summary` in the language of the reader; as it is if it is none."""
    found = edit_summary.read(stored)
    return stored if found is None else in_words(found)


def in_words(line: Line) -> str:
    """Places, and how many more there are."""
    said = [_place(each) for each in line.places]
    if line.left_out:
        said.append(ngettext("one more", "%(num)s more", line.left_out))
    return "; ".join(said)


def _place(place: Place) -> str:
    what, number = _named(place.steps), place.number
    if place.kind == "added":
        if number > 1:
            return gettext("%(what)s: %(number)s added", what=what, number=number)
        return gettext("%(what)s added", what=what)
    if place.kind == "removed":
        if number > 1:
            return gettext("%(what)s: %(number)s removed", what=what, number=number)
        return gettext("%(what)s removed", what=what)
    if place.kind == "moved":
        return gettext("%(what)s in another order", what=what)
    if number > 1:
        return ngettext("%(what)s: one change", "%(what)s: %(num)s changes", number, what=what)
    return what


def _named(steps: tuple[str, ...]) -> str:
    """A place as the editor calls it: the page, the part, the field, and the language last."""
    above = edit_summary.list_of(steps)
    if above:
        page, name, fields = above[-1], steps[len(above) : len(above) + 1], steps[len(above) + 1 :]
        title = field_words.LISTS["notice" if page == "sections" else page]
    else:
        head, *below = steps
        of_tools = head == "behaviour" and below[:1] and below[0] in TOOL_KEYS
        page, name, fields = ("tools" if of_tools else head), (), tuple(below)
        title = field_words.SECTIONS.get(page) or field_words.LISTS.get(page) or field_words.field_label(page)
    place = "supervisory" if "supervisory_authority" in fields else page
    named = [field_words.field_label(step, place) for step in fields if not _is_silent(step)]
    languages = [language_name(step) for step in fields if edit_summary.is_language(step)]
    return ", ".join([" › ".join([str(title), *name, *named]), *languages])


def _is_silent(step: str) -> bool:
    return step in _UNNAMED or edit_summary.is_language(step)
