"""Commands about banners: the draft, its publication and its history."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

import click

from server.accounts.values import COMMAND_LINE
from server.core import clock
from server.ops.cli.author_words import in_line
from server.ops.cli.output import application, json_option, read_json, show
from server.ops.cli.sites import BY
from server.sites.publication_rules import Publication
from server.sites.values import Site, Version


@click.group
def banner() -> None:
    """Banners: drafts, publications and their history."""


@banner.command("export")
@click.argument("key")
@json_option
def export(key: str, *, as_json: bool) -> None:  # noqa: ARG001 - it is JSON anyway
    """Print the draft of KEY as JSON, with --json and without."""
    from server.sites import service as sites

    with application():
        draft = sites.draft(sites.find(key).id)
    show(draft.document, (), as_json=True)


@banner.command("import")
@click.argument("key")
@click.argument("file")
@json_option
def import_(key: str, file: str, *, as_json: bool) -> None:
    """Replace the draft of KEY by the JSON in FILE, or on standard input for `-`."""
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.sites import service as sites

    document = read_json(file)
    with application(), transaction():
        site, now = sites.find(key), clock.now()
        draft = sites.save_draft(site.id, document, by=BY, now=now, expected_revision=None)
        subject = f"revision {draft.revision}"
        audit_log.record_event("draft_imported", by=COMMAND_LINE, site_id=site.id, subject=subject, now=now)
    show({"site": key, "revision": draft.revision}, [f"The draft of {key} is replaced."], as_json=as_json)


@banner.command
@click.argument("key")
@json_option
def check(key: str, *, as_json: bool) -> int:
    """Say what would stop a publish of KEY, or warn. Exit status 1 where something would stop it."""
    from server.sites import service as sites

    with application():
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


def _moment(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    """A moment with its zone, in UTC; None if none is given."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as fault:
        raise click.BadParameter(f"{text[:40]!r} is not a time such as 2026-12-24T09:00+01:00.") from fault
    if found.tzinfo is None:
        raise click.BadParameter(f"{text[:40]!r} names no time zone: write +01:00 or Z behind it.")
    return found.astimezone(UTC)


@banner.command
@click.argument("key")
@click.option("--note", default="", help="What changed, for colleagues.")
@click.option(
    "--announce",
    "texts",
    metavar="LANGUAGE=TEXT",
    multiple=True,
    help="What changed, for visitors, who are notified of it; once for each language of the banner.",
)
@click.option("--replace", is_flag=True, help="Cancel what is scheduled or waits for approval.")
@click.option(
    "--at",
    "publish_at",
    metavar="ISO8601",
    callback=_moment,
    help="Publish the draft as it is now at this moment, such as 2026-12-24T09:00+01:00.",
)
@json_option
def publish(
    key: str,
    note: str,
    texts: tuple[str, ...],
    publish_at: datetime | None,
    *,
    replace: bool,
    as_json: bool,
) -> None:
    """Publish the draft of KEY as the next version, also where the studio asks for approval.

    With --at it is published then, unless the site asks for approval: `banner waiting` lists it, and `banner
    cancel` cancels it.
    """
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.sites import publications
    from server.sites import service as sites

    announcement = _announcement(texts)
    if publish_at is not None:
        return _schedule(key, publish_at, note, announcement, replace=replace, as_json=as_json)
    with application(), transaction():
        site, now = sites.find(key), clock.now()
        waiting = publications.waiting(site.id) if replace else None
        version = sites.publish(
            site.id,
            note=note,
            by=BY,
            now=now,
            announcement=announcement,
            replacing=waiting.number if waiting else None,
            approved=True,
        )
        _note_unapproved(site, version, now)
        audit_log.record_event(
            "published",
            by=COMMAND_LINE,
            site_id=site.id,
            subject=f"version {version.number}",
            detail=note,
            now=now,
        )
    return show(_value(version), [_line(version)], as_json=as_json)


def _schedule(
    key: str,
    publish_at: datetime,
    note: str,
    announcement: dict[str, str] | None,
    *,
    replace: bool,
    as_json: bool,
) -> None:
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.sites import publications, schedules
    from server.sites import service as sites

    with application(), transaction():
        site, now = sites.find(key), clock.now()
        waiting = publications.waiting(site.id) if replace else None
        made = schedules.schedule(
            site.id,
            publish_at,
            note=note,
            by=BY,
            now=now,
            announcement=announcement,
            replacing=waiting.number if waiting else None,
        )
        audit_log.record_event(
            "publish_scheduled",
            by=COMMAND_LINE,
            site_id=site.id,
            subject=f"publication {made.number}",
            detail=f"due {publish_at:%Y-%m-%d %H:%M}",
            now=now,
        )
    show(_waiting_value(made), [_waiting_line(made)], as_json=as_json)


