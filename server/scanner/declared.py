"""What a website says that it uses: categories, services and what they store. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DeclaredStorage:
    """Something that a service is said to store."""

    name: str
    """`*` stands for any characters."""
    kind: str
    """`StorageKind` of a scan, or `pixel`."""
    host: str
    """Empty: the website's own."""
    lifetime: str
    """ISO 8601 duration, `session`, or empty: until it is cleared."""


@dataclass(frozen=True)
class DeclaredService:
    """A service that is said to be used."""

    key: str
    name: str
    category: str
    """Key of its category; `necessary` needs no consent."""
    catalog_key: str
    hosts: tuple[str, ...]
    stored: tuple[DeclaredStorage, ...]
    reason: str = ""
    """Why it is strictly necessary."""


@dataclass(frozen=True)
class Declared:
    """The declaration of a website."""

    categories: tuple[str, ...]
    services: tuple[DeclaredService, ...]
