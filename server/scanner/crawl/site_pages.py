"""Which pages of a website are visited: what is listed, its sitemap names, and its pages link to. Pure."""

import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterable
from urllib.parse import urljoin
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from protego import Protego

from server.scanner.crawl.job import FoundPage, Way
from server.scanner.crawl.urls import is_same_site, page_url

ROBOT = "Samtykke"
"""The name by which robots.txt can address scans."""

LARGEST_SITEMAP = 10_000_000
"""Bytes of a sitemap, unpacked, that are read."""

MOST_SITEMAPS = 20

MOST_FOUND = 20_000
"""Pages that are remembered."""

_ORDER: tuple[Way, ...] = ("start", "list", "alternate", "link", "sitemap")
"""Whose turn comes first."""

_NO_PAGES = (
    ".7z .avi .css .csv .doc .docx .eps .epub .exe .gif .gz .ics .ico .jpeg .jpg .js .json .m4a .mov .mp3 "
    ".mp4 .mpg .odt .ogg .pdf .png .ppt .pptx .rar .rss .svg .tar .tif .tiff .txt .wav .webm .webp .xls "
    ".xlsx .xml .zip"
)
_FILES = tuple(_NO_PAGES.split())
"""Ends of addresses that lead to no page."""


class Frontier:
    """The pages that were found, and which is next: in the order of `_ORDER`, of each way the first found."""

    def __init__(self, start: str, most: int) -> None:
        self._start = start
        self._most = most
        self._waiting: dict[Way, deque[FoundPage]] = {way: deque() for way in _ORDER}
        self._known: set[str] = set()
        self._given = 0

    def add(self, urls: Iterable[str], way: Way, base: str) -> list[FoundPage]:
        """Remember pages that were found; those that are new.

        :param base: where relative addresses start
        """
        new = []
        for each in urls:
            url = page_url(base, each)
            if len(self._known) >= MOST_FOUND:
                break
            if not url or not self._is_wanted(url, way) or _same(url) in self._known:
                continue
            self._known.add(_same(url))
            page = FoundPage(url, way)
            self._waiting[way].append(page)
            new.append(page)
        return new

    def _is_wanted(self, url: str, way: Way) -> bool:
        if way in ("start", "list"):
            return True
        path = url.partition("?")[0].lower()
        return is_same_site(url, self._start) and not path.endswith(_FILES)

    def again(self, pages: Iterable[FoundPage]) -> None:
        """Remember what was found before, as it was."""
        for page in pages:
            if _same(page.url) not in self._known:
                self._known.add(_same(page.url))
                self._waiting[page.found].append(page)

    def skip(self, urls: Iterable[str]) -> None:
        """Count pages as visited, which they were before."""
        for url in urls:
            self._known.add(_same(url))
            self._given += 1
            for waiting in self._waiting.values():
                for page in [each for each in waiting if each.url == url]:
                    waiting.remove(page)

    def next(self) -> FoundPage | None:
        """The page whose turn it is; None: there is none now, or as many were visited as were asked for."""
        if self._given >= self._most:
            return None
        for way in _ORDER:
            if self._waiting[way]:
                self._given += 1
                return self._waiting[way].popleft()
        return None

    @property
    def left(self) -> int:
        """How many pages were found and are not visited."""
        return sum(map(len, self._waiting.values()))

    @property
    def is_full(self) -> bool:
        """Whether as many pages were given as were asked for."""
        return self._given >= self._most


def _same(url: str) -> str:
    """What addresses of the same page have in common."""
    return url.partition("://")[2].removeprefix("www.").rstrip("/")


def robots(text: str) -> Protego:
    """The rules in a robots.txt."""
    return Protego.parse(text[:500_000])


def sitemap(body: bytes, url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The pages that a sitemap names, and further sitemaps; nothing if it is none.

    :param body: XML or lines of text, packed with gzip or not
    """
    text = _unpacked(body)
    if text.lstrip()[:1] != b"<":
        lines = text.decode("utf-8", "replace").splitlines()
        return tuple(line.strip() for line in lines[:MOST_FOUND] if line.startswith("http")), ()
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        return (), ()
    places = [
        urljoin(url, (each.text or "").strip())
        for child in root
        for each in child
        if each.tag.rpartition("}")[2] == "loc"
    ][:MOST_FOUND]
    is_index = root.tag.rpartition("}")[2] == "sitemapindex"
    return ((), tuple(places)) if is_index else (tuple(places), ())


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body[:LARGEST_SITEMAP]
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
            return packed.read(LARGEST_SITEMAP)
    except (OSError, EOFError, zlib.error):
        return b""
