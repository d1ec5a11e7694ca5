"""The requests of a visit, by what DevTools says of its pages and their workers. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.scanner.crawl import initiators
from server.scanner.crawl.initiators import Source
from server.scanner.crawl.urls import SENT, host_of, is_third_party, parameter, parameters, stripped
from server.scanner.observations import Initiator, Phase, Request, RequestKind

MOST_REQUESTS = 5_000
"""Of a visit; what follows is left out."""

MOST_COOKIES = 100
"""Names of cookies of one answer that are kept."""

_KINDS: Mapping[str, RequestKind] = {
    "Stylesheet": "stylesheet",
    "Image": "image",
    "Media": "media",
    "TextTrack": "media",
    "Font": "font",
    "Script": "script",
    "XHR": "fetch",
    "Fetch": "fetch",
    "Prefetch": "fetch",
    "EventSource": "fetch",
    "Ping": "beacon",
    "CSPViolationReport": "beacon",
    "WebSocket": "websocket",
}

_UNSENT = frozenset({"csp", "mixed-content", "inspector", "subresource-filter"})
"""Reasons for which a request stays in the browser."""

_BY_SETTING = frozenset({"UserPreferences", "ThirdPartyPhaseout", "ThirdPartyBlockedInFirstPartySet"})
"""Why this browser keeps a cookie out that another visitor's takes."""


@dataclass
class _Sent:
    url: str
    kind: RequestKind
    at: float
    """By the browser's clock, in seconds."""
    initiator: Mapping[str, Any]
    document: str
    frame: str
    """The document of the frame; empty for the page itself and for workers."""
    redirected_from: str = ""
    status: int | None = None
    cookies: tuple[str, ...] = ()
    unsent: bool = False


@dataclass(frozen=True)
class Moments:
    """When the phases of a visit began, by the browser's clock in seconds."""

    asked: float
    """When the page was asked for."""
    chosen: float | None = None
    again: float | None = None

    def phase(self, at: float) -> Phase:
        """The phase that a moment is in."""
        if self.again is not None and at >= self.again:
            return "again"
        return "after" if self.chosen is not None and at >= self.chosen else "before"

    def since(self, at: float) -> int:
        """Milliseconds since the choice, or since the page was asked for if there was none."""
        return round((at - (self.asked if self.chosen is None else self.chosen)) * 1000)


