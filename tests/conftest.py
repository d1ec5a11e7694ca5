"""What every test may ask for: an application on SQLite and on PostgreSQL, emptied after each test."""

import os
import pickle
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import brotli
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy.pool import QueuePool
from werkzeug.test import TestResponse

from server.accounts import passwords
from server.app import create_app
from server.core import clock
from server.core.db import db, end_reading
from server.core.ids import new_id
from server.core.settings import Settings
from server.embed import service as embed
from server.sites import document
from server.sites.document_types import Document
from tests.absence import absent
from tests.engines import ENGINES, superfluous


def pytest_configure(config: pytest.Config) -> None:
    """Load the browsers' fixtures, which the tests of the widget load as well."""
    config.pluginmanager.import_plugin("tests.browsers")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run tests of pages on one engine each; with EVERY_ENGINE=1 on both."""
    if os.environ.get("EVERY_ENGINE"):
        return
    if drop := set(superfluous(items)):
        config.hook.pytest_deselected(items=[item for item in items if item in drop])
        items[:] = [item for item in items if item not in drop]


PUBLIC_URL = "http://127.0.0.1:8000"
POSTGRESQL = os.environ.get("SAMTYKKE_TEST_POSTGRESQL", "postgresql+psycopg://127.0.0.1/test")
REDIS = os.environ.get("SAMTYKKE_TEST_REDIS", "redis://127.0.0.1:6379/15")

KEPT_CONNECTIONS = 4
"""What an application may hold between two tests: PostgreSQL has a hundred for all who run tests here."""

# Tests start hundreds of processes: each would compile its modules, if the surroundings forbade keeping them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

PRODUCTS_HASHER = passwords._hasher
"""With what a password costs in the product; tests about other things have it a thousand times cheaper."""

passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

PRODUCTS_BROTLI = brotli.compress
"""Compresses each time; tests about other things build the same scripts hundreds of times, and do so once."""

brotli.compress = lru_cache(maxsize=512)(PRODUCTS_BROTLI)


@lru_cache(maxsize=64)
def _loaded(pickled: bytes, _most: int) -> bytes:
    return pickle.dumps(PRODUCTS_LOAD(pickle.loads(pickled)))


def _load_once(value: object) -> Document:
    loaded: Document = pickle.loads(_loaded(pickle.dumps(value), document.MAX_DOCUMENT))
    return loaded


PRODUCTS_LOAD = document.load
"""Validates each time; hundreds of tests save and publish the same document, which is validated once."""

document.load = _load_once

# CI judges a change by the same examples each time; new ones are found at the desk.
hypothesis_settings.register_profile(
    "samtykke",
    deadline=None,
    max_examples=int(os.environ.get("EXAMPLES", "60")),
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("samtykke")


def _unhurried(url: str) -> str:
    """The same database, which waits for no disk when it commits: no test pulls the machine's plug."""
    options = sa.make_url(url).query["options"]
    waitless = {"options": f"{options} -csynchronous_commit=off"}
    return sa.make_url(url).update_query_dict(waitless).render_as_string(hide_password=False)


def _folder(factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder in memory, where the machine has one: a database in it waits for no disk when it commits."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK):
        return Path(tempfile.mkdtemp(prefix=f"samtykke-{name}-", dir=memory))
    return factory.mktemp(name)


def _reachable(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


@contextmanager
def _schema(url: sa.URL) -> Iterator[str]:
    """The URL of a new schema in that database, until the end of the block."""
    schema = f"samtykke_{new_id().replace('-', '_').lower()}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'CREATE SCHEMA "{schema}"'))
    inside = url.update_query_dict({"options": f'-csearch_path="{schema}"'})
    yield inside.render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(sa.text(f'DROP SCHEMA "{schema}" CASCADE'))
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_schema() -> Iterator[str]:
    """The URL of a throw-away schema."""
    url = sa.make_url(POSTGRESQL)
    if not _reachable(url.host or "127.0.0.1", url.port or 5432):
        absent("PostgreSQL", f"nothing listens at {url.host}:{url.port or 5432}")
    with _schema(url.set(username=url.username or "postgres")) as inside:
        yield inside


@pytest.fixture
def empty_schema(postgresql_schema: str) -> Iterator[str]:
    """The URL of a schema of one test's own, for a product that runs as real processes."""
    with _schema(sa.make_url(postgresql_schema)) as inside:
        yield inside


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A Redis database of the tests' own."""
    if not _reachable("127.0.0.1", 6379):
        absent("Redis", "nothing listens at 127.0.0.1:6379")
    return REDIS


def settings_for(data_dir: Path, **changes: object) -> Settings:
    """Settings of a test application; `changes` are fields of `Settings`."""
    values: dict[str, object] = {
        "database_url": f"sqlite:///{data_dir / 'samtykke.db'}",
        "redis_url": None,
        "data_dir": data_dir,
        "public_url": PUBLIC_URL,
        "secret_key": "tests-only-" + "k" * 32,
        "trusted_proxies": 0,
        "country_header": None,
        "demo": False,
    }
    return Settings(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def sqlite_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with a SQLite database."""
    with _migrated(_folder(tmp_path_factory, "sqlite")) as app:
        yield app


@pytest.fixture(scope="session")
def postgresql_app(tmp_path_factory: pytest.TempPathFactory, postgresql_schema: str) -> Iterator[Flask]:
    """An application with a PostgreSQL database."""
    folder = _folder(tmp_path_factory, "postgresql")
    with _migrated(folder, database_url=_unhurried(postgresql_schema)) as app:
        yield app


@contextmanager
def _migrated(folder: Path, **changes: object) -> Iterator[Flask]:
    app = create_app(settings_for(folder, **changes))
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.test_client_class = _Client
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", params=ENGINES)
def migrated_app(request: pytest.FixtureRequest) -> Flask:
    """An application whose database was brought up by the migrations, once for the whole run.

    Workers of pytest-xdist go from engine to engine within each file, and pytest forgets what a fixture gave
    for another parameter: the applications are fixtures of their own.
    """
    found: Flask = request.getfixturevalue(f"{request.param}_app")
    return found


@pytest.fixture
def app(migrated_app: Flask) -> Iterator[Flask]:
    """The application with an empty database, its context pushed; runs on each engine in turn."""
    with migrated_app.app_context():
        embed.forget()
        yield migrated_app
        db.session.remove()
        empty(db.engine)
        pool = db.engine.pool
        if isinstance(pool, QueuePool) and pool.checkedin() > KEPT_CONNECTIONS:
            db.engine.dispose()


def empty(engine: sa.Engine) -> None:
    """Delete all rows; to a server everything in one message, since this is done a thousand times."""
    statements = [f'DELETE FROM "{table.name}"' for table in reversed(db.metadata.sorted_tables)]
    with engine.begin() as connection:
        for each in statements if engine.dialect.name == "sqlite" else ["; ".join(statements)]:
            connection.exec_driver_sql(each)


class _Client(FlaskClient):
    """A client whose requests see what is committed: a test's session is also that of its requests."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request."""
        if has_app_context():
            end_reading()
        return super().open(*args, **kwargs)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser-less client of `app`."""
    return app.test_client()


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still: what is allowed in a minute is tried in one, however long it takes."""
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
