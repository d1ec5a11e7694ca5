"""The command `samtykke`, also `python -m server`."""

import sys
from typing import TYPE_CHECKING

from server.core.settings import Settings
from server.ops.cli import run

if TYPE_CHECKING:
    from flask import Flask


def main() -> None:
    """Run one command and leave with its status."""
    sys.exit(run(_create_app, sys.argv[1:]))


def _create_app(settings: Settings) -> "Flask":
    """The whole product, loaded when a command serves it."""
    from server.app import create_app

    return create_app(settings)


if __name__ == "__main__":
    main()
