"""What a form shows when others saved the draft meanwhile: both values where they collide.

A page of one part may show it otherwise than the stored draft has it: a colleague removed it, or a cookie was
added that is not saved yet. The part is then carried in the form, signed, since fields alone do not make it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from server.core.http import settings
from server.core.signing import signer
from server.sites import document_merge
from server.sites import service as sites
from server.sites.document_merge import Conflict, Merge
from server.sites.document_types import Document
from server.sites.values import Draft
from server.studio.draft import change_words, editor_links, form_binding, keyed_parts
from server.studio.draft.form_binding import Form
from server.studio.draft.keyed_parts import Path
from server.studio.guard import site
from server.studio.language import gettext


def form(merge: Merge, newest: Draft, roots: Sequence[Path]) -> Form:
    """The form after two edits collided: own values with theirs beside them, to be saved on the newest."""
    document, carried_part = merge.start, carried(merge.start, newest.document, roots)
    names = form_binding.fields_of(document, *roots)
    by_path = {path: name for name, path in names.items()}
    stored, general = {}, []
    at = {id(conflict): path for conflict, path in document_merge.places(merge.conflicts, document)}
    for conflict in merge.conflicts:
        name = by_path.get(at.get(id(conflict), ()))
        if name is None or conflict.theirs is None:
            general.append(sentence(conflict, newest.document, merge.own))
        else:
            stored[name] = conflict.theirs
            parent = form_binding.value_at(document, names[name][:-1])
            parent[names[name][-1]] = conflict.own
    errors, others = form_binding.errors_by_field(merge.errors, names)
    return Form(
        document,
        newest.revision,
        names,
        errors=errors,
        general=tuple(general),
        elsewhere=editor_links.named(others, document),
        stored=stored,
        conflict=newest.updated_by,
        carried=carried_part,
    )


def sentence(conflict: Conflict, theirs: Document, own: Document) -> str:
    """What is said of two edits that collide and are no two values of a field."""
    if not conflict.place:
        return gettext("What you changed does not fit with what was changed meanwhile.")
    if conflict.moved:
        return gettext("Somebody else changed the order, too. Theirs is kept.")
    what = _what(conflict, theirs, own)
    if conflict.theirs is None and isinstance(conflict.own, str):
        # A text in a language that is gone, which no field shows.
        return gettext("%(what)s was removed meanwhile. You wrote: %(text)s", what=what, text=conflict.own)
    if conflict.theirs is None:
        return gettext(
            "%(what)s was removed meanwhile. What you wrote is below; save to put it back.", what=what
        )
    if conflict.own is None:
        return gettext(
            "%(what)s was changed meanwhile, and is still there. Do the same again to remove it.", what=what
        )
    return gettext("Somebody else changed %(what)s, too. Theirs is kept.", what=what)


def _what(conflict: Conflict, theirs: Document, own: Document) -> str:
    """What staff call that which collides."""
    value, document = (conflict.own, own) if conflict.theirs is None else (conflict.theirs, theirs)
    if isinstance(value, Mapping) and isinstance(conflict.place[-1], tuple):
        return change_words.called(value, document)
    if conflict.place[0] == "texts" and len(conflict.place) == 2:
        code = str(conflict.place[1])
        return next((each.name for each in sites.known_languages() if each.code == code), code)
    path = document_merge.path_of(conflict.place, document) or ()
    return editor_links.link_to(".".join(map(str, path)), document).label


# --- parts that the stored draft does not have so ----------------------------------------------------------


def carried(shown: Document, stored: Document, roots: Sequence[Path]) -> str:
    """The part of a page for the form to carry; empty if its fields are enough."""
    if ("texts",) in roots and not shown["texts"].keys() <= stored["texts"].keys():
        return _signed(["texts"], shown["texts"])
    for list_path, part in _parts(shown, roots):
        index = keyed_parts.index_of(stored, list_path, part["key"])
        before = None if index is None else keyed_parts.parts_of(stored, list_path)[index]
        if before is None or _cookies(part) != _cookies(before):
            return _signed(list(list_path), part)
    return ""


def _signed(path: list[str | int], part: Mapping[str, Any]) -> str:
    signed = _signer().dumps({"list": path, "part": part})
    return signed if isinstance(signed, str) else signed.decode()


def with_carried(document: Document, carried: str) -> Document:
    """The draft with the part that a form carries; what this server did not sign is left out."""
    try:
        found = _signer().loads(carried) if carried else None
    except BadData:
        return document
    if not found:
        return document
    if found["list"] == ["texts"]:
        return {**document, "texts": found["part"]}
    return keyed_parts.with_part_as(document, tuple(found["list"]), found["part"])


def _parts(document: Document, roots: Sequence[Path]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for root in roots:
        list_path, path = keyed_parts.list_of(root), keyed_parts.located(document, root)
        if list_path is not None and path is not None:
            yield list_path, form_binding.value_at(document, path[: len(list_path) + 1])


def _cookies(part: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [(each["name"], each["host"], each["kind"]) for each in part.get("cookies", ())]


def _signer() -> URLSafeSerializer:
    return signer(settings().secret_key, f"part of the draft of {site().id}")
