"""Commands about groups of sites."""

from typing import TYPE_CHECKING, Any

import click

from server.accounts.values import COMMAND_LINE
from server.core import clock
from server.ops.cli.output import application, json_option, read_json, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from server.sites.groups import Followed
    from server.sites.values import Group

BY = COMMAND_LINE.name


@click.group
def group() -> None:
    """Sites that share a part of their banners."""


@group.command
@click.argument("key")
@click.argument("site")
@click.option("--name", required=True, help="What staff call it.")
@click.option("--share", "parts", multiple=True, help="Part of the banner, such as texts; all unless given.")
@json_option
def create(key: str, site: str, name: str, parts: tuple[str, ...], *, as_json: bool) -> None:
    """Make the group KEY of the SITE, whose draft says what is shared."""
    from server.core.db import transaction
    from server.sites import groups, inheritance
    from server.sites import service as sites

    if unknown := sorted(set(parts) - set(inheritance.PARTS)):
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(inheritance.PARTS)}.")
    with application(), transaction():
        source, now = sites.find_live(site), clock.now()
        made = groups.create(key, name, source, parts or tuple(inheritance.PARTS), by=BY, now=now)
        _record("group_created", made.key)
    lines = [f"The group {key} is made. Next: samtykke group add {key} SITE"]
    show(_value(made), lines, as_json=as_json)


@group.command("list")
@json_option
def list_groups(*, as_json: bool) -> None:
    """List the groups."""
    from server.sites import groups

    with application():
        found = groups.listed(only=None)
    values = [{"key": each.key, "name": each.name, "sites": each.members} for each in found]
    show(values, [f"{each.key}\t{each.name}\t{each.members} sites" for each in found], as_json=as_json)


@group.command("show")
@click.argument("key")
@json_option
def show_group(key: str, *, as_json: bool) -> None:
    """Show which sites are in the group KEY, and how many values of each are its own."""
    from server.core.http import settings
    from server.sites import groups, inheritance
    from server.sites import service as sites

    with application():
        found, rows = groups.find(key), []
        for site, _ in groups.members(found):
            content = inheritance.for_site(found.document, site.key, public_url=settings().public_url)
            own = inheritance.own_values(content, sites.draft(site.id).document)
            rows.append((site, sum(not each.only_here for each in own)))
    value = {**_value(found), "sites": [{"key": site.key, "own_values": number} for site, number in rows]}
    show(value, [f"{site.key}\t{site.name}\t{number} own values" for site, number in rows], as_json=as_json)


@group.command
@click.argument("key")
@click.argument("site_keys", metavar="SITE...", nargs=-1, required=True)
@click.option("--take", is_flag=True, help="Take the group's values; unless given, drafts stay as they are.")
@json_option
def add(key: str, site_keys: "Sequence[str]", *, take: bool, as_json: bool) -> None:
    """Put each SITE into the group KEY."""
    from server.core.db import transaction
    from server.core.http import settings
    from server.sites import groups
    from server.sites import service as sites

    with application():
        found, joined = groups.find(key), []
        for site_key in site_keys:
            with transaction():
                site, now = sites.find_live(site_key), clock.now()
                groups.add(found, site, take=take, by=BY, now=now, public_url=settings().public_url)
                _record("group_joined", found.key, site.id)
            joined.append(site.key)
    show(joined, [f"The site {each} is in the group {key} now." for each in joined], as_json=as_json)


@group.command
@click.argument("site_key", metavar="SITE")
@json_option
def remove(site_key: str, *, as_json: bool) -> None:
    """Take the SITE out of its group, with the values that it has."""
    from server.core.db import transaction
    from server.core.http import settings
    from server.sites import groups
    from server.sites import service as sites

    with application(), transaction():
        site = sites.find(site_key)
        found = groups.membership(site, public_url=settings().public_url)
        groups.remove(site, now=clock.now())
        _record("group_left", found.group.key, site.id)
    show(site_key, [f"The site {site_key} is in no group any more."], as_json=as_json)


@group.command
@click.argument("site_key", metavar="SITE")
@click.option("--added", is_flag=True, help="Also services, categories and the like that only this site has.")
@json_option
def share(site_key: str, *, added: bool, as_json: bool) -> None:
    """Give the group of the SITE all values in which the site differs; the drafts of the others follow."""
    from server.core.db import transaction
    from server.core.http import settings
    from server.sites import edit_summary, groups, inheritance
    from server.sites import service as sites

    with application():
        address = settings().public_url
        with transaction():
            site = sites.find_live(site_key)
            found = groups.membership(site, public_url=address)
            draft = sites.draft(site.id).document
            own = inheritance.own_values(found.document, draft)
            shared = [each for each in own if added or not each.only_here]
            places = [each.place for each in shared]
            changed = groups.share(found.group, site, places, by=BY, now=clock.now())
            pattern = inheritance.inherited(found.document, draft)
            edited = edit_summary.of_changes([each.change for each in shared], pattern, draft)
            _record("group_shared", changed.key, site.id, detail=edit_summary.line(edited))
        outcomes = _follow(changed)
    lines = [f"{len(places)} values of {site_key} are the group's now."]
    for each in outcomes:
        if each.errors:
            lines.append(f"{each.site.key}\tnot changed: {next(iter(each.errors))}")
        elif each.changed:
            lines.append(f"{each.site.key}\tdraft changed")
    values = [
        {"key": each.site.key, "changed": each.changed, "errors": dict(each.errors)} for each in outcomes
    ]
    show({"values": len(places), "sites": values}, lines, as_json=as_json)


