import multiprocessing
import threading
from pathlib import Path

from server.demo import tally
from tests.processes import PATIENCE


def _count(folder: Path) -> None:
    for _ in range(200):
        tally.note(folder, "praten", "script")


def test_nothing_counted_is_zero(tmp_path: Path) -> None:
    assert tally.count(tmp_path, "praten", "script") == 0


def test_several_workers_lose_nothing(tmp_path: Path) -> None:
    processes = [
        multiprocessing.get_context("spawn").Process(target=_count, args=(tmp_path,)) for _ in range(2)
    ]
    threads = [threading.Thread(target=_count, args=(tmp_path,)) for _ in range(3)]
    for process in processes:
        process.start()
    for thread in threads:
        thread.start()
    for process in processes:
        process.join(timeout=PATIENCE)
    for thread in threads:
        thread.join(timeout=PATIENCE)

    assert tally.count(tmp_path, "praten", "script") == 1000
    assert tally.count(tmp_path, "praten", "other") == 0
