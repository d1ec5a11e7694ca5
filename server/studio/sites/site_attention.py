"""How much on each site of a list waits for who is looking: what the overviews of these sites would say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.analytics.service import alarms
from server.notices.service import requests
from server.scanner import service as scanner
from server.sites import publications
from server.sites.values import Site
from server.studio.guard import identity
from server.studio.language import gettext, ngettext


@dataclass(frozen=True)
class Needs:
    """What waits on a site, apart from its draft and its register, which a list would have to read whole."""

    unasked: bool = False
    """Whether the last check of its page found that visitors are not asked."""
    alarms: int = 0
    publication: bool = False
    """Whether one has to be approved, or came to nothing."""
    requests: int = 0

    @property
    def number(self) -> int:
        """The lines that the overview has about it: one for each alarm, and one for all requests."""
        return self.unasked + self.alarms + self.publication + bool(self.requests)

    @property
    def words(self) -> tuple[str, ...]:
        """What it is, in a few words each."""
        said = (
            (self.unasked, gettext("no banner")),
            (self.alarms, ngettext("one alarm", "%(num)s alarms", self.alarms)),
            (self.publication, gettext("a publication")),
            (self.requests, ngettext("one request", "%(num)s requests", self.requests)),
        )
        return tuple(words for there, words in said if there)


def of_sites(listed: Sequence[Site]) -> Mapping[str, Needs]:
    """Site id → what waits there, for the sites on which something does; a fixed number of reads."""
    ids, who = [one.id for one in listed], identity()
    unasked, ringing = scanner.unasked(ids), alarms.open_numbers(ids)
    standings = publications.standings(ids)
    answering = requests.open_numbers([one for one in ids if who.may("request.read", one)])
    found = {
        one.id: Needs(
            one.pause is None and one.id in unasked,
            ringing.get(one.id, 0),
            one.id in standings
            and standings[one.id].waits_for(who.email, publishes=who.may("banner.publish", one.id)),
            answering.get(one.id, 0),
        )
        for one in listed
    }
    return {site_id: needs for site_id, needs in found.items() if needs.number}
