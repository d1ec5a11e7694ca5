"""By what a host is reached: the network, or an address that the caller vouches for."""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace

from server.core.addresses import IPAddress
from server.core.guarded_connections import INTERNET, Network


@dataclass(frozen=True)
class Reach:
    """What may be connected to."""

    allow_private: bool
    connect_to: Mapping[str, str]
    """As `Job.connect_to`."""
    any_certificate: bool = False
    network: Network = INTERNET

    def to(self, host: str, port: int) -> tuple[Network, bool]:
        """The network for a host, and whether private addresses are allowed in it."""
        instead = self.connect_to.get(f"{host}:{port}") or self.connect_to.get(f"*:{port}")
        network = replace(self.network, tls=_unchecked) if self.any_certificate else self.network
        if not instead:
            return network, self.allow_private
        return _leading_to(instead, network), True


def _leading_to(instead: str, network: Network) -> Network:
    """A network in which every name leads to one `IP:PORT`."""
    host, _, port = instead.rpartition(":")

    def resolve(_host: str, _port: int) -> list[str]:
        return [host.strip("[]")]

    def connect(address: IPAddress, _port: int, seconds: float) -> socket.socket:
        return network.connect(address, int(port), seconds)

    return replace(network, resolve=resolve, connect=connect)


def _unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
