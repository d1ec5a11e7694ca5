"""The proxy of a visit connects only to addresses that were judged, counts, and notes who was asked for."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from server.core.addresses import IPAddress
from server.core.guarded_connections import Network
from server.scanner.crawl.egress import Egress
from server.scanner.crawl.reach import Reach
from tests.core.local_servers import LocalServer, listening, serving
from tests.threads import in_own_thread

T = TypeVar("T")

PUBLIC = "93.184.216.34"


@dataclass
class Names:
    """A resolver with a test's answers, one after the other, and a `connect` that notes who is asked for."""

    answers: list[str]
    asked: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)

    def resolve(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return [self.answers[min(len(self.asked), len(self.answers)) - 1]]

    def connect(self, address: IPAddress, port: int, seconds: float) -> socket.socket:
        self.dialled.append(str(address))
        raise ConnectionRefusedError

    @property
    def network(self) -> Network:
        return Network(resolve=self.resolve, connect=self.connect)


@contextmanager
def echoing() -> Iterator[LocalServer]:
    """A server that says what it hears, until the other side ends."""

    def echo(connection: socket.socket, server: LocalServer) -> None:
        while data := connection.recv(65_536):
            connection.sendall(data)

    with serving(echo) as server:
        yield server


@dataclass
class Client:
    """What a browser is to the proxy."""

    egress: Egress
    proxy: int
    opened: list[asyncio.StreamWriter] = field(default_factory=list)

    async def greet(self, words: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the proxy, on which these words were said."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy)
        self.opened.append(writer)
        writer.write(words)
        return reader, writer

    async def connect(
        self, host: str, port: int, *, command: int = 1
    ) -> tuple[int, asyncio.StreamReader, asyncio.StreamWriter]:
        """The proxy's reply to a request for a connection, and the connection."""
        name = host.encode()
        request = bytes((5, command, 0, 3, len(name))) + name + struct.pack("!H", port)
        reader, writer = await self.greet(b"\x05\x01\x00" + request)
        assert await reader.readexactly(2) == b"\x05\x00"
        reply = await reader.readexactly(10)
        return reply[1], reader, writer

    async def asked(self, host: str, port: int = 80) -> int:
        """The reply alone."""
        reply, _, _ = await self.connect(host, port)
        return reply

    @property
    def refusals(self) -> list[str]:
        return [each.refused for each in self.egress.connections]

    async def close(self) -> None:
        for each in self.opened:
            each.close()
            with suppress(OSError):
                await each.wait_closed()


def through(reach: Reach, use: Callable[[Client], Awaitable[T]], most_bytes: int = 1_000_000) -> T:
    """What comes of using a proxy."""

    async def run() -> T:
        with ThreadPoolExecutor(4) as threads:
            egress = Egress(reach, most_bytes, threads)
            client = Client(egress, await egress.start())
            try:
                return await asyncio.wait_for(use(client), 30)
            finally:
                await client.close()
                await egress.close()

    return in_own_thread(asyncio.run, run())


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("127.0.0.1", "loopback_address"),
        ("::1", "loopback_address"),
        ("[::1]", "loopback_address"),
        ("10.0.0.1", "private_address"),
        ("192.168.1.1", "private_address"),
        ("169.254.169.254", "metadata_address"),
        ("::ffff:169.254.169.254", "metadata_address"),
        ("fe80::1", "link_local_address"),
        ("0.0.0.0", "unspecified_address"),
    ],
)
def test_an_address_that_is_not_public_is_refused(host: str, reason: str) -> None:
    names = Names([PUBLIC])

    async def use(client: Client) -> list[str]:
        assert await client.asked(host) == 2
        return client.refusals

    assert through(Reach(False, {}, network=names.network), use) == [reason]
    assert names.dialled == []


@pytest.mark.parametrize("host", ["169.254.169.254", "fd00:ec2::254", "fe80::1", "0.0.0.0"])
def test_metadata_services_and_link_local_addresses_are_refused_where_private_ones_are_not(host: str) -> None:
    names = Names([PUBLIC])

    async def use(client: Client) -> int:
        return await client.asked(host)

    assert through(Reach(True, {}, network=names.network), use) == 2
    assert names.dialled == []


def test_a_name_that_leads_to_a_private_address_is_refused() -> None:
    names = Names(["192.168.1.1"])

    async def use(client: Client) -> int:
        return await client.asked("intranet.example")

    assert through(Reach(False, {}, network=names.network), use) == 2
    assert names.dialled == []


def test_a_name_that_leads_elsewhere_the_second_time_gains_nothing() -> None:
    """DNS rebinding: each connection has one look-up, and goes to what that said and was judged."""
    names = Names([PUBLIC, "127.0.0.1"])

    async def use(client: Client) -> list[str]:
        assert await client.asked("rebinding.example") == 4
        assert await client.asked("rebinding.example") == 2
        return client.refusals

    assert through(Reach(False, {}, network=names.network), use) == ["unreachable", "loopback_address"]
    assert names.asked == ["rebinding.example"] * 2
    assert names.dialled == [PUBLIC]


def test_bytes_go_both_ways_and_are_counted() -> None:
    async def use(client: Client) -> tuple[bytes, int, int]:
        reply, reader, writer = await client.connect("127.0.0.1", server.port)
        assert reply == 0
        writer.write(b"x" * 100_000)
        back = await reader.readexactly(100_000)
        (seen,) = client.egress.connections
        return back, seen.sent, seen.received

    with echoing() as server:
        assert through(Reach(True, {}), use) == (b"x" * 100_000, 100_000, 100_000)


def test_a_visit_that_receives_too_much_is_cut_off_as_a_whole() -> None:
    async def use(client: Client) -> bool:
        _, quiet, _ = await client.connect("127.0.0.1", idle.port)
        _, reader, writer = await client.connect("127.0.0.1", server.port)
        writer.write(b"x" * 500_000)
        read = 0
        while part := await reader.read(65_536):
            read += len(part)
        assert read <= 200_000
        assert await quiet.read() == b""
        assert await client.asked("127.0.0.1", server.port) == 2
        return client.egress.too_large

    with echoing() as server, listening() as idle:
        assert through(Reach(True, {}), use, most_bytes=200_000)


def test_a_host_can_be_led_to_another_address_by_who_asks_for_the_visit() -> None:
    async def use(client: Client) -> tuple[int, int, str]:
        replies = [await client.asked(host, 443) for host in ("shop.example", "other.example")]
        return replies[0], replies[1], client.egress.connections[0].host

    names = Names(["10.0.0.1"])
    with echoing() as server:
        reach = Reach(
            False,
            {"shop.example:443": f"127.0.0.1:{server.port}"},
            network=Network(resolve=names.resolve),
        )
        assert through(reach, use) == (0, 2, "shop.example")


def test_nothing_but_connections_is_offered() -> None:
    async def use(client: Client) -> int:
        reply, _, _ = await client.connect("shop.example", 80, command=3)
        return reply

    assert through(Reach(True, {}), use) == 7


def test_what_is_no_request_of_a_browser_is_hung_up_on() -> None:
    async def use(client: Client) -> bytes:
        reader, _ = await client.greet(b"GET / HTTP/1.1\r\n\r\n")
        return await reader.read()

    assert through(Reach(True, {}), use) == b""
