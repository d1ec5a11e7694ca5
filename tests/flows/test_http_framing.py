"""What RFC 9112 asks of a server, over real connections: one answer a request, and no body is a request.

Each case sends bytes and a marker behind them, a whole request of its own. Where the bytes are one sound
request, the marker is answered as the second; where they are not, the server answers once, with an error, and
closes: what follows a fault cannot be distinguished from a body (RFC 9112 § 9.3, § 11.2).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.flows.http_exchange import RawAnswer, exchange
from tests.flows.http_framing_cases import CASES, MARKER, Case
from tests.processes import Running, ask, eventually, running

pytestmark = pytest.mark.servers

MALFORMED = 100 * int(os.environ.get("EXAMPLES", "60"))
"""Mutated requests, in the order of one seed: the first of them are the same in each run."""

CLIENTS = 8
"""How many of them are under way at once."""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("framing")) as product:
        yield product


def port_of(product: Running) -> int:
    return int(product.url.rpartition(":")[2])


def is_marker(answer: RawAnswer) -> bool:
    return answer.status == 200 and b'"status"' in answer.body


def is_refusal(answer: RawAnswer) -> bool:
    return 400 <= answer.status < 500 or answer.status in (501, 505)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.section}: {case.name}")
@pytest.mark.parametrize("pieces", [1, 2, 9], ids="in {} pieces".format)
def test_a_request_is_framed_as_the_rfc_says(product: Running, case: Case, pieces: int) -> None:
    answers = exchange(port_of(product), case.raw + MARKER, pieces=pieces)
    statuses = [answer.status for answer in answers]
    if case.accepted:
        assert len(answers) == 2, statuses
        assert answers[0].status < 500, statuses
        assert is_marker(answers[1]), statuses
    elif case.accepted is None:
        assert len(answers) <= 2, statuses
        assert all(is_marker(answer) or is_refusal(answer) for answer in answers), statuses
    else:
        # A connection may also be closed without a word.
        assert all(is_refusal(answer) for answer in answers[:1]), statuses
        assert all(case.framed and is_marker(answer) for answer in answers[1:]), statuses


CHANGES = (b"", b"\0", b"\r", b"\n", b"\r\n", b" ", b"\t", b":", b";", b",", b"0", b"-", b"\xff", b"chunked")


def mutate(raw: bytes, chance: random.Random) -> bytes:
    """One to four changes of the kind that parsers disagree about."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(raw) + 1)
        end = min(len(raw), at + chance.choice((0, 0, 1, 2, 9)))
        raw = raw[:at] + chance.choice((*CHANGES, raw[:40])) + raw[end:]
    return raw


def test_malformed_requests_cost_no_descriptor_no_thread_and_no_server_error(product: Running) -> None:
    port = port_of(product)
    family = psutil.Process(product.process.pid).children(recursive=True)
    chance = random.Random(9112)
    seeds = [case.raw for case in CASES if len(case.raw) < 2000]
    requests = [mutate(chance.choice(seeds), chance) for _ in range(MALFORMED)]

    def held() -> int:
        return sum(one.num_fds() + one.num_threads() for one in family)

    def statuses_of(raws: list[bytes]) -> set[int]:
        with ThreadPoolExecutor(CLIENTS) as clients:
            answers = clients.map(lambda raw: exchange(port, raw), raws)
            return {answer.status for each in answers for answer in each}

    # Until every thread has begun and opened its connection to the database.
    statuses = statuses_of(requests[: MALFORMED // 4])
    before = held()
    statuses |= statuses_of(requests[MALFORMED // 4 :])
    assert {status for status in statuses if status >= 500} <= {501, 505}
    eventually(lambda: held() <= before + CLIENTS, what="the release of every connection")
    answer = ask(f"{product.url}/healthz")
    assert answer is not None
    assert answer.status == 200
    assert [one.pid for one in family if not one.is_running()] == []
