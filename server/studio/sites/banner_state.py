"""Whether a site's banner asks its visitors, as far as the server knows. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Name = Literal["draft", "paused", "off", "silent", "unseen", "live"]
"""`draft`: nothing is published. `off`: the last check of the page found that visitors are not asked.
`silent`: an alarm says that no decisions come in. `unseen`: published, and neither a check nor a decision has
shown the banner on the website yet."""


@dataclass(frozen=True)
class Known:
    """What is known of a site's banner."""

    first_published: datetime | None
    """When its first version was published; None: nothing is."""
    paused_at: datetime | None
    checked: bool
    """Whether a page of the website was ever looked at."""
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
    if known.checked and known.live_since is None:
        return BannerState("off", None)
    if known.silent_since is not None:
        return BannerState("silent", known.silent_since)
    if known.live_since is not None:
        return BannerState("live", max(known.live_since, known.first_published))
    if known.received:
        return BannerState("live", known.first_published)
    return BannerState("unseen", None)
