"""Where events are delivered, as operators write it: a file, or a receiver of syslog or OTLP. Pure."""

import ipaddress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

PORTS = {"syslog+tls": 6514, "syslog+tcp": 601, "syslog+udp": 514, "otlp+https": 443, "otlp+http": 4318}
"""Scheme → the usual port (RFC 5425, RFC 3195, RFC 5426, OTLP/HTTP)."""

OTLP_PATH = "/v1/logs"
"""Where a receiver of OTLP/HTTP takes logs, unless its address says otherwise."""

_ENCRYPTED = ("syslog+tls", "otlp+https")

Scheme = Literal["file", "syslog+tls", "syslog+tcp", "syslog+udp", "syslog+unix", "otlp+https", "otlp+http"]


@dataclass(frozen=True)
class EventTarget:
    """One place that gets events."""

    address: str
    """As it was written."""
    scheme: Scheme
    host: str = ""
    port: int = 0
    path: Path = Path()
    """Of a file, or of a socket."""

    @property
    def url(self) -> str:
        """Where OTLP is posted to."""
        parts = urlsplit(self.address.removeprefix("otlp+"))
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{parts.scheme}://{host}:{self.port}{parts.path.rstrip('/') or OTLP_PATH}"

    @property
    def name(self) -> str:
        """By which it is stored how far this target has got; another address is another target."""
        return sha256(self.address.encode()).hexdigest()[:22]


def event_target(address: str) -> EventTarget:
    """The target of an address such as `syslog+tls://siem.example.no:6514` or `file:///var/log/audit.jsonl`.

    :raises ValueError: it is not such an address, or events would cross a network unencrypted.
    """
    parts = urlsplit(address)
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must be no more than scheme, host, port and path")
    if parts.scheme in ("file", "syslog+unix"):
        return _local(address, parts.scheme, parts.netloc, Path(unquote(parts.path)))
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(
            "must begin with file:///, syslog+tls://, syslog+tcp://, syslog+udp://, syslog+unix:///, otlp+https://"
            " or otlp+http://"
        )
    if parts.path not in ("", "/") and not parts.scheme.startswith("otlp"):
        raise ValueError("must end after the port")
    if parts.scheme not in _ENCRYPTED and not _is_own(parts.hostname):
        other = "otlp+https" if parts.scheme == "otlp+http" else "syslog+tls"
        raise ValueError(f"may be unencrypted only within an own network; elsewhere use {other}://")
    if parts.port == 0:
        raise ValueError("has the port 0")
    return EventTarget(address, parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme])  # type: ignore[arg-type]


def _local(address: str, scheme: str, netloc: str, path: Path) -> EventTarget:
    if netloc or not path.is_absolute() or path == Path("/"):
        raise ValueError(
            "must name an absolute path after three slashes, such as file:///var/log/audit.jsonl"
        )
    return EventTarget(address, scheme, path=path)  # type: ignore[arg-type]


def _is_own(host: str) -> bool:
    """Whether a host is this machine, or has a private address (RFC 1918, RFC 4193) or name."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".internal", ".local"))
