"""What an assistant may read: sites, what a publish would do and what stops it, figures, and the catalog."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from server.analytics.representations import as_tree
from server.analytics.service import figures as released
from server.analytics.values import Dimension, Interval, Query, window
from server.catalog import service as catalog
from server.core.errors import Invalid
from server.ops.assistants.callers import Caller
from server.sites import publications, site_differences, site_plans
from server.sites import service as sites
from server.sites.site_file_values import plan_value
from server.sites.values import Site

MOST = 50
"""Sites, services or changes in one answer."""


def list_sites(caller: Caller, search: str, after: str) -> dict[str, Any]:
    """The sites that the caller sees, by key: those with a text in name, key or domain, or all."""
    caller.require("site.read")
    if search:
        found = sites.like(search, only=caller.visible, limit=MOST)
        return {"sites": [_summary(each) for each in found], "next": None}
    page = sites.page(after=after or None, limit=MOST + 1, only=caller.visible)
    return {
        "sites": [_summary(each) for each in page[:MOST]],
        "next": page[MOST - 1].key if len(page) > MOST else None,
    }


def overview(caller: Caller, key: str) -> dict[str, Any]:
    """What a site is, what its visitors have, and what waits."""
    site = caller.site(key, "site.read")
    draft, version, waiting = sites.draft(site.id), sites.newest(site.id), publications.waiting(site.id)
    content = site_plans.content(site)
    found = sites.check(site.id)
    return {
        **{name: value for name, value in content.items() if name != "banner"},
        "paused": site.pause is not None,
        "languages": sorted(draft.document["texts"]),
        "draft": {
            "revision": draft.revision,
            "saved_at": draft.updated_at.isoformat(timespec="seconds"),
            "differs_from_published": version is None or version.document != draft.document,
        },
        "published": {
            "version": version.number,
            "at": version.published_at.isoformat(timespec="seconds"),
            "note": version.note,
        }
        if version
        else None,
        "waits": {
            "state": waiting.state,
            "publish_at": waiting.publish_at.isoformat() if waiting.publish_at else None,
        }
        if waiting
        else None,
        "findings": {
            severity: sum(each.severity == severity for each in found) for severity in ("error", "warning")
        },
    }


def figures(
    caller: Caller,
    key: str,
    *,
    start: date | None,
    end: date | None,
    interval: Interval,
    by: Dimension | None,
    now: datetime,
) -> dict[str, Any]:
    """Released figures of a site with their margins, as the API has them.

    :raises Invalid: the window ends before it begins, or is too long.
    """
    site = caller.site(key, "analytics.read")
    try:
        first, last = window(start, end, today=released.today(site.id, now=now))
    except ValueError as wrong:
        raise Invalid(f"`start` {wrong}", errors={"start": str(wrong)}) from wrong
    return cast("dict[str, Any]", as_tree(released.figures(Query(first, last, interval, by), site=site)))


def findings(caller: Caller, key: str) -> dict[str, Any]:
    """What stops a publish of the draft, or should be known before it."""
    site = caller.site(key, "site.read")
    return {
        "findings": [
            {"severity": one.severity, "field": one.field, "message": one.message, "rule": one.rule}
            for one in sites.check(site.id)
        ]
    }


def unpublished(caller: Caller, key: str) -> dict[str, Any]:
    """How the draft differs from what visitors have, and who would be asked again if it were published."""
    site = caller.site(key, "site.read")
    version, planned = sites.newest(site.id), plan_value(_plan_of_itself(site))
    draft = site_plans.content(site)
    changes = []
    if version is not None:
        before = {**draft, "banner": version.document}
        changes = [
            {"field": each.field, "label": each.label, "before": each.before, "after": each.after}
            for each in site_differences.between(before, draft, None)
        ]
    return {
        "published_version": version.number if version else None,
        "changes": changes[:MOST],
        "more_changes": max(0, len(changes) - MOST),
        "publishing": planned["publishing"],
    }


def draft(caller: Caller, key: str, section: str) -> dict[str, Any]:
    """A section of the draft, and the revision that an edit of it must name.

    :raises Invalid: there is no such section.
    """
    site = caller.site(key, "site.read")
    found = sites.draft(site.id)
    document: Mapping[str, Any] = found.document
    if section not in document:
        fault = f"is none of {', '.join(document)}"
        raise Invalid(f"the section {fault}", errors={"section": fault})
    return {"revision": found.revision, "section": section, "value": document[section]}


def search_catalog(text: str) -> dict[str, Any]:
    """Known services that a text may mean: a name, a provider, a cookie, a host."""
    return {
        "services": [
            {
                "key": each.key,
                "name": each.name,
                "category": each.category,
                "purpose": each.purpose.en,
            }
            for each in catalog.search(text)[:MOST]
        ]
    }


def catalog_service(key: str) -> dict[str, Any]:
    """All that the catalog says of a service, with its sources."""
    return catalog.as_json(catalog.find(key))


# --- internal ---------------------------------------------------------------------------------------------


def _summary(site: Site) -> dict[str, Any]:
    return {
        "key": site.key,
        "name": site.name,
        "domains": list(site.domains),
        "paused": site.pause is not None,
    }


def _plan_of_itself(site: Site) -> site_plans.Plan:
    """What publishing the draft as it is would decide, in the form that files have."""
    reader = site_plans.Caller(by="", may=lambda _permission, _site: False, public_url="")
    return site_plans.plan(site.key, {}, reader)
