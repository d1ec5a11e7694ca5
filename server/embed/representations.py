"""HTTP representations of an asset: content codings with their headers, and negotiation."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header, parse_etags

from server.core.answers import Answer, Headers
from server.embed.values import CHUNK_DIGEST, Asset

REVALIDATED = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"
"""Cache-Control of the newest script."""

IMMUTABLE = "public, max-age=31536000, immutable"
"""Cache-Control of a URL with a digest."""

SHARED = (
    ("Vary", "Accept-Encoding"),
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Timing-Allow-Origin", "*"),
)


@dataclass(frozen=True)
class Representation:
    """One content coding of an asset, with its headers ready to be sent."""

    etag: str
    body: bytes
    headers: Headers
    """Those of a 304, which has no body to describe."""
    body_headers: Headers
    """Those that describe the body, without its length."""


def representations(asset: Asset, cache: str) -> dict[str, Representation]:
    """An asset's representations by content coding; `cache` is their Cache-Control."""
    kind = "application/json" if asset.name.endswith(".json") else "text/javascript; charset=utf-8"
    return {
        coding: _representation(asset, coding, body, kind, cache)
        for coding, body in (("br", asset.brotli), ("gzip", asset.gzip), ("identity", asset.identity))
    }


def _representation(asset: Asset, coding: str, body: bytes, kind: str, cache: str) -> Representation:
    # Each coding is another representation, so a strong tag must differ.
    tag = asset.digest[:CHUNK_DIGEST]
    etag = tag if coding == "identity" else f"{tag}-{coding}"
    headers: Headers = (("ETag", f'"{etag}"'), ("Cache-Control", cache), *SHARED)
    body_headers: Headers = (("Content-Type", kind),)
    if coding != "identity":
        body_headers += (("Content-Encoding", coding),)
    return Representation(etag, body, headers, body_headers)


def negotiated(offered: Mapping[str, Representation], accepted: str, known: str) -> Answer:
    """The best representation for an Accept-Encoding header, or 304 if the client has these bytes.

    `known` is its If-None-Match header (RFC 9110, 13.1.2).
    """
    best = offered[best_coding(accepted)]
    if known and parse_etags(known).contains_weak(best.etag):
        return Answer(304, best.headers)
    return Answer(200, best.body_headers + best.headers, best.body)


@lru_cache(maxsize=512)
def best_coding(accepted: str) -> str:
    """The best of our content codings for an Accept-Encoding header (RFC 9110, 12.5.3)."""
    accept = parse_accept_header(accepted, Accept)
    weights = {
        "br": accept.quality("br"),
        "gzip": accept.quality("gzip"),
        # Acceptable unless refused, but never preferred by default: it is the largest.
        "identity": accept.quality("identity") if "identity" in accept.values() else 0.001,
    }
    best = max(weights, key=lambda coding: weights[coding])
    return best if weights[best] > 0 else "identity"
