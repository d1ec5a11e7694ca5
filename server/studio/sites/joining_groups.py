"""Putting sites into a group: chosen first, then with what differs."""

from collections import Counter
from typing import Literal

from flask import Response, flash, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, Invalid
from server.core.http import settings
from server.sites import groups, listing
from server.sites import service as sites
from server.sites.listing import Wanted
from server.sites.values import Group, Site
from server.studio.guard import blueprint, identity, needs
from server.studio.language import gettext, ngettext
from server.studio.sites import group_differences
from server.studio.views import page, printable, redirect_with_flash

OFFERED = 60
"""Most sites that are offered at once; a search finds the others."""


@blueprint.get("/groups/<group>/add")
@needs("site.create")
def join_group(group: str) -> ResponseReturnValue:
    """Sites to choose from: those that are in no group."""
    return _offer(groups.find(group), 200, {})


@blueprint.post("/groups/<group>/add")
@needs("site.create", proof=True)
def add_to_group(group: str) -> ResponseReturnValue:
    """Show what differs on the chosen sites, and then put them into the group."""
    found, chosen = groups.find(group), sites.with_keys(request.form.getlist("site")[:OFFERED])
    if not chosen:
        return _offer(found, 422, {"site": "are not chosen yet"})
    values = request.form.get("values", "")
    if values not in ("take", "keep"):
        asked = "has to be chosen" if "asked" in request.form else ""
        return _differences(found, chosen, 422 if asked else 200, {"values": asked} if asked else {})
    outcomes = Counter(_add(found, one, take=values == "take") for one in chosen)
    for outcome in _NOT_ADDED:
        if outcomes[outcome]:
            flash(_not_added(outcome, outcomes[outcome]), "warning")
    joined = outcomes["joined"]
    said = ngettext("One site is in the group now.", "%(num)s sites are in the group now.", joined)
    return redirect_with_flash("group", said if joined else None, group=found.key)


Outcome = Literal["joined", "in_a_group", "group_full", "does_not_fit"]
"""What became of a chosen site."""

_NOT_ADDED: tuple[Outcome, ...] = ("in_a_group", "group_full", "does_not_fit")


def _not_added(outcome: Outcome, count: int) -> str:
    """Why so many sites are not in the group."""
    if outcome == "in_a_group":
        return ngettext(
            "One site was not added: it is in a group already.",
            "%(num)s sites were not added: they are in a group already.",
            count,
        )
    if outcome == "group_full":
        return ngettext(
            "One site was not added: the group has as many as it can have.",
            "%(num)s sites were not added: the group has as many as it can have.",
            count,
        )
    return ngettext(
        "One site was not added: the group’s values do not fit the rest of its draft.",
        "%(num)s sites were not added: the group’s values do not fit the rest of their drafts.",
        count,
    )


def _add(group: Group, one: Site, *, take: bool) -> Outcome:
    """Put a site into the group, if that is possible."""
    now, by = clock.now(), identity()
    try:
        with transaction():
            groups.add(group, one, take=take, by=by.email, now=now, public_url=settings().public_url)
            audit_log.record_event("group_joined", by=by.actor, site_id=one.id, subject=group.name, now=now)
    except Conflict as fault:
        return "group_full" if fault.reason == "group_full" else "in_a_group"
    except Invalid:
        return "does_not_fit"
    return "joined"


def _offer(group: Group, status: int, errors: dict[str, str]) -> Response:
    question = printable(request.values.get("q", ""))
    who = identity()
    found = listing.page(
        Wanted(question, "", ""), after=None, limit=OFFERED, only=None if who.all_sites else who.site_ids
    )
    taken = groups.grouped([one.site.id for one in found])
    return page(
        "groups/add.html",
        status,
        group=group,
        question=question,
        sites=[one.site for one in found if one.site.id not in taken],
        errors=errors,
    )


def _differences(group: Group, chosen: tuple[Site, ...], status: int, errors: dict[str, str]) -> Response:
    return page(
        "groups/joining.html",
        status,
        group=group,
        rows=group_differences.of_sites(group, chosen),
        errors=errors,
        title=gettext("Add sites"),
    )