@group.command
@click.argument("key")
@json_option
def export(key: str, *, as_json: bool) -> None:  # noqa: ARG001 - it is JSON anyway
    """Print the group KEY as JSON: its name, what it shares and its sites; with --json and without."""
    from server.sites import groups

    with application():
        found = groups.find(key)
        members = [site.key for site, _ in groups.members(found)]
    value = {"key": found.key, "name": found.name, "document": found.document, "sites": members}
    show(value, (), as_json=True)


@group.command("import")
@click.argument("file")
@click.option(
    "--take", is_flag=True, help="Added sites take the group's values; else drafts stay as they are."
)
@json_option
def import_(file: str, *, take: bool, as_json: bool) -> None:
    """Make the group in FILE, or on standard input for `-`; or replace the one with its key.

    The sites in it that are on this server, and in no group yet, are put in. The drafts of those that were
    in it follow. Nothing changes if something in the file cannot be used.
    """
    from server.core.db import transaction
    from server.core.http import settings
    from server.sites import group_document, groups
    from server.sites import service as sites

    key, name, document, listed = _read(read_json(file))
    content = group_document.checked(document)
    with application():
        address = settings().public_url
        with transaction():
            now = clock.now()
            made = groups.put(key, name, content, by=BY, now=now)
            _record("group_imported", made.key)
            known = sites.with_keys(listed)
            there = groups.grouped([site.id for site in known])
            joining = [site for site in known if site.id not in there]
            for site in joining:
                groups.add(made, site, take=take, by=BY, now=now, public_url=address)
                _record("group_joined", made.key, site.id)
        _follow(made)
        members = groups.member_ids(made)
    lines = [f"The group {key} is imported.", *(f"{site.key}\tput into the group" for site in joining)]
    elsewhere = [site.key for site in known if site.id in there and site.id not in members]
    absent = sorted(set(listed) - {site.key for site in known})
    lines += [f"{each}\tis in another group" for each in elsewhere]
    lines += [f"{each}\tis not on this server" for each in absent]
    value = {
        **_value(made),
        "added": [site.key for site in joining],
        "elsewhere": elsewhere,
        "absent": absent,
    }
    show(value, lines, as_json=as_json)


@group.command
@click.argument("key")
@json_option
def delete(key: str, *, as_json: bool) -> None:
    """Delete the group KEY. Its sites keep the values that they have."""
    from server.core.db import transaction
    from server.sites import groups

    with application(), transaction():
        groups.delete(groups.find(key), now=clock.now())
        _record("group_deleted", key)
    show(key, [f"The group {key} is deleted."], as_json=as_json)


def _follow(changed: "Group") -> "list[Followed]":
    """Let each site of a group follow it, in a transaction of its own."""
    from server.core.db import transaction
    from server.core.http import settings
    from server.sites import groups

    followed = []
    for site_id in groups.behind(limit=groups.MOST_MEMBERS, group_id=changed.id):
        with transaction():
            followed.append(groups.follow(site_id, now=clock.now(), public_url=settings().public_url))
    return [each for each in followed if each is not None]


def _read(file: object) -> "tuple[str, str, Mapping[str, Any], list[str]]":
    """Key, name, document and sites of a file of `group export`.

    :raises Invalid: it is none; `errors` names the field.
    """
    from server.core.errors import Invalid

    value: Mapping[str, Any] = file if isinstance(file, dict) else {}
    shapes = {"key": str, "name": str, "document": dict, "sites": list}
    wrong = {name: "is not there" for name in shapes if not isinstance(value.get(name), shapes[name])}
    wrong |= {name[:40]: "is unknown" for name in value if name not in shapes}
    if not wrong and not all(isinstance(each, str) for each in value["sites"]):
        wrong = {"sites": "are not keys of sites"}
    if wrong:
        field, fault = next(iter(wrong.items()))
        raise Invalid(f"this is no file of a group: {field} {fault}", errors=wrong)
    return value["key"], value["name"], value["document"], value["sites"]


def _record(action: str, key: str, site_id: str | None = None, *, detail: str = "") -> None:
    from server.accounts.service import audit_log

    audit_log.record_event(
        action, by=COMMAND_LINE, site_id=site_id, subject=key, detail=detail, now=clock.now()
    )


def _value(found: "Group") -> dict[str, object]:
    from server.sites import inheritance

    return {"key": found.key, "name": found.name, "shares": list(inheritance.parts_of(found.document))}
