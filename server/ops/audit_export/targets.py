"""Delivering to a file, or a receiver of syslog or OTLP. The one place that opens these."""

import json
import os
import socket
import ssl
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import structlog

from server.core import guarded_fetch
from server.core.addresses import FetchFault
from server.core.event_targets import EventTarget
from server.core.guarded_connections import INTERNET
from server.core.json_bodies import JSON_TYPE

TIMEOUT = 10.0
"""Seconds that a receiver may take for each step."""


log = structlog.get_logger("samtykke.worker")


def deliver(target: EventTarget, messages: Sequence[bytes], *, tls: ssl.SSLContext | None = None) -> None:
    """Deliver all messages, or raise; what was delivered before the fault comes again with the next try.

    :param tls: for `syslog+tls` and `otlp+https`; None: with the certificates that the system trusts

    :raises OSError: not all of it was taken.
    """
    if target.scheme == "file":
        append(target.path, b"".join(one + b"\n" for one in messages))
    elif target.scheme.startswith("otlp"):
        for one in messages:
            _post(target, one, tls)
    elif target.scheme in ("syslog+udp", "syslog+unix"):
        _datagrams(target, messages)
    else:
        _stream(target, messages, tls)


def append(path: Path, content: bytes) -> None:
    """Append lines to a file and flush them to disk; readable by its owner and group.

    It is opened anew each time, so that whoever rotates it may move it away or empty it. Lines are whole:
    what could not be written to its end is taken back, and a line that a crash has cut off is ended.

    :raises OSError: it cannot be written, or the disk is full.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        size = os.fstat(descriptor).st_size
        cut_off = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        rest = memoryview(b"\n" + content if cut_off else content)
        try:
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def _post(target: EventTarget, body: bytes, tls: ssl.SSLContext | None) -> None:
    """Post to a receiver of OTLP/HTTP, which acknowledges all of it by 200.

    What it says it has rejected, it would reject again: that is logged, as the specification demands.
    """
    network = INTERNET if tls is None else replace(INTERNET, tls=lambda: tls)
    headers = {"Content-Type": JSON_TYPE}
    try:
        # The operator has named it: it may be inside of the network.
        answer = guarded_fetch.post(
            target.url, body, headers, timeout=TIMEOUT, allow_private=True, network=network
        )
    except FetchFault as fault:
        raise OSError(fault.message) from fault
    if answer.status != 200:
        raise OSError(f"it answered {answer.status}")
    with suppress(ValueError, TypeError, AttributeError, KeyError):
        refused = json.loads(answer.body)["partialSuccess"]
        if number := int(refused.get("rejectedLogRecords", 0)):
            why = str(refused.get("errorMessage", ""))[:200]
            log.warning("audit_export_rejected", target=target.address, number=number, why=why)


def _datagrams(target: EventTarget, messages: Sequence[bytes]) -> None:
    """One message each (RFC 5426, 3.1). Whether one arrives, UDP does not tell."""
    if target.scheme == "syslog+unix":
        family, address = socket.AF_UNIX, str(target.path)
        with closing(socket.socket(family, socket.SOCK_DGRAM)) as sender:
            sender.settimeout(TIMEOUT)
            sender.connect(address)
            for one in messages:
                sender.send(one)
        return
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_DGRAM)[0]
    with closing(socket.socket(found[0], found[1], found[2])) as sender:
        sender.settimeout(TIMEOUT)
        # Connected, so that the sending side learns that nobody listens on a machine that says so.
        sender.connect(found[4])
        for one in messages:
            sender.send(one)


def _stream(target: EventTarget, messages: Sequence[bytes], tls: ssl.SSLContext | None) -> None:
    """Each message after its length (RFC 5425, 4.3; RFC 6587, 3.4.1).

    Syslog has no acknowledgement. So the sending side is closed, and the receiver's closing awaited: then it
    has read everything. One that resets the connection has not.
    """
    plain = socket.create_connection((target.host, target.port), timeout=TIMEOUT)
    with closing(plain):
        if target.scheme == "syslog+tcp":
            plain.sendall(_framed(messages))
            plain.shutdown(socket.SHUT_WR)
            _await_end(plain)
            return
        context = tls or ssl.create_default_context()
        with context.wrap_socket(plain, server_hostname=target.host) as secured:
            secured.sendall(_framed(messages))
            with suppress(ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError, TimeoutError):
                secured.unwrap()  # sends close_notify (RFC 5425, 4.4), and waits for that of the receiver


def _framed(messages: Sequence[bytes]) -> bytes:
    return b"".join(b"%d %s" % (len(one), one) for one in messages)


def _await_end(connection: socket.socket) -> None:
    with suppress(TimeoutError):  # a receiver that never closes has had its time to refuse
        while connection.recv(1024):
            pass
