"""PostgreSQL behind PgBouncer in transaction mode: no statement may rely on the one before it being there."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.absence import absent
from tests.processes import PATIENCE, Answer, a_decision, ask, eventually, free_port, running

pytestmark = pytest.mark.servers

CONFIG = """\
[databases]
pooled = host={host} port={port} dbname={database} user={user} connect_query='SET search_path TO "{schema}"'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
server_reset_query =
"""


@pytest.fixture
def pooled(empty_schema: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an empty schema, reached through three connections that all clients share."""
    pgbouncer = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if pgbouncer is None:
        absent("PgBouncer", "there is no such command")
    url = sa.make_url(empty_schema)
    schema = str(url.query["options"]).split('"')[1]
    port = free_port()
    folder = tmp_path_factory.mktemp("pgbouncer")
    config = folder / "pgbouncer.ini"
    config.write_text(
        CONFIG.format(
            host=url.host,
            port=url.port or 5432,
            database=url.database,
            user=url.username,
            schema=schema,
            own_port=port,
        )
    )
    as_somebody = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to be root
    process = subprocess.Popen([pgbouncer, "-q", *as_somebody, str(config)], stderr=subprocess.DEVNULL)
    through = url.set(host="127.0.0.1", port=port, database="pooled", query={})
    try:
        eventually(lambda: _answers(through), what="PgBouncer")
        yield through.render_as_string(hide_password=False)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _answers(url: sa.URL) -> bool:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            return bool(connection.scalar(sa.text("SELECT 1")) == 1)
    except sa.exc.OperationalError:
        return False


def test_everything_works_through_a_transaction_pooler(pooled: str, tmp_path: Path) -> None:
    bodies = [a_decision() for _ in range(150)]
    with running(tmp_path / "data", SAMTYKKE_DATABASE_URL=pooled) as product:
        headers = {"Origin": product.url, "Content-Type": "text/plain"}

        def post(body: dict[str, object]) -> Answer | None:
            return ask(f"{product.url}/api/v1/sites/demo/decisions", body=body, headers=headers)

        with ThreadPoolExecutor(12) as pool:
            first = list(pool.map(post, bodies))
            again = list(pool.map(post, bodies))
        assert {answer and answer.status for answer in first} == {201}
        assert {answer and answer.status for answer in again} == {200}
        own = {**headers, "Authorization": f"Bearer {bodies[0]['visitor']}"}
        mine = ask(f"{product.url}/api/v1/sites/demo/me", headers=own)
        assert mine is not None
        assert [record["id"] for record in mine.json["records"]] == [bodies[0]["id"]]

        def nothing_waits() -> bool:
            metrics = ask(f"{product.url}/metrics")
            return metrics is not None and b"\nsamtykke_outbox_entries 0.0\n" in metrics.body

        eventually(nothing_waits, what="the sequencing")
    engine = sa.create_engine(pooled)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM consent")) == len(bodies)
        placed = "SELECT count(*), count(DISTINCT leaf_index), max(leaf_index) + 1 FROM ledger_entry"
        entries, distinct, after_last = connection.execute(sa.text(placed)).one()
        assert entries == distinct == after_last > len(bodies)
    engine.dispose()
