"""All connections of a visit: a SOCKS proxy on loopback that judges, counts and notes each of them.

The browser resolves no name and connects to nobody else. A name is looked up once for a connection, and
exactly an address that was judged is connected to, so that a name that leads elsewhere the next time (DNS
rebinding) gains nothing. RFC 1928; `CONNECT` alone, without authentication, which Chromium does not have for
SOCKS.
"""

import asyncio
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from server.core.addresses import IPAddress, Url
from server.core.addresses import Refused as AddressRefused
from server.core.bounded_sockets import Deadline
from server.core.guarded_connections import connection
from server.core.host_names import host_name
from server.scanner.crawl.reach import Reach

_CONNECT_SECONDS = 15

_CHUNK = 65_536

_OK, _FAILED, _NOT_ALLOWED, _UNREACHABLE, _NO_COMMAND = 0, 1, 2, 4, 7
"""Replies of RFC 1928, § 6."""


@dataclass
class Connection:
    """A connection that the browser asked for."""

    host: str
    port: int
    at: float
    """By `time.monotonic`."""
    refused: str = ""
    """Why it was not made: `private_address` and the like; or `unreachable`."""
    sent: int = 0
    received: int = 0


class Egress:
    """The proxy of one visit."""

    def __init__(self, reach: Reach, most_bytes: int, threads: ThreadPoolExecutor) -> None:
        """`most_bytes`: that are received in all; then every connection is cut off."""
        self.connections: list[Connection] = []
        self.received = 0
        self.too_large = False
        self._reach = reach
        self._most_bytes = most_bytes
        self._threads = threads
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen on loopback; the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Cut off what is left."""
        if self._server is not None:
            self._server.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio calls this in a task
        self._tasks.add(task)
        try:
            await self._connect(reader, writer)
        except (OSError, EOFError, ValueError, asyncio.CancelledError):
            pass  # of the browser, which has closed, or of the visit, which is over
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = await _asked(reader, writer)
        if target is None:
            return
        asked = Connection(*target, at=time.monotonic())
        self.connections.append(asked)
        with ExitStack() as stack:
            made = await self._made(asked, stack)
            writer.write(_reply(made if isinstance(made, int) else _OK))
            if isinstance(made, int):
                await writer.drain()
                return
            there, back = await asyncio.open_connection(sock=made)
            try:
                await self._relay(asked, (reader, back), (there, writer))
            finally:
                back.close()

    async def _made(self, asked: Connection, stack: ExitStack) -> socket.socket | int:
        """The connection to where the browser asked to, or the reply that says why there is none."""
        if self.too_large:
            return _NOT_ALLOWED
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._dial, asked, stack)
        except AddressRefused as refused:
            asked.refused = refused.reason
            return _NOT_ALLOWED
        except (OSError, ValueError):
            asked.refused = "unreachable"
            return _UNREACHABLE

    def _dial(self, asked: Connection, stack: ExitStack) -> socket.socket:
        network, allow_private = self._reach.to(asked.host, asked.port)
        url = Url("http", asked.host, asked.port, "/", _address(asked.host))
        made = stack.enter_context(
            connection(url, Deadline(_CONNECT_SECONDS), allow_private=allow_private, network=network)
        )
        made.settimeout(0)
        return made

    async def _relay(
        self,
        asked: Connection,
        outward: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        inward: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        async def out() -> None:
            source, target = outward
            while data := await source.read(_CHUNK):
                asked.sent += len(data)
                target.write(data)
                await target.drain()
            with suppress(OSError):
                target.write_eof()

        async def into() -> None:
            source, target = inward
            while data := await source.read(_CHUNK):
                asked.received += len(data)
                self._count(len(data))
                if self.too_large:
                    return
                target.write(data)
                await target.drain()

        sending = asyncio.ensure_future(out())
        try:
            # Once the server has ended, what the browser still says goes nowhere.
            await into()
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    def _count(self, received: int) -> None:
        self.received += received
        if self.received > self._most_bytes and not self.too_large:
            self.too_large = True
            current = asyncio.current_task()
            for task in self._tasks:
                if task is not current:
                    task.cancel()


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int] | None:
    """The host and port that a client asks for; None: it got a refusal.

    :raises ValueError: it does not speak SOCKS 5.
    :raises EOFError: it has closed.
    """
    version, methods = await reader.readexactly(2)
    if version != 5:
        raise ValueError("not SOCKS 5")
    await reader.readexactly(methods)
    writer.write(b"\x05\x00")
    version, command, _, kind = await reader.readexactly(4)
    host = await _host(reader, kind)
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    if version == 5 and command == 1 and port:
        return host, port
    writer.write(_reply(_NO_COMMAND))
    await writer.drain()
    return None


async def _host(reader: asyncio.StreamReader, kind: int) -> str:
    if kind == 1:
        return str(IPv4Address(await reader.readexactly(4)))
    if kind == 4:
        return str(IPv6Address(await reader.readexactly(16)))
    if kind != 3:
        raise ValueError("no kind of address")
    (length,) = await reader.readexactly(1)
    name = (await reader.readexactly(length)).decode("ascii")
    # Chromium sends an address that it knows as one as a name too.
    literal = name.strip("[]")
    return literal if _address(literal) is not None else host_name(name.rstrip("."))


def _address(host: str) -> IPAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _reply(code: int) -> bytes:
    return bytes((5, code, 0, 1, 0, 0, 0, 0, 0, 0))
