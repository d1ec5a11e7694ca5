"""The command that prints figures."""

import click


@click.command
def analytics() -> None:
    """Print anonymised figures."""
