"""Alarms of a site: opened and closed when figures are released, from what was released alone."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from server.analytics import queries
from server.analytics.alarms.observations import LOOKED_BACK, Block, LumpFigures
from server.analytics.alarms.review import Closed, Known, Outcome, Review, review_block, review_lump
from server.analytics.alarms.rule import Alarm
from server.analytics.models import AnalyticsAlarm
from server.analytics.privacy import margins
from server.analytics.queries import Released
from server.analytics.service import figures
from server.analytics.values import Cells, Query
from server.core.db import Base, db
from server.core.local_days import day_of
from server.sites import service as sites

_ALARM = Base.metadata.tables[AnalyticsAlarm.__tablename__]

_VERSIONS = 10
"""Publications that are looked at, the newest ones: those of the last days matter."""


@dataclass(frozen=True)
class StoredAlarm:
    """An alarm of a site."""

    alarm: Alarm
    opened_at: datetime
    closed_at: datetime | None = None
    last: date | None = None
    """Last day that it is about; None while it is open."""
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Changes:
    """What opened and what closed."""

    opened: tuple[StoredAlarm, ...] = ()
    closed: tuple[StoredAlarm, ...] = ()


def open_alarms(site_id: str) -> tuple[StoredAlarm, ...]:
    """The open alarms of a site, newest first."""
    return _alarms(_ALARM.c.site_id == site_id, _ALARM.c.closed_at.is_(None))


def open_numbers(site_ids: Collection[str]) -> dict[str, int]:
    """How many alarms are open on each of these sites that has any; one indexed read."""
    mine = sa.and_(_ALARM.c.site_id.in_(site_ids), _ALARM.c.closed_at.is_(None))
    query = sa.select(_ALARM.c.site_id, sa.func.count()).where(mine).group_by(_ALARM.c.site_id)
    return {site_id: int(number) for site_id, number in db.session.execute(query)}


def silent_since(site_ids: Collection[str]) -> dict[str, datetime]:
    """Id → since when no decisions at all come in, in any language, of the sites where that is so."""
    mine = sa.and_(_ALARM.c.site_id.in_(site_ids), _ALARM.c.closed_at.is_(None))
    silent = sa.and_(_ALARM.c.kind == "no_events", _ALARM.c.language == "")
    query = sa.select(_ALARM.c.site_id, sa.func.min(_ALARM.c.opened_at).label("since"))
    query = query.where(mine, silent).group_by(_ALARM.c.site_id)
    return {row.site_id: row.since for row in db.session.execute(query)}


def closed_alarms(site_id: str, *, limit: int | None = None) -> tuple[StoredAlarm, ...]:
    """The closed alarms of a site, newest first; all of them without a limit."""
    return _alarms(_ALARM.c.site_id == site_id, _ALARM.c.closed_at.is_not(None), limit=limit)


def review(site_id: str, *, now: datetime, lump_released: bool) -> Changes:
    """Open and close alarms of a site by the newest figures; again with the same figures, nothing changes.

    In a transaction after the one that released them: a fault here must not keep figures back. The row of the
    running lump is locked, so that of two workers the second finds the alarms of the first. While the site is
    paused, staff know why figures fall, and nothing changes.

    :param lump_released: whether a lump was released, or only a part of the running one
    """
    running = queries.running(site_id, lock=True)
    if running is None or sites.find_by_id(site_id).stopped:
        return Changes()
    opened: list[StoredAlarm] = []
    closed: list[StoredAlarm] = []
    if lump_released:
        lumps = _lumps(site_id)
        _store(site_id, review_lump(lumps, _known(site_id)), opened, closed, now=now)
    if running.kind == "day":
        blocks = _blocks(site_id, running.start)
        if blocks and blocks[-1].day == running.start:
            _store(site_id, review_block(blocks, _known(site_id)), opened, closed, now=now)
    return Changes(tuple(opened), tuple(closed))


# --- what is known ----------------------------------------------------------------------------------------


def _known(site_id: str) -> Known:
    zone = sites.time_zone(site_id)
    # The first version changed nothing.
    versions = [one for one in sites.versions(site_id, limit=_VERSIONS) if one.number > 1]
    past = closed_alarms(site_id)
    return Known(
        published=[day_of(one.published_at, zone) for one in versions],
        open=[one.alarm for one in open_alarms(site_id)],
        past=[
            Closed(one.alarm, one.last, one.outcome)
            for one in past
            if one.last is not None and one.outcome is not None
        ],
    )


def _lumps(site_id: str) -> Sequence[LumpFigures]:
    """The released lumps that the rule looks at, oldest first; none if the newest one was skipped."""
    until = queries.released_until(site_id)
    newest = queries.released(site_id, until, until) if until else ()
    if until is None or not newest:
        return ()
    first = until - LOOKED_BACK[newest[0].kind] + timedelta(days=1)
    lumps = _real(site_id, first, until)
    site, query = sites.find_by_id(site_id), Query(first, until)
    cells = {row.start: row.cells for row in figures.figures(query, site=site).rows}
    languages: dict[date, dict[str, Cells]] = {}
    for row in figures.figures(replace(query, by="language"), site=site).rows:
        languages.setdefault(row.start, {})[row.value or ""] = row.cells
    return [
        LumpFigures(one.start, one.end, one.kind, cells[one.start], languages.get(one.start, {}))
        for one in lumps
    ]


def _real(site_id: str, first: date, last: date) -> Sequence[Released]:
    """Released lumps without those whose figures are a sample: real ones do not go on from them."""
    sample = queries.sample_until(site_id)
    return [one for one in queries.released(site_id, first, last) if sample is None or one.start > sample]


def _blocks(site_id: str, today: date) -> Sequence[Block]:
    """The coarse figures of the running day and of earlier days, oldest first."""
    zone = sites.time_zone(site_id)
    first = today - LOOKED_BACK["day"]
    days = {one.start: one.epsilon for one in _real(site_id, first, today) if one.kind == "day"}
    running = queries.running(site_id)
    if running is not None:
        days[running.start] = running.epsilon
    return [
        Block(day, _hour(ends_at.astimezone(zone), day), figure, margins.live_variance(days[day]))
        for day, ends_at, figure in queries.blocks_since(site_id, first)
        if day in days
    ]


def _hour(ended: datetime, day: date) -> int:
    return ended.hour if ended.date() == day else 24


def _alarms(*which: sa.ColumnElement[bool], limit: int | None = None) -> tuple[StoredAlarm, ...]:
    columns = [_ALARM.c[one.name] for one in fields(Alarm)]
    about = (_ALARM.c.opened_at, _ALARM.c.closed_at, _ALARM.c["last"], _ALARM.c.outcome)
    rows = db.session.execute(
        sa.select(*about, *columns)
        .where(*which)
        .order_by(_ALARM.c.opened_at.desc(), _ALARM.c.kind, _ALARM.c.language)
        .limit(limit)
    )
    return tuple(StoredAlarm(Alarm(*row[len(about) :]), *row[: len(about)]) for row in rows)


# --- what changes -----------------------------------------------------------------------------------------


def _store(
    site_id: str, found: Review, opened: list[StoredAlarm], closed: list[StoredAlarm], *, now: datetime
) -> None:
    stored = {one.alarm: one for one in open_alarms(site_id)}
    opened.extend(_insert(site_id, found.opened, now))
    for one in found.closed:
        before = stored[one.alarm]
        _update(site_id, before, closed_at=now, last=one.last, outcome=one.outcome)
        closed.append(replace(before, closed_at=now, last=one.last, outcome=one.outcome))


def _insert(site_id: str, alarms: Iterable[Alarm], now: datetime) -> Iterable[StoredAlarm]:
    for one in alarms:
        row = {"site_id": site_id, "opened_at": now, **asdict(one)}
        db.session.execute(sa.insert(_ALARM).values(row))
        yield StoredAlarm(one, now)


def _update(site_id: str, one: StoredAlarm, *, closed_at: datetime, last: date, outcome: Outcome) -> None:
    key = (
        _ALARM.c.site_id == site_id,
        _ALARM.c.opened_at == one.opened_at,
        _ALARM.c.kind == one.alarm.kind,
        _ALARM.c.language == one.alarm.language,
    )
    values = {"closed_at": closed_at, "last": last, "outcome": outcome}
    db.session.execute(sa.update(_ALARM).where(*key).values(values))
