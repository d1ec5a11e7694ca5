"""Servers on loopback for tests about requests: they answer as a test says, and count who connects."""

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PATIENCE = 10
"""Seconds after which a test's server gives up, if the test has failed to end it."""


@dataclass
class LocalServer:
    """A listening socket; `received` is what came in on each connection."""

    listener: socket.socket
    port: int
    ended: threading.Event = field(default_factory=threading.Event)
    received: list[bytes] = field(default_factory=list)


@contextmanager
def listening(host: str = "127.0.0.1") -> Iterator[LocalServer]:
    """A server that accepts nothing; `connections` says how many wait at it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        yield LocalServer(listener, listener.getsockname()[1])


def connections(server: LocalServer) -> int:
    """How many connections wait to be accepted; they are closed."""
    server.listener.setblocking(False)
    count = 0
    with suppress(BlockingIOError):
        while True:
            server.listener.accept()[0].close()
            count += 1
    return count


@contextmanager
def serving(
    answer: Callable[[socket.socket, LocalServer], None],
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
) -> Iterator[LocalServer]:
    """A server that gives each connection to `answer`, one after the other, until the end of the block."""
    with listening(host) as server:
        thread = threading.Thread(target=_serve, args=(server, answer, tls), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            with suppress(OSError):
                server.listener.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE)


def _serve(
    server: LocalServer, answer: Callable[[socket.socket, LocalServer], None], tls: ssl.SSLContext | None
) -> None:
    with suppress(OSError):
        while not server.ended.is_set():
            connection, _ = server.listener.accept()
            connection.settimeout(PATIENCE)
            # A client that hangs up in the middle is what many tests are about.
            with connection, suppress(OSError):
                if tls is None:
                    answer(connection, server)
                else:
                    with tls.wrap_socket(connection, server_side=True) as encrypted:
                        answer(encrypted, server)


def request_on(connection: socket.socket) -> bytes:
    """A whole request, as far as its Content-Length says."""
    read = b""
    while b"\r\n\r\n" not in read:
        if not (part := connection.recv(65536)):
            return read
        read += part
    head, _, body = read.partition(b"\r\n\r\n")
    lengths = [
        line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    ]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answering(*parts: bytes) -> Callable[[socket.socket, LocalServer], None]:
    """Read the request and send these bytes."""

    def answer(connection: socket.socket, server: LocalServer) -> None:
        server.received.append(request_on(connection))
        for part in parts:
            connection.sendall(part)

    return answer


class Authority:
    """A certificate authority that exists for a test."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        self._certificate = (
            _builder(name, name, self._key.public_key(), first=2000, last=2100)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def client(self) -> ssl.SSLContext:
        """TLS that trusts this authority alone, and else is as the product's."""
        pem = self._certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def server(self, folder: Path, *names: str, last: int = 2100) -> ssl.SSLContext:
        """TLS of a server with a certificate for these names or IP addresses, to the end of a year."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        alternatives = x509.SubjectAlternativeName([_general_name(each) for each in names])
        certificate = (
            _builder(subject, self._certificate.subject, key.public_key(), first=2000, last=last)
            .add_extension(alternatives, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file = folder / f"{names[0]}-{last}.pem"
        file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, first: int, last: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(first, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(last, 12, 31, tzinfo=dt.UTC))
    )
