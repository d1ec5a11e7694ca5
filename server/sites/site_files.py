"""Applying a file to a site: it becomes what the file says as a whole, or stays as it is.

Everything is decided by the use cases that the studio has: this module asks whether the caller may, and calls
them in one transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from server.core.errors import Conflict, Forbidden, Invalid, PreconditionFailed
from server.sites import (
    applied_files,
    approvals,
    group_queries,
    groups,
    logos,
    publishing,
    service,
    site_plans,
    tags,
)
from server.sites.document_types import Document
from server.sites.site_content import Content
from server.sites.site_plans import NEEDS, Caller, Plan
from server.sites.values import Site, Version

MOST_NAMED = 20
"""Fields that one refusal names."""


@dataclass(frozen=True)
class Event:
    """Something that was done, for the audit log."""

    action: str
    subject: str
    detail: str = ""


@dataclass(frozen=True)
class Outcome:
    """What applying a file has done."""

    plan: Plan
    site: Site
    version: Version | None
    """What was published; None: nothing."""
    events: tuple[Event, ...]


def apply(
    key: str,
    value: object,
    caller: Caller,
    *,
    now: datetime,
    overwrite: bool = False,
    publish: bool = False,
    note: str = "",
) -> Outcome:
    """Make the site `key` what a file says: all of it, or nothing.

    :param overwrite: also where that undoes what was changed since a file was last applied
    :param publish: publish the banner too, unless visitors have it already

    :raises Invalid: as `plan`; with `publish`, as `service.publish`; or `note`: nothing is published.
    :raises Conflict: `drifted` or `never_applied`, and `errors` names the fields; as `service.publish`; or a
        group is full.
    :raises Forbidden: the caller may not change something that the file changes.
    :raises PreconditionFailed: `changed_meanwhile`.
    """
    _refuse_lost_note(note, publish=publish)
    found = site_plans.plan(key, value, caller)
    if not overwrite:
        _refuse_drift(found)
    _refuse_unless_allowed(found, caller, publish=publish)
    site, events = (found.site, []) if found.site else _made(found, caller, now)
    changed = {each.field.partition(".")[0] for each in found.differences}
    if "group" in changed:
        events += _move(site, found.after["group"], caller, now)
    stored = publishing.locked_draft(site.id)
    locked = service.find_by_id(site.id)
    there = site_plans.content_with(locked, stored.document)
    if found.site and (locked.deletion or there != {**found.before, "group": found.after["group"]}):
        raise PreconditionFailed(f"the site {key} was changed meanwhile: look at the plan again")
    if publish:
        publishing.refuse_other_version(site.id, found.newest)
    events += _set(site, found.after, changed, caller, now)
    if found.foreign_logo:
        logos.adopted_at(site, found.foreign_logo, public_url=caller.public_url, by=caller.by, now=now)
    if "banner" in changed:
        saved = service.save_draft(site.id, found.after["banner"], by=caller.by, now=now)
        events.append(Event("draft_imported", f"revision {saved.revision}"))
    after = service.find_by_id(site.id)
    _keep(after, found, caller, now)
    version = None
    if publish and found.publishing:
        version = service.publish(site.id, note=note, by=caller.by, now=now, approved=caller.approved)
        events += _published(after, version, caller)
    return Outcome(found, after, version, tuple(events))


def _refuse_lost_note(note: str, *, publish: bool) -> None:
    if note and not publish:
        fault = "is for what is published, and nothing is"
        raise Invalid(f"the note {fault}", errors={"note": fault})


def _keep(site: Site, found: Plan, caller: Caller, now: datetime) -> None:
    """Keep what files have made of the site, so that later changes beside them are told."""
    state = site_plans.content(site)
    known = found.applied.content if found.applied else {}
    if (kept := {**known, **{name: state[name] for name in state if name in found.named}}) != known:
        applied_files.keep(site.id, kept, by=caller.by, now=now)


# --- applying it ------------------------------------------------------------------------------------------


def _refuse_drift(found: Plan) -> None:
    """:raises Conflict: `drifted` or `never_applied`, and `errors` names the fields."""
    doubtful = found.not_by_file
    if not doubtful:
        return
    if drifted := [each for each in doubtful if each.origin != "unknown"]:
        reason, fault = "drifted", "was changed in the studio"
        sentence = (
            f"the site {found.key} was changed since a file was last applied: take these changes into the "
            "file, or overwrite them"
        )
    else:
        reason, fault = "never_applied", "differs from the file"
        sentence = (
            f"no file with these fields was applied to {found.key} before, so nobody can tell what was "
            "changed in the studio meanwhile: look at the plan, and overwrite what differs if that is meant"
        )
    named = (drifted or doubtful)[:MOST_NAMED]
    raise Conflict(sentence, reason=reason, errors={each.field: fault for each in named})


def _refuse_unless_allowed(found: Plan, caller: Caller, *, publish: bool) -> None:
    """:raises Forbidden: the caller may not change something that the file changes."""
    site_id = found.site.id if found.site else None
    if not caller.groups and any(each.field == "group" for each in found.differences):
        raise Forbidden(f"this token may not change the group of {found.key}", reason="maker_forbidden")
    needed = {NEEDS.get(each.field.partition(".")[0], "site.edit") for each in found.differences}
    if found.site is None:
        needed |= {"site.create"}
    if publish and found.publishing:
        needed |= {"banner.publish"}
    for permission in sorted(needed):
        if not caller.may(permission, None if permission == "site.create" else site_id):
            what = {
                "banner.edit": "change the banner",
                "banner.publish": "publish",
                "site.create": "make sites, or put them into groups",
            }.get(permission, "change settings")
            raise Forbidden(f"this token may not {what} of {found.key}", reason="maker_forbidden")


def _made(found: Plan, caller: Caller, now: datetime) -> tuple[Site, list[Event]]:
    site = service.create(
        found.key,
        found.after["name"],
        found.after["domains"],
        by=caller.by,
        now=now,
        staging=found.after["staging_domains"],
        reserved=caller.reserved,
        start=cast("Document", found.after["banner"]),
    )
    return site, [Event("site_created", site.key)]


def _move(site: Site, group: str | None, caller: Caller, now: datetime) -> list[Event]:
    """Take a site out of its group and put it into another one, with the values that it has."""
    events, before = [], group_queries.membership(site.id)
    if before is not None:
        groups.remove(site, now=now)
        events.append(Event("group_left", before.group.key))
    if group is not None:
        found = groups.find(group)
        groups.add(found, site, take=False, by=caller.by, now=now, public_url=caller.public_url)
        events.append(Event("group_joined", found.key))
    return events


def _set(site: Site, after: Content, changed: set[str], caller: Caller, now: datetime) -> list[Event]:
    """Change the settings of a site that are to change."""
    events = []
    if "name" in changed and site.name != after["name"]:
        service.rename(site.id, after["name"])
        events.append(Event("site_renamed", after["name"], f"{site.name} → {after['name']}"))
    if {"domains", "staging_domains"} & changed and (site.domains, site.staging_domains) != (
        tuple(after["domains"]),
        tuple(after["staging_domains"]),
    ):
        renewed = service.set_domains(
            site.id, after["domains"], staging=after["staging_domains"], reserved=caller.reserved
        )
        detail = f"{site.listed_domains} → {renewed.listed_domains}"
        events.append(Event("site_changed", "domains", detail))
    if "tags" in changed:
        before = tags.of_sites([site.id]).get(site.id, ())
        tags.replace(site.id, after["tags"])
        events.append(Event("site_tagged", site.key, tags.difference(before, after["tags"])))
    if "retention_days" in changed:
        days = after["retention_days"]
        service.set_retention(site.id, days)
        events.append(Event("retention_changed", f"{days} days", f"before: {site.retention.days} days"))
    if "approval_required" in changed:
        required = after["approval_required"]
        approvals.require(site.id, required=required, now=now)
        events.append(Event("approval_changed", "switched on" if required else "switched off"))
    return events


def _published(site: Site, version: Version, caller: Caller) -> list[Event]:
    subject = f"version {version.number}"
    events = [Event("published", subject, version.note)]
    if caller.approved and site.approval_required:
        events.append(Event("published_unapproved", subject))
    return events
