"""The server requests what people typed in only where that is public, and no other server can hold it up."""

import gzip
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.addresses import IPAddress, Refused
from server.core.guarded_connections import INTERNET, Network
from server.core.guarded_fetch import Answer, Failed, get, post
from tests.absence import absent
from tests.core.local_servers import (
    Authority,
    LocalServer,
    answering,
    connections,
    listening,
    request_on,
    serving,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"

SOON = 0.2
"""Seconds after which a request is given up in tests about those that take too long."""

LATEST = 5
"""Seconds by which it has come back for certain, on a busy machine too."""


class Names:
    """A resolver that knows what a test says, and how often it was asked."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self._answers[min(len(self.asked), len(self._answers)) - 1]


class Dials:
    """A `connect` that reaches nobody, and notes whom it was to reach."""

    def __init__(self) -> None:
        self.dialled: list[tuple[str, int]] = []

    def __call__(self, address: IPAddress, port: int, seconds: float) -> socket.socket:
        assert seconds > 0
        self.dialled.append((str(address), port))
        raise ConnectionRefusedError


def local(**changes: object) -> Network:
    """A network in which every name leads to 127.0.0.1."""
    return replace(Network(resolve=Names(["127.0.0.1"])), **changes)  # type: ignore[arg-type]


def posted(url: str, network: Network, *, timeout: float = LATEST, headers: Mapping[str, str] = {}) -> Answer:
    """The answer to `{}`, private networks open."""
    return post(url, b"{}", headers, timeout=timeout, allow_private=True, network=network)


# --- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[fe80::1%25lo]",
        "①②⑦.0.0.1",
        "kari@127.0.0.1",
        "8.8.8.8@127.0.0.1",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "8.8.8.8\\@127.0.0.1",
    ],
)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_nothing_on_this_machine_is_reached(host: str, scheme: str) -> None:
    dials = Dials()
    network = Network(resolve=Names(["127.0.0.1"]), connect=dials)
    with listening() as server:
        for port in ("", f":{server.port}"):
            for each in (INTERNET, network):
                with pytest.raises(Refused):
                    get(
                        f"{scheme}://{host}{port}/",
                        {},
                        timeout=1,
                        allow_private=False,
                        allow_http=True,
                        network=each,
                    )
                with pytest.raises(Refused):
                    post(f"{scheme}://{host}{port}/", b"", {}, timeout=1, allow_private=False, network=each)
        assert connections(server) == 0
    assert dials.dialled == []


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (["127.0.0.1"], "loopback_address"),
        (["10.0.0.1"], "private_address"),
        (["169.254.169.254"], "metadata_address"),
        (["fe80::1"], "link_local_address"),
        (["fe80::1%2"], "link_local_address"),
        (["::ffff:10.0.0.1"], "private_address"),
        (["8.8.8.8", "10.0.0.1"], "private_address"),
        (["2606:4700::1111", "8.8.8.8", "::1"], "loopback_address"),
        (["8.8.8.8"] * 20 + ["127.0.0.1"], "loopback_address"),
    ],
)
def test_a_host_with_one_address_that_is_not_public_is_not_reached(found: list[str], reason: str) -> None:
    dials = Dials()
    with pytest.raises(Refused) as refusal:
        post(
            "https://receiver.example/",
            b"",
            {},
            timeout=1,
            allow_private=False,
            network=Network(resolve=Names(found), connect=dials),
        )
    assert (refusal.value.reason, dials.dialled) == (reason, [])
    assert not any(each in refusal.value.message for each in found)


def test_the_address_that_was_judged_is_dialled_without_a_second_look_up() -> None:
    names, dials = Names(["8.8.8.8", "2606:4700::1111", "8.8.8.8"], ["127.0.0.1"]), Dials()
    with pytest.raises(Failed) as failure:
        post(
            "https://receiver.example:8443/hook",
            b"",
            {},
            timeout=1,
            allow_private=False,
            network=Network(resolve=names, connect=dials),
        )
    assert failure.value.reason == "connection_failed"
    assert names.asked == [("receiver.example", 8443)]
    assert dials.dialled == [("8.8.8.8", 8443), ("2606:4700::1111", 8443)]


def test_the_system_is_asked_once_for_a_name_and_never_for_an_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []

    def getaddrinfo(host: object, port: object, **_options: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with serving(answering(OK)) as server:
        assert posted(f"http://receiver.example:{server.port}/", INTERNET).status == 200
        assert posted(f"http://127.0.0.1:{server.port}/", INTERNET).status == 200
    assert asked == ["receiver.example"]


def test_a_connection_that_leads_elsewhere_gets_nothing() -> None:
    with serving(lambda connection, server: server.received.append(connection.recv(1))) as server:

        def elsewhere(_address: IPAddress, _port: int, seconds: float) -> socket.socket:
            return socket.create_connection(("127.0.0.1", server.port), timeout=seconds)

        network = Network(resolve=Names(["8.8.8.8"]), connect=elsewhere)
        with pytest.raises(Refused) as refusal:
            get(
                "http://receiver.example/",
                {},
                timeout=5,
                allow_private=False,
                allow_http=True,
                network=network,
            )
    assert refusal.value.reason == "peer_differs"
    assert server.received in ([], [b""])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    with listening() as inner:
        location = f"http://127.0.0.1:{inner.port}/secret"
        head = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        with serving(answering(head.encode())) as server:
            answer = posted(f"http://receiver.example:{server.port}/", local())
        assert (answer.status, answer.headers["location"], connections(inner)) == (status, location, 0)


def test_proxies_and_passwords_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("default login kari password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with listening() as proxy, serving(answering(OK)) as server:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert posted(f"http://receiver.example:{server.port}/", local()).status == 200
        assert connections(proxy) == 0
    assert b"authorization" not in server.received[0].lower()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "inner.example"},
        {"content-length": "0"},
        {"Transfer-Encoding": "chunked"},
        {"Connection": "keep-alive"},
        {"Proxy-Authorization": "x"},
        {"Cookie": "a=b"},
        {"Bad Name": "x"},
        {"": "x"},
        {"X-A": "a\r\nX-B: b"},
        {"X-A\r\nX-B": "b"},
        {"X-A": "ø"},
        {"X-A": ""},
    ],
)
def test_a_header_that_would_change_the_request_is_refused(headers: dict[str, str]) -> None:
    with listening() as server:
        with pytest.raises(Refused) as refusal:
            posted(f"http://receiver.example:{server.port}/", local(), headers=headers)
        assert (refusal.value.reason, connections(server)) == ("header_not_allowed", 0)


# --- what is sent and answered ----------------------------------------------------------------------------


def test_a_request_has_its_body_and_headers_and_no_more() -> None:
    with serving(answering(OK)) as server:
        answer = posted(
            f"http://Receiver.Example:{server.port}/hook?a=b#c", local(), headers={"X-Signature": "v1,abc"}
        )
    assert (answer.status, answer.body, answer.complete) == (200, b"ok", True)
    assert answer.headers == {"content-type": "text/plain"}
    head, _, body = server.received[0].partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    assert (first, body) == ("POST /hook?a=b HTTP/1.1", b"{}")
    assert sorted(lines) == [
        "Accept-Encoding: identity",
        "Connection: close",
        "Content-Length: 2",
        f"Host: receiver.example:{server.port}",
        "User-Agent: Samtykke",
        "X-Signature: v1,abc",
    ]


def test_a_get_has_no_body_and_may_name_its_agent() -> None:
    with serving(answering(OK)) as server:
        url = f"http://receiver.example:{server.port}/"
        get(url, {"user-agent": "Check"}, timeout=LATEST, allow_private=True, network=local())
    assert server.received[0].startswith(b"GET / HTTP/1.1\r\n")
    assert b"user-agent: Check\r\n" in server.received[0]
    assert b"Content-Length" not in server.received[0]


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", Answer(204, {}, b"", complete=True)),
        (b"HTTP/1.0 500 Oh\r\n\r\nno", Answer(500, {}, b"no", complete=True)),
        (
            b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
            Answer(200, {"content-type": "text/plain"}, b"ok", complete=True),
        ),
        (
            b"HTTP/1.1 429 Slow\r\nretry-after: 7\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n",
            Answer(429, {"retry-after": "7"}, b"", complete=True),
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
            Answer(200, {}, b"abc", complete=True),
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n" + b"a" * 4096,
            Answer(200, {}, b"a" * 4096, complete=True),
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 4097\r\n\r\n" + b"a" * 4097,
            Answer(200, {}, b"a" * 4096, complete=False),
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: /a\r\n\tb\r\nContent-Length: 0\r\n\r\n",
            Answer(302, {"location": "/a b"}, b"", complete=True),
        ),
    ],
)
def test_answers_are_read(sent: bytes, answer: Answer) -> None:
    with serving(answering(sent)) as server:
        assert posted(f"http://receiver.example:{server.port}/", local()) == answer


def test_a_compressed_body_stays_compressed() -> None:
    bomb = gzip.compress(b"0" * 10**6)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    with serving(answering(head, bomb)) as server:
        answer = posted(f"http://receiver.example:{server.port}/", local())
    assert (answer.headers, answer.body) == ({"content-encoding": "gzip"}, bomb[:4096])


def test_a_caller_may_read_more() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"
    with serving(answering(head, b"a" * 200_000)) as server:
        url = f"http://receiver.example:{server.port}/"
        answer = get(url, {}, timeout=LATEST, allow_private=True, limit=200_000, network=local())
    assert (len(answer.body), answer.complete) == (200_000, True)


def test_the_next_address_is_tried_where_one_is_closed() -> None:
    with serving(answering(OK)) as server:
        names = Names(["127.0.0.2", "127.0.0.1"])
        assert posted(f"http://receiver.example:{server.port}/", Network(resolve=names)).status == 200


def test_a_host_with_many_addresses_is_not_searched_through() -> None:
    dials = Dials()
    network = Network(resolve=Names([f"8.8.8.{n}" for n in range(250)]), connect=dials)
    with pytest.raises(Failed):
        post("https://receiver.example/", b"", {}, timeout=LATEST, allow_private=False, network=network)
    assert len(dials.dialled) == 6


# --- TLS --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def encrypted(authority: Authority) -> Network:
    return local(tls=authority.client)


def test_tls_is_checked_against_the_name_that_was_typed(authority: Authority, tmp_path: Path) -> None:
    seen: list[str | None] = []
    tls = authority.server(tmp_path, "receiver.example")
    tls.sni_callback = lambda _socket, name, _context: seen.append(name)
    with serving(answering(OK), tls) as server:
        answer = posted(f"https://Receiver.example:{server.port}/", encrypted(authority))
    assert (answer.status, answer.body, seen) == (200, b"ok", ["receiver.example"])


@pytest.mark.parametrize(("host", "written"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_a_certificate_may_be_for_an_address(
    authority: Authority, tmp_path: Path, host: str, written: str
) -> None:
    if host == "::1" and not Path("/proc/net/if_inet6").exists():
        absent("IPv6", "this machine has none")
    with serving(answering(OK), authority.server(tmp_path, host), host) as server:
        assert posted(f"https://{written}:{server.port}/", encrypted(authority)).status == 200
    assert f"Host: {written}:{server.port}\r\n".encode() in server.received[0]


@pytest.mark.parametrize(
    ("name", "last", "detail"),
    [
        ("other.example", 2100, "not valid for 'receiver.example'"),
        ("127.0.0.1", 2100, "not valid for 'receiver.example'"),
        ("receiver.example", 2001, "expired"),
    ],
)
def test_a_certificate_that_does_not_hold_ends_the_request(
    authority: Authority, tmp_path: Path, name: str, last: int, detail: str
) -> None:
    tls = authority.server(tmp_path, name, last=last)
    with serving(answering(OK), tls) as server, pytest.raises(Failed, match=detail) as failure:
        posted(f"https://receiver.example:{server.port}/", encrypted(authority))
    assert (failure.value.reason, server.received) == ("certificate_invalid", [])


def test_a_certificate_of_an_unknown_authority_ends_the_request(authority: Authority, tmp_path: Path) -> None:
    tls = authority.server(tmp_path, "receiver.example")
    with serving(answering(OK), tls) as server, pytest.raises(Failed) as failure:
        posted(f"https://receiver.example:{server.port}/", local())
    assert (failure.value.reason, server.received) == ("certificate_invalid", [])


def test_the_products_tls_checks_names_and_certificates() -> None:
    context = INTERNET.tls()
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_server_without_tls_has_failed() -> None:
    with (
        serving(lambda connection, _server: connection.sendall(OK)) as server,
        pytest.raises(Failed) as failure,
    ):
        posted(f"https://receiver.example:{server.port}/", local())
    assert failure.value.reason == "tls_failed"


# --- servers that answer badly, slowly or not at all ------------------------------------------------------


def silent(connection: socket.socket, server: LocalServer) -> None:
    server.ended.wait(LATEST)


def dripping(start: bytes, drop: bytes) -> Callable[[socket.socket, LocalServer], None]:
    def answer(connection: socket.socket, server: LocalServer) -> None:
        connection.sendall(start)
        while not server.ended.wait(0.01):
            connection.sendall(drop)

    return answer


@pytest.mark.parametrize(
    ("answer", "scheme"),
    [
        (silent, "http"),
        (silent, "https"),
        (dripping(b"", b"H"), "http"),
        (dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"), "http"),
        (dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"a"), "http"),
        (dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"), "http"),
        (dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n", b"a"), "http"),
        (dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "http"),
        (dripping(b"\x16\x03\x03\x40\x00", b"\x00"), "https"),
    ],
)
def test_a_slow_server_costs_no_more_than_the_timeout(
    answer: Callable[[socket.socket, LocalServer], None], scheme: str
) -> None:
    with serving(answer) as server:
        start = monotonic()
        with pytest.raises(Failed) as failure:
            posted(f"{scheme}://receiver.example:{server.port}/", local(), timeout=SOON)
        assert SOON <= monotonic() - start < LATEST
    assert failure.value.reason == "timeout"


def test_a_slow_server_costs_no_more_behind_tls(authority: Authority, tmp_path: Path) -> None:
    tls = authority.server(tmp_path, "receiver.example")
    with serving(dripping(b"", b"H"), tls) as server, pytest.raises(Failed) as failure:
        posted(f"https://receiver.example:{server.port}/", encrypted(authority), timeout=SOON)
    assert failure.value.reason == "timeout"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_does_not_take_the_body_costs_no_more(
    scheme: str, authority: Authority, tmp_path: Path
) -> None:
    tls = authority.server(tmp_path, "receiver.example") if scheme == "https" else None
    with serving(silent, tls) as server, pytest.raises(Failed) as failure:
        url = f"{scheme}://receiver.example:{server.port}/"
        post(url, b"a" * 20_000_000, {}, timeout=SOON, allow_private=True, network=encrypted(authority))
    assert failure.value.reason == "timeout"


def test_a_slow_look_up_costs_no_more() -> None:
    ended = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        ended.wait(LATEST)
        return ["127.0.0.1"]

    start = monotonic()
    with pytest.raises(Failed) as failure:
        posted("https://receiver.example/", local(resolve=resolve), timeout=SOON)
    assert SOON <= monotonic() - start < LATEST
    ended.set()
    assert failure.value.reason == "timeout"


def test_each_of_several_addresses_gets_its_share_of_the_time() -> None:
    given: list[float] = []

    def connect(_address: IPAddress, _port: int, seconds: float) -> socket.socket:
        given.append(seconds)
        raise TimeoutError

    with pytest.raises(Failed) as failure:
        posted(
            "https://receiver.example/",
            Network(resolve=Names(["8.8.8.8", "8.8.4.4"]), connect=connect),
            timeout=60,
        )
    assert (failure.value.reason, [round(each / 10) for each in given]) == ("timeout", [3, 6])


@pytest.mark.parametrize(
    "fault", [socket.gaierror(socket.EAI_NONAME, "unknown"), socket.gaierror(socket.EAI_AGAIN, "later"), None]
)
def test_a_name_without_address_has_failed(fault: OSError | None) -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        if fault:
            raise fault
        return []

    with pytest.raises(Failed) as failure:
        posted("https://receiver.example/", local(resolve=resolve))
    assert failure.value.reason == "name_not_resolved"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", "connection_failed"),
        (b"\r\n", "answer_malformed"),
        (b"hello\r\n\r\n", "answer_malformed"),
        (b"<html>hello</html>", "answer_malformed"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "answer_malformed"),
        (b"HTTP/1.1\r\n\r\n", "answer_malformed"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "answer_malformed"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "answer_malformed"),
        (b"HTTP/2 200 OK\r\n\r\n", "answer_malformed"),
        (b"HTTP/1.1 101 Switching\r\n\r\n", "answer_malformed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "answer_malformed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", "answer_malformed"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\na\r\n", "answer_malformed"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "answer_malformed"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", "answer_malformed"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 200 + b"\r\n", "answer_malformed"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000, "answer_malformed"),
    ],
)
def test_what_is_not_an_answer_has_failed(sent: bytes, reason: str) -> None:
    with serving(answering(sent)) as server, pytest.raises(Failed) as failure:
        posted(f"http://receiver.example:{server.port}/", local())
    assert failure.value.reason == reason


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"]
)
def test_of_an_endless_body_the_beginning_is_read(head: bytes) -> None:
    def endless(connection: socket.socket, server: LocalServer) -> None:
        request_on(connection)
        connection.sendall(head)
        while not server.ended.is_set():
            connection.sendall(b"a" * 65536)

    with serving(endless) as server:
        answer = posted(f"http://receiver.example:{server.port}/", local())
    assert (answer.body, answer.complete) == (b"a" * 4096, False)


@pytest.fixture(scope="module")
def echo() -> Iterator[tuple[LocalServer, list[bytes]]]:
    """A server that sends what the list holds."""
    sent = [b""]

    def answer(connection: socket.socket, server: LocalServer) -> None:
        answering(sent[0])(connection, server)

    with serving(answer) as server:
        yield server, sent


_HEAD = st.sampled_from(
    [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 ", b"\r\n", b":\r\n", b" x\r\n", b"Content-Length: 3\r\n"]
)
_REST = st.sampled_from(
    [b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n", b"3\r\n", b"0\r\n\r\n", b"abc"]
)


@given(st.binary(max_size=60) | st.lists(_HEAD | _REST, max_size=8).map(b"".join))
def test_whatever_is_sent_is_an_answer_or_has_failed(
    echo: tuple[LocalServer, list[bytes]], sent: bytes
) -> None:
    server, sending = echo
    sending[0] = sent
    reason = None
    try:
        posted(f"http://receiver.example:{server.port}/", local())
    except Failed as failure:
        reason = failure.reason
    assert reason in {"answer_malformed", "connection_failed"} or (
        reason is None and sent.startswith(b"HTTP/")
    )


def test_nothing_connects_by_itself_where_a_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(_self: http.client.HTTPConnection) -> None:
        raise AssertionError("a connection that was not judged")

    monkeypatch.setattr(http.client.HTTPConnection, "connect", connect)
    with serving(answering(b"")) as server, pytest.raises(Failed):
        posted(f"http://receiver.example:{server.port}/", local())
