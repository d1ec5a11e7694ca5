"""Commands that do something with many sites, as the studio does with those that are chosen (ADR 40)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from server.core import clock
from server.ops.cli.output import application, json_option, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.sites.bulk_rules import BulkSite

ANOTHERS_TURN = 0.2
"""Seconds until it is looked again whether the worker of a server is through with the rest."""

_OUTLOOKS = {
    "publish": "would be published",
    "ask": "would ask for approval",
    "unchanged": "has nothing to publish",
    "stopped": "cannot be published",
    "experiment": "cannot be published: an experiment is running",
    "waiting": "cannot be published: another publication waits",
}


@dataclass(frozen=True)
class Chosen:
    """Which sites are meant; what is named more than once has to fit."""

    keys: tuple[str, ...]
    group: str
    tag: str
    status: str
    every: bool


@click.group
def bulk() -> None:
    """Do something with many sites, each by itself. Exit status 1 where it was not done on one of them."""


def _selecting(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every command here has."""
    for option in (
        json_option,
        click.option("--dry-run", is_flag=True, help="Print what would change, and change nothing."),
        click.option("--all", "every", is_flag=True, help="All sites."),
        click.option(
            "--status", default=None, type=click.Choice(("live", "paused", "draft")), help="In this state."
        ),
        click.option("--tag", "tagged", default="", metavar="TAG", help="That have this tag."),
        click.option("--group", default="", metavar="KEY", help="Of this group."),
        click.option("--site", "keys", multiple=True, metavar="KEY", help="This site; may be repeated."),
    ):
        command = option(command)
    return command


def _chosen(options: Mapping[str, Any]) -> Chosen:
    found = Chosen(
        options["keys"], options["group"], options["tagged"], options["status"] or "", options["every"]
    )
    if not (found.keys or found.group or found.tag or found.status or found.every):
        raise click.UsageError("Say which sites: --site, --group, --tag, --status or --all.")
    return found


@bulk.command
@click.option("--note", default="", help="What is new, for colleagues; the same for all.")
@_selecting
def publish(note: str, **options: Any) -> int:
    """Publish the drafts of sites, or ask for it where a second person has to approve.

    With --dry-run each line says what would change, and which categories visitors are asked about again.
    """
    if options["dry_run"]:
        return _review(_chosen(options), as_json=options["as_json"])
    return _do("publish", {"note": note}, options)


@bulk.command
@click.option("--note", default="", help="Why, for colleagues; the same for all.")
@_selecting
def pause(note: str, **options: Any) -> int:
    """Let the scripts of sites do nothing until they are resumed."""
    return _do("pause", {"note": note}, options)


@bulk.command
@_selecting
def resume(**options: Any) -> int:
    """Let the scripts of paused sites work again."""
    return _do("resume", {}, options)


@bulk.command
@click.argument("tag")
@_selecting
def tag(tag: str, **options: Any) -> int:
    """Add the TAG to sites."""
    return _do("tag", {"tag": _one_tag(tag)}, options)


@bulk.command
@click.argument("tag")
@_selecting
def untag(tag: str, **options: Any) -> int:
    """Remove the TAG from sites."""
    return _do("untag", {"tag": _one_tag(tag)}, options)


def _one_tag(typed: str) -> str:
    from server.sites import tags

    found = tags.parsed(typed)
    if len(found) != 1:
        raise click.UsageError("TAG has to be one tag.")
    return found[0]


# --- doing ------------------------------------------------------------------------------------------------


def _do(kind: str, parameters: Mapping[str, object], options: Mapping[str, Any]) -> int:
    """Do it, or with --dry-run what it would come to; prints a line for each site as it is done."""
    chosen, as_json, rows = _chosen(options), options["as_json"], []
    with application():
        ids = _ids(chosen)
        settle = _tried if options["dry_run"] else _settled
        for one in settle(kind, ids, parameters):
            rows.append(one)
            if not as_json:
                show(None, [_line(kind, one, dry=options["dry_run"])], as_json=False)
    if as_json:
        show([_value(one) for one in rows], (), as_json=True)
    return int(any(one.state == "failed" for one in rows))