@dataclass
class Traffic:
    """What was sent. `take` gets the events of the domains Network and Page."""

    main_frame: str
    documents: list[tuple[str, str, str]] = field(default_factory=list)
    """Request, frame and whole address of each document that has arrived."""
    last_at: float = 0
    """When the last request was sent."""
    full: bool = False
    _sent: dict[tuple[str, str], list[_Sent]] = field(default_factory=dict)
    _cookies: dict[tuple[str, str], list[tuple[str, ...]]] = field(default_factory=dict)
    _frames: dict[str, str] = field(default_factory=dict)
    _parents: dict[str, str] = field(default_factory=dict)
    _workers: dict[str, str] = field(default_factory=dict)
    """Addresses of the scripts of workers, by their sessions."""
    _also: list[_Sent] = field(default_factory=list)

    def worker(self, url: str, session: str) -> None:
        """Note the script of a worker that was started, and its session."""
        self._workers[session] = url

    def also(self, url: str, kind: str, at: float, worker: str) -> None:
        """Note a request of which there may be no event, as of a worker that began too soon.

        :param kind: by Playwright's name
        :param worker: address of the service worker that sent it, if one did
        """
        if url.partition(":")[0].lower() in SENT and len(self._also) < MOST_REQUESTS:
            by = {"type": "script", "url": worker} if worker else {}
            self._also.append(_Sent(url, _KINDS.get(kind.capitalize(), "fetch"), at, by, "", ""))

    def take(self, method: str, event: Mapping[str, Any], session: str = "") -> None:
        """Note an event of a page, or of the worker that has this session."""
        handle = _HANDLERS.get(method)
        if handle is not None:
            handle(self, event, session)

    def _will_be_sent(self, event: Mapping[str, Any], session: str) -> None:
        url, kind = str(event["request"]["url"]), str(event.get("type"))
        key = (session, str(event["requestId"]))
        hops = self._sent.get(key, [])
        redirect = event.get("redirectResponse")
        if redirect and hops:
            hops[-1].status = int(redirect["status"])
            if not event.get("redirectHasExtraInfo"):
                self._cookies.setdefault(key, []).append(_set_by_headers(redirect.get("headers") or {}))
        if url.partition(":")[0].lower() not in SENT or kind == "Preflight" or self._is_full():
            return
        frame, document = str(event.get("frameId") or ""), str(event.get("documentURL") or "")
        hops.append(
            _Sent(
                url,
                self._kind(kind, frame),
                float(event["timestamp"]),
                event.get("initiator") or {},
                document,
                self._around(frame, document, kind) if not session else "",
                hops[-1].url if redirect and hops else "",
            )
        )
        self._sent[key] = hops
        self.last_at = max(self.last_at, float(event["timestamp"]))

    def _is_full(self) -> bool:
        self.full = self.full or len(self._sent) >= MOST_REQUESTS
        return self.full

    def _kind(self, kind: str, frame: str) -> RequestKind:
        if kind == "Document":
            return "document" if frame == self.main_frame else "frame"
        return _KINDS.get(kind, "other")

    def _around(self, frame: str, document: str, kind: str) -> str:
        """The document of the frame that asks; for a frame's document that is the one around it."""
        if kind == "Document":
            parent = self._parents.get(frame, self.main_frame)
            return "" if parent == self.main_frame else stripped(self._frames.get(parent, ""))
        return "" if frame in ("", self.main_frame) else stripped(document)

    def _received(self, event: Mapping[str, Any], session: str) -> None:
        key = (session, str(event["requestId"]))
        hops = self._sent.get(key)
        if not hops and session:
            hops = self._late(key, event)
        if hops:
            hops[-1].status = int(event["response"]["status"]) or None
            if not event.get("hasExtraInfo"):
                headers = event["response"].get("headers") or {}
                self._cookies.setdefault(key, []).append(_set_by_headers(headers))

    def _late(self, key: tuple[str, str], event: Mapping[str, Any]) -> list[_Sent]:
        """A request of a worker that had begun before DevTools looked at it: its answer alone is seen."""
        url = str(event["response"]["url"])
        if url.partition(":")[0].lower() not in SENT or self._is_full():
            return []
        by = {"type": "script", "url": self._workers.get(key[0], "")}
        kind = _KINDS.get(str(event.get("type")), "fetch")
        self._sent[key] = [_Sent(url, kind, float(event["timestamp"]), by, "", "")]
        return self._sent[key]

    def _extra(self, event: Mapping[str, Any], session: str) -> None:
        refused = {
            str((each.get("cookie") or {}).get("name") or each.get("cookieLine", "").partition("=")[0])
            for each in event.get("blockedCookies") or ()
            if not set(each.get("blockedReasons") or ()) <= _BY_SETTING
        }
        names = [each for each in _set_by_headers(event.get("headers") or {}) if each not in refused]
        self._cookies.setdefault((session, str(event["requestId"])), []).append(tuple(names))

    def _failed(self, event: Mapping[str, Any], session: str) -> None:
        hops = self._sent.get((session, str(event["requestId"])))
        if hops and event.get("blockedReason") in _UNSENT:
            hops[-1].unsent = True

    def _finished(self, event: Mapping[str, Any], session: str) -> None:
        request = str(event["requestId"])
        hops = self._sent.get((session, request))
        if hops and hops[-1].kind in ("document", "frame") and not session:
            self.documents.append((request, hops[-1].document, hops[-1].url))

    def _socket(self, event: Mapping[str, Any], session: str) -> None:
        if self._is_full():
            return
        key = (session, str(event["requestId"] if "requestId" in event else event["transportId"]))
        at = float(event.get("timestamp") or 0)
        self._sent[key] = [_Sent(str(event["url"]), "websocket", at, event.get("initiator") or {}, "", "")]

    def _handshake(self, event: Mapping[str, Any], session: str) -> None:
        if hops := self._sent.get((session, str(event["requestId"]))):
            hops[-1].at = float(event["timestamp"])
            self.last_at = max(self.last_at, hops[-1].at)

    def _switched(self, event: Mapping[str, Any], session: str) -> None:
        if hops := self._sent.get((session, str(event["requestId"]))):
            hops[-1].status = int(event["response"]["status"])

    def _attached(self, event: Mapping[str, Any], _session: str) -> None:
        self._parents[str(event["frameId"])] = str(event["parentFrameId"])

    def _navigated(self, event: Mapping[str, Any], _session: str) -> None:
        frame = event["frame"]
        self._frames[str(frame["id"])] = str(frame["url"])

    def hosts(self) -> frozenset[str]:
        """The hosts that requests were sent to."""
        return frozenset(host_of(each.url) for hops in self._sent.values() for each in hops)

    def requests(
        self, moments: Moments, page_host: str, sources: Mapping[str, Source]
    ) -> tuple[Request, ...]:
        """What was sent, in its order.

        :param sources: documents by their whole addresses
        """
        found = [
            (each.at, self._request(each, moments, page_host, sources))
            for each in self._each_with_cookies()
            if not each.unsent
        ]
        return tuple(request for _, request in sorted(found, key=lambda pair: pair[0]))

    def _each_with_cookies(self) -> Iterator[_Sent]:
        for key, hops in self._sent.items():
            sets = self._cookies.get(key, ())
            for place, each in enumerate(hops):
                each.cookies = sets[place] if place < len(sets) else ()
                yield each
        known = {each.url for hops in self._sent.values() for each in hops}
        for each in self._also:
            if each.url not in known:
                known.add(each.url)
                yield each

    def _request(
        self, sent: _Sent, moments: Moments, page_host: str, sources: Mapping[str, Source]
    ) -> Request:
        host = host_of(sent.url)
        return Request(
            url=stripped(sent.url),
            host=host,
            kind="worker" if sent.url in self._workers.values() else sent.kind,
            third_party=is_third_party(host, page_host),
            phase=moments.phase(sent.at),
            at=moments.since(sent.at),
            parameters=parameters(sent.url),
            frame=sent.frame,
            status=sent.status,
            sets=sent.cookies,
            consent_state=parameter(sent.url, "gcs")[:20],
            initiator=self._initiator(sent, sources),
        )

    def _initiator(self, sent: _Sent, sources: Mapping[str, Source]) -> Initiator:
        around = str(sent.initiator.get("url") or sent.document)
        source = sources.get(around.partition("#")[0])
        return initiators.of_request(sent.initiator, sent.url, source, redirected_from=sent.redirected_from)


_HANDLERS = {
    "Network.requestWillBeSent": Traffic._will_be_sent,
    "Network.responseReceived": Traffic._received,
    "Network.responseReceivedExtraInfo": Traffic._extra,
    "Network.loadingFailed": Traffic._failed,
    "Network.loadingFinished": Traffic._finished,
    "Network.webSocketCreated": Traffic._socket,
    "Network.webTransportCreated": Traffic._socket,
    "Network.webSocketWillSendHandshakeRequest": Traffic._handshake,
    "Network.webSocketHandshakeResponseReceived": Traffic._switched,
    "Page.frameAttached": Traffic._attached,
    "Page.frameNavigated": Traffic._navigated,
}

EVENTS: Sequence[str] = tuple(_HANDLERS)
"""What `take` has a use for."""


def _set_by_headers(headers: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the cookies that an answer's headers set; DevTools has a line for each."""
    lines = "\n".join(str(value) for name, value in headers.items() if name.lower() == "set-cookie")
    names = (line.partition(";")[0].partition("=")[0].strip()[:200] for line in lines.split("\n"))
    return tuple(dict.fromkeys(filter(None, names)))[:MOST_COOKIES]
