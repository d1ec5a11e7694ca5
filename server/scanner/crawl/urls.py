"""Addresses of pages and requests: what is kept of them, and which belong to the same website. Pure."""

from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from publicsuffixlist import PublicSuffixList

LONGEST = 2_000
"""Characters of an address."""

MOST_PARAMETERS = 100

SENT = frozenset({"http", "https", "ws", "wss"})
"""Schemes of requests that leave the machine."""


def stripped(url: str) -> str:
    """An address without query, fragment, user and password, at most `LONGEST` characters of it."""
    return url.partition("#")[0].partition("?")[0][:LONGEST] if "@" not in url else _without_user(url)


def _without_user(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))[:LONGEST]


def host_of(url: str) -> str:
    """The host of an address; empty if it has none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def port_of(url: str) -> int:
    """The port of an address: the one it names, else its scheme's; 0 if it is none."""
    try:
        parts = urlsplit(url)
        return parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return 0


def parameters(url: str) -> tuple[str, ...]:
    """The names of the parameters in its query, each once, in their order."""
    try:
        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=1_000)
    except ValueError:
        return ()
    return tuple(dict.fromkeys(name[:200] for name, _ in pairs if name))[:MOST_PARAMETERS]


def parameter(url: str, name: str) -> str:
    """The value of a parameter in its query; empty if it has none."""
    try:
        pairs = parse_qsl(urlsplit(url).query, max_num_fields=1_000)
    except ValueError:
        return ""
    return next((value for each, value in pairs if each == name), "")


@lru_cache(maxsize=1)
def _suffixes() -> Any:
    return PublicSuffixList()


@lru_cache(maxsize=10_000)
def registrable(host: str) -> str:
    """The registrable domain of a host by the Public Suffix List; the host itself where it has none."""
    host = host.strip("[].").lower()
    try:
        return str(ip_address(host))
    except ValueError:
        return _suffixes().privatesuffix(host) or host


def is_third_party(host: str, page_host: str) -> bool:
    """Whether a host is of another website than a page's."""
    return registrable(host.lstrip(".")) != registrable(page_host)


def page_url(base: str, reference: str) -> str:
    """The address of a page that a link leads to, without fragment; empty if it is none that is visited."""
    try:
        parts = urlsplit(urljoin(base, reference.strip()))
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            return ""
        port = f":{parts.port}" if parts.port and parts.port != _PORTS[parts.scheme] else ""
    except ValueError:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    url = urlunsplit((parts.scheme, host.lower() + port, parts.path or "/", parts.query, ""))
    return url if len(url) <= LONGEST and url.isprintable() and " " not in url else ""


_PORTS = {"http": 80, "https": 443}


def is_same_site(url: str, start: str) -> bool:
    """Whether a page is of the website of the start: at its host, with `www` or without, or at one below."""
    host, own = host_of(url), host_of(start).removeprefix("www.")
    return bool(host) and (host.removeprefix("www.") == own or host.endswith(f".{own}"))
