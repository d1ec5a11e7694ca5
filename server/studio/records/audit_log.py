"""The audit log, for owners and auditors."""

from collections.abc import Sequence
from functools import partial

from flask import g, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.accounts.values import AuditEvent
from server.core import parsing
from server.core.errors import NotFound
from server.core.http import settings
from server.sites import service as sites
from server.sites.values import Site
from server.studio.guard import blueprint, identity, needs, zone
from server.studio.records import audit_labels
from server.studio.views import page, visible_sites

SHOWN = 50
"""Entries on one page."""


@blueprint.get("/trail")
@needs("audit.read")
def audit_log_page() -> ResponseReturnValue:
    """The events of all visible sites."""
    return _page()


@blueprint.get("/sites/<key>/trail")
@needs("audit.read")
def site_audit_log() -> ResponseReturnValue:
    """The events of one site."""
    return _page()


def _page() -> ResponseReturnValue:
    """Entries that match the filters, newest first."""
    only = None if identity().all_sites else identity().site_ids
    filters = {name: request.args.get(name, "").strip() for name in ("site", "by", "action", "number")}
    here = g.site or _visible(filters["site"])
    raw = request.args.get("before", "")
    found = audit_log.audit_events(
        only=only,
        site_id=here.id if here else None,
        by=filters["by"],
        action=filters["action"],
        subject=_mark(filters["number"]),
        before=parsing.number(raw, digits=17),
        limit=SHOWN + 1,
    )
    checked = audit_log.verify_audit_log() if only is None and request.args.get("check") else None
    return page(
        "audit_log/list.html",
        days=list(audit_labels.by_day(found[:SHOWN], zone())),
        older=found[SHOWN - 1].number if len(found) > SHOWN else None,
        newer=bool(raw),
        asked={name: text for name, text in filters.items() if text},
        actors=audit_log.actors(only=only),
        labels=audit_labels.LABELS,
        line=audit_labels.line,
        bulk_action=audit_labels.bulk_action,
        detail=partial(audit_labels.detail, zone=zone()),
        named=audit_labels.named,
        sites={one.id: one for one in (*visible_sites(), *_sites_of(found))},
        whole=only is None,
        checked=checked,
    )


def _visible(key: str) -> Site | None:
    try:
        found = sites.find(key)
    except NotFound:
        return None
    return found if identity().sees(found.id) else None


def _sites_of(events: Sequence[AuditEvent]) -> tuple[Site, ...]:
    """The sites of the events, which are visible ones."""
    return sites.with_ids({event.site_id for event in events if event.site_id})


def _mark(number: str) -> str:
    """The pseudonym of a consent: of its number, or the pseudonym itself if that was entered."""
    if not number or number.startswith("consent "):
        return number
    return audit_log.mark(number, secret_key=settings().secret_key)
