"""Which figures may be published, and when. Pure: no database, no clock, no chance.

For a data protection officer, in five sentences:

1. A figure is published when at least ten decisions have gathered since it was last published; until then it
   is withheld, and what has gathered is carried to a later day.
2. What is published is rounded to the nearest five, so it never shows whether one more or one fewer decided.
3. Wherever published figures add up to another (the kinds of decision to all of them, the versions or the
   languages of a banner to the whole), never is exactly one of them withheld: the smallest that could be
   published waits together with it, on the same days, until both can be published.
4. Weeks, months and totals are sums of the days already published and contain nothing else, so no window
   compared with another says more than the days do.
5. A day that is over, and whose last decisions have been counted (seconds later), never changes; the present
   day is live until midnight (UTC).

How the third sentence holds. A *stream* is one cell followed over the days. In every relation *total = sum
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
it was replaced. Whenever the set of possible values changes, the streams of that dimension start again and
what waited in them stays in the undivided figures alone: in a window that spans the change subtraction yields
the sum of all that waited, never one cell. Where one value alone is possible, its figures *are*
the undivided ones, with whatever those had carried.

Nor may three or more wait that are all nine: a sum that rounds up would then reveal each of them, so one
more is held back.

Limits. Nobody's figure is noised. Who reads the present day again and again sees when it passes a step of
five; who adds decisions of their own can place such a step. If everybody decided alike, rounded figures
say so too. Over many days rounding averages out, so the sum of what waits in a relation may be guessed
well; its shares not. Where a dimension has seven values or more, all are exactly nine and nothing is
left to withhold, they can be inferred.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    state = ReleaseState()
    for day in days:
        yield state.step(day)


class ReleaseState:
    """State of the release rule after some days. A deep copy can be continued independently."""

    def __init__(self) -> None:
        self._undivided = _Undivided()
        self._margin = _Margin()

    def step(self, day: Day) -> Release:
        """Advance by one day; returns its release."""
        today = day.day.toordinal()
        figures = self._undivided.release(day.counts, today)
        return Release(day.day, figures, self._margin.release(day, figures, today))


def to_nearest_base(count: int) -> int:
    """The nearest multiple of `BASE`."""
    return (count + BASE // 2) // BASE * BASE


class _Stream:
    """One published cell over the days."""

    __slots__ = ("count", "described", "last", "measure", "ready", "released", "value")

    def __init__(self, value: str, measure: str, last: int) -> None:
        self.value = value
        self.measure = measure
        self.count = 0
        self.described = 0
        """How much of `count` there was at the last release."""
        self.released = 0
        self.last = last
        """Day of the last release."""
        self.ready = False
        """Whether it may be released today."""

    @property
    def pending(self) -> int:
        """How many decisions have gathered since the last release."""
        return self.count - self.described

    def release(self, today: int) -> int:
        """Publish all that was counted so far; today's figure is what that adds."""
        before, self.released = self.released, to_nearest_base(self.count)
        self.described, self.last, self.ready = self.count, today, False
        return self.released - before


_Relation = Sequence[_Stream]
"""Streams that add up: the total, then its parts."""


def _withhold_partners(relations: Collection[_Relation], today: int) -> None:
    """Withhold what must be, so that in no relation one stream alone has waited longest.

    Nor may a sum reveal all that wait. It ends, because fewer and fewer are ready; and it ends well, because
    with no part released the parts have waited as they had yesterday, when the same held.
    """
    settled = False
    while not settled:
        settled = True
        for relation in relations:
            partners = _partners(relation, today)
            if partners:
                min(partners, key=lambda stream: (stream.pending, stream.value, stream.measure)).ready = False
                settled = False


def _partners(relation: _Relation, today: int) -> list[_Stream]:
    """The parts of which one must be withheld because of the relation; empty if none."""
    ready = [stream for stream in relation[1:] if stream.ready]
    if len(ready) in (0, len(relation) - 1) and relation[0].ready == bool(ready):
        return []  # nobody or everybody: most days of most relations
    since = [today if stream.ready else stream.last for stream in relation]
    oldest = min(since)
    if since.count(oldest) == 1:
        return [stream for stream in ready if stream.last <= oldest]
    return ready if _inferable_from_sum([s.pending for s in relation[1:] if not s.ready]) else []


