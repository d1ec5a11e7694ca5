"""Loading and saving the draft by forms; what was typed is preserved on every error."""

from dataclasses import replace

from flask import flash, request

from server.accounts.service import audit_log
from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import Invalid, PreconditionFailed
from server.sites import document_merge, draft_history
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Draft, languages
from server.studio import authors
from server.studio.draft import editor_links, form_binding
from server.studio.draft.form_binding import Elsewhere, Form
from server.studio.draft.keyed_parts import Path
from server.studio.editor import collisions
from server.studio.guard import identity, site
from server.studio.language import gettext

TRIES = 3
"""How often a merged draft is saved before somebody who saves at the same moment has the way."""


def form(*roots: Path) -> Form:
    """The draft below these paths: as the form that is sent was made of it, or as it is stored.

    A part that the form shows otherwise than the draft had it is as it is shown.
    """
    draft = _base() or sites.draft(site().id)
    document = collisions.with_carried(draft.document, request.form.get("carried", ""))
    return Form(document, draft.revision, form_binding.fields_of(document, *roots))


def unchanged(refused: Form, *roots: Path, elsewhere: tuple[Elsewhere, ...] | None = None) -> Form:
    """The form without what was refused, for actions that are not typed into a field.

    `elsewhere` are the errors that the page does not show by a field of its own: all, unless given.
    """
    faults = refused.elsewhere if elsewhere is None else elsewhere
    if not refused.conflict:
        return replace(form(*roots), revision=refused.revision, elsewhere=faults)
    newest = sites.draft(site().id)
    names = form_binding.fields_of(newest.document, *roots)
    return Form(
        newest.document,
        newest.revision,
        names,
        general=refused.general,
        elsewhere=faults,
        conflict=refused.conflict,
    )


def typed() -> dict[str, str]:
    """The submitted fields; a switch sends `off` and perhaps `on`, of which the last counts.

    Without those of which somebody chose what a colleague has saved.
    """
    sent = {name: values[-1] for name, values in request.form.lists()}
    return {
        name: value
        for name, value in sent.items()
        if sent.get(f"take.{name}") != "theirs" and not name.startswith("take.")
    }


def edited(*roots: Path) -> tuple[Form, Document]:
    """The draft below these paths, and the draft with the submitted fields."""
    stored = form(*roots)
    return stored, form_binding.bind(stored.document, typed(), stored.names)


def save(
    document: Document, *roots: Path, action: str = "", subject: str = "", detail: str = ""
) -> Form | None:
    """Save the draft, and with an action record it in the audit log.

    What others saved since the form was made is merged. On failure, returns the form with what was typed and
    the errors, or what collides.
    """
    names = form_binding.fields_of(document, *roots)
    shown = Form(document, revision(), names)
    before = _base()
    try:
        own = sites.validate(document)
    except Invalid as fault:
        errors, others = form_binding.errors_by_field(fault.errors, names)
        elsewhere = editor_links.named(others, document)
        carried = collisions.carried(document, before.document if before else document, roots)
        return replace(shown, errors=errors, elsewhere=elsewhere, carried=carried)
    value, expected, colleague = own, shown.revision, ""
    for _ in range(TRIES):
        try:
            now = clock.now()
            with transaction():
                sites.save_draft(site().id, value, by=identity().email, now=now, expected_revision=expected)
                if action:
                    audit_log.record_event(
                        action,
                        by=identity().actor,
                        site_id=site().id,
                        subject=subject,
                        detail=detail,
                        now=now,
                    )
        except PreconditionFailed:
            newest = sites.draft(site().id)
            shown = replace(shown, revision=newest.revision, conflict=newest.updated_by)
            if before is None:
                return replace(shown, stored=form_binding.differences(document, newest.document, names))
            merge = document_merge.merged(_valid(before.document), own, _valid(newest.document))
            shown = collisions.form(merge, newest, roots)
            if merge.conflicts:
                return shown
            value, expected, colleague = merge.document, newest.revision, newest.updated_by
        else:
            if colleague:
                flash(_together_with(colleague), "success")
            return None
    return shown


def _base() -> Draft | None:
    """The draft of which the form that is sent was made; None if none is, or it is not kept any more."""
    if request.method != "POST" or "revision" not in request.form:
        return None
    return draft_history.base(site().id, revision())


def _valid(document: Document) -> Document:
    """The document as it would be saved today, so that only what somebody changed differs."""
    try:
        return sites.validate(document)
    except Invalid:
        return document


def _together_with(colleague: str) -> str:
    if colleague == identity().email:
        return gettext("Saved, together with what you changed in another window meanwhile.")
    return gettext("Saved, together with what %(name)s changed meanwhile.", name=authors.named(colleague))


def status_of(refused: Form) -> int:
    """HTTP status for a form that could not be saved."""
    return 409 if refused.conflict else 422


def language_of(form: Form) -> str:
    """The language of the page: the requested one, or the default language."""
    spoken = languages(form.document)
    requested = request.values.get("language", "")
    return requested if requested in spoken else spoken[0]


def revision() -> int:
    """The revision of the draft that the form was made of; -1, which is a conflict, if it names none."""
    number = parsing.number(request.form.get("revision", ""))
    return -1 if number is None else number
