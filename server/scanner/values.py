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
        """Whether the page asks its visitors, and the script comes before what it should hold back."""
        return not any(fault.stops for fault in self.faults)

    @property
    def unblocked(self) -> tuple[Fault, ...]:
        """One for each service that loads without waiting for an answer."""
        return tuple(fault for fault in self.faults if fault.code in UNBLOCKED)


Standing = Literal["asked", "unblocked", "unasked", "outdated"]
"""`asked`: visitors are asked before anything runs. `unblocked`: they are, but a service loads without
waiting for their answer. `unasked`: they are not asked, or too late. `outdated`: a version was published
since."""


@dataclass(frozen=True)
class Status:
    """What is known of the installation of a site."""

    newest: Installation
    live_since: datetime | None
    """The first check of the present run of good ones; None: the newest was not good."""

    def standing(self, published_at: datetime | None) -> Standing:
        """What the newest check says of the version that was published last.

        :param published_at: when it was; None: nothing is published
        """
        if published_at is not None and self.newest.at < published_at:
            return "outdated"
        if not self.newest.live:
            return "unasked"
        return "unblocked" if self.newest.unblocked else "asked"


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
