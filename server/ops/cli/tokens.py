"""Commands about the programs' tokens."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from server.accounts.values import COMMAND_LINE, SCOPES
from server.core import clock
from server.ops.cli.output import application, json_option, show
from server.ops.cli.sites import BY

if TYPE_CHECKING:
    from server.accounts.values import Token

OVERLAPS = {"0": timedelta(0), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
"""How long the secret before works on → its time."""


@click.group
def token() -> None:
    """What programs show instead of a password."""


def _lifetime(_context: click.Context, _option: click.Parameter, text: str) -> timedelta | None:
    """The type of `--expires` of a new token; None: never."""
    return None if text == "never" else _days(text, "a number of days such as 90, or never")


def _other_lifetime(_context: click.Context, _option: click.Parameter, text: str | None) -> timedelta | None:
    """The type of `--expires` of another secret; None: as before."""
    return None if text is None else _days(text, "a number of days such as 90")


def _days(text: str, what: str) -> timedelta:
    number = text.removesuffix("d")
    if not (number.isascii() and number.isdigit() and len(number) <= 4):
        raise click.BadParameter(f"{text!r} is not {what}.")
    return timedelta(days=int(number))


@token.command
@click.option(
    "--site", "keys", multiple=True, required=True, metavar="KEY", help="May be repeated; '*' for all."
)
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="May be repeated."
)
@click.option("--name", default="", help="Its name: what it is for.")
@click.option(
    "--expires",
    "lifetime",
    default="365",
    metavar="DAYS",
    callback=_lifetime,
    help="Days that it works, 730 at most, or 'never'; 365 if not given.",
)
@click.option("--reason", default="", help="Why it never expires; staff see it.")
@json_option
def create(
    keys: tuple[str, ...],
    scopes: tuple[str, ...],
    name: str,
    lifetime: timedelta | None,
    reason: str,
    *,
    as_json: bool,
) -> None:
    """Make an API token and print it once."""
    from server.accounts.service import audit_log, tokens
    from server.core.db import transaction
    from server.sites import program_tokens, sample_rules
    from server.sites import service as sites

    with application(), transaction():
        found = () if "*" in keys else [sites.find(key) for key in keys]
        for site in found:
            sample_rules.refuse(site)
        site_ids = None if "*" in keys else [site.id for site in found]
        now = clock.now()
        bearer, secret = tokens.create_token(
            name=name,
            scopes=scopes,
            site_ids=site_ids,
            by=BY,
            now=now,
            lifetime=lifetime,
            why_unlimited=reason,
        )
        made = tokens.token(bearer.token_id)
        audit_log.record_event(
            "token_created",
            by=COMMAND_LINE,
            site_id=site_ids[0] if site_ids and len(site_ids) == 1 else None,
            subject=bearer.actor.name,
            detail=f"{' '.join(sorted(bearer.scopes))}, for {', '.join(keys)}",
            now=now,
        )
        program_tokens.tell_of_new(made, COMMAND_LINE, now=now)
    value = {
        "id": bearer.token_id,
        "token": secret,
        "scopes": sorted(bearer.scopes),
        "sites": list(keys),
        "expires_at": _time(made.life.expires_at),
    }
    show(value, [secret], as_json=as_json)


@token.command("list")
@click.option("--site", "key", metavar="KEY", help="Only those that count for this site.")
@json_option
def list_(key: str | None, *, as_json: bool) -> None:
    """List the tokens that work, and those that have expired, with their ids."""
    from server.accounts.service import tokens
    from server.sites import service as sites

    with application():
        found = tokens.tokens(sites.find(key).id) if key else tokens.all_tokens()
        listed = [one for one in found if one.revoked_at is None]
        named = {one.id: one.key for one in sites.with_ids({id_ for one in listed for id_ in one.site_ids})}
        now = clock.now()
        values = [_value(one, named, now) for one in listed]
    lines = [
        "\t".join(
            [
                str(one["id"]),
                str(one["name"]) or "-",
                ",".join(str(each) for each in one["scopes"]),  # type: ignore[attr-defined]
                "*" if one["sites"] == "*" else ",".join(one["sites"]),  # type: ignore[arg-type]
                f"expires {one['expires_at'] or 'never'}",
                f"used {one['used_at'] or 'never'}",
            ]
        )
        for one in values
    ]
    show(values, lines, as_json=as_json)


@token.command
@click.argument("token_id", metavar="ID")
@click.option(
    "--overlap",
    type=click.Choice(tuple(OVERLAPS)),
    default="24h",
    help="How long the secret before works on; 24h if not given.",
)
@click.option(
    "--expires",
    "lifetime",
    metavar="DAYS",
    callback=_other_lifetime,
    help="Days that it works from now on, 730 at most; as many as before if not given.",
)
@json_option
def rotate(token_id: str, overlap: str, lifetime: timedelta | None, *, as_json: bool) -> None:
    """Give the token ID another secret and print it once; the one before works on for a while.

    The one before never works longer than it would have.
    """
    from server.accounts.service import audit_log, token_rotation
    from server.core.db import transaction

    with application(), transaction():
        now = clock.now()
        changed, secret = token_rotation.rotate(
            token_id, overlap=OVERLAPS[overlap], by=None, now=now, lifetime=lifetime
        )
        audit_log.record_event(
            "token_rotated",
            by=COMMAND_LINE,
            site_id=_one_site(changed),
            subject=changed.actor.name,
            detail=overlap,
            now=now,
        )
    value = {
        "id": changed.token_id,
        "token": secret,
        "old_until": _time(changed.life.old_until),
        "expires_at": _time(changed.life.expires_at),
    }
    show(value, [secret], as_json=as_json)


@token.command
@click.argument("token_id", metavar="ID")
@json_option
def revoke(token_id: str, *, as_json: bool) -> None:
    """Revoke the token ID at once, and cancel what it has scheduled."""
    from server.accounts.service import audit_log, tokens
    from server.core.db import transaction
    from server.sites import program_tokens

    with application(), transaction():
        now = clock.now()
        gone = tokens.revoke_token(token_id, now=now)
        audit_log.record_event(
            "token_revoked", by=COMMAND_LINE, site_id=_one_site(gone), subject=gone.actor.name, now=now
        )
        cancelled = program_tokens.cancel_scheduled(gone, by=COMMAND_LINE, now=now)
    lines = [f"The token {gone.actor.name} is revoked."]
    if cancelled:
        lines.append(f"{len(cancelled)} scheduled by it cancelled.")
    show({"id": gone.token_id, "cancelled": len(cancelled)}, lines, as_json=as_json)


def _one_site(one: "Token") -> str | None:
    return next(iter(one.site_ids)) if len(one.site_ids) == 1 and not one.all_sites else None


def _value(one: "Token", named: dict[str, str], now: datetime) -> dict[str, object]:
    life = one.life
    return {
        "id": one.token_id,
        "name": one.name,
        "scopes": list(one.scopes),
        "sites": "*" if one.all_sites else sorted(named[each] for each in one.site_ids if each in named),
        "created_by": one.created_by,
        "expires_at": _time(life.expires_at),
        "expired": life.expired(now),
        "why_unlimited": life.why_unlimited,
        "used_at": _time(life.used_at),
        "old_until": _time(life.old_until) if life.old_works(now) else None,
    }


def _time(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None
