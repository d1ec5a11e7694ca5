"""Figure 3: the power fails at any moment, and what the disk had not confirmed is gone or torn.

A server on SQLite is recorded: every write, truncation and sync of its database files (strace), and the
moment in which each browser got the acknowledgement of its decision. Then the files are made again as a disk
could show them after a cut: what a sync had covered is there; of what was written since, nothing (the worst
case), or any part of it, in blocks of 512 bytes. The engine opens what is left, and the decisions that were
acknowledged before the cut are looked for.

As a control, the same is done as if the write-ahead log were not synced before an answer: then decisions must
be missing, or this run could not see a loss.
"""

import random
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from server.core.db import engine_options
from tests.faults.clients import Crowd
from tests.faults.figures import Figure, nothing
from tests.faults.server import Server, running

CUTS = 440
SECONDS = 6
"""How long browsers decide."""

BLOCK = 512
"""Bytes that a disk writes whole or not at all."""

SEED = secrets.randbits(32)

FILES = ("samtykke.db", "samtykke.db-wal")

_CALL = re.compile(
    r"(?P<at>[0-9.]+) (?P<name>pwrite64|ftruncate|fdatasync|fsync)\([0-9]+<(?P<path>[^>]*)>(?P<rest>.*)\) = "
    r"(?P<result>-?[0-9]+).* <(?P<took>[0-9.]+)>$"
)


@dataclass(frozen=True)
class Call:
    """Something that was done to a file; times in seconds since 1970."""

    begun: float
    ended: float
    name: Literal["write", "truncate", "sync"]
    file: str
    offset: int = 0
    """Where it was written, or the length that it was cut to."""
    data: bytes = b""


@dataclass(frozen=True)
class Recording:
    """The files before, what was done to them, and what was acknowledged."""

    before: dict[str, bytes]
    calls: Sequence[Call]
    acknowledged: Sequence[tuple[float, str]]
    """When, and the id of the decision; in the order of time."""


