"""A page as PDF, by WeasyPrint (extra `pdf`): tagged for screen readers (PDF/UA-1).

Nothing is fetched for it.
"""

import functools
import hashlib
import importlib
import importlib.util
import threading
from typing import Any

from server.core.errors import NotFound, Unavailable

_RENDERING = threading.Lock()
"""Rendering takes seconds of processor: one at a time in each process."""

_PLACES = threading.BoundedSemaphore(2)
"""One renders, and one waits. Others are refused, so that they occupy no thread that decisions need."""

LONGEST_WAIT = 10.0
"""Seconds that the one waits."""


_KEPT: dict[bytes, bytes] = {}
"""Digest of a page → its PDF, the oldest first."""

_MOST_KEPT = 32


def available() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("weasyprint") is not None


def rendered(html: str, css: str) -> bytes:
    """The PDF of a page that has all of its text in itself; the same page gives the same bytes.

    The newest ones are kept in memory.

    :raises NotFound: `pdf_not_installed`: the extra or its library Pango is missing.
    :raises Unavailable: others are being rendered; it could be tried again.
    """
    weasyprint = _weasyprint()
    digest = hashlib.sha256(f"{css}\0{html}".encode()).digest()
    if (known := _KEPT.get(digest)) is not None:
        return known
    if not _PLACES.acquire(blocking=False):
        raise _busy()
    try:
        if not _RENDERING.acquire(timeout=LONGEST_WAIT):
            raise _busy()
        try:
            styles = [weasyprint.CSS(string=css, url_fetcher=_refusing())]
            page = weasyprint.HTML(string=html, url_fetcher=_refusing())
            # The identifier would else be drawn by chance.
            made: bytes = page.write_pdf(
                stylesheets=styles, pdf_variant="pdf/ua-1", pdf_identifier=digest[:16], cache={}
            )
            _keep(digest, made)
            return made
        finally:
            _RENDERING.release()
    finally:
        _PLACES.release()


def _keep(digest: bytes, made: bytes) -> None:
    """Keep a PDF; only the one that renders does."""
    _KEPT[digest] = made
    while len(_KEPT) > _MOST_KEPT:
        del _KEPT[next(iter(_KEPT))]


def _busy() -> Unavailable:
    return Unavailable("other PDFs are being made just now; try again in a few seconds", retry_after=10)


@functools.cache
def _weasyprint() -> Any:
    try:
        return importlib.import_module("weasyprint")
    except (ImportError, OSError) as fault:
        # OSError: Pango, which is a library of the system, is not there.
        raise NotFound(
            "this server makes no PDFs: its extra `pdf` is not installed", reason="pdf_not_installed"
        ) from fault


@functools.cache
def _refusing() -> Any:
    """A fetcher that fetches no address, neither from the network nor from a disk."""

    class Refusing(_weasyprint().urls.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, *_: object, **__: object) -> Any:
            raise ValueError(f"{url} is not fetched for a PDF")

    return Refusing()
