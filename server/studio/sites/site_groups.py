"""Groups of sites: which there are, who is in one, and what it shares."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import repeat

from flask import Response, flash, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from server.core.http import settings
from server.sites import edit_summary, group_takers, groups, inheritance
from server.sites import service as sites
from server.sites.group_takers import Holding
from server.sites.inheritance import PARTS, GroupDocument
from server.sites.values import Group, Site
from server.studio.draft import change_words
from server.studio.guard import blueprint, identity, needs
from server.studio.language import gettext, ngettext
from server.studio.sites import bulk_actions, group_differences, websites
from server.studio.sites import group_takers as takers
from server.studio.views import page, redirect_with_flash, visible_sites

SHOWN = 30
"""Sites of a group on one page: for each, its draft is compared with the group."""

PROPOSED = ("texts", "categories", "services", "appearance", "behaviour", "tools")
"""Parts that are ticked for a new group; controller and notice are often each site's own."""


_TRIES = 5
"""How often a key is chosen while others choose one of the same name."""

_CONFLICTS = {"in_a_group": {"site": "is in a group already"}, "key_taken": {"name": "is taken"}}
"""Reason why a group cannot be made → what is said at which field."""


@blueprint.get("/groups")
@needs("site.read")
def all_groups() -> ResponseReturnValue:
    """The groups that the user sees a site of."""
    who = identity()
    found = groups.listed(only=None if who.all_sites else who.site_ids)
    return page("groups/list.html", groups=found)


@blueprint.get("/groups/new")
@needs("site.create")
def new_group() -> ResponseReturnValue:
    """The form for a new group."""
    typed = {"site": request.args.get("site", ""), "name": ""}
    return _new(200, typed, PROPOSED, {})


@blueprint.post("/groups/new")
@needs("site.create")
def create_group() -> ResponseReturnValue:
    """Make a group of a site."""
    typed = {name: request.form.get(name, "").strip() for name in ("name", "site")}
    parts, now = request.form.getlist("parts"), clock.now()
    try:
        made = _made(typed, parts, now)
    except Invalid as fault:
        return _new(422, typed, parts, _said(fault.errors))
    except Conflict as fault:
        if fault.reason not in _CONFLICTS:
            raise
        return _new(422, typed, parts, _CONFLICTS[fault.reason])
    return redirect_with_flash(
        "group",
        gettext("%(name)s is made. Add the sites that share with it.", name=made.name),
        group=made.key,
    )


def _made(typed: Mapping[str, str], parts: Sequence[str], now: datetime) -> Group:
    """The new group.

    :raises Conflict: `in_a_group`, or `key_taken` each time.
    :raises Invalid: something typed cannot be used.
    """
    by, tries = identity(), 0
    while True:
        tries += 1
        try:
            with transaction():
                source = _site(typed["site"])
                key = groups.free_key(websites.key_of(typed["name"]))
                made = groups.create(key, typed["name"], source, parts, by=by.email, now=now)
                audit_log.record_event("group_created", by=by.actor, subject=made.name, now=now)
        except Conflict as fault:
            # A group of the same name was made at the same moment: the next free key is another one.
            if fault.reason != "key_taken" or tries == _TRIES:
                raise
        else:
            return made


@blueprint.get("/groups/<group>")
@needs("site.read")
def group(group: str) -> ResponseReturnValue:
    """The sites of a group, and which values of each are its own."""
    return _group(_visible(group), 200, {})


@blueprint.post("/groups/<group>/publish")
@needs("site.read")
def publish_group(group: str) -> ResponseReturnValue:
    """Look at what publishing the drafts of the sites would come to, before any is published."""
    found, who = _visible(group), identity()
    mine = [one.id for one, _ in groups.members(found) if who.may("banner.edit", one.id)]
    if not mine:
        flash(gettext("Your role on these sites does not include publishing."), "warning")
        return redirect_with_flash("group", group=found.key)
    return redirect_with_flash("bulk_action", action=bulk_actions.begin(bulk_actions.REVIEW, mine, {}))


@blueprint.post("/groups/<group>/settings")
@needs("site.create")
def change_group(group: str) -> ResponseReturnValue:
    """Change the name of a group and what it shares; where sites differ in that, it is asked first."""
    found, now = groups.find(group), clock.now()
    name, parts = request.form.get("name", "").strip(), request.form.getlist("parts")
    wanted = _wanted(found, parts)
    added = [part for part in wanted if part not in inheritance.parts_of(found.document)]
    try:
        if added and "asked" not in request.form and any(one.own for one, _ in _differing(found, added)):
            return _ask(found, 200, added)
        with transaction():
            taking = takers.ticked(one for one, _ in _differing(found, added)) if added else ()
            changed = groups.set_parts(found, _source(found), wanted, by=identity().email, now=now)
            groups.rename(changed, name)
            action = takers.start(taking, group_takers.places_of(added), now=now)
            audit_log.record_event(
                "group_changed",
                by=identity().actor,
                subject=name,
                detail=edit_summary.of_parts(inheritance.parts_of(found.document), wanted),
                now=now,
            )
    except Invalid as fault:
        return _group(found, 422, _said(fault.errors), name=name, parts=parts)
    except PreconditionFailed:
        return _ask(groups.find(group), 409, added)
    taken = takers.run(action, len(taking))
    if taken.failed or taken.pending:
        return redirect_with_flash("bulk_action", gettext("The group is saved."), action=action)
    said = ngettext("The draft of one site changed.", "The drafts of %(num)s sites changed.", taken.done)
    saved = gettext("The group is saved.")
    return redirect_with_flash("group", f"{saved} {said}" if taken.done else saved, group=found.key)


