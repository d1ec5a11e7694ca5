"""What other slices may hold of the scanner."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Code = Literal[
    "not_published",
    "unreachable",
    "status",
    "too_many_redirects",
    "redirected_away",
    "not_html",
    "too_large",
    "no_tag",
    "tag_in_tag_manager",
    "other_key",
    "twice",
    "not_in_head",
    "late",
    "consent_mode_late",
    "deferred",
    "blocked_by_policy",
    "connection_blocked",
    "mixed_content",
    "integrity",
    "other_consent_tool",
    "marked_script_runs",
    "marked_element_loads",
    "unmarked_service",
    "host_missing",
    "undeclared_service",
    "cached",
]
"""What can be wrong with the installation of the script on a page."""

TABLES_OF_A_SITE = ("installation_check",)
"""Tables of this slice whose rows are deleted with their site."""

CODES: tuple[Code, ...] = get_args(Code)

UNBLOCKED: frozenset[Code] = frozenset({"unmarked_service", "host_missing", "undeclared_service"})
"""A service that loads without waiting for an answer, though visitors are asked."""

WARNINGS: frozenset[Code] = frozenset({"not_in_head", "twice", *UNBLOCKED})
"""With which visitors are asked all the same. With any other, they are not, or too late."""


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with the installation on a page."""

    code: Code
    facts: Mapping[str, str]
    """What the sentence about it names, such as `service` or `host`; all of it comes from the page."""
    line: int | None = None
    """Where in the page's HTML, from 1."""

    @property
    def stops(self) -> bool:
        """Whether visitors are not asked because of it, or something runs before they are."""
        return self.code not in WARNINGS


@dataclass(frozen=True)
class Installation:
    """What a check of a page found."""

    url: str
    """The page that was asked for."""
    at: datetime
    faults: tuple[Fault, ...]
    """Those that stop first, in the order of the page."""

    @property
    def live(self) -> bool:
        """Whether the page asks its visitors before anything runs."""
        return not any(fault.stops for fault in self.faults)


@dataclass(frozen=True)
class Status:
    """What is known of the installation of a site."""

    newest: Installation
    live_since: datetime | None
    """The first check of the present run of good ones; None: the newest was not good."""


@dataclass(frozen=True)
class Loaded:
    """A known service that a page loads."""

    key: str
    """In the catalog."""
    host: str
    """From where."""
    certain: bool
    """Whether nothing else that the catalog knows loads from there."""


@dataclass(frozen=True)
class Proposal:
    """What a page says of the website that it is of; what it does not say is empty."""

    url: str
    """The page, after redirects."""
    name: str
    legal_name: str
    organisation_number: str
    """Nine digits with a sound check digit, of the Norwegian register."""
    address: str
    """Postal address, in lines."""
    email: str
    language: str
    """BCP 47 tag, as the page has it."""
    domains: tuple[str, ...]
    colours: tuple[str, ...]
    """As `#rrggbb`: what may be the brand's, the likeliest first."""
    logos: tuple[str, ...]
    """Addresses of images that may be the logo, the likeliest first."""
    services: tuple[Loaded, ...]
