"""Which saves of a draft are one state of its history, and which are kept."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.sites import save_groups
from server.sites.values import Save
from tests.studio.conftest import NOW

PEOPLE = ("kari@example.no", "ola@example.no")


@st.composite
def histories(draw: st.DrawFn) -> tuple[Save, ...]:
    """Saves of two people, the newest first, some of them automatic, at most minutes apart."""
    steps = draw(
        st.lists(st.tuples(st.integers(0, 900), st.sampled_from(PEOPLE), st.booleans()), max_size=40)
    )
    at, saves = NOW, []
    for revision, (seconds, by, automatic) in enumerate(steps, 1):
        at += timedelta(seconds=seconds)
        saves.append(Save(revision, at, by, automatic))
    return tuple(reversed(saves))


def typed(minutes: float, revision: int, by: str = PEOPLE[0], *, automatic: bool = True) -> Save:
    return Save(revision, NOW + timedelta(minutes=minutes), by, automatic)


def test_what_one_person_typed_in_some_minutes_is_one_state_the_last() -> None:
    saves = (typed(14, 5), typed(9, 4), typed(3, 3), typed(1, 2, automatic=False), typed(0, 1))
    assert [each.revision for each in save_groups.states(saves)] == [5, 4, 2, 1]


def test_a_colleague_between_them_keeps_both_sides_apart() -> None:
    saves = (typed(3, 3), typed(2, 2, PEOPLE[1]), typed(1, 1))
    assert save_groups.states(saves) == saves


@given(histories())
def test_each_save_by_a_button_and_the_newest_are_states(saves: tuple[Save, ...]) -> None:
    states = save_groups.states(saves)
    assert states[:1] == saves[:1]
    assert [each for each in saves if not each.automatic] == [each for each in states if not each.automatic]
    assert set(states) <= set(saves)


@given(histories())
def test_between_a_save_and_its_state_are_only_minutes_of_the_same_person(saves: tuple[Save, ...]) -> None:
    states = save_groups.states(saves)
    for save in saves:
        state = min((each for each in states if each.revision >= save.revision), key=lambda one: one.revision)
        assert state.updated_by == save.updated_by
        assert state.updated_at - save.updated_at < timedelta(minutes=save_groups.TOGETHER)


@given(histories(), st.integers(0, 12), st.integers(0, 12))
def test_what_is_kept_stays_kept_until_it_is_too_old(
    saves: tuple[Save, ...], recent: int, states_kept: int
) -> None:
    kept: tuple[Save, ...] = ()
    for save in reversed(saves):
        # As the saves come, one by one.
        kept = (save, *kept)
        gone = save_groups.dropped(kept, states_kept=states_kept, recent=recent)
        kept = tuple(each for each in kept if each.revision not in gone)
    states = save_groups.states(saves)
    assert kept[:recent] == saves[:recent]
    behind = [each for each in states if each not in saves[:recent]]
    assert list(kept[recent:]) == behind[:states_kept]
