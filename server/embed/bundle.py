"""The built widget: what every site's script is made of."""

import json
from functools import lru_cache
from pathlib import Path

from server.core.errors import Unavailable
from server.embed.values import INLINE_MODULES, Bundle

RULES = "rules.json"
"""The file with the style rules that only some sites need."""


@lru_cache(maxsize=1)
def bundle() -> Bundle:
    """Its files: inside the installed package, or beside the source.

    :raises Unavailable: it has not been built.
    """
    here = Path(__file__).parent
    parts = (
        *("settings.js", "extra.js", "debug.js", "asked.js", "draft.js"),
        "announcement.js",
        "offline.js",
        "choosing.js",
    )
    names = ("widget.js", *INLINE_MODULES, *parts, RULES)
    for folder in (here / "bundle", here.parent.parent / "widget" / "dist"):
        if all((folder / name).is_file() for name in names):
            built = {name: (folder / name).read_bytes() for name in names}
            return Bundle(
                widget=built["widget.js"],
                inline_modules={name: built[name] for name in INLINE_MODULES},
                rules=json.loads(built[RULES]),
                settings=built["settings.js"],
                extra=built["extra.js"],
                debug=built["debug.js"],
                asked=built["asked.js"],
                draft=built["draft.js"],
                announcement=built["announcement.js"],
                offline=built["offline.js"],
                choosing=built["choosing.js"],
            )
    raise Unavailable("the widget has not been built: run `make assets`", retry_after=60)
