"""Plans and outcomes of files as JSON: the same from the API and from the command line."""

from collections.abc import Iterator
from typing import Any

from server.sites import authors
from server.sites.applied_files import Applied
from server.sites.site_files import Outcome
from server.sites.site_plans import Plan
from server.sites.values import Finding, Pending, program_of


def plan_value(plan: Plan) -> dict[str, Any]:
    """What applying a file would do."""
    return {
        "site": plan.key,
        "new": plan.site is None,
        "applied": _applied(plan.applied) if plan.applied else None,
        "changes": [
            {
                "field": each.field,
                "label": each.label,
                "kind": each.kind,
                "before": each.before,
                "after": each.after,
                "origin": each.origin,
            }
            for each in plan.differences
        ],
        "findings": [_finding(each) for each in plan.findings],
        "publishing": _publishing(plan.publishing) if plan.publishing else None,
        "language": plan.after["banner"]["default_language"],
    }


def outcome_value(outcome: Outcome) -> dict[str, Any]:
    """What applying a file has done."""
    version = outcome.version
    return {
        "site": outcome.site.key,
        "created": outcome.plan.site is None,
        "changes": plan_value(outcome.plan)["changes"],
        "published": version.number if version else None,
        "language": outcome.plan.after["banner"]["default_language"],
    }


def _applied(applied: Applied) -> dict[str, Any]:
    token_id = program_of(applied.by)
    return {
        "at": applied.at.isoformat(timespec="seconds"),
        "by": applied.by,
        "program": authors.programs([applied.by]).get(token_id) if token_id else None,
    }


def _finding(one: Finding) -> dict[str, str]:
    return {
        "severity": one.severity,
        "field": f"banner.{one.field}",
        "message": one.message,
        "rule": one.rule,
    }


def _publishing(pending: Pending) -> dict[str, Any]:
    return {
        "version": pending.number,
        "change": "first" if pending.number == 1 else pending.change,
        "asked_again": list(_asked_again(pending)),
    }


def _asked_again(pending: Pending) -> Iterator[dict[str, Any]]:
    main = pending.document["default_language"]
    names = {each["key"]: each["names"].get(main) or each["key"] for each in pending.document["categories"]}
    for change in pending.scope_changes:
        yield {
            "category": change.category,
            "name": names.get(change.category, change.category),
            "reason": change.reason,
            "added": list(change.added_services),
        }
