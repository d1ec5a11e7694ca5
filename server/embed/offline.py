"""A page that shows a banner without its server, using the script that pages got."""

import base64
import html
from collections.abc import Mapping

from server.embed.assemble import call


def page(
    offline: bytes,
    script: bytes,
    language: str,
    chunks: Mapping[str, str],
    *,
    title: str,
    variant: int | None = None,
) -> bytes:
    """A page in `language` that runs exactly this script; it needs no server.

    `offline` is the built function expression that lets the script find its `chunks`, texts by path, in
    there. `variant` is the one to show, 0 or 1, where the script has two.
    """
    shown = {"files": dict(chunks), **({} if variant is None else {"variant": variant})}
    # Base64, so that nothing in a script that was served years ago can end its element.
    address = "data:text/javascript;base64," + base64.b64encode(script).decode("ascii")
    lines = (
        f'<!doctype html><html lang="{html.escape(language)}"><meta charset="utf-8">',
        f"<title>{html.escape(title)}</title>",
        f"<script>{call(offline, shown).decode('utf-8')}</script>",
        f'<script src="{address}"></script>',
    )
    return "\n".join((*lines, "")).encode()
