"""Normalisation of host names to the form in which they are stored, compared and looked up. Pure."""

import ipaddress
import re

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def host_name(text: str) -> str:
    """A host name or IPv4 address in ASCII and lower case.

    :raises ValueError: it is not one. The message is a sentence's end: "has a port; …".
    """
    _refuse_addresses(text)
    name = _to_ascii(text)
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("is not a host name such as www.example.no")
    # Browsers read a host whose last label is a number as an IPv4 address, whatever it looks like.
    if _NUMBER.fullmatch(labels[-1]) and not is_ipv4(name):
        raise ValueError("is not an IPv4 address such as 127.0.0.1")
    return name


def ascii_form(text: str) -> str:
    """An international host name in ASCII, as browsers send it: UTS 46 without its transitional step.

    So `straße.de` is `xn--strae-oqa.de`, and not `strasse.de`, which is another's: Python's own codec has the
    rules of 2003 (RFC 3490), which browsers have left.

    :raises UnicodeError: it is none.
    """
    import idna  # noqa: PLC0415 - its tables are large, and few names need them

    return text.lower() if text.isascii() else idna.encode(text, uts46=True).decode("ascii").lower()


def is_ipv4(text: str) -> bool:
    """Whether this is an IPv4 address of four decimal numbers without leading zeros."""
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


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
    try:
        return ascii_form(text)
    except UnicodeError as fault:
        raise ValueError("is not an international host name") from fault
