"""Editor of the notice: its sections, their order and their words."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from server.core import clock
from server.core.errors import NotFound
from server.notices.draft_pages import draft_page
from server.sites import rich_text, standard_sections
from server.sites.document_types import Document
from server.sites.values import languages
from server.studio.draft import keyed_parts, section_view
from server.studio.draft.form_binding import Form
from server.studio.draft.keyed_parts import SECTIONS
from server.studio.editor import drafts, origins, shown_languages
from server.studio.guard import blueprint, needs, site
from server.studio.language import article, gettext, lazy_gettext
from server.studio.views import page, redirect_with_flash

SAVED = lazy_gettext("Saved in the draft.")


@blueprint.get("/sites/<key>/banner/notice")
@needs("banner.edit")
def notice() -> ResponseReturnValue:
    """All sections in order, with whose words they have."""
    return _list(drafts.form())


@blueprint.post("/sites/<key>/banner/notice")
@needs("banner.edit")
def change_notice() -> ResponseReturnValue:
    """Move, hide or show a section."""
    document = drafts.form().document
    do, _colon, key = request.form.get("do", "").partition(":")
    if do in ("up", "down"):
        document = keyed_parts.with_moved_part(document, SECTIONS, key, by=-1 if do == "up" else 1)
    elif do in ("hide", "show"):
        document = section_view.with_hidden_section(document, key, hidden=do == "hide")
    if refused := drafts.save(document):
        return _list(drafts.unchanged(refused), drafts.status_of(refused))
    return redirect_with_flash("notice", str(SAVED))


@blueprint.post("/sites/<key>/banner/notice/sections")
@needs("banner.edit")
def add_notice_section() -> ResponseReturnValue:
    """Add a section; its text is written on its own page."""
    stored = drafts.form()
    title = " ".join(request.form.get("heading", "").split())
    if not title:
        return _list(stored, 422, fault="is missing")
    document, key = section_view.with_section(stored.document, title)
    if refused := drafts.save(document):
        path = f"notice.sections.{_index(document, key)}.heading"
        shown = drafts.unchanged(refused, elsewhere=refused.faults_apart_from(path))
        return _list(shown, drafts.status_of(refused), heading=title, fault=refused.fault_at(path))
    return redirect_with_flash(
        "notice_section", gettext("%(name)s is added. Write its text next.", name=title), part=key
    )


@blueprint.get("/sites/<key>/banner/notice/sections/<part>")
@needs("banner.edit")
def notice_section(part: str) -> ResponseReturnValue:
    """Heading and text of a section."""
    return _one(drafts.form((*SECTIONS, part)), part)


@blueprint.post("/sites/<key>/banner/notice/sections/<part>")
@needs("banner.edit")
def save_notice_section(part: str) -> ResponseReturnValue:
    """Save a section, and perform the action of the pressed button."""
    root = (*SECTIONS, part)
    stored, document = drafts.edited(root)
    _index(stored.document, part)
    do, _colon, language = request.form.get("do", "save").partition(":")
    message = str(SAVED)
    if do == "standard" and language in document["texts"]:
        document = standard_sections.with_standard_words(document, part, language)
        message = gettext("Heading and text are the standard words again.")
    elif do in ("hide", "show"):
        document = section_view.with_hidden_section(document, part, hidden=do == "hide")
        message = (
            gettext("The section is hidden from visitors once you publish.")
            if do == "hide"
            else gettext("The section is shown to visitors once you publish.")
        )
    elif do == "remove":
        document = section_view.without_section(document, part)
        if refused := drafts.save(document):
            shown = drafts.unchanged(refused, root)
            return _one(shown, part, drafts.status_of(refused))
        return redirect_with_flash(
            "notice",
            gettext(
                "The section is removed from the draft. Readers of the notice see it until you publish. "
                "The history of the draft can bring it back."
            ),
        )
    if refused := drafts.save(document, root):
        return _one(refused, part, drafts.status_of(refused))
    return redirect_with_flash("notice_section", message + _left_out(), part=part)


@blueprint.get("/sites/<key>/banner/notice/preview")
@needs("banner.edit")
def notice_preview() -> ResponseReturnValue:
    """The notice as visitors would see it if the draft were published now."""
    form = drafts.form()
    html = draft_page(
        site(),
        form.document,
        drafts.language_of(form),
        here=lambda code: url_for("studio.notice_preview", key=site().key, language=code),
        back=url_for("studio.notice", key=site().key),
        now=clock.now(),
    )
    return Response(html, mimetype="text/html")


def _left_out() -> str:
    """A sentence about what the typed texts had that a notice cannot have; empty if there was nothing."""
    texts = [text for name, text in drafts.typed().items() if ".body." in name]
    found = dict.fromkeys(each for text in texts for each in rich_text.removed(text.strip()))
    if not found:
        return ""
    left_out = gettext("Left out, because a notice cannot have it: %(elements)s.", elements=", ".join(found))
    return f" {left_out}"


def _index(document: Document, key: str) -> int:
    found = keyed_parts.index_of(document, SECTIONS, key)
    if found is None:
        raise NotFound("there is no such section in the draft")
    return found


def _list(form: Form, status: int = 200, *, heading: str = "", fault: str = "") -> Response:
    return page(
        "banner/notice.html",
        status,
        form=form,
        section="notice",
        place="sections",
        rows=section_view.rows(form.document),
        language=form.document["default_language"],
        languages=languages(form.document),
        language_names=shown_languages.own_names(),
        new=heading,
        fault=fault,
    )


def _one(form: Form, part: str, status: int = 200) -> Response:
    document = form.document
    index = _index(document, part)
    sections = document["notice"]["sections"]
    shown = section_view.row(document, sections[index])
    named = f"{'.'.join(map(str, SECTIONS))}.{part}"
    return page(
        "banner/notice_section.html",
        status,
        form=form,
        section="notice",
        place_here=origins.part_place(*map(str, SECTIONS), part),
        place="sections",
        row=shown,
        article=article(shown.article),
        prefix=named,
        before=sections[index - 1] if index else None,
        after=sections[index + 1] if index + 1 < len(sections) else None,
        standard_words=[
            code for code in languages(document) if standard_sections.shipped_section(part, code) is not None
        ],
        language=drafts.language_of(form),
        spoken=shown_languages.of_page(form, (f"{named}.heading.*", f"{named}.body.*")),
        elements=", ".join(rich_text.TAGS),
    )
