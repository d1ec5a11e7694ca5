"""Logos of sites: cleaned when they are uploaded, and kept as long as a banner shows them."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

import sqlalchemy as sa

from server.core.db import db, insert
from server.core.errors import Invalid, NotFound
from server.core.turns import Turns
from server.sites import models, page_addresses, raster, svg
from server.sites.document_types import Document
from server.sites.values import Site

LARGEST = 100 * 1024
"""Bytes of an uploaded file, and of what is stored."""

MOST = 100
"""Logos that are stored for a site at once."""

GRACE = timedelta(days=7)
"""How long a logo stays that no banner shows: a form may still be open."""

_NAME = re.compile(r"(?P<digest>[0-9a-f]{32})\.(?P<kind>svg|png)")
_LOGO = cast("sa.Table", models.SiteLogo.__table__)
_DOCUMENTS = (
    models.BannerDraft.document,
    models.DraftRevision.document,
    models.Publication.document,
    models.Publication.variant_a,
    models.BannerVersion.document,
)
"""Where a document may show a logo."""


_TURNS = Turns(waiting=3)
"""One picture at a time is unpacked: that takes up to 64 MB."""


@dataclass(frozen=True)
class Logo:
    """A stored logo."""

    name: str
    """What its address ends with: its digest, and `.svg` or `.png`."""
    kind: Literal["svg", "png"]
    content: bytes
    left_out: tuple[str, ...] = ()
    """When it was uploaded: what of the file was not kept."""


def store(site_id: str, logo: Logo, *, by: str, now: datetime) -> None:
    """Store a logo that `made` has made. The same one again is stored once.

    :raises Invalid: it is one too many.
    """
    digest = logo.name.partition(".")[0]
    mine = _LOGO.c.site_id == site_id
    others = sa.select(sa.func.count()).select_from(_LOGO).where(mine, _LOGO.c.digest != digest)
    if (db.session.scalar(others) or 0) >= MOST:
        fault = f"cannot be stored: there are {MOST} already, and unused ones are deleted after a week"
        raise Invalid("the logo cannot be used", errors={"logo": fault})
    row = {
        "site_id": site_id,
        "digest": digest,
        "kind": logo.kind,
        "uploaded_at": now,
        "uploaded_by": by,
        "content": logo.content,
    }
    again = {"uploaded_at": now, "uploaded_by": by}
    kept = insert(_LOGO).values(row).on_conflict_do_update(index_elements=["site_id", "digest"], set_=again)
    db.session.execute(kept)


def made(data: bytes) -> Logo:
    """The logo of an uploaded file: an SVG file cleaned, any other picture as PNG.

    Takes seconds for the largest pictures, so not inside a transaction.

    :raises Invalid: the file is empty, too large, of another kind or damaged, or shows nothing.
    :raises Unavailable: other pictures are being read just now.
    """
    if not data:
        raise Invalid("the logo cannot be used", errors={"logo": "is not chosen, or is empty"})
    if len(data) > LARGEST:
        fault = f"is larger than {LARGEST // 1024} KB; make it smaller"
        raise Invalid("the logo cannot be used", errors={"logo": fault})
    try:
        if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            image = svg.clean(data)
            return Logo(f"{_digest(image.text)}.svg", "svg", image.text, image.left_out)
        with _TURNS.turn("other logos"):
            content = raster.to_png(data)
        return Logo(f"{_digest(content)}.png", "png", content)
    except svg.BadImageError as fault:
        raise Invalid("the logo cannot be used", errors={"logo": str(fault)}) from fault


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def find(site_key: str, name: str) -> Logo:
    """A logo by what its address ends with.

    :raises NotFound: `logo_unknown`.
    """
    found = _NAME.fullmatch(name)
    content = None
    if found:
        content = db.session.scalar(
            sa.select(_LOGO.c.content)
            .join(models.Site, models.Site.id == _LOGO.c.site_id)
            .where(
                models.Site.key == site_key,
                _LOGO.c.digest == found["digest"],
                _LOGO.c.kind == found["kind"],
            )
        )
    if not found or content is None:
        raise NotFound("there is no such logo", reason="logo_unknown")
    return Logo(name, "svg" if found["kind"] == "svg" else "png", content)


def adopted(document: Document, site: Site, *, public_url: str, by: str, now: datetime) -> Document:
    """The document, with a logo of the site's own where it shows one that another site has uploaded here.

    A logo is deleted when its own site shows it no more: so the site stores it, too.
    """
    found = page_addresses.uploaded_logo(document["appearance"]["logo"], public_url)
    if found is None:
        return document
    try:
        own = adopted_at(site, found, public_url=public_url, by=by, now=now)
    except NotFound:
        return document
    return {**document, "appearance": {**document["appearance"], "logo": own}}


def adopted_at(site: Site, uploaded: tuple[str, str], *, public_url: str, by: str, now: datetime) -> str:
    """The address at which a site shows a logo from now on that a site has uploaded here.

    :param uploaded: key of that site, and name of the logo. Where it has none any more, the same picture of
        any other site will do: its name is the digest of its content.
    :raises Invalid: the site has as many as it may.
    :raises NotFound: `logo_unknown`: no site has it.
    """
    key, name = uploaded
    if key != site.key:
        try:
            logo = find(key, name)
        except NotFound:
            logo = _anywhere(name)
        store(site.id, logo, by=by, now=now)
    elif not _has(site.id, name):
        store(site.id, _anywhere(name), by=by, now=now)
    return public_url + page_addresses.logo_path(site.key, name)


def _has(site_id: str, name: str) -> bool:
    digest, _, kind = name.partition(".")
    mine = (_LOGO.c.site_id == site_id, _LOGO.c.digest == digest, _LOGO.c.kind == kind)
    return bool(db.session.scalar(sa.select(sa.exists().where(*mine))))


def _anywhere(name: str) -> Logo:
    digest, _, kind = name.partition(".")
    same = sa.select(models.Site.key).join(_LOGO, models.Site.id == _LOGO.c.site_id)
    same = same.where(_LOGO.c.digest == digest, _LOGO.c.kind == kind).order_by(models.Site.key).limit(1)
    return find(db.session.scalar(same) or "", name)


def purge(*, now: datetime, most: int) -> int:
    """Delete logos that no draft, earlier draft, version or group shows, uploaded some days ago.

    :param most: logos deleted at once
    """
    shown = [
        sa.exists().where(
            document.class_.site_id == _LOGO.c.site_id,
            document.like(sa.literal("%/logo/").concat(_LOGO.c.digest).concat(".%")),
        )
        for document in _DOCUMENTS
    ]
    # Sites that join a group later get the logo from here.
    of_group = models.SiteGroupRevision.document.like(
        sa.literal("%/logo/").concat(_LOGO.c.digest).concat(".%")
    )
    shown.append(sa.exists().where(of_group))
    due = (
        sa.select(_LOGO.c.site_id, _LOGO.c.digest)
        .where(_LOGO.c.uploaded_at <= now - GRACE, ~sa.or_(*shown))
        .order_by(_LOGO.c.site_id, _LOGO.c.digest)
        .limit(most)
    )
    rows = db.session.execute(due).all()
    if rows:
        db.session.execute(
            sa.delete(_LOGO).where(sa.tuple_(_LOGO.c.site_id, _LOGO.c.digest).in_([tuple(r) for r in rows]))
        )
    return len(rows)
