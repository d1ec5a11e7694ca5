"""A command loads what it needs and no more, so that help comes at once.

Measured by what is imported: how long that takes depends on the machine.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.ops.test_cli import commands

DATABASE = {"flask", "flask_migrate", "flask_sqlalchemy", "sqlalchemy", "alembic"}
"""What only commands that read or write the database need."""

WEB = {"flask_smorest", "gunicorn", "apscheduler", "prometheus_client", "server.app", "server.studio.pages"}
"""What only a server needs."""

HEAVY = DATABASE | WEB | {"marshmallow", "redis", "structlog", "argon2"}


def imported(*arguments: str, folder: Path) -> set[str]:
    """The modules that one run of `samtykke` has loaded."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SAMTYKKE_")}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "server", *arguments],
        env=environment | {"SAMTYKKE_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.M))


def test_help_loads_neither_the_web_nor_the_database(tmp_path: Path) -> None:
    loaded = imported("--help", folder=tmp_path)

    assert "click" in loaded
    assert loaded & HEAVY == set()


def test_the_help_of_every_command_loads_neither(tmp_path: Path) -> None:
    each = [path.split() for path in commands()]
    asked = f"for words in {each!r}: run(None, [*words, '--help'])"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\nfrom server.ops.cli import run\n{asked}\nprint(*sys.modules)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.count("Usage: samtykke") == len(each)
    assert set(done.stdout.split()) & HEAVY == set()


def test_a_fault_of_usage_loads_neither(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "server", "site", "lst"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert set(re.findall(r"\| +(\S+)$", done.stderr, re.M)) & HEAVY == set()


def test_a_command_about_the_database_loads_no_web(tmp_path: Path) -> None:
    loaded = {
        "migrate": imported("migrate", folder=tmp_path),
        "list": imported("site", "list", folder=tmp_path),
        "fsck": imported("log", "fsck", folder=tmp_path),
    }

    assert all("sqlalchemy" in modules for modules in loaded.values())
    assert [name for modules in loaded.values() for name in modules & WEB] == []
    assert "alembic" in loaded["migrate"]
    assert "alembic" not in loaded["list"]


def test_a_receipt_is_checked_without_a_database(tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_text("{}")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "server", "log", "verify", "receipt.json", "--key", "x"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert set(re.findall(r"\| +(\S+)$", done.stderr, re.M)) & (DATABASE | WEB) == set()
