"""Comparing a service of the draft with what the catalog says of it today, and taking that over by value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast, get_args

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.catalog import service as catalog
from server.catalog.values import Service as KnownService
from server.core.errors import NotFound
from server.core.parsing import day
from server.sites import catalog_descriptions, catalog_differences, catalog_news, known_services
from server.sites.catalog_differences import Difference, Kind
from server.sites.document_types import Document, Service
from server.studio.draft import catalog_words, form_binding
from server.studio.draft.form_binding import Form
from server.studio.editor import drafts
from server.studio.guard import blueprint, needs
from server.studio.language import gettext, ngettext
from server.studio.views import page, redirect_with_flash


@dataclass(frozen=True)
class Origin:
    """What the page of a service says of the catalog."""

    base: KnownService | None
    """The description that it was filled from; None: not known, or it was not filled."""
    newest: KnownService
    """What the catalog says today."""
    filled: bool
    """Whether it was filled from the catalog."""
    differences: tuple[Difference, ...]

    @property
    def offered(self) -> bool:
        """Whether it was filled from the catalog, and that has something to take over."""
        return self.filled and bool(self.differences)

    @property
    def filled_from_newest(self) -> bool:
        """Whether it was filled from what the catalog says today; what is offered is then a language more."""
        return self.base == self.newest


def origin(document: Document, service: Service) -> Origin | None:
    """Where a service came from; for one that staff entered, the service of the catalog that it seems to be.

    None if the catalog has neither.
    """
    return _origin(document, service, catalog_descriptions.of_document(document))


def offers(document: Document) -> Mapping[str, Origin]:
    """Key of a service that was filled from the catalog, and for which that has something to take over."""
    bases = catalog_descriptions.of_document(document)
    found = {each["key"]: _origin(document, each, bases) for each in catalog_news.newer(document)}
    return {key: each for key, each in found.items() if each is not None}


def _origin(document: Document, service: Service, bases: Mapping[str, KnownService]) -> Origin | None:
    newest = catalog_descriptions.newest(service)
    # One whose description the catalog has no more is not another one of a similar name.
    by_hand = not service["catalog"]["key"]
    known = known_services.described(service, catalog.services()) if by_hand else newest
    if known is None:
        return None
    base = bases.get(service["key"]) if newest else None
    changes = catalog_differences.differences(service, base, known, document)
    return Origin(base, known, newest is not None, changes)


@blueprint.get("/sites/<key>/banner/services/<service>/catalog")
@needs("banner.edit")
def catalog_update(service: str) -> ResponseReturnValue:
    """What the catalog would change of a service."""
    return _page(drafts.form(), service)


@blueprint.post("/sites/<key>/banner/services/<service>/catalog")
@needs("banner.edit")
def take_over(service: str) -> ResponseReturnValue:
    """Take the chosen values over from the catalog."""
    form = drafts.form()
    index, mine, found = _found(form.document, service)
    taken = frozenset(request.form.getlist("take"))
    if request.form.get("version") != catalog.version(found.newest):
        problem = gettext(
            "The catalog has changed since this page was opened. Nothing was saved; look again."
        )
        return _page(replace(form, general=(problem,)), service, 409, taken)
    chosen = {each.path for each in found.differences if each.name in taken}
    result = catalog_differences.taken_over(mine, found.newest, found.differences, chosen)
    services = [*form.document["services"]]
    services[index] = result
    document = cast("Document", {**form.document, "services": services})
    outcome = f"{len(chosen)} of {len(found.differences)} values taken over"
    subject = mine["name"] or service
    if refused := drafts.save(document, action="service_updated", subject=subject, detail=outcome):
        shown = drafts.unchanged(refused)
        return _page(shown, service, drafts.status_of(refused), taken)
    number = len(chosen)
    message = (
        ngettext(
            "%(num)s value is taken over from the catalog.",
            "%(num)s values are taken over from the catalog.",
            number,
        )
        if number
        else gettext("Nothing is taken over from the catalog.")
    )
    return redirect_with_flash("service", message, service=service)


def _found(document: Document, service: str) -> tuple[int, Service, Origin]:
    index = form_binding.service_index(document, service)
    if index is None:
        raise NotFound("there is no such service in the draft")
    mine = document["services"][index]
    found = origin(document, mine)
    if found is None:
        raise NotFound("the catalog has no such service")
    return index, mine, found


def _page(form: Form, service: str, status: int = 200, taken: frozenset[str] | None = None) -> Response:
    _index, mine, found = _found(form.document, service)
    kinds: tuple[Kind, ...] = get_args(Kind)
    return page(
        "banner/catalog_update.html",
        status,
        form=form,
        section="services",
        language=form.document["default_language"],
        service=mine,
        origin=found,
        version=catalog.version(found.newest),
        groups=[(kind, [each for each in found.differences if each.kind == kind]) for kind in kinds],
        titles=catalog_words.KIND_TITLES,
        label=catalog_words.label,
        language_of=catalog_words.language_of,
        texts_of=catalog_words.texts_of,
        shown=lambda path, value: catalog_words.shown(path, value, form.document),
        ticked=lambda each: each.kind == "updated" if taken is None else each.name in taken,
        confidence=catalog_words.confidence,
        day=day,
    )