def _differing(found: Group, added: Sequence[str]) -> list[tuple[Holding, GroupDocument]]:
    """What the sites but the source have in parts that the group is about to share."""
    source = _source(found)
    if source is None:
        return []
    every = [*inheritance.parts_of(found.document), *added]
    after = inheritance.with_parts(found.document, sites.draft(source.id).document, every)
    others = [one for one, _ in groups.members(found) if one.id != source.id][: takers.OFFERED]
    documents = [inheritance.for_site(after, one.key, public_url=settings().public_url) for one in others]
    holdings = map(group_takers.of_parts, others, documents, repeat(added))
    return list(zip(holdings, documents, strict=True))


def _ask(found: Group, status: int, added: Sequence[str]) -> Response:
    """Which sites are to take the values of what is shared from now on."""
    names = dict(part_names())
    return page(
        "groups/sharing_parts.html",
        status,
        group=found,
        source=_source(found),
        added=[names[part] for part in added],
        members=takers.members(_differing(found, added), of=len(groups.members(found)) - 1),
        typed={name: request.form.getlist(name) for name in ("name", "parts", "before", "source")},
        moved=status == 409,
    )


@blueprint.post("/groups/<group>/remove")
@needs("site.create")
def leave_group(group: str) -> ResponseReturnValue:
    """Take a site out of a group."""
    found, now = groups.find(group), clock.now()
    gone = next((one for one, _ in groups.members(found) if one.key == request.form.get("site")), None)
    if gone is None:
        return redirect_with_flash("group", gettext("The site was not in the group."), group=found.key)
    with transaction():
        groups.remove(gone, now=now)
        audit_log.record_event(
            "group_left", by=identity().actor, site_id=gone.id, subject=found.name, now=now
        )
    message = gettext("%(name)s is out of the group. It keeps the values that it has.", name=gone.name)
    return redirect_with_flash("group", message, group=found.key)


@blueprint.post("/groups/<group>/delete")
@needs("site.create")
def delete_group(group: str) -> ResponseReturnValue:
    """Delete a group; its sites keep what they have."""
    found, now = groups.find(group), clock.now()
    with transaction():
        groups.delete(found, now=now)
        audit_log.record_event("group_deleted", by=identity().actor, subject=found.name, now=now)
    message = gettext(
        "The group %(name)s is deleted. Its sites keep the values that they have.", name=found.name
    )
    return redirect_with_flash("all_groups", message)


def _visible(key: str) -> Group:
    """The group with this key, if the user sees one of its sites.

    :raises NotFound: `group_unknown`.
    """
    found = groups.find(key)
    if not identity().may("site.create") and not any(
        identity().sees(each) for each in groups.member_ids(found)
    ):
        # The same answer as for one that is not there.
        raise NotFound(f"there is no group {key[:40]!r}", reason="group_unknown")
    return found


def _site(key: str) -> Site:
    """The site that somebody chose.

    :raises Invalid: `site`: none was.
    """
    found = sites.with_keys([key])
    if not found:
        raise Invalid("some fields are not as they should be", errors={"site": "has to be chosen"})
    return found[0]


def _source(group: Group) -> Site | None:
    """The site whose values become the group's where it shares more."""
    chosen = request.form.get("source", "")
    members = [one for one, _ in groups.members(group)]
    return next((one for one in members if one.key == chosen), members[0] if members else None)


def _said(errors: Mapping[str, object]) -> dict[str, str]:
    return {name: str(sentence) for name, sentence in errors.items()}


def part_names() -> list[tuple[str, str]]:
    """The parts that a group can share, by name."""
    return [(part, str(change_words.SECTIONS[part])) for part in PARTS]


def _new(status: int, typed: Mapping[str, str], parts: Sequence[str], errors: dict[str, str]) -> Response:
    offered = visible_sites()
    taken = groups.grouped([one.id for one in offered])
    return page(
        "groups/new.html",
        status,
        typed=typed,
        chosen=parts,
        errors=errors,
        parts=part_names(),
        sites=[one for one in offered if one.id not in taken],
    )


def _group(
    found: Group,
    status: int,
    errors: dict[str, str],
    *,
    name: str | None = None,
    parts: Sequence[str] | None = None,
) -> Response:
    who, first = identity(), parsing.number(request.args.get("from", "")) or 0
    members = [(one, revision) for one, revision in groups.members(found) if who.sees(one.id)]
    shown = members[first : first + SHOWN]
    return page(
        "groups/group.html",
        status,
        group=found,
        number=len(members),
        waiting=sum(revision < found.revision for _, revision in members),
        rows=group_differences.of_sites(found, [one for one, _ in shown]),
        more=first + SHOWN if len(members) > first + SHOWN else None,
        shared=[title for part, title in part_names() if part in inheritance.parts_of(found.document)],
        parts=part_names(),
        before=inheritance.parts_of(found.document),
        chosen=inheritance.parts_of(found.document) if parts is None else parts,
        members=[one for one, _ in members],
        name=found.name if name is None else name,
        errors=errors,
        manages=who.may("site.create"),
        publishes=any(who.may("banner.edit", one.id) for one, _ in members),
    )


def _wanted(found: Group, chosen: Sequence[str]) -> list[str]:
    """What a group shares after a form: what a colleague has chosen since the form was shown stays chosen."""
    shared = set(inheritance.parts_of(found.document))
    before = set(request.form.getlist("before") or shared)
    kept = (shared - (before - set(chosen))) | (set(chosen) - before)
    return [part for part in inheritance.PARTS if part in kept and chosen]
