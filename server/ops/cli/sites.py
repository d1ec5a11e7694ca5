"""Commands about sites."""

import click

from server.accounts.values import COMMAND_LINE
from server.core import clock
from server.core.plain_text import escaped
from server.ops.cli.output import application, json_option, show, show_stream
from server.sites.values import Site

BY = COMMAND_LINE.name
"""Who is named as the author of what commands change."""


@click.group
def site() -> None:
    """Websites that have a banner."""


@site.command
@click.argument("key")
@click.option("--name", required=True, help="What staff call it.")
@click.option("--domain", "domains", multiple=True, required=True, help="Host name; may be repeated.")
@click.option(
    "--staging-domain",
    "staging",
    multiple=True,
    help="Host name for testing, where nothing is recorded; may be repeated.",
)
@json_option
def create(key: str, name: str, domains: tuple[str, ...], staging: tuple[str, ...], *, as_json: bool) -> None:
    """Make the site KEY with a draft banner."""
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.sites import service as sites

    with application(), transaction():
        now = clock.now()
        made = sites.create(key, name, domains, by=BY, now=now, staging=staging)
        audit_log.record_event("site_created", by=COMMAND_LINE, site_id=made.id, subject=made.key, now=now)
    show(
        _value(made),
        [f"The site {made.key} is made. Next: samtykke banner check {made.key}"],
        as_json=as_json,
    )


@site.command("list")
@json_option
def list_sites(*, as_json: bool) -> None:
    """List the sites."""
    from server.sites import service as sites

    with application():
        if as_json:
            show_stream(_value(one) for one in sites.each_site(deleted=True))
            return
        for one in sites.each_site(deleted=True):
            state = "\tdeleted" if one.deletion else "\tpaused" if one.pause else ""
            line = f"{one.key}\t{one.name}\t{', '.join(one.domains)}{state}"
            click.echo(escaped(line, keep="\t"))


@site.command
@click.argument("key")
@click.argument("name")
@json_option
def rename(key: str, name: str, *, as_json: bool) -> None:
    """Call the site KEY by another NAME. The key stays: it is in the script's address on every page."""
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.sites import service as sites

    with application(), transaction():
        now, before = clock.now(), sites.find(key)
        renamed = sites.rename(before.id, name)
        audit_log.record_event(
            "site_renamed",
            by=COMMAND_LINE,
            site_id=renamed.id,
            subject=renamed.name,
            detail=f"{before.name} → {renamed.name}",
            now=now,
        )
    show(_value(renamed), [f"The site {key} is called {renamed.name} now."], as_json=as_json)


@site.command
@click.argument("key")
@click.argument("new_key")
@click.option("--name", required=True, help="What staff call the copy.")
@click.option("--domain", "domains", multiple=True, required=True, help="Host name; may be repeated.")
@json_option
def duplicate(key: str, new_key: str, name: str, domains: tuple[str, ...], *, as_json: bool) -> None:
    """Make the site NEW_KEY with the draft and settings of KEY; decisions and figures stay there."""
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.core.http import settings
    from server.sites import duplication
    from server.sites import service as sites

    with application(), transaction():
        now, source = clock.now(), sites.find(key)
        made = duplication.duplicate(
            source.id,
            key=new_key,
            name=name,
            domains=domains,
            by=BY,
            now=now,
            public_url=settings().public_url,
        )
        audit_log.record_event(
            "site_duplicated", by=COMMAND_LINE, site_id=made.id, subject=made.key, detail=key, now=now
        )
    lines = [f"The site {made.key} is made as a copy of {key}. Next: samtykke banner check {made.key}"]
    show(_value(made), lines, as_json=as_json)


@site.command
@click.argument("key")
@click.option("--note", default="", help="Why, for colleagues.")
@json_option
def pause(key: str, note: str, *, as_json: bool) -> None:
    """Let the script of the site KEY do nothing until it is resumed. What is marked stays blocked."""
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.sites import pausing
    from server.sites import service as sites

    with application(), transaction():
        now = clock.now()
        paused = pausing.pause(sites.find(key).id, note=note, by=BY, now=now)
        audit_log.record_event(
            "site_paused", by=COMMAND_LINE, site_id=paused.id, subject=key, detail=note.strip(), now=now
        )
    show(_value(paused), [f"The site {key} is paused. Next: samtykke site resume {key}"], as_json=as_json)


@site.command
@click.argument("key")
@json_option
def resume(key: str, *, as_json: bool) -> None:
    """Let the script of the paused site KEY work again."""
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.sites import pausing
    from server.sites import service as sites

    with application(), transaction():
        resumed = pausing.resume(sites.find(key).id)
        audit_log.record_event(
            "site_resumed", by=COMMAND_LINE, site_id=resumed.id, subject=key, now=clock.now()
        )
    show(_value(resumed), [f"The site {key} goes on."], as_json=as_json)


@site.command
@click.argument("key")
@json_option
def delete(key: str, *, as_json: bool) -> None:
    """Delete the site KEY: its script does nothing from now on. It can be restored for 30 days."""
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.notices.service import site_closing
    from server.sites import service as sites

    with application(), transaction():
        now = clock.now()
        deleted = site_closing.delete_site(sites.find(key).id, by=BY, now=now)
        audit_log.record_event("site_deleted", by=COMMAND_LINE, site_id=deleted.id, subject=key, now=now)
    lines = [f"The site {key} is deleted. Within 30 days it can be had back: samtykke site restore {key}"]
    show(_value(deleted), lines, as_json=as_json)


@site.command
@click.argument("key")
@json_option
def restore(key: str, *, as_json: bool) -> None:
    """Bring back the site KEY that was deleted less than 30 days ago."""
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.sites import deletion
    from server.sites import service as sites

    with application(), transaction():
        restored = deletion.restore(sites.find(key).id)
        audit_log.record_event(
            "site_restored", by=COMMAND_LINE, site_id=restored.id, subject=key, now=clock.now()
        )
    show(_value(restored), [f"The site {key} is back."], as_json=as_json)


def _value(site: Site) -> dict[str, object]:
    return {
        "key": site.key,
        "name": site.name,
        "domains": list(site.domains),
        "staging_domains": list(site.staging_domains),
        "paused_at": site.pause.at.isoformat() if site.pause else None,
        "deleted_at": site.deletion.at.isoformat() if site.deletion else None,
    }
