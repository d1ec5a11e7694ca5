"""However often a decision is sent, and whatever comes under its id: one row, one receipt, exact counters."""

import random
from pathlib import Path
from typing import Any

import pytest

from tests.faults.evidence import engine_of, gather
from tests.faults.repeats import repeated
from tests.processes import eventually, running

pytestmark = pytest.mark.servers

SENT = 150


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_three_sends_late_repeats_and_changed_bodies_leave_one_row_each(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("empty_schema") if engine == "postgresql" else ""
    database: Any = {"SAMTYKKE_DATABASE_URL": url} if url else {}
    with running(tmp_path / "data", **database) as product:
        answers, late, changed = repeated(product.url, SENT, random.Random(7))
        rows = engine_of(tmp_path / "data", url)
        eventually(lambda: gather(rows).counted >= SENT, what="the counting")
        found = gather(rows)
        rows.dispose()
    assert answers.statuses == {
        "first": {201: SENT, 200: 2 * SENT},
        "changed": {409: changed},
        "late": {200: late},
    }
    assert all(len(receipts) == 1 for receipts in answers.receipts.values())
    assert found.decisions == dict.fromkeys(answers.receipts, 1)
    assert found.counted == SENT
