"""Stored decisions: the list, search by number, details with the banner, and erasure."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import Response, redirect, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.consents.service import decisions, visitors
from server.consents.values import (
    ACTIONS,
    NUMBER,
    PROFILES,
    ConsentRow,
    ExportForm,
    Filters,
    number_as_written,
)
from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import Conflict, Invalid, NotFound, Unavailable
from server.core.http import settings
from server.embed import service as embed
from server.embed.values import ShownScript
from server.ledger.service import reading
from server.notices.service import request_answers
from server.sites import service as sites
from server.sites.values import MAX_AGE, ordered_categories
from server.studio.editor.preview import shown_as, shown_exactly
from server.studio.guard import blueprint, identity, needs, site, zone
from server.studio.language import gettext, language_name, lazy_gettext, ngettext
from server.studio.records import day_span, erasure_requests
from server.studio.views import page, redirect_with_flash

SHOWN = 50
"""Decisions on one page."""

ANSWERS = {
    "accept_all": lazy_gettext("Accepted all"),
    "reject_all": lazy_gettext("Rejected all"),
    "save": lazy_gettext("Saved a selection"),
    "withdraw": lazy_gettext("Withdrawn"),
}
"""Action → label."""

FORMS = {"iso27560": "ISO/IEC TS 27560", "kantara": lazy_gettext("Kantara receipt")}
"""Receipt profile → label."""

EXPORTS = {"csv": "CSV", "jsonl": "JSON Lines"}
"""Format of an export → its name."""

SIGNALS = {
    "gpc": lazy_gettext("Global Privacy Control (the browser’s objection)"),
    "dnt": lazy_gettext("Do Not Track (the browser’s objection)"),
}
"""Signal → label."""

SURFACES = {
    "banner": lazy_gettext("on the banner"),
    "settings": lazy_gettext("in the settings"),
    "placeholder": lazy_gettext("in place of blocked content"),
    "api": lazy_gettext("by the website’s own button"),
    "signal": lazy_gettext("by a signal of the browser"),
}
"""Surface → label."""


# --- the list --------------------------------------------------------------------------------------------


@blueprint.get("/sites/<key>/consents")
@needs("consent.read")
def consent_list() -> ResponseReturnValue:
    """Decisions that match the filters, newest first."""
    return _list()


@blueprint.get("/sites/<key>/consents/find")
@needs("consent.read")
def find_consent() -> ResponseReturnValue:
    """Redirect to the decision with a number."""
    number = request.args.get("number", "").strip()
    try:
        found = _found(number_as_written(number))
    except NotFound:
        return _list(404 if number else 422, number=number, missing=True)
    of = erasure_requests.asked()
    address = url_for(
        "studio.consent", key=site().key, number=found.consent_id, request=of.request_id if of else None
    )
    return redirect(address, 303)


def _list(status: int = 200, *, number: str = "", missing: bool = False) -> Response:
    filters, errors = _filters()
    after = request.args.get("after") or None
    try:
        found = decisions.page(site().id, after=after, limit=SHOWN, filters=filters)
    except Invalid:  # an invalid cursor: start from the first page
        found, after = decisions.page(site().id, after=None, limit=SHOWN, filters=filters), None
    newest = sites.newest(site().id)
    return page(
        "consents/list.html",
        422 if errors else status,
        rows=[(row, *_allowed(row)) for row in found.rows],
        after=found.after,
        newer=after is not None,
        asked=_filter_arguments(),
        errors=errors,
        versions=range(newest.number if newest else 0, 0, -1),
        answers=ANSWERS,
        number=number or request.args.get("number", "")[:40],
        missing=missing,
        for_request=erasure_requests.asked(),
        exports=EXPORTS,
        language_name=language_name,
    )


def _filter_arguments() -> dict[str, str]:
    """The filters of the form, as URL parameters of the next page."""
    names = ("from", "to", "version", "action")
    return {name: request.args[name] for name in names if request.args.get(name)}


def _filters() -> tuple[Filters, dict[str, str]]:
    """The filters of the form, and errors by field; an invalid field is not filtered by."""
    errors: dict[str, str] = {}
    first, last = day_span.asked(errors)
    typed, action = request.args.get("version", ""), request.args.get("action", "")
    version = parsing.number(typed)
    if typed and version is None:
        errors["version"] = gettext("is not the number of a version")
    selected: Any = action if action in ACTIONS else None
    if action and selected is None:
        errors["action"] = gettext("is none of the answers in the list")
    return Filters.of_days(first, last, zone=zone(), version=version, action=selected), errors


def _allowed(row: ConsentRow) -> tuple[list[str], list[str]]:
    """The names of granted and of refused categories, in the banner's order."""
    document = sites.version(row.site_id, row.version).document
    language = document["default_language"]
    names = {c["key"]: c["names"].get(language) or c["key"] for c in ordered_categories(document)}
    ordered = [key for key in names if key in row.choices]
    granted = [names[key] for key in ordered if row.choices[key]]
    return granted, [names[key] for key in ordered if not row.choices[key]]


