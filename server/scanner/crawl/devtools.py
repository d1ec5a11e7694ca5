"""A page as DevTools sees it: its requests, those of its workers, what is stored, and when."""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from playwright.async_api import BrowserContext, CDPSession, Page, Request
from playwright.async_api import Error as BrowserError

from server.scanner.crawl import storage, traffic
from server.scanner.crawl.initiators import Source
from server.scanner.crawl.scripts import function
from server.scanner.crawl.storage import Key, Seen
from server.scanner.crawl.traffic import Traffic
from server.scanner.crawl.urls import stripped
from server.scanner.observations import Stored

PATIENCE = 5.0
"""Seconds that a question to the browser may take: a page that never stops computing answers none."""

MOST_DOCUMENTS = 50
"""Documents whose HTML is read."""

LARGEST_DOCUMENT = 3_000_000
"""Characters of a document that are read."""

MOST_ISSUES = 200

T = TypeVar("T")


async def within(work: Awaitable[T], seconds: float = PATIENCE) -> T | None:
    """What comes of it; None if the browser refuses, or takes longer."""
    try:
        return await asyncio.wait_for(work, seconds)
    except (BrowserError, TimeoutError):
        return None


class DevTools:
    """What is seen of one page until its context is closed."""

    def __init__(self, page: Page, session: CDPSession, page_host: str, main_frame: str) -> None:
        self.traffic = Traffic(main_frame)
        self.seen = Seen(page_host)
        self.sources: dict[str, Source] = {}
        self.blocked: dict[str, None] = {}
        self.mixed: dict[str, None] = {}
        self._page = page
        self._session = session
        self._storage_keys: dict[str, None] = {}
        self._service_workers: dict[str, None] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._number = 0
        self._context = ""

    @classmethod
    async def attach(cls, context: BrowserContext, page: Page, page_host: str) -> "DevTools":
        """Look at a page that has loaded nothing yet."""
        session = await context.new_cdp_session(page)
        tree = await session.send("Page.getFrameTree")
        tools = cls(page, session, page_host, str(tree["frameTree"]["frame"]["id"]))
        await tools._begin()
        return tools

    async def _begin(self) -> None:
        session, binding = self._session, f"_{secrets.token_hex(8)}"
        for method in traffic.EVENTS:
            session.on(method, self._listener(method))
        session.on("Network.loadingFinished", lambda event: self._read_document(str(event["requestId"])))
        session.on("Runtime.bindingCalled", self._recorded)
        session.on("DOMStorage.domStorageItemAdded", lambda event: self._keep(event["storageId"]))
        session.on("ServiceWorker.workerVersionUpdated", self._versions)
        session.on("Audits.issueAdded", lambda event: self._issue(event["issue"]))
        session.on("Target.attachedToTarget", self._attached)
        session.on("Target.receivedMessageFromTarget", self._told)
        session.on("Target.targetCreated", self._created)
        self._page.context.on("request", self._asked)
        for domain in ("Network", "Page", "Runtime", "DOMStorage", "ServiceWorker", "Audits", "Performance"):
            await session.send(f"{domain}.enable")
        # What the browser keeps is asked for again, so that it is seen that it is.
        await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        await session.send("Runtime.addBinding", {"name": binding})
        script = f"({function('recorder')})({json.dumps(binding)})"
        await session.send("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        await session.send("Target.setAutoAttach", _ATTACHING)
        info = await session.send("Target.getTargetInfo")
        self._context = str(info["targetInfo"].get("browserContextId"))
        await session.send("Target.setDiscoverTargets", {"discover": True, "filter": [_SHARED_WORKERS]})

    def _listener(self, method: str) -> Callable[[Mapping[str, Any]], None]:
        return lambda event: self.traffic.take(method, event)

    def _later(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(within(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def send(self, method: str, **parameters: object) -> Mapping[str, Any]:
        """The answer to a command; empty if there is none."""
        return await within(self._session.send(method, parameters)) or {}

    async def clock(self) -> float:
        """The browser's clock, in seconds; that of requests."""
        metrics = (await self.send("Performance.getMetrics")).get("metrics") or ()
        by_name = {each["name"]: float(each["value"]) for each in metrics}
        # A page that never stops computing answers nothing; the browser's clock is the machine's.
        return by_name.get("Timestamp", time.monotonic())

    # --- workers ------------------------------------------------------------------------------------------

    def _attached(self, event: Mapping[str, Any]) -> None:
        target = event["targetInfo"]
        self.traffic.worker(str(target.get("url", "")), str(event["sessionId"]))
        if target.get("type") == "service_worker":
            self._service_workers.setdefault(str(target["url"]))
        self._later(self._watch(str(event["sessionId"])))

    def _created(self, event: Mapping[str, Any]) -> None:
        """Attach to a shared worker of this visit, which by itself is attached to no page."""
        target = event["targetInfo"]
        if target.get("type") == "shared_worker" and target.get("browserContextId") == self._context:
            self._later(self._attach(str(target["targetId"]), str(target.get("url", ""))))

    async def _attach(self, target: str, url: str) -> None:
        answer = await self._session.send("Target.attachToTarget", {"targetId": target, "flatten": False})
        self.traffic.worker(url, str(answer["sessionId"]))
        await self._watch(str(answer["sessionId"]))

    async def _watch(self, worker: str) -> None:
        for method, parameters in (
            ("Network.enable", {}),
            ("Target.setAutoAttach", _ATTACHING),
            ("Runtime.runIfWaitingForDebugger", {}),
        ):
            self._number += 1
            message = json.dumps({"id": self._number, "method": method, "params": parameters})
            await self._session.send("Target.sendMessageToTarget", {"sessionId": worker, "message": message})

    def _asked(self, request: Request) -> None:
        """Note a request that Playwright tells of: a worker may have begun before DevTools looked at it."""
        worker = request.service_worker
        self.traffic.also(request.url, request.resource_type, time.monotonic(), worker.url if worker else "")

    def _told(self, event: Mapping[str, Any]) -> None:
        message = json.loads(event["message"])
        self.traffic.take(str(message.get("method")), message.get("params") or {}, str(event["sessionId"]))

    # --- what else the page does --------------------------------------------------------------------------

    def _recorded(self, event: Mapping[str, Any]) -> None:
        with suppress(ValueError):
            payload = json.loads(str(event.get("payload", ""))[:20_000])
            if isinstance(payload, dict):
                self.seen.record(payload)

    def _issue(self, issue: Mapping[str, Any]) -> None:
        details = issue.get("details") or {}
        if policy := details.get("contentSecurityPolicyIssueDetails"):
            if not policy.get("isReportOnly") and len(self.blocked) < MOST_ISSUES:
                what = stripped(str(policy.get("blockedURL") or "")) or "inline"
                self.blocked.setdefault(f"{policy.get('violatedDirective', '')} {what}"[:2_000])
        elif (mixed := details.get("mixedContentIssueDetails")) and len(self.mixed) < MOST_ISSUES:
            self.mixed.setdefault(stripped(str(mixed.get("insecureURL") or "")))

    def _read_document(self, request: str) -> None:
        documents = self.traffic.documents
        if documents and documents[-1][0] == request and len(self.sources) < MOST_DOCUMENTS:
            self._later(self._source(request, documents[-1][2]))

    async def _source(self, request: str, url: str) -> None:
        answer = await self._session.send("Network.getResponseBody", {"requestId": request})
        if not answer.get("base64Encoded") and url not in self.sources:
            self.sources[url] = Source(str(answer.get("body", ""))[:LARGEST_DOCUMENT], url)

    # --- what is stored -----------------------------------------------------------------------------------

    def _keep(self, storage_id: Mapping[str, Any]) -> None:
        key = str(storage_id.get("storageKey") or "")
        if key and len(self._storage_keys) < storage.MOST_ORIGINS:
            self._storage_keys.setdefault(key)

    def _versions(self, event: Mapping[str, Any]) -> None:
        for each in event.get("versions") or ():
            script = str(each.get("scriptURL") or "")
            if each.get("status") == "redundant":
                self._service_workers.pop(script, None)
            elif script and len(self._service_workers) < 100:
                self._service_workers.setdefault(script)

    async def stored(self, now: float) -> Mapping[Key, Stored]:
        """All that is stored at this moment.

        :param now: seconds since 1970
        """
        host = self.seen.page_host
        answer = await self.send("Network.getAllCookies")
        found = dict(storage.of_cookie(each, host, now) for each in answer.get("cookies") or ())
        tree = (await self.send("Page.getFrameTree")).get("frameTree")
        for frame in _frames(tree):
            answer = await self.send("Storage.getStorageKeyForFrame", frameId=frame)
            self._keep(answer)
        for key in tuple(self._storage_keys):
            async for kind, name in self._of_key(key):
                each, stored = storage.of_origin(kind, name, key, host)
                found[each] = stored
        for script in self._service_workers:
            each, stored = storage.of_origin("service_worker", script, script, host)
            found[each] = stored
        return found

    async def _of_key(self, key: str) -> Any:
        for local in (True, False):
            storage_id = {"storageKey": key, "isLocalStorage": local}
            answer = await self.send("DOMStorage.getDOMStorageItems", storageId=storage_id)
            for name, _value in answer.get("entries") or ():
                yield ("local_storage" if local else "session_storage"), str(name)
        for name in (await self.send("IndexedDB.requestDatabaseNames", storageKey=key)).get(
            "databaseNames"
        ) or ():
            yield "indexed_db", str(name)
        for cache in (await self.send("CacheStorage.requestCacheNames", storageKey=key)).get("caches") or ():
            yield "cache_storage", str(cache.get("cacheName"))


_SHARED_WORKERS = {"type": "shared_worker"}

_ATTACHING = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": False}


def _frames(tree: Mapping[str, Any] | None) -> Iterator[str]:
    if tree:
        yield str(tree["frame"]["id"])
        for child in tree.get("childFrames") or ():
            yield from _frames(child)
