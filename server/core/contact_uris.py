"""Addresses of people as URIs: e-mail (RFC 6068), web (RFC 9110), telephone (RFC 3966). Pure."""

import re
from urllib.parse import quote

_MAILTO = re.compile(
    r"mailto:(?:[A-Za-z0-9.!#$'*+/=^_`{|}~-]|%[0-9A-F]{2})+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
)
_HTTPS = re.compile(
    r"https://(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:[/?#][!-~]*)?"
)
_TEL = re.compile(r"tel:\+[0-9][0-9().-]{3,30}")

SCHEMES = ("http", "https", "mailto", "tel")
"""Schemes of links that staff write. Without one, an address would point into this server and is no link."""

_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s]+", re.IGNORECASE)

_UNESCAPED = "!#$'*+/=^_`{|}~"


def is_link(text: str) -> bool:
    """Whether a link may lead here: to a page, a mailbox or a telephone, and to nothing that runs."""
    return _LINK.fullmatch(text) is not None


def is_https(text: str) -> bool:
    """Whether this is a web address that is reached over TLS, in ASCII."""
    return _HTTPS.fullmatch(text) is not None


def is_contact(text: str) -> bool:
    """Whether this is a `mailto:`, `https:` or international `tel:` URI, without options such as subjects."""
    return is_https(text) or any(form.fullmatch(text) for form in (_MAILTO, _TEL))


def mailto(address: str) -> str | None:
    """The URI of an e-mail address; none where it cannot be written as one."""
    local, _, domain = address.rpartition("@")
    uri = f"mailto:{quote(local, safe=_UNESCAPED)}@{domain}"
    return uri if _MAILTO.fullmatch(uri) else None


def tel(phone: str) -> str | None:
    """The URI of a telephone number, without what is written for the eye; none if there is no digit."""
    dialled = "".join(sign for sign in phone if sign.isascii() and (sign.isdigit() or sign == "+"))
    return f"tel:{dialled}" if dialled.strip("+") else None