def _ids(chosen: Chosen) -> "Sequence[str]":
    """Ids of the chosen sites, by name.

    :raises NotFound: `site_unknown`, `group_unknown`.
    """
    from typing import cast

    from server.sites import bulk_kinds, groups, listing
    from server.sites import service as sites

    bulk_kinds.register()
    if chosen.group:
        groups.find(chosen.group)
    named = {sites.find_live(key).id for key in chosen.keys}
    status = cast("listing.Status", chosen.status)
    fitting = listing.ids(listing.Wanted(status=status, tag=chosen.tag, group=chosen.group), only=None)
    found = [each for each in fitting if not named or each in named]
    if not found:
        raise click.UsageError("No site matches.")
    return found


def _settled(kind: str, ids: "Sequence[str]", parameters: Mapping[str, object]) -> "Iterator[BulkSite]":
    """Start it, do it, and yield what became of each site, in their order.

    The worker of a server that is running may do some of them.
    """
    import time

    from server.core.db import transaction
    from server.sites import bulk as actions
    from server.sites import bulk_records

    with transaction():
        action = actions.start(kind, ids, parameters, by=None, now=clock.now())
    after, over = -1, False
    while not over:
        with transaction():
            done = actions.run(action, now=clock.now())
        over = bulk_records.find(action).ended_at is not None
        for position, one in bulk_records.sites_of(action, only=None, after=after, limit=len(ids)):
            if one.state == "pending":
                break
            after = position
            yield one
        if not done and not over:
            time.sleep(ANOTHERS_TURN)


def _tried(kind: str, ids: "Sequence[str]", parameters: Mapping[str, object]) -> "Iterator[BulkSite]":
    """What would become of each site: it is done, and taken back in the same transaction."""
    from server.core.db import db, transaction
    from server.sites import bulk as actions
    from server.sites import bulk_records

    for each in ids:
        with transaction():
            tried = db.session.begin_nested()
            action = actions.start(kind, [each], parameters, by=None, now=clock.now())
            actions.run(action, now=clock.now())
            ((_, one),) = bulk_records.sites_of(action, only=None, limit=1)
            tried.rollback()
        yield one


def _review(chosen: Chosen, *, as_json: bool) -> int:
    """What publishing would come to on each site: the look that the studio has before many are published."""
    with application():
        rows = list(_tried("publish_review", _ids(chosen), {}))
    show([_value(one) for one in rows], map(_outlook, rows), as_json=as_json)
    able = ("publish", "ask", "unchanged")
    return int(any(one.state == "failed" or one.result.get("outlook") not in able for one in rows))


# --- in words ---------------------------------------------------------------------------------------------


def _line(kind: str, one: "BulkSite", *, dry: bool) -> str:
    if one.state == "failed":
        return f"{one.site.key}\tnot done\t{one.message}"
    if one.state == "unchanged":
        return f"{one.site.key}\tas it was"
    did = _DONE[kind][dry]
    made = {"version": "version", "publication": "asked for approval: publication"}
    more = [f"\t{words} {one.result[name]}" for name, words in made.items() if name in one.result]
    return f"{one.site.key}\t{did}{''.join(more)}"


_DONE = {
    "publish": ("done", "would be done"),
    "pause": ("paused", "would be paused"),
    "resume": ("resumed", "would be resumed"),
    "tag": ("tagged", "would be tagged"),
    "untag": ("tag removed", "tag would be removed"),
}
"""Kind → what is said of a site on which it was done, and on which it would be."""


def _outlook(one: "BulkSite") -> str:
    result: Mapping[str, Any] = one.result
    if one.state == "failed":
        return f"{one.site.key}\tcannot be looked at\t{one.message}"
    said = [one.site.key, _OUTLOOKS[result["outlook"]]]
    if "faults" in result:
        said.append(f"{result['faults']} errors: samtykke banner check {one.site.key}")
    if "change" in result:
        asked = {"first": "everybody is asked", "text": "nobody is asked again"}
        again = f"asked again: {', '.join(result['asked'])}"
        said += [f"{result['changes']} changes", asked.get(result["change"], again)]
    if result.get("needs_reason"):
        said.append("needs a --note")
    return "\t".join(said)


def _value(one: "BulkSite") -> dict[str, object]:
    return {
        "site": one.site.key,
        "state": one.state,
        "reason": one.reason,
        "message": one.message,
        **one.result,
    }
