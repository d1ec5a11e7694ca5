"""New sites, and the settings of one: name, tags, domains, retention, who publishes, approval."""

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log, reach, users
from server.consents.service import retention
from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import Conflict, Invalid
from server.core.http import settings
from server.scanner.values import Proposal
from server.sites import approvals, responsibility, tags
from server.sites import service as sites
from server.studio.draft import keyed_parts, pasted
from server.studio.guard import SOMEBODY, blueprint, identity, needs, site
from server.studio.language import gettext, ngettext
from server.studio.sentences import translated
from server.studio.sites import proposals
from server.studio.views import page, redirect_with_flash, visible_sites

DEFAULT_LANGUAGE = "nb"
"""The main language of a new site whose page does not say another."""


@blueprint.get("/")
@needs(SOMEBODY)
def home() -> ResponseReturnValue:
    """Redirects a user with a single site to it; others choose."""
    mine = visible_sites()
    if len(mine) == 1:
        return redirect(url_for("studio.overview", key=mine[0].key), 303)
    return redirect(url_for("studio.all_sites"), 303)


@blueprint.get("/sites/new")
@needs("site.create")
def new_site() -> ResponseReturnValue:
    """The form for a new site."""
    return new_site_form(200, {}, {})


@blueprint.post("/sites/new")
@needs("site.create")
def create_site() -> ResponseReturnValue:
    """Create a site with a draft banner."""
    names = ("name", "key", "domains", "language", "impressions")
    typed = {name: request.form.get(name, "").strip() for name in names}
    chosen = typed["key"] or key_of(typed["name"])
    proposal = proposals.unsealed(request.form.get("proposal", ""))
    try:
        impressions = _chosen(typed["impressions"])
        now = clock.now()
        with transaction():
            made = sites.create(
                chosen,
                typed["name"],
                hosts(typed["domains"]),
                by=identity().email,
                now=now,
                impressions=impressions,
                language=typed["language"] or DEFAULT_LANGUAGE,
            )
            proposals.begin(made, proposal, now=now)
            audit_log.record_event(
                "site_created", by=identity().actor, site_id=made.id, subject=made.key, now=now
            )
    except (Invalid, Conflict) as fault:
        if isinstance(fault, Conflict):
            # Whoever is to choose another one sees which is taken.
            typed["key"] = chosen
        return new_site_form(fault.status, typed, faults(fault, typed["domains"]), proposal=proposal)
    if proposal:
        # After the site is stored: another server is waited for, which may take seconds.
        proposals.take_logo(made, proposal, now=now)
    return redirect_with_flash(
        # The studio's own form says where to go on; programs that post the fields alone get the overview.
        "setup" if "proposal" in request.form else "overview",
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
    return website_page(200, {})


@blueprint.post("/sites/<key>/name")
@needs("site.edit")
def rename_site() -> ResponseReturnValue:
    """Change the name of this site."""
    typed, before = request.form.get("name", ""), site().name
    try:
        with transaction():
            changed = sites.rename(site().id, typed.strip())
            audit_log.record_event(
                "site_renamed",
                by=identity().actor,
                site_id=changed.id,
                subject=changed.name,
                detail=f"{before} → {changed.name}",
                now=clock.now(),
            )
    except Invalid as fault:
        return website_page(422, {name: str(sentence) for name, sentence in fault.errors.items()}, name=typed)
    return redirect_with_flash("domains", gettext("The site is called %(name)s now.", name=changed.name))


@blueprint.post("/sites/<key>/tags")
@needs("site.edit")
def set_tags() -> ResponseReturnValue:
    """Replace the tags of this site."""
    typed = request.form.get("tags", "")
    try:
        with transaction():
            wanted = tags.parsed(typed)
            before = tags.of_sites([site().id]).get(site().id, ())
            tags.replace(site().id, wanted)
            if changed := tags.difference(before, wanted):
                audit_log.record_event(
                    "site_tagged",
                    by=identity().actor,
                    site_id=site().id,
                    subject=site().key,
                    detail=changed,
                    now=clock.now(),
                )
    except Invalid as fault:
        return website_page(422, {name: str(said) for name, said in fault.errors.items()}, tagged=typed)
    return redirect_with_flash("domains", gettext("The tags are saved."))


@blueprint.post("/sites/<key>/responsible")
@needs("site.edit")
def set_responsible() -> ResponseReturnValue:
    """Name who is responsible for this site."""
    chosen = request.form.get("responsible", "") or None
    before = responsibility.of_site(site().id)
    try:
        with transaction():
            if responsibility.assign(site().id, chosen):
                known = users.addresses([one for one in (before, chosen) if one])
                audit_log.record_event(
                    "site_changed",
                    by=identity().actor,
                    site_id=site().id,
                    subject="responsible person",
                    detail=" → ".join(known.get(one or "", "nobody") for one in (before, chosen)),
                    now=clock.now(),
                )
    except Invalid as fault:
        return website_page(422, {name: str(said) for name, said in fault.errors.items()})
    return redirect_with_flash("domains", gettext("The responsible person is saved."))


@blueprint.post("/sites/<key>/domains")
@needs("site.edit")
def set_domains() -> ResponseReturnValue:
    """Replace the domains of this site."""
    text, tested = request.form.get("domains", ""), request.form.get("staging", "")
    try:
        with transaction():
            own = "" if identity().all_sites else settings().own_host
            changed = sites.set_domains(site().id, hosts(text), staging=hosts(tested), reserved=own)
            audit_log.record_event(
                "site_changed",
                by=identity().actor,
                site_id=changed.id,
                subject="domains",
                detail=f"{site().listed_domains} → {changed.listed_domains}",
                now=clock.now(),
            )
    except Invalid as fault:
        return website_page(422, faults(fault, text, tested), text=text, staging=tested)
    return redirect_with_flash("domains", gettext("The domains are saved. They take effect at once."))


@blueprint.post("/sites/<key>/retention")
@needs("site.edit", proof=True)
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
        return website_page(422, {name: str(sentence) for name, sentence in fault.errors.items()}, days=typed)
    return redirect_with_flash(
        "domains",
        ngettext(
            "Saved. Decisions are deleted %(num)s day after they have expired.",
            "Saved. Decisions are deleted %(num)s days after they have expired.",
            days,
        ),
    )


@blueprint.post("/sites/<key>/approval")
@needs("site.edit", proof=True)
def set_approval() -> ResponseReturnValue:
    """Say whether a second person has to approve what is published."""
    required, now = request.form.get("approval_required") == "on", clock.now()
    try:
        with transaction():
            approvals.require(site().id, required=required, now=now)
            audit_log.record_event(
                "approval_changed",
                by=identity().actor,
                site_id=site().id,
                subject="switched on" if required else "switched off",
                now=now,
            )
    except Invalid as fault:
        return website_page(422, {name: str(sentence) for name, sentence in fault.errors.items()})
    return redirect_with_flash(
        "domains",
        gettext("Saved. From now on a second person approves what is published.")
        if required
        else gettext("Saved. Those who may publish do so without approval."),
    )


@blueprint.post("/sites/<key>/publishers")
@needs("site.edit", proof=True)
def set_publishers() -> ResponseReturnValue:
    """Say whether editors publish, or only ask for it."""
    required, now = request.form.get("publishers_only") == "on", clock.now()
    with transaction():
        if approvals.require_publishers(site().id, required=required, now=now):
            audit_log.record_event(
                "publishers_changed",
                by=identity().actor,
                site_id=site().id,
                subject="switched on" if required else "switched off",
                now=now,
            )
    return redirect_with_flash(
        "domains",
        gettext("Saved. Editors ask, and publishers and owners publish.")
        if required
        else gettext("Saved. Editors publish."),
    )


def website_page(
    status: int,
    errors: dict[str, str],
    *,
    name: str | None = None,
    tagged: str | None = None,
    text: str | None = None,
    staging: str | None = None,
    days: str | None = None,
) -> Response:
    """The page of a site's settings, with what was typed into a form that is refused."""
    named = responsibility.of_site(site().id)
    return page(
        "sites/website.html",
        status,
        name=site().name if name is None else name,
        tagged=", ".join(tags.of_sites([site().id]).get(site().id, ())) if tagged is None else tagged,
        text="\n".join(site().domains) if text is None else text,
        staging="\n".join(site().staging_domains) if staging is None else staging,
        days=site().retention.days if days is None else days,
        errors=errors,
        people={**users.addresses([one for one in (named,) if one]), **users.people_of(site().id)},
        responsible=named,
        runs=retention.retention_runs(site().id, limit=10),
        approvers=approvals.approvers(site().id),
        publishers_only=reach.publishers_only(site().id),
    )


def new_site_form(
    status: int,
    typed: dict[str, str],
    errors: dict[str, str],
    *,
    proposal: Proposal | None = None,
    problem: str = "",
) -> Response:
    """The form for a new site.

    :param proposal: what the page of the website proposed
    :param problem: why it could not be read
    """
    return page(
        "sites/new.html",
        status,
        typed={"language": DEFAULT_LANGUAGE, **{name: text for name, text in typed.items() if text}},
        errors=errors,
        proposal=proposal,
        sealed=proposals.sealed(proposal) if proposal else "",
        found=proposals.names_of(proposal.services) if proposal else (),
        problem=problem,
        spoken=[(one.code, one.name) for one in sites.known_languages()],
    )


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


def hosts(text: str) -> list[str]:
    """The hosts in a text of one per line, as people paste them."""
    return [pasted.host(line) for line in _lines(text)]


def faults(fault: Invalid | Conflict, text: str, staging: str = "") -> dict[str, str]:
    """Errors by form field; an invalid domain is named in the message."""
    errors: dict[str, str] = {}
    for path, sentence in fault.errors.items():
        field, _dot, rest = path.partition(".")
        name = {"staging_domains": "staging"}.get(field, field)
        index, lines = parsing.number(rest), _lines(staging if name == "staging" else text)
        said = translated(str(sentence))
        if index is not None and index < len(lines):
            said = gettext("“%(line)s” %(fault)s", line=lines[index], fault=said)
        errors[name] = "; ".join(filter(None, (errors.get(name), said)))
    return errors
