"""The token that a command shows: in a file, or in the variable `SAMTYKKE_TOKEN`."""

import os
from pathlib import Path

from server.core.errors import Malformed


def shown_token(file: Path | None) -> str:
    """The token in a file, and without one that of the variable; empty: there is none.

    :raises Malformed: the file has none: another token is never taken in its place.
    :raises OSError: the file cannot be read.
    """
    if file is None:
        return os.environ.get("SAMTYKKE_TOKEN", "").strip()
    try:
        found = file.read_text(encoding="ascii").strip()
    except UnicodeDecodeError as fault:
        raise Malformed("the token has characters that no token has") from fault
    if not found:
        raise Malformed(f"there is no token in {file}")
    return found
