"""The script of a paused or deleted site: it does nothing, and says so on the console."""

from server.embed.assemble import call
from server.embed.compression import compress
from server.embed.values import SCRIPT, Asset

_SAY = (
    b'(function(site){console.info("Samtykke: the site "+site+" is paused or deleted. '
    b'No banner is shown, and what waits for consent stays blocked.")})'
)
"""A function expression, as the bundle is: the key is its argument, and no JavaScript is templated."""


def paused_script(key: str) -> Asset:
    """What the site with this key serves while it is paused or deleted."""
    return compress(SCRIPT, call(_SAY, key))
