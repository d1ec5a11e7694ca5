"""What a test needs and the machine lacks."""

import os
from typing import NoReturn

import pytest


def absent(what: str, why: str) -> NoReturn:
    """Skip, saying what is missing; under CI nothing may be missing."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is needed under CI: {why}")
    pytest.skip(f"{what} is not here: {why}")
