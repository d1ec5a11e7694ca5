"""What of the website's own brought something, back through redirects and the scripts of others. Pure."""

from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlsplit

from server.scanner.findings.weighing import own_servers
from server.scanner.observations import Initiator, Request, Visit

MOST_STEPS = 10


@dataclass(frozen=True)
class Origin:
    """Where the website itself brought something."""

    initiator: Initiator
    """The element, or the innermost place in a script of its own; else as far back as it is known."""
    carriers: tuple[Request, ...] = ()
    """What of others led to it, the nearest first: redirects, and scripts that loaded it."""


class Origins:
    """The origins of what was seen in a visit."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def of(self, initiator: Initiator) -> Origin:
        """Where something began that this made."""
        carriers: list[Request] = []
        for _ in range(MOST_STEPS):
            if initiator.element:
                break
            own = self._own_place(initiator)
            if own is not None:
                return Origin(own, tuple(carriers))
            innermost = initiator.stack[0].rpartition(":")[0] if initiator.stack else initiator.url
            carrier = self._by_url.get(innermost)
            if carrier is None or carrier in carriers or self._ends(carrier):
                break
            carriers.append(carrier)
            initiator = carrier.initiator
        return Origin(initiator, tuple(carriers))

    @cached_property
    def _by_url(self) -> dict[str, Request]:
        # Of several requests for an address the first is what brought it.
        latest_first = sorted(self._visit.requests, key=lambda each: (-each.at, repr(each)))
        return {each.url: each for each in latest_first}

    @cached_property
    def _others(self) -> frozenset[str]:
        return frozenset(each.host for each in self._visit.requests if each.third_party)

    def _ends(self, carrier: Request) -> bool:
        """Whether nothing leads further back: from the page itself, or the consent script, which releases."""
        return carrier.kind == "document" or carrier.host in self._servers

    @cached_property
    def _servers(self) -> frozenset[str]:
        return own_servers(self._visit)

    def _own_place(self, initiator: Initiator) -> Initiator | None:
        """The innermost place of a stack that is in a script or a page of the website's own."""
        if initiator.kind == "redirect":
            return None
        for at, place in enumerate(initiator.stack):
            url, _, line = place.rpartition(":")
            if line.isdigit() and self._is_own(url):
                return replace(initiator, url=url, line=int(line), stack=initiator.stack[at:])
        alone = not initiator.stack and initiator.kind == "script" and self._is_own(initiator.url)
        return initiator if alone else None

    def _is_own(self, url: str) -> bool:
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return False
        return bool(host) and host not in self._others and host not in self._servers
