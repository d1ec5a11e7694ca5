"""Workers that are killed while they deliver lose nothing, and keep the order where it was asked for."""

from pathlib import Path

import pytest

from tests.faults.deliveries import Contest

pytestmark = pytest.mark.servers


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_killed_workers_lose_no_delivery(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("empty_schema") if engine == "postgresql" else ""
    contest = Contest(tmp_path, url, sites=2, messages=8, kills=1)
    missed = [figure.line() for figure in contest.verdict() if not figure.met]
    assert (contest.kills, missed) == (1, [])
