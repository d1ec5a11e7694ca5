"""Connections to hosts that people typed in, to exactly the IP addresses that were judged.

One look-up for all of a request: a name that leads elsewhere the next time (DNS rebinding) is never asked
again. TLS is checked against the name.
"""

import queue
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from server.core.addresses import IPAddress, Refused, Url, refuse
from server.core.bounded_sockets import Deadline

_ADDRESSES_TRIED = 6
"""Of the addresses of one host, so that a name does not make the server knock at a whole network."""


def _resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a host, in the order of RFC 6724.

    :raises OSError: it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(entry[4][0]) for entry in found]


def _connect(address: IPAddress, port: int, seconds: float) -> socket.socket:
    """A TCP connection to an IP address.

    :raises OSError: there is none after so many seconds.
    """
    family = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        connection.settimeout(seconds)
        connection.connect((str(address), port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connection.close()
        raise
    return connection


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """TLS that trusts whom the machine trusts, read once."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass(frozen=True)
class Network:
    """By what a request reaches others; tests give their own."""

    resolve: Callable[[str, int], Iterable[str]] = _resolve
    """Host and port → IP addresses; asked once for each request. May block."""
    connect: Callable[[IPAddress, int, float], socket.socket] = _connect
    """IP address, port and seconds → connection."""
    tls: Callable[[], ssl.SSLContext] = _tls


INTERNET = Network()


@contextmanager
def connection(
    url: Url, deadline: Deadline, *, allow_private: bool, network: Network = INTERNET
) -> Iterator[socket.socket]:
    """A connection to the host of a URL, of TLS for `https`, closed at the end of the block.

    :raises Refused: an address of the host is not allowed. Nothing was connected to.
    :raises OSError: there is no connection, or none in time (`TimeoutError`); `ssl.SSLError` is one too.
    """
    addresses = [url.address] if url.address else _look_up(url, deadline, network.resolve)
    for each in addresses:
        refuse(url.host, each, allow_private=allow_private)
    with closing(_first_connection(addresses, url, deadline, network.connect)) as plain:
        if url.scheme == "http":
            yield plain
            return
        plain.settimeout(deadline.left())  # for the handshake as a whole
        with network.tls().wrap_socket(plain, server_hostname=url.host) as encrypted:
            yield encrypted


_LOOK_UPS = threading.BoundedSemaphore(16)
"""Look-ups at the same time. The system's resolver knows no deadline: one that took too long ends later."""


def _look_up(url: Url, deadline: Deadline, resolve: Callable[[str, int], Iterable[str]]) -> list[IPAddress]:
    """The IP addresses of a host, each once.

    :raises TimeoutError: the resolver took too long.
    :raises OSError: it has none.
    """
    outcome: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            outcome.put(list(resolve(url.host, url.port)))
        except Exception as fault:  # noqa: BLE001 - raised again in the thread that waits
            outcome.put(fault)
        finally:
            _LOOK_UPS.release()

    if not _LOOK_UPS.acquire(timeout=deadline.left()):
        raise TimeoutError
    try:
        # Not of a pool: the end of the process would wait for it.
        threading.Thread(target=ask, daemon=True, name="look-up").start()
    except RuntimeError as fault:
        _LOOK_UPS.release()
        raise OSError("no thread can be started") from fault
    try:
        found = outcome.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, Exception):
        raise found
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, "no address")
    return [ip_address(each) for each in dict.fromkeys(found)]


def _first_connection(
    addresses: Sequence[IPAddress],
    url: Url,
    deadline: Deadline,
    connect: Callable[[IPAddress, int, float], socket.socket],
) -> socket.socket:
    """A connection to the first of the addresses that takes it; each gets an equal share of the time left.

    :raises Refused: a connection leads elsewhere.
    :raises OSError: none of them takes it.
    """
    tried = addresses[:_ADDRESSES_TRIED]
    fault: OSError = TimeoutError()
    for place, address in enumerate(tried):
        try:
            seconds = deadline.left() / (len(tried) - place)
            return _checked(connect(address, url.port, seconds), address)
        except OSError as failure:
            fault = failure
    raise fault


def _checked(connection: socket.socket, address: IPAddress) -> socket.socket:
    """The connection, whose other end has this address; any other is closed.

    :raises Refused: it has another one.
    :raises OSError: it has closed the connection.
    """
    try:
        if ip_address(connection.getpeername()[0]) == address:
            return connection
    except OSError:
        connection.close()
        raise
    connection.close()
    raise Refused("peer_differs", "the connection leads to another address than was judged")
