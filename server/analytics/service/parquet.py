"""Figures as an Apache Parquet file. Needs the extra `parquet`."""

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from server.analytics.representations import as_tree, named_figures
from server.analytics.values import Figures, Row, shown

_DESCRIBED = ("site", "from", "to", "interval", "by", "time_zone", "privacy", "definitions")
"""What the JSON answer says about the rows; the file's metadata has it under the same names, as JSON."""


def write(figures: Figures, file: Path) -> None:
    """Write the rows, with the columns of the CSV file, typed.

    Days are `date32`; figures and margins are `int32`, null where they are below the threshold or were not
    measured; `suppressed` is the list of the measures that are below the threshold.

    :raises OSError: it cannot be written.
    """
    names = named_figures(figures)
    columns = [column for name in names for column in (name.replace(".", "_"), _margin(name))]
    schema = pa.schema(
        [
            pa.field("period", pa.string(), nullable=False),
            pa.field("from", pa.date32(), nullable=False),
            pa.field("to", pa.date32(), nullable=False),
            pa.field("value", pa.string()),
            *(pa.field(column, pa.int32()) for column in columns),
            pa.field("suppressed", pa.list_(pa.string()), nullable=False),
        ],
        metadata={name: json.dumps(as_tree(figures)[name], ensure_ascii=False) for name in _DESCRIBED},
    )
    rows = [_record(row, names) for row in figures.rows]
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), file)


def _record(row: Row, names: Sequence[str]) -> dict[str, object]:
    figures, margins = row.cells.named, row.cells.margins
    measured = [name for name in names if name in figures]
    return {
        "period": row.period,
        "from": row.start,
        "to": row.end,
        "value": row.value,
        **{name.replace(".", "_"): shown(figures[name]) for name in measured},
        **{_margin(name): margins[name] for name in measured},
        "suppressed": list(row.cells.suppressed),
    }


def _margin(name: str) -> str:
    return f"{name.replace('.', '_')}_plus_minus"
