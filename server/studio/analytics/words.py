"""Days, and what is known of the running lump, in words. Pure."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.analytics.values import THRESHOLD, Interval, Live, Privacy
from server.studio.language import NARROW, current, gettext, lazy_gettext, number
from server.studio.local_times import in_words

INTERVALS: Mapping[Interval, str] = {
    "day": lazy_gettext("day"),
    "week": lazy_gettext("week"),
    "month": lazy_gettext("month"),
}
"""What figures are summed per."""

_NAME: Mapping[Interval, str] = {
    "day": lazy_gettext("Today"),
    "week": lazy_gettext("This week"),
    "month": lazy_gettext("This month"),
}
_FIRST: Mapping[Interval, str] = {
    "day": lazy_gettext("not yet. A rough figure comes every two hours, from 08:00 on."),
    "week": lazy_gettext("not yet. A rough figure comes every night."),
    "month": lazy_gettext("not yet. A rough figure comes every Monday."),
}


@dataclass(frozen=True)
class Running:
    """What is known of the running lump."""

    when: str
    """`Today, as of 14:00`."""
    figure: str
    """`about 160 ± 29`; empty where there is none yet."""
    note: str
    """When there is a figure, or a better one, as a sentence."""


def figure(value: int) -> str:
    """A figure as it is shown."""
    return f"<{NARROW}{THRESHOLD}" if value < THRESHOLD else number(value)


def day(one: date) -> str:
    """`21 November 2026`."""
    return in_words(one, "day", current())


def days(start: date, end: date, *, short: bool = False) -> str:
    """A span of days: `21 November 2026`, `16–22 November 2026`, `November 2026`.

    :param short: whether months are abbreviated
    """

    def written(one: date, form: str) -> str:
        return in_words(one, f"short {form}" if short else form, current())

    if start == end:
        return written(end, "day")
    last = monthrange(end.year, end.month)[1]
    if (start.year, start.month) == (end.year, end.month):
        if (start.day, end.day) == (1, last):
            return written(end, "month")
        return f"{in_words(start, 'day of month', current())}–{written(end, 'day')}"
    return f"{written(start, 'day of year' if start.year == end.year else 'day')} – {written(end, 'day')}"


def running_name(privacy: Privacy) -> str:
    """What the running lump is called: `Today`, `This week` or `This month`."""
    return str(_NAME[privacy.lump])


def running_since(privacy: Privacy, live: Live, *, today: date) -> str:
    """The days of the coarse figure: `Today, as of 14:00`, `This week, until 27 November`."""
    if privacy.lump == "day":
        clock = in_words(live.as_of, "clock", current())
        if live.start == today:
            return gettext("Today, as of %(clock)s", clock=clock)
        return gettext("%(day)s, as of %(clock)s", day=day(live.start), clock=clock)
    until = in_words((live.as_of - timedelta(seconds=1)).date(), "day of year", current())
    if privacy.lump == "week":
        return gettext("This week, until %(day)s", day=until)
    return gettext("This month, until %(day)s", day=until)


def about(value: int, plus_minus: int) -> str:
    """`about 160 ± 29`."""
    return gettext("about %(figure)s ± %(margin)s", figure=number(value), margin=number(plus_minus))


def live_figure(live: Live) -> str:
    """`about 160 ± 29`; `< 10` if it is too small."""
    return figure(live.decided) if live.decided < THRESHOLD else about(live.decided, live.plus_minus)


def running(
    privacy: Privacy, live: Live | None, *, today: date, next_block: datetime | None = None
) -> Running | None:
    """The running lump in words; None if there is none.

    :param next_block: when the next coarse figure comes, by the clock of the site
    """
    if privacy.running_until is None:
        return None
    if live is None:
        return Running(running_name(privacy), "", _not_yet(privacy, next_block))
    note = gettext(
        "Less exact than the others; the final figure comes %(when)s.", when=closes(privacy, today=today)
    )
    return Running(running_since(privacy, live, today=today), live_figure(live), note)


def _not_yet(privacy: Privacy, next_block: datetime | None) -> str:
    """When the first coarse figure comes; at midnight the final one does."""
    if privacy.lump == "day" and next_block is not None and next_block.hour:
        clock = in_words(next_block, "clock", current())
        return gettext("not yet. The first rough figure comes at %(clock)s.", clock=clock)
    return str(_FIRST[privacy.lump])


def closes(privacy: Privacy, *, today: date) -> str:
    """When the running lump is closed: `tonight after midnight`, `in the night after Sunday 29 November`."""
    until = privacy.running_until
    if until is None:
        return gettext("after midnight")
    if until < today:
        return gettext("soon")
    if until == today:
        return gettext("tonight after midnight")
    return gettext("in the night after %(day)s", day=in_words(until, "weekday of year", current()))
