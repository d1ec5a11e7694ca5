"""A site's draft as one file: downloaded, and brought into a draft after everybody has seen what changes."""

import base64
import binascii
import zlib
from collections.abc import Mapping

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock
from server.core.canonical import canonical
from server.core.db import transaction
from server.core.errors import DomainError, Invalid, PreconditionFailed
from server.core.http import as_json, settings
from server.core.strict_json import strict_json
from server.sites import document_diff, logos
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Draft
from server.studio.draft import change_words
from server.studio.editor import drafts
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext, ngettext
from server.studio.views import page, redirect_with_flash

LARGEST = 768 * 1024
"""Most bytes of a file, packed or not; a document may have as many."""


@blueprint.get("/sites/<key>/file")
@needs("site.read")
def site_file() -> ResponseReturnValue:
    """Where the draft is downloaded as a file, and where one is chosen to replace it."""
    return _page(200, {}, {})


@blueprint.get("/sites/<key>/file/banner.json")
@needs("site.read")
def download_file() -> ResponseReturnValue:
    """The draft as `samtykke banner export` prints it."""
    answer = as_json(sites.draft(site().id).document)
    answer.headers["Content-Disposition"] = f'attachment; filename="{site().key}.json"'
    return answer


@blueprint.post("/sites/<key>/file")
@needs("banner.edit")
def read_file() -> ResponseReturnValue:
    """Show what a file would change in the draft; nothing is saved."""
    try:
        document = _chosen()
    except Invalid as fault:
        return _page(422, {"file": str(fault.errors.get("file", ""))}, fault.errors)
    return _changes(document, sites.draft(site().id))


@blueprint.post("/sites/<key>/file/take")
@needs("banner.edit")
def take_file() -> ResponseReturnValue:
    """Replace the draft by what was shown."""
    try:
        document = _carried(request.form.get("document", ""))
    except DomainError:
        fault = "has to be chosen again"
        return _page(422, {"file": fault}, {"file": fault})
    draft, now = sites.draft(site().id), clock.now()
    count = len(document_diff.changes(draft.document, document))
    try:
        with transaction():
            own = logos.adopted(
                document, site(), public_url=settings().public_url, by=identity().email, now=now
            )
            saved = sites.save_draft(
                site().id, own, by=identity().email, now=now, expected_revision=drafts.revision()
            )
            subject = f"revision {saved.revision}"
            audit_log.record_event(
                "draft_imported", by=identity().actor, site_id=site().id, subject=subject, now=now
            )
    except PreconditionFailed as fault:
        return _changes(document, sites.draft(site().id), fault.status, moved=True)
    message = ngettext(
        "One change was taken into the draft. What it was is in its history.",
        "%(num)s changes were taken into the draft. What it was is in its history.",
        count,
    )
    return redirect_with_flash("banner", message)


def _chosen() -> Document:
    """The document in the file of the request.

    :raises Invalid: `file`, or the fields of the document that cannot be used.
    """
    file = request.files.get("file")
    data = b""
    if file and file.filename:
        with file.stream:
            data = file.stream.read(LARGEST + 1)
    if not data:
        raise Invalid("some fields are not as they should be", errors={"file": "is not chosen, or is empty"})
    if len(data) > LARGEST:
        raise Invalid(
            "some fields are not as they should be", errors={"file": f"is larger than {LARGEST // 1024} KB"}
        )
    try:
        return sites.validate(strict_json(data))
    except Invalid as fault:
        raise Invalid(fault.message, errors={"file": "is not a banner document", **fault.errors}) from fault
    except DomainError as fault:
        raise Invalid(fault.message, errors={"file": "is not JSON that every program reads alike"}) from fault


def _packed(document: Document) -> str:
    """A document that a form carries to the next page."""
    return base64.b64encode(zlib.compress(canonical(document))).decode("ascii")


def _carried(packed: str) -> Document:
    """What `_packed` made, validated again: a form may send anything.

    :raises DomainError: it is something else.
    """
    try:
        unpacking = zlib.decompressobj()
        raw = unpacking.decompress(base64.b64decode(packed, validate=True), LARGEST + 1)
    except (binascii.Error, ValueError, zlib.error) as fault:
        raise Invalid(
            "some fields are not as they should be", errors={"file": "has to be chosen again"}
        ) from fault
    return sites.validate(strict_json(raw))


def _page(status: int, errors: dict[str, str], faults: Mapping[str, object]) -> Response:
    found = [(path, str(sentence)) for path, sentence in faults.items() if path != "file"]
    return page("sites/file.html", status, errors=errors, faults=found)


def _changes(document: Document, draft: Draft, status: int = 200, *, moved: bool = False) -> Response:
    found = document_diff.changes(draft.document, document)
    if not found:
        return _page(422, {"file": "has exactly what the draft has"}, {})
    return page(
        "sites/file_changes.html",
        status,
        moved=moved,
        draft=draft,
        count=len(found),
        groups=change_words.groups(found, draft.document, document),
        packed=_packed(document),
        title=gettext("What the file changes"),
    )
