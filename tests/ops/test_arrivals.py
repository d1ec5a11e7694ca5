"""Clients that send slowly keep nobody waiting."""

import json
import multiprocessing
import os
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import pairwise
from typing import Any

import psutil
import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st

from server.ops import arrivals, serve, sharing
from server.ops.arrivals import MOST_BODY, MOST_HEAD, Arrival
from tests.processes import ask, eventually, free_port

HEAD = b"POST /length HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://x.example\r\n"

REQUESTS = [
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    HEAD + b"Content-Length: 5\r\n\r\n12345",
    HEAD + b"content-length:0\r\n\r\n",
    HEAD + b"Content-Length: 12\r\n\r\nab\r\n\r\n0\r\n\r\n.",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab\r\nc\r\n0\r\n\r\n",
]


# --- when a request is whole -----------------------------------------------------------------------------


def arrived(*parts: bytes) -> list[bool]:
    """Whether a request is complete, after each part of it."""
    arrival = Arrival(0)
    told = []
    for part in parts:
        arrival.add(part)
        told.append(arrival.complete)
    return told


@pytest.mark.parametrize("raw", REQUESTS)
def test_a_request_is_complete_with_its_last_byte(raw: bytes) -> None:
    one_by_one = arrived(*(raw[at : at + 1] for at in range(len(raw))))
    assert one_by_one == [False] * (len(raw) - 1) + [True]


@given(st.sampled_from(REQUESTS), st.lists(st.integers(0, 120)))
def test_how_a_request_is_cut_makes_no_difference(raw: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    arrival = Arrival(0)
    for start, end in pairwise(places):
        arrival.add(raw[start:end])
    assert (arrival.complete, arrival.cut, arrival.request) == (True, False, raw)


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: x",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: -1",
        b"Content-Length:",
    ],
)
def test_a_length_that_is_none_is_for_the_parser_to_refuse_at_once(lengths: bytes) -> None:
    assert arrived(HEAD + lengths + b"\r\n\r\n") == [True]


def test_what_is_too_large_is_not_waited_for() -> None:
    large = Arrival(0)
    large.add(HEAD + b"Content-Length: %d\r\n\r\nbegun" % (MOST_BODY + 1))
    assert (large.complete, large.cut) == (True, True)
    assert arrived(HEAD + b"X: ", b"a" * MOST_HEAD) == [False, True]
    assert arrived(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 2 * MOST_BODY, b"0") == [
        False,
        False,
        True,
    ]


def test_who_waits_for_leave_to_send_is_heard_and_told_once() -> None:
    arrival = Arrival(0)
    arrival.add(HEAD + b"Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n")
    assert (arrival.complete, arrival.expects_leave) == (False, True)
    arrival.add(b"ab")
    assert (arrival.complete, arrival.request) == (True, HEAD + b"Content-Length: 2\r\n\r\nab")


# --- real connections ------------------------------------------------------------------------------------


def echo() -> Flask:
    """An application that says how much it was sent."""
    app = Flask(__name__)

    @app.route("/length", methods=["GET", "POST"])
    def length() -> dict[str, Any]:
        return {"length": len(request.get_data()), "path": request.full_path, "pid": os.getpid()}

    @app.post("/unread")
    def unread() -> tuple[str, int]:
        return "", 413

    return app


@contextmanager
def serving(connections: int = 1000, workers: int = 1) -> Iterator[int]:
    """Web processes with few threads, until the end of the block; their port."""
    port = free_port()
    listening = serve.Listening("127.0.0.1", port, workers=workers)
    options = {**serve._gunicorn(listening, lambda: None), "threads": 2, "worker_connections": connections}
    # As a daemon it ends with the tests, whatever becomes of them.
    web = serve._Web(echo, options)
    process = multiprocessing.get_context("fork").Process(target=web.run, daemon=True)
    process.start()
    try:
        eventually(lambda: ask(f"http://127.0.0.1:{port}/length"), what="the start")
        yield port
    finally:
        process.terminate()
        process.join(timeout=60)
        assert process.exitcode == 0


def begun(port: int, text: bytes = HEAD) -> socket.socket:
    """A connection on which a request has begun."""
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    client.sendall(text)
    return client


def told(client: socket.socket) -> bytes:
    """Everything that is said on a connection, to its end."""
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)


def length_told(client: socket.socket) -> int:
    """What the application says how much it was sent; the connection stays open."""
    said = b""
    while not said.endswith(b"}\n"):
        part = client.recv(65536)
        assert part, said
        said += part
    return int(json.loads(said.partition(b"\r\n\r\n")[2])["length"])


def is_answered(port: int) -> None:
    answer = ask(f"http://127.0.0.1:{port}/length", body={"a": 1})
    assert answer is not None
    assert answer.json["length"] == len(json.dumps({"a": 1}))


def test_processes_share_the_connections_that_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    # Patient enough for a machine on which the other process hardly gets to run.
    monkeypatch.setattr(sharing, "PASS_SECONDS", 10)
    held: Counter[int] = Counter()
    with serving(workers=2) as port, ExitStack() as open_ones:

        def come(number: int) -> None:
            held.update(asked_pid(port, open_ones) for _ in range(number))

        eventually(lambda: come(4) or len(held) == 2, what="both processes")
        # Those that came while there was one process stay with it: the other gets so many of the next.
        come(held.most_common()[0][1] + 20)
    assert min(held.values()) * 2 >= held.total() - 4


