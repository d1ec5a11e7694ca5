"""The requests of all sites that wait for an answer, for those who answer for several."""

from collections.abc import Mapping
from datetime import date

from flask import request
from flask.typing import ResponseReturnValue

from server.core import clock
from server.notices import request_rules
from server.notices.request_rules import Summary
from server.notices.service import requests
from server.sites import service as sites
from server.sites.values import Site
from server.studio.guard import blueprint, identity, needs
from server.studio.language import lazy_gettext
from server.studio.records.requests import KINDS, STATES, urgency
from server.studio.views import page, visible_sites

DUE = {
    "overdue": lazy_gettext("Overdue"),
    "soon": lazy_gettext("Due soon"),
    "later": lazy_gettext("Later"),
}
"""How urgent → label."""


@blueprint.get("/requests")
@needs("request.read")
def request_queue() -> ResponseReturnValue:
    """Open requests of the visible sites that match the filters, the earliest due date first. No content."""
    asked = {name: request.args.get(name, "") for name in ("site", "kind", "due")}
    only = None if identity().all_sites else identity().site_ids
    found = requests.open_of_sites(only, limit=requests.MOST_OPEN + 1)
    there = {one.id: one for one in sites.with_ids({each.site_id for each in found}) if not one.deletion}
    today = {site_id: requests.today(site_id, now=clock.now()) for site_id in there}
    waiting = [
        (one, there[one.site_id], _due(one, today[one.site_id]))
        for one in found[: requests.MOST_OPEN]
        if one.site_id in there
    ]
    return page(
        "requests/queue.html",
        waiting=[one for one in waiting if _fits(one, asked)],
        total=len(waiting),
        overdue=sum(due == "overdue" for _one, _site, due in waiting),
        more=len(found) > requests.MOST_OPEN,
        asked=asked,
        most=requests.MOST_OPEN,
        site_options=[(one.key, one.name) for one in visible_sites()],
        kinds=KINDS,
        states=STATES,
        due_labels=DUE,
        soon=request_rules.WARNED.days,
    )


def _due(one: Summary, today: date) -> str:
    return urgency(one, today) or "later"


def _fits(one: tuple[Summary, Site, str], asked: Mapping[str, str]) -> bool:
    """Whether a request is one of those that are asked for; what is no filter narrows nothing."""
    summary, site, due = one
    chosen = (("site", site.key), ("kind", summary.kind), ("due", due))
    return all(not asked[name] or asked[name] == value for name, value in chosen)
