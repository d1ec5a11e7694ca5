"""What the tests of operating share."""

from pathlib import Path

import pytest

from tests.processes import samtykke


@pytest.fixture(scope="session")
def migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder that `samtykke migrate` leaves; for copies."""
    data = tmp_path_factory.mktemp("migrated") / "data"
    assert samtykke(data, "migrate").returncode == 0
    return data
