"""The audit log on standard output: once, or on and on, from where the last run ended."""

import json
import signal
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import TextIO

from server.accounts.service import audit_log
from server.core.db import end_reading
from server.core.errors import Invalid
from server.core.filesystems import write_atomically
from server.ops.audit_export import records

AT_ONCE = 500
"""Events that are read at a time."""

PAUSE = 2.0
"""Seconds until it is looked again for what came next."""


def records_after(number: int, *, server: str, since: datetime | None = None) -> Iterator[dict[str, object]]:
    """All events with greater numbers, oldest first.

    :param server: host name of this server
    """
    while found := audit_log.events_after(number, limit=AT_ONCE, since=since):
        end_reading()
        for event, digest in found:
            yield records.record(event, digest, server=server)
        number = found[-1][0].number
    end_reading()


def write_lines(
    out: TextIO,
    number: int,
    *,
    server: str,
    since: datetime | None = None,
    cursor: Path | None = None,
    stopped: threading.Event | None = None,
) -> None:
    """Write the events with greater numbers as lines of JSON.

    :param cursor: the file that has the number of the last event that was written. It is replaced after they
        were: who is stopped in between gets them again, and none is left out
    :param stopped: wait for what comes next until this is set; None: end with what is there
    """
    while True:
        last = number
        for one in records_after(number, server=server, since=since):
            out.write(json.dumps(one, separators=(",", ":")) + "\n")
            last = int(str(one["number"]))
            if stopped is not None and stopped.is_set():
                break
        out.flush()
        if cursor is not None and last != number:
            write_atomically(cursor, f"{last}\n".encode(), mode=0o600)
        number = last
        if stopped is None or stopped.wait(PAUSE):
            return


def cursor_of(file: Path) -> int:
    """The number in a cursor file; 0 if there is no such file yet.

    :raises Invalid: it cannot be read, or has no number.
    """
    try:
        text = file.read_text("ascii").strip()
    except FileNotFoundError:
        return 0
    except (OSError, ValueError) as fault:
        raise Invalid(f"the cursor in {file} cannot be read") from fault
    if not text.isdecimal() or len(text) > 19:
        raise Invalid(f"{file} is no cursor of this command: it has to have the number of an event")
    return int(text)


def stopped_by_signals() -> threading.Event:
    """What is set when the command is asked to end, so that it ends in order."""
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)
    return stopped