# --- one -------------------------------------------------------------------------------------------------


@blueprint.get("/sites/<key>/consents/<number>")
@needs("consent.read")
def consent(number: str) -> ResponseReturnValue:
    """The details of a decision. The access is written to the audit log."""
    row = _found(number)
    with transaction():
        _note("consent_looked_up", row.consent_id)
    record: Mapping[str, Any] = json.loads(row.record)
    granted, refused = _allowed(row)
    seen = decisions.banner_evidence(row)
    given = visitors.complete_forms(seen.version.document)
    return page(
        "consents/one.html",
        row=row,
        for_request=erasure_requests.asked(),
        record=record,
        decided_at=datetime.fromisoformat(record["decided_at"]),
        granted=granted,
        refused=refused,
        services=_services(row, record),
        seen=seen,
        exact=_script(row) is not None,
        forms=[(form, FORMS[form]) for form in PROFILES if form in given],
        lacking=[FORMS[form] for form in PROFILES if form not in given],
        proof=reading.prove(row.site_id, row.consent_id),
        others=[one for one in decisions.same_browser(row.site_id, row.consent_id) if one != row],
        deleted_at=min(row.expires_at + site().retention, row.recorded_at + MAX_AGE),
        answers=ANSWERS,
        surfaces=SURFACES,
        signals=SIGNALS,
        language_name=language_name,
    )


@blueprint.get("/sites/<key>/consents/<number>/banner")
@needs("consent.read")
def consent_banner(number: str) -> ResponseReturnValue:
    """The banner that the decision was made on, in the visitor's language.

    Uses the script that pages got then, or today's if none was released yet.
    """
    row = _found(number)
    script = _script(row)
    if script is None:
        return shown_as(decisions.banner_evidence(row).version.document, row.language, "")
    signals, served = json.loads(row.record)["signals"], script.asset.identity
    return shown_exactly(served, row.language, gpc=bool(signals.get("gpc")), variant=script.variant)


def _script(row: ConsentRow) -> ShownScript | None:
    try:
        return embed.shown(row.site_id, row.version, at=row.recorded_at)
    except NotFound:
        return None


# --- files -----------------------------------------------------------------------------------------------


@blueprint.get("/sites/<key>/consents/<number>/receipt.json")
@needs("consent.read")
def consent_receipt(number: str) -> ResponseReturnValue:
    """The receipt as a file."""
    row = _found(number)
    form = request.args.get("form", "")
    if form:
        if form in FORMS and form not in visitors.complete_forms(
            decisions.banner_evidence(row).version.document
        ):
            raise Conflict("the banner of that version does not say all that this form of receipt needs")
        made = decisions.profile(site(), row.consent_id, form, public_url=settings().public_url)
        text = json.dumps(made, ensure_ascii=False, indent=2) + "\n"
    else:
        every = settings().checkpoint_every
        text = decisions.receipt(site().id, row.consent_id, now=clock.now(), checkpoint_every=every)
    with transaction():
        _note("consent_downloaded", row.consent_id, form)
    return _file(text, "application/json", f"{site().key}-{row.consent_id}{'-' + form if form else ''}.json")


