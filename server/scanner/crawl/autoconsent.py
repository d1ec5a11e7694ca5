"""Consent tools of others, recognised and answered by DuckDuckGo's autoconsent and its rules.

Its script runs in each frame and talks to us by messages: `init` asks for rules, `popupFound` says that a
banner is open, `optOutResult` what became of an answer.
"""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from playwright.async_api import Frame, Page

from server.scanner.crawl.devtools import within

_CONFIGURATION: Mapping[str, object] = {
    "enabled": True,
    "autoAction": None,
    "disabledCmps": [],
    "enablePrehide": False,
    "enableCosmeticRules": False,
    "enableHeuristicDetection": False,
    "heuristicMode": "off",
    "detectRetries": 20,
    "visualTest": False,
    # Its questions are answered in the page itself, whose variables they are about.
    "isMainWorld": False,
}
"""It looks, and acts only on a command. A rule that merely hides a banner answers nothing."""

_MOST_FRAMES = 50
"""In which it looks for a banner."""

_MOST_TOOLS = 10

_ANSWER_SECONDS = 25.0
"""How long answering may take: some tools have dialogs of several steps."""


@dataclass(frozen=True)
class Rules:
    """What autoconsent is made of."""

    script: str
    rules: Sequence[Mapping[str, Any]]

    def of(self, url: str, *, top: bool) -> list[Mapping[str, Any]]:
        """The rules that may concern a frame."""
        return [each for each in self.rules if _concerns(each.get("runContext") or {}, url, top=top)]


def _concerns(context: Mapping[str, Any], url: str, *, top: bool) -> bool:
    if not (context.get("main", True) if top else context.get("frame", False)):
        return False
    pattern = context.get("urlPattern")
    return not pattern or re.search(pattern, url) is not None


@lru_cache(maxsize=1)
def read(folder: str) -> Rules | None:
    """Autoconsent from the folder that it was built into; None: it is not there."""
    script, rules = (Path(folder) / name for name in ("autoconsent.js", "autoconsent_rules.json"))
    if not folder or not script.is_file() or not rules.is_file():
        return None
    return Rules(script.read_text("utf-8"), json.loads(rules.read_bytes())["autoconsent"])


class Autoconsent:
    """Autoconsent on one page."""

    def __init__(self, page: Page, rules: Rules) -> None:
        self.detected: dict[str, None] = {}
        """Names of rules whose tool is on the page."""
        self.open: dict[str, Frame] = {}
        """Names of rules whose banner is open, and the frame that it is in."""
        self._page = page
        self._rules = rules
        self._result: asyncio.Future[bool] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._looked = 0
        self._looking = False

    async def prepare(self) -> None:
        """Make ready before the page is asked for."""
        await self._page.expose_binding("autoconsentSendMessage", self._told)
        self._page.on("framenavigated", self._navigated)

    def begin(self) -> None:
        """Look for banners, in all frames from now on."""
        self._looking = True
        self._later(self._look(frame) for frame in self._page.frames)

    def _navigated(self, frame: Frame) -> None:
        if self._looking:
            self._later([self._look(frame)])

    def _later(self, works: Iterable[Any]) -> None:
        for work in works:
            task = asyncio.ensure_future(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _look(self, frame: Frame) -> None:
        if frame.url.startswith(("http:", "https:")) and self._looked < _MOST_FRAMES:
            self._looked += 1
            await within(frame.evaluate(self._rules.script))

    async def _told(self, source: Mapping[str, Any], message: Any) -> None:
        """Answer a message; a page can send them too, so nothing in one is believed to be of a form."""
        frame: Frame = source["frame"]
        if not isinstance(message, dict):
            return
        name, kind = str(message.get("cmp", ""))[:200], message.get("type")
        if kind == "init":
            rules = self._rules.of(frame.url, top=frame.parent_frame is None)
            answer = {"type": "initResp", "config": _CONFIGURATION, "rules": {"autoconsent": rules}}
            await self._say(frame, answer)
        elif kind == "eval":
            result = await within(frame.evaluate(_evaluating(str(message.get("code", "")))))
            await self._say(
                frame, {"type": "evalResp", "id": str(message.get("id", "")), "result": bool(result)}
            )
        elif kind == "cmpDetected" and len(self.detected) < _MOST_TOOLS:
            self.detected.setdefault(name)
        elif kind == "popupFound" and len(self.open) < _MOST_TOOLS:
            self.open.setdefault(name, frame)
        elif kind in ("optOutResult", "optInResult") and self._result and not self._result.done():
            self._result.set_result(message.get("result") is True)

    async def _say(self, frame: Frame, message: Mapping[str, object]) -> None:
        await within(frame.evaluate("message => { autoconsentReceiveMessage(message); }", message))

    async def answer(self, *, accept: bool) -> bool:
        """Accept or refuse in the first banner that is open; whether every step of the rule worked."""
        frame = next(iter(self.open.values()))
        self._result = asyncio.get_running_loop().create_future()
        await self._say(frame, {"type": "optIn" if accept else "optOut"})
        try:
            return await asyncio.wait_for(self._result, _ANSWER_SECONDS)
        except TimeoutError:
            return False

    def close(self) -> None:
        """Look no longer."""
        self._looking = False
        for task in tuple(self._tasks):
            task.cancel()


def _evaluating(code: str) -> str:
    return f"() => ({code})" if code else "() => false"
