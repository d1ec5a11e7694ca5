"""Groups of sites that share a part of their banner documents (ADR 41).

A group keeps its document; a site follows each change of it in a transaction of its own, at once or by the
worker. `inheritance` says which values of a site are the group's.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from server.accounts.service import reach
from server.core.canonical import canonical_text
from server.core.db import db, insert
from server.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from server.core.ids import new_id
from server.sites import (
    document,
    document_places,
    group_queries,
    inheritance,
    logos,
    models,
    page_addresses,
    publishing,
    sample_rules,
    service,
    site_input,
)
from server.sites.document_places import Place
from server.sites.inheritance import PARTS, GroupDocument
from server.sites.values import KEY, Draft, Group, GroupName, GroupSummary, Membership, Site

MOST_MEMBERS = 1000
"""Most sites of a group."""

_NO_KEY = "new"
"""The studio has the form for a new group at this address."""

_GROUP = cast("sa.Table", models.SiteGroup.__table__)
_REVISION = cast("sa.Table", models.SiteGroupRevision.__table__)
_MEMBER = cast("sa.Table", models.SiteGroupMember.__table__)


@dataclass(frozen=True)
class Seen:
    """What somebody looked at before sharing: the revisions of the group and of the site's draft."""

    group: int
    draft: int


@dataclass(frozen=True)
class Followed:
    """What became of a site when it followed its group."""

    site: Site
    changed: bool
    """Whether its draft was saved."""
    errors: Mapping[str, object]
    """Why it could not follow, by field: then all of its values stay as they were. Empty: it did."""


def find(key: str) -> Group:
    """The group with this key.

    :raises NotFound: `group_unknown`.
    """
    found = group_queries.group(_GROUP.c.key == key) if KEY.fullmatch(key) else None
    if found is None:
        raise NotFound(f"there is no group {key[:40]!r}", reason="group_unknown")
    return found


def create(key: str, name: str, source: Site, parts: Collection[str], *, by: str, now: datetime) -> Group:
    """Make a group of a site: what its draft has of these parts is shared, and the site is the first member.

    :raises Invalid: the key or the name is malformed, or `parts`: none is chosen.
    :raises Conflict: `key_taken`, or `in_a_group`: the site is in one already.
    :raises NotFound: `site_unknown`.
    """
    chosen = _checked_parts(parts)
    content = inheritance.of_parts(service.draft(source.id).document, chosen)
    made = _made(key, name, content, by=by, now=now)
    _join(made.id, source, 1, by=by, now=now)
    return made


def put(
    key: str,
    name: str,
    content: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
    expected_revision: int | None = None,
) -> Group:
    """Give the group with this key another name and document; make it, without sites, if there is none.

    Drafts follow by `follow`, as after `share`.

    :param content: as `group_document.checked` made it
    :raises Invalid: the key or the name is malformed.
    :raises Conflict: `key_taken`: no group can have this key.
    :raises PreconditionFailed: `changed_meanwhile`: it has another revision than expected.
    """
    found = group_queries.group(_GROUP.c.key == key) if KEY.fullmatch(key) else None
    if found is None:
        return _made(key, name, content, by=by, now=now)
    newest = _locked(found.id, expected_revision=expected_revision)
    rename(newest, name)
    _changed(newest, content, by=by, now=now)
    return find(key)


def locked(group: Group) -> Group:
    """The group as it is now, locked until the transaction ends.

    :raises NotFound: `group_unknown`.
    """
    return _locked(group.id)


def free_key(stem: str) -> str:
    """The key that a new group gets: `stem`, or with a number behind it if that is taken."""
    taken = group_queries.keys_like(stem[:36]) | {_NO_KEY}
    return next(key for key in (stem, *(f"{stem[:36]}-{n}" for n in range(2, 999))) if key not in taken)


def rename(group: Group, name: str) -> Group:
    """Change what staff call a group.

    :raises Invalid: the name is empty, too long, or has characters that no name has.
    """
    site_input.check_name(name)
    db.session.execute(sa.update(_GROUP).where(_GROUP.c.id == group.id).values(name=name))
    return find(group.key)


