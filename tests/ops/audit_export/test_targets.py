"""Delivering to a file that is rotated, and to real sockets of this machine."""

import errno
import os
import socket
import ssl
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.core.event_targets import event_target
from server.ops.audit_export import targets
from tests.notifications.mail_servers import certificate
from tests.processes import free_port

LINES = [b'{"number":1}', b'{"number":2}']


def test_lines_are_appended_and_readable_by_owner_and_group(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    where = event_target(f"file://{file}")
    targets.deliver(where, LINES)
    targets.deliver(where, [b'{"number":3}'])
    assert file.read_bytes() == b'{"number":1}\n{"number":2}\n{"number":3}\n'
    assert stat.S_IMODE(file.stat().st_mode) & 0o137 == 0


@pytest.mark.parametrize("how", ["moved", "emptied", "deleted"])
def test_a_file_that_is_rotated_goes_on_where_it_was(tmp_path: Path, how: str) -> None:
    file, old = tmp_path / "audit.jsonl", tmp_path / "audit.jsonl.1"
    where = event_target(f"file://{file}")
    targets.deliver(where, LINES[:1])
    if how == "moved":
        file.rename(old)
    elif how == "emptied":
        os.truncate(file, 0)
    else:
        file.unlink()
    targets.deliver(where, LINES[1:])
    assert file.read_bytes() == LINES[1] + b"\n"
    assert not old.exists() or old.read_bytes() == LINES[0] + b"\n"


def test_a_line_that_a_crash_has_cut_off_is_ended(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_bytes(b'{"number":1}\n{"numb')
    targets.append(file, b'{"number":2}\n')
    assert file.read_bytes().splitlines() == [b'{"number":1}', b'{"numb', b'{"number":2}']


def test_what_a_full_disk_has_not_taken_whole_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_bytes(b'{"number":1}\n')
    real, room = os.write, [5]

    def write(descriptor: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = real(descriptor, bytes(data)[: room[0]])
        room[0] -= taken
        return taken

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(os, "write", write)
        targets.append(file, b'{"number":2}\n')
    assert file.read_bytes() == b'{"number":1}\n'
    targets.append(file, b'{"number":2}\n')
    assert file.read_bytes() == b'{"number":1}\n{"number":2}\n'


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        targets.deliver(event_target(f"file://{tmp_path}/none/audit.jsonl"), LINES)


@contextmanager
def receiver(answer: Callable[[socket.socket], bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and what `answer` has read of the one connection to it."""
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def serve() -> None:
            connection, _address = listening.accept()
            with connection:
                connection.settimeout(10)
                got.append(answer(connection))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1], got
        finally:
            thread.join()


def read_to_end(connection: socket.socket) -> bytes:
    found = b""
    while part := connection.recv(4096):
        found += part
    return found


FRAMED = b'12 {"number":1}12 {"number":2}'


def test_a_stream_has_each_message_after_its_length() -> None:
    with receiver(read_to_end) as (port, got):
        targets.deliver(event_target(f"syslog+tcp://127.0.0.1:{port}"), LINES)
    assert got == [FRAMED]


def test_a_receiver_that_breaks_off_has_not_taken_the_messages() -> None:
    def reset(connection: socket.socket) -> bytes:
        connection.recv(1)
        # Closing without reading, and without waiting, resets the connection.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        return b""

    with receiver(reset) as (port, _got), pytest.raises(OSError, match=r"reset|Broken pipe"):
        targets.deliver(event_target(f"syslog+tcp://127.0.0.1:{port}"), [b"x" * 100_000] * 50)


def test_nobody_who_listens_is_a_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        targets.deliver(event_target(f"syslog+tcp://127.0.0.1:{port}"), LINES)


def test_tls_is_for_a_receiver_with_the_right_certificate_alone(tmp_path: Path) -> None:
    context, trusting = certificate(tmp_path, "localhost")

    def read(connection: socket.socket) -> bytes:
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                return read_to_end(secured)
        except ssl.SSLError as fault:
            return str(fault.reason).encode()

    with receiver(read) as (port, got):
        targets.deliver(event_target(f"syslog+tls://localhost:{port}"), LINES, tls=trusting)
    assert got == [FRAMED]
    with receiver(read) as (port, got), pytest.raises(ssl.SSLCertVerificationError):
        targets.deliver(event_target(f"syslog+tls://localhost:{port}"), LINES)
    assert b"ALERT" in got[0]


def test_otlp_is_posted_as_json_and_acknowledged_by_200_alone() -> None:
    asked: list[bytes] = []

    def answering(status: bytes, body: bytes = b"{}") -> Callable[[socket.socket], bytes]:
        def answer(connection: socket.socket) -> bytes:
            found = b""
            while b"\r\n\r\n" not in found or not found.endswith(b"}"):
                found += connection.recv(4096)
            asked.append(found)
            connection.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
            return found

        return answer

    with receiver(answering(b"200 OK")) as (port, _got):
        targets.deliver(event_target(f"otlp+http://127.0.0.1:{port}"), [b'{"resourceLogs":[]}'])
    assert asked[0].startswith(b"POST /v1/logs HTTP/1.1\r\n")
    assert b"Content-Type: application/json\r\n" in asked[0]
    assert asked[0].endswith(b'{"resourceLogs":[]}')
    for status in (b"503 Service Unavailable", b"302 Found", b"400 Bad Request"):
        with receiver(answering(status)) as (port, _got), pytest.raises(OSError, match="answered"):
            targets.deliver(event_target(f"otlp+http://127.0.0.1:{port}"), [b"{}"])
    partly = b'{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}}'
    with receiver(answering(b"200 OK", partly)) as (port, _got):
        targets.deliver(event_target(f"otlp+http://127.0.0.1:{port}"), [b"{}"])
    with pytest.raises(OSError, match="cannot be reached"):
        targets.deliver(event_target(f"otlp+http://127.0.0.1:{free_port()}"), [b"{}"])


def test_datagrams_have_one_message_each(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(10)
        targets.deliver(event_target(f"syslog+udp://127.0.0.1:{udp.getsockname()[1]}"), LINES)
        assert [udp.recv(4096), udp.recv(4096)] == LINES
    path = f"/tmp/samtykke-{os.getpid()}.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as local:
        local.bind(path)
        local.settimeout(10)
        try:
            targets.deliver(event_target(f"syslog+unix://{path}"), LINES)
            assert [local.recv(4096), local.recv(4096)] == LINES
        finally:
            Path(path).unlink()
    with pytest.raises(FileNotFoundError):
        targets.deliver(event_target(f"syslog+unix://{path}"), LINES)
