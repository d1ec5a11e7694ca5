"""Adding services of the catalog to the draft: choosing several, and seeing what they fill before they do."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from server.catalog import service as catalog
from server.catalog.values import Service as KnownService
from server.catalog.values import Use
from server.core.errors import NotFound
from server.core.parsing import day
from server.sites import known_services
from server.sites.document_types import Document, Service
from server.sites.known_services import SignalGap
from server.sites.values import ordered_categories
from server.studio.draft import catalog_words, durations
from server.studio.draft.form_binding import Form
from server.studio.draft.service_words import KINDS
from server.studio.editor import drafts
from server.studio.guard import blueprint, needs
from server.studio.language import gettext, ngettext
from server.studio.views import page, redirect_with_flash


@dataclass(frozen=True)
class _Entry:
    """A service of the catalog in the list."""

    known: KnownService
    category: str
    """Name of the category that is suggested."""
    present: Service | None
    """The service of the draft that it is already."""
    chosen: bool
    hidden: bool
    """Whether the search leaves it out; what is chosen stays."""


@dataclass(frozen=True)
class _Addition:
    """A service that would be added."""

    known: KnownService
    service: Service
    present: Service | None
    facts: tuple[catalog_words.Fact, ...]
    left_open: tuple[str, ...]
    elsewhere: tuple[str, ...]
    """What it stores for something else than its category, in words."""


@blueprint.get("/sites/<key>/banner/known-services")
@needs("banner.edit")
def known_services_list() -> ResponseReturnValue:
    """All services of the catalog, or those that a text finds."""
    return _list(drafts.form())


# What is ticked may be too long for an address, which servers cut off at 4 kB or so: the forms post it.
@blueprint.post("/sites/<key>/banner/known-services")
@needs("banner.edit")
def search_known_services() -> ResponseReturnValue:
    """The same list, with what is ticked in it. Changes nothing."""
    return _list(drafts.form())


@blueprint.get("/sites/<key>/banner/known-services/found")
@needs("banner.edit")
def known_services_found() -> ResponseReturnValue:
    """Keys of the services that a text finds, for the list that is open already."""
    found = _found(_question())
    return jsonify({"keys": found, "count": _counted(len(found))})


@blueprint.get("/sites/<key>/banner/known-services/chosen")
@needs("banner.edit")
def known_services_chosen() -> ResponseReturnValue:
    """What the chosen services would fill in."""
    return _shown()


@blueprint.post("/sites/<key>/banner/known-services/preview")
@needs("banner.edit")
def show_known_services() -> ResponseReturnValue:
    """The same, of any number of services. Changes nothing."""
    return _shown()


@blueprint.post("/sites/<key>/banner/known-services/chosen")
@needs("banner.edit")
def add_known_services() -> ResponseReturnValue:
    """Add the chosen services to the draft, and turn Consent Mode on if that was asked for."""
    form, chosen = drafts.form(), chosen_services()
    if not chosen:
        return _list(form, 422, problem=gettext("Tick the services that the website uses first."))
    document, added = known_services.with_known(form.document, chosen, _categories(chosen))
    gap = _gap(chosen, added, form.document)
    if gap is not None and request.form.get("signals") == "on":
        document = known_services.with_signals(document, gap)
    names = ", ".join(each["name"] for each in added)
    # A subject is cut off at 300 characters: of many, the log has the number whatever the names take.
    subject = names if len(added) == 1 else f"{len(added)} services"
    detail = "" if len(added) == 1 else names
    if refused := drafts.save(document, action="services_added", subject=subject, detail=detail):
        shown = drafts.unchanged(refused)
        return _preview(shown, chosen, drafts.status_of(refused))
    done = (
        gettext("%(name)s is in the draft.", name=names)
        if len(added) == 1
        else ngettext("%(num)s service is in the draft.", "%(num)s services are in the draft.", len(added))
    )
    next_step = gettext("Look at what was left open, and at each text, before you publish.")
    if len(added) == 1:
        return redirect_with_flash("service", f"{done} {next_step}", service=added[0]["key"])
    return redirect_with_flash("services", f"{done} {next_step}")


def _shown() -> Response:
    form, chosen = drafts.form(), chosen_services()
    if not chosen:
        return _list(form, 422, problem=gettext("Tick the services that the website uses first."))
    return _preview(form, chosen)


# --- what was asked for ----------------------------------------------------------------------------------


def _question() -> str:
    return request.values.get("q", "").strip()[: catalog.MAX_QUESTION]


def _found(question: str) -> list[str]:
    return [each.key for each in (catalog.search(question) if question else catalog.services())]


def chosen_services() -> tuple[KnownService, ...]:
    """The services that are ticked, each once; those that the catalog has not are left out."""
    chosen = []
    for key in dict.fromkeys(request.values.getlist("service")):
        try:
            chosen.append(catalog.find(key))
        except NotFound:
            continue
    return tuple(chosen)


def _categories(chosen: Sequence[KnownService]) -> dict[str, str]:
    """Key in the catalog → the category that was chosen for it, where one was."""
    typed = {known.key: request.values.get(f"category.{known.key}", "") for known in chosen}
    return {key: category for key, category in typed.items() if category}


def _gap(chosen: Sequence[KnownService], added: Sequence[Service], document: Document) -> SignalGap | None:
    pairs = [(known, service["category"]) for known, service in zip(chosen, added, strict=True)]
    return known_services.signal_gap(pairs, document)


# --- pages -----------------------------------------------------------------------------------------------


def _list(form: Form, status: int = 200, *, problem: str = "") -> Response:
    return page(
        "banner/known_services.html",
        status,
        form=form,
        section="services",
        language=form.document["default_language"],
        problem=problem,
        **listed(form),
    )


def listed(form: Form, *, without: Collection[str] = ()) -> dict[str, object]:
    """What a list of the catalog's services shows: those that a text finds, and those that are ticked.

    :param without: keys of those that the page shows elsewhere
    """
    question, ticked = _question(), {each.key for each in chosen_services()}
    found = {key: place for place, key in enumerate(_found(question)) if key not in without}
    groups: dict[Use, list[_Entry]] = {use: [] for use in catalog_words.USES}
    # With a search the best come first, and so do the groups that have them.
    for known in sorted(catalog.services(), key=lambda each: found.get(each.key, len(found))):
        if known.key not in without:
            groups[known.use].append(_entry(known, form.document, ticked, found))
    uses = [use for use, entries in groups.items() if entries]
    if question:
        uses.sort(key=lambda use: found.get(groups[use][0].known.key, len(found)))
    return {
        "question": question,
        "max_question": catalog.MAX_QUESTION,
        "groups": {str(catalog_words.USES[use]): groups[use] for use in uses},
        "found": len(found),
        "count": _counted(len(found)),
        "confidence": catalog_words.confidence,
    }


def _entry(known: KnownService, document: Document, ticked: set[str], found: Mapping[str, int]) -> _Entry:
    suggested = known_services.suggested_category(known, document)
    return _Entry(
        known,
        catalog_words.category_name(suggested, document),
        known_services.present(known, document["services"]),
        known.key in ticked,
        hidden=known.key not in found and known.key not in ticked,
    )


def _counted(number: int) -> str:
    return ngettext("%(num)s service", "%(num)s services", number)


def _preview(form: Form, chosen: Sequence[KnownService], status: int = 200) -> Response:
    document = form.document
    categories = _categories(chosen)
    # An invalid category is answered with its error; the page shows the suggested one.
    valid = {each["key"] for each in document["categories"]}
    fitting = {key: category for key, category in categories.items() if category in valid}
    _edited, added = known_services.with_known(document, chosen, fitting)
    return page(
        "banner/known_services_chosen.html",
        status,
        form=form,
        section="services",
        language=document["default_language"],
        additions=[_addition(known, made, document) for known, made in zip(chosen, added, strict=True)],
        categories=ordered_categories(document),
        confidence=catalog_words.confidence,
        kinds=KINDS,
        readable=durations.readable,
        gap=_gap(chosen, added, document),
        signals=request.form.get("signals") == "on",
        category_name=lambda key: catalog_words.category_name(key, document),
        day=day,
    )


def _addition(known: KnownService, service: Service, document: Document) -> _Addition:
    left = known_services.left_open(service, document)
    elsewhere = tuple(
        gettext(
            "%(name)s would be in %(category)s on its own",
            name=stored.name,
            category=catalog_words.category_name(stored.category, document),
        )
        for stored in known.stored_today
        if stored.category not in (None, known.category)
    )
    return _Addition(
        known,
        service,
        known_services.present(known, document["services"]),
        catalog_words.facts(service, document),
        tuple(catalog_words.left_open(each) for each in left),
        elsewhere,
    )
