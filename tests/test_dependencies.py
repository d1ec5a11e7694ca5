"""What the product installs is what it uses: an unused package is somebody else's code for nothing."""

import ast
import sys
import tomllib
from collections import defaultdict
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

NOT_IMPORTED = {
    "psycopg": "SQLAlchemy loads it for the database URL",
    "tzdata": "its files are read, by server/core/time_zones.py and by zoneinfo",
}
"""Dependencies that no module imports, and why they are declared all the same."""


def declared() -> dict[str, Requirement]:
    """The product's own dependencies that this machine installs, by their names."""
    requirements = [Requirement(each) for each in PROJECT["dependencies"]]
    return {
        str(canonicalize_name(each.name)): each
        for each in requirements
        if each.marker is None or each.marker.evaluate()
    }


def imported(folder: Path = ROOT / "server") -> set[str]:
    """Top-level names of everything that the product imports, wherever in a module."""
    found: set[str] = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"server"}


def modules_of() -> dict[str, set[str]]:
    """Distribution → the top-level names that it installs."""
    found: dict[str, set[str]] = defaultdict(set)
    for module, names in packages_distributions().items():
        for name in names:
            found[str(canonicalize_name(name))].add(module)
    return found


def test_every_dependency_is_imported_or_has_a_reason() -> None:
    modules, used = modules_of(), imported()
    unused = {name for name in declared() if not modules[name] & used}

    assert unused == NOT_IMPORTED.keys() & declared().keys()
    assert NOT_IMPORTED.keys() <= declared().keys()


def test_a_dependency_that_no_module_imports_is_found(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(
        "import json\nfrom flask.views import View\n\ndef f():\n    import redis\n"
    )

    assert imported(tmp_path) == {"flask", "redis"}
    assert not modules_of()["gunicorn"] & imported(tmp_path)
