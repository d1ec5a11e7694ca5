"""E-mail addresses that people type. Pure."""

import re

from server.core.host_names import ascii_form

LONGEST = 254
"""Characters of an address (RFC 5321, 4.5.3.1.3)."""

_ATOM = r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"(?!-)(?=.{{1,64}}@){_ATOM}(\.{_ATOM})*@")
"""A dot-atom (RFC 5322, 3.2.3): other parts before the `@` reach few mail servers. None begins with a hyphen,
which programs that are given the address would take for an option."""

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def email_address(text: str) -> str | None:
    """The address, its domain in small ASCII letters; None if it is none that mail can be sent to.

    A domain has a dot. `kari@blåbær.example` is `kari@xn--blbr-roah.example`.
    """
    local, _, domain = text.strip().rpartition("@")
    try:
        ascii_domain = ascii_form(domain)
    except UnicodeError:
        return None
    labels = ascii_domain.split(".")
    # No top-level domain is a number (RFC 3696, 2): `1.2` is an address of a machine.
    known = len(labels) > 1 and all(_LABEL.fullmatch(each) for each in labels) and not labels[-1].isdigit()
    address = f"{local}@{ascii_domain}"
    return address if known and _LOCAL.fullmatch(f"{local}@") and len(address) <= LONGEST else None


def mailbox(address: str) -> str:
    """One text for all addresses of which mail servers make one mailbox.

    Letters may be small or capital, and what follows a `+` is a tag of its owner's (RFC 5233): without this,
    a limit of so many e-mails to an address is one for each tag.
    """
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}".casefold()
