"""Loading and saving the draft by forms; what was typed is preserved on every error."""

from dataclasses import replace
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import Invalid, PreconditionFailed
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import languages
from server.studio import form_binding
from server.studio.form_binding import Form
from server.studio.guard import identity, site
from server.studio.keyed_parts import Path
from server.studio.views import redirect_with_flash


def form(*roots: Path) -> Form:
    """The stored draft below these paths."""
    draft = sites.draft(site().id)
    return Form(draft.document, draft.revision, form_binding.fields_of(draft.document, *roots))


def typed() -> dict[str, str]:
    """The submitted fields; a switch sends `off` and perhaps `on`, of which the last counts."""
    return {name: values[-1] for name, values in request.form.lists()}


def edited(*roots: Path) -> tuple[Form, Document]:
    """The stored draft below these paths, and the draft with the submitted fields."""
    stored = form(*roots)
    return stored, form_binding.bind(stored.document, typed(), stored.names)


def save(
    document: Document, *roots: Path, action: str = "", subject: str = "", detail: str = ""
) -> Form | None:
    """Save the draft, and with an action record it in the audit log.

    On failure, returns the form with what was typed and the errors.
    """
    names = form_binding.fields_of(document, *roots)
    shown = Form(document, revision(), names)
    try:
        now = clock.now()
        with transaction():
            sites.save_draft(
                site().id,
                document,
                by=identity().email,
                now=now,
                expected_revision=shown.revision,
            )
            if action:
                audit_log.record_event(
                    action,
                    by=identity().actor,
                    site_id=site().id,
                    subject=subject,
                    detail=detail,
                    now=now,
                )
    except Invalid as fault:
        errors, general = form_binding.errors_by_field(fault.errors, names)
        return replace(shown, errors=errors, general=general)
    except PreconditionFailed:
        newest = sites.draft(site().id)
        return replace(
            shown,
            revision=newest.revision,
            stored=form_binding.differences(document, newest.document, names),
            conflict=newest.updated_by,
        )
    return None


def status_of(refused: Form) -> int:
    """HTTP status for a form that could not be saved."""
    return 409 if refused.conflict else 422


def language_of(form: Form) -> str:
    """The language of the page: the requested one, or the default language."""
    spoken = languages(form.document)
    requested = request.values.get("language", "")
    return requested if requested in spoken else spoken[0]


def onward(
    endpoint: str, message: str, language: str | None, field: str, **values: Any
) -> ResponseReturnValue:
    """Redirect after saving: to the page as it was, or in the language of the second button to a field."""
    following = request.form.get("next")
    if not following:
        return redirect_with_flash(endpoint, message, language=language, **values)
    values |= {"language": following, "_anchor": f"{field}.{following}"}
    answer = redirect_with_flash(endpoint, message, **values)
    if "HX-Request" not in request.headers:
        return answer
    # The address has the language: the browser loads the page, instead of swapping it in.
    return Response(status=204, headers={"HX-Redirect": answer.location})


def revision() -> int:
    """The revision of the draft that the form was made of; -1, which is a conflict, if it names none."""
    number = parsing.number(request.form.get("revision", ""))
    return -1 if number is None else number
