"""HTTP representations of an asset: content codings with their headers, and negotiation."""

from dataclasses import dataclass, field
from functools import lru_cache
from wsgiref.types import WSGIEnvironment

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header, parse_etags

from server.embed.values import CHUNK_DIGEST, Asset

REVALIDATED = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"
"""Cache-Control of the newest script."""

IMMUTABLE = "public, max-age=31536000, immutable"
"""Cache-Control of a URL with a digest."""

OK, NOT_MODIFIED = "200 OK", "304 NOT MODIFIED"

Headers = list[tuple[str, str]]

SHARED = (
    ("Vary", "Accept-Encoding"),
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Timing-Allow-Origin", "*"),
    ("X-Content-Type-Options", "nosniff"),
)


@dataclass
class Representation:
    """One content coding of an asset, with its headers ready to be sent."""

    etag: str
    body: bytes
    headers: Headers
    not_modified_headers: Headers
    """Headers of a 304."""
    sent_headers: dict[str, Headers] = field(default_factory=dict)
    """By status: the headers that left this application, those of its own hooks included."""


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
    shared: Headers = [("ETag", f'"{etag}"'), ("Cache-Control", cache), *SHARED]
    headers: Headers = [("Content-Type", kind), ("Content-Length", str(len(body))), *shared]
    if coding != "identity":
        headers.append(("Content-Encoding", coding))
    return Representation(etag, body, headers, shared)


def status_of(representation: Representation, environ: WSGIEnvironment) -> str:
    """`OK`, or `NOT_MODIFIED` if the client has these bytes (RFC 9110, 13.1.2)."""
    tags = environ.get("HTTP_IF_NONE_MATCH")
    return NOT_MODIFIED if tags and parse_etags(tags).contains_weak(representation.etag) else OK


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
