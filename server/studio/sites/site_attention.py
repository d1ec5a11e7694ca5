"""How much on each site of a list waits for who is looking: what the overviews of these sites would say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.analytics.service import alarms
from server.notices.service import requests
from server.scanner import service as scanner
from server.scanner.values import Status
from server.sites import publications
from server.sites.listing import Listed
from server.studio.guard import identity
from server.studio.language import gettext, ngettext


@dataclass(frozen=True)
class Needs:
    """What waits on a site, apart from its draft and its register, which a list would have to read whole."""

    unasked: bool = False
    """Whether the last check of its page found that visitors are not asked."""
    unblocked: int = 0
    """How many services that check found which do not wait for an answer, where visitors are asked."""
    alarms: int = 0
    publication: bool = False
    """Whether one has to be approved, or came to nothing."""
    requests: int = 0

    @property
    def number(self) -> int:
        """The lines that the overview has about it: one for each alarm, and one for all requests."""
        return self.unasked + bool(self.unblocked) + self.alarms + self.publication + bool(self.requests)

    @property
    def words(self) -> tuple[str, ...]:
        """What it is, in a few words each."""
        said = (
            (self.unasked, gettext("no banner")),
            (
                self.unblocked,
                ngettext("a service that does not wait", "%(num)s services that do not wait", self.unblocked),
            ),
            (self.alarms, ngettext("one alarm", "%(num)s alarms", self.alarms)),
            (self.publication, gettext("a publication")),
            (self.requests, ngettext("one request", "%(num)s requests", self.requests)),
        )
        return tuple(words for there, words in said if there)


def of_sites(listed: Sequence[Listed]) -> Mapping[str, Needs]:
    """Site id → what waits there, for the sites on which something does; a fixed number of reads."""
    ids, who = [one.site.id for one in listed], identity()
    checks, ringing = scanner.statuses(ids), alarms.open_numbers(ids)
    standings = publications.standings(ids)
    answering = requests.open_numbers([one for one in ids if who.may("request.read", one)])
    found = {
        site_id: Needs(
            *_installation(checks.get(site_id), one),
            ringing.get(site_id, 0),
            site_id in standings
            and standings[site_id].waits_for(who.email, publishes=who.may("banner.publish", site_id)),
            answering.get(site_id, 0),
        )
        for site_id, one in zip(ids, listed, strict=True)
    }
    return {site_id: needs for site_id, needs in found.items() if needs.number}


def _installation(check: Status | None, one: Listed) -> tuple[bool, int]:
    """Whether visitors are not asked, else how many services do not wait, of the version that they have."""
    if check is None or one.site.pause is not None:
        return False, 0
    standing = check.standing(one.published_at)
    return standing == "unasked", len(check.newest.unblocked) if standing == "unblocked" else 0
