"""Chromium by its pipe, with nothing attached to its pages that would cost them time.

A test driver listens to a page's console, network and scripts. That makes the engine note a stack for every
cookie that is read, and so parse the functions around it again: work that no visitor's browser does.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import IO, Any, Self

LIMIT = 60.0
"""Seconds after which a condition on a page will not come true any more."""


class BareChromium:
    """A running browser."""

    def __init__(self, to: IO[bytes], back: IO[bytes]) -> None:
        self._to, self._back = to, back
        self._numbers = count(1)
        self._read = b""

    def call(self, method: str, session: str | None = None, **parameters: object) -> dict[str, Any]:
        """Ask the browser for something of the DevTools protocol and wait for the answer.

        Raises:
            RuntimeError: It refuses, or has gone.
        """
        number = next(self._numbers)
        asked: dict[str, object] = {"id": number, "method": method, "params": parameters}
        if session:
            asked["sessionId"] = session
        self._to.write(json.dumps(asked).encode() + b"\0")
        # Events that no command has asked for do not matter here.
        while (answer := self._message()).get("id") != number:
            continue
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            more = self._back.read(1 << 16)
            if not more:
                raise RuntimeError("the browser has gone")
            self._read += more
        message, _, self._read = self._read.partition(b"\0")
        return dict(json.loads(message))

    @contextmanager
    def visitor(self) -> Iterator["Visitor"]:
        """Somebody with cookies and storage of their own."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        try:
            yield Visitor(self, context)
        finally:
            self.call("Target.disposeBrowserContext", browserContextId=context)


class Visitor:
    """Somebody whose pages share cookies and storage."""

    def __init__(self, browser: BareChromium, context: str) -> None:
        self._browser, self._context = browser, context

    @contextmanager
    def tab(self) -> Iterator["Tab"]:
        """A tab at the front."""
        target = self._browser.call(
            "Target.createTarget",
            url="about:blank",
            browserContextId=self._context,
            newWindow=True,
            width=1280,
            height=800,
        )["targetId"]
        session = self._browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        try:
            yield Tab(self._browser, session)
        finally:
            self._browser.call("Target.closeTarget", targetId=target)


class Tab:
    """A page, counting its work by the processor's time: other programs do not count, nor do waits."""

    def __init__(self, browser: BareChromium, session: str) -> None:
        self._browser, self._session = browser, session
        self.call("Performance.enable", timeDomain="threadTicks")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Ask for something about this page."""
        return self._browser.call(method, self._session, **parameters)

    def slowed(self, times: int, latency: float, down: float, up: float) -> Self:
        """The same with a slower processor and network: milliseconds, bytes a second."""
        self.call("Emulation.setCPUThrottlingRate", rate=times)
        network = {"latency": latency, "downloadThroughput": down, "uploadThroughput": up}
        self.call("Network.emulateNetworkConditions", offline=False, **network)
        return self

    def go(self, address: str, wait: int) -> None:
        """Open a page and leave it alone for so many milliseconds after it has loaded."""
        self.call("Page.navigate", url=address)
        self.until(f"location.href === {json.dumps(address)} && document.readyState === 'complete'")
        time.sleep(wait / 1000)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def until(self, condition: str, otherwise: str = "") -> None:
        """Ask now and then whether a condition is true.

        Raises:
            RuntimeError: It does not come true.
        """
        end = time.monotonic() + LIMIT
        while not self.evaluate(f"!!({condition})"):
            if time.monotonic() > end:
                raise RuntimeError(otherwise or condition)
            time.sleep(0.25)

    def press(self, x: float, y: float) -> None:
        """A press as a hand makes it: it comes, and then it presses."""
        at = {"x": x, "y": y}
        self.call("Input.dispatchMouseEvent", type="mouseMoved", **at)
        time.sleep(0.3)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at)

    def metrics(self) -> dict[str, float]:
        """What the browser counts: seconds, bytes and numbers by name."""
        found = self.call("Performance.getMetrics")["metrics"]
        return {each["name"]: float(each["value"]) for each in found}


@contextmanager
def bare_chromium(executable: str) -> Iterator[BareChromium]:
    """Start a browser whose first language is English, and end it."""
    arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--lang=en-GB",
        "--remote-debugging-pipe",
    ]
    asked, ask = os.pipe()
    answers, answer = os.pipe()
    # The browser reads from its descriptor 3 and writes to 4, whatever ours are called.
    redirected = f'exec "$@" 3<&{asked} 4>&{answer}'
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [executable, *arguments, f"--user-data-dir={profile}"]
        running = subprocess.Popen(
            ["bash", "-c", redirected, "bash", *command], pass_fds=(asked, answer), stderr=subprocess.DEVNULL
        )
        os.close(asked)
        os.close(answer)
        try:
            with os.fdopen(ask, "wb", buffering=0) as to, os.fdopen(answers, "rb", buffering=0) as back:
                yield BareChromium(to, back)
        finally:
            running.terminate()
            running.wait()
