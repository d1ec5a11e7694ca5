"""Addresses as people paste them into forms, made into what the fields hold. Pure.

The API takes the exact form alone; a person has an address bar to copy from. What is no address stays as it
is, and the schema names the fault.
"""

import re
from urllib.parse import urlsplit

_WEB = re.compile(r"https?://", re.IGNORECASE)

_NO_SCHEME = re.compile(r"(?://)?(?P<rest>[^\W_](?:[\w-]*\.)+[\w-]{2,}(?::[0-9]+)?(?:[/?#]\S*)?)")
"""An address that begins with the host, in which there is a dot."""


def address(text: str) -> str:
    """An address of a page: with `https://` in front where nothing is."""
    bare = _NO_SCHEME.fullmatch(text)
    return f"https://{bare['rest']}" if bare else text


def host(text: str) -> str:
    """The host name of an address, or of a host name with a slash at its end."""
    parts = _parts(text)
    return parts[0] if parts else text.removesuffix("/")


def host_with_path(text: str) -> str:
    """Host and path of an address; the schema takes care of a slash at the end."""
    parts = _parts(text)
    return "".join(parts) if parts else text


def _parts(text: str) -> tuple[str, str] | None:
    """Host and path of an http(s) address without a user name; None: it is something else."""
    if not _WEB.match(text):
        return None
    try:
        found = urlsplit(text)
        _port = found.port
    except ValueError:
        return None
    if not found.hostname or "@" in found.netloc:
        return None
    return found.hostname, found.path
