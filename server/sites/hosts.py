"""Normalisation of host names to the form in which they are stored and compared."""

import ipaddress
import re
import unicodedata
from urllib.parse import quote, unquote, urlsplit

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()+,;=:@/-]|%[0-9A-Fa-f]{2})*")
"""What browsers leave as it is in a path (RFC 3986, 3.3), without the star."""

MAX_PATH = 200
"""Characters of a path."""

_DEVIANT = re.compile("[\u00df\u03c2\u200c\u200d]")
"""Characters that Python's codec (IDNA 2003) encodes otherwise than today's browsers do."""


def domain(text: str) -> str:
    """A host name in ASCII and lower case; a leading `*.` means its sub-domains.

    :raises ValueError: it is not one. The message is a sentence's end: "has a port; …".
    """
    if not text.startswith("*."):
        return host_name(text)
    parent = host_name(text[2:])
    if parent != "localhost" and "." not in parent:
        raise ValueError(f"would cover every site under .{parent}")
    if _is_address(parent):
        raise ValueError("is an IP address, which has no sub-domains")
    return "*." + parent


def host_name(text: str) -> str:
    """A host name or IPv4 address in ASCII and lower case.

    :raises ValueError: it is not one.
    """
    _refuse_addresses(text)
    ascii_form = _to_ascii(text)
    labels = ascii_form.split(".")
    if len(ascii_form) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("is not a host name such as www.example.no")
    # Browsers read a host whose last label is a number as an IPv4 address, whatever it looks like.
    if _NUMBER.fullmatch(labels[-1]) and not _is_address(ascii_form):
        raise ValueError("is not an IPv4 address such as 127.0.0.1")
    return ascii_form


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


def _refuse_addresses(text: str) -> None:
    if "://" in text:
        raise ValueError("is an address; write the host name alone, such as www.example.no")
    if any(mark in text for mark in "/?#@\\"):
        raise ValueError("has more than a host name; leave out paths and the like")
    if ":" in text:
        raise ValueError("has a port; write the host name alone, every port of it counts")
    if "*" in text:
        raise ValueError("has a star that is not a whole first label, as in *.example.no")


def _to_ascii(text: str) -> str:
    if len(text) > 253:
        raise ValueError("has more than 253 characters")
    if text.isascii():
        return text.lower()
    if _DEVIANT.search(text):
        raise ValueError("has a letter that is encoded in two ways; write its xn-- form")
    try:
        return unicodedata.normalize("NFC", text).encode("idna").decode("ascii").lower()
    except UnicodeError as fault:
        raise ValueError("is not an international host name") from fault


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
