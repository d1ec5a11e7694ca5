"""Rate limits: shared while Redis answers, each process' own while it does not, and never in the way."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, request, request_started
from limits import RateLimitItemPerMinute

from server.app import create_app
from server.core import limits
from server.core.ids import new_id
from server.core.limits import REDIS_PAUSE, Counters, is_this_machine, network_of
from tests.processes import free_port

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
THREE = RateLimitItemPerMinute(3, namespace="test")


def test_what_is_allowed_is_allowed_and_no_more() -> None:
    counters = Counters(None)
    assert [counters.spend(THREE, "kari", now=NOON) for _ in range(4)] == [0, 0, 0, 60]
    assert counters.spend(THREE, "ola", now=NOON) == 0
    assert counters.spend(THREE, "kari", now=NOON + timedelta(seconds=59.5)) == 1
    assert counters.spend(THREE, "kari", now=NOON + timedelta(seconds=60)) == 0


def test_an_address_gets_no_more_e_mail_than_its_limit_however_it_is_typed(app: Flask) -> None:
    limits.counters(app).forget()
    typed = ["kari@example.no", "Kari@Example.NO", "KARI@EXAMPLE.NO", "kari@example.no"]
    assert [limits.may_mail(app, THREE, one) for one in typed] == [True, True, True, False]
    assert limits.may_mail(app, THREE, "ola@example.no")
    assert limits.may_mail(app, THREE, "\ud800@example.no")


def test_counts_of_past_windows_are_deleted() -> None:
    counters = Counters(None)
    for number in range(100):
        counters.spend(THREE, str(number), now=NOON)
    counters.spend(THREE, "late", now=NOON + timedelta(minutes=2))
    assert len(counters._own) == 1


def test_memory_is_bounded_however_many_networks_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_COUNTERS", 10)
    counters = Counters(None)
    for number in range(100):
        assert counters.spend(THREE, str(number), now=NOON) == 0
    assert len(counters._own) <= 10
    assert [counters.spend(THREE, "kari", now=NOON) for _ in range(4)] == [0, 0, 0, 60]


def test_a_counter_is_no_larger_for_a_site_with_a_long_name() -> None:
    counters = Counters(None)
    counters.spend(THREE, "network:" + "x" * 4000, now=NOON)
    assert [len(key) < 100 for key in counters._own._counters] == [True]


def test_many_threads_get_no_more_than_one() -> None:
    counters = Counters(None)
    allowed: list[int] = []

    def ask() -> None:
        allowed.extend(counters.spend(THREE, "kari", now=NOON) for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert allowed.count(0) == 3


def test_processes_share_through_redis(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A busy machine may keep Redis from answering for longer than a visitor should wait.
    monkeypatch.setattr(limits, "REDIS_PATIENCE", 60)
    one, other = Counters(redis_url), Counters(redis_url)
    who = new_id()
    assert [each.spend(THREE, who, now=NOON) for each in (one, other, one)] == [0, 0, 0]
    assert 0 < other.spend(THREE, who, now=NOON) <= 60


@pytest.fixture
def hung() -> Iterator[tuple[str, list[socket.socket]]]:
    """A Redis that takes every connection and answers nothing."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            try:
                while True:
                    taken.append(server.accept()[0])
            except OSError:
                pass

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0", taken
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in taken:
        connection.close()


def test_a_hung_redis_is_left_alone_and_each_process_counts_for_itself(
    hung: tuple[str, list[socket.socket]],
) -> None:
    url, taken = hung
    counters = Counters(url)
    assert [counters.spend(THREE, "kari", now=NOON) for _ in range(4)] == [0, 0, 0, 60]
    asked = len(taken)
    assert asked > 0
    counters.spend(THREE, "ola", now=NOON + timedelta(seconds=REDIS_PAUSE / 2))
    assert len(taken) == asked
    counters.spend(THREE, "ola", now=NOON + timedelta(seconds=REDIS_PAUSE))
    assert len(taken) > asked


def test_a_redis_that_is_gone_costs_nobody_anything() -> None:
    counters = Counters(f"redis://127.0.0.1:{free_port()}/0")
    assert [counters.spend(THREE, "kari", now=NOON) for _ in range(4)] == [0, 0, 0, 60]


@pytest.mark.parametrize(("hops", "address"), [(0, "198.51.100.7"), (1, "192.0.2.5"), (2, "192.0.2.4")])
def test_a_client_cannot_say_where_it_comes_from(app: Flask, hops: int, address: str) -> None:
    """Nor which host it asks: what proxies add is believed of as many as the operator has named."""
    there = create_app(replace(app.extensions["samtykke"], trusted_proxies=hops))
    seen = []
    claims = {
        "X-Forwarded-For": "127.0.0.1, 192.0.2.4, 192.0.2.5",
        "X-Forwarded-Host": "evil.example",
        "X-Real-IP": "127.0.0.1",
        "Forwarded": "for=127.0.0.1;host=evil.example",
    }

    def note(_sender: Flask, **_: object) -> None:
        seen.append((request.remote_addr, request.host))

    with request_started.connected_to(note, there):
        there.test_client().get("/healthz", headers=claims, environ_base={"REMOTE_ADDR": "198.51.100.7"})
    assert seen == [(address, "localhost")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[::ffff:203.0.113.7]:443", "203.0.113.7"),
    ],
)
def test_an_address_is_the_same_however_servers_and_proxies_write_it(written: str, meant: str) -> None:
    assert network_of(written, "k" * 40) == network_of(meant, "k" * 40)
    assert network_of(written, "k" * 40) != network_of("::ffff:198.51.100.7", "k" * 40)


@pytest.mark.parametrize("written", ["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1", "[::1]:80"])
def test_this_machine_is_known_in_either_family(written: str) -> None:
    assert is_this_machine(written)
    assert not is_this_machine(written.replace("127", "128").replace("::1", "::2"))


def test_neighbours_in_a_network_count_as_one_and_nobody_is_named() -> None:
    key = "k" * 40
    assert network_of("203.0.113.7", key) == network_of("203.0.113.250", key)
    assert network_of("203.0.113.7", key) != network_of("203.0.114.7", key)
    assert network_of("2001:db8:0:100::1", key) == network_of("2001:db8:0:1ff::2", key)
    assert "203" not in network_of("203.0.113.7", key)[:6] or network_of("203.0.113.7", "x" * 40) != ""
    assert network_of(None, key) == "unknown"
