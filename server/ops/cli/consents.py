"""Commands about stored decisions."""

import click

from server.consents import service as consents_service
from server.ops.cli.output import CreateApp, application
from server.sites import service as sites


@click.group
def consents() -> None:
    """Visitors' stored decisions."""