def run() -> Iterator[Figure | str]:
    """Both kinds of cut, and the control."""
    if shutil.which("strace") is None:
        yield "strace is not installed, so nothing was recorded"
        yield Figure("cuts", str(CUTS), "0", met=False)
        return
    recording = _record()
    dice = random.Random(SEED)
    moments = sorted(dice.choice(recording.calls).ended + dice.uniform(0, 0.002) for _ in range(CUTS // 2))
    yield f"{len(recording.acknowledged):,} decisions, {len(recording.calls):,} writes and syncs, seed {SEED}"
    yield Figure("cuts", "400", str(2 * len(moments)), met=2 * len(moments) >= 400)
    for what, whims in (("nothing unsynced left", None), ("any part of it left", dice)):
        lost = corrupt = 0
        for moment in moments:
            missing, sound = _look(recording, moment, whims)
            lost, corrupt = lost + missing, corrupt + (not sound)
        expected = sum(_acknowledged_before(recording, moment) for moment in moments)
        yield nothing(f"acknowledged decisions lost, {what}", lost, expected)
        yield nothing(f"databases that are not sound, {what}", corrupt, len(moments))
    calls = [call for call in recording.calls if not (call.name == "sync" and call.file == FILES[1])]
    careless = Recording(recording.before, calls, recording.acknowledged)
    losing = sum(_look(careless, moment, None)[0] > 0 for moment in moments)
    yield Figure("control: cuts that lose some without these syncs", "> 0", str(losing), met=losing > 0)


def _record() -> Recording:
    with tempfile.TemporaryDirectory() as data, tempfile.TemporaryDirectory() as traces:
        folder = Path(data)
        with running(Server(folder)) as once:
            once.stop()
        before = {name: (folder / name).read_bytes() if (folder / name).exists() else b"" for name in FILES}
        paths = [argument for name in FILES for argument in ("-P", str(folder / name))]
        wrapper = [
            *("strace", "-ff", "-ttt", "-T", "-y", "-xx", "-s", "1000000", "-o", f"{traces}/trace", *paths),
            *("-e", "trace=pwrite64,ftruncate,fdatasync,fsync"),
        ]
        with running(Server(folder, wrapper=wrapper)) as server:
            acknowledged: list[tuple[float, str]] = []
            crowd = Crowd(server.url, size=8, repeat=0)
            crowd.listener = lambda decision_id: acknowledged.append((time.time(), decision_id))  # noqa: TID251
            with crowd.deciding():
                time.sleep(SECONDS)
            server.stop()
        lines = [line for trace in Path(traces).iterdir() for line in trace.read_text().splitlines()]
    calls = sorted((call for line in lines if (call := _read(line))), key=lambda call: call.ended)
    return Recording(before, calls, sorted(acknowledged))


def _read(line: str) -> Call | None:
    found = _CALL.match(line)
    if found is None or found["result"].startswith("-"):
        return None
    begun = float(found["at"])
    ended, file = begun + float(found["took"]), Path(_text(found["path"])).name
    if found["name"] == "pwrite64":
        data, length, offset = found["rest"].removeprefix(", ").rsplit(", ", 2)
        return Call(begun, ended, "write", file, int(offset), _bytes(data)[: int(length)])
    if found["name"] == "ftruncate":
        return Call(begun, ended, "truncate", file, int(found["rest"].removeprefix(", ")))
    return Call(begun, ended, "sync", file)


def _text(printed: str) -> str:
    return _bytes(printed).decode() if printed.startswith("\\x") else printed


def _bytes(printed: str) -> bytes:
    return bytes.fromhex(printed.strip('"').replace("\\x", ""))


def _acknowledged_before(recording: Recording, moment: float) -> int:
    return sum(at <= moment for at, _ in recording.acknowledged)


def _look(recording: Recording, moment: float, whims: random.Random | None) -> tuple[int, bool]:
    """How many acknowledged decisions are missing after a cut at this moment; whether the rest is sound."""
    with tempfile.TemporaryDirectory() as place:
        for name in FILES:
            (Path(place) / name).write_bytes(_left(recording, name, moment, whims))
        engine = sa.create_engine(**engine_options(f"sqlite:///{place}/{FILES[0]}"))
        try:
            with engine.connect() as connection:
                sound = connection.execute(sa.text("PRAGMA integrity_check")).scalars().all() == ["ok"]
                stored = set(connection.execute(sa.text("SELECT decision_id FROM consent")).scalars())
        except sa.exc.DatabaseError:
            return _acknowledged_before(recording, moment), False
        finally:
            engine.dispose()
    return sum(at <= moment and decision not in stored for at, decision in recording.acknowledged), sound


def _left(recording: Recording, name: str, moment: float, whims: random.Random | None) -> bytes:
    """What the disk may show of a file after a cut; with whims, what was not synced is there in part."""
    calls = [call for call in recording.calls if call.file == name]
    synced = max((call.begun for call in calls if call.name == "sync" and call.ended <= moment), default=0.0)
    content = bytearray(recording.before[name])
    for call in calls:
        if call.name == "sync" or call.begun > moment:
            continue
        if call.ended <= synced:
            _apply(content, call)
        elif whims is not None:
            _apply_in_part(content, call, whims)
    return bytes(content)


def _apply(content: bytearray, call: Call) -> None:
    if call.name == "truncate":
        del content[call.offset :]
        content.extend(bytes(call.offset - len(content)))
        return
    content.extend(bytes(max(0, call.offset - len(content))))
    content[call.offset : call.offset + len(call.data)] = call.data


def _apply_in_part(content: bytearray, call: Call, whims: random.Random) -> None:
    if call.name == "truncate":
        if whims.random() < 0.5:
            _apply(content, call)
        return
    fate = whims.choice(("all", "none", "torn"))
    for start in range(0, len(call.data), BLOCK):
        if fate == "all" or (fate == "torn" and whims.random() < 0.5):
            part = call.data[start : start + BLOCK]
            _apply(content, Call(call.begun, call.ended, "write", call.file, call.offset + start, part))
