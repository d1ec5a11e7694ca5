"""Which saves of a draft are one state of its history, and which states are kept. Pure.

What is saved while somebody types would fill the history with single words. Automatic saves of one person,
with nobody else's between them, are therefore one state, the last of them, as long as they fall into the
same `TOGETHER` minutes of the clock. Windows of the clock do not move while people go on typing, so that a
state that is kept once is not swallowed by a later one.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from server.sites.values import Save

TOGETHER = 10
"""Minutes of the clock whose automatic saves are one state; a divisor of 60."""

RECENT = 100
"""Newest saves that are all kept, for merging and undoing: a form may have been made of any of them."""


def states(saves: Sequence[Save]) -> tuple[Save, ...]:
    """The saves that are states of the history: the last of each group. Both have the newest first."""
    return (*saves[:1], *(save for newer, save in pairwise(saves) if not _together(newer, save)))


def dropped(saves: Sequence[Save], *, states_kept: int, recent: int) -> frozenset[int]:
    """Revisions that are not kept any more: neither among the `recent` newest, nor a state behind them.

    Of those states, the newest `states_kept` are kept.
    """
    older = _numbers(saves[recent:])
    behind = [save.revision for save in states(saves) if save.revision in older]
    return older - frozenset(behind[:states_kept])


def _together(newer: Save, older: Save) -> bool:
    return (
        newer.automatic
        and older.automatic
        and newer.updated_by == older.updated_by
        and _window(newer) == _window(older)
    )


def _window(save: Save) -> int:
    return int(save.updated_at.timestamp()) // (TOGETHER * 60)


def _numbers(saves: Iterable[Save]) -> frozenset[int]:
    return frozenset(save.revision for save in saves)
