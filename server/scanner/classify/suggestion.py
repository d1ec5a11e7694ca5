"""What something that was seen seems to belong to, how sure that is, and why. Pure."""

from dataclasses import dataclass
from typing import Literal, Protocol

from server.scanner.observations import Request, Stored

Source = Literal["declared", "catalog", "ordinary_names", "open_cookie_database", "third_party_web"]
"""Who says it: the website's own declaration, the catalog of this product, its list of names that websites
give to cookies of their own, the Open Cookie Database, or the list of third-party-web."""

SURE: tuple[Source, ...] = ("declared", "catalog")
"""Sources that say which service something is of, and not only who is behind a host."""

Certainty = Literal["certain", "likely", "possible"]
"""`certain`: declared so, or known by something that nobody else has. `possible`: others may have it too."""

CERTAINTIES: tuple[Certainty, ...] = ("certain", "likely", "possible")


@dataclass(frozen=True)
class Why:
    """By what it was recognised."""

    matched: Literal["name", "host", "set_by"]
    """`set_by`: the script that stored it, or the request whose answer did."""
    pattern: str
    """The name or host that covers it, as the source has it."""
    seen: str
    """What was seen: the name, the host and path, or the address of the script."""


@dataclass(frozen=True)
class Suggestion:
    """The service of something that was seen."""

    key: str
    """Of the declared service, else in the catalog; empty: known by its name alone."""
    name: str
    category: str
    """Key of its category; `necessary` needs no consent. Empty: its purpose is not known."""
    source: Source
    certainty: Certainty
    why: Why
    catalog_key: str = ""
    """Key in the catalog; empty: not known there."""
    use: str = ""
    """What websites have it for, as the catalog says: `tag_manager`, `consent`, …"""
    stored_as: str = ""
    """Of something stored: the name that covers it, such as `_ga_*`; empty: only its service is known."""


class Classify(Protocol):
    """What the rules of a scan ask of things that were seen."""

    def request(self, request: Request) -> Suggestion | None:
        """The service that a request belongs to; None: nobody knows it."""

    def stored(self, stored: Stored) -> Suggestion | None:
        """The service that something stored belongs to; None: nobody knows it."""

    def address(self, address: str) -> Suggestion | None:
        """The service that is loaded from an address, perhaps with its query; None: nobody knows it."""
