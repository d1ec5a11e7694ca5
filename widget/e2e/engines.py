"""Firefox and WebKit, each by its own protocol: WebDriver BiDi and WebDriver.

Both give the tests the same few actions. Playwright's own builds of them are not what visitors have.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from websockets.sync.client import ClientConnection, connect

from tests.processes import PATIENCE, eventually, free_port

KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Space": " ", "Shift": "\ue008"}
QUIET = {
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "intl.accept_languages": "nb-NO,nb",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}
"""Nothing that Firefox does by itself may reach for the network."""


class Engine(Protocol):
    """A browser with one page."""

    name: str

    def open(self, address: str) -> None:
        """Go there and wait until it has loaded."""

    def value(self, expression: str) -> Any:
        """What a JavaScript expression, or the promise it gives, is on the page."""

    def act(self, actions: list[dict[str, Any]]) -> None:
        """Use keyboard and pointer, as both protocols describe it."""

    def forget(self) -> None:
        """Remove the cookies of the page; storage belongs to an origin, and every test has a new one."""


def until(engine: Engine, expression: str) -> None:
    """Wait for the expression to be true."""
    eventually(lambda: engine.value(f"!!({expression})"), what=f"{engine.name}: {expression}")


def press(engine: Engine, *keys: str) -> None:
    """Press keys one after the other."""
    strokes = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
    engine.act([{"type": "key", "id": "keyboard", "actions": strokes}])


def click(engine: Engine, selector: str) -> None:
    """Press the middle of an element, once it is there."""
    found = f"document.querySelector({json.dumps(selector)})"
    until(engine, f"{found}?.getBoundingClientRect().width")
    x, y = engine.value(
        f"(e => {{ e.scrollIntoView({{block: 'nearest'}}); const r = e.getBoundingClientRect();"
        f"return [Math.round(r.x + r.width / 2), Math.round(r.y + r.height / 2)] }})({found})"
    )
    actions = [
        {"type": "pointerMove", "x": x, "y": y, "duration": 0},
        {"type": "pointerDown", "button": 0},
        {"type": "pointerUp", "button": 0},
    ]
    engine.act(
        [{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}]
    )


class Firefox:
    """Firefox over WebDriver BiDi."""

    name = "Firefox"

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = count(1)
        self._send("session.new", {"capabilities": {}})
        # A tab of our own: in the first one keys arrive, but press no button.
        made = self._send("browsingContext.create", {"type": "tab"})
        self._context = {"context": made["context"]}

    def open(self, address: str) -> None:
        self._send("browsingContext.navigate", {**self._context, "url": address, "wait": "complete"})

    def value(self, expression: str) -> Any:
        wanted = {"expression": _as_json(expression), "target": self._context, "awaitPromise": True}
        answer = self._send("script.evaluate", wanted)
        if answer["type"] != "success":
            raise AssertionError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def act(self, actions: list[dict[str, Any]]) -> None:
        self._send("input.performActions", {**self._context, "actions": actions})

    def forget(self) -> None:
        self._send("storage.deleteCookies", {})

    def _send(self, method: str, parameters: dict[str, Any]) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=PATIENCE))
            if answer.get("id") == number:
                if answer["type"] == "error":
                    raise AssertionError(f"{method}: {answer['message']}")
                return answer["result"]


class WebKit:
    """WebKitGTK over its own WebDriver."""

    name = "WebKit"

    def __init__(self, driver: str, browser: str) -> None:
        self._address = f"{driver}/session"
        options = {"binary": browser, "args": ["--automation"]}
        timeouts = {"script": PATIENCE * 1000, "pageLoad": PATIENCE * 1000}
        matched = {"webkitgtk:browserOptions": options, "timeouts": timeouts}
        wanted = {"capabilities": {"alwaysMatch": matched}}
        self._address += "/" + self._send("", wanted)["sessionId"]

    def open(self, address: str) -> None:
        self._send("/url", {"url": address})

    def value(self, expression: str) -> Any:
        script = f"const done = arguments[0]; {_as_json(expression)}.then(done, e => done(null, e))"
        return json.loads(self._send("/execute/async", {"script": script, "args": []}))

    def act(self, actions: list[dict[str, Any]]) -> None:
        self._send("/actions", {"actions": actions})

    def forget(self) -> None:
        self._send("/cookie", method="DELETE")

    def close(self) -> None:
        self._send("", method="DELETE")

    def _send(self, path: str, body: object = None, *, method: str = "POST") -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._address + path, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise AssertionError(f"{path}: {refusal.read().decode()}") from None


def _as_json(expression: str) -> str:
    return f"Promise.resolve({expression}).then(value => JSON.stringify(value ?? null))"


@contextmanager
def firefox(path: str) -> Iterator[Firefox]:
    """A Firefox with a new profile."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in QUIET.items()]
        (Path(profile) / "user.js").write_text("\n".join(lines), encoding="utf-8")
        command = [path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port=0"]
        with _running(command, {}) as process:
            address = _line_after(process, "WebDriver BiDi listening on ")
            with connect(f"{address}/session", max_size=None, proxy=None) as socket:
                yield Firefox(socket)


@contextmanager
def webkit(driver: str, browser: str, screen: str) -> Iterator[WebKit]:
    """A WebKitGTK on a screen of its own."""
    command = [screen, "-displayfd", "2", "-nolisten", "tcp", "-screen", "0", "1280x800x24"]
    with _running(command, {}) as display:
        number = _line_after(display, "")
        port = free_port()
        surroundings = {"DISPLAY": f":{number}", "WEBKIT_DISABLE_DMABUF_RENDERER": "1", "LANG": "nb_NO.UTF-8"}
        with _running([driver, f"--port={port}"], surroundings):
            eventually(lambda: _answers(port), what="the start of WebKitWebDriver")
            page = WebKit(f"http://127.0.0.1:{port}", browser)
            try:
                yield page
            finally:
                page.close()


@contextmanager
def _running(command: list[str], more: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        env={**os.environ, **more},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        # With everything it has started.
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


def _line_after(process: subprocess.Popen[str], beginning: str) -> str:
    """The rest of the line that begins so, on the standard error; what follows is read and dropped."""
    assert process.stderr
    for line in process.stderr:
        if line.startswith(beginning) and line.strip():
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return line.removeprefix(beginning).strip()
    raise AssertionError(f"{process.args!r} ended")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def found() -> dict[str, Callable[[], Any]]:
    """How to start each engine that this machine has."""
    engines: dict[str, Callable[[], Any]] = {}
    fox = os.environ.get("SAMTYKKE_TEST_FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
    if fox:
        engines["Firefox"] = lambda: firefox(fox)
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browser = next(iter(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")), None)
    if driver and screen and browser:
        engines["WebKit"] = lambda: webkit(driver, str(browser), screen)
    return engines
