"""What is different between two versions of a notice."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.notices import differences
from server.notices.differences import (
    LONGEST_FOLDED,
    MOST_CHANGED,
    MOST_LINES,
    MOST_PIECES,
    MOST_WORDS,
    Difference,
    Kind,
    Line,
    Passage,
    Piece,
    SectionChange,
    changed_passages,
    compared,
    folded,
)
from server.notices.line_matching import Work, matched

WORDS = st.lists(
    st.sampled_from(["vi", "lagrer", "valget", "ditt", "i", "ett", "år", ".", "«og»"]), max_size=8
)
LINES = st.lists(WORDS.map(" ".join) | st.text(max_size=8), max_size=8)
NOTICES = st.dictionaries(
    st.sampled_from("abcdef"), st.tuples(st.text(max_size=4) | WORDS.map(" ".join), LINES), max_size=6
).flatmap(lambda found: st.permutations(list(found.items())))


def notice(sections: Sequence[tuple[str, tuple[str, list[str]]]]) -> tuple[Passage, ...]:
    return tuple(Passage(key, heading, tuple(lines), "nb") for key, (heading, lines) in sections)


def one(*lines: str) -> tuple[Passage, ...]:
    """A notice of one section."""
    return (Passage("who", "Hvem vi er", lines, "nb"),)


def new_of(difference: Difference, after: Sequence[Passage]) -> tuple[Passage, ...]:
    """The new version, by leaving away what was removed; sections that are the same are taken from it."""
    known = {passage.key: passage for passage in after}
    return tuple(
        Passage(each.key, each.heading.after or "", _lines_of(each, "after", known), each.language)
        for each in difference.sections
        if each.state != "removed"
    )


def old_of(difference: Difference, before: Sequence[Passage]) -> dict[str, Passage]:
    """The sections of the old version, by leaving away what was added."""
    known = {passage.key: passage for passage in before}
    return {
        each.key: Passage(
            each.key, each.heading.before or "", _lines_of(each, "before", known), each.language
        )
        for each in difference.sections
        if each.state != "added"
    }


def _lines_of(section: SectionChange, side: str, known: dict[str, Passage]) -> tuple[str, ...]:
    """The lines of one version, with those that were left out put in where they were counted."""
    if section.state == "same" and not section.moved:
        return known[section.key].lines
    lines = tuple(found for line in section.lines if (found := getattr(line, side)) is not None)
    left_out = section.left_out[side == "after"]
    return (*lines, *known[section.key].lines[len(lines) : len(lines) + left_out])


@contextmanager
def counted() -> Iterator[list[int]]:
    """Counts the lines of Python that run in the modules that compare, in a list of one number."""
    found, before = [0], sys.gettrace()

    def tracer(frame: FrameType, event: str, _arg: Any) -> Any:
        if not frame.f_code.co_filename.endswith(("difflib.py", "line_matching.py", "differences.py")):
            return None
        found[0] += event == "line"
        return tracer

    sys.settrace(tracer)
    try:
        yield found
    finally:
        sys.settrace(before)


def marked(line: Line) -> str:
    """A line with what was removed in brackets and what was added in braces."""
    marks = {"same": "{}", "removed": "[{}]", "added": "{{{}}}"}
    return "".join(marks[piece.kind].format(piece.text) for piece in line.pieces)


@given(NOTICES, NOTICES)
def test_what_stayed_with_what_was_added_is_the_new_notice_and_with_what_was_removed_the_old(
    old: list[tuple[str, tuple[str, list[str]]]], new: list[tuple[str, tuple[str, list[str]]]]
) -> None:
    before, after = notice(old), notice(new)
    difference = compared(before, after)
    assert new_of(difference, after) == after
    assert old_of(difference, before) == {passage.key: passage for passage in before}
    assert all(section.left_out == (0, 0) for section in difference.sections)
    for section in difference.sections:
        assert all(piece.text for line in section.lines if len(line.pieces) > 1 for piece in line.pieces)


@given(NOTICES, NOTICES)
def test_changed_sections_are_found_without_looking_into_them(
    old: list[tuple[str, tuple[str, list[str]]]], new: list[tuple[str, tuple[str, list[str]]]]
) -> None:
    found = changed_passages(notice(old), notice(new))
    assert {each.key for each in found} == {each.key for each in compared(notice(old), notice(new)).changed}


@given(NOTICES)
def test_a_notice_does_not_differ_from_itself(sections: list[tuple[str, tuple[str, list[str]]]]) -> None:
    assert compared(notice(sections), notice(sections)).changed == ()


@given(NOTICES, st.randoms(use_true_random=False))
def test_sections_in_another_order_have_moved_and_nothing_else(
    sections: list[tuple[str, tuple[str, list[str]]]], random: object
) -> None:
    shuffled = [*sections]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    difference = compared(notice(sections), notice(shuffled))
    assert {section.state for section in difference.sections} <= {"same"}
    assert bool(difference.changed) == (shuffled != sections)


@given(st.lists(st.sampled_from("abcde")), st.lists(st.sampled_from("abcde")))
def test_matched_entries_are_equal_and_in_order(old: list[str], new: list[str]) -> None:
    pairs = matched(old, new, Work())
    assert all(old[i] == new[j] for i, j in pairs)
    assert all(i < after and j < new_after for (i, j), (after, new_after) in pairwise(pairs))


def test_a_changed_word_is_marked_within_its_line() -> None:
    section = compared(
        one("Vi lagrer valget ditt i ett år.", "Vi deler det ikke med noen."),
        one("Vi lagrer valget ditt i to år.", "Vi deler det ikke med noen.", "Du kan slette det."),
    ).sections[0]
    assert [marked(line) for line in section.lines] == [
        "Vi lagrer valget ditt i [ett]{to} år.",
        "Vi deler det ikke med noen.",
        "{Du kan slette det.}",
    ]
    assert [line.state for line in section.lines] == ["changed", "same", "added"]


def test_several_changed_words_in_a_row_are_one_mark() -> None:
    section = compared(
        one("Vi bruker Google Analytics til statistikk på nettstedet."),
        one("Vi bruker vår egen Matomo til statistikk på nettstedet."),
    ).sections[0]
    assert (
        marked(section.lines[0])
        == "Vi bruker [Google Analytics]{vår egen Matomo} til statistikk på nettstedet."
    )


def test_another_line_is_not_shown_as_a_changed_one() -> None:
    section = compared(one("Vi lagrer valget ditt."), one("Klager går til Datatilsynet.")).sections[0]
    assert [line.state for line in section.lines] == ["removed", "added"]


def test_sections_are_added_and_removed_where_they_stand() -> None:
    a, b, c = (Passage(key, key.upper(), ("x",), "nb") for key in "abc")
    difference = compared((a, b), (a, c))
    assert [(each.key, each.state) for each in difference.sections] == [
        ("a", "same"),
        ("b", "removed"),
        ("c", "added"),
    ]
    assert [each.key for each in difference.changed] == ["b", "c"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([f"linje {n}" for n in range(5000)], [f"linje {n}" for n in range(0, 5000, 2)]),
        (["x", "y"] * 5000, ["y", "y", "x"] * 3000),
        ([" ".join("ab" * MOST_WORDS)], [" ".join("ba" * MOST_WORDS)]),
        ([f"{n} {'ord ' * 60}{n}" for n in range(1000)], [f"{n} {'ord ' * 60}{n + 1}" for n in range(1000)]),
        (["a b " * 5000], ["b a " * 5000]),
    ],
)
def test_huge_notices_are_compared_with_bounded_work(old: list[str], new: list[str]) -> None:
    with counted() as steps:
        difference = compared(one(*old), one(*new))
    assert new_of(difference, one(*new)) == one(*new)
    assert old_of(difference, one(*old)) == {"who": one(*old)[0]}
    assert steps[0] < 2_000_000


@given(
    st.lists(st.sampled_from("abcd"), max_size=150),
    st.lists(st.sampled_from("abcd"), max_size=150),
    st.integers(0, 3000),
)
def test_matching_never_does_more_work_than_it_may(old: list[str], new: list[str], most: int) -> None:
    work = Work(most)
    with counted() as steps:
        pairs = matched(old, new, work)
    assert all(old[i] == new[j] for i, j in pairs)
    assert 0 <= work.left <= most
    # A few lines of Python for a comparison, and a few for each entry, which are looked at in any case.
    assert steps[0] <= 12 * (most - work.left) + 20 * (len(old) + len(new)) + 40


@given(NOTICES, NOTICES, st.integers(0, 12), st.integers(0, 12), st.integers(0, 60))
def test_a_difference_holds_no_more_than_it_may_and_counts_what_it_leaves_out(
    old: list[tuple[str, tuple[str, list[str]]]],
    new: list[tuple[str, tuple[str, list[str]]]],
    lines: int,
    pieces: int,
    characters: int,
) -> None:
    before, after = notice(old), notice(new)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(differences, "_Room", lambda: room(lines, pieces, characters))
        difference = compared(before, after)
    assert new_of(difference, after) == after
    assert old_of(difference, before) == {passage.key: passage for passage in before}
    shown = [line for section in difference.sections for line in section.lines]
    marked_lines = [line for line in shown if line.state != "same"]
    assert len(shown) <= lines
    assert sum(len(line.pieces) for line in marked_lines) <= pieces
    assert sum(len(piece.text) for line in marked_lines for piece in line.pieces) <= characters
    assert {each.key for each in difference.changed} == {each.key for each in changed_passages(before, after)}


room = differences._Room


def test_a_hostile_pair_of_versions_is_compared_with_bounded_work_and_a_bounded_result() -> None:
    for lines, other in (
        (["aa", "bb", "cc", "dd"] * 1600, ["dd", "bb", "aa", "cc"] * 1600),
        ([f"a b c {n} d" for n in range(2000)], [f"b a {n} c d" for n in range(2000)]),
    ):
        old = [Passage(f"o{n}", "h", ("x", *lines, "z"), "nb") for n in range(24)]
        new = [Passage(f"o{n}", "h", ("x", *other, "z"), "nb") for n in range(24)]
        with counted() as steps:
            difference = compared(old, new)
        assert steps[0] < 4_000_000
        shown = [line for section in difference.sections for line in section.lines]
        assert len(shown) <= MOST_LINES
        assert sum(len(line.pieces) for line in shown if line.state != "same") <= MOST_PIECES
        assert sum(len(line.after or "") for line in shown if line.state != "same") <= MOST_CHANGED
        assert difference.sections[-1].left_out == (len(lines) + 2, len(other) + 2)
        assert difference.sections[-1].state == "changed"


def test_a_line_without_text_is_a_line() -> None:
    assert compared(one("a", ""), one("a")).sections[0].lines == (
        Line((Piece("same", "a"),)),
        Line((Piece("removed", ""),)),
    )


@given(st.lists(st.sampled_from(["same", "added", "removed"])))
def test_folded_lines_are_unchanged_and_none_is_lost(kinds: list[Kind]) -> None:
    lines = tuple(Line((Piece(kind, str(index)),)) for index, kind in enumerate(kinds))
    runs = folded(lines)
    assert tuple(line for run in runs for line in run.lines) == lines
    assert all(line.state == "same" for run in runs if run.folded for line in run.lines)
    assert all(len(run.lines) > 1 for run in runs if run.folded)


def test_a_long_run_of_unchanged_lines_is_only_counted() -> None:
    lines = tuple(Line((Piece("same", str(index)),)) for index in range(LONGEST_FOLDED + 2))
    assert [run.can_be_unfolded for run in folded(lines)] == [False]
    assert [run.can_be_unfolded for run in folded(lines[:LONGEST_FOLDED])] == [True]


def test_unchanged_lines_beside_a_change_are_shown() -> None:
    lines = tuple(Line((Piece("added" if index == 3 else "same", str(index)),)) for index in range(8))
    assert [([line.after for line in run.lines], run.folded) for run in folded(lines)] == [
        (["0", "1"], True),
        (["2", "3", "4"], False),
        (["5", "6", "7"], True),
    ]
