"""The third step of a set-up: how the banner looks."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.sites.appearance_css import custom_properties
from server.sites.document_types import Document
from server.sites.themes import themes, with_theme
from server.studio.draft.form_binding import Form
from server.studio.editor import appearance, drafts
from server.studio.language import gettext
from server.studio.setup import frame as setup_frame
from server.studio.views import redirect_with_flash

_ROOT = ("appearance",)

SEEN = frozenset({"appearance.logo", "appearance.logo_text"})
"""Fields that the step shows; the others are filled in by its themes and its colour."""


def shown() -> ResponseReturnValue:
    """Themes, the brand's colour and the logo, beside the live preview."""
    return _shown(drafts.form(_ROOT))


def done() -> ResponseReturnValue:
    """Save the appearance, and go on; or fill in what one of its buttons stands for."""
    stored, document = drafts.edited(_ROOT)
    do = request.form.get("do", "")
    filled = appearance.filled(document, do)
    if filled.faults:
        return _shown(replace(stored, document=document), 422, faults=filled.faults)
    if refused := drafts.save(filled.document, _ROOT):
        return _shown(refused, drafts.status_of(refused))
    if do != "next":
        said = " ".join((*filled.sentences, gettext("Saved in the draft.")))
        return redirect_with_flash("setup_step", said, stage="look")
    return setup_frame.onward("look")


def _rules(document: Document) -> str:
    """CSS that draws each theme as it would look."""
    return "".join(
        custom_properties(with_theme(document, key)["appearance"], f".theme-{key}") for key in themes()
    )


def _shown(form: Form, status: int = 200, *, faults: Mapping[str, str] = MappingProxyType({})) -> Response:
    words = appearance.words(form.document)
    return setup_frame.shown(
        "look",
        status,
        form=form,
        section="appearance",
        language=drafts.language_of(form),
        faults=faults,
        fault_labels=appearance.FAULT_LABELS,
        unseen=[(name, form.value(name)) for name in form.names if name not in SEEN],
        # Later rules count: those of the themes in the colours of the brand.
        **{**words, "theme_rules": f"{words['theme_rules']}{_rules(form.document)}"},
    )
