"""What an inline script loads, and what it tells Google's tags, as far as its text shows. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

READ = 200_000
"""Characters of a script that are read."""

_URL = re.compile(
    r"(?:https?:)?(?:\\?/){2}(?P<rest>[A-Za-z0-9.-]{4,253}(?:\\?/[A-Za-z0-9._~%+=/\\-]{0,200})?)"
)
"""An address in a script, as it stands in a text; slashes may be escaped."""

_INSERTS = re.compile(r"createElement|innerHTML|insertAdjacentHTML|document\.write")
"""How a script makes elements; the debug panel of the widget looks for the same."""

_DEFAULT = re.compile(r"""gtag\(\s*["']consent["']\s*,\s*["']default["']""")

_START = re.compile(r"""gtag\(\s*["'](?:js|config|event)["']|["']gtm\.start["']""")

_TAG = re.compile(r"""["'](?P<id>(?:AW|DC|G|GT|GTM)-[A-Za-z0-9]{2,20})["']""")

GOOGLE = "www.googletagmanager.com"
"""The host of all tags that heed Google Consent Mode."""


@dataclass(frozen=True)
class GoogleCommands:
    """What a script tells Google's tags."""

    sets_default: bool
    """Whether it sets the consent that counts until the visitor has chosen."""
    starts: bool
    """Whether it starts them, and had set no such consent before."""
    tags: tuple[str, ...]
    """Addresses of the tags that it names by their ids."""


def addresses(text: str) -> Iterator[str]:
    """Every address that a script names, made whole with `https`."""
    for found in _URL.finditer(text[:READ]):
        address = "https://" + found["rest"].replace("\\", "")
        try:
            urlsplit(address)
        except ValueError:
            continue
        yield address


def loaded(text: str) -> tuple[str, ...]:
    """Addresses that a script may load by itself: none if it makes no elements.

    Nor if it names the banner: then it may ask whether the visitor has allowed what it loads.
    """
    if not _INSERTS.search(text[:READ]) or "samtykke" in text[:READ]:
        return ()
    return tuple(dict.fromkeys(addresses(text)))


def google_commands(text: str) -> GoogleCommands:
    """What a script tells Google's tags."""
    read = text[:READ]
    default, start = _DEFAULT.search(read), _START.search(read)
    ids = dict.fromkeys(found["id"] for found in _TAG.finditer(read))
    return GoogleCommands(
        sets_default=default is not None,
        starts=start is not None and (default is None or start.start() < default.start()),
        tags=tuple(
            f"https://{GOOGLE}/{'gtm.js' if each.startswith('GTM-') else 'gtag/js'}?id={each}" for each in ids
        )
        or (f"https://{GOOGLE}/gtag/js",),
    )
