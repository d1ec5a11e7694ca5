"""Whether a site's banner asks its visitors, as far as the server knows. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.scanner.values import Standing

Name = Literal["draft", "paused", "off", "silent", "unchecked", "unblocked", "unseen", "live"]
"""`draft`: nothing is published. `off`: the last check of the page found that visitors are not asked.
`silent`: an alarm says that no decisions come in. `unchecked`: another version was published since that
check. `unblocked`: visitors are asked, and a service does not wait for their answer. `unseen`: published, and
neither a check nor a decision has shown the banner on the website yet."""


@dataclass(frozen=True)
class Known:
    """What is known of a site's banner."""

    first_published: datetime | None
    """When its first version was published; None: nothing is."""
    paused_at: datetime | None
    found: Standing | None
    """What the newest check of a page says of what is published; None: none was ever looked at."""
    live_since: datetime | None
    """The first check of the present run of good ones; None: the newest was not good, or there was none."""
    silent_since: datetime | None
    """When an alarm about no decisions at all was opened; None: none is open."""
    received: bool
    """Whether a decision was ever received."""


@dataclass(frozen=True)
class BannerState:
    """Whether the banner asks."""

    name: Name
    since: datetime | None
    """None: not known."""


def banner_state(known: Known) -> BannerState:
    """The state by what speaks most clearly: what staff did, then the page itself, then what arrives."""
    if known.first_published is None:
        return BannerState("draft", None)
    if known.paused_at is not None:
        return BannerState("paused", known.paused_at)
    if known.found == "unasked":
        return BannerState("off", None)
    if known.silent_since is not None:
        return BannerState("silent", known.silent_since)
    if known.found == "outdated":
        return BannerState("unchecked", None)
    since = max(known.live_since or known.first_published, known.first_published)
    if known.found == "unblocked":
        return BannerState("unblocked", since)
    if known.live_since is not None:
        return BannerState("live", since)
    if known.received:
        return BannerState("live", known.first_published)
    return BannerState("unseen", None)