def delete(group: Group, *, now: datetime) -> None:
    """Delete a group. Its sites keep the values that they have, and roles for the group end."""
    _locked(group.id)
    for table in (_MEMBER, _REVISION):
        db.session.execute(sa.delete(table).where(table.c.group_id == group.id))
    reach.forget_group(group.id, now=now)
    db.session.execute(sa.delete(_GROUP).where(_GROUP.c.id == group.id))


def listed(*, only: Collection[str] | None) -> tuple[GroupSummary, ...]:
    """All groups by name; with `only`, those of sites with these ids, of which alone the members count."""
    return group_queries.groups(only=only)


def named() -> dict[str, GroupName]:
    """Id → key and name of all groups, by name; one read."""
    return group_queries.names()


# --- members ----------------------------------------------------------------------------------------------


def members(group: Group) -> tuple[tuple[Site, int], ...]:
    """The sites of a group by name, without deleted ones, and which of its documents each has followed."""
    return group_queries.members(group.id)


def member_ids(group: Group) -> frozenset[str]:
    """Ids of the sites of a group, also of deleted ones."""
    return group_queries.member_ids(group.id)


def grouped(site_ids: Collection[str]) -> frozenset[str]:
    """Those of these sites that are in a group."""
    return group_queries.grouped(site_ids)


def add(group: Group, site: Site, *, take: bool, by: str, now: datetime, public_url: str) -> Followed:
    """Put a site into a group.

    :param take: whether it takes all of the group's values; otherwise its draft stays as it is, and what
        differs is its own
    :raises Conflict: `in_a_group`: it is in one already, or `group_full`.
    :raises Invalid: the group's values and its own do not stand together; `errors` names the fields.
    :raises NotFound: `group_unknown`, `site_unknown`.
    """
    newest = _locked(group.id)
    if len(group_queries.member_ids(group.id)) >= MOST_MEMBERS:
        raise Conflict(f"the group has {MOST_MEMBERS} sites already", reason="group_full")
    stored = publishing.locked_draft(site.id)
    _join(group.id, site, newest.revision, by=by, now=now)
    if not take:
        return Followed(site, changed=False, errors={})
    content = _adopted(newest.document, site, public_url=public_url, by=by, now=now)
    whole = document.load(inheritance.inherited(content, stored.document))
    saved = service.save_draft(site.id, whole, by=by, now=now)
    return Followed(site, saved.revision != stored.revision, {})


def remove(site: Site, *, now: datetime) -> None:
    """Take a site out of its group, with the values that it has, and away from roles for the group.

    :raises Conflict: `in_no_group`.
    """
    gone = sa.delete(_MEMBER).where(_MEMBER.c.site_id == site.id).returning(_MEMBER.c.group_id)
    group_id = db.session.scalar(gone)
    if group_id is None:
        raise _in_no_group(site)
    reach.site_left(group_id, now=now)


def membership(site: Site, *, public_url: str) -> Membership:
    """The group of a site, as `of_site`.

    :raises Conflict: `in_no_group`.
    """
    found = of_site(site, public_url=public_url)
    if found is None:
        raise _in_no_group(site)
    return found


def of_site(site: Site, *, public_url: str) -> Membership | None:
    """The group of a site, with the document that the site has followed; None if it is in none."""
    found = group_queries.membership(site.id)
    if found is None:
        return None
    own = inheritance.for_site(found.document, site.key, public_url=public_url)
    return Membership(found.group, own, found.revision)


