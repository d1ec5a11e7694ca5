"""The first step of a set-up: who is responsible for the website."""

from dataclasses import replace

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.core.errors import Invalid
from server.core.http import settings
from server.core.organisation_numbers import grouped, norwegian
from server.scanner import company_register
from server.scanner.company_register import Company
from server.sites import authorities
from server.sites import service as sites
from server.sites.document_types import Controller, Document
from server.sites.transfers import outside_eea
from server.studio import local_times
from server.studio.draft import countries, form_binding
from server.studio.draft.form_binding import Form
from server.studio.editor import drafts
from server.studio.guard import site
from server.studio.language import gettext
from server.studio.setup import frame as setup_frame
from server.studio.views import redirect_with_flash

_ROOT = ("controller",)

_NUMBER = "controller.organisation_number"
_EMAIL = "controller.contacts.email"


def shown() -> ResponseReturnValue:
    """The form of the controller."""
    return _shown(drafts.form(_ROOT))


def done() -> ResponseReturnValue:
    """Save who is responsible; with `lookup`, first fill in what the register says."""
    _stored, document = drafts.edited(_ROOT)
    if request.form.get("do") == "lookup" and settings().company_register:
        return _looked_up(document)
    document = _tidied(document)
    errors = _errors(document)
    refused = drafts.save(document, _ROOT)
    if refused:
        shown_errors = errors if refused.conflict else {**errors, **refused.errors}
        return _shown(replace(refused, errors=shown_errors), drafts.status_of(refused))
    if errors:
        return _shown(replace(_saved(), errors=errors), 422, saved=True)
    return setup_frame.onward("who")


def _looked_up(document: Document) -> ResponseReturnValue:
    typed = document["controller"]["organisation_number"]
    try:
        company = company_register.look_up(typed, company_register.ask())
    except Invalid as fault:
        names = form_binding.fields_of(document, _ROOT)
        why = str(fault.errors["organisation_number"])
        return _shown(Form(document, drafts.revision(), names, errors={_NUMBER: why}), 422)
    filled: Document = {**document, "controller": _filled(document["controller"], company)}
    if refused := drafts.save(filled, _ROOT):
        return _shown(refused, drafts.status_of(refused))
    said = gettext("%(name)s is filled in from the register, and saved in the draft.", name=company.name)
    return redirect_with_flash("setup_step", said, stage="who")


def _filled(stored: Controller, company: Company) -> Controller:
    contacts = stored["contacts"]
    return {
        **stored,
        "organisation_number": grouped(company.number),
        "name": company.name,
        "address": company.address or stored["address"],
        "country": company.country or stored["country"],
        "contacts": {**contacts, "email": contacts["email"] or company.email},
    }


def _tidied(document: Document) -> Document:
    """With a Norwegian number as it is written, and the authority of the country where none is named."""
    who = document["controller"]
    number = norwegian(who["organisation_number"]) if who["country"] == "NO" else ""
    named = bool(who["supervisory_authority"]["name"].strip())
    authority = None if named else authorities.authority_of(who["country"])
    return {
        **document,
        "controller": {
            **who,
            "organisation_number": grouped(number) if number else who["organisation_number"],
            "supervisory_authority": authority or who["supervisory_authority"],
        },
    }


def _errors(document: Document) -> dict[str, str]:
    """Field → what has to be put right before the next step."""
    who = document["controller"]
    reached = who["contacts"]["email"].strip() or who["contacts"]["url"].strip()
    given = {"controller.name": who["name"], "controller.address": who["address"], _EMAIL: reached}
    errors = {name: "is empty" for name, text in given.items() if not text.strip()}
    number = who["organisation_number"].strip()
    if number and who["country"] == "NO" and not norwegian(number):
        errors[_NUMBER] = "is not a Norwegian organisation number of nine digits"
    return errors


def _shows_more(form: Form) -> bool:
    """Whether the fields are shown that few organisations need."""
    who = form.document["controller"]
    missing = not who["supervisory_authority"]["name"].strip()
    marked = (name.split(".")[1] for name in (*form.errors, *form.stored) if name.startswith("controller."))
    return (
        outside_eea(who["country"])
        or (bool(who["country"]) and missing)
        or any(part in ("representative", "supervisory_authority") for part in marked)
    )


def _saved() -> Form:
    """The draft as it was just saved."""
    draft = sites.draft(site().id)
    return Form(draft.document, draft.revision, form_binding.fields_of(draft.document, _ROOT))


def _shown(form: Form, status: int = 200, *, saved: bool = False) -> Response:
    return setup_frame.shown(
        "who",
        status,
        form=form,
        saved=saved,
        section="controller",
        countries=countries.by_name(form.document["controller"]["country"]),
        lookup=settings().company_register,
        zones=local_times.zone_groups(form.document["controller"]["time_zone"]),
        more=_shows_more(form),
    )
