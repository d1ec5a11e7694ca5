"""Services of the site, and their cookies."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.core import parsing
from server.core.errors import NotFound
from server.core.parsing import day
from server.sites import service as sites
from server.sites.values import languages, ordered_categories
from server.studio import catalog_updates, catalog_words, countries, drafts, form_binding, keyed_parts
from server.studio.form_binding import Form
from server.studio.guard import blueprint, needs
from server.studio.language import gettext
from server.studio.service_words import BASES, KINDS, TRANSFER_BASES
from server.studio.views import page, redirect_with_flash


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
    if not title:
        return _list(stored, 422, new=new, faults={"name": "is missing"})
    key = _free_key(title, stored)
    document = form_binding.with_service(stored.document, key, title, category)
    if refused := drafts.save(document):
        general = {error.partition(": ")[0]: error.partition(": ")[2] for error in refused.general}
        path = f"services.{len(document['services']) - 1}"
        faults = {name: general.get(f"{path}.{name}", "") for name in ("name", "category")}
        shown = drafts.unchanged(refused)
        return _list(shown, drafts.status_of(refused), new=new, faults=faults)
    return redirect_with_flash(
        "service", gettext("%(name)s is added. Say what it does next.", name=title), service=key
    )


@blueprint.get("/sites/<key>/banner/services/<service>")
@needs("banner.edit")
def service(service: str) -> ResponseReturnValue:
    """The details of a service."""
    return _one(drafts.form(("services", service)), service)


@blueprint.post("/sites/<key>/banner/services/<service>")
@needs("banner.edit")
def save_service(service: str) -> ResponseReturnValue:
    """Save a service with its cookies, or remove it."""
    root = ("services", service)
    stored, document = drafts.edited(root)
    index = _index(stored, service)
    if request.form.get("do") == "remove":
        title = stored.document["services"][index]["name"]
        if refused := drafts.save(form_binding.without_service(document, service)):
            shown = drafts.unchanged(refused, root, general=refused.general)
            return _one(shown, service, drafts.status_of(refused))
        return redirect_with_flash("services", gettext("%(name)s is removed from the draft.", name=title))
    typed = drafts.typed()
    added = {name.removeprefix("new."): text for name, text in typed.items() if name.startswith("new.")}
    ticked = map(parsing.number, request.form.getlist("remove"))
    removed = frozenset(index for index in ticked if index is not None)
    document = form_binding.with_cookies(document, service, added=added, removed=removed)
    if refused := drafts.save(document, root):
        return _one(refused, service, drafts.status_of(refused))
    language, field = request.form.get("language"), f"services.{service}.purpose"
    return drafts.onward("service", gettext("Saved in the draft."), language, field, service=service)


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
        language_names={one.code: one.name for one in sites.known_languages()},
        offers=catalog_updates.offers(form.document),
        new=new or {"name": "", "category": ""},
        faults=faults or {},
    )


def _one(form: Form, service: str, status: int = 200) -> Response:
    shown = form.document["services"][_index(form, service)]
    origin, language = catalog_updates.origin(form.document, shown), drafts.language_of(form)
    return page(
        "banner/service.html",
        status,
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
        languages=languages(form.document),
        language_names={one.code: one.name for one in sites.known_languages()},
        origin=origin,
        still_open=catalog_words.still_open(shown, form.document, language)
        if origin and origin.filled
        else (),
        day=day,
        missing=keyed_parts.without_texts(shown, ("purpose", "data"), languages(form.document)),
    )