def use(
    membership: Membership,
    site: Site,
    draft: Draft,
    places: Collection[Place],
    *,
    by: str,
    now: datetime,
    public_url: str,
) -> Draft:
    """Give a site the group's values at these places; an edit like any other, which can be undone.

    :param membership: by `of_site`
    :param draft: which the places are of
    :raises Invalid: the values do not stand together with the rest; `errors` names the fields.
    :raises PreconditionFailed: the draft was saved meanwhile.
    """
    pattern = inheritance.inherited(membership.document, draft.document)
    content = document_places.with_values_of(draft.document, pattern, places)
    if content["appearance"]["logo"] != draft.document["appearance"]["logo"]:
        shown = _adopted(membership.document, site, public_url=public_url, by=by, now=now)
        logo = shown.get("appearance", {}).get("logo", "")
        content = {**content, "appearance": {**content["appearance"], "logo": logo}}
    return service.save_draft(site.id, content, by=by, now=now, expected_revision=draft.revision)


def hand_on_logo(site: Site, *, public_url: str, now: datetime) -> None:
    """Store the logos that groups have from a site at another member of each: the site is deleted for good.

    A group without another member loses its logo with the site.
    """
    for group in group_queries.with_logo_of(site.key):
        found = page_addresses.uploaded_logo(group.document["appearance"]["logo"], public_url)
        others = [one for one, _ in group_queries.members(group.id) if one.id != site.id]
        if found is None or not others:
            continue
        try:
            logos.store(others[0].id, logos.find(*found), by=group.saved_by, now=now)
        except (NotFound, Invalid):
            continue  # It is gone already, or that member has as many as it may.


# --- what is shared ---------------------------------------------------------------------------------------


def share(
    group: Group,
    site: Site,
    places: Collection[Place],
    *,
    by: str,
    now: datetime,
    expected: Seen | None = None,
) -> Group:
    """Give the group the values that a site of it has at these places; the other sites follow by `follow`.

    :param expected: what was looked at; None: whatever is there
    :raises NotFound: `group_unknown`, `site_unknown`.
    :raises PreconditionFailed: `changed_meanwhile`: the group or the draft has another revision.
    """
    newest = _locked(group.id, expected_revision=expected.group if expected else None)
    draft = publishing.locked_draft(site.id, expected.draft if expected else None).document
    return _changed(newest, inheritance.with_shared(newest.document, draft, places), by=by, now=now)


def set_parts(group: Group, source: Site | None, parts: Collection[str], *, by: str, now: datetime) -> Group:
    """Share these parts from now on; the values of those that were not shared are those of a site.

    No draft changes: what other sites have there is their own.

    :param source: None: the group has no site; parts can be taken away from it alone
    :raises Invalid: `parts`: none is chosen, or there is no site to take the values of others from.
    :raises NotFound: `group_unknown`, `site_unknown`.
    """
    newest, chosen = _locked(group.id), _checked_parts(parts)
    if source is not None:
        content = inheritance.with_parts(newest.document, service.draft(source.id).document, chosen)
    elif set(chosen) <= set(inheritance.parts_of(newest.document)):
        content = inheritance.of_parts(newest.document, chosen)
    else:
        fault = "cannot be added while no site is in the group: their values come from a site"
        raise Invalid("some fields are not as they should be", errors={"parts": fault})
    return _changed(newest, content, by=by, now=now)


def behind(*, limit: int, group_id: str | None = None) -> tuple[str, ...]:
    """Ids of sites that have not followed the newest document of their group yet."""
    return group_queries.behind(limit=limit, group_id=group_id)


def follow(site_id: str, *, now: datetime, public_url: str) -> Followed | None:
    """Let a site follow the newest document of its group; None if it has, or is in no group.

    What cannot be followed is left out as a whole, and not tried again: the values are the site's own then.

    :raises NotFound: `site_unknown`.
    """
    stored = publishing.locked_draft(site_id)
    found, site = group_queries.membership(site_id), service.find_by_id(site_id)
    if found is None or found.revision == found.group.revision:
        return None
    mine = sa.update(_MEMBER).where(_MEMBER.c.site_id == site_id)
    db.session.execute(mine.values(revision=found.group.revision))
    group_queries.forget_followed(found.group.id)
    by = found.group.saved_by
    before = inheritance.for_site(found.document, site.key, public_url=public_url)
    try:
        after = _adopted(found.group.document, site, public_url=public_url, by=by, now=now)
        content = inheritance.applied(stored.document, before, after)
        saved = service.save_draft(site.id, content, by=by, now=now)
    except Invalid as fault:
        return Followed(site, changed=False, errors=fault.errors)
    return Followed(site, saved.revision != stored.revision, {})


