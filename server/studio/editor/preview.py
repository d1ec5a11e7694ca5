"""Preview: what visitors would see of the draft, in a frame without storage or network."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.core import clock
from server.core.errors import Invalid
from server.core.headers import csp_nonce
from server.core.http import settings
from server.embed import service as embed
from server.notices.draft_pages import draft_cookies_page, draft_page
from server.sites import scope_diff
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import direction, languages, optional_categories
from server.studio.draft import form_binding, preview_scenes
from server.studio.draft.preview_document import for_preview, sent_fields
from server.studio.editor import drafts
from server.studio.guard import blueprint, needs, site
from server.studio.language import current, gettext
from server.studio.views import asset, page

_PARTS_AT = "/studio/preview-parts"
"""Base URL of the chunks; nothing is served there, an import map inlines them."""

WIDTHS = (390, 768, 1120)
"""Widths of devices in CSS pixels: a phone, a tablet, a desktop."""

PHONE_HEIGHT = 664
"""CSS pixels that a browser's own bars leave of a phone of that width (390 × 844)."""


@dataclass(frozen=True)
class Look:
    """How a banner is looked at."""

    language: str = ""
    """One of the banner's languages; empty or another: the main one."""
    scheme: str = ""
    """`light` or `dark`; empty or another: as the draft says."""
    visit: preview_scenes.Visit = "first"
    """Who the visitor is."""
    service: str = ""
    """The service whose content is blocked on the sample page; empty or unknown: the first there is."""


@blueprint.get("/sites/<key>/preview")
@needs("banner.edit")
def preview() -> ResponseReturnValue:
    """Preview of the stored draft."""
    return _shown(drafts.form().document)


@blueprint.post("/sites/<key>/preview")
@needs("banner.edit")
def preview_typed() -> ResponseReturnValue:
    """Preview of the draft with the submitted fields; invalid ones are ignored."""
    return _shown(_typed())


@blueprint.get("/sites/<key>/preview/full")
@needs("banner.edit")
def full_preview() -> ResponseReturnValue:
    """The preview of the stored draft on a page of its own."""
    return _full(drafts.form().document, {})


@blueprint.post("/sites/<key>/preview/full")
@needs("banner.edit")
def full_preview_typed() -> ResponseReturnValue:
    """The preview of the draft with the submitted fields on a page of its own, which keeps them."""
    sent = drafts.typed()
    known = sent_fields(drafts.form().document, sent)
    kept = {name: sent[name] for name in (*known, "revision", "carried") if name in sent}
    return _full(_typed(), kept)


def _typed() -> Document:
    """The draft with the submitted fields, as far as they are valid."""
    stored, sent = drafts.form(), drafts.typed()
    names = sent_fields(stored.document, sent)
    document = form_binding.bind(stored.document, sent, names)
    try:
        return sites.validate(document)
    except Invalid as fault:
        wrong, _others = form_binding.errors_by_field(fault.errors, names)
        right = {name: path for name, path in names.items() if name not in wrong}
        return form_binding.bind(stored.document, sent, right)


def _full(document: Document, kept: Mapping[str, str]) -> Response:
    """The page of the preview alone; `kept` are fields that are not saved."""
    state = request.args.get("state", "")
    return page(
        "preview_full.html",
        form=form_binding.Form(document, 0, {}),
        kept=kept,
        language=_spoken(document, request.args.get("language", "")),
        state=state if state in preview_scenes.STATES else "banner",
        scheme=request.args.get("scheme", ""),
    )


@blueprint.context_processor
def _panel() -> dict[str, Callable[[], Mapping[str, object]]]:
    """Lets each page of the editor show the preview."""
    return {"preview_values": _panel_values}


def _panel_values() -> Mapping[str, object]:
    return {
        "scenes": preview_scenes.as_json(),
        "states": preview_scenes.STATES,
        "widths": WIDTHS,
        "phone_height": PHONE_HEIGHT,
        "names": {one.code: one.name for one in sites.known_languages()},
    }


def _shown(document: Document) -> Response:
    asked = request.args
    language = _spoken(document, asked.get("language", ""))
    kind = asked.get("page", "")
    if kind in preview_scenes.PAGES:
        return _notice(document, language, kind)
    visit: preview_scenes.Visit = next(
        (each for each in preview_scenes.VISITS if each == asked.get("visit")), "first"
    )
    look = Look(language, asked.get("scheme", ""), visit, asked.get("service", ""))
    return _banner(document, look)


def _spoken(document: Document, language: str) -> str:
    return language if language in document["texts"] else languages(document)[0]


