"""Events of pages: what is counted of them, and what is not."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from server.audience import jobs, service
from server.audience.live_banners import LIFE_OF_OLD_PAGES, LiveBanner
from server.audience.spool import FEWEST, Spool
from server.audience.values import Cell
from server.core import clock
from server.core.db import transaction
from server.core.ids import new_id
from server.core.limits import counters
from server.sites import experiments, pausing
from server.sites import service as sites
from server.sites.values import ExperimentResult, Planned
from tests.audience.test_buckets import BOTS, WINDOWS
from tests.conftest import settings_for
from tests.consents.shops import ORIGIN, PUBLISHED, Shop, document, open_shop, publish, sent
from tests.consents.test_outages import listening

OUTSIDE = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture
def shop(client: FlaskClient) -> Shop:
    """A shop that counts, with a key of its own: what processes remember of sites outlives a test."""
    opened = open_shop(client, key=a_key())
    publish(opened.site, impressions=True)
    return opened


@pytest.fixture
def spooled(app: Flask) -> Iterator[Path]:
    """The folder in which events wait."""
    folder: Path = app.extensions["samtykke"].data_dir / "spool"
    yield folder
    for file in folder.glob("*.*"):
        file.unlink()


def a_key() -> str:
    """The key of a new site."""
    return f"s{new_id().lower().replace('_', '-')}"


def send(shop: Shop, body: object = None, **kwargs: Any) -> TestResponse:
    """Send an event as the widget does."""
    path = f"/api/v1/sites/{shop.site.key}/events"
    headers = {"User-Agent": WINDOWS, **kwargs.pop("headers", {})}
    return shop.post({"event": "shown"} if body is None else body, path=path, headers=headers, **kwargs)


def lines(folder: Path, shop: Shop) -> list[str]:
    """What waits for the site."""
    file = folder / f"{shop.site.id}.events"
    return file.read_text("ascii").splitlines() if file.exists() else []


def dropped(reason: str) -> float:
    return REGISTRY.get_sample_value("samtykke_events_dropped_total", {"reason": reason}) or 0.0


def test_an_event_of_a_website_for_testing_is_not_counted(shop: Shop, spooled: Path) -> None:
    with transaction():
        sites.set_domains(shop.site.id, ["www.example.no"], staging=[ORIGIN.removeprefix("https://")])
    before = dropped("staging")
    assert send(shop).status_code == 204
    assert (lines(spooled, shop), dropped("staging")) == ([], before + 1)


def test_an_event_waits_as_one_line_of_closed_lists(shop: Shop, spooled: Path) -> None:
    body = {"event": "save", "version": 2, "language": "nb", "surface": "banner", "after": "0-3s"}
    answer = send(shop, {**body, "variant": "a"})
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert (answer.headers["Cache-Control"], answer.headers["Vary"]) == ("no-store", "Origin")
    assert "Content-Length" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert lines(spooled, shop) == ["save 2 0-3s nb desktop chrome windows -"]


def test_twenty_events_are_twenty_in_every_dimension(shop: Shop, spooled: Path) -> None:
    for _ in range(FEWEST):
        send(shop, {"event": "shown", "version": 2, "language": "nb"})
    assert jobs.apply(Spool(spooled.parent)) == 1
    assert service.counts(shop.site.id) == {
        Cell("", "", 2, "shown", ""): FEWEST,
        Cell("device", "desktop", 0, "shown", ""): FEWEST,
        Cell("browser", "chrome", 0, "shown", ""): FEWEST,
        Cell("os", "windows", 0, "shown", ""): FEWEST,
        Cell("language", "nb", 0, "shown", ""): FEWEST,
    }


def test_no_request_for_an_event_writes_to_the_database_or_reaches_flask(
    app: Flask, shop: Shop, spooled: Path
) -> None:
    send(shop)
    statements: list[str] = []
    requests: list[object] = []

    def note(*_arguments: object, **_named: object) -> None:
        requests.append(1)

    with (
        flask.request_started.connected_to(note, app),
        listening("before_cursor_execute", lambda *arguments: statements.append(arguments[2])),
    ):
        for _ in range(5):
            send(shop)
    assert (statements, requests, len(lines(spooled, shop))) == ([], [], 6)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"version": 1}, "save 2 - other"),  # published long before the second
        ({"version": 3}, "save 2 - other"),
        ({"version": "2"}, "save 2 - other"),
        ({"language": "nb"}, "save 2 - nb"),
        ({"language": "fr"}, "save 2 - other"),
        ({"language": ["nb"]}, "save 2 - other"),
        ({"after": "30s+"}, "save 2 30s+ other"),
        ({"after": "3.2s"}, "save 2 - other"),
        ({"after": {}}, "save 2 - other"),
        ({"event": "shown", "after": "30s+"}, "shown 2 - other"),
        ({"visitor": "A" * 22, "url": "https://a.no/b c"}, "save 2 - other"),
    ],
)
def test_what_is_of_no_closed_list_is_not_kept(
    shop: Shop, spooled: Path, change: dict[str, Any], line: str
) -> None:
    with transaction():
        sites.publish(shop.site.id, note="", by="test", now=PUBLISHED + timedelta(days=2))
    assert send(shop, {"event": "save", **change}).status_code == 204
    assert lines(spooled, shop) == [line.replace(" 2 ", " 3 ") + " desktop chrome windows -"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "malformed"),
        ("{", "malformed"),
        ("[]", "malformed"),
        ("{}", "malformed"),
        ('{"event": "shown", "event": "shown"}', "malformed"),
        ({"event": "seen"}, "malformed"),
        ({"event": ["shown"]}, "malformed"),
        (b"\xff", "malformed"),
        ({"event": "shown", "variant": "a" * 2000}, "too_large"),
    ],
)
def test_what_is_no_event_is_dropped_and_answered_alike(
    shop: Shop, spooled: Path, body: object, reason: str
) -> None:
    before = dropped(reason)
    assert send(shop, body).status_code == 204
    assert (dropped(reason) - before, lines(spooled, shop)) == (1, [])


def test_another_media_type_is_dropped(shop: Shop, spooled: Path) -> None:
    assert send(shop, content_type="application/x-www-form-urlencoded").status_code == 204
    assert lines(spooled, shop) == []


@given(
    st.binary(max_size=60) | st.from_type(dict[str, int | str]).map(lambda value: json.dumps(value).encode())
)
def test_whatever_is_sent_to_a_known_site_the_answer_is_the_same(
    shop: Shop, spooled: Path, body: bytes | str
) -> None:
    assert send(shop, body).status_code == 204


@pytest.mark.parametrize("user_agent", BOTS)
def test_bots_are_counted_apart(shop: Shop, spooled: Path, user_agent: str) -> None:
    before = dropped("bot")
    assert send(shop, headers={"User-Agent": user_agent}).status_code == 204
    assert (dropped("bot") - before, lines(spooled, shop)) == (1, [])


@pytest.mark.parametrize("published", [True, False])
def test_a_site_that_does_not_count_drops_everything(
    client: FlaskClient, spooled: Path, published: bool
) -> None:
    with transaction():
        site = sites.create(a_key(), "Butikk", ["butikk.example.no"], by="test", now=PUBLISHED)
    if published:
        publish(site)
    shop, before = Shop(site, client), dropped("not_counted")
    assert send(shop).status_code == 204
    assert (dropped("not_counted") - before, lines(spooled, shop)) == (1, [])


def test_only_pages_of_the_site_are_counted(shop: Shop, spooled: Path) -> None:
    for origin in (None, "https://evil.example", "null"):
        answer = send(shop, origin=origin)
        assert (answer.status_code, answer.get_json()["reason"]) == (403, "origin_not_allowed")
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert lines(spooled, shop) == []


@pytest.mark.parametrize("key", ["nowhere", "UPPER", "a.b", "..", "%2e%2e"])
def test_an_unknown_site_is_named_so(client: FlaskClient, key: str) -> None:
    answer = client.post(f"/api/v1/sites/{key}/events", json={"event": "shown"}, headers={"Origin": ORIGIN})
    assert (answer.status_code, answer.get_json()["reason"]) == (404, "site_unknown")


def test_other_methods_are_answered_as_for_decisions(shop: Shop) -> None:
    path = f"/api/v1/sites/{shop.site.key}"
    for method in ("OPTIONS", "GET", "PUT", "DELETE"):
        events, decisions = (
            shop.client.open(f"{path}/{name}", method=method, headers={"Origin": ORIGIN})
            for name in ("events", "decisions")
        )
        assert (events.status_code, events.data, dict(events.headers)) == (
            decisions.status_code,
            decisions.data,
            dict(decisions.headers),
        )


def test_a_network_has_a_limit_that_leaves_decisions_alone(
    app: Flask, shop: Shop, spooled: Path, stopped_clock: None
) -> None:
    counters(app).forget()
    for _ in range(480):
        assert send(shop, "{}", environ_overrides=OUTSIDE).status_code == 204
    answer = send(shop, environ_overrides=OUTSIDE)
    assert (answer.status_code, answer.get_json()["reason"]) == (429, "rate_limited")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert shop.post(sent(), environ_overrides=OUTSIDE).status_code == 201
    counters(app).forget()


# --- what is published, and what is away -----------------------------------------------------------------


@pytest.mark.parametrize(("sent_version", "hours", "counted"), [(3, 0, 3), (2, 23, 2), (2, 25, 3), (1, 0, 3)])
def test_pages_send_the_version_before_for_a_day(sent_version: int, hours: int, counted: int) -> None:
    banner = LiveBanner(True, 3, PUBLISHED, frozenset({"nb"}), before=frozenset({2}))
    assert banner.version_of(sent_version, PUBLISHED + timedelta(hours=hours)) == counted
    assert timedelta(days=1) == LIFE_OF_OLD_PAGES


@pytest.mark.parametrize(("sent_version", "counted"), [(3, 3), (2, 2), (1, 3), (None, 3)])
def test_both_variants_of_an_experiment_count_as_long_as_it_runs(sent_version: object, counted: int) -> None:
    banner = LiveBanner(True, 3, PUBLISHED, frozenset({"nb"}), before=frozenset({2}), variant_of=2)
    assert banner.version_of(sent_version, PUBLISHED + timedelta(days=20)) == counted


def test_pages_send_either_variant_for_a_day_after_an_experiment(
    shop: Shop, spooled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    other = document(impressions=True)
    other["texts"]["nb"]["title"] += "?"
    with transaction():
        sites.save_draft(shop.site.id, other, by="test", now=now)
        experiments.start(shop.site.id, Planned(28, 1.0, None), by="test", now=now)
        experiments.end(shop.site.id, 1, ExperimentResult("stopped", 0, -1.0, 1.0), by="test", now=now)
    versions = []
    for hours in (1, 25):
        monkeypatch.setattr(clock, "now", lambda hours=hours: now + timedelta(hours=hours))
        for version in (1, 2, 3, 4):
            send(shop, {"event": "shown", "version": version, "language": "nb"})
        versions.append([int(line.split()[1]) for line in lines(spooled, shop)][-4:])
    assert versions == [[4, 2, 3, 4], [4, 4, 4, 4]]


def test_a_publish_is_noticed_within_ten_seconds(
    shop: Shop, spooled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    send(shop)
    publish(shop.site, impressions=False)
    with transaction():
        sites.set_domains(shop.site.id, ["ny.example.no"])
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=9))
    assert send(shop).status_code == 204
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=10))
    assert send(shop).status_code == 403
    assert send(shop, origin="https://ny.example.no").status_code == 204
    assert len(lines(spooled, shop)) == 2


def test_events_are_counted_while_the_database_is_away(
    shop: Shop, spooled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    send(shop)
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=1))

    def away(*_arguments: object) -> None:
        raise OperationalError("away", None, Exception())

    with listening("before_cursor_execute", away):
        assert send(shop).status_code == 204
        answer = shop.client.post(
            "/api/v1/sites/other/events", json={"event": "shown"}, headers={"Origin": ORIGIN}
        )
    assert (answer.status_code, answer.get_json()["reason"]) == (503, "unavailable")
    assert len(lines(spooled, shop)) == 2


def test_what_the_disk_does_not_take_is_not_acknowledged(
    shop: Shop, spooled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Spool, "append", full)
    answer = send(shop)
    assert (answer.status_code, answer.get_json()["reason"]) == (503, "unavailable")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


# --- the country -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "sent_header", "country"),
    [
        (None, "NO", "-"),
        ("CF-IPCountry", "NO", "NO"),
        ("CF-IPCountry", "XX", "other"),
        ("CF-IPCountry", None, "other"),
        ("X-Country", "NO", "other"),
    ],
)
def test_a_country_is_measured_where_the_operator_names_a_header(
    tmp_path: Path, header: str | None, sent_header: str | None, country: str
) -> None:
    from flask_migrate import upgrade  # noqa: PLC0415

    from server.app import create_app  # noqa: PLC0415

    app = create_app(settings_for(tmp_path, country_header=header))
    with app.app_context():
        upgrade()
        shop = open_shop(app.test_client())
        publish(shop.site, impressions=True)
        send(shop, headers={"CF-IPCountry": sent_header} if sent_header else {})
        assert [line.split()[-1] for line in lines(tmp_path / "spool", shop)] == [country]


def test_pages_that_still_show_the_banner_of_a_paused_site_are_not_counted(shop: Shop, spooled: Path) -> None:
    with transaction():
        pausing.pause(shop.site.id, note="", by="kari", now=PUBLISHED)
    assert send(shop).status_code == 204
    assert lines(spooled, shop) == []


def test_what_visitors_decide_during_a_pause_is_stored_as_proof(shop: Shop) -> None:
    with transaction():
        pausing.pause(shop.site.id, note="", by="kari", now=PUBLISHED)
    assert shop.post(sent()).status_code == 201
