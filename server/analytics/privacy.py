"""Which figures may be published, and when. Pure: no database, no clock, no chance.

For a data protection officer, in five sentences:

1. A figure is published when at least ten decisions have gathered since it was last published; until then it
   is withheld, and what has gathered is carried to a later day.
2. What is published is rounded to the nearest five, so it never tells whether one more or one fewer decided.
3. Wherever published figures add up to another (the kinds of decision to all of them, the versions or the
   languages of a banner to the whole), never is exactly one of them withheld: the smallest that could be
   published waits together with it, on the same days, until both can be published.
4. Weeks, months and totals are sums of the days already published and contain nothing else, so no window
   compared with another says more than the days do.
5. A day that is over never changes; the present day is live until midnight (UTC).

How the third sentence is kept. A *stream* is one cell followed over the days. In every relation *total = sum
of parts*, a part is released only on days when its total is, and **the streams that have waited longest are
always at least two**. In a window that ends today exactly those have something to show that were released
since its first day; so in no window is exactly one withheld, and subtraction always leaves at least two
unknowns. That is stronger than holding a partner back day by day, where the partner may change and a week
then shows all but one. Relations: decided = accept_all + reject_all + save, undivided and in every row;
undivided = sum over the values, for every measure. `granted` and `withdraw` are in the second kind alone:
accept_all ≤ granted ≤ accept_all + save and granted ≤ decided bound them, but no equation computes them.

What follows from it, and is meant. Undivided figures do not depend on the dimension asked for. Where one kind
of decision is rare, its partner is shown as rarely. Zero is withheld like any small figure. A value is
part of a day's relation only if it could occur that day: a version from its publication until the day after
it was replaced. Whenever the set of possible values changes, the streams of that dimension begin anew and
what waited in them stays in the undivided figures alone: in a window that spans the change subtraction yields
the sum of all that waited, never one cell. Where one value alone is possible, its figures *are*
the undivided ones, with whatever those had carried.

Nor may three or more wait that all stand at nine: a sum that rounds up would then tell each of them, so one
more is held back.

Limits. Nobody's figure is noised. Who reads the present day again and again sees when it passes a step of
five; who adds decisions of their own can place such a step. If everybody decided alike, rounded figures
say so too. Over many days rounding averages out, so the sum of what waits in a relation may be guessed
well; its shares not. Where a dimension has seven values or more, all stand at exactly nine and nothing is
left to hold back, they can be told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

THRESHOLD = 10
"""The fewest decisions that a published figure describes, none of them described by it before."""

BASE = 5
"""Published figures are multiples of this."""

DECIDED = "decided"
PARTS = ("accept_all", "reject_all", "save")
"""What `decided` is the sum of."""

WITHDRAW = "withdraw"

_NEVER = 0
"""Before every day (`date.toordinal` begins at 1)."""

_WHOLE = ""
"""Stands for the undivided cell among the values of a dimension."""

_Key = tuple[str, str]
"""A stream: value (or `_WHOLE`) and measure."""


@dataclass(frozen=True)
class Day:
    """What was truly counted on one day. A measure or value that is not named had none."""

    day: date
    counts: Mapping[str, int]
    """Measure → undivided count. `decided` must be the sum of its parts."""
    by_value: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Value of the dimension → measure → count. Values that cannot occur that day are ignored."""
    possible: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Measure → the values that can occur that day. Must not depend on what was counted."""


@dataclass(frozen=True)
class Release:
    """What one day publishes. What is not named is withheld."""

    day: date
    figures: Mapping[str, int]
    by_value: Mapping[str, Mapping[str, int]]


def release(days: Iterable[Day]) -> Iterator[Release]:
    """What each day publishes, from the site's first day on, in order.

    Days without any decision may be left out: nothing can become publishable on them. Later days never
    change what earlier ones published.
    """
    whole: dict[str, _Stream] = {}
    margin = _Margin()
    for day in days:
        today = day.day.toordinal()
        figures = _release_whole(whole, day.counts, today)
        yield Release(day.day, figures, margin.release(day, figures, today))


def to_nearest_base(count: int) -> int:
    """The nearest multiple of `BASE`."""
    return (count + BASE // 2) // BASE * BASE


class _Stream:
    """One published cell followed over the days."""

    __slots__ = ("count", "described", "last", "released")

    def __init__(self, last: int) -> None:
        self.count = 0
        self.described = 0
        """How much of `count` there was at the last release."""
        self.released = 0
        self.last = last
        """Day of the last release."""

    @property
    def pending(self) -> int:
        """How many decisions have gathered since the last release."""
        return self.count - self.described

    def release(self, today: int) -> int:
        """Publish all that was counted so far; today's figure is what that adds."""
        before, self.released = self.released, to_nearest_base(self.count)
        self.described, self.last = self.count, today
        return self.released - before


