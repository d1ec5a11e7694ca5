"""The command `samtykke`, also `python -m server`."""

import sys

from server.app import create_app
from server.ops.cli import run


def main() -> None:
    """Run one command and leave with its status."""
    sys.exit(run(create_app, sys.argv[1:]))


if __name__ == "__main__":
    main()
