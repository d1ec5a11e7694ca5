"""Browsers that decide and record what the server answered: the history to compare the database with."""

import base64
import json
import secrets
import threading
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

ACTIONS = {"accept_all": True, "reject_all": False}
PAUSE_SECONDS = 0.05
"""Between two tries of a browser whose server does not answer."""


def new_id() -> str:
    """128 random bits, as browsers write them."""
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")


@dataclass
class History:
    """What browsers sent, and the answers. A decision is acknowledged by a 201 or 200 alone."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    """Id of the decision → number of its record."""
    sent: set[str] = field(default_factory=set)
    """Ids of all decisions that left a browser, acknowledged or not."""
    answers: Counter[int] = field(default_factory=Counter)
    """How often each status came; 0 is no answer at all."""
    contradicted: list[str] = field(default_factory=list)
    """Decisions that were acknowledged twice with different numbers."""


class Crowd:
    """Browsers that decide without pause, each repeating a decision until it is acknowledged."""

    def __init__(self, url: str, *, size: int = 16, site: str = "demo", repeat: float = 0.05) -> None:
        self.history = History()
        self.size = size
        self.listener: Callable[[str], object] = id
        """Called with each decision, in the moment in which it is acknowledged."""
        self._url = urllib.parse.urlsplit(url)
        self._path = f"/api/v1/sites/{site}/decisions"
        self._repeat = repeat
        """The share of acknowledged decisions that is sent once more, as after a lost answer."""
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._browse, daemon=True) for _ in range(size)]

    @contextmanager
    def deciding(self) -> Iterator[History]:
        """They decide inside of the block, and finish what they have begun at its end."""
        for thread in self._threads:
            thread.start()
        try:
            yield self.history
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join(timeout=60)

    def _browse(self) -> None:
        connection: HTTPConnection | None = None
        while not self._stop.is_set():
            decision = a_decision()
            with self._guard:
                self.history.sent.add(decision["id"])
            tries = 2 if secrets.randbelow(1000) < self._repeat * 1000 else 1
            while tries and not self._stop.is_set():
                connection, status, body = self._post(connection, decision)
                self._note(decision["id"], status, body)
                if status in (200, 201):
                    tries -= 1
                else:
                    self._stop.wait(PAUSE_SECONDS)

    def _post(
        self, connection: HTTPConnection | None, decision: object
    ) -> tuple[HTTPConnection | None, int, bytes]:
        assert self._url.hostname is not None
        connection = connection or HTTPConnection(self._url.hostname, self._url.port or 80, timeout=20)
        headers = {"Origin": f"{self._url.scheme}://{self._url.netloc}", "Content-Type": "text/plain"}
        try:
            connection.request("POST", self._path, json.dumps(decision), headers)
            answer = connection.getresponse()
            return connection, answer.status, answer.read()
        except (OSError, HTTPException):
            connection.close()
            return None, 0, b""

    def _note(self, decision_id: str, status: int, body: bytes) -> None:
        if status in (200, 201):
            self.listener(decision_id)
        with self._guard:
            self.history.answers[status] += 1
            if status in (200, 201):
                number = json.loads(body)["consent_id"]
                if self.history.acknowledged.setdefault(decision_id, number) != number:
                    self.history.contradicted.append(decision_id)


@contextmanager
def loading(url: str) -> Iterator[Counter[int]]:
    """A page that loads the script all the time; how often each status came, 0 for no answer."""
    statuses: Counter[int] = Counter()
    stop = threading.Event()

    def load() -> None:
        while not stop.wait(0.02):
            status = 0
            with suppress(OSError), urllib.request.urlopen(url, timeout=20) as answer:
                status = answer.status
            statuses[status] += 1

    thread = threading.Thread(target=load)
    thread.start()
    try:
        yield statuses
    finally:
        stop.set()
        thread.join()


def a_decision() -> dict[str, Any]:
    """What one browser sends once."""
    action = secrets.choice(list(ACTIONS))
    return {
        "id": new_id(),
        "visitor": new_id(),
        "version": 1,
        "language": "nb",
        "action": action,
        "surface": "banner",
        "choices": dict.fromkeys(("functional", "statistics", "advertising"), ACTIONS[action]),
    }
