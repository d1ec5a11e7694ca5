"""Addresses of mail servers and senders, as operators write them. Pure."""

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from email.headerregistry import Address

PORTS = {"smtp+starttls": 587, "smtps": 465, "smtp": 25}
"""Scheme → the usual port: submission with STARTTLS (RFC 6409), with implicit TLS (RFC 8314), and plain."""

Scheme = Literal["smtp+starttls", "smtps", "smtp"]


@dataclass(frozen=True)
class MailServer:
    """A mail server that takes messages for delivery."""

    scheme: Scheme
    host: str
    port: int
    user: str = ""
    """Empty: no login."""
    password: str = field(default="", repr=False)


def mail_server(address: str) -> MailServer:
    """The server of an address such as `smtp+starttls://user:password@mail.example.no:587`.

    :raises ValueError: it is not such an address, or would send passwords and messages unencrypted.
    """
    parts = urlsplit(address)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("must begin with smtp+starttls://, smtps:// or smtp:// and name a host")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("must end after the port")
    if parts.scheme == "smtp" and not _is_loopback(parts.hostname):
        raise ValueError("may be smtp:// only on this machine; elsewhere use smtp+starttls:// or smtps://")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("must have a user and a password, or neither")
    return MailServer(parts.scheme, parts.hostname, _port(parts.port, parts.scheme), user, password)  # type: ignore[arg-type]


def _port(port: int | None, scheme: str) -> int:
    if port == 0:
        raise ValueError("has the port 0")
    return port or PORTS[scheme]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def sender(text: str) -> "Address":
    """The sender of messages, such as `Samtykke <samtykke@example.no>`.

    :raises ValueError: it is not an e-mail address.
    """
    # Imported here, because settings are read before every command, and few send e-mail.
    from email.headerregistry import Address  # noqa: PLC0415
    from email.utils import parseaddr  # noqa: PLC0415

    name, address = parseaddr(text)
    if not text.isprintable() or "@" not in address:
        raise ValueError("is not an e-mail address")
    try:
        return Address(display_name=name, addr_spec=address)
    except Exception as fault:  # the parser of the standard library raises several kinds
        raise ValueError("is not an e-mail address") from fault