# --- internal ---------------------------------------------------------------------------------------------


def _in_no_group(site: Site) -> Conflict:
    return Conflict(f"the site {site.key!r} is in no group", reason="in_no_group")


def _checked_parts(parts: Collection[str]) -> tuple[str, ...]:
    chosen = tuple(part for part in PARTS if part in parts)
    if not chosen:
        raise Invalid("some fields are not as they should be", errors={"parts": "are not chosen yet"})
    return chosen


def _made(key: str, name: str, content: Mapping[str, Any], *, by: str, now: datetime) -> Group:
    """A new group without sites."""
    site_input.check_key(key)
    if key == _NO_KEY:
        fault = "is taken"
        raise Conflict(f"the key {fault}", reason="key_taken", errors={"key": fault})
    site_input.check_name(name)
    row = insert(_GROUP).values(id=new_id(), key=key, name=name, created_at=now, revision=1)
    made = row.on_conflict_do_nothing(index_elements=["key"]).returning(_GROUP.c.id)
    group_id = db.session.scalar(made)
    if group_id is None:
        raise Conflict(f"there is a group {key!r} already", reason="key_taken", errors={"key": "is taken"})
    _store(group_id, 1, content, by=by, now=now)
    return find(key)


def _locked(group_id: str, *, expected_revision: int | None = None) -> Group:
    """The group, locked until the transaction ends.

    :raises PreconditionFailed: `changed_meanwhile`: its revision is another one than expected.
    """
    db.session.execute(sa.select(_GROUP.c.id).where(_GROUP.c.id == group_id).with_for_update())
    found = group_queries.group(_GROUP.c.id == group_id)
    if found is None:
        raise NotFound("there is no such group", reason="group_unknown")
    if expected_revision not in (None, found.revision):
        raise PreconditionFailed(f"the group was changed meanwhile; its revision is {found.revision}")
    return found


def _join(group_id: str, site: Site, revision: int, *, by: str, now: datetime) -> None:
    sample_rules.refuse(site)
    row = {
        "site_id": site.id,
        "group_id": group_id,
        "revision": revision,
        "joined_at": now,
        "joined_by": by,
    }
    made = insert(_MEMBER).values(row).on_conflict_do_nothing().returning(_MEMBER.c.site_id)
    if db.session.scalar(made) is None:
        raise Conflict(f"the site {site.key!r} is in a group already", reason="in_a_group")


def _changed(group: Group, content: Mapping[str, Any], *, by: str, now: datetime) -> Group:
    if content == group.document:
        return group
    _store(group.id, group.revision + 1, content, by=by, now=now)
    mine = sa.update(_GROUP).where(_GROUP.c.id == group.id)
    db.session.execute(mine.values(revision=group.revision + 1))
    return find(group.key)


def _store(group_id: str, revision: int, content: Mapping[str, Any], *, by: str, now: datetime) -> None:
    row = {
        "group_id": group_id,
        "revision": revision,
        "saved_at": now,
        "saved_by": by,
        "document": canonical_text(content),
    }
    db.session.execute(sa.insert(_REVISION).values(row))


def _adopted(content: GroupDocument, site: Site, *, public_url: str, by: str, now: datetime) -> GroupDocument:
    """The group's document as this site has it, which stores the logo that another site has uploaded, too.

    One that is stored nowhere any more is left out: the site would show a picture that is not there.
    """
    address = content.get("appearance", {}).get("logo")
    found = page_addresses.uploaded_logo(address, public_url) if address else None
    if found is None:
        return content
    try:
        own = logos.adopted_at(site, found, public_url=public_url, by=by, now=now)
    except NotFound:
        own = ""
    return {**content, "appearance": {**content["appearance"], "logo": own}}
