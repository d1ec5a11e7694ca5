"""Commands about banners: the draft, its publication and its history."""

import click

from server.accounts import service as accounts
from server.accounts.values import COMMAND_LINE
from server.core import clock
from server.core.db import transaction
from server.ops.cli.output import CreateApp, application, json_option, read_json, show
from server.ops.cli.sites import BY
from server.sites import service as sites
from server.sites.values import Version


@click.group
def banner() -> None:
    """Banners: drafts, publications and their history."""


@banner.command("export")
@click.argument("key")
@json_option
@click.pass_obj
def export(create_app: CreateApp, key: str, *, as_json: bool) -> None:  # noqa: ARG001 - it is JSON anyway
    """Print the draft of KEY as JSON, with --json and without."""
    with application(create_app):
        draft = sites.draft(sites.find(key).id)
    show(draft.document, (), as_json=True)


@banner.command("import")
@click.argument("key")
@click.argument("file")
@json_option
@click.pass_obj
def import_(create_app: CreateApp, key: str, file: str, *, as_json: bool) -> None:
    """Replace the draft of KEY by the JSON in FILE, or on standard input for `-`."""
    document = read_json(file)
    with application(create_app), transaction():
        site, now = sites.find(key), clock.now()
        draft = sites.save_draft(site.id, document, by=BY, now=now, expected_revision=None)
        subject = f"revision {draft.revision}"
        accounts.note("draft_imported", by=COMMAND_LINE, site_id=site.id, subject=subject, now=now)
    show({"site": key, "revision": draft.revision}, [f"The draft of {key} is replaced."], as_json=as_json)


@banner.command
@click.argument("key")
@json_option
@click.pass_obj
def check(create_app: CreateApp, key: str, *, as_json: bool) -> int:
    """Say what would stop a publish of KEY, or warn. Exit status 1 where something would stop it."""
    with application(create_app):
        findings = sites.check(sites.find(key).id)
    value = [
        {"severity": one.severity, "field": one.field, "message": one.message, "rule": one.rule}
        for one in findings
    ]
    lines = [f"{one.severity}: {one.field}: {one.message}" for one in findings] or [
        "Nothing to say against it."
    ]
    show(value, lines, as_json=as_json)
    return 1 if any(one.severity == "error" for one in findings) else 0


@banner.command
@click.argument("key")
@click.option("--note", default="", help="What changed, for colleagues.")
@json_option
@click.pass_obj
def publish(create_app: CreateApp, key: str, note: str, *, as_json: bool) -> None:
    """Publish the draft of KEY as the next version."""
    with application(create_app), transaction():
        site, now = sites.find(key), clock.now()
        version = sites.publish(site.id, note=note, by=BY, now=now)
        accounts.note(
            "published",
            by=COMMAND_LINE,
            site_id=site.id,
            subject=f"version {version.number}",
            detail=note,
            now=now,
        )
    show(_value(version), [_line(version)], as_json=as_json)


@banner.command
@click.argument("key")
@json_option
@click.pass_obj
def versions(create_app: CreateApp, key: str, *, as_json: bool) -> None:
    """List what was published for KEY, newest first."""
    with application(create_app):
        found = sites.versions(sites.find(key).id)
    show([_value(one) for one in found], (_line(one) for one in found), as_json=as_json)


@banner.command
@click.argument("key")
@click.argument("version", type=click.IntRange(min=1))
@json_option
@click.pass_obj
def rollback(create_app: CreateApp, key: str, version: int, *, as_json: bool) -> None:
    """Publish VERSION of KEY again, as the next version."""
    with application(create_app), transaction():
        site, now = sites.find(key), clock.now()
        made = sites.rollback(site.id, version, by=BY, now=now)
        accounts.note(
            "rolled_back",
            by=COMMAND_LINE,
            site_id=site.id,
            subject=f"version {made.number}",
            detail=f"as version {version}",
            now=now,
        )
    show(_value(made), [_line(made)], as_json=as_json)


def _line(version: Version) -> str:
    moment = version.published_at.isoformat(timespec="seconds")
    note = f"\t{version.note}" if version.note else ""
    return f"version {version.number}\t{version.change}\t{moment}\t{version.published_by}{note}"


def _value(version: Version) -> dict[str, object]:
    return {
        "version": version.number,
        "change": version.change,
        "content_hash": version.content_hash,
        "note": version.note,
        "published_at": version.published_at.isoformat(),
        "published_by": version.published_by,
    }
