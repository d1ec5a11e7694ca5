"""Export of decisions, line by line."""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from server.consents.record import timestamp
from server.consents.values import ConsentRow
from server.core.spreadsheets import harmless

_CELLS = (
    "consent_id",
    "recorded_at",
    "expires_at",
    "version",
    "language",
    "action",
    "choices",
    "commitment",
)


def json_lines(rows: Iterable[ConsentRow]) -> Iterator[str]:
    """One JSON object per line."""
    for row in rows:
        yield json.dumps(_tree(row), ensure_ascii=False) + "\n"


def csv_lines(rows: Iterable[ConsentRow]) -> Iterator[str]:
    """A heading, and one row per line (RFC 4180). `choices` are the granted categories."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")

    def written(cells: Iterable[str]) -> str:
        line.seek(0)
        line.truncate()
        writer.writerow(cells)
        return line.getvalue()

    yield written(_CELLS)
    for row in rows:
        tree = _tree(row) | {"choices": " ".join(key for key, granted in row.choices.items() if granted)}
        yield written(harmless(str(tree[name])) for name in _CELLS)


def _tree(row: ConsentRow) -> dict[str, object]:
    return {
        "consent_id": row.consent_id,
        "recorded_at": timestamp(row.recorded_at),
        "expires_at": timestamp(row.expires_at),
        "version": row.version,
        "language": row.language,
        "action": row.action,
        "choices": dict(row.choices),
        "record": json.loads(row.record),
        "commitment": row.commitment.hex(),
    }
