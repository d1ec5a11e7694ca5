"""The process that makes one PDF, started by `server.notices.pdf`: JSON on its input, the PDF on its output.

It imports nothing of this product, and has limits of its own: what WeasyPrint needs for a page depends on
what staff wrote, and no thread of a web process can be stopped.
"""

import importlib
import json
import os
import resource
import sys
from contextlib import suppress
from typing import Any

NOT_INSTALLED = 3
"""Exit status if WeasyPrint or Pango is missing."""


def main(processor_seconds: int, memory_bytes: int) -> int:
    """Read `html`, `css` and `identifier` (hexadecimal), and write the PDF. Nothing is fetched for it."""
    # Decisions of visitors come first.
    os.nice(5)
    _limit(resource.RLIMIT_CPU, processor_seconds)
    _limit(resource.RLIMIT_AS, memory_bytes)
    try:
        weasyprint: Any = importlib.import_module("weasyprint")
    except (ImportError, OSError):
        # OSError: Pango, which is a library of the system, is not there.
        return NOT_INSTALLED

    class Refusing(weasyprint.urls.URLFetcher):
        """Fetches no address, neither from the network nor from a disk."""

        def fetch(self, url: str, *_: object, **__: object) -> Any:
            raise ValueError(f"{url} is not fetched for a PDF")

    asked = json.load(sys.stdin.buffer)
    fetcher = Refusing()
    made = weasyprint.HTML(string=asked["html"], url_fetcher=fetcher).write_pdf(
        stylesheets=[weasyprint.CSS(string=asked["css"], url_fetcher=fetcher)],
        pdf_variant="pdf/ua-1",
        # It would else be drawn by chance.
        pdf_identifier=bytes.fromhex(asked["identifier"]),
        cache={},
    )
    sys.stdout.buffer.write(made)
    return 0


def _limit(what: int, most: int) -> None:
    # Some systems name a limit that they refuse to set; the time that the caller waits limits it anyway.
    with suppress(OSError, ValueError):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
