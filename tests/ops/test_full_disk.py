"""A disk that is full under load: what is not stored is not acknowledged, and all goes on with new room."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.clients import a_decision
from tests.faults.disks import Disk, NoDisk, disk
from tests.faults.evidence import engine_of, gather
from tests.processes import Answer, Running, ask, running

pytestmark = pytest.mark.servers


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Disk]:
    try:
        with disk(tmp_path / "disk") as found:
            yield found
    except NoDisk as fault:
        pytest.skip(f"no disk can be mounted here that could be filled: {fault}")


def post(product: Running, body: dict[str, Any]) -> Answer:
    headers = {"Origin": product.url, "Content-Type": "text/plain"}
    answer = ask(f"{product.url}/api/v1/sites/demo/decisions", body=body, headers=headers)
    assert answer is not None
    return answer


def processes(product: Running) -> set[int]:
    return {one.pid for one in psutil.Process(product.process.pid).children(recursive=True)}


def test_a_full_disk_loses_nothing_and_needs_no_restart(small: Disk) -> None:
    folder = small.place / "data"
    bodies = [a_decision() for _ in range(300)]
    with running(folder) as product:
        assert post(product, bodies[0]).status == 201
        running_before = processes(product)
        small.leave(200_000)
        answers = {}
        refused = 0
        for body in bodies[1:]:
            answer = answers[body["id"]] = post(product, body)
            if answer.status == 503:
                assert int(answer.headers["Retry-After"]) > 0
                assert answer.json["reason"] == "unavailable"
                refused += 1
                script = ask(f"{product.url}/w/demo.js")
                assert script is not None
                assert script.status == 200
            if refused == 15:
                break
        assert refused == 15, "the disk was never full"
        assert {answer.status for answer in answers.values()} == {201, 503}
        small.enlarge()
        again = [body for body in bodies if body["id"] in answers]
        repeated = {body["id"]: post(product, body).status for body in again}
        assert processes(product) == running_before
    # What was acknowledged was stored; what was refused is stored now; nothing twice.
    for body in again:
        status = answers[body["id"]].status
        assert repeated[body["id"]] == (200 if status == 201 else 201), status
    found = gather(engine_of(folder, ""))
    assert found.sound
    assert found.decisions == dict.fromkeys([bodies[0]["id"], *repeated], 1)
