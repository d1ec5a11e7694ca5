"""Fetching a page through the one guard, and following its redirects. Each hop is judged by itself."""

import gzip
import io
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast
from urllib.parse import urljoin, urlsplit

import brotli

from server.core.addresses import FetchFault, Refused, parse
from server.core.db import end_reading
from server.core.errors import Invalid
from server.core.guarded_fetch import Answer
from server.scanner.values import Fault
from server.sites.values import matches

HOPS = 5
"""Redirects that are followed."""

PAGE_BYTES = 2_000_000
"""How much of a page is read."""

HEADERS = {
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "User-Agent": "Mozilla/5.0 (compatible; Samtykke; checks whether the consent banner is installed)",
}
"""What is sent with each request. Many servers turn away what does not look like a browser."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_DAMAGED = (OSError, EOFError, zlib.error, brotli.error)
"""What is raised for a body whose content coding is damaged."""

Get = Callable[[str], Answer]
"""Gets a URL, by `guarded_fetch.get` with `HEADERS` and `PAGE_BYTES`."""


def outside_of_transactions(get: Get) -> Get:
    """The same, but what was read before is let go of: a server that answers slowly keeps no connection.

    :raises RuntimeError: when it is called inside of a transaction that writes
    """

    def got(url: str) -> Answer:
        end_reading()
        return get(url)

    return got


@dataclass(frozen=True)
class Fetched:
    """A page as its server answered."""

    url: str
    """After redirects."""
    answer: Answer
    html: bytes
    """Without its content coding."""


def whole(typed: str, *, allow_private: bool) -> str:
    """The page that somebody means, by its whole URL; without a scheme it is `https`.

    :raises Invalid: `url`: it is no URL, or may not be requested.
    """
    text = typed.strip()
    if text and "://" not in text:
        text = f"https://{text}"
    try:
        parse(text, allow_http=True, allow_private=allow_private)
        urlsplit(text)
    except (Refused, ValueError) as fault:
        raise Invalid("the page cannot be checked", errors={"url": f"cannot be used: {fault}"}) from fault
    return text


def fetch(url: str, get: Get, *, hosts: Collection[str]) -> Fetched | Fault:
    """The page at a URL, or why there is none.

    :param get: raises `FetchFault` where there is no answer
    :param hosts: those of the website, to which alone a redirect is followed
    """
    for _ in range(HOPS + 1):
        try:
            answer = get(url)
        except FetchFault as fault:
            return Fault("unreachable", {"url": url, "reason": fault.reason, "sentence": fault.message})
        if answer.status not in _REDIRECTS or "location" not in answer.headers:
            return _page(url, answer)
        try:
            url = urljoin(url, answer.headers["location"])
            host = (urlsplit(url).hostname or "").lower()
        except ValueError:
            return Fault("status", {"url": url, "status": str(answer.status)})
        if not covers(hosts, host):
            return Fault("redirected_away", {"host": host or url})
    return Fault("too_many_redirects", {"url": url})


def download(url: str, get: Get) -> bytes | None:
    """What is at a URL, such as an image, wherever its redirects lead; None if it is not to be had whole."""
    for _ in range(HOPS):
        try:
            answer = get(url)
            if answer.status in _REDIRECTS and "location" in answer.headers:
                url = urljoin(url, answer.headers["location"])
            elif answer.status == HTTPStatus.OK and answer.complete:
                return _plain(answer.body, answer.headers.get("content-encoding", ""))
            else:
                return None
        except (FetchFault, ValueError, *_DAMAGED):
            return None
    return None


def covers(hosts: Collection[str], host: str) -> bool:
    """Whether a host is one of a website's, with or without `www.` in front."""
    bare = host.removeprefix("www.")
    return any(matches(each, name) for each in hosts for name in (host, bare, f"www.{bare}"))


def _page(url: str, answer: Answer) -> Fetched | Fault:
    if answer.status != 200:
        return Fault("status", {"url": url, "status": str(answer.status)})
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in ("text/html", "application/xhtml+xml"):
        return Fault("not_html", {"type": kind})
    try:
        html = _plain(answer.body, answer.headers.get("content-encoding", ""))
    except _DAMAGED:
        return Fault("not_html", {"type": answer.headers.get("content-encoding", "")})
    return Fetched(url, answer, html)


def _plain(body: bytes, coding: str) -> bytes:
    """A body without its content coding, which some servers send though none was asked for.

    At most `PAGE_BYTES` come out of it, however small it was.
    """
    match coding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
                return packed.read(PAGE_BYTES)
        case "deflate":
            return zlib.decompressobj().decompress(body, PAGE_BYTES)
        case "br":
            unpacking = brotli.Decompressor()
            found = cast("bytes", unpacking.process(body, output_buffer_limit=PAGE_BYTES))
            if not unpacking.is_finished() and len(found) < PAGE_BYTES:
                raise EOFError
            return found
        case _:
            raise OSError(coding)
