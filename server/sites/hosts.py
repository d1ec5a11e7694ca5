"""Normalisation of domains and of addresses in banner documents to the form in which they are stored."""

import re
from urllib.parse import quote, unquote, urlsplit

from server.core.host_names import host_name, is_ipv4

_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()+,;=:@/-]|%[0-9A-Fa-f]{2})*")
"""What browsers leave as it is in a path (RFC 3986, 3.3), without the star."""

MAX_PATH = 200
"""Characters of a path."""


def domain(text: str) -> str:
    """A host name in ASCII and lower case; a leading `*.` means its sub-domains.

    :raises ValueError: it is not one. The message is a sentence's end: "has a port; …".
    """
    if not text.startswith("*."):
        return host_name(text)
    parent = host_name(text[2:])
    if parent != "localhost" and "." not in parent:
        raise ValueError(f"would cover every site under .{parent}")
    if is_ipv4(parent):
        raise ValueError("is an IP address, which has no sub-domains")
    return "*." + parent


def host_with_path(text: str) -> str:
    """A domain, behind which the beginning of a path may stand: `www.google.com/maps`.

    The path is stored as browsers send it, without a slash at its end: `/maps` stands for itself and for all
    that is below it.

    :raises ValueError: it is not one.
    """
    if "://" in text:
        raise ValueError("is an address; write host and path alone, such as www.google.com/maps")
    host, slash, path = text.partition("/")
    return domain(host) + _path(slash + path)


def _path(text: str) -> str:
    if "?" in text or "#" in text:
        raise ValueError("has more than a host and a path; leave out ? or # and what follows")
    if "*" in text:
        raise ValueError("has a star in its path; the beginning of a path covers all that is below it")
    try:
        path = "".join(ch if ch.isascii() else quote(ch) for ch in text).removesuffix("/")
    except UnicodeError as fault:
        raise ValueError("has a character that may not stand in a path") from fault
    if len(path) > MAX_PATH:
        raise ValueError(f"has a path of more than {MAX_PATH} characters")
    if not _PATH.fullmatch(path):
        raise ValueError("has a character that may not stand in a path")
    if any(unquote(part) in {"", ".", ".."} for part in path.split("/")[1:]):
        raise ValueError("has an empty part, . or .. in its path")
    return path


def url(text: str) -> str:
    """The http(s) address itself.

    :raises ValueError: it is not one that a browser would open as it stands.
    """
    if not text.startswith(("http://", "https://")):
        raise ValueError("is not an address that starts with https:// or http://")
    if any(ch.isspace() or ch in '<>"\\^`{|}' or not ch.isprintable() for ch in text):
        raise ValueError("has a character that may not stand in an address")
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError as fault:
        raise ValueError("is not an address that a browser can open") from fault
    if parts.username is not None or parts.password is not None:
        raise ValueError("has a user name or password in it")
    try:
        host_name(parts.hostname or "")
    except ValueError as fault:
        raise ValueError(f"names a host that {fault}") from fault
    return text