def asked_pid(port: int, open_ones: ExitStack) -> int:
    """Which process answers on a new connection, which stays open."""
    client = open_ones.enter_context(closing(begun(port, b"GET /length HTTP/1.1\r\nHost: x\r\n\r\n")))
    said = b""
    while not said.endswith(b"}\n"):
        said += client.recv(65536)
    return int(json.loads(said.partition(b"\r\n\r\n")[2])["pid"])


def test_two_hundred_slow_clients_keep_nobody_waiting_and_are_heard_themselves() -> None:
    body = b"Content-Length: 4\r\n\r\nabcd"
    with serving() as port, ExitStack() as open_ones:
        slow = [open_ones.enter_context(closing(begun(port))) for _ in range(200)]
        for at in range(len(body)):
            is_answered(port)
            for client in slow:
                client.sendall(body[at : at + 1])
        for client in slow:
            assert length_told(client) == 4


def test_whoever_is_too_slow_is_told_so_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "ARRIVE_SECONDS", 1.0)
    with serving() as port, ExitStack() as open_ones:
        silent = open_ones.enter_context(closing(begun(port, b"")))
        slow = [open_ones.enter_context(closing(begun(port))) for _ in range(200)]
        is_answered(port)
        for client in slow:
            assert told(client).startswith(b"HTTP/1.1 408 ")
        assert told(silent) == b""


def test_where_connections_get_short_the_oldest_goes_first() -> None:
    with serving(connections=20) as port, ExitStack() as open_ones:
        slow = [open_ones.enter_context(closing(begun(port))) for _ in range(100)]
        is_answered(port)
        for client in slow[:80]:
            assert told(client).startswith(b"HTTP/1.1 408 ")


def test_where_memory_gets_short_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "MOST_WAITING", 100_000)
    large = HEAD + b"Content-Length: 90000\r\n\r\n" + b"a" * 60_000
    with serving() as port, closing(begun(port, large)) as first, closing(begun(port, large)) as second:
        assert told(first).startswith(b"HTTP/1.1 408 ")
        second.sendall(b"a" * 30_000)
        assert length_told(second) == 90_000


def test_more_from_whoever_was_just_let_go_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "MOST_WAITING", 100_000)
    large = HEAD + b"Content-Length: 90000\r\n\r\n" + b"a" * 30_000
    with serving() as port, ExitStack() as open_ones:
        slow = [open_ones.enter_context(closing(begun(port, large))) for _ in range(3)]
        answer = ask(f"http://127.0.0.1:{port}/length")  # after which the others' bytes were taken, too
        assert answer is not None
        web = psutil.Process(answer.json["pid"])
        web.suspend()
        for client in reversed(
            slow
        ):  # all at once, for the process: the newest first, at which the oldest goes
            client.sendall(b"a" * 20_000)
        web.resume()
        assert told(slow[0]).startswith(b"HTTP/1.1 408 ")
        is_answered(port)
        assert web.is_running()


def test_requests_on_one_connection_are_answered_in_their_order() -> None:
    asked = b"".join(
        b"POST /length?%d HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n\r\nabc" % number
        for number in range(5)
    )
    with serving() as port, closing(begun(port, asked)) as client:
        client.sendall(b"GET /length?last HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        said = told(client)
    paths = [part.split(b'"')[0] for part in said.split(b'"path":"/length?')[1:]]
    assert paths == [b"0", b"1", b"2", b"3", b"4", b"last"]


def test_whoever_waits_for_leave_gets_it_once() -> None:
    head = HEAD + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    with serving() as port, closing(begun(port, head)) as client:
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abc")
        assert length_told(client) == 3


def test_what_is_behind_a_body_that_was_not_read_is_never_taken_for_a_request() -> None:
    smuggled = b"GET /length?smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    head = b"POST /unread HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"
    with serving() as port:
        with closing(begun(port, head % (2 * MOST_BODY) + smuggled)) as client:
            said = told(client)
            assert said.startswith(b"HTTP/1.1 413 ")
            assert b"Connection: close" in said
            assert said.count(b"HTTP/1.1") == 1
        with closing(begun(port, head % len(smuggled) + smuggled)) as client:
            client.sendall(b"GET /length?next HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            said = told(client)
            assert (said.count(b"HTTP/1.1"), b"smuggled" in said, b"next" in said) == (2, False, True)


@pytest.mark.parametrize("length", [8 * 1024, MOST_BODY - 1])
def test_a_body_comes_through_whole(length: int) -> None:
    with serving() as port, closing(begun(port, HEAD + b"Content-Length: %d\r\n\r\n" % length)) as client:
        client.sendall(b"a" * length)
        assert length_told(client) == length


def test_a_head_without_an_end_is_refused() -> None:
    with serving() as port, closing(begun(port, HEAD + b"X: " + b"a" * (MOST_HEAD + 1))) as client:
        assert told(client).startswith(b"HTTP/1.1 431 ")


def test_a_client_that_does_not_close_keeps_nobody_waiting() -> None:
    last = b"GET /length HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with serving() as port, ExitStack() as open_ones:
        for _ in range(300):
            assert b"HTTP/1.1 200" in told(open_ones.enter_context(closing(begun(port, last))))
        is_answered(port)
