"""Which edits of a person can be undone, and which undone ones can be redone. Pure.

Undoing is a save of its own, which names the save that it takes back, so that the steps follow from the saves
of a draft. They reach back to the last pause of an hour: what somebody did before is not undone by a key.
A step is one thing that the person did: what a button saved, or one field. Automatic saves of the same field
that follow each other within seconds, with nothing else between them, are one step, as one writes a text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.sites import edit_place
from server.sites.values import Save

SESSION = timedelta(hours=1)
"""A pause that ends an editing session."""

TOGETHER = timedelta(seconds=10)
"""At most between two automatic saves of one step."""


@dataclass(frozen=True)
class Step:
    """Saves of one person with nobody else's between them, to be taken back together."""

    first: int
    """Revision of the first save: the draft before it has the one number less."""
    last: int


@dataclass(frozen=True)
class Steps:
    """What can be undone, and what redone: the next step first.

    A step that was typed and deleted again changes nothing, and may be passed over.
    """

    undo: tuple[Step, ...]
    redo: tuple[Step, ...]


def steps(saves: Sequence[Save], by: str, *, now: datetime) -> Steps:
    """The steps of a person, of the saves of a draft with the newest first."""
    kept = {save.revision for save in saves}
    undo: list[Step] = []
    redo: list[Step] = []
    begin: Save | None = None
    before: Save | None = None
    for save in reversed(_session(saves, by, now)):
        if save.undoes is None:
            redo.clear()
            if begin is not None and before is not None and _goes_on(begin, before, save):
                undo[-1] = Step(begin.revision, save.revision)
            else:
                begin = save
                undo.append(Step(save.revision, save.revision))
        else:
            begin = None
            if _taken(undo, save.undoes):
                redo.append(Step(save.revision, save.revision))
            elif _taken(redo, save.undoes):
                undo.append(Step(save.revision, save.revision))
        before = save
    return Steps(_possible(undo, kept), _possible(redo, kept))


def _session(saves: Sequence[Save], by: str, now: datetime) -> list[Save]:
    """The saves of a person since the last pause, the newest first."""
    mine: list[Save] = []
    last = now
    for save in saves:
        if save.updated_by == by:
            if last - save.updated_at > SESSION:
                break
            mine.append(save)
            last = save.updated_at
    return mine


def _goes_on(begin: Save, before: Save, save: Save) -> bool:
    """Whether a save goes on with the step that began with `begin` and has come to `before`."""
    return (
        begin.automatic
        and save.automatic
        and save.revision == before.revision + 1
        and save.updated_at - before.updated_at <= TOGETHER
        and edit_place.goes_on(begin.changed, save.changed)
    )


def _taken(stack: list[Step], revision: int) -> bool:
    """Take the step that ends with this save off a stack, with what was passed over; whether it is there."""
    at = next((place for place, step in enumerate(stack) if step.last == revision), None)
    if at is None:
        return False
    del stack[at:]
    return True


def _possible(found: Sequence[Step], kept: set[int]) -> tuple[Step, ...]:
    """The steps, the last first, as long as the states before and after them are known."""
    possible: list[Step] = []
    for step in reversed(found):
        if not {step.first - 1, step.last} <= kept:
            break
        possible.append(step)
    return tuple(possible)
