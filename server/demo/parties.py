"""The stand-in third parties, and their origin."""

from dataclasses import dataclass
from urllib.parse import urlsplit

PATH = "/demo/third-party"
"""Where the stand-ins live, on their own origin."""


@dataclass(frozen=True)
class Party:
    """A stand-in for a service that shops embed."""

    key: str
    name: str
    category: str
    requests: tuple[str, ...]
    """Kinds of request that it gets from a page, and counts."""


PARTIES = (
    Party("praten", "Praten", "functional", ("script",)),
    Party("lerretet", "Lerretet", "functional", ("player",)),
    Party("tellekanten", "Tellekanten", "statistics", ("script", "hit")),
    Party("plakatveggen", "Plakatveggen", "advertising", ("pixel",)),
)

BY_KEY = {party.key: party for party in PARTIES}


def origin(public_url: str) -> str:
    """The stand-ins' origin: this same server under its other loopback name.

    A server that is reached by any other name has only that one, so there the stand-ins share the shop's
    origin: 127.0.0.1 would be the visitor's own machine.
    """
    parts = urlsplit(public_url)
    other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}.get(parts.hostname or "")
    if other is None:
        return public_url
    return f"{parts.scheme}://{other}{f':{parts.port}' if parts.port else ''}"


def host(address: str) -> str:
    """The host name in an address, without its port."""
    return urlsplit(address).hostname or ""