@banner.command
@click.argument("key")
@json_option
def waiting(key: str, *, as_json: bool) -> None:
    """Say what is scheduled for KEY, or waits for approval: at most one publication."""
    from server.sites import authors, publications
    from server.sites import service as sites

    with application():
        found = publications.waiting(sites.find(key).id)
        made = [found] if found else []
        programs = authors.programs(one.asked_by for one in made)
    lines = (_waiting_line(one, programs) for one in made)
    show([_waiting_value(one) for one in made], lines, as_json=as_json)


@banner.command
@click.argument("key")
@json_option
def cancel(key: str, *, as_json: bool) -> None:
    """Cancel what is scheduled for KEY. The draft stays as it is."""
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.core.errors import NotFound
    from server.sites import authors, publications, schedules
    from server.sites import service as sites

    with application(), transaction():
        site, now = sites.find(key), clock.now()
        found = publications.waiting(site.id)
        if found is None:
            raise NotFound(f"nothing is scheduled for {key}", reason="publication_unknown")
        gone = schedules.cancel(site.id, found.number, by=BY, now=now)
        audit_log.record_event(
            "publish_cancelled",
            by=COMMAND_LINE,
            site_id=site.id,
            subject=f"publication {gone.number}",
            now=now,
        )
        line = _waiting_line(gone, authors.programs([gone.asked_by]))
    show(_waiting_value(gone), [line], as_json=as_json)


@banner.command
@click.argument("key")
@json_option
def versions(key: str, *, as_json: bool) -> None:
    """List what was published for KEY, newest first."""
    from server.sites import authors
    from server.sites import service as sites

    with application():
        found = sites.versions(sites.find(key).id)
        programs = authors.programs(one.published_by for one in found)
    show([_value(one) for one in found], (_line(one, programs) for one in found), as_json=as_json)


@banner.command
@click.argument("key")
@click.argument("version", type=click.IntRange(min=1))
@json_option
def rollback(key: str, version: int, *, as_json: bool) -> None:
    """Publish VERSION of KEY again, as the next version."""
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.sites import service as sites

    with application(), transaction():
        site, now = sites.find(key), clock.now()
        made = sites.rollback(site.id, version, by=BY, now=now, approved=True)
        _note_unapproved(site, made, now)
        audit_log.record_event(
            "rolled_back",
            by=COMMAND_LINE,
            site_id=site.id,
            subject=f"version {made.number}",
            detail=f"as version {version}",
            now=now,
        )
    show(_value(made), [_line(made)], as_json=as_json)


def _note_unapproved(site: Site, made: Version, now: datetime) -> None:
    """Operators of the server may publish without a second person, and that is on record."""
    from server.accounts.service import audit_log

    if site.approval_required:
        subject = f"version {made.number}"
        audit_log.record_event(
            "published_unapproved", by=COMMAND_LINE, site_id=site.id, subject=subject, now=now
        )


def _announcement(texts: tuple[str, ...]) -> dict[str, str] | None:
    """Language → text; None if visitors are not to be notified."""
    found: dict[str, str] = {}
    for entry in texts:
        language, equals, text = entry.partition("=")
        if not equals:
            raise click.BadParameter(
                f"{entry[:40]!r} is not a language, = and a text.", param_hint="--announce"
            )
        if language in found:
            raise click.BadParameter(
                f"the language {language[:40]!r} is given twice.", param_hint="--announce"
            )
        found[language] = text
    return found or None


def _line(version: Version, programs: Mapping[str, str] = MappingProxyType({})) -> str:
    moment = version.published_at.isoformat(timespec="seconds")
    note = f"\t{version.note}" if version.note else ""
    change = f"{version.change}, announced" if version.announcement else version.change
    return f"version {version.number}\t{change}\t{moment}\t{in_line(version.published_by, programs)}{note}"


def _waiting_line(one: Publication, programs: Mapping[str, str] = MappingProxyType({})) -> str:
    moment = one.publish_at.isoformat(timespec="minutes") if one.publish_at else "when it is approved"
    note = f"\t{one.note}" if one.note else ""
    return f"publication {one.number}\t{one.state}\t{moment}\t{in_line(one.asked_by, programs)}{note}"


def _waiting_value(one: Publication) -> dict[str, object]:
    return {
        "publication": one.number,
        "state": one.state,
        "publish_at": one.publish_at.isoformat() if one.publish_at else None,
        "asked_by": one.asked_by,
        "note": one.note,
    }


def _value(version: Version) -> dict[str, object]:
    return {
        "version": version.number,
        "change": version.change,
        "content_hash": version.content_hash,
        "note": version.note,
        "published_at": version.published_at.isoformat(),
        "published_by": version.published_by,
        "variant_of": version.variant_of,
        "announcement": dict(version.announcement),
    }
