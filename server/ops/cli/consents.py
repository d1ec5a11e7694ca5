"""Commands about stored decisions."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import cast

import click

from server.accounts.values import COMMAND_LINE
from server.consents.values import ACTIONS, Action, BannerEvidence, ConsentRow, ExportForm, Filters
from server.core import clock
from server.core.errors import NotFound
from server.ops.cli.output import application, day, json_option, show, show_stream
from server.sites.values import Site


@click.group
def consents() -> None:
    """Visitors' stored decisions."""


@consents.command
@click.argument("key")
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "csv"]), help="Lines of JSON, unless it says otherwise."
)
@click.option("--from", "first", metavar="DAY", type=day, help="First day, in UTC.")
@click.option("--to", "last", metavar="DAY", type=day, help="Last day, in UTC.")
@click.option("--version", "number", type=click.IntRange(1), help="Of this version of the banner.")
@click.option("--action", type=click.Choice(sorted(ACTIONS)), help="What the visitor did.")
@json_option
def export(
    key: str,
    form: ExportForm | None,
    first: date | None,
    last: date | None,
    number: int | None,
    action: str | None,
    *,
    as_json: bool,
) -> None:
    """Print the stored decisions of the site KEY, oldest first, however many there are.

    With --json they are one array, still one a line.
    """
    from server.accounts.service import audit_log
    from server.consents.service import decisions
    from server.core.db import transaction
    from server.sites import service as sites

    if as_json and form is not None:
        raise click.UsageError("--json and --format exclude each other.", click.get_current_context())
    if first and last and first > last:
        raise click.BadParameter("is after the last day.", param_hint="--from")
    filters = Filters.of_days(
        first,
        last,
        version=number,
        action=cast("Action | None", action),
    )
    named = (("from", first), ("to", last), ("version", number), ("action", action))
    with application():
        site = sites.find(key)
        with transaction():
            audit_log.record_event(
                "consents_exported",
                by=COMMAND_LINE,
                now=clock.now(),
                site_id=site.id,
                subject="json" if as_json else form or "jsonl",
                detail=", ".join(f"{name} {value}" for name, value in named if value is not None),
            )
        rows = decisions.export(site.id, filters=filters)
        if as_json:
            show_stream(json.loads(line) for line in decisions.lines(rows, "jsonl"))
            return
        for line in decisions.lines(rows, form or "jsonl"):
            sys.stdout.write(line)


@consents.command("show")
@click.argument("number")
@click.option("--site", "key", metavar="KEY", help="The site; without it, all are searched.")
@click.option("--browser", is_flag=True, help="Everything of the browser that made it.")
@click.option("--banner", metavar="FILE.html", help="Write a page with the banner that the visitor saw.")
@click.option("--receipt", metavar="FILE.json", help="Write the receipt.")
@json_option
def show_consent(
    number: str,
    key: str | None,
    banner: str | None,
    receipt: str | None,
    *,
    browser: bool,
    as_json: bool,
) -> None:
    """Show the decision that has the consent NUMBER, and what the visitor saw.

    Exit status 1 when the banner's stored content is not what the record commits to.
    """
    from server.consents.service import decisions
    from server.embed import service as embed

    with application() as settings:
        site, row = _found(number, key)
        rows = decisions.same_browser(site.id, row.consent_id) if browser else (row,)
        evidence = decisions.banner_evidence(row)
        position = decisions.log_position(site.id, row.consent_id)
        _note("consent_looked_up", site, row, settings.secret_key)
        if banner:
            shown = embed.page_shown(site, row.version, evidence.language, at=row.recorded_at)
            Path(banner).write_bytes(shown)
        if receipt:
            every = settings.checkpoint_every
            text = decisions.receipt(site.id, row.consent_id, now=clock.now(), checkpoint_every=every)
            Path(receipt).write_text(text, encoding="utf-8")
    value = {
        "site": site.key,
        "banner": {
            "version": evidence.version.number,
            "content_hash": evidence.version.content_hash,
            "matches": evidence.matches,
            "language": evidence.language,
            "surface": evidence.surface,
            "layout": evidence.layout,
        },
        "log": {"origin": position[0], "index": position[1]} if position else None,
        "records": [_tree(each) for each in rows],
    }
    show(value, _lines(site, rows, evidence, position), as_json=as_json)
    if not evidence.matches:
        raise click.exceptions.Exit(1)


@consents.command
@click.argument("number")
@click.option("--site", "key", metavar="KEY", help="The site; without it, all are searched.")
@click.option("--browser", is_flag=True, help="Everything of the browser that made it.")
@json_option
def erase(number: str, key: str | None, *, browser: bool, as_json: bool) -> None:
    """Erase the decision that has the consent NUMBER, as a visitor has asked."""
    from server.accounts.service import audit_log
    from server.consents.service import decisions
    from server.core.db import transaction

    with application() as settings:
        site, row = _found(number, key)
        with transaction():
            erased = decisions.erase_by_number(
                site.id,
                row.consent_id,
                whole_browser=browser,
                secret_key=settings.secret_key,
                data_dir=settings.data_dir,
                now=clock.now(),
            )
            audit_log.record_event(
                "consent_erased",
                by=COMMAND_LINE,
                now=clock.now(),
                site_id=site.id,
                subject=audit_log.mark(row.consent_id, secret_key=settings.secret_key),
                detail=f"{erased} records of its browser" if browser else "",
            )
    line = "1 record was erased." if erased == 1 else f"{erased} records were erased."
    show({"erased": erased}, [line], as_json=as_json)


def _found(number: str, key: str | None) -> tuple[Site, ConsentRow]:
    """The record with this number, and its site.

    :raises NotFound: `consent_unknown`.
    """
    from server.consents.service import decisions
    from server.sites import service as sites

    for site in (sites.find(key),) if key else sites.each_site(deleted=True):
        try:
            return site, decisions.find(site.id, number)
        except NotFound:
            continue
    raise NotFound(f"no decision with the number {number[:40]!r} is stored", reason="consent_unknown")


def _note(action: str, site: Site, row: ConsentRow, secret_key: str) -> None:
    from server.accounts.service import audit_log
    from server.core.db import transaction

    with transaction():
        audit_log.record_event(
            action,
            by=COMMAND_LINE,
            now=clock.now(),
            site_id=site.id,
            subject=audit_log.mark(row.consent_id, secret_key=secret_key),
        )


def _lines(
    site: Site, rows: tuple[ConsentRow, ...], evidence: BannerEvidence, position: tuple[str, int] | None
) -> list[str]:
    state = "as it was published" if evidence.matches else "NOT what the record commits to"
    return [
        *(
            f"{row.consent_id}\t{site.key}\t{row.recorded_at.isoformat()}\t{row.action}\t"
            + " ".join(f"{key}={'yes' if granted else 'no'}" for key, granted in row.choices.items())
            for row in rows
        ),
        f"banner\tversion {evidence.version.number}, {evidence.language}, {evidence.layout}, "
        f"{evidence.surface}: {state}",
        f"log\t{position[0]}, place {position[1]}" if position else "log\tnot yet in the log",
    ]


def _tree(row: ConsentRow) -> dict[str, object]:
    return {
        "consent_id": row.consent_id,
        "recorded_at": row.recorded_at.isoformat(),
        "expires_at": row.expires_at.isoformat(),
        "version": row.version,
        "language": row.language,
        "action": row.action,
        "choices": dict(row.choices),
        "record": row.record,
        "commitment": row.commitment.hex(),
    }