@blueprint.get("/sites/<key>/consents.<any(jsonl, csv):form>")
@needs("consent.export", proof=True)
def export_consents(form: ExportForm) -> ResponseReturnValue:
    """Export all decisions that match the filters, oldest first, streamed."""
    filters, errors = _filters()
    if errors:
        return _list()
    arguments = _filter_arguments()
    with transaction():
        audit_log.record_event(
            "consents_exported",
            by=identity().actor,
            site_id=site().id,
            subject=form,
            detail=", ".join(f"{name} {value}" for name, value in arguments.items()),
            now=clock.now(),
        )
    rows = decisions.export(site().id, filters=filters)
    lines = stream_with_context(decisions.lines(rows, form))
    return _file(lines, "text/csv" if form == "csv" else "application/x-ndjson", f"{site().key}.{form}")


def _file(content: str | Iterator[str], mimetype: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=headers)


def _found(number: str) -> ConsentRow:
    if not NUMBER.fullmatch(number):
        raise NotFound("no decision with this number is stored for this site", reason="consent_unknown")
    return decisions.find(site().id, number)


def _services(row: ConsentRow, record: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Services that were decided on individually, by name."""
    document = sites.version(row.site_id, row.version).document
    names = {service["key"]: service["name"] or service["key"] for service in document["services"]}
    return [(names.get(key, key), granted) for key, granted in record["services"].items()]


# --- erasure ---------------------------------------------------------------------------------------------


@blueprint.get("/sites/<key>/consents/<number>/erase")
@needs("consent.erase")
def confirm_erasure(number: str) -> ResponseReturnValue:
    """What would be erased, for confirmation."""
    row = _found(number)
    everything = decisions.same_browser(row.site_id, row.consent_id)
    return page(
        "consents/erase.html",
        row=row,
        count=len(everything),
        answers=ANSWERS,
        for_request=erasure_requests.asked(),
    )


@blueprint.post("/sites/<key>/consents/<number>/erase")
@needs("consent.erase")
def erase_consent(number: str) -> ResponseReturnValue:
    """Erase a record, or all records of its browser; the request that asked for it is updated."""
    row, now = _found(number), clock.now()
    whole = request.form.get("reach") == "browser"
    try:
        with transaction():
            of = erasure_requests.asked(locked=True)
            erased = decisions.erase_by_number(
                row.site_id,
                row.consent_id,
                whole_browser=whole,
                secret_key=settings().secret_key,
                data_dir=settings().data_dir,
                now=now,
            )
            said = "1 record" if erased == 1 else f"{erased} records"
            said = f"{said} of the same browser" if whole else said
            if of is not None:
                by, secret_key = identity().email, settings().secret_key
                request_answers.erased(of, by=by, secret_key=secret_key, now=now)
                said = f"{said}; request {of.reference}"
            _note("consent_erased", row.consent_id, said)
    except OSError as fault:
        raise Unavailable("the list of erasures cannot be written; nothing was erased") from fault
    outcome = ngettext("One record is erased for good.", "%(num)s records are erased for good.", erased)
    if of is not None:
        return redirect_with_flash("request_page", outcome, request_id=of.request_id)
    return redirect_with_flash("consent_list", outcome)


def _note(action: str, number: str, detail: str = "") -> None:
    mark = audit_log.mark(number, secret_key=settings().secret_key)
    by, now = identity().actor, clock.now()
    audit_log.record_event(action, by=by, site_id=site().id, subject=mark, detail=detail, now=now)
