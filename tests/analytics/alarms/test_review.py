"""The rule of alarms, and how they open and close from figure to figure."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.alarms.baseline import LEAST_IN_ALL
from server.analytics.alarms.observations import LASTING, LOOKED_BACK, Block, LumpFigures
from server.analytics.alarms.review import Known, Review, review_block, review_lump
from server.analytics.alarms.rule import Alarm
from server.analytics.privacy.lumps import LumpKind
from tests.analytics.alarms.figures import MONDAY, NOBODY_PUBLISHED, WEEK, day, days, usual_days, week

USUAL = days(usual_days())
SILENT_DAY = MONDAY + timedelta(days=56)
SILENT = Alarm("no_events", "", "day", SILENT_DAY, SILENT_DAY, 380.0, 460.0, 0.0)


def opened(lumps: list[LumpFigures], known: Known = NOBODY_PUBLISHED) -> list[str]:
    return [one.kind for one in review_lump(lumps, known).opened]


def live(values: list[LumpFigures], known: Known = NOBODY_PUBLISHED) -> tuple[Known, list[Review]]:
    """Release the days after `USUAL` one after the other."""
    reviews = []
    lumps = list(USUAL)
    for lump in values:
        lumps.append(lump)
        found = review_lump(lumps, known)
        closing = [one.alarm for one in found.closed]
        known = replace(
            known,
            open=[*(one for one in known.open if one not in closing), *found.opened],
            past=[*known.past, *found.closed],
        )
        reviews.append(found)
    return known, reviews


@given(st.lists(st.integers(-12, 40), min_size=7, max_size=7))
def test_a_usual_week_is_no_alarm(changes: list[int]) -> None:
    values = [day(56 + number, WEEK[number] * (100 + change) // 100) for number, change in enumerate(changes)]
    _, reviews = live(values)
    assert not any(review.opened for review in reviews)


def test_a_broken_banner_is_told_by_the_next_figure_with_what_is_usual_and_what_came() -> None:
    (found,) = review_lump([*USUAL, day(56, 3)], NOBODY_PUBLISHED).opened
    assert (found.kind, found.span, found.start) == ("no_events", "day", MONDAY + timedelta(days=56))
    assert found.low < 420 < found.high
    assert found.came == 3


def test_half_of_the_decisions_is_a_fall() -> None:
    assert opened([*USUAL, day(56, 200)]) == ["decisions_fell"]


def test_too_little_history_says_nothing() -> None:
    assert opened([*days(usual_days(28)), day(28, 0)]) == ["no_events"]
    assert opened([*days(usual_days(27)), day(27, 0)]) == []


def test_a_fall_right_after_a_publication_is_left_alone_and_nothing_at_all_is_not() -> None:
    fallen, silent = [*USUAL, day(56, 200)], [*USUAL, day(56, 0)]
    for ago, quiet in ((0, True), (1, True), (2, True), (3, False)):
        known = Known(published=[MONDAY + timedelta(days=56 - ago)])
        assert opened(fallen, known) == ([] if quiet else ["decisions_fell"])
        assert opened(silent, known) == ["no_events"]


def test_a_public_holiday_is_no_alarm() -> None:
    christmas = [
        replace(lump, start=lump.start + timedelta(days=59), end=lump.end + timedelta(days=59))
        for lump in USUAL
    ]
    eve = replace(day(115, 110), languages={})
    assert eve.start.isoformat() == "2026-12-24"
    assert opened([*christmas, eve]) == []
    assert opened([*christmas, day(115, 4)]) == ["no_events"]


def test_a_silent_language_is_named_instead_of_the_fall_that_it_explains() -> None:
    def both(number: int, decided: int, english: int) -> LumpFigures:
        return day(number, decided, languages={"nb": decided - english, "en": english})

    lumps = [both(number, count, count * 45 // 100) for number, count in enumerate(usual_days())]
    (found,) = review_lump([*lumps, both(56, 230, 0)], NOBODY_PUBLISHED).opened
    assert (found.kind, found.language) == ("no_events", "en")


def test_fewer_impressions_explain_fewer_decisions() -> None:
    lumps = [day(number, count, shown=2 * count) for number, count in enumerate(usual_days())]
    assert opened([*lumps, day(56, 200, shown=390)]) == ["impressions_fell"]
    assert opened([*lumps, day(56, 200, shown=850)]) == ["decisions_fell"]


def test_fewer_who_accept_all_is_an_alarm_of_its_own() -> None:
    assert opened([*USUAL, day(56, 420, accepted=0.3)]) == ["opt_in_fell"]


def test_what_is_too_little_in_a_day_is_seen_in_seven() -> None:
    small = days([each // 8 for each in usual_days()])
    weak = [day(number, WEEK[number % 7] // 20) for number in range(56, 63)]
    assert opened([*small, weak[0]]) == []
    (found,) = review_lump([*small, *weak], NOBODY_PUBLISHED).opened
    assert (found.kind, found.span) == ("decisions_fell", "7 days")


def test_an_alarm_closes_by_itself_and_its_days_are_not_told_again() -> None:
    values = [day(56, 0), day(57, 0), *(day(58 + more, WEEK[(2 + more) % 7]) for more in range(14))]
    known, reviews = live(values)
    assert [len(review.opened) for review in reviews] == [1] + [0] * 15
    (closed,) = known.past
    assert (closed.outcome, closed.last) == ("usual_again", MONDAY + timedelta(days=57))
    assert not known.open


def test_a_fall_that_lasts_four_weeks_is_usual_then() -> None:
    values = [day(56 + more, WEEK[more % 7] // 2) for more in range(60)]
    known, reviews = live(values)
    assert [one.outcome for one in known.past] == ["usual_now"]
    assert sum(len(review.opened) for review in reviews) == 1
    assert not known.open


def test_that_nothing_comes_never_becomes_usual() -> None:
    known, _ = live([day(56 + more, 0) for more in range(90)])
    assert [one.kind for one in known.open] == ["no_events"]
    assert not known.past


def test_nothing_at_all_replaces_the_alarm_that_less_came() -> None:
    known, _ = live([day(56, 200), day(57, 0)])
    assert [one.kind for one in known.open] == ["no_events"]
    assert [one.outcome for one in known.past] == ["worse"]


def test_figures_over_other_days_cannot_be_compared_and_close_a_fall() -> None:
    known, _ = live([day(56, 200)])
    found = review_lump([*USUAL, day(56, 200), week(9, 1400)], known)
    assert [one.outcome for one in found.closed] == ["not_comparable"]


def test_a_language_that_the_banner_has_no_more_closes_its_alarm() -> None:
    known = Known(published=(), open=[replace(SILENT, language="en")])
    found = review_lump([*USUAL, day(56, 400), day(57, 400, languages={"nb": 400})], known)
    assert [one.outcome for one in found.closed] == ["not_comparable"]


def test_six_weeks_say_what_is_usual_in_a_week() -> None:
    few, enough = ([week(number, 140 + number % 3) for number in range(weeks)] for weeks in (5, 6))
    assert opened([*few, week(5, 4)]) == []
    assert opened([*enough, week(6, 4)]) == ["no_events"]
    assert opened([*enough, week(6, 120)]) == []


def test_a_short_first_week_is_compared_with_nothing() -> None:
    weeks = [week(number, 140 + number % 3) for number in range(7)]
    short = replace(week(7, 20), start=week(7, 20).start + timedelta(days=4))
    assert opened([*weeks, short]) == []


@pytest.mark.parametrize(("kind", "longest"), [("day", 7), ("week", 28), ("month", 31)])
def test_what_was_usual_before_an_alarm_is_known_as_long_as_it_is_open(kind: LumpKind, longest: int) -> None:
    before = LOOKED_BACK[kind] - LASTING[kind]
    assert before >= longest * LEAST_IN_ALL * timedelta(days=1)


def test_a_second_review_of_the_same_figure_changes_nothing() -> None:
    lumps = [*USUAL, day(56, 200)]
    once = review_lump(lumps, NOBODY_PUBLISHED)
    known = Known(published=(), open=once.opened)
    assert review_lump(lumps, known) == Review()


# --- the running day --------------------------------------------------------------------------------------


def blocks(until: int, hour: int, newest: int, *, usually: int = 400) -> list[Block]:
    """Coarse figures of days with so many decisions in every part, and those of the last day."""
    found = [
        Block(MONDAY + timedelta(days=number), each, usually + number % 5, 50.0)
        for number in range(until)
        for each in range(8, 26, 2)
    ]
    return [*found, Block(MONDAY + timedelta(days=until), hour, newest, 50.0)]


def test_a_part_of_the_running_day_without_decisions_is_told() -> None:
    (found,) = review_block(blocks(56, 12, -3), NOBODY_PUBLISHED).opened
    assert (found.kind, found.span, found.hour) == ("no_events", "block", 12)


@pytest.mark.parametrize(("newest", "usually"), [(150, 400), (0, 40)])
def test_parts_that_are_half_or_usually_small_are_left_alone(newest: int, usually: int) -> None:
    assert review_block(blocks(56, 12, newest, usually=usually), NOBODY_PUBLISHED) == Review()


def test_an_alarm_of_the_running_day_closes_with_a_later_part() -> None:
    known = Known(published=(), open=review_block(blocks(56, 12, 0), NOBODY_PUBLISHED).opened)
    found = review_block(blocks(56, 14, 390), known)
    assert [one.outcome for one in found.closed] == ["usual_again"]
    after = Known(published=(), past=found.closed)
    # The day on which it was silent for a while has fewer, and is told no more.
    assert review_lump([*USUAL, day(56, 230)], after) == Review()


def test_an_alarm_of_the_running_day_stays_open_over_the_closed_figure() -> None:
    opened_ = review_block(blocks(56, 12, 0), NOBODY_PUBLISHED).opened
    known = Known(published=(), open=opened_)
    assert review_lump([*USUAL, day(56, 0)], known) == Review()
    assert len(opened_) == 1
    assert review_lump([*USUAL, day(56, 0), day(57, 0)], known) == Review()