def _inferable_from_sum(waiting: Sequence[int]) -> bool:
    """Whether all are as large as a withheld figure can be, so that a sum of them would reveal each.

    Two are never revealed: one of them may be a partner that was held back, and so be larger.
    """
    return len(waiting) > 2 and all(pending == THRESHOLD - 1 for pending in waiting)


class _Undivided:
    """The streams of the whole site."""

    def __init__(self) -> None:
        self._kinds = [_Stream(_WHOLE, measure, _NEVER) for measure in (DECIDED, *PARTS)]
        self._streams = {stream.measure: stream for stream in self._kinds}

    def release(self, counts: Mapping[str, int], today: int) -> dict[str, int]:
        """What is published today."""
        streams = self._streams
        for measure, count in counts.items():
            if measure not in streams:
                streams[measure] = _Stream(_WHOLE, measure, _NEVER)
            streams[measure].count += count
        decided = streams[DECIDED].pending >= THRESHOLD
        for measure, stream in streams.items():
            # A part is never released without its total.
            stream.ready = stream.pending >= THRESHOLD and (decided or measure == WITHDRAW)
        _withhold_partners([self._kinds], today)
        return {measure: stream.release(today) for measure, stream in streams.items() if stream.ready}


class _Margin:
    """The streams of the values of one dimension."""

    def __init__(self) -> None:
        self._possible: Mapping[str, tuple[str, ...]] = {}
        self._streams: dict[str, dict[str, _Stream]] = {}
        """Measure → value → stream, where several values can occur."""
        self._wholes: dict[str, _Stream] = {}
        self._columns: dict[str, _Relation] = {}
        self._rows: list[_Relation] = []

    def release(self, day: Day, figures: Mapping[str, int], today: int) -> dict[str, dict[str, int]]:
        """What the values publish on a day when the undivided streams publish `figures`."""
        if day.possible is not self._possible:
            self._begin(day.possible, today)
        published: dict[str, dict[str, int]] = {}
        for measure, values in day.possible.items():
            if len(values) == 1 and measure in figures:
                published.setdefault(values[0], {})[measure] = figures[measure]
        if self._streams:
            self._count(day.by_value)
            self._make_ready(figures, today)
            for streams in self._streams.values():
                for value, stream in streams.items():
                    if stream.ready:
                        published.setdefault(value, {})[stream.measure] = stream.release(today)
            for whole in self._wholes.values():
                if whole.ready:
                    whole.release(today)
        return published

    def _begin(self, possible: Mapping[str, tuple[str, ...]], today: int) -> None:
        """Restart the streams of every measure whose possible values have changed."""
        before, self._possible = self._possible, possible
        for measure, values in possible.items():
            if before.get(measure) != values:
                # Before today these streams are known to hold nothing: as good as released yesterday.
                self._streams[measure] = {value: _Stream(value, measure, today - 1) for value in values}
                self._wholes[measure] = _Stream(_WHOLE, measure, today - 1)
        for measure in list(self._streams):
            if len(possible.get(measure, ())) < 2:
                del self._streams[measure], self._wholes[measure]
        self._columns = {
            measure: [self._wholes[measure], *streams.values()] for measure, streams in self._streams.items()
        }
        kinds = [self._streams[measure] for measure in (DECIDED, *PARTS) if measure in self._streams]
        self._rows = [[streams[value] for streams in kinds] for value in (kinds[0] if kinds else ())]

    def _count(self, by_value: Mapping[str, Mapping[str, int]]) -> None:
        for value, counts in by_value.items():
            for measure, count in counts.items():
                stream = self._streams.get(measure, {}).get(value)
                if stream is not None:
                    stream.count += count

    def _make_ready(self, figures: Mapping[str, int], today: int) -> None:
        for measure, (whole, *parts) in self._columns.items():
            whole.ready = measure in figures
            for stream in parts:
                stream.ready = whole.ready and stream.pending >= THRESHOLD
        decided = self._streams.get(DECIDED)
        if decided is None:
            _withhold_partners(self._columns.values(), today)
            return
        _withhold_partners([self._columns[DECIDED]], today)
        for measure, streams in self._streams.items():
            if measure != WITHDRAW:
                for value, stream in streams.items():
                    # A part is never released without its totals, that of the column and that of the row.
                    stream.ready = stream.ready and decided[value].ready
        others = [column for measure, column in self._columns.items() if measure != DECIDED]
        _withhold_partners([*self._rows, *others], today)
