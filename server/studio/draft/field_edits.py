"""Edits of single fields, with what these had before: brought together with the draft as it is now. Pure.

A form that is saved while somebody types sends what each field that was changed had before. No earlier
state of the draft is needed to know what the form changed and what others did. What is not valid is left out,
so that one field that is not finished does not keep the others from being saved.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from server.core.errors import Invalid
from server.sites import document_merge
from server.sites.document_merge import Conflict, Merge
from server.sites.document_types import Document
from server.studio.draft import form_binding, keyed_parts
from server.studio.draft.form_binding import Elsewhere
from server.studio.draft.keyed_parts import Path

ROOTS = ("texts", "categories", "services", "appearance", "behaviour", "controller", "notice")
"""First steps of the names of fields."""

TRIED = 12
"""Most fields that are tried one by one, where it is not known which of them are wrong together."""


@dataclass(frozen=True)
class Outcome:
    """What edits of fields make of a draft."""

    document: Document
    """To be saved: with what is valid and collides with nothing."""
    names: Mapping[str, Path]
    """Fields of the parts that the form shows, in the draft as it was."""
    errors: Mapping[str, str]
    """Field → why it is not saved, as the end of a sentence."""
    elsewhere: tuple[Elsewhere, ...]
    """Why fields are not saved that are not valid together."""
    conflicts: Mapping[str, Any]
    """Field → what somebody else has saved there meanwhile."""
    collisions: tuple[Conflict, ...]
    """What collides and is no value of a field."""
    gone: tuple[str, ...]
    """Edited fields that the draft does not have any more."""

    def saved(self, name: str) -> bool:
        """Whether a field has what was sent, as far as this outcome is stored."""
        return name not in self.errors and name not in self.conflicts and name in self.names


def form_text(name: str, value: Any) -> str:
    """A value as the form sends it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(form_binding.displayed(name, value))


def names_in(document: Document, sent: Collection[str]) -> dict[str, Path]:
    """The fields of the parts of a draft that a form with these fields shows."""
    roots = dict.fromkeys(keyed_parts.root_of(name) for name in sent if name.partition(".")[0] in ROOTS)
    return form_binding.fields_of(document, *roots)


def applied(
    newest: Document,
    typed: Mapping[str, str],
    before: Mapping[str, str],
    validate: Callable[[object], Document],
) -> Outcome:
    """The draft with the fields that differ from what the form had before.

    :param typed: all fields of the form.
    :param before: what those had that somebody edited.
    """
    names = names_in(newest, typed)
    had = {**typed, **before}
    edited = [name for name in before if name in names and not _alike(typed[name], before[name])]
    gone = tuple(name for name in before if name not in names and name.partition(".")[0] in ROOTS)
    shown = {
        name: form_text(name, form_binding.value_at(newest, names[name])) for name in had if name in names
    }
    base = _bound(newest, had, names, shown)
    errors: dict[str, str] = {}

    def merged(kept: Collection[str]) -> Merge:
        own = _bound(newest, {**had, **{name: typed[name] for name in kept}}, names, shown)
        together = document_merge.merged(base, own, newest)
        if not together.errors:
            validate(together.document)
        return together

    kept = edited
    while True:
        try:
            merge = merged(kept)
            wrong, others = form_binding.errors_by_field(merge.errors, names)
        except Invalid as fault:
            wrong, others = form_binding.errors_by_field(fault.errors, names)
        else:
            if not merge.errors:
                return _outcome(newest, names, merge, errors, (), gone)
        found = {name: wrong[name] for name in kept if name in wrong}
        if not found:
            break
        errors |= found
        kept = [name for name in kept if name not in found]
    return _one_by_one(newest, names, merged, kept, errors, (*map(_elsewhere, wrong.items()), *others), gone)


def _one_by_one(
    newest: Document,
    names: Mapping[str, Path],
    merged: Callable[[Collection[str]], Merge],
    kept: Collection[str],
    errors: Mapping[str, str],
    elsewhere: tuple[Elsewhere, ...],
    gone: tuple[str, ...],
) -> Outcome:
    """As many of the fields as are valid together, in their order."""
    good: list[str] = []
    merge = Merge(newest, (), newest, newest)
    for name in list(kept)[:TRIED]:
        try:
            found = merged([*good, name])
        except Invalid:
            continue
        if not found.errors:
            good, merge = [*good, name], found
    return _outcome(newest, names, merge, errors, elsewhere, gone)


def _outcome(
    newest: Document,
    names: Mapping[str, Path],
    merge: Merge,
    errors: Mapping[str, str],
    elsewhere: tuple[Elsewhere, ...],
    gone: tuple[str, ...],
) -> Outcome:
    by_path = {path: name for name, path in names.items()}
    at = {id(each): path for each, path in document_merge.places(merge.conflicts, newest)}
    conflicts, collisions = {}, []
    for conflict in merge.conflicts:
        name = by_path.get(at.get(id(conflict), ()))
        if name is None or conflict.theirs is None:
            collisions.append(conflict)
        else:
            conflicts[name] = conflict.theirs
    return Outcome(merge.document, names, errors, elsewhere, conflicts, tuple(collisions), gone)


def _bound(
    document: Document, texts: Mapping[str, str], names: Mapping[str, Path], shown: Mapping[str, str]
) -> Document:
    """The document with fields as a form sends them; those that are shown so already stay as they are.

    :param shown: field → how the form shows what the document has
    """
    other = {name: texts[name] for name, text in shown.items() if not _alike(texts[name], text)}
    return form_binding.bind(document, other, {name: names[name] for name in other})


def _elsewhere(error: tuple[str, str]) -> Elsewhere:
    """The error of a field that nobody edited."""
    return Elsewhere(*error)


def _alike(one: str, other: str) -> bool:
    """Whether two texts of a field are the same; browsers send line ends of their own."""
    return one == other or one.replace("\r\n", "\n") == other.replace("\r\n", "\n")
