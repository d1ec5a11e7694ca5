"""Addresses and colours as people paste them into forms, made into what the fields hold. Pure.

The API takes the exact form alone; a person has an address bar or a drawing program to copy from. What is
neither stays as it is, and the schema names the fault.
"""

import re
from urllib.parse import urlsplit

_WEB = re.compile(r"https?://", re.IGNORECASE)

_NO_SCHEME = re.compile(r"(?://)?(?P<rest>[^\W_](?:[\w-]*\.)+[\w-]{2,}(?::[0-9]+)?(?:[/?#]\S*)?)")
"""An address that begins with the host, in which there is a dot."""

_LOCAL = re.compile(r"(?:localhost|127(?:\.[0-9]{1,3}){3})(?::[0-9]+)?(?:[/?#]\S*)?", re.IGNORECASE)
"""The same on this machine, where pages are tried out without a certificate."""

_HEX = re.compile(r"#?(?P<digits>[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

_RGB = re.compile(
    r"(?:rgb\s*\(\s*)?(?P<red>[0-9]{1,3})(?:\s*,\s*|\s+)(?P<green>[0-9]{1,3})(?:\s*,\s*|\s+)(?P<blue>[0-9]{1,3})\s*\)?",
    re.IGNORECASE,
)


def colour(text: str) -> str:
    """`#rrggbb` of `#abc`, `abc`, `aabbcc`, `rgb(170, 187, 204)` or `170 187 204`."""
    if found := _HEX.fullmatch(text):
        digits = found["digits"].lower()
        return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))
    if found := _RGB.fullmatch(text):
        channels = [int(channel) for channel in found.groups()]
        if max(channels) < 256:
            return "#" + "".join(f"{channel:02x}" for channel in channels)
    return text


def address(text: str) -> str:
    """An address of a page: with `https://` in front where nothing is; `http://` if it is on this machine."""
    if _LOCAL.fullmatch(text):
        return f"http://{text}"
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
