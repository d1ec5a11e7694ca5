"""Uploading a logo, from the page of the appearance: at once by its script, and with the form without it."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.errors import Invalid
from server.core.http import settings
from server.sites import logos, page_addresses
from server.sites.document_types import Document
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext
from server.studio.sentences import translated

FILE = "logo_file"
"""Name of the field with the file."""


@blueprint.post("/sites/<key>/banner/appearance/logo")
@needs("banner.edit")
def upload_logo() -> ResponseReturnValue:
    """Store a logo for the page's script, which fills its address into the form; the draft stays as it is."""
    try:
        address, sentences = stored()
    except Invalid as fault:
        return jsonify(error=f"{gettext('The file')} {translated(fault_of(fault))}."), 422
    return jsonify(fields={"appearance.logo": address}, sentences=sentences)


def stored() -> tuple[str, tuple[str, ...]]:
    """Store the file of the request; its address, and what to say of it.

    :raises Invalid: no logo can be made of it, or none was chosen.
    :raises Unavailable: other logos are being made just now.
    """
    file = request.files.get(FILE)
    # One byte more than allowed is enough to refuse it.
    data = file.stream.read(logos.LARGEST + 1) if file and file.filename else b""
    logo, now = logos.made(data), clock.now()
    with transaction():
        logos.store(site().id, logo, by=identity().email, now=now)
        audit_log.record_event(
            "logo_uploaded",
            by=identity().actor,
            site_id=site().id,
            subject=logo.name,
            detail=f"{len(logo.content)} bytes",
            now=now,
        )
    said = [gettext("The logo is uploaded. Visitors see it once you publish.")]
    if logo.left_out:
        names = ", ".join(logo.left_out)
        said.append(gettext("Left out of the file, since a logo works without: %(names)s.", names=names))
    return settings().public_url + page_addresses.logo_path(site().key, logo.name), tuple(said)


def fault_of(fault: Invalid) -> str:
    """Why a file was refused, as the end of a sentence."""
    return str((fault.errors or {}).get("logo", fault.message))


def without(document: Document) -> Document:
    """The document without its logo."""
    return {**document, "appearance": {**document["appearance"], "logo": "", "logo_text": ""}}


def shown(document: Document, address: str) -> Document:
    """The document with a logo."""
    return {**document, "appearance": {**document["appearance"], "logo": address}}
