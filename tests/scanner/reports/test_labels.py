"""Words for what was observed."""

from pathlib import Path
from typing import get_args

import pytest

from server.ops.cli.scan import scan
from server.scanner.findings.finding import KINDS
from server.scanner.observations import Choice, Fault, Initiator, Outcome, Phase, StorageKind
from server.scanner.reports import inventory, labels
from server.scanner.reports.kinds import KIND_WORDS


def test_there_are_words_for_everything() -> None:
    assert set(labels.CHOICES) == set(get_args(Choice))
    assert set(labels.OUTCOMES) == set(get_args(Outcome))
    assert set(labels.FAULTS) == set(get_args(Fault))
    assert set(labels.STORAGE) == set(get_args(StorageKind))
    assert tuple(KIND_WORDS) == KINDS
    moments = {labels.moment(choice, phase) for choice in get_args(Choice) for phase in get_args(Phase)}
    assert moments - {"without an answer"} == set(inventory.MOMENTS)


def test_no_kind_says_that_something_is_lawful_or_not() -> None:
    said = " ".join(f"{each.seen} {each.change}" for each in KIND_WORDS.values()).lower()
    for word in ("lawful", "legal", "complian", "violat", "breach"):
        assert word not in said


def test_the_guide_has_every_kind_in_these_words() -> None:
    page = (Path(__file__).parents[3] / "docs" / "scanning.md").read_text("utf-8")
    for kind, words in KIND_WORDS.items():
        assert f"| `{kind}` | {words.seen} | {words.change} |" in page, kind


def test_the_guide_has_every_option() -> None:
    page = (Path(__file__).parents[3] / "docs" / "scanning.md").read_text("utf-8")
    options = [option.opts[0] for option in scan.params if option.opts[0].startswith("--")]
    assert [option for option in options if f"| `{option}" not in page] == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "session"),
        (0, "0 seconds"),
        (1, "1 second"),
        (1_799, "30 minutes"),
        (3_600, "1 hour"),
        (86_399, "24 hours"),
        (86_400, "1 day"),
        (2_591_999, "30 days"),
        (34_128_000, "13 months"),
        (31_535_999, "12 months"),
        (63_071_999, "2 years"),
        (78_840_000, "2.5 years"),
        (-5, "0 seconds"),
    ],
)
def test_a_lifetime_is_said_as_people_say_it(seconds: int | None, words: str) -> None:
    assert labels.lifetime(seconds) == words


def test_a_time_is_told_from_the_answer() -> None:
    assert labels.span(1_500, "reject_all") == "1.5 s after the answer"
    assert labels.span(-1_500, "reject_all") == "1.5 s before the answer"
    assert labels.span(1_500, "none") == "1.5 s after the page was asked for"


def test_a_place_is_the_line_or_else_the_innermost_script() -> None:
    assert labels.place(Initiator("script", "https://a.example/x.js", 3)) == "https://a.example/x.js:3"
    assert (
        labels.place(Initiator("script", stack=("https://b.example/y.js:9", "z")))
        == "https://b.example/y.js:9"
    )
    assert labels.place(Initiator()) == ""


def test_a_time_that_is_none_stays_as_it_is() -> None:
    assert labels.time("2026-11-22T13:00:00+01:00") == "2026-11-22 12:00 UTC"
    assert labels.time("soon") == "soon"
    assert labels.time("2026-11-22T13:00:00") == "2026-11-22T13:00:00"
