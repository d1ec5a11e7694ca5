"""Liveness, readiness and metrics."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import values
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from server.accounts.service import tokens
from server.app import create_app
from server.core import clock
from server.core.db import db, transaction
from server.ledger.service import outbox, sequencing
from tests.conftest import settings_for


def test_a_migrated_product_is_live_and_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200


def test_a_database_of_another_schema_is_not_ready_but_live(app: Flask, client: FlaskClient) -> None:
    with db.engine.begin() as connection:
        schema = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    try:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.get_json()["reason"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        assert client.get("/healthz").status_code == 200
    finally:
        with db.engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = :v"), {"v": schema})


def test_metrics_count_what_waits_for_the_log(app: Flask, client: FlaskClient) -> None:
    with transaction():
        outbox.append(1, "s" * 22, "subject", bytes(32), now=clock.now())
    assert b"samtykke_outbox_entries 1.0" in client.get("/metrics").data
    with transaction():
        sequencing.sequence(now=clock.now())
    text = client.get("/metrics").data
    assert b"samtykke_outbox_entries 0.0" in text
    assert b"samtykke_log_entries{" in text


MEASURED = {
    "samtykke_outbox_entries",
    "samtykke_outbox_oldest_seconds",
    "samtykke_merge_alarm",
    "samtykke_log_entries",
}


def scraped(client: FlaskClient) -> dict[str, Metric]:
    """The metric families by name, as a strict parser reads them: each has one header."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    families = list(text_string_to_metric_families(answer.text))
    assert len({family.name for family in families}) == len(families)
    return {family.name: family for family in families}


@pytest.fixture
def several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the processes of `samtykke serve` count."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setattr(values, "ValueClass", values.MultiProcessValue())  # type: ignore[no-untyped-call]
    return tmp_path


def test_a_scrape_leaves_nothing_for_the_next(
    app: Flask, client: FlaskClient, several_processes: Path
) -> None:
    with transaction():
        outbox.append(1, "s" * 22, "subject", bytes(32), now=clock.now() - timedelta(hours=1))
    alarm = scraped(client)["samtykke_merge_alarm"]
    assert [sample.value for sample in alarm.samples] == [1]
    with transaction():
        sequencing.sequence(now=clock.now())
    families = scraped(client)
    for name in ("samtykke_merge_alarm", "samtykke_outbox_entries", "samtykke_outbox_oldest_seconds"):
        assert [(sample.labels, sample.value) for sample in families[name].samples] == [({}, 0)]
    assert [sample.value for sample in families["samtykke_database_up"].samples] == [1]
    assert families.keys() >= MEASURED
    assert list(several_processes.glob("gauge*")) == []


def test_what_was_counted_is_told_while_the_database_is_away(tmp_path: Path) -> None:
    gone = "postgresql+psycopg://127.0.0.1:1/nowhere"
    client = create_app(settings_for(tmp_path, database_url=gone)).test_client()
    client.get("/healthz")
    families = scraped(client)
    assert [sample.value for sample in families["samtykke_database_up"].samples] == [0]
    assert families["samtykke_requests"].samples
    assert not families.keys() & MEASURED


def test_metrics_name_routes_and_never_addresses(client: FlaskClient) -> None:
    client.get("/api/v1/sites/very-special-site/banner/draft")
    text = client.get("/metrics").get_data(as_text=True)
    assert "very-special-site" not in text
    assert "/api/v1/sites/" in text


def test_metrics_from_elsewhere_need_a_token(app: Flask, client: FlaskClient) -> None:
    elsewhere = {"REMOTE_ADDR": "192.0.2.1"}
    assert client.get("/metrics", environ_overrides=elsewhere).status_code == 401
    behind_a_proxy = client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"})
    assert behind_a_proxy.status_code == 401
    with transaction():
        _, secret = tokens.create_token(
            name="prometheus", scopes=["metrics:read"], site_ids=None, by="test", now=clock.now()
        )
    token = {"Authorization": f"Bearer {secret}"}
    assert client.get("/metrics", environ_overrides=elsewhere, headers=token).status_code == 200


def test_the_api_describes_itself_to_programs_and_to_people(client: FlaskClient) -> None:
    spec = client.get("/api/v1/openapi.json").get_json()
    assert spec["openapi"].startswith("3.")
    fault = client.get("/log/proof/inclusion").get_json()
    assert set(fault) <= set(spec["components"]["schemas"]["Fault"]["properties"])
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert all(path in text for path in spec["paths"])


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/sites/nowhere/decisions"])
def test_words_that_clients_make_up_are_no_series_of_their_own(client: FlaskClient, path: str) -> None:
    for method in ("BREW", "WHEN"):
        client.open(path, method=method)
    text = client.get("/metrics").get_data(as_text=True)
    assert 'method="other"' in text
    assert "BREW" not in text
