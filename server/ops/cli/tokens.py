"""Commands about the programs' tokens."""

import click

from server.accounts.values import COMMAND_LINE, SCOPES
from server.core import clock
from server.ops.cli.output import application, json_option, show
from server.ops.cli.sites import BY


@click.group
def token() -> None:
    """What programs show instead of a password."""


@token.command
@click.option(
    "--site", "keys", multiple=True, required=True, metavar="KEY", help="May be repeated; '*' for all."
)
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="May be repeated."
)
@click.option("--name", default="", help="Its name: what it is for.")
@json_option
def create(keys: tuple[str, ...], scopes: tuple[str, ...], name: str, *, as_json: bool) -> None:
    """Make an API token and print it once."""
    from server.accounts.service import audit_log, tokens
    from server.core.db import transaction
    from server.sites import sample_rules
    from server.sites import service as sites

    with application(), transaction():
        found = () if "*" in keys else [sites.find(key) for key in keys]
        for site in found:
            sample_rules.refuse(site)
        site_ids = None if "*" in keys else [site.id for site in found]
        now = clock.now()
        bearer, secret = tokens.create_token(name=name, scopes=scopes, site_ids=site_ids, by=BY, now=now)
        audit_log.record_event(
            "token_created",
            by=COMMAND_LINE,
            site_id=site_ids[0] if site_ids and len(site_ids) == 1 else None,
            subject=bearer.actor.name,
            detail=f"{' '.join(sorted(bearer.scopes))}, for {', '.join(keys)}",
            now=now,
        )
    value = {"id": bearer.token_id, "token": secret, "scopes": sorted(bearer.scopes), "sites": list(keys)}
    show(value, [secret], as_json=as_json)
