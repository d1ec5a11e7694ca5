"""A page as PDF, by WeasyPrint (extra `pdf`): tagged for screen readers (PDF/UA-1).

It is made in a process of its own, with limits of processor, memory and time (`server.notices.pdf_process`).
"""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys

import structlog

from server.core.errors import NotFound, Unavailable
from server.core.kept import Kept
from server.core.turns import Turns
from server.notices import pdf_process

MOST_PROCESSOR = 20
"""Seconds of processor for a PDF; one of 300 services needs about four."""

MOST_MEMORY = 2**30
"""Bytes of address space for a PDF."""

LONGEST = 60.0
"""Seconds until a process is ended that gets too little processor."""

TRY_LATER = 3600
"""Seconds after which what was too long for a PDF may be another page."""

_TURNS = Turns()
"""One renders, and one waits."""

_KEPT = Kept(32 * 2**20)
"""Digest of a page → its PDF; empty: it was too long for one."""


log = structlog.get_logger("samtykke.pdf")


def available() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("weasyprint") is not None


def rendered(html: str, css: str) -> bytes:
    """The PDF of a page that has all of its text in itself; the same page gives the same bytes.

    The newest ones are kept in memory, as is which pages are too long.

    :raises NotFound: `pdf_not_installed`: the extra or its library Pango is missing.
    :raises Unavailable: others are being rendered, and it could be tried again; or the page is too long.
    """
    if not available():
        raise _not_installed()
    digest = hashlib.sha256(f"{css}\0{html}".encode()).digest()
    made = _KEPT.get(digest)
    if made is None:
        with _TURNS.turn("other PDFs"):
            # Who waited may find what was waited for.
            made = _KEPT.get(digest)
            if made is None:
                made = _made(html, css, digest)
                _KEPT.put(digest, made)
    if not made:
        raise Unavailable(
            "this page is too long for a PDF here; read it as a page instead", retry_after=TRY_LATER
        )
    return made


def _made(html: str, css: str, digest: bytes) -> bytes:
    """The PDF; empty if it needs more processor or memory than it may, or cannot be made."""
    asked = json.dumps({"html": html, "css": css, "identifier": digest[:16].hex()}).encode()
    # Without the folder of the file, whose modules have names of the standard library's.
    command = [sys.executable, "-P", pdf_process.__file__, str(MOST_PROCESSOR), str(MOST_MEMORY)]
    # Settings have secrets that a PDF does not need.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SAMTYKKE_")}
    try:
        ended = subprocess.run(  # noqa: S603 - nothing of the command comes from outside
            command, input=asked, capture_output=True, timeout=LONGEST, env=environment, check=False
        )
    except subprocess.TimeoutExpired as fault:
        log.warning("pdf_took_too_long", seconds=LONGEST)
        raise Unavailable(
            "this server is too busy to make a PDF now; try again in a minute", retry_after=60
        ) from fault
    if ended.returncode == pdf_process.NOT_INSTALLED:
        raise _not_installed()
    if ended.returncode:
        # The last line of a traceback names the fault; text of the page is not in it.
        last = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        log.warning("pdf_failed", status=ended.returncode, fault=last.partition(":")[0][:80])
        return b""
    return ended.stdout


def _not_installed() -> NotFound:
    return NotFound("this server makes no PDFs: its extra `pdf` is not installed", reason="pdf_not_installed")
