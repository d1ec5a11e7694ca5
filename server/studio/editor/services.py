"""Services of the site, and their cookies."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.core import parsing
from server.core.errors import NotFound
from server.core.parsing import day
from server.notices.parties import is_own
from server.sites import service as sites
from server.sites.document_types import Document, Service
from server.sites.values import NECESSARY, languages, ordered_categories
from server.studio.draft import (
    catalog_words,
    countries,
    durations,
    form_binding,
    keyed_parts,
    pasted_rows,
    storage_rows,
)
from server.studio.draft.form_binding import Form
from server.studio.draft.page_languages import STAR
from server.studio.draft.pasted_rows import Reading
from server.studio.draft.service_words import BASES, KINDS, TRANSFER_BASES
from server.studio.editor import catalog_updates, drafts, origins, shown_languages
from server.studio.guard import blueprint, needs, site
from server.studio.language import gettext, ngettext
from server.studio.views import page, redirect_with_flash

MORE_ROWS = 6
"""Blank rows of the table after the button that asks for more."""


@blueprint.get("/sites/<key>/banner/services")
@needs("banner.edit")
def services() -> ResponseReturnValue:
    """All services, by category."""
    return _list(drafts.form())


@blueprint.post("/sites/<key>/banner/services")
@needs("banner.edit")
def add_service() -> ResponseReturnValue:
    """Add a service; its details are entered on its own page."""
    stored = drafts.form()
    title, category = request.form.get("name", "").strip(), request.form.get("category", "")
    new = {"name": title, "category": category}
    if missing := {each: "is missing" for each, text in new.items() if not text}:
        return _list(stored, 422, new=new, faults=missing)
    key = _free_key(title, stored)
    document = form_binding.with_service(stored.document, key, title, category)
    if refused := drafts.save(document):
        paths = {name: f"services.{len(document['services']) - 1}.{name}" for name in ("name", "category")}
        faults = {name: refused.fault_at(path) for name, path in paths.items()}
        shown = drafts.unchanged(refused, elsewhere=refused.faults_apart_from(*paths.values()))
        return _list(shown, drafts.status_of(refused), new=new, faults=faults)
    return redirect_with_flash(
        "service", gettext("%(name)s is added. Say what it does next.", name=title), service=key
    )


@blueprint.get("/sites/<key>/banner/services/<service>")
@needs("banner.edit")
def service(service: str) -> ResponseReturnValue:
    """The details of a service."""
    blank = parsing.number(request.args.get("rows", "")) or 1
    return _one(drafts.form(("services", service)), service, blank=min(blank, MORE_ROWS))


@blueprint.post("/sites/<key>/banner/services/<service>")
@needs("banner.edit")
def save_service(service: str) -> ResponseReturnValue:
    """Save a service with what it stores, read or take what was pasted, or remove the service."""
    root = ("services", service)
    stored = drafts.form(root)
    index = _index(stored, service)
    cookies = stored.document["services"][index]["cookies"]
    typed, ticked = storage_rows.placed(drafts.typed(), request.form.getlist("remove"), service, cookies)
    document = form_binding.bind(stored.document, typed, stored.names)
    do, text = request.form.get("do", "save"), request.form.get("pasted", "")
    if do == "remove":
        title = stored.document["services"][index]["name"]
        if refused := drafts.save(form_binding.without_service(document, service)):
            shown = drafts.unchanged(refused, root)
            return _one(shown, service, drafts.status_of(refused))
        return redirect_with_flash(
            "services",
            gettext(
                "%(name)s is removed from the draft. Visitors see it until you publish. "
                "The history of the draft can bring it back.",
                name=title,
            ),
        )
    document = _with_rows(document, service, typed, ticked)
    message = gettext("Saved in the draft.")
    if do == "take" and text.strip():
        with suppress(ValueError):
            reading = pasted_rows.read(document, service, text, sites.validate)
            document, message, text = reading.document, _taken(reading), ""
    if refused := drafts.save(document, root):
        return _one(refused, service, drafts.status_of(refused), pasted=text)
    if do == "read" or text.strip():
        # What is pasted and not taken is never passed over, whichever button was pressed.
        return _reading(service, text)
    return redirect_with_flash("service", message, service=service, rows=MORE_ROWS if do == "rows" else None)


def _with_rows(
    document: Document, service: str, typed: Mapping[str, str], ticked: Collection[str]
) -> Document:
    """With what the table has besides the fields of the draft: new rows, and those that are taken away."""
    rows = storage_rows.typed_rows(typed, ticked)
    return storage_rows.with_rows(
        document,
        service,
        added=[storage_rows.cookie_of(row, languages(document)) for row in rows],
        removed={index for index in map(parsing.number, ticked) if index is not None},
    )


def _reading(service: str, text: str) -> Response:
    """The page with what a pasted text would change; everything else that was typed is saved."""
    draft = sites.draft(site().id)
    names = form_binding.fields_of(draft.document, ("services", service))
    form = Form(draft.document, draft.revision, names)
    try:
        reading = pasted_rows.read(form.document, service, text, sites.validate)
    except ValueError as fault:
        return _one(form, service, 422, pasted=text, fault=str(fault))
    return _one(form, service, pasted=text, reading=reading)


def _index(form: Form, service: str) -> int:
    found = form_binding.service_index(form.document, service)
    if found is None:
        raise NotFound("there is no such service in the draft")
    return found


def _free_key(title: str, form: Form) -> str:
    taken = {part["key"] for part in (*form.document["services"], *form.document["categories"])}
    return keyed_parts.free_key(title, taken, "service")


def _list(
    form: Form, status: int = 200, *, new: dict[str, str] | None = None, faults: dict[str, str] | None = None
) -> Response:
    language = form.document["default_language"]
    return page(
        "banner/services.html",
        status,
        form=form,
        section="services",
        categories=ordered_categories(form.document),
        language=language,
        language_names=shown_languages.own_names(),
        offers=catalog_updates.offers(form.document),
        still_open={
            each["key"]: catalog_words.still_open(each, form.document, language)
            for each in form.document["services"]
            if each["catalog"]["key"]
        },
        new=new or {"name": "", "category": ""},
        faults=faults or {},
    )


def _taken(reading: Reading) -> str:
    return ngettext("%(num)s row is in the draft.", "%(num)s rows are in the draft.", len(reading.rows))


def _one(
    form: Form,
    service: str,
    status: int = 200,
    *,
    blank: int = 1,
    pasted: str = "",
    reading: Reading | None = None,
    fault: str = "",
) -> Response:
    shown = form.document["services"][_index(form, service)]
    origin, language = catalog_updates.origin(form.document, shown), drafts.language_of(form)
    return page(
        "banner/service.html",
        status,
        place_here=origins.part_place("services", service),
        form=form,
        section="services",
        service=shown,
        prefix=f"services.{service}",
        kinds=KINDS,
        bases=BASES,
        countries=countries.groups(shown["country"]),
        transfer_bases=TRANSFER_BASES,
        categories=ordered_categories(form.document),
        language=language,
        spoken=shown_languages.of_page(form, _needed(shown)),
        language_names=shown_languages.own_names(),
        origin=origin,
        still_open=catalog_words.still_open(shown, form.document, language)
        if origin and origin.filled
        else (),
        day=day,
        # What the controller itself provides is processed for nobody else.
        is_own=is_own(form.document, shown),
        lifetimes=durations.suggestions(),
        readable=durations.readable,
        blank=blank,
        pasted=pasted,
        reading=reading,
        fault=fault,
    )


def _needed(shown: Service) -> Iterator[str]:
    """The texts that visitors must find in every language."""
    prefix = f"services.{shown['key']}"
    yield from (f"{prefix}.purpose.{STAR}", f"{prefix}.data.{STAR}")
    if shown["category"] == NECESSARY:
        yield f"{prefix}.necessary_reason.{STAR}"
    yield from (f"{prefix}.cookies.{index}.purpose.{STAR}" for index in range(len(shown["cookies"])))