def _release_whole(streams: dict[str, _Stream], counts: Mapping[str, int], today: int) -> dict[str, int]:
    for measure in (DECIDED, *PARTS):
        streams.setdefault(measure, _Stream(_NEVER))
    for measure, count in counts.items():
        streams.setdefault(measure, _Stream(_NEVER)).count += count
    ready = {(_WHOLE, measure) for measure, stream in streams.items() if stream.pending >= THRESHOLD}
    if (_WHOLE, DECIDED) not in ready:
        ready &= {(_WHOLE, WITHDRAW)}
    last = {(_WHOLE, measure): stream.last for measure, stream in streams.items()}
    pending = {(_WHOLE, measure): stream.pending for measure, stream in streams.items()}
    _hold_partners(ready, [[(_WHOLE, m) for m in (DECIDED, *PARTS)]], last, pending, today)
    return {measure: streams[measure].release(today) for _, measure in sorted(ready)}


def _hold_partners(
    ready: set[_Key],
    relations: Sequence[Sequence[_Key]],
    last: Mapping[_Key, int],
    pending: Mapping[_Key, int],
    today: int,
) -> None:
    """Take from `ready` what must wait so that in no relation (total first) one stream waits longest alone.

    Nor may a sum tell all that wait. It ends, because `ready` shrinks; and it ends well, because with no part
    released the parts have waited as they had yesterday, when the same held.
    """
    settled = False
    while not settled:
        settled = True
        for relation in relations:
            since = [today if key in ready else last[key] for key in relation]
            oldest = min(since)
            partners = [key for key in relation[1:] if key in ready]
            if since.count(oldest) == 1:
                partners = [key for key in partners if last[key] <= oldest]
            elif not _told_by_their_sum([pending[key] for key in relation[1:] if key not in ready]):
                continue
            if partners:
                ready.remove(min(partners, key=lambda key: (pending[key], key)))
                settled = False


def _told_by_their_sum(waiting: Sequence[int]) -> bool:
    """Whether all are as large as a withheld figure can be, so that a sum of them would tell each.

    Two are never told: one of them may be a partner that was held back, and so be larger.
    """
    return len(waiting) > 2 and all(pending == THRESHOLD - 1 for pending in waiting)


class _Margin:
    """The streams of the values of one dimension."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, ...]] = {}
        self._streams: dict[_Key, _Stream] = {}
        self._whole_last: dict[_Key, int] = {}

    def release(self, day: Day, figures: Mapping[str, int], today: int) -> dict[str, dict[str, int]]:
        """What the values publish on a day when the undivided streams publish `figures`."""
        rows: dict[str, dict[str, int]] = {}
        divided: dict[str, tuple[str, ...]] = {}
        for measure, values in day.possible.items():
            self._begin(measure, values, today)
            if len(values) > 1:
                divided[measure] = values
            elif values and measure in figures:
                rows.setdefault(values[0], {})[measure] = figures[measure]
        if divided:
            self._count(day.by_value, divided)
            for value, measure in sorted(self._ready(divided, figures, today)):
                figure = self._streams[value, measure].release(today)
                rows.setdefault(value, {})[measure] = figure
            self._whole_last.update({(_WHOLE, m): today for m in divided if m in figures})
        return rows

    def _begin(self, measure: str, values: tuple[str, ...], today: int) -> None:
        if self._values.get(measure) == values:
            return
        self._values[measure] = values
        # Before today these streams are known to hold nothing: as good as released yesterday.
        self._streams.update({(value, measure): _Stream(today - 1) for value in values})
        self._whole_last[_WHOLE, measure] = today - 1

    def _count(
        self, by_value: Mapping[str, Mapping[str, int]], divided: Mapping[str, tuple[str, ...]]
    ) -> None:
        for value, counts in by_value.items():
            for measure, count in counts.items():
                if value in divided.get(measure, ()):
                    self._streams[value, measure].count += count

    def _ready(
        self, divided: Mapping[str, tuple[str, ...]], figures: Mapping[str, int], today: int
    ) -> set[_Key]:
        last = {key: stream.last for key, stream in self._streams.items()} | self._whole_last
        pending = {key: stream.pending for key, stream in self._streams.items()}
        wholes = {(_WHOLE, measure) for measure in divided if measure in figures}
        grown = {
            (value, measure)
            for measure, values in divided.items()
            if measure in figures
            for value in values
            if pending[value, measure] >= THRESHOLD
        }
        columns = {m: [(_WHOLE, m), *((value, m) for value in values)] for m, values in divided.items()}

        decided = wholes | {key for key in grown if key[1] == DECIDED}
        if DECIDED in columns:
            _hold_partners(decided, [columns[DECIDED]], last, pending, today)
        # A part never runs ahead of its total, neither of the row's nor of the column's.
        ready = decided | {
            (value, measure)
            for value, measure in grown
            if measure == WITHDRAW or (value, DECIDED) in decided or DECIDED not in divided
        }
        rows = [[(value, measure) for measure in (DECIDED, *PARTS)] for value in divided.get(DECIDED, ())]
        others = [column for measure, column in columns.items() if measure != DECIDED]
        _hold_partners(ready, [*rows, *others], last, pending, today)
        return ready - wholes
