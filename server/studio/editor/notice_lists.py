"""Editor of what a notice lists besides services: other processing, and processors and other recipients."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from server.core.errors import NotFound
from server.notices import parties
from server.sites import service as sites
from server.sites.document_types import ActivityBasis, Document, ProcessorRole
from server.studio.draft import countries, keyed_parts
from server.studio.draft.form_binding import Form
from server.studio.draft.keyed_parts import ACTIVITIES, PROCESSORS, Path
from server.studio.draft.service_words import TRANSFER_BASES
from server.studio.editor import drafts, origins, shown_languages
from server.studio.guard import blueprint, needs, site
from server.studio.language import gettext, lazy_gettext
from server.studio.views import page, redirect_with_flash

BASES: Mapping[ActivityBasis, str] = {
    "": lazy_gettext("Not chosen yet"),
    "consent": lazy_gettext("Consent: the person said yes, and may take it back"),
    "contract": lazy_gettext("Contract: needed for an agreement with the person"),
    "legal_obligation": lazy_gettext("Legal obligation: a law demands it"),
    "legitimate_interests": lazy_gettext("Legitimate interests: they outweigh those of the person"),
    "public_task": lazy_gettext("Public task: a law gives the task or the authority"),
    "vital_interests": lazy_gettext("Vital interests: to save life or health"),
}
BASIS_NAMES: Mapping[ActivityBasis, str] = {
    "consent": lazy_gettext("Consent"),
    "contract": lazy_gettext("Contract"),
    "legal_obligation": lazy_gettext("Legal obligation"),
    "legitimate_interests": lazy_gettext("Legitimate interests"),
    "public_task": lazy_gettext("Public task"),
    "vital_interests": lazy_gettext("Vital interests"),
}
"""Legal bases by name alone, for lists."""

ROLES: Mapping[ProcessorRole, str] = {
    "processor": lazy_gettext("Processor: works for you, on your instructions"),
    "joint_controller": lazy_gettext("Joint controller: decides with you what for and how"),
    "recipient": lazy_gettext("Other recipient: decides by itself, such as a carrier or an authority"),
}
ROLE_NAMES: Mapping[ProcessorRole, str] = {
    "processor": lazy_gettext("Processor"),
    "joint_controller": lazy_gettext("Joint controller"),
    "recipient": lazy_gettext("Other recipient"),
}
"""Roles by name alone, for lists."""


@dataclass(frozen=True)
class _Kind:
    """One of the two lists."""

    path: Path
    pages: str
    """Endpoint of the list, which is the name of its template too."""
    page: str
    """Endpoint of the page of one part."""
    what: str
    """What a part is called in sentences."""
    texts: tuple[str, ...]
    """What every language needs."""
    new: Callable[[str, str, str], Mapping[str, Any]]
    """A new part, of a key, a title, and the default language."""


_ACTIVITY = _Kind(
    ACTIVITIES,
    "activities",
    "activity",
    "processing",
    ("name", "purpose", "data", "retention"),
    lambda key, title, main: keyed_parts.new_activity(key, {main: title}),
)
_PROCESSOR = _Kind(
    PROCESSORS,
    "processors",
    "processor",
    "recipient",
    ("purpose",),
    lambda key, title, _main: keyed_parts.new_processor(key, title),
)


# --- other processing ------------------------------------------------------------------------------------


@blueprint.get("/sites/<key>/banner/notice/activities")
@needs("banner.edit")
def activities() -> ResponseReturnValue:
    """All processing beyond the services of the site."""
    return _list(_ACTIVITY, drafts.form())


@blueprint.post("/sites/<key>/banner/notice/activities")
@needs("banner.edit")
def add_activity() -> ResponseReturnValue:
    """Add processing; it is described on its own page."""
    return _add(_ACTIVITY)


@blueprint.get("/sites/<key>/banner/notice/activities/<part>")
@needs("banner.edit")
def activity(part: str) -> ResponseReturnValue:
    """The details of some processing."""
    return _one(_ACTIVITY, drafts.form((*ACTIVITIES, part)), part)


@blueprint.post("/sites/<key>/banner/notice/activities/<part>")
@needs("banner.edit")
def save_activity(part: str) -> ResponseReturnValue:
    """Save processing, or remove it."""
    return _save(_ACTIVITY, part)


# --- processors and other recipients -----------------------------------------------------------------------


@blueprint.get("/sites/<key>/banner/notice/processors")
@needs("banner.edit")
def processors() -> ResponseReturnValue:
    """All processors and other recipients beyond the providers of services."""
    return _list(_PROCESSOR, drafts.form())


@blueprint.post("/sites/<key>/banner/notice/processors")
@needs("banner.edit")
def add_processor() -> ResponseReturnValue:
    """Add a processor or another recipient; it is described on its own page."""
    return _add(_PROCESSOR)


@blueprint.get("/sites/<key>/banner/notice/processors/<part>")
@needs("banner.edit")
def processor(part: str) -> ResponseReturnValue:
    """The details of a processor or another recipient."""
    return _one(_PROCESSOR, drafts.form((*PROCESSORS, part)), part)


@blueprint.post("/sites/<key>/banner/notice/processors/<part>")
@needs("banner.edit")
def save_processor(part: str) -> ResponseReturnValue:
    """Save a processor or another recipient, or remove it."""
    return _save(_PROCESSOR, part)


# --- both --------------------------------------------------------------------------------------------------


def _add(kind: _Kind) -> ResponseReturnValue:
    stored = drafts.form()
    title = " ".join(request.form.get("name", "").split())
    if not title:
        return _list(kind, stored, 422, fault="is missing")
    parts = keyed_parts.parts_of(stored.document, kind.path)
    key = keyed_parts.free_key(title, {part["key"] for part in parts}, kind.page)
    new = kind.new(key, title, stored.document["default_language"])
    refused = drafts.save(keyed_parts.with_part(stored.document, kind.path, new))
    if refused is None:
        return redirect_with_flash(
            kind.page, gettext("%(name)s is added. Describe it next.", name=title), part=key
        )
    path = f"{'.'.join(map(str, kind.path))}.{len(parts)}.name"
    shown = drafts.unchanged(refused, elsewhere=refused.faults_apart_from(path))
    return _list(kind, shown, drafts.status_of(refused), name=title, fault=refused.fault_at(path))


def _save(kind: _Kind, key: str) -> ResponseReturnValue:
    root = (*kind.path, key)
    stored, document = drafts.edited(root)
    _index(kind, stored, key)
    if request.form.get("do") == "remove":
        title = title_of(stored.document, kind.path, key)
        if refused := drafts.save(keyed_parts.without_part(stored.document, kind.path, key)):
            return _one(kind, drafts.unchanged(refused, root), key, drafts.status_of(refused))
        return redirect_with_flash(
            kind.pages,
            gettext(
                "%(name)s is removed from the draft. Readers of the notice see it until you publish. "
                "The history of the draft can bring it back.",
                name=title,
            ),
        )
    if refused := drafts.save(document, root):
        return _one(kind, refused, key, drafts.status_of(refused))
    return redirect_with_flash(kind.page, gettext("Saved in the draft."), part=key)


def title_of(document: Document, list_path: Path, key: str) -> str:
    """What readers call a part of a list in the default language; its key if it has no name."""
    part = next(each for each in keyed_parts.parts_of(document, list_path) if each["key"] == key)
    name = part["name"]
    return (name if isinstance(name, str) else name.get(document["default_language"], "")) or key


def _index(kind: _Kind, form: Form, key: str) -> int:
    index = keyed_parts.index_of(form.document, kind.path, key)
    if index is None:
        raise NotFound(f"there is no such {kind.what} in the draft")
    return index


def _list(kind: _Kind, form: Form, status: int = 200, *, name: str = "", fault: str = "") -> Response:
    parts = keyed_parts.parts_of(form.document, kind.path)
    return page(
        f"banner/{kind.pages}.html",
        status,
        form=form,
        section="notice",
        place=kind.pages,
        parts=[(part, title_of(form.document, kind.path, part["key"])) for part in parts],
        language=form.document["default_language"],
        basis_names=BASIS_NAMES,
        role_names_short=ROLE_NAMES,
        new=name,
        fault=fault,
    )


def _one(kind: _Kind, form: Form, key: str, status: int = 200) -> Response:
    part = keyed_parts.parts_of(form.document, kind.path)[_index(kind, form, key)]
    prefix = f"{'.'.join(map(str, kind.path))}.{key}"
    return page(
        f"banner/{kind.page}.html",
        status,
        form=form,
        section="notice",
        place_here=origins.part_place(*map(str, kind.path), key),
        place=kind.pages,
        part=part,
        title_of_part=title_of(form.document, kind.path, key),
        prefix=prefix,
        countries=countries.groups(part["country"]),
        transfer_bases=TRANSFER_BASES,
        bases=BASES,
        roles=ROLES,
        language=drafts.language_of(form),
        spoken=shown_languages.of_page(form, [f"{prefix}.{text}.*" for text in kind.texts]),
        register_page=_register_page(kind, key),
    )


def _register_page(kind: _Kind, key: str) -> str:
    """The page of the register with the days of the agreement with a recipient; empty for other parts."""
    if kind is not _PROCESSOR:
        return ""
    # By the stored draft: a name that was only typed is in no register yet.
    document = sites.draft(site().id).document
    for party in parties.parties(document, {}):
        if any(use.kind == "processor" and use.key == key for use in party.uses):
            return url_for("studio.register_party", key=site().key, party=party.party_id, of="draft")
    return ""
