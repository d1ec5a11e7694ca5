"""Connections for which no request was reported: a preconnect, or what was sent while a page ended. Pure."""

from collections.abc import Iterable, Iterator

from server.scanner.crawl.egress import Connection
from server.scanner.crawl.traffic import Moments
from server.scanner.crawl.urls import is_third_party
from server.scanner.observations import Request

_SCHEMES = {80: "http", 443: "https"}


def unseen(
    connections: Iterable[Connection], known: frozenset[str], moments: Moments, page_host: str
) -> Iterator[Request]:
    """A request of the kind `connection` for each host that is not known from requests."""
    hosts = set(known)
    for each in connections:
        if each.host in hosts:
            continue
        hosts.add(each.host)
        name = f"[{each.host}]" if ":" in each.host else each.host
        scheme = _SCHEMES.get(each.port)
        yield Request(
            url=f"{scheme}://{name}" if scheme else f"https://{name}:{each.port}",
            host=each.host,
            kind="connection",
            third_party=is_third_party(each.host, page_host),
            phase=moments.phase(each.at),
            at=moments.since(each.at),
        )
