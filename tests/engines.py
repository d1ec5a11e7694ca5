"""Which engine a test runs on: those of storage on both, those of pages on one of them, in turn."""

from collections.abc import Sequence
from fnmatch import fnmatch
from zlib import crc32

import pytest

ENGINES = ("sqlite", "postgresql")

IN_TURN = (
    "tests/accounts/test_rights.py",
    "tests/demo/*",
    "tests/notices/test_*page*.py",
    "tests/notices/test_closed_sites.py",
    "tests/ops/test_assistants.py",
    "tests/studio/*",
)
"""Tests of what knows no engine: what it asks of a database, services do, whose own tests run on both."""

ON_EACH = (
    "tests/demo/test_seed.py",
    "tests/studio/test_audit_log.py",
    "tests/studio/test_back_channel.py",
    "tests/studio/test_consents.py",
    "tests/studio/test_search.py",
    "tests/studio/test_site_list.py",
)
"""Among them, those whose subject is what a query finds, and in which order."""


def superfluous(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Tests of pages that are among `items` on the other engine too, whose turn it is.

    Half of them run on each engine, and a test always on the same. One that is asked for on one engine
    alone runs on that.
    """
    found: dict[tuple[str, str], dict[str, pytest.Item]] = {}
    for item in items:
        function, _, parameters = item.nodeid.partition("[")
        for engine in ENGINES if _in_turn(function.partition("::")[0]) else ():
            if engine in parameters:
                found.setdefault((function, parameters.replace(engine, "", 1)), {})[engine] = item
    return [
        each[ENGINES[crc32("".join(test).encode()) % 2]]
        for test, each in found.items()
        if len(each) == len(ENGINES)
    ]


def _in_turn(file: str) -> bool:
    def among(patterns: Sequence[str]) -> bool:
        return any(fnmatch(file, pattern) for pattern in patterns)

    return among(IN_TURN) and not among(ON_EACH)
