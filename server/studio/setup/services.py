"""The second step of a set-up: which services the website uses."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.catalog import service as catalog
from server.catalog.values import Service as KnownService
from server.core.errors import NotFound
from server.sites import known_services as filling
from server.sites import setups
from server.sites.document_types import Document
from server.sites.setups import Setup
from server.sites.values import CONSENT_SERVICE
from server.studio.draft import catalog_words
from server.studio.draft.form_binding import Form
from server.studio.editor import drafts, known_services
from server.studio.guard import site
from server.studio.language import gettext, ngettext
from server.studio.setup import frame as setup_frame


@dataclass(frozen=True)
class _Suggested:
    """A service that the page of the website loads, and that is not in the draft."""

    known: KnownService
    host: str
    category: str
    """Name of the category that it would be in."""
    chosen: bool


def shown() -> ResponseReturnValue:
    """The services in the draft, those that the page loads, and the catalog."""
    return _shown(drafts.form())


def done() -> ResponseReturnValue:
    """Add what is ticked to the draft; with `search`, show what the catalog finds."""
    form = drafts.form()
    if request.form.get("do") == "search":
        return _shown(form, sent=True)
    chosen = [each for each in known_services.chosen_services() if not _is_there(each, form.document)]
    if not chosen:
        return setup_frame.onward("services")
    document, added = filling.with_known(form.document, chosen, {})
    pairs = [(known, service["category"]) for known, service in zip(chosen, added, strict=True)]
    gap = filling.signal_gap(pairs, form.document)
    if gap is not None:
        document = filling.with_signals(document, gap)
    names = ", ".join(each["name"] for each in added)
    subject = names if len(added) == 1 else f"{len(added)} services"
    if refused := drafts.save(document, action="services_added", subject=subject, detail=names[:300]):
        return _shown(drafts.unchanged(refused), drafts.status_of(refused), sent=True)
    said = [ngettext("%(num)s service is in the draft.", "%(num)s services are in the draft.", len(added))]
    if gap is not None and gap.off:
        said.append(
            gettext("Google Consent Mode is on, so that Google’s tags know what each visitor has chosen.")
        )
    return setup_frame.onward("services", " ".join(said))


def _is_there(known: KnownService, document: Document) -> bool:
    return filling.present(known, document["services"]) is not None


def _suggested(setup: Setup, document: Document, ticked: Sequence[str] | None) -> list[_Suggested]:
    """What the page loads and the draft has not.

    :param ticked: keys that the form has ticked; None: no form was sent, and what is certain is ticked
    """
    found = []
    for each in setup.suggestions:
        try:
            known = catalog.find(each.key)
        except NotFound:
            continue
        if _is_there(known, document):
            continue
        category = catalog_words.category_name(filling.suggested_category(known, document), document)
        chosen = each.certain if ticked is None else known.key in ticked
        found.append(_Suggested(known, each.host, category, chosen))
    return found


def _shown(form: Form, status: int = 200, *, sent: bool = False) -> Response:
    setup, document = setups.find(site().id), form.document
    # The address of the page has what is ticked, once somebody has ticked something.
    ticked = request.values.getlist("service") if sent or "q" in request.args else None
    suggested = _suggested(setup, document, ticked)
    return setup_frame.shown(
        "services",
        status,
        form=form,
        read_from=setup.url,
        suggested=suggested,
        present=[each for each in document["services"] if each["key"] != CONSENT_SERVICE],
        category_name=lambda key: catalog_words.category_name(key, document),
        **known_services.listed(form, without={each.known.key for each in suggested}),
    )
