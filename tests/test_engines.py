"""Tests of pages take turns between the engines, so that none waits for what others say already."""

from collections import Counter
from types import SimpleNamespace
from typing import cast

import pytest

from tests.engines import ENGINES, superfluous


def items(file: str, *names: str, engines: tuple[str, ...] = ENGINES) -> list[pytest.Item]:
    """Tests as pytest collects them: each on the engines."""
    found = [SimpleNamespace(nodeid=f"{file}::{name}[{engine}-320]") for name in names for engine in engines]
    return cast("list[pytest.Item]", found)


def remaining(collected: list[pytest.Item]) -> list[str]:
    drop = superfluous(collected)
    return [item.nodeid for item in collected if item not in drop]


def test_a_test_of_a_page_runs_on_one_engine_and_half_of_them_on_each() -> None:
    names = [f"test_{number}" for number in range(200)]
    left = remaining(items("tests/studio/test_texts.py", *names))
    assert sorted(one.partition("[")[0].rpartition(":")[2] for one in left) == sorted(names)
    shares = Counter(engine for one in left for engine in ENGINES if engine in one)
    assert min(shares.values()) > 70
    assert left == remaining(items("tests/studio/test_texts.py", *names))


@pytest.mark.parametrize("file", ["tests/sites/test_groups.py", "tests/studio/test_search.py"])
def test_a_test_of_storage_or_of_what_a_query_finds_runs_on_both(file: str) -> None:
    assert len(remaining(items(file, "test_one", "test_two"))) == 4


@pytest.mark.parametrize("engine", ENGINES)
def test_a_test_that_is_asked_for_on_one_engine_runs_on_that(engine: str) -> None:
    names = [f"test_{number}" for number in range(20)]
    assert len(remaining(items("tests/studio/test_texts.py", *names, engines=(engine,)))) == 20
