"""Which edits of a person can be undone and redone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from server.sites import undo_steps
from server.sites.undo_steps import Step, Steps
from server.sites.values import Save
from tests.studio.conftest import NOW

KARI, OLA = "kari@example.no", "ola@example.no"
FIELDS = ("title", "body", "close")


class History:
    """The saves of a draft, as they come, and the draft after each: what its fields hold."""

    def __init__(self) -> None:
        self.saves: tuple[Save, ...] = (Save(1, NOW, "tests"),)
        self.drafts: dict[int, dict[str, int]] = {1: dict.fromkeys(FIELDS, 0)}
        self.at = NOW

    @property
    def draft(self) -> dict[str, int]:
        return self.drafts[self.saves[0].revision]

    def save(
        self,
        by: str = KARI,
        *,
        after: int = 30,
        automatic: bool = False,
        undoes: int | None = None,
        changed: str = "",
        values: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.at += timedelta(seconds=after)
        revision = self.saves[0].revision + 1
        self.drafts[revision] = {**self.draft, **values}
        self.saves = (Save(revision, self.at, by, automatic, undoes, changed), *self.saves)

    def next(self, by: str = KARI, *, after: int = 1) -> Steps:
        return undo_steps.steps(self.saves, by, now=self.at + timedelta(seconds=after))

    def take_back(self, step: Step) -> None:
        """What the product does: the fields of the step get what they had, and others stay."""
        before, made = self.drafts[step.first - 1], self.drafts[step.last]
        values = {name: before[name] for name in FIELDS if before[name] != made[name]}
        self.save(undoes=step.last, values=values)


@dataclass(frozen=True)
class Action:
    """Something that somebody does."""

    kind: Literal["type", "press", "undo", "redo", "colleague"]
    field: str
    seconds: int


ACTIONS = st.lists(
    st.builds(
        Action,
        st.sampled_from(("type", "type", "type", "press", "undo", "undo", "redo", "colleague")),
        st.sampled_from(FIELDS),
        st.sampled_from((1, 5, 10, 11, 60)),
    ),
    max_size=30,
)


def after(actions: list[Action]) -> History:
    """A history of these actions, of which no two write the same value."""
    history = History()
    for number, action in enumerate(actions, 1):
        match action.kind:
            case "undo" | "redo":
                found = history.next()
                for step in (found.undo if action.kind == "undo" else found.redo)[:1]:
                    history.take_back(step)
            case "colleague":
                history.save(OLA, after=action.seconds, changed="other")
            case kind:
                history.save(
                    after=action.seconds,
                    automatic=kind == "type",
                    changed=action.field,
                    values={action.field: number},
                )
    return history


@given(ACTIONS)
def test_undoing_everything_leads_back_to_the_beginning_and_redoing_to_where_one_was(
    actions: list[Action],
) -> None:
    history = after(actions)
    end, seen = history.draft, [history.draft]
    while found := history.next().undo:
        history.take_back(found[0])
        seen.append(history.draft)
    assert history.draft == dict.fromkeys(FIELDS, 0)
    for expected in reversed(seen[:-1]):
        history.take_back(history.next().redo[0])
        assert history.draft == expected
    assert history.draft == end


@given(ACTIONS)
def test_a_step_is_one_field_and_a_pause_or_another_save_ends_it(actions: list[Action]) -> None:
    history = after(actions)
    by_revision = {save.revision: save for save in history.saves}
    steps = history.next().undo
    for step in steps:
        saves = [by_revision[number] for number in range(step.first, step.last + 1)]
        assert {save.updated_by for save in saves} == {KARI}
        assert len({save.changed for save in saves}) == 1
        if len(saves) > 1:
            assert all(save.automatic for save in saves)
            pauses = [new.updated_at - old.updated_at for old, new in pairwise(saves)]
            assert max(pauses) <= undo_steps.TOGETHER
    # The next first, and none of them twice.
    assert all(newer.first > older.last for newer, older in pairwise(steps))


@given(ACTIONS)
def test_somebody_who_changed_nothing_has_nothing_to_undo(actions: list[Action]) -> None:
    assert after(actions).next("nobody@example.no") == Steps((), ())


def test_what_is_typed_in_a_field_without_a_pause_is_one_step() -> None:
    history = History()
    for seconds in (30, 3, 10, 11):
        history.save(after=seconds, automatic=True, changed="texts.nb.title")
    assert history.next().undo == (Step(5, 5), Step(2, 4))
    history.save(undoes=5)
    assert history.next() == Steps((Step(2, 4),), (Step(6, 6),))
    history.save(OLA, after=1, automatic=True, changed="texts.nb.title")
    history.save(after=1, automatic=True, changed="texts.nb.title")
    assert history.next().undo == (Step(8, 8), Step(2, 4))


def test_another_field_is_another_step_however_soon() -> None:
    history = History()
    for field in ("texts.nb.title", "texts.nb.title", "texts.nb.body", "", "", "texts.nb.title"):
        history.save(after=1, automatic=True, changed=field)
    assert history.next().undo == (Step(7, 7), Step(6, 6), Step(5, 5), Step(4, 4), Step(2, 3))


def test_what_is_filled_in_of_a_row_that_was_just_added_belongs_to_adding_it() -> None:
    history = History()
    row = "services.0.cookies.1"
    for place in (f"+{row}", row, f"{row}.lifetime", f"{row}.purpose.nb"):
        history.save(after=2, automatic=True, changed=place)
    history.save(after=2, automatic=True, changed="services.0.cookies.11.lifetime")
    history.save(after=2, automatic=True, changed=f"{row}.lifetime")
    assert history.next().undo == (Step(7, 7), Step(6, 6), Step(2, 5))


def test_a_step_that_was_passed_over_is_not_offered_again() -> None:
    history = History()
    for field in ("texts.nb.title", "texts.nb.body"):
        history.save(changed=field)
    history.save(undoes=2)
    assert history.next() == Steps((), (Step(4, 4),))


def test_steps_end_with_a_pause_of_an_hour_and_with_what_is_kept() -> None:
    history = History()
    history.save()
    history.save()
    assert history.next(after=3599).undo == (Step(3, 3), Step(2, 2))
    assert history.next(after=3601).undo == ()
    history.saves = history.saves[:2]
    assert history.next().undo == (Step(3, 3),)
    history.saves = history.saves[:1]
    assert history.next().undo == ()
