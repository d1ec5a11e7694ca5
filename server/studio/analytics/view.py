"""Figures, rates and their changes as pages show them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from server.analytics import vocabulary
from server.analytics.intervals import (
    Interval,
    count_difference,
    noisy_difference,
    rate_half_width,
    wilson,
    with_noise,
)
from server.analytics.values import IGNORED, THRESHOLD, Cells, added, delayed_of, granted_of
from server.studio.analytics import measure_words
from server.studio.analytics.words import figure
from server.studio.language import NARROW, gettext, number

WIDEST = 0.15
"""Largest half width that noise may give a rate that is shown, in parts of 1."""

HEADLINE = ("shown", "decided", IGNORED, "accept_all", "reject_all", "save", "withdraw")
"""The measures that come first; the others stand apart."""

Trend = Literal["up", "down", "none", "unknown"]


@dataclass(frozen=True)
class Change:
    """How a figure or rate differs from an earlier one, in words."""

    trend: Trend
    """`none`: no clear difference; `unknown`: too few to compare."""
    text: str = ""
    """By how much; empty unless there is a clear difference."""
    interval: str = ""
    """The 95 % interval of the difference."""


TOO_FEW = Change("unknown")


@dataclass(frozen=True)
class Rate:
    """A share of one figure in another, and how sure it is."""

    part: int
    whole: int
    half_width: float
    """Half the width of the interval that noise alone would give, in parts of 1."""

    @property
    def share(self) -> float:
        """The rate, from 0 to 1."""
        return self.part / self.whole

    @property
    def interval(self) -> Interval:
        """The 95 % interval, of chance and noise together."""
        return with_noise(wilson(self.part, self.whole), self.share, self.half_width)

    @property
    def text(self) -> str:
        """`57 %`."""
        return f"{_percent(self.share, _digits(self.interval))}{NARROW}%"

    @property
    def range(self) -> str:
        """`54–60 %`."""
        found = self.interval
        low, high = (_percent(bound, _digits(found)) for bound in (found.low, found.high))
        return f"{low}–{high}{NARROW}%"


@dataclass(frozen=True)
class Tile:
    """A headline figure."""

    label: str
    definition: str
    figure: str
    margin: str
    """`± 11`; empty if the figure is too small to be shown."""
    of: str = ""
    """The measure that the rate is a share of: `shown` or `decided`."""
    rate: Rate | None = None
    """None if there is nothing to divide by (`of` is empty), or too few for a rate."""
    change: Change | None = None
    """None if there is nothing to compare with."""


@dataclass(frozen=True)
class CategoryRates:
    """The rates of one category."""

    key: str
    name: str
    granted: str
    margin: str
    consent: Rate | None
    """Of those who decided; None if they were too few for a rate."""
    opt_in: Rate | None
    """Of those who were shown the banner; None if that is not measured, or too few for a rate."""
    consent_change: Change | None = None
    opt_in_change: Change | None = None


# --- figures ----------------------------------------------------------------------------------------------


def measures(cells: Cells) -> tuple[str, ...]:
    """The headline measures that are there, in the order of columns."""
    return tuple(name for name in HEADLINE if name in cells.measures)


def further_measures(cells: Cells) -> tuple[str, ...]:
    """The other measures that are there."""
    return tuple(name for name in vocabulary.TERMS if name in cells.measures and name not in HEADLINE)


def margin(cells: Cells, name: str) -> str:
    """`± 11`; empty for a figure that is too small to be shown, or absent."""
    if cells.named.get(name, 0) < THRESHOLD:
        return ""
    return f"±{NARROW}{number(cells.margins[name])}"


def tiles(now: Cells, before: Cells | None) -> tuple[Tile, ...]:
    """The headline figures, compared with those before."""
    return tuple(_tile(name, now, before) for name in measures(now))


def further_tiles(now: Cells, before: Cells | None) -> tuple[Tile, ...]:
    """The figures of the other measures, compared with those before."""
    return tuple(_tile(name, now, before) for name in further_measures(now))


def times_to_decision(cells: Cells) -> tuple[Tile, ...]:
    """The classes of times with their share of all of them; empty where times are not measured."""
    whole = sum(cells.delays.values())
    variance = sum(cells.variances[delayed_of(after)] for after in cells.delays)
    found = []
    for after, decided in cells.delays.items():
        name = delayed_of(after)
        own = cells.variances[name]
        rate = _rate(decided, whole, own, 0.0, max(0.0, variance - own))
        found.append(Tile(_seconds(after), "", figure(decided), margin(cells, name), "decided", rate))
    return tuple(found)


def _seconds(after: str) -> str:
    """`3–10 s` of the class `3-10s`, `30 s and more` of `30s+`."""
    seconds = after.rstrip("s+").replace("-", "–")
    return gettext("%(seconds)s s and more", seconds=seconds) if after.endswith("+") else f"{seconds} s"


def _tile(name: str, now: Cells, before: Cells | None) -> Tile:
    term = vocabulary.TERMS[name]
    of = "shown" if name == "decided" else term.of
    of = of if of in now.measures else None
    return Tile(
        label=measure_words.label(name),
        definition=measure_words.definition(name),
        figure=figure(now.measures[name]),
        margin=margin(now, name),
        of=of or "",
        rate=measure_rate(now, name, of) if of else None,
        change=count_change(now, before, name) if before and name in before.measures else None,
    )


def count_change(now: Cells, before: Cells, name: str) -> Change:
    """How a figure differs from the one before."""
    new, old = now.named[name], before.named[name]
    if min(new, old) < THRESHOLD:
        return TOO_FEW
    found = count_difference(old, new, before.variances[name], now.variances[name])
    if found is None:
        return TOO_FEW
    return _change(found, new / old - 1, "percent")


# --- rates ------------------------------------------------------------------------------------------------


def measure_rate(cells: Cells, name: str, of: str) -> Rate | None:
    """The share of a measure in another; None if there are too few for a rate."""
    variance, whole = cells.variances[name], cells.variances[of]
    if of == "decided":
        # The parts of `decided` have independent noise, and `decided` is their sum.
        return _rate(cells.measures[name], cells.measures[of], variance, 0.0, max(0.0, whole - variance))
    if name == IGNORED:
        # shown − decided: the rest of the whole is what has noise of its own.
        decided = cells.variances["decided"]
        return _rate(cells.measures[name], cells.measures[of], variance, -decided, decided)
    return _rate(cells.measures[name], cells.measures[of], variance, -variance, whole + variance)


def consent_rate(cells: Cells, key: str) -> Rate | None:
    """Granted of those who decided on a version with this category; None if too few for a rate."""
    variance = cells.variances.get(granted_of(key), 0.0)
    whole = cells.asked.get(key, cells.measures.get("decided", 0))
    return _rate(cells.granted.get(key, 0), whole, variance, cells.covariances.get(key, 0.0), variance)


def opt_in_rate(cells: Cells, key: str) -> Rate | None:
    """Granted of shown; None if that is not measured, or too few for a rate."""
    if "shown" not in cells.measures:
        return None
    variance = cells.variances.get(granted_of(key), 0.0)
    rest = cells.variances["shown"] + variance
    return _rate(cells.granted.get(key, 0), cells.measures["shown"], variance, -variance, rest)


def _rate(part: int, whole: int, variance: float, covariance: float, rest: float) -> Rate | None:
    """A rate of figures that are shown, if noise leaves it sure enough.

    The noise of its part and of the rest of the whole has these variances and this covariance.
    """
    if min(part, whole) < THRESHOLD:
        return None
    # Two figures with noise of their own: the smaller may come out as the larger one.
    part = min(part, whole)
    half = rate_half_width(part / whole, whole, variance, covariance, variance_rest=rest)
    return Rate(part, whole, half) if half <= WIDEST else None


def rate_change(now: Rate | None, before: Rate | None) -> Change:
    """How a rate differs from an earlier one, in points."""
    if now is None or before is None:
        return TOO_FEW
    found = noisy_difference(
        (now.part, now.whole), now.half_width, (before.part, before.whole), before.half_width
    )
    return _change(found, now.share - before.share, "points")


def category_rates(now: Cells, before: Cells | None, names: Mapping[str, str]) -> tuple[CategoryRates, ...]:
    """The rates of all categories, compared with those before."""
    shown = before is not None and "shown" in now.measures and "shown" in before.measures
    return tuple(
        CategoryRates(
            key,
            names.get(key, key),
            figure(granted),
            margin(now, granted_of(key)),
            consent := consent_rate(now, key),
            opt_in := opt_in_rate(now, key),
            rate_change(consent, consent_rate(before, key)) if before else None,
            rate_change(opt_in, opt_in_rate(before, key)) if before and shown else None,
        )
        for key, granted in now.granted.items()
    )


# --- divided ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """The figures of one value of a dimension."""

    value: str
    cells: Cells
    share: Rate | None
    """Of all who decided."""
    accepted: Rate | None
    """Accepted all, of those who decided."""
    consent: Mapping[str, Rate | None]
    """Consent rate by category; a category that it does not have is absent."""
    accepted_change: Change | None = None
    """Compared with the part before; None if there is none, or none is asked for."""
    consent_changes: Mapping[str, Change] | None = None


def parts(values: Mapping[str, Cells], *, compared: bool) -> tuple[Part, ...]:
    """The figures of each value of a dimension, with their rates.

    :param compared: whether each is compared with the one before it, as versions are
    """
    whole = added(values.values())
    found: list[Part] = []
    for value, cells in values.items():
        part = _part(value, cells, whole)
        found.append(_compared(part, found[-1]) if compared and found else part)
    return tuple(found)


def largest(found: Sequence[Part]) -> tuple[Part, ...]:
    """The parts with a figure larger than its margin, the largest first."""
    shown = (
        part
        for part in found
        if any(
            value >= max(THRESHOLD, part.cells.margins[name]) for name, value in part.cells.measures.items()
        )
    )
    return tuple(sorted(shown, key=lambda part: part.cells.measures["decided"], reverse=True))


def _part(value: str, cells: Cells, whole: Cells) -> Part:
    variance, rest = cells.variances["decided"], whole.variances["decided"] - cells.variances["decided"]
    return Part(
        value,
        cells,
        _rate(cells.measures["decided"], whole.measures["decided"], variance, 0.0, max(0.0, rest)),
        measure_rate(cells, "accept_all", "decided"),
        {key: consent_rate(cells, key) for key in cells.granted},
    )


def _compared(part: Part, earlier: Part) -> Part:
    changes = {
        key: rate_change(rate, earlier.consent[key])
        for key, rate in part.consent.items()
        if key in earlier.consent
    }
    accepted = rate_change(part.accepted, earlier.accepted)
    return Part(part.value, part.cells, part.share, part.accepted, part.consent, accepted, changes)


def funnel(cells: Cells) -> Sequence[Tile]:
    """Shown, decided, accepted all, each as a share of shown; empty where showing is not measured."""
    if "shown" not in cells.measures:
        return ()
    steps = ("shown", "decided", "accept_all")
    return [
        Tile(
            measure_words.label(name),
            measure_words.definition(name),
            figure(cells.measures[name]),
            margin(cells, name),
            "" if name == "shown" else "shown",
            None if name == "shown" else measure_rate(cells, name, "shown"),
        )
        for name in steps
    ]


# --- words ------------------------------------------------------------------------------------------------


def _change(found: Interval, change: float, unit: Literal["percent", "points"]) -> Change:
    digits = _digits(found)
    low, high = (_percent(bound, digits, signed=True) for bound in (found.low, found.high))
    if found.low <= 0 <= found.high:
        return Change("none", interval=_between(low, high, unit))
    trend: Trend = "up" if change > 0 else "down"
    by_how_much = _percent(abs(change), digits)
    interval = gettext("%(low)s to %(high)s", low=low, high=high)
    if unit == "percent":
        return Change(trend, f"{by_how_much}{NARROW}%", interval)
    return Change(trend, points(by_how_much), interval)


def _between(low: str, high: str, unit: Literal["percent", "points"]) -> str:
    if unit == "percent":
        with_sign = f"{high}{NARROW}%"
        return gettext("%(low)s to %(high)s", low=low, high=with_sign)
    return gettext("%(low)s to %(high)s points", low=low, high=high)


def points(number: str) -> str:
    """`1 point`, `2.5 points`."""
    return gettext("1 point") if number == "1" else gettext("%(number)s points", number=number)


def _digits(interval: Interval) -> int:
    """Digits behind the point of hundredths: more where the interval is narrower than two of them."""
    width = interval.high - interval.low
    return 0 if width >= 0.02 else 1 if width >= 0.002 else 2


def _percent(share: float, digits: int, *, signed: bool = False) -> str:
    """Hundredths, with a minus sign as it is printed."""
    # What rounds to nothing has no sign.
    hundredths = round(share * 100, digits) or 0.0
    return ("+" if signed and hundredths > 0 else "") + number(hundredths, digits)
