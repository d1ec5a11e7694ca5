"""Figure 7: every decision is sent three times, some again much later, some with other content."""

import itertools
import json
import random
import secrets
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks import serving
from tests.faults.clients import a_decision
from tests.faults.evidence import engine_of, gather
from tests.faults.figures import Figure, everything, nothing
from tests.faults.server import Server, running, until

CLIENTS = 3000
SENDS = 3
LATE = CHANGED = 0.05
"""The shares that are sent once more when all others are done, and that are sent with other content."""

_BROWSERS = 16

SEED = secrets.randbits(32)


@dataclass
class Answers:
    """What the clients were answered."""

    receipts: dict[str, set[str]] = field(default_factory=dict)
    """Id of the decision → the receipts for it, as they came."""
    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    """`first`, `late` and `changed` → how often each status came."""


def _sent(url: str, bodies: Sequence[dict[str, Any]]) -> Iterator[tuple[int, bytes]]:
    """The answers, in the order of the bodies; several browsers send them at the same time."""
    with ThreadPoolExecutor(_BROWSERS) as pool:
        shares = [pool.submit(_browse, url, bodies[number::_BROWSERS]) for number in range(_BROWSERS)]
        answers = [iter(share.result()) for share in shares]
    return (next(answers[number % _BROWSERS]) for number in range(len(bodies)))


def _browse(url: str, bodies: Sequence[dict[str, Any]]) -> list[tuple[int, bytes]]:
    parts = urlsplit(url)
    headers = {"Origin": f"{parts.scheme}://{parts.netloc}", "Content-Type": "text/plain"}
    answers = []
    with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=30)) as connection:
        for body in bodies:
            connection.request("POST", "/api/v1/sites/demo/decisions", json.dumps(body), headers)
            answer = connection.getresponse()
            answers.append((answer.status, answer.read()))
    return answers


def repeated(url: str, clients: int, dice: random.Random) -> tuple[Answers, int, int]:
    """Send all of it, in a random order; the answers, and how many came late and how many changed."""
    decisions = [a_decision() for _ in range(clients)]
    first = [body for body in decisions for _ in range(SENDS)]
    dice.shuffle(first)
    late = dice.sample(decisions, max(1, int(clients * LATE)))
    changed = [_changed(body) for body in dice.sample(decisions, max(1, int(clients * CHANGED)))]
    answers = Answers()
    for name, bodies in (("first", first), ("changed", changed), ("late", late)):
        tally = answers.statuses[name] = Counter()
        for body, (status, answer) in zip(bodies, _sent(url, bodies), strict=True):
            tally[status] += 1
            if status in (200, 201):
                answers.receipts.setdefault(body["id"], set()).add(answer.decode())
    return answers, len(late), len(changed)


def _changed(body: dict[str, Any]) -> dict[str, Any]:
    turned = body["action"] == "accept_all"
    choices = dict.fromkeys(body["choices"], not turned)
    return {**body, "action": "reject_all" if turned else "accept_all", "choices": choices}


def run() -> Iterator[Figure | str]:
    """The figure on both engines."""
    for engine in ("SQLite", "PostgreSQL"):
        yield f"{CLIENTS:,} clients, each decision {SENDS} times, {engine}, seed {SEED}"
        if engine == "SQLite":
            yield from _run("")
        else:
            with serving.postgresql() as url:
                yield from _run(url)


def _run(database_url: str) -> Iterator[Figure | str]:
    with tempfile.TemporaryDirectory() as folder, running(Server(Path(folder), database_url)) as server:
        answers, late, changed = repeated(server.url, CLIENTS, random.Random(SEED))
        engine = engine_of(server.folder, database_url)
        until(lambda: gather(engine).counted >= CLIENTS, "the counters")
        found = gather(engine)
        engine.dispose()
        first = answers.statuses["first"]
        yield everything("decisions with exactly one row", _once(found.decisions), CLIENTS)
        yield everything("answered 201 once", first[201], CLIENTS)
        yield everything("answered 200 for each repeat", first[200], CLIENTS * (SENDS - 1))
        yield everything("late repeats recognised", answers.statuses["late"][200], late)
        yield everything("changed decisions refused with 409", answers.statuses["changed"][409], changed)
        differing = sum(len(receipts) != 1 for receipts in answers.receipts.values())
        yield nothing("decisions with differing receipts", differing, len(answers.receipts))
        yield everything("decisions in the counters", found.counted, CLIENTS)
        other = set(itertools.chain(*answers.statuses.values())) - {200, 201, 409}
        yield Figure("other answers", "none", ", ".join(map(str, other)) or "none", met=not other)


def _once(decisions: Counter[str]) -> int:
    return sum(times == 1 for times in decisions.values())
