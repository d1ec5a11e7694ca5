"""Who is behind a host, by the list of third-party-web. Pure.

It is https://github.com/patrickhulce/third-party-web as its package has it, and part of the built assets.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.scanner.classify.suggestion import Certainty

CATEGORIES: Mapping[str, tuple[str, Certainty]] = {
    "ad": ("advertising", "likely"),
    "marketing": ("advertising", "likely"),
    "analytics": ("statistics", "likely"),
    "social": ("advertising", "possible"),
    "video": ("functional", "likely"),
    "tag-manager": ("functional", "likely"),
    "customer-success": ("functional", "likely"),
    "consent-provider": ("functional", "likely"),
    "content": ("functional", "possible"),
}
"""Category there → the one that is suggested, and how sure that is. Of hosts that only deliver what others
have there, the purpose is not known."""

USES: Mapping[str, str] = {"tag-manager": "tag_manager", "consent-provider": "consent"}
"""Category there → use in the catalog, where a rule asks for it."""


@dataclass(frozen=True)
class Entity:
    """Who is behind hosts."""

    name: str
    category: str
    """As the list has it."""


class ThirdParties:
    """The list, to be asked by host."""

    def __init__(self, entities: Iterable[Mapping[str, Any]]) -> None:
        self._by_domain: dict[str, Entity] = {}
        for each in entities:
            entity = Entity(str(each["name"]), str(each["category"]))
            domains: Sequence[str] = each["domains"]
            for domain in domains:
                self._by_domain.setdefault(domain.lower(), entity)

    def find(self, host: str) -> tuple[Entity, str] | None:
        """Who is behind a host, and the domain of the list that covers it; None: not in the list.

        :param host: perhaps with a dot in front
        """
        name = host.lower().strip(".")
        labels = name.split(".")
        # `*.example.com` of the list means the domain itself too.
        above = (f"*.{'.'.join(labels[cut:])}" for cut in range(len(labels) - 1))
        for domain in (name, *above):
            if domain in self._by_domain:
                return self._by_domain[domain], domain
        return None
