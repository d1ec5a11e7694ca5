"""Pages kept in the memory of each process, compressed; the most expensive are made one at a time.

What they say follows from published versions, which are immutable, and from the site: so these are the key.
"""

import gzip
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import cast

from flask import Response, current_app, request

from server.core.db import end_reading
from server.core.kept import Kept
from server.core.turns import Turns
from server.notices.site_pages import Asked, answered, cached
from server.sites import service as sites

MOST_BYTES = 16 * 2**20
"""Of compressed pages in the memory of one process."""

WAITING = 3
"""Requests that wait while a page is made; with more, threads that decisions need would be occupied."""

LONGEST_WAIT = 5.0
"""Seconds."""

_EXTENSION = "samtykke_kept_pages"


@dataclass(frozen=True)
class _Pages:
    """Those of one application."""

    kept: Kept = field(default_factory=lambda: Kept(MOST_BYTES))
    turns: Turns = field(default_factory=lambda: Turns(waiting=WAITING, longest_wait=LONGEST_WAIT))


def kept_page(
    about: Asked, make: Callable[[], bytes], *, mimetype: str = "text/html", in_turn: bool = False
) -> Response:
    """The page that `make` returns, made once as long as it is kept; with `ETag`, and 304 if it is known.

    :param in_turn: it takes so much processor that it has to wait while another such page is made
    :raises Unavailable: it is to be made in turn, and would wait too long; it could be tried again.
    """
    pages, key = _pages(), _key(about)
    made = pages.kept.get(key)
    if made is None:
        # Nobody holds a connection while waiting.
        end_reading()
        with pages.turns.turn("other pages") if in_turn else nullcontext():
            # Who waited may find what was waited for.
            made = pages.kept.get(key)
            if made is None:
                made = gzip.compress(make(), 6, mtime=0)
                pages.kept.put(key, made)
    if request.accept_encodings.quality("gzip") > 0:
        answer = answered(about, made, mimetype)
        answer.headers["Content-Encoding"] = "gzip"
    else:
        answer = answered(about, gzip.decompress(made), mimetype)
    answer.vary.add("Accept-Encoding")
    return cached(answer)


def _pages() -> _Pages:
    found = current_app.extensions.get(_EXTENSION)
    # Two threads may come here at once: then both get what the first one put there.
    return cast("_Pages", found or current_app.extensions.setdefault(_EXTENSION, _Pages()))


def _key(about: Asked) -> tuple[object, ...]:
    newest = sites.newest(about.site.id)
    return (
        request.endpoint,
        tuple(sorted((request.view_args or {}).items())),
        tuple(sorted(about.query.items())),
        about.language,
        about.site,
        (about.version.number, about.version.content_hash),
        # Until when a version is in force, and what else there is, depends on it.
        newest and (newest.number, newest.content_hash),
    )
