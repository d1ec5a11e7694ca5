"""Running something in a thread of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def in_own_thread(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """What `function` returns or raises, in another thread with this one's context.

    For what starts an event loop. Where a test of a page ran before in the same process, this thread has
    one already: Playwright's synchronous interface lets its own wait there, marked as running, until it is
    closed.
    """
    context = copy_context()
    with ThreadPoolExecutor(max_workers=1) as threads:
        return threads.submit(lambda: context.run(function, *arguments, **named)).result()
