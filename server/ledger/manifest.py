"""Daily manifests: what the log holds of one site and one day, so that omissions are detected.

The day is that of the log: an entry belongs to the day (UTC) on which it was sequenced, seconds after the
decision. Manifests do not list manifests. The body is the canonical JSON (`server.core.canonical`) of
exactly these keys:

| key | |
| --- | --- |
| `v` | 1 |
| `site` | public key of the site |
| `day` | e.g. `2026-11-22` |
| `log` | origin of the log |
| `count` | number of the site's entries of that day |
| `first`, `last` | index of the first and of the last of them |
| `root` | root (RFC 6962) of a tree of these entries alone, in order, in hexadecimal |

The log holds `commitment`, under kind 5. Anyone with the body, the key and the site's entries of the day can
verify that they are complete, and learns nothing about other sites.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import date

from server.core.canonical import canonical
from server.ledger.tree import Frontier, leaf_hash

SALT_BYTES = 32
"""Length of the key of a commitment."""


class Tally:
    """A running tally of the entries of one site and day; constant memory."""

    def __init__(self) -> None:
        self.count = 0
        self.first = -1
        self.last = -1
        self._frontier = Frontier()

    def add(self, index: int, entry: bytes) -> None:
        """Add the next entry."""
        self.first = index if self.count == 0 else self.first
        self.last = index
        self.count += 1
        self._frontier.add(leaf_hash(entry))

    @property
    def root(self) -> bytes:
        """Root over the entries."""
        return self._frontier.root()


def body(site_key: str, day: date, origin: str, tally: Tally) -> bytes:
    """The body of the manifest of these entries."""
    return canonical(
        {
            "v": 1,
            "site": site_key,
            "day": day.isoformat(),
            "log": origin,
            "count": tally.count,
            "first": tally.first,
            "last": tally.last,
            "root": tally.root.hex(),
        }
    )


def tally(entries: Iterable[tuple[int, bytes]]) -> Tally:
    """The tally of these entries with their indices."""
    made = Tally()
    for index, entry in entries:
        made.add(index, entry)
    return made


def commitment(salt: bytes, body: bytes) -> bytes:
    """The commitment to a manifest in the log.

    :raises ValueError: the salt does not have `SALT_BYTES` bytes.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return hmac.digest(salt, b"samtykke/manifest/v1\n" + body, hashlib.sha256)
