"""The database: one `db`, one `Base`, and `transaction()`, the only place that commits."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.engine import Connection, Dialect, Engine, make_url
from sqlalchemy.orm import DeclarativeBase

try:
    # Debian and others ship SQLite engines with the WAL-reset fault (fixed in 3.51.3); this one is current.
    from pysqlite3 import dbapi2 as sqlite
except ImportError:  # no wheel for this platform: the interpreter's own engine
    import sqlite3 as sqlite


__all__ = [
    "Base",
    "UtcDateTime",
    "db",
    "end_reading",
    "engine_options",
    "insert",
    "install",
    "prepare",
    "sqlite",
    "transaction",
    "write_lock",
]


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A time in UTC. Naive datetimes are refused, because their time zone is unknown.

    Not from SQLAlchemy-Utc, which has had no release since 2021.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The value for the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """The value from the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base class of all tables."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, str: sa.Text()}  # noqa: RUF012 - read by SQLAlchemy


db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True)

_WRITE = "samtykke_write"


@contextmanager
def transaction() -> Iterator[None]:
    """Commit everything inside durably, or nothing. Opened by routes, commands and jobs alone.

    A read transaction of this session is ended first, so that a write never upgrades a stale snapshot.
    """
    session = db.session()
    if session.info.get(_WRITE):
        raise RuntimeError("a transaction is already open: only the edge may open one")
    session.rollback()
    session.info[_WRITE] = True
    try:
        with write_lock(db.engine):
            session.connection(execution_options={_WRITE: True})
            try:
                yield
                session.commit()
            except BaseException:
                session.rollback()
                raise
    finally:
        session.info.pop(_WRITE, None)


def end_reading() -> None:
    """Return the connection of this session's read transaction to the pool.

    Call it before waiting for other threads or servers: others may need this connection to proceed.

    :raises RuntimeError: what is open writes; it would be lost.
    """
    if db.session().info.get(_WRITE):
        raise RuntimeError("a transaction is open: nothing may be waited for inside of it")
    db.session.rollback()


def insert(table: sa.Table) -> SqliteInsert | PostgresqlInsert:
    """An INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`, for the engine in use."""
    return SqliteInsert(table) if db.engine.dialect.name == "sqlite" else PostgresqlInsert(table)


_LIVENESS = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""TCP options of connections to PostgreSQL: a machine that has vanished is noticed after ten seconds."""


def engine_options(database_url: str) -> dict[str, Any]:
    """Arguments of `create_engine` for this kind of database."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return {"url": url, "module": sqlite, "pool_size": 20, "max_overflow": 20, "hide_parameters": True}
    # Server-side prepared statements break behind a transaction pooler such as PgBouncer.
    return {
        "url": url,
        "connect_args": {"prepare_threshold": None, "connect_timeout": 5, **_LIVENESS},
        "pool_size": 20,
        "pool_pre_ping": True,
        # A fault is logged with its statement, never with its parameters: digests and salts.
        "hide_parameters": True,
    }


def install(app: Flask, database_url: str) -> None:
    """Bind `db` to the application."""
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    options = engine_options(database_url)
    options.pop("url")
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)


def prepare(engine: Engine) -> None:
    """Make SQLite connections durable and strict, with explicit transactions; other engines need nothing."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN would come too late and be deferred
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=10000",
            "secure_delete=ON",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "mmap_size=0",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A deferred transaction that begins to write fails at once under load; an immediate one waits.
        write = connection.get_execution_options().get(_WRITE)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


class _FairLock:
    """A fair queue of writers between threads and, by a file lock, between processes.

    SQLite's own busy handler polls, as the package filelock does, and under load starves whole processes for
    seconds.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()
        self._descriptor: int | None = None
        self._pid = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Held exclusively on this machine."""
        with self._threads:
            if self._descriptor is None or self._pid != os.getpid():
                # A descriptor inherited over fork would share the parent's lock instead of waiting for it.
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                self._pid = os.getpid()
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)


_locks: dict[str, _FairLock] = {}
_locks_guard = threading.Lock()


@contextmanager
def write_lock(engine: Engine) -> Iterator[None]:
    """Block the other writers of an SQLite database; does nothing on other engines."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        yield
        return
    path = engine.url.database
    with _locks_guard:
        lock = _locks.setdefault(path, _FairLock(Path(path + ".lock")))
    with lock.held():
        yield
