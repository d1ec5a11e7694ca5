"""The script of a site: assembled once per published version, kept in memory, stored for good."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from weakref import WeakKeyDictionary

import brotli
import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from server.core.db import db, insert
from server.core.errors import NotFound, Unavailable
from server.embed import assemble, configuration, offline, packing, parts
from server.embed.models import Release
from server.embed.values import FRAGMENTS, SCRIPT, SHOWN_DIGEST, Asset, Bundle, Script
from server.ledger import service as ledger
from server.ledger.values import KIND_RELEASE, release_commitment, release_subject
from server.sites import service as sites
from server.sites.values import Document, Numbering, Site, Version

log = structlog.get_logger("samtykke.embed")

FRESH = timedelta(seconds=1)
"""How long a script is served before its version is looked up again."""

PATIENCE = timedelta(seconds=5)
"""How long a database that did not answer is left alone, while what is in memory goes on being served."""

MOST_SITES = 512
"""Scripts kept in memory per process; about 100 kB each."""

NOWHERE = "-preview-"
"""Site key of a preview: no decision can be stored under it."""


@dataclass(frozen=True)
class Released:
    """Something that a site once served."""

    name: str
    version: int
    digest: str
    sound: bool
    """Whether the stored bytes still have this digest."""


@dataclass
class _Kept:
    """A script in memory, and when the database must be asked again."""

    script: Script
    look_again: datetime
    looking: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class _Shelf:
    """What one application holds in memory."""

    scripts: dict[str, _Kept] = field(default_factory=dict)
    assembling: threading.Lock = field(default_factory=threading.Lock)


# One shelf per database: several applications may live in one process.
_shelves: WeakKeyDictionary[Engine, _Shelf] = WeakKeyDictionary()


def script(key: str, *, public_url: str, now: datetime) -> Script:
    """The script of the newest published version of a site.

    What is in memory is looked up again at most once a second, and goes on being served while the database
    is out of reach.

    :raises NotFound: there is no such site, or nothing of it was ever published.
    :raises Unavailable: the widget has not been built.
    :raises SQLAlchemyError: the database is out of reach, and nothing is in memory.
    """
    shelf = _shelf()
    kept = shelf.scripts.get(key)
    if kept is None:
        return _assembled(shelf, key, public_url, now).script
    # Only one thread asks; the others serve what they have. A clock that was set back asks at once.
    if kept.look_again - FRESH * 10 < now < kept.look_again or not kept.looking.acquire(blocking=False):
        return kept.script
    try:
        return _looked_up(shelf, kept, key, public_url, now)
    finally:
        kept.looking.release()


def store(made: Script, *, now: datetime) -> None:
    """Keep the script and its parts for good, and log it; workers that do so at once do no harm."""
    rows = [
        {
            "site_id": made.site_id,
            "digest": asset.digest,
            "name": asset.name,
            "version": made.version,
            "brotli": asset.brotli,
            "released_at": now,
        }
        # In one order everywhere, so that concurrent inserts cannot wait for each other in a circle.
        for asset in sorted((made.asset, *made.parts), key=lambda asset: asset.digest)
    ]
    table = _table()
    new = insert(table).on_conflict_do_nothing().returning(table.c.digest)
    if made.asset.digest in db.session.execute(new, rows).scalars().all():
        commitment = release_commitment(made.key, made.version, made.asset.digest)
        ledger.append(KIND_RELEASE, made.site_id, release_subject(made.asset.digest), commitment, now=now)


def asset(key: str, shown_digest: str, name: str) -> Asset:
    """A script (name `script`) or part that a site serves or once served, by the digest in its address.

    :raises NotFound: the site never served it.
    """
    kept = _shelf().scripts.get(key)
    if kept is not None:
        for each in (kept.script.asset, *kept.script.parts):
            if each.shown_digest == shown_digest and each.name == name:
                return each
    return _released(key, shown_digest, name)


def shown(site_id: str, version: int, *, at: datetime) -> Asset:
    """The script that pages got for a version at a moment: released then, or else soon after.

    :raises NotFound: the site never served that version.
    """
    mine = (Release.site_id == site_id, Release.version == version, Release.name == SCRIPT)
    columns = sa.select(Release.digest, Release.brotli)
    before = columns.where(*mine, Release.released_at <= at).order_by(Release.released_at.desc()).limit(1)
    after = columns.where(*mine, Release.released_at > at).order_by(Release.released_at).limit(1)
    row = db.session.execute(before).first() or db.session.execute(after).first()
    if row is None:
        raise NotFound("this site never served that version's script", reason="script_unknown")
    return packing.unpack(SCRIPT, row.digest, row.brotli)


def page_shown(site: Site, version: int, language: str, *, at: datetime) -> bytes:
    """A page that shows the banner which a page in `language` showed at a moment, by the very script.

    :raises NotFound: the site never served that version.
    :raises Unavailable: the widget has not been built.
    """
    script = shown(site.id, version, at=at)
    other = sa.select(Release.name, Release.digest, Release.brotli).where(
        Release.site_id == site.id,
        Release.version == version,
        Release.name == parts.banner_name(language),
    )
    words = {
        _path(site.key, row.name, row.digest): packing.unpack(*row).identity.decode("utf-8")
        for row in db.session.execute(other)
    }
    title = f"{site.key}, version {version}"
    return offline.page(bundle().offline, script.identity, language, words, title=title)


def integrity(site: Site, *, public_url: str, now: datetime) -> tuple[str, str]:
    """The pinned address of a site's script, and what stands in `integrity=` beside it.

    :raises NotFound: nothing was published yet.
    """
    made = script(site.key, public_url=public_url, now=now)
    return public_url + made.pinned_path, made.asset.integrity


def preview(document: Document, language: str, *, public_url: str, parts_at: str = "") -> dict[str, bytes]:
    """The real script of a banner that was not published, by file name: `script` and its parts.

    Its decisions lead nowhere. The page that shows it must keep cookies and storage from it: an iframe with
    `sandbox="allow-scripts"` does. `parts_at` is the path under which the caller serves the parts.
    """
    built = bundle()
    files = parts.make(document, built, language, lambda name, _: f"{parts_at}/{name}")
    told = configuration.make(
        document,
        site=NOWHERE,
        version=1,
        public_url=public_url,
        numbering=configuration.sequential(document),
        language=language,
        addresses={name: f"{parts_at}/{name}" for name in files},
    )
    return {SCRIPT: assemble.script(document, built, told), **files}


def forget() -> None:
    """Empty the memory; the next request asks the database."""
    _shelf().scripts.clear()


@lru_cache(maxsize=1)
def bundle() -> Bundle:
    """The built widget: inside the installed package, or beside the source.

    :raises Unavailable: it has not been built.
    """
    here = Path(__file__).parent
    names = ("widget.js", *FRAGMENTS, "settings.js", "extra.js", "debug.js", "offline.js")
    for folder in (here / "bundle", here.parent.parent / "widget" / "dist"):
        if all((folder / name).is_file() for name in names):
            built = {name: (folder / name).read_bytes() for name in names}
            return Bundle(
                widget=built["widget.js"],
                fragments={name: built[name] for name in FRAGMENTS},
                settings=built["settings.js"],
                extra=built["extra.js"],
                debug=built["debug.js"],
                offline=built["offline.js"],
            )
    raise Unavailable("the widget has not been built: run `make assets`", retry_after=60)


def releases(site_id: str) -> Iterator[Released]:
    """Everything that a site ever served, one at a time, by digest."""
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
        yield Released(row.name, row.version, row.digest, _sound(row.brotli, row.digest))


# --- inside ----------------------------------------------------------------------------------------------


def _shelf() -> _Shelf:
    engine = db.engine
    shelf = _shelves.get(engine)
    return _shelves.setdefault(engine, _Shelf()) if shelf is None else shelf


def _looked_up(shelf: _Shelf, kept: _Kept, key: str, public_url: str, now: datetime) -> Script:
    try:
        newest = _published(key)
    except SQLAlchemyError:
        log.warning("served_from_memory", why="the database cannot be reached")
        kept.look_again = now + PATIENCE
        return kept.script
    except NotFound:
        shelf.scripts.pop(key, None)
        raise
    if (newest.site_id, newest.number) == (kept.script.site_id, kept.script.version):
        kept.look_again = now + FRESH
        return kept.script
    return _assembled(shelf, key, public_url, now).script


def _assembled(shelf: _Shelf, key: str, public_url: str, now: datetime) -> _Kept:
    with shelf.assembling:
        newest = _published(key)
        kept = shelf.scripts.get(key)
        if kept and (newest.site_id, newest.number) == (kept.script.site_id, kept.script.version):
            # Another thread was faster.
            return kept
        made = _Kept(_made(key, newest, public_url), now + FRESH)
        while len(shelf.scripts) >= MOST_SITES:
            shelf.scripts.pop(next(iter(shelf.scripts)))
        shelf.scripts[key] = made
        return made


def _published(key: str) -> Version:
    site = sites.find(key)
    newest = sites.newest(site.id)
    if newest is None:
        raise NotFound("nothing of this site was published yet", reason="not_published")
    return newest


def _made(key: str, version: Version, public_url: str) -> Script:
    document, built = version.document, bundle()
    language = document["default_language"]
    files = parts.make(document, built, language, lambda name, data: _path(key, name, packing.digest(data)))
    packed = [_packed(name, data) for name, data in files.items()]
    told = configuration.make(
        document,
        site=key,
        version=version.number,
        public_url=public_url,
        numbering=Numbering(version.slots, version.since, version.service_slots, version.service_since),
        language=language,
        addresses={part.name: _path(key, part.name, part.digest) for part in packed},
        added=_added(version),
        domains=sites.find_by_id(version.site_id).domains,
    )
    asset = packing.pack(SCRIPT, assemble.script(document, built, told))
    return Script(version.site_id, key, version.number, asset, tuple(packed))


def _path(key: str, name: str, digest: str) -> str:
    return f"/w/{key}/{digest[:SHOWN_DIGEST]}/{name}"


def _packed(name: str, identity: bytes) -> Asset:
    # The one part that is alike for every site is compressed, and kept in memory, once.
    return _packed_once(name, identity) if name == parts.DEBUG else packing.pack(name, identity)


_packed_once = lru_cache(maxsize=1)(packing.pack)


def _added(version: Version) -> dict[str, int]:
    """The version in which each category came to a banner that visitors had decided on before."""
    if all(since == 1 for since in version.since.values()):
        return {}
    earlier = sites.versions(version.site_id, before=version.number + 1)
    return {
        change.category: each.number
        for each in reversed(earlier)
        for change in each.scope_changes
        if change.reason == "category_added" and each.number > 1
    }


def _released(key: str, shown_digest: str, name: str) -> Asset:
    rest = 64 - SHOWN_DIGEST
    row = db.session.execute(
        sa.select(Release.digest, Release.brotli).where(
            Release.site_id == sites.find(key).id,
            # A range, not LIKE: every engine answers it from the primary key.
            Release.digest.between(shown_digest + "0" * rest, shown_digest + "f" * rest),
            Release.name == name,
        )
    ).first()
    if row is None:
        raise NotFound("this site never served such a file")
    return packing.unpack(name, row.digest, row.brotli)


def _sound(packed: bytes, digest: str) -> bool:
    try:
        return hashlib.sha256(brotli.decompress(packed)).hexdigest() == digest
    except brotli.error:
        return False


def _table() -> sa.Table:
    return Release.metadata.tables[Release.__tablename__]
