"""Which addresses that people typed in the server may request: URLs, and the IP addresses behind them. Pure.

Against server-side request forgery (CWE-918), by what the OWASP cheat sheet on it asks for. A URL has one
reading here or none: what other programs might read otherwise is refused. `server.core.guarded_fetch`
requests what this module allows.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from types import MappingProxyType
from urllib.parse import quote

from server.core.host_names import host_name, is_ipv4

IPAddress = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network

LONGEST_URL = 2048
"""Characters of a URL."""

PORTS: Mapping[str, tuple[int, ...]] = MappingProxyType({"https": (443, 8443), "http": (80, 8080)})
"""What a URL of this scheme may name; the first is the scheme's own."""


class FetchFault(Exception):
    """Why there is no answer. `reason` is a stable snake_case word, the message a sentence."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Refused(FetchFault):
    """What the server does not request."""


# --- IP addresses -----------------------------------------------------------------------------------------


def _networks(*texts: str) -> tuple[_Network, ...]:
    return tuple(ip_network(text) for text in texts)


# `is_global` of Python 3.11 is true for some that IANA's registries have as special: multicast,
# site-local addresses, the rest of 192.0.0.0/24, 192.88.99.0/24, 2002::/16, 3fff::/20 (RFC 9637), 5f00::/16
# (RFC 9602), 100:0:0:1::/64 (RFC 9780), 64:ff9b:1::/48; and for all that is unassigned outside of 2000::/3.
# Later versions know some of these. It judges no address inside of another but a mapped one.
_RANGES: Mapping[str, tuple[_Network, ...]] = MappingProxyType(
    {
        # Of AWS, Azure, Google, Oracle, Alibaba, Scaleway and Akamai. They come first, as some are in ranges
        # that `allow_private` opens; that of Azure is a public address.
        "metadata_address": _networks(
            "169.254.169.254/32",
            "168.63.129.16/32",
            "100.100.100.200/32",
            "fd00:ec2::/32",
            "fd20:ce::254/128",
            "fd00:c1::a9fe:a9fe/128",
            "fd00:100::100:200/128",
            "fd00:42::42/128",
            "fd00:a9fe:a9fe::1/128",
        ),
        "unspecified_address": _networks("0.0.0.0/8", "::/128"),
        "loopback_address": _networks("127.0.0.0/8", "::1/128"),
        "private_address": _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
        "shared_address": _networks("100.64.0.0/10"),
        "link_local_address": _networks("169.254.0.0/16", "fe80::/10"),
        "multicast_address": _networks("224.0.0.0/4", "ff00::/8"),
        "documentation_address": _networks(
            "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"
        ),
        "benchmarking_address": _networks("198.18.0.0/15", "2001:2::/48"),
        "reserved_address": _networks(
            "192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4", "2001::/23", "2002::/16"
        ),
    }
)

_PRIVATE = frozenset({"loopback_address", "private_address", "shared_address"})
"""What `allow_private` opens; all else stays refused, metadata services and link-local addresses too."""

_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that IANA has assigned of IPv6 to be reached from everywhere (RFC 4291 § 2.4)."""

_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052; what DNS64 gives to hosts that have IPv6 alone."""

_COMPATIBLE = IPv6Network("::/96")
"""RFC 4291 § 2.5.5.1, deprecated. `::` and `::1` are addresses of their own."""


def judge(address: IPAddress, *, allow_private: bool = False) -> str | None:
    """Why the server may not connect to this address, such as `loopback_address`; None if it may.

    An IPv6 address with an IPv4 address inside is judged by that one first. `allow_private` opens loopback,
    private and shared (RFC 6598) addresses.
    """
    opened = _PRIVATE if allow_private else frozenset()
    return next((reason for reason in _reasons(address) if reason not in opened), None)


def _reasons(address: IPAddress) -> Iterator[str]:
    """Every reason against an address, of what is inside of it first."""
    reachable_inside = False
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            yield "link_local_address"  # a zone names the link (RFC 4007)
        for inside in _inside(address):
            yield from _reasons(inside)
        # Packets to these go to the address inside. The other forms are out of use.
        reachable_inside = address.ipv4_mapped is not None or address in _NAT64
    if not reachable_inside and (reason := _range(address)):
        yield reason


def _range(address: IPAddress) -> str | None:
    for reason, networks in _RANGES.items():
        if any(address in each for each in networks):
            return reason
    # Beyond the ranges above, `is_global` has what later registries reserve.
    assigned = isinstance(address, IPv4Address) or address in _GLOBAL_UNICAST
    return None if assigned and address.is_global else "reserved_address"


def _inside(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses in an IPv6 address: mapped, 6to4, Teredo (server and client), NAT64, compatible."""
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    yield from address.teredo or ()
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        yield IPv4Address(int(address) & 0xFFFF_FFFF)


