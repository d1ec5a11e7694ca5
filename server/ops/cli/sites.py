"""Commands about sites."""

import click

from server.accounts.values import COMMAND_LINE
from server.core import clock
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
@json_option
def create(key: str, name: str, domains: tuple[str, ...], *, as_json: bool) -> None:
    """Make the site KEY with a draft banner."""
    from server.accounts.service import audit_log
    from server.core.db import transaction
    from server.sites import service as sites

    with application(), transaction():
        now = clock.now()
        made = sites.create(key, name, domains, by=BY, now=now)
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
            show_stream(_value(one) for one in sites.each_site())
            return
        for one in sites.each_site():
            click.echo(f"{one.key}\t{one.name}\t{', '.join(one.domains)}")


def _value(site: Site) -> dict[str, object]:
    return {"key": site.key, "name": site.name, "domains": list(site.domains)}