def _notice(document: Document, language: str, kind: str) -> Response:
    """The privacy notice of the document, or its cookie declaration."""

    def here(code: str | None) -> str:
        return url_for("studio.preview", key=site().key, page=kind, language=code)

    make = draft_cookies_page if kind == "cookies" else draft_page
    html = make(site(), document, language, here=here, script=asset("preview_frame.js"), now=clock.now())
    return _caged(html, styles="'self'")


def shown_as(document: Document, language: str, scheme: str) -> Response:
    """A page with only the banner, in this language and colour scheme if the document has them."""
    return _banner(document, Look(_spoken(document, language), scheme))


def _banner(document: Document, look: Look) -> Response:
    """The banner on a sample page, as this visitor sees it."""
    objection = look.visit if look.visit in ("gpc", "dnt") else ""
    ready = for_preview(document, language=look.language, scheme=look.scheme, objection=objection)
    grown = _grown(document) if look.visit == "again" else ()
    files = embed.preview(
        ready,
        look.language,
        public_url=settings().public_url,
        chunks_at=_PARTS_AT,
        grown=grown or _example(ready) if look.visit == "again" else (),
        announcement=_announcement(look.language) if look.visit == "announced" else {},
    )
    # Only a developer's page asks for these.
    for name in ("debug.js", "debug.json"):
        files.pop(name)
    if look.visit == "offline":
        files = {name: data for name, data in files.items() if not name.startswith("settings-")}
    return _caged(
        _page(
            ready,
            look,
            script=_inline(files.pop("script")),
            imports=_imports(files),
            example=look.visit == "again" and not grown,
        ),
        scripts="data:",
        frames="data:",
    )


def _page(document: Document, look: Look, **values: object) -> str:
    categories = optional_categories(document)
    offered = [each for each in document["services"] if each["category"] in categories]
    named = next((each for each in offered if each["key"] == look.service), offered[0] if offered else None)
    return render_template(
        "studio/preview.html",
        language=look.language,
        direction=direction(look.language),
        scheme=document["appearance"]["scheme"],
        visit=look.visit,
        categories=categories,
        blocked=named,
        category=named["category"] if named else next(iter(categories), ""),
        helper=asset("preview_frame.js"),
        # Content that needs no network; the first is of a kind that the banner shows as a film.
        film=_content("#video"),
        map=_content(),
        **values,
    )


def _content(ending: str = "") -> str:
    """The address of what stands for content of others."""
    return f"data:text/html;charset=utf-8,{quote(gettext('Here the content is shown.'))}{ending}"


def _grown(document: Document) -> tuple[str, ...]:
    """Keys of what publishing would ask visitors about again; none if it would ask nobody."""
    newest = sites.newest(site().id)
    if newest is None:
        return ()
    difference = scope_diff.diff(newest.document, document)
    return (*sorted(difference.categories), *sorted(difference.services))


def _example(document: Document) -> tuple[str, ...]:
    """Keys of what stands for something new where the draft has nothing new: the last service there is."""
    categories = optional_categories(document)
    last = next((each for each in reversed(document["services"]) if each["category"] in categories), None)
    return (last["category"], last["key"]) if last else tuple(categories[-1:])


def _announcement(language: str) -> dict[str, str]:
    """What the site announced last in a language, or a sentence that stands for it."""
    newest = sites.newest_announcement(site().id)
    if newest and language in newest.announcement:
        return {language: newest.announcement[language]}
    return {current(): gettext("Here visitors read what you write about the change when you publish it.")}


def shown_exactly(script: bytes, language: str, *, gpc: bool, variant: int | None) -> Response:
    """A page with the banner of an earlier script, with or without the browser's GPC signal.

    `variant` is the place of the one to show, where the script chooses from two.
    Its other languages and its settings are loaded from their URLs.
    """
    parts = f"{settings().public_url}/w/"
    html = render_template(
        "studio/preview.html",
        language=language,
        direction=direction(language),
        scheme="",
        script=_inline(script),
        imports={},
        helper=asset("preview_frame.js"),
        parts=parts,
        gpc=gpc,
        variant=variant,
    )
    return _caged(html, scripts=f"{parts}; connect-src {parts}")


def _caged(html: str, *, scripts: str = "", styles: str = "", frames: str = "'none'") -> Response:
    """A page in a sandbox with an opaque origin: no cookies, no storage, no network."""
    answer = Response(html, mimetype="text/html")
    nonce = f"'nonce-{csp_nonce()}'"
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {nonce} {scripts}; style-src {nonce} {styles}; frame-src {frames}; "
        "img-src 'self' data: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-scripts"
    )
    return answer


def _imports(
    files: Mapping[str, bytes] = MappingProxyType({}),
) -> dict[str, dict[str, str]]:
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
