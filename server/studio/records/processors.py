"""The register of a site: who gets personal data and by which agreement, and the record of processing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import DomainError, Invalid, NotFound, PreconditionFailed
from server.core.http import settings
from server.core.ids import PATTERN
from server.notices import agreement_form, parties
from server.notices.parties import Agreement, Party
from server.notices.service import agreements, register
from server.notices.service.register import Register, Source
from server.sites import service as sites
from server.studio.guard import blueprint, identity, may, needs, site
from server.studio.language import LANGUAGES, country_name, current, gettext, lazy_gettext, ngettext
from server.studio.views import page, redirect_with_flash

STANDINGS = {
    "missing": lazy_gettext("Agreement missing"),
    "expired": lazy_gettext("Agreement ended"),
    "ending": lazy_gettext("Ends soon"),
    "terms": lazy_gettext("Terms known, no agreement recorded"),
    "in_order": lazy_gettext("In order"),
    "none_needed": lazy_gettext("No agreement needed"),
}
"""Standing → label."""

CAPACITIES = {
    "processor": lazy_gettext("Processor"),
    "joint_controller": lazy_gettext("Joint controller"),
    "controller": lazy_gettext("Independent controller"),
    "recipient": lazy_gettext("Recipient"),
}
"""Capacity → label."""

BASES = {
    "": lazy_gettext("basis not stated"),
    "adequacy_decision": lazy_gettext("adequacy decision"),
    "data_privacy_framework": lazy_gettext("the Data Privacy Framework"),
    "standard_contractual_clauses": lazy_gettext("standard contractual clauses"),
    "binding_corporate_rules": lazy_gettext("binding corporate rules"),
    "explicit_consent": lazy_gettext("explicit consent"),
}
"""What a transfer rests on → label."""

LABELS = {
    "capacity": lazy_gettext("What it is to you"),
    "reference": lazy_gettext("The reference"),
    "signed_on": lazy_gettext("The day of signing"),
    "expires_on": lazy_gettext("The last day"),
    "remind_days": lazy_gettext("The reminder"),
    "contact": lazy_gettext("The contact"),
    "note": lazy_gettext("The note"),
}
"""Field → what errors about it begin with."""


@blueprint.get("/sites/<key>/register")
@needs("site.read")
def register_page() -> ResponseReturnValue:
    """Who gets personal data, those with something to be done first."""
    found = _register()
    wanted = request.args.get("state", "")
    listed = parties.by_urgency(found.found, found.today)
    counted = [one.standing(found.today) for one in listed]
    record = register.record(site(), found, current(), sends_mail=_sends_mail())
    return page(
        "register/list.html",
        register=found,
        listed=[one for one in listed if wanted not in STANDINGS or one.standing(found.today) == wanted],
        published=sites.newest(site().id) is not None,
        wanted=wanted if wanted in STANDINGS else "",
        counts={name: counted.count(name) for name in parties.STANDINGS},
        standings=STANDINGS,
        standing_in_words=_standing_in_words,
        capacities=CAPACITIES,
        country=country_name,
        gaps=record.gaps,
        editor=_editor(),
        languages=LANGUAGES,
        formats=[form for form in register.FORMATS if form != "pdf" or register.pdf_available()],
    )


@blueprint.get("/sites/<key>/register/record")
@needs("site.read")
def processing_record() -> ResponseReturnValue:
    """The record of processing (GDPR article 30) as a file."""
    form, language = register.format_of(request.args.get("format", "csv")), request.args.get("language", "nb")
    if language not in LANGUAGES:
        raise NotFound("there is no such language of the record", reason="language_unknown")
    found = _register()
    made = register.record(site(), found, language, sends_mail=_sends_mail())
    answer = Response(register.as_file(made, form), mimetype=register.FORMATS[form])
    name = f"{site().key}-record-of-processing-{found.today}-{language}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.get("/sites/<key>/register/<party>")
@needs("site.read")
def register_party(party: str) -> ResponseReturnValue:
    """A party with what is known of the agreement with it."""
    found = _register()
    return _shown(found, _found(found, party))


@blueprint.post("/sites/<key>/register/<party>")
@needs("banner.edit")
def save_agreement(party: str) -> ResponseReturnValue:
    """Store what is known of an agreement."""
    found = _register()
    one = _found(found, party)
    try:
        written = agreement_form.read(request.form, _read(one))
        with transaction():
            now = clock.now()
            agreements.save(site().id, written, by=identity().email, now=now)
            audit_log.record_event(
                "agreement_changed",
                by=identity().actor,
                site_id=site().id,
                subject=one.name,
                detail=_changes(one.agreement, written),
                now=now,
            )
    except Invalid as fault:
        return _shown(found, one, 422, fault=fault)
    except PreconditionFailed as fault:
        fresh = _register()
        return _shown(fresh, _found(fresh, party), 409, fault=fault)
    return redirect_with_flash(
        "register_page", gettext("The agreement with %(name)s is saved.", name=one.name), of=found.source
    )


@blueprint.post("/sites/<key>/register/<party>/remove")
@needs("banner.edit")
def remove_agreement(party: str) -> ResponseReturnValue:
    """Delete what is stored of an agreement."""
    found = _register()
    one = _found(found, party)
    try:
        with transaction():
            agreements.remove(site().id, _read(one))
            audit_log.record_event(
                "agreement_removed",
                by=identity().actor,
                site_id=site().id,
                subject=one.name,
                now=clock.now(),
            )
    except PreconditionFailed as fault:
        fresh = _register()
        return _shown(fresh, _found(fresh, party), 409, fault=fault)
    return redirect_with_flash(
        "register_page",
        gettext("What was noted about the agreement with %(name)s is deleted.", name=one.name),
        of=found.source,
    )


def attention() -> dict[str, Any]:
    """Agreements that are missing, have ended or end soon, for the overview; None: all are in order."""
    found = register.of_site(site().id, "version", now=clock.now())
    standings = [one.standing(found.today) for one in found.found]
    counts = {name: standings.count(name) for name in ("missing", "expired", "ending")}
    left = [one.days_left(found.today) for one in found.found if one.standing(found.today) == "ending"]
    soonest = min((days for days in left if days is not None), default=None)
    return {"agreements": {**counts, "soonest": soonest} if any(counts.values()) else None}


def _register() -> Register:
    """By the published version, or by the draft if the address says so or nothing is published."""
    source: Source = "draft" if request.args.get("of") == "draft" else "version"
    return register.of_site(site().id, source, now=clock.now())


def _found(found: Register, party: str) -> Party:
    if not PATTERN.fullmatch(party):
        raise NotFound("there is no such party in this register", reason="party_unknown")
    return found.party(party)


def _read(one: Party) -> Agreement:
    """The agreement with the revision that the page was made of."""
    revision = parsing.number(request.form.get("revision", ""))
    return replace(one.agreement, party=one.name, revision=-1 if revision is None else revision)


def _shown(found: Register, one: Party, status: int = 200, *, fault: DomainError | None = None) -> Response:
    stored = agreement_form.written(one.agreement)
    typed = stored if fault is None else {name: request.form.get(name, "") for name in agreement_form.FIELDS}
    moved = isinstance(fault, PreconditionFailed)
    return page(
        "register/party.html",
        status,
        register=found,
        party=one,
        standing=one.standing(found.today),
        left=one.days_left(found.today),
        typed=typed,
        theirs={name: stored[name] for name in stored if moved and stored[name] != typed[name].strip()},
        # After a conflict the newest revision, so that saving again keeps what was typed.
        revision=one.agreement.revision,
        errors=fault.errors if fault else {},
        moved=moved,
        labels=LABELS,
        standings=STANDINGS,
        standing_in_words=_standing_in_words,
        capacities=CAPACITIES,
        choices=[(name, CAPACITIES[name]) for name in parties.CAPACITIES],
        bases=BASES,
        editor=_editor(),
        country=country_name,
        remind=parties.REMIND_DAYS,
    )


def _changes(before: Agreement, after: Agreement) -> str:
    """The days and the capacity that were changed; texts are named alone."""
    old, new = agreement_form.written(before), agreement_form.written(after)
    named = {"signed_on", "expires_on", "remind_days", "capacity"}
    changed = [name for name in agreement_form.FIELDS if old[name] != new[name]]
    return "; ".join(
        f"{name}: {old[name] or '–'} → {new[name] or '–'}" if name in named else f"{name} changed"
        for name in changed
    )


def _editor() -> Callable[[str, str], str]:
    """For a kind and key of a part, the address of the page that edits it.

    Empty if the user may not, or the draft has no such part.
    """
    if not may("banner.edit"):
        return lambda _kind, _key: ""
    draft, of_site = sites.draft(site().id).document, site().key
    keys: dict[str, set[str]] = {
        "service": {each["key"] for each in draft["services"]},
        "activity": {each["key"] for each in draft["notice"]["activities"]},
        "processor": {each["key"] for each in draft["notice"]["processors"]},
        "section": {each["key"] for each in draft["notice"]["sections"]},
    }

    def address(kind: str, key: str) -> str:
        kind = "service" if kind == "shared" else kind
        if kind == "controller":
            return url_for("studio.section", key=of_site, section="controller")
        if key not in keys[kind]:
            return ""
        if kind == "service":
            return url_for("studio.service", key=of_site, service=key)
        endpoint = "notice_section" if kind == "section" else kind
        return url_for(f"studio.{endpoint}", key=of_site, part=key)

    return address


def _standing_in_words(standing: str, left: int | None) -> str:
    """The state of an agreement, with the days that are left of one that ends soon."""
    if standing != "ending":
        return STANDINGS[standing]
    return ngettext("Ends in %(num)s day", "Ends in %(num)s days", left) if left else gettext("Ends today")


def _sends_mail() -> bool:
    found = settings()
    return found.smtp_url is not None and found.mail_from is not None
