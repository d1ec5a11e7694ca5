"""Only few threads at a time do what is expensive."""

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest

from server.core.errors import Unavailable
from server.core.turns import Turns


def test_one_works_as_many_as_may_wait_and_the_rest_are_refused_at_once() -> None:
    turns, begun, go = Turns(waiting=2, longest_wait=60, retry_after=7), threading.Event(), threading.Event()
    together, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal together, most
        with turns.turn("pages"):
            with lock:
                together += 1
                most = max(most, together)
            begun.set()
            assert go.wait(60)
            with lock:
                together -= 1

    with ThreadPoolExecutor(5) as pool:
        try:
            first = pool.submit(work)
            assert begun.wait(60)
            others = {pool.submit(work) for _ in range(4)}
            refused: set[object] = set()
            while len(refused) < 2:
                ended, others = wait(others, return_when=FIRST_COMPLETED)
                for each in ended:
                    fault = each.exception()
                    assert isinstance(fault, Unavailable)
                    assert (fault.retry_after, "pages are being made" in fault.message) == (7, True)
                    refused.add(each)
        finally:
            go.set()
        for each in (first, *others):
            each.result()
    assert most == 1


def test_who_waits_too_long_is_refused_and_leaves_no_place_occupied() -> None:
    turns = Turns(longest_wait=0.0)
    with turns.turn("pages"):
        for _ in range(3):
            with pytest.raises(Unavailable), turns.turn("pages"):
                pass
    with turns.turn("pages"):
        pass


def test_a_turn_that_fails_is_over() -> None:
    turns = Turns(waiting=0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turns.turn("pages"):
            raise ZeroDivisionError