# --- URLs -------------------------------------------------------------------------------------------------

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?:#.*)?"
)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True)
class Url:
    """A URL that the server may request, as far as can be said without a look-up."""

    scheme: str
    """`https` or `http`."""
    host: str
    """A host name in ASCII and lower case, or an IP address, of IPv6 without brackets."""
    port: int
    target: str
    """Path and query in ASCII, as a request line has them; the fragment is left out."""
    address: IPAddress | None
    """The host, where it is an IP address."""

    @property
    def authority(self) -> str:
        """The `Host` header of a request."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme][0] else f"{host}:{self.port}"


def parse(text: str, *, allow_http: bool = False, allow_private: bool = False) -> Url:
    """The parts of a URL that the server may request.

    `allow_private` opens every port and what `judge` says.

    :raises Refused: it is not a URL, or one that the server does not request.
    """
    if len(text) > LONGEST_URL:
        raise Refused("url_too_long", f"the address is longer than {LONGEST_URL} characters")
    if any(ch.isspace() or ch in '<>"\\^`{|}' or not ch.isprintable() for ch in text):
        raise Refused("url_malformed", "the address has a character that may not stand in an address")
    if not (parts := _URL.fullmatch(text)):
        raise Refused("url_malformed", "the address does not start with https:// and a host")
    scheme = parts["scheme"].lower()
    if scheme not in (("https", "http") if allow_http else ("https",)):
        raise Refused("scheme_not_allowed", f"the address starts with {scheme}://, which is not allowed")
    host, port, address = _authority(parts["authority"], scheme, allow_private=allow_private)
    if address is not None:
        refuse(host, address, allow_private=allow_private)
    target = (parts["path"] or "/") + (parts["query"] or "")
    return Url(scheme, host, port, "".join(ch if ch.isascii() else quote(ch) for ch in target), address)


def refuse(host: str, address: IPAddress, *, allow_private: bool) -> None:
    """Refuse an address of a host that the server may not connect to.

    The message leaves the address out, which would tell who typed a name how an internal network is laid out.

    :raises Refused: it may not.
    """
    if reason := judge(address, allow_private=allow_private):
        raise Refused(reason, f"{host} has an address that is not allowed: {reason.replace('_', ' ')}")


def _authority(text: str, scheme: str, *, allow_private: bool) -> tuple[str, int, IPAddress | None]:
    if "@" in text:
        raise Refused("userinfo_not_allowed", "the address has a user name or password in it")
    if not (parts := _AUTHORITY.fullmatch(text)):
        raise Refused("host_malformed", "the address has a host or port that is not one")
    port = int(parts["port"] or PORTS[scheme][0])
    if not (0 < port < 65536 if allow_private else port in PORTS[scheme]):
        allowed = " and ".join(str(each) for each in PORTS[scheme])
        raise Refused("port_not_allowed", f"the address has the port {port}; {allowed} are allowed")
    host, address = _host(parts["host"])
    return host, port, address


def _host(text: str) -> tuple[str, IPAddress | None]:
    try:
        if text.startswith("["):
            literal = IPv6Address(text[1:-1])
            return str(literal), literal
        name = host_name(text)
    except ValueError as fault:
        raise Refused("host_malformed", f"the address names a host that {_why(fault)}") from fault
    return name, IPv4Address(name) if is_ipv4(name) else None


def _why(fault: ValueError) -> str:
    return "is not an IPv6 address" if isinstance(fault, AddressValueError) else str(fault)
