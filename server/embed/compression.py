"""Compression of assets with the content codings of browsers."""

import gzip
import hashlib

import brotli

from server.embed.values import Asset


def digest(identity: bytes) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    return hashlib.sha256(identity).hexdigest()


def compress(name: str, identity: bytes) -> Asset:
    """The bytes in every content coding; equal bytes give equal results on every worker."""
    return Asset(
        name=name,
        digest=digest(identity),
        identity=identity,
        gzip=gzip.compress(identity, 9, mtime=0),
        brotli=brotli.compress(identity, mode=brotli.MODE_TEXT, quality=11),
    )


def decompress(name: str, digest: str, packed: bytes) -> Asset:
    """An asset from its stored brotli form; gzip is computed again."""
    identity = brotli.decompress(packed)
    return Asset(name, digest, identity, gzip.compress(identity, 9, mtime=0), packed)
