"""Releases: every script and chunk that a site ever served, so that a URL with a digest stays valid."""

from collections.abc import Collection, Iterator
from datetime import datetime

import brotli
import sqlalchemy as sa

from server.core.db import db, insert
from server.core.errors import NotFound
from server.embed import compression
from server.embed.models import Release
from server.embed.values import SCRIPT, Asset, Script, StoredRelease
from server.ledger.service import outbox
from server.ledger.values import KIND_RELEASE, release_commitment, release_subject

_RELEASE = Release.metadata.tables[Release.__tablename__]


def store(made: Script, *, now: datetime) -> None:
    """Store a script and its chunks, and append the release to the log; safe to call concurrently."""
    rows = [
        {
            "site_id": made.site_id,
            "digest": asset.digest,
            "name": asset.name,
            "version": made.version,
            "brotli": asset.brotli,
            "released_at": now,
        }
        # In the same order in every transaction, so that concurrent inserts cannot deadlock.
        for asset in sorted((made.asset, *made.chunks), key=lambda asset: asset.digest)
    ]
    new = insert(_RELEASE).on_conflict_do_nothing().returning(_RELEASE.c.digest)
    if made.asset.digest in db.session.execute(new, rows).scalars().all():
        commitment = release_commitment(made.key, made.version, made.asset.digest)
        outbox.append(KIND_RELEASE, made.site_id, release_subject(made.asset.digest), commitment, now=now)


def find(site_id: str, shown_digest: str, name: str) -> Asset:
    """A script (name `script`) or chunk that a site once served, by the digest in its address.

    :raises NotFound: the site never served it.
    """
    rest = 64 - len(shown_digest)
    row = db.session.execute(
        sa.select(Release.digest, Release.brotli).where(
            Release.site_id == site_id,
            # A range, not LIKE: every engine answers it from the primary key.
            Release.digest.between(shown_digest + "0" * rest, shown_digest + "f" * rest),
            Release.name == name,
        )
    ).first()
    if row is None:
        raise NotFound("this site never served such a file")
    return compression.decompress(name, row.digest, row.brotli)


def shown(site_id: str, versions: Collection[int], *, at: datetime) -> tuple[int, Asset]:
    """The script that pages got for one of these versions at a time, and for which one: the last release
    before, else the first after.

    :raises NotFound: the site never served those versions.
    """
    mine = (Release.site_id == site_id, Release.version.in_(versions), Release.name == SCRIPT)
    columns = sa.select(Release.version, Release.digest, Release.brotli)
    before = columns.where(*mine, Release.released_at <= at).order_by(Release.released_at.desc()).limit(1)
    after = columns.where(*mine, Release.released_at > at).order_by(Release.released_at).limit(1)
    row = db.session.execute(before).first() or db.session.execute(after).first()
    if row is None:
        raise NotFound("this site never served that version's script", reason="script_unknown")
    return row.version, compression.decompress(SCRIPT, row.digest, row.brotli)


def chunks_served(site_id: str, name: str) -> Iterator[Asset]:
    """All chunks of this name that the site ever served; one that several versions share is stored once."""
    rows = db.session.execute(
        sa.select(Release.name, Release.digest, Release.brotli).where(
            Release.site_id == site_id, Release.name == name
        )
    )
    return (compression.decompress(row.name, row.digest, row.brotli) for row in rows)


def releases(site_id: str) -> Iterator[StoredRelease]:
    """All releases of a site, ordered by digest, one in memory at a time."""
    last = ""
    while True:
        row = db.session.execute(
            sa.select(Release.digest, Release.name, Release.version, Release.brotli)
            .where(Release.site_id == site_id, Release.digest > last)
            .order_by(Release.digest)
            .limit(1)
        ).first()
        if row is None:
            return
        last = row.digest
        yield StoredRelease(row.name, row.version, row.digest, _is_intact(row.brotli, row.digest))


def _is_intact(packed: bytes, digest: str) -> bool:
    try:
        return compression.digest(brotli.decompress(packed)) == digest
    except brotli.error:
        return False
