"""Preview: the real banner with the draft's configuration, in a frame without storage or network."""

import base64
import re

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from server.core.errors import Invalid
from server.core.headers import csp_nonce
from server.core.http import settings
from server.embed import service as embed
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import languages
from server.studio import drafts, form_binding
from server.studio.guard import blueprint, needs

_PARTS_AT = "/studio/preview-parts"
"""Base URL of the chunks; nothing is served there, an import map inlines them."""

_EVERYTHING = (("texts",), ("categories",), ("services",), ("appearance",), ("behaviour",), ("controller",))


@blueprint.get("/sites/<key>/preview")
@needs("banner.edit")
def preview() -> ResponseReturnValue:
    """Preview of the stored draft."""
    return _shown(drafts.form().document)


@blueprint.post("/sites/<key>/preview")
@needs("banner.edit")
def preview_typed() -> ResponseReturnValue:
    """Preview of the draft with the submitted fields; invalid ones are ignored."""
    stored = drafts.form(*_EVERYTHING)
    document = form_binding.bind(stored.document, drafts.typed(), stored.names)
    try:
        return _shown(sites.validate(document))
    except Invalid as fault:
        wrong, _others = form_binding.errors_by_field(fault.errors, stored.names)
        names = {name: path for name, path in stored.names.items() if name not in wrong}
        return _shown(form_binding.bind(stored.document, drafts.typed(), names))


def _shown(document: Document) -> Response:
    return shown_as(document, request.args.get("language", ""), request.args.get("scheme", ""))


def shown_as(document: Document, language: str, scheme: str) -> Response:
    """A page with only the banner, in this language and colour scheme if the document has them."""
    if language not in document["texts"]:
        language = languages(document)[0]
    ready = form_binding.for_preview(document, scheme=scheme)
    files = embed.preview(ready, language, public_url=settings().public_url, chunks_at=_PARTS_AT)
    return _caged(
        "data:",
        language=language,
        scheme=ready["appearance"]["scheme"],
        script=_inline(files.pop("script")),
        imports=_imports(files),
    )


def shown_exactly(script: bytes, language: str, *, gpc: bool, variant: int | None) -> Response:
    """A page with the banner of an earlier script, with or without the browser's GPC signal.

    `variant` is the place of the one to show, where the script chooses from two.
    Its other languages and its settings are loaded from their URLs.
    """
    parts = f"{settings().public_url}/w/"
    cage = f"{parts}; connect-src {parts}"
    return _caged(
        cage,
        language=language,
        scheme="",
        script=_inline(script),
        imports={},
        parts=parts,
        gpc=gpc,
        variant=variant,
    )


def _caged(scripts: str, **values: object) -> Response:
    """A page in a sandbox with an opaque origin: no cookies, no storage, no network."""
    answer = Response(render_template("studio/preview.html", **values), mimetype="text/html")
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'nonce-{csp_nonce()}' {scripts}; style-src 'nonce-{csp_nonce()}'; "
        "img-src data: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-scripts"
    )
    return answer


def _imports(files: dict[str, bytes]) -> dict[str, dict[str, str]]:
    """An import map that inlines all chunks."""
    mapped = {
        f"{settings().public_url}{_PARTS_AT}/{name}": "data:text/javascript;base64,"
        + base64.b64encode(data).decode()
        for name, data in files.items()
        if name.endswith(".js")
    }
    return {"imports": mapped}


def _inline(script: bytes) -> str:
    """The script escaped for a script element: nothing ends the element or opens a comment."""
    text = script.decode("utf-8")
    return re.sub(r"<(?=/script|script|!--)", r"\\x3c", text, flags=re.IGNORECASE)
