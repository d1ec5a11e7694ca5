"""Records in the shape and size of real ones, written straight into a database by the million."""

import base64
import itertools
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.analytics.privacy.release import Counted, Leaf
from server.core.db import Base

AT_ONCE = 20_000
LOG = "2020h1"
"""A log that nothing else writes to: generated entries have no tiles."""

SPAN = timedelta(days=729)
"""How far back the oldest record is: one day short of being due."""

ACTIONS = ("accept_all", "accept_all", "accept_all", "reject_all", "reject_all", "save")
CATEGORIES = ("functional", "statistics", "advertising")
LANGUAGES = ("nb", "nb", "nb", "nn", "en")

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RECORD = (
    '{"action":"%s","cfg":"%s","choices":%s,"cid":"%s","decided_at":"%s","expires_at":"%s","idem":"%s",'
    '"lang":"%s","recorded_at":"%s","services":{},"signals":{"dnt":false,"gpc":false},"site":"demo",'
    '"surface":"banner","v":1,"version":1}'
)

Rows = list[dict[str, Any]]

Counts = Mapping[date, Mapping[Leaf, Counted]]
"""Day → version and language → how many decided."""


def fill(engine: sa.Engine, site_id: str, content_hash: str, number: int, *, now: datetime) -> Counts:
    """Write so many records of one site and their entries in the log, as read; returns what they decided."""
    tables = Base.metadata.tables
    counted: Counter[tuple[date, str, str]] = Counter()
    with _without_indices(engine, ("consent", "ledger_entry")):
        for start in range(0, number, AT_ONCE):
            records, entries = _rows(site_id, content_hash, start, min(number, start + AT_ONCE), number, now)
            for row in records:
                day, language, action = row["recorded_at"].date(), row["language"], row["action"]
                counted[day, language, action] += 1
                if action == "save":
                    counted.update(
                        (day, language, category)
                        for category in CATEGORIES
                        if f'{category}":true' in row["choices"]
                    )
            _write(engine, tables["consent"], records)
            _write(engine, tables["ledger_entry"], entries)
    with engine.begin() as connection:
        unsigned = {"root": bytes(32), "origin": "", "checkpoint": ""}
        state = {"log": LOG, "size": number, "updated_at": now, **unsigned}
        connection.execute(tables["ledger_state"].insert(), state)
        watermark = {"reader": "decisions", "log": LOG, "next_index": number}
        connection.execute(tables["analytics_watermark"].insert(), watermark)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return _by_leaf(counted)


def _by_leaf(counted: Mapping[tuple[date, str, str], int]) -> Counts:
    found: defaultdict[date, dict[Leaf, Counted]] = defaultdict(dict)
    for day, language in {(day, language) for day, language, _ in counted}:
        numbers = {action: counted[day, language, action] for action in set(ACTIONS)}
        granted = {category: counted[day, language, category] for category in CATEGORIES}
        found[day][Leaf(1, language)] = Counted(**numbers, granted=granted)
    return found


def number_of(index: int) -> str:
    """The public number of the record with this index; the first half is its place, for the look-ups."""
    digits = [_CROCKFORD[(index * 2654435761 >> shift) & 31] for shift in range(60, -1, -5)]
    return "".join(digits) + "".join(_CROCKFORD[(index >> shift) & 31] for shift in range(60, -1, -5))


def _rows(
    site_id: str, content_hash: str, start: int, end: int, number: int, now: datetime
) -> tuple[Rows, Rows]:
    dice = random.Random(start)
    records: Rows = []
    entries: Rows = []
    for index in range(start, end):
        recorded_at = now - SPAN + SPAN * (index / number)
        recorded_at = recorded_at.replace(microsecond=recorded_at.microsecond // 1000 * 1000)
        expires_at = recorded_at + timedelta(days=365)
        action = dice.choice(ACTIONS)
        language = dice.choice(LANGUAGES)
        grants = [action == "accept_all" or (action == "save" and dice.random() < 0.5) for _ in CATEGORIES]
        choices = json.dumps(
            dict(zip(CATEGORIES, grants, strict=True)), sort_keys=True, separators=(",", ":")
        )
        decision_id = base64.urlsafe_b64encode(dice.randbytes(16)).decode().rstrip("=")
        consent_id = number_of(index)
        at, until = (
            recorded_at.isoformat(timespec="milliseconds")[:-6] + "Z",
            expires_at.isoformat()[:23] + "Z",
        )
        record = _RECORD % (
            *(action, content_hash, choices, consent_id, at, until, decision_id, language, at),
        )
        commitment = dice.randbytes(32)
        records.append(
            {
                "site_id": site_id,
                "consent_id": consent_id,
                "decision_id": decision_id,
                "request_digest": dice.randbytes(32),
                "visitor_digest": dice.randbytes(32),
                "version": 1,
                "language": language,
                "action": action,
                "choices": choices,
                "recorded_at": recorded_at,
                "expires_at": expires_at,
                "record": record.encode(),
                "salt": dice.randbytes(32),
                "commitment": commitment,
            }
        )
        entries.append(_entry(site_id, index, consent_id, commitment, recorded_at))
    return records, entries


def _entry(
    site_id: str, index: int, consent_id: str, commitment: bytes, sequenced_at: datetime
) -> dict[str, object]:
    return {
        "log": LOG,
        "leaf_index": index,
        "kind": 1,
        "site_id": site_id,
        "subject": consent_id,
        "commitment": commitment,
        "sequenced_at": sequenced_at,
    }


def _write(engine: sa.Engine, table: sa.Table, rows: Rows) -> None:
    names = list(rows[0])
    if engine.dialect.name == "sqlite":
        values = [[_for_sqlite(row[name]) for name in names] for row in rows]
        with engine.begin() as connection:
            places = ", ".join("?" * len(names))
            cursor = connection.connection.cursor()
            cursor.executemany(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})", values)
        return
    with engine.begin() as connection:
        cursor = connection.connection.cursor()
        with cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([row[name] for name in names])


def _for_sqlite(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return value


@contextmanager
def _without_indices(engine: sa.Engine, names: Sequence[str]) -> Iterator[None]:
    """Built once at the end, as any bulk load does: updated row by row they take hours."""
    tables = [Base.metadata.tables[name] for name in names]
    keys = [
        constraint
        for table in tables
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
    ]
    with engine.begin() as connection:
        for index in itertools.chain.from_iterable(table.indexes for table in tables):
            index.drop(connection)
        if engine.dialect.name == "postgresql":
            for key in keys:
                connection.execute(sa.schema.DropConstraint(key))
    yield
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '1GB'")
            for key in keys:
                connection.execute(sa.schema.AddConstraint(key))
        for index in itertools.chain.from_iterable(table.indexes for table in tables):
            index.create(connection)
