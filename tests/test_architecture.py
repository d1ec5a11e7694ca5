"""The house keeps its order: rules that no linter knows."""

import ast
import importlib
import re
from pathlib import Path

import grimp
import pytest
import sqlalchemy as sa

import server.app  # noqa: F401 - registers every table
from server.core.db import Base, db

ROOT = Path(__file__).parents[1]
SLICES = tuple(
    sorted(
        path.parent.name
        for path in (ROOT / "server").glob("*/__init__.py")
        if path.parent.name not in ("core", "migrations", "ops", "studio")
    )
)
"""The packages that others enter only by a door. The edge of the house, and its ground, are none."""

JOINING = ("app", "database")
"""What puts the slices together, and so knows more of each."""


def doors(slice_name: str) -> set[str]:
    """By what other slices enter this one: its use cases, its values, and what its `__init__` names."""
    named = importlib.import_module(f"server.{slice_name}").__all__
    return {"service", "values", *named}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("server")


def _slice_of(module: str) -> str:
    return module.split(".")[1] if module.count(".") else ""


def test_another_slice_is_entered_only_by_its_doors(graph: grimp.ImportGraph) -> None:
    trespasses = [
        f"{importer} → {imported}"
        for imported in graph.modules
        if _slice_of(imported) in SLICES
        for importer in graph.find_modules_that_directly_import(imported)
        if _slice_of(importer) not in (_slice_of(imported), *JOINING)
        if not _is_a_door(imported, importer)
    ]
    assert trespasses == []


def _is_a_door(imported: str, importer: str) -> bool:
    slice_name, *inside = imported.split(".")[1:]
    if inside == ["jobs"]:
        return _slice_of(importer) == "ops"
    return inside[:1] == ["service"] or (len(inside) == 1 and inside[0] in doors(slice_name))


@pytest.mark.parametrize("name", SLICES)
def test_the_package_of_a_slice_says_what_it_owns(name: str) -> None:
    described = importlib.import_module(f"server.{name}").__doc__ or ""
    tables = {
        mapper.local_table.name  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
        if mapper.class_.__module__ == f"server.{name}.models"
    }
    assert {table for table in tables if f"`{table}`" not in described} == set()
    assert "Others enter by" in described


@pytest.mark.parametrize("name", SLICES)
def test_use_cases_are_defined_where_they_are_called(name: str) -> None:
    """A service passes nothing on that another module defines."""
    files = [*(ROOT / "server" / name).glob("service.py"), *(ROOT / "server" / name).glob("service/*.py")]
    assert files
    assert [file for file in files if "__all__" in file.read_text("utf-8")] == []


def test_only_the_database_module_commits() -> None:
    committing = [
        str(file.relative_to(ROOT))
        for file in (ROOT / "server").rglob("*.py")
        if ".commit(" in file.read_text(encoding="utf-8")
    ]
    assert committing == ["server/core/db.py"]


def test_nothing_in_the_repository_is_named_for_being_leftover() -> None:
    names = re.compile(r"(utils?|helpers?|misc|common)\.(py|ts)")
    leftover = [
        str(file.relative_to(ROOT))
        for folder in ("server", "widget/src", "tests", "benchmarks")
        for file in (ROOT / folder).rglob("*")
        if names.fullmatch(file.name)
    ]
    assert leftover == []


def test_relationships_do_not_cross_slices() -> None:
    assert [
        file.name
        for file in (ROOT / "server").rglob("models.py")
        if "relationship(" in file.read_text("utf-8")
    ] == []


def test_every_unique_constraint_of_a_sites_table_starts_with_the_site() -> None:
    """So that the same schema can be spread over several databases by site."""
    per_site = [
        table for table in db.metadata.tables.values() if "site_id" in table.c and table.name in SPREAD
    ]
    keys = [
        list(constraint.columns)
        for table in per_site
        for constraint in table.constraints
        if isinstance(constraint, sa.PrimaryKeyConstraint | sa.UniqueConstraint)
    ]
    assert keys
    assert all(columns[0].name == "site_id" for columns in keys)


SPREAD = (
    "analytics_alarm",
    "audience_batch",
    "audience_count",
    "site_domain",
    "banner_draft",
    "banner_version",
    "consent",
    "consent_erasure",
    "consent_retention_run",
    "decision_count",
    "grant_count",
    "ledger_manifest",
    "notice_request",
    "notice_request_event",
    "notice_solved_challenge",
    "notification",
    "notification_delivery",
    "notification_sequence",
    "script_release",
    "webhook_endpoint",
)
"""Tables whose every row belongs to one site."""


LONGEST = 50
"""Lines of a function, its docstring included."""


def test_no_function_is_longer_than_fits_on_a_screen() -> None:
    files = [
        path
        for folder in ("server", "tests", "benchmarks", "docs", "widget/e2e")
        for path in (ROOT / folder).rglob("*.py")
        # A migration is written once, and describes a whole schema.
        if "migrations" not in path.parts and "node_modules" not in path.parts
    ]
    assert len(files) > 300
    lengths = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
