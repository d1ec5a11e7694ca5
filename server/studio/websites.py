"""The list of sites, new sites, domains, and retention."""

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.consents.service import retention
from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import Conflict, Invalid
from server.core.http import settings
from server.sites import service as sites
from server.sites.values import KEY
from server.studio import keyed_parts, pasted
from server.studio.guard import SOMEBODY, blueprint, identity, needs, site
from server.studio.language import gettext, ngettext
from server.studio.sentences import translated
from server.studio.views import LISTED, page, redirect_with_flash, visible_sites


@blueprint.get("/")
@needs(SOMEBODY)
def home() -> ResponseReturnValue:
    """Redirects a user with a single site to it; others choose."""
    mine = visible_sites()
    if len(mine) == 1:
        return redirect(url_for("studio.overview", key=mine[0].key), 303)
    return redirect(url_for("studio.all_sites"), 303)


@blueprint.get("/sites")
@needs(SOMEBODY)
def all_sites() -> ResponseReturnValue:
    """The visible sites, page by page."""
    after = request.args.get("after", "")
    mine = visible_sites(after=after if KEY.fullmatch(after) else None)
    more = max(one.key for one in mine) if len(mine) == LISTED else None
    return page("sites/list.html", sites=[(one, sites.newest(one.id)) for one in mine], more=more)


@blueprint.get("/sites/new")
@needs("site.create")
def new_site() -> ResponseReturnValue:
    """The form for a new site."""
    return _new_site(200, {}, {})


@blueprint.post("/sites/new")
@needs("site.create")
def create_site() -> ResponseReturnValue:
    """Create a site with a draft banner."""
    typed = {name: request.form.get(name, "").strip() for name in ("name", "key", "domains", "impressions")}
    chosen = typed["key"] or key_of(typed["name"])
    try:
        impressions = _chosen(typed["impressions"])
        now = clock.now()
        with transaction():
            made = sites.create(
                chosen,
                typed["name"],
                _hosts(typed["domains"]),
                by=identity().email,
                now=now,
                impressions=impressions,
            )
            audit_log.record_event(
                "site_created", by=identity().actor, site_id=made.id, subject=made.key, now=now
            )
    except (Invalid, Conflict) as fault:
        if isinstance(fault, Conflict):
            # Whoever is to choose another one sees which is taken.
            typed["key"] = chosen
        return _new_site(fault.status, typed, _faults(fault, typed["domains"]))
    return redirect_with_flash(
        "overview",
        gettext(
            "%(name)s is created, with the key %(key)s. Its banner has a first draft already.",
            name=made.name,
            key=made.key,
        ),
        key=made.key,
    )


@blueprint.get("/sites/<key>/domains")
@needs("site.edit")
def domains() -> ResponseReturnValue:
    """Domains and retention of a site."""
    return _website(200, {})


@blueprint.post("/sites/<key>/domains")
@needs("site.edit")
def set_domains() -> ResponseReturnValue:
    """Replace the domains of this site."""
    text = request.form.get("domains", "")
    try:
        with transaction():
            own = "" if identity().all_sites else settings().own_host
            changed = sites.set_domains(site().id, _hosts(text), reserved=own)
            audit_log.record_event(
                "site_changed",
                by=identity().actor,
                site_id=changed.id,
                subject="domains",
                detail=f"{', '.join(site().domains)} → {', '.join(changed.domains)}",
                now=clock.now(),
            )
    except Invalid as fault:
        return _website(422, _faults(fault, text), text=text)
    return redirect_with_flash("domains", gettext("The domains are saved. They take effect at once."))


@blueprint.post("/sites/<key>/retention")
@needs("site.edit")
def set_retention() -> ResponseReturnValue:
    """Set the retention of decisions."""
    typed = request.form.get("days", "").strip()
    number = parsing.number(typed)
    days = -1 if number is None else number
    before = site().retention.days
    try:
        with transaction():
            changed = sites.set_retention(site().id, days)
            audit_log.record_event(
                "retention_changed",
                by=identity().actor,
                site_id=changed.id,
                subject=f"{days} days",
                detail=f"before: {before} days",
                now=clock.now(),
            )
    except Invalid as fault:
        return _website(422, {name: str(sentence) for name, sentence in fault.errors.items()}, days=typed)
    return redirect_with_flash(
        "domains",
        ngettext(
            "Saved. Decisions are deleted %(num)s day after they have expired.",
            "Saved. Decisions are deleted %(num)s days after they have expired.",
            days,
        ),
    )


def _website(
    status: int, errors: dict[str, str], *, text: str | None = None, days: str | None = None
) -> Response:
    return page(
        "sites/website.html",
        status,
        text="\n".join(site().domains) if text is None else text,
        days=site().retention.days if days is None else days,
        errors=errors,
        runs=retention.retention_runs(site().id, limit=10),
    )


def _new_site(status: int, typed: dict[str, str], errors: dict[str, str]) -> Response:
    return page("sites/new.html", status, typed=typed, errors=errors)


def key_of(name: str) -> str:
    """The key that a site of this name gets if none was typed."""
    return keyed_parts.free_key(name, (), "site").replace("_", "-")


def _chosen(impressions: str) -> bool:
    """Whether the site is to count impressions: a choice without default, as the law leaves it open.

    :raises Invalid: neither was chosen.
    """
    if impressions not in ("on", "off"):
        fault = "is not chosen yet"
        raise Invalid(f"whether to count {fault}", errors={"impressions": fault})
    return impressions == "on"


def _lines(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _hosts(text: str) -> list[str]:
    return [pasted.host(line) for line in _lines(text)]


def _faults(fault: Invalid | Conflict, text: str) -> dict[str, str]:
    """Errors by form field; an invalid domain is named in the message."""
    lines = _lines(text)
    errors: dict[str, str] = {}
    for path, sentence in fault.errors.items():
        name, _dot, rest = path.partition(".")
        index = parsing.number(rest)
        said = translated(str(sentence))
        if index is not None and index < len(lines):
            said = gettext("“%(line)s” %(fault)s", line=lines[index], fault=said)
        errors[name] = "; ".join(filter(None, (errors.get(name), said)))
    return errors
