"""Figures as a Parquet file say what the CSV file says, with types."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from pyarrow.parquet import read_table

from server.analytics.representations import as_csv, as_tree
from server.analytics.service import parquet
from server.analytics.values import Query
from tests.analytics.visitors import MONDAY, close, open_site

pytestmark = pytest.mark.usefixtures("app")


def test_file_has_the_rows_of_the_table_and_says_what_is_promised_about_them(tmp_path: Path) -> None:
    visited = open_site()
    visited.publish(MONDAY, categories=["statistics"])
    visited.decide("accept_all", 40)
    visited.decide("reject_all", 30, language="en", version=2)
    for day in range(2):
        close(MONDAY + timedelta(day))
    figures = visited.read(Query(MONDAY, MONDAY + timedelta(2), "day", "version"))
    parquet.write(figures, tmp_path / "figures.parquet")

    table = read_table(tmp_path / "figures.parquet")
    assert {str(each.type) for each in table.schema} == {
        "string",
        "date32[day]",
        "int32",
        "list<element: string>",
    }
    lines = list(csv.DictReader(io.StringIO(as_csv(figures))))
    assert table.column_names == list(lines[0])
    assert len(lines) == 4
    for record, line in zip(table.to_pylist(), lines, strict=True):
        suppressed = " ".join(record.pop("suppressed"))
        assert {**record, "suppressed": suppressed} == {
            **record, **{name: _typed(name, text, record) for name, text in line.items()},
        }  # fmt: skip
    metadata = {name.decode(): json.loads(text) for name, text in table.schema.metadata.items()}
    tree = as_tree(figures)
    assert metadata["privacy"] == tree["privacy"]
    assert (metadata["site"], metadata["time_zone"], metadata["by"]) == ("butikk", "Europe/Oslo", "version")


def _typed(name: str, text: str, record: dict[str, object]) -> object:
    """The cell of a CSV file as the record has it."""
    if name in ("from", "to"):
        found = record[name]
        return found if str(found) == text else text
    if name in ("period", "value", "suppressed"):
        return text
    return int(text) if text else None


def test_a_site_without_figures_has_a_file_with_the_columns_of_all_sites(tmp_path: Path) -> None:
    figures = open_site().read()
    parquet.write(figures, tmp_path / "figures.parquet")
    table = read_table(tmp_path / "figures.parquet")
    assert (table.num_rows, table.column_names[:5]) == (0, ["period", "from", "to", "value", "decided"])
