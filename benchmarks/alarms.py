"""How often the rule of alarms is wrong, and how soon it tells what breaks: a year of 50 simulated sites.

`python -m benchmarks.alarms` prints the table for 50 sites, `make bench` for a few. Seeds are fixed, so that
everybody who runs this gets the same figures.
"""

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle, islice

from benchmarks import alarm_sites
from benchmarks.alarm_sites import COUNTED_FROM, COUNTED_UNTIL, FAULTS, Fault, SimulatedSite
from server.analytics.alarms import review
from server.analytics.alarms.observations import LOOKED_BACK, Block
from server.analytics.alarms.review import Closed, Known, Review
from server.analytics.alarms.rule import Alarm

SIZES = (20, 100, 1_000, 10_000)
SITES = 50
MOMENTS = 3
"""So many times a year each fault is tried on each site."""

MOST_FALSE = 1.0
"""False alarms per site and year, at most."""

PATIENCE = {"day": 28, "week": 56, "month": 183}
"""So many days a fault is waited for."""


@dataclass
class Watch:
    """The alarms of a site, as the product opens and closes them."""

    site: SimulatedSite
    open: list[Alarm] = field(default_factory=list)
    past: list[Closed] = field(default_factory=list)

    def next_lump(self) -> Iterator[tuple[str, Alarm]]:
        """Release the running lump, with its coarse figures before; what is opened, by which of the two."""
        for block in self.site.live():
            self.site.blocks.append(block)
            for opened in self._changed(review.review_block(self._recent_blocks(), self._known())):
                yield "block", opened
        newest = self.site.close()
        since = newest.end - LOOKED_BACK[newest.kind]
        lumps = [lump for lump in self.site.lumps if lump.end >= since]
        for opened in self._changed(review.review_lump(lumps, self._known())):
            yield "lump", opened

    def branch(self, fault: tuple[Fault, date, float], seed: int) -> "Watch":
        """The same, on a site on which something breaks from here on."""
        return Watch(self.site.branch(fault, seed), list(self.open), list(self.past))

    def _known(self) -> Known:
        return Known(self.site.published, tuple(self.open), tuple(self.past))

    def _recent_blocks(self) -> Sequence[Block]:
        return self.site.blocks[-9 * LOOKED_BACK["day"].days :]

    def _changed(self, found: Review) -> tuple[Alarm, ...]:
        for closed in found.closed:
            self.open.remove(closed.alarm)
            self.past.append(closed)
        self.open.extend(found.opened)
        return found.opened


@dataclass
class Tally:
    """What was found at one size."""

    sites: int = 0
    false: Counter[str] = field(default_factory=Counter)
    """Kind and span → false alarms."""
    tried: Counter[Fault] = field(default_factory=Counter)
    waited: defaultdict[Fault, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Fault → for each that was detected, the number of the whole figure after it; 0: before that."""
    same_day: Counter[Fault] = field(default_factory=Counter)
    """Detected by a coarse figure of the day on which it began."""

    def detected(self, fault: Fault, within: int) -> float:
        """Per cent of the faults that were detected by so many whole figures."""
        return 100 * sum(number <= within for number in self.waited[fault]) / max(1, self.tried[fault])


def tally(a_day: int, seeds: Sequence[int], *, moments: int = MOMENTS) -> Tally:
    """Let sites of a size live a year, and break each of them a few times."""
    found = Tally()
    for seed in seeds:
        found.sites += 1
        dice = random.Random(f"{a_day} {seed}")
        watch = Watch(SimulatedSite(alarm_sites.traits(a_day, dice), dice))
        days = (COUNTED_UNTIL - COUNTED_FROM).days - 30
        begins = sorted(COUNTED_FROM + timedelta(days=day) for day in dice.sample(range(days), moments))
        while watch.site.end <= COUNTED_UNTIL:
            while begins and begins[0] <= watch.site.end:
                day = begins.pop(0)
                for fault in FAULTS:
                    _break(watch, (fault, day, dice.random()), found, seed)
            for _, opened in watch.next_lump():
                if opened.end >= COUNTED_FROM:
                    found.false[f"{opened.kind}, {opened.span}"] += 1
    return found


def _break(watch: Watch, fault: tuple[Fault, date, float], found: Tally, seed: int) -> None:
    """Let a fault begin in the running lump, and wait until it is detected."""
    what, day, _ = fault
    broken = watch.branch(fault, seed)
    # What was open already tells nothing about this fault, and would hide it.
    if broken.open:
        return
    found.tried[what] += 1
    whole = 0
    until = day + timedelta(days=PATIENCE[watch.site.kind])
    while broken.site.end <= until:
        whole += broken.site.start > day
        for by, _ in broken.next_lump():
            found.waited[what].append(whole)
            found.same_day[what] += by == "block" and whole == 0
            return


def report(sites: int = SITES, moments: int = MOMENTS, first_seed: int = 0) -> None:
    """Print false alarms, and what was detected, by size."""
    by_size: dict[int, list[int]] = {size: [] for size in SIZES}
    for seed, size in enumerate(islice(cycle(SIZES), sites), first_seed):
        by_size[size].append(seed)
    found = [tally(size, seeds, moments=moments) for size, seeds in by_size.items()]
    print(f"\n## Alarms: a year of {sites} sites, each broken in each way at {moments} moments\n")
    _line("decisions a day", [f"{size:,}" for size in SIZES])
    _line("false alarms per site and year", [f"{one.false.total() / max(1, one.sites):.2f}" for one in found])
    print("detected, % of the faults, by …")
    for fault, what in FAULTS.items():
        print(f"  {what}")
        for words, within in _WITHIN.items():
            _line(f"    {words}", [f"{one.detected(fault, within):.0f}" for one in found])
        same_day = [100 * one.same_day[fault] / max(1, one.tried[fault]) for one in found]
        _line("    a coarse figure of the same day", [f"{share:.0f}" for share in same_day])
    _verdicts(found, sites)


_WITHIN = {
    "the figure of the time in which it began": 0,
    "the next, whole one": 1,
    "the 7th whole one": 7,
}


def _verdicts(found: Sequence[Tally], sites: int) -> None:
    kinds = sum((one.false for one in found), Counter[str]())
    rate = kinds.total() / sites
    missed = sum(one.tried["broken"] - sum(n <= 1 for n in one.waited["broken"]) for one in found)
    tried = sum(one.tried["broken"] for one in found)
    print("\nfalse alarms: " + ("; ".join(f"{kind}: {number}" for kind, number in kinds.items()) or "none"))
    print(f"false alarms per site and year: {rate:.2f} (< {MOST_FALSE:g}) {_met(rate < MOST_FALSE)}")
    print(f"of {tried} broken banners not detected by the next whole figure: {missed} {_met(not missed)}")


def _met(target: bool) -> str:  # noqa: FBT001 - what is said of it
    return "ok" if target else "MISSED"


def _line(name: str, cells: Sequence[str]) -> None:
    print(f"{name:50}" + "".join(f"{cell:>10}" for cell in cells))


if __name__ == "__main__":
    report(*map(int, sys.argv[1:]))
