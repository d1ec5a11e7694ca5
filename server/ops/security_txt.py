"""`security.txt`: contacts for reporting vulnerabilities (RFC 9116)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from server.core.contact_uris import is_https, mailto
from server.sites.document_types import Contacts

PATH = "/.well-known/security.txt"

_VALID = timedelta(days=180)
"""Lifetime of the file. RFC 9116, section 2.5.5, recommends less than a year."""

_LANGUAGES = "en"
"""Language of the studio, which operators read."""


def security_txt(contacts: Sequence[str], *, public_url: str, policy: str | None, now: datetime) -> str:
    """The file, with contacts in the order in which they should be tried.

    :param contacts: URIs, one at least.
    """
    expires = now + _VALID
    fields = [
        *(("Contact", contact) for contact in contacts),
        ("Expires", f"{expires:%Y-%m-%d}T00:00:00Z"),
        ("Preferred-Languages", _LANGUAGES),
        # Section 2.5.2 wants https here; an address without it could be anybody's.
        *((("Canonical", public_url + PATH),) if public_url.startswith("https://") else ()),
        *((("Policy", policy),) if policy else ()),
    ]
    return "".join(f"{name}: {value}\n" for name, value in fields)


def contacts_of(contacts: Contacts) -> tuple[str, ...]:
    """A controller's published contacts as URIs; malformed ones and the telephone are omitted."""
    email = mailto(contacts["email"])
    page = contacts["url"] if is_https(contacts["url"]) else None
    return tuple(uri for uri in (email, page) if uri is not None)
