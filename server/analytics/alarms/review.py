"""Which alarms of a site open and close when a figure is released. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from server.analytics.alarms.baseline import Observation
from server.analytics.alarms.observations import (
    LASTING,
    Block,
    LumpFigures,
    block_series,
    newest_decided,
    series,
)
from server.analytics.alarms.rule import Alarm, Measure, Series, alarm, is_over, is_usual, some_came

Outcome = Literal["usual_again", "usual_now", "worse", "not_comparable"]
"""Why an alarm was closed: figures are as before; they stayed as they are for so long that this is usual now;
an alarm that says more has taken its place; figures are released over other days or languages."""


@dataclass(frozen=True)
class Closed:
    """An alarm that is closed."""

    alarm: Alarm
    last: date
    """The last day that it is about: the day before figures were as before."""
    outcome: Outcome


@dataclass(frozen=True)
class Review:
    """What changes."""

    opened: tuple[Alarm, ...] = ()
    closed: tuple[Closed, ...] = ()


@dataclass(frozen=True)
class Known:
    """What is known of a site besides its figures."""

    published: Sequence[date]
    """Days on which versions were published."""
    open: Sequence[Alarm] = ()
    past: Sequence[Closed] = ()


def review_lump(lumps: Sequence[LumpFigures], known: Known) -> Review:
    """What changes with the newest of the released lumps, oldest first."""
    if not lumps:
        return Review()
    over = [_closed_by_lump(each, lumps, known) for each in known.open]
    closed = [each for each in over if each is not None]
    after = _after(known, closed)
    found = [_raised(each, after) for each in series(lumps)]
    return _joined(after, closed, _most_telling([each for each in found if each is not None]))


def review_block(blocks: Sequence[Block], known: Known) -> Review:
    """What changes with the newest part of the running day."""
    newest = block_series(blocks)
    if newest is None:
        return Review()
    closed = [
        Closed(each, newest.newest.end, "usual_again")
        for each in known.open
        if each.span == "block" and is_over(each, _before(newest, each.start, known))
    ]
    after = _after(known, closed)
    found = _raised(newest, after)
    return _joined(after, closed, [found] if found else [])


def _after(known: Known, closed: Sequence[Closed]) -> Known:
    closing = {each.alarm for each in closed}
    still = [each for each in known.open if each not in closing]
    return replace(known, open=still, past=[*known.past, *closed])


def _joined(known: Known, closed: Sequence[Closed], found: Iterable[Alarm]) -> Review:
    """One alarm of a measure and language at a time; that nothing comes replaces that less came."""
    opened: list[Alarm] = []
    replaced: list[Closed] = []
    silent = any(each.kind == "no_events" and not each.language for each in known.open)
    for one in found:
        if silent and one.language:
            continue
        others = [each for each in known.open if (each.measure, each.language) == (one.measure, one.language)]
        if any(each.kind == one.kind or one.kind != "no_events" for each in others):
            continue
        replaced.extend(Closed(each, one.end, "worse") for each in others)
        opened.append(one)
    return Review(tuple(opened), (*closed, *replaced))


def _raised(one: Series, known: Known) -> Alarm | None:
    found = alarm(_without_past(one, known), published=known.published)
    # Days of an alarm that was closed raise no second alarm, in a longer span.
    if found and found.kind != "no_events" and any(_touches(one.newest, each) for each in _past(one, known)):
        return None
    return found


def _most_telling(found: Sequence[Alarm]) -> Sequence[Alarm]:
    """One alarm for one cause, as far as figures tell: of the shortest span, and what explains the others."""
    by_key: dict[tuple[Measure, str], Alarm] = {}
    for each in sorted(found, key=lambda one: one.kind != "no_events"):
        by_key.setdefault((each.measure, each.language), each)
    whole = by_key.get(("decided", ""))
    if whole and whole.kind == "no_events":
        return [whole]
    if ("shown", "") in by_key or any(language for _, language in by_key):
        by_key.pop(("decided", ""), None)
    return list(by_key.values())


# --- closing ----------------------------------------------------------------------------------------------


def _closed_by_lump(one: Alarm, lumps: Sequence[LumpFigures], known: Known) -> Closed | None:
    newest = lumps[-1]
    if newest.end <= one.end:
        return None
    before = newest.start - timedelta(days=1)
    decided = newest_decided(lumps, one.language)
    if decided is None:
        return Closed(one, before, "not_comparable")
    in_blocks = one.span == "block" and newest.kind == "day"
    if one.kind == "no_events":
        over = some_came(decided) and not in_blocks
        return Closed(one, before, "usual_again") if over else None
    alike = [each for each in series(lumps) if _same(each, one)]
    if not alike and not in_blocks:
        return Closed(one, before, "not_comparable")
    if alike and is_usual(_before(alike[0], one.start, known)):
        return Closed(one, before, "usual_again")
    lasting = newest.end - one.start >= LASTING[newest.kind]
    return Closed(one, before, "usual_now") if lasting else None


def _same(one: Series, opened: Alarm) -> bool:
    return (one.measure, one.span, one.language) == (opened.measure, opened.span, opened.language)


# --- what is compared -------------------------------------------------------------------------------------


def _without_past(one: Series, known: Known) -> Series:
    """A series without the days of earlier alarms: what was wrong does not say what is usual.

    After an alarm that lasted until it was usual, only what came since its first day counts.
    """
    past = _past(one, known)
    begins = max((each.alarm.start for each in past if each.outcome == "usual_now"), default=date.min)
    kept = [
        each
        for each in one.history
        if each.start >= begins
        and not any(_touches(each, other) for other in past if other.outcome != "usual_now")
    ]
    return replace(one, history=kept)


def _before(one: Series, start: date, known: Known) -> Series:
    """A series compared with what was usual before an alarm."""
    clean = _without_past(one, known)
    return replace(clean, history=[each for each in clean.history if each.end < start])


def _past(one: Series, known: Known) -> Sequence[Closed]:
    return [
        each
        for each in known.past
        if each.alarm.measure == one.measure and each.alarm.language in ("", one.language)
    ]


def _touches(one: Observation, past: Closed) -> bool:
    return one.start <= past.last and past.alarm.start <= one.end
