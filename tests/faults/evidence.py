"""What a database holds, read without the product: the checker is not the system."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from tests.faults.clients import History
from tests.faults.figures import Figure, everything, nothing
from tests.faults.server import until


@dataclass(frozen=True)
class Evidence:
    """The rows that matter."""

    decisions: Counter[str]
    """Id of each stored decision → how often it is there."""
    logged: Counter[str]
    """Number of each record that is in the log → how often."""
    indices: dict[str, list[int]]
    """Log → the indices of its entries, in order."""
    sizes: dict[str, int]
    """Log → its size."""
    waiting: int
    """Commitments without an index."""
    counted: int
    """Decisions that are in the counters."""
    sound: bool
    """Whether the engine finds its own files in order."""


def engine_of(folder: Path, database_url: str) -> sa.Engine:
    """A connection of our own."""
    return sa.create_engine(database_url or f"sqlite:///{folder / 'samtykke.db'}")


def gather(engine: sa.Engine, site: str = "demo") -> Evidence:
    """Read it all in one transaction."""
    with engine.connect() as connection:

        def rows(query: str) -> list[tuple[object, ...]]:
            return [tuple(row) for row in connection.execute(sa.text(query), {"site": site})]

        of_site = "site_id = (SELECT id FROM site WHERE key = :site)"
        indices: dict[str, list[int]] = {}
        for log, index in rows("SELECT log, leaf_index FROM ledger_entry ORDER BY log, leaf_index"):
            indices.setdefault(str(log), []).append(int(str(index)))
        integrity = rows("PRAGMA integrity_check") == [("ok",)] if engine.dialect.name == "sqlite" else True
        return Evidence(
            decisions=Counter(
                str(row[0]) for row in rows(f"SELECT decision_id FROM consent WHERE {of_site}")
            ),
            logged=Counter(
                str(row[0])
                for row in rows(
                    f"SELECT subject FROM ledger_entry WHERE kind = 1 AND subject <> '' AND {of_site}"
                )
            ),
            indices=indices,
            sizes={str(log): int(str(size)) for log, size in rows("SELECT log, size FROM ledger_state")},
            waiting=int(str(rows("SELECT count(*) FROM ledger_outbox")[0][0])),
            counted=int(
                str(rows(f"SELECT coalesce(sum(count), 0) FROM decision_count WHERE {of_site}")[0][0])
            ),
            sound=integrity,
        )


def at_rest(folder: Path, database_url: str) -> Evidence:
    """The rows as soon as the worker has caught up with them."""
    engine = engine_of(folder, database_url)
    try:
        until(lambda: gather(engine).waiting == 0, "an empty outbox")
        until(lambda: _counted(gather(engine)), "counters that have caught up")
        return gather(engine)
    finally:
        engine.dispose()


def _counted(found: Evidence) -> bool:
    return found.counted == sum(found.decisions.values())


def verdict(history: History, found: Evidence) -> Iterator[Figure]:
    """What every run over a server must show, whatever was done to it."""
    acknowledged = history.acknowledged
    lost = [each for each in acknowledged if each not in found.decisions]
    yield nothing("acknowledged decisions lost", len(lost), len(acknowledged))
    double = sum(times > 1 for times in found.decisions.values()) + len(history.contradicted)
    yield nothing("decisions stored twice", double, len(found.decisions))
    unheard = [each for each in found.decisions if each not in history.sent]
    yield nothing("decisions that nobody sent", len(unheard), len(found.decisions))


def settled(found: Evidence) -> Iterator[Figure]:
    """What must hold once the worker has caught up."""
    stored = sum(found.decisions.values())
    yield everything("stored decisions with their place in the log", len(found.logged), stored)
    yield everything("stored decisions in the counters", found.counted, stored)
    entries = sum(map(len, found.indices.values()))
    odd = sum(
        indices != list(range(len(indices))) or found.sizes.get(log) != len(indices)
        for log, indices in found.indices.items()
    ) + sum(times > 1 for times in found.logged.values())
    yield nothing("gaps, repeats and sizes that differ in the log", odd, entries)
    yield Figure("the engine's own check", "ok", "ok" if found.sound else "corrupt", met=found.sound)
