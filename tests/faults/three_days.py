"""Three days of a product's life: decisions, erasures, publications, scripts, and a mirror elsewhere."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask

from server.consents.service import decisions
from server.consents.service import visitors as consents_visitors
from server.consents.values import Decision
from server.core.db import db, transaction
from server.core.errors import Unavailable
from server.core.ids import new_id
from server.core.settings import Settings
from server.embed import service as embed
from server.ledger import jobs as ledger_jobs
from server.ledger.service import checkpoints, reading
from server.sites import jobs as sites_jobs
from server.sites import service as sites

FIRST_DAY = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAYS = 3
LOG = "2026h2"
SITE = "shop"


def build(app: Flask, *, per_day: int) -> None:
    """Three days of decisions, erasures, publications and scripts; checkpoints are stored and mirrored."""
    settings: Settings = app.extensions["samtykke"]
    folder, key = settings.data_dir, settings.secret_key
    now = FIRST_DAY
    with transaction():
        for name in (SITE, "other"):
            site = sites.create(name, name, [f"{name}.example.no"], by="history", now=now)
            _publish(site.id, "A", now)
    for day in range(DAYS):
        now = FIRST_DAY + timedelta(days=day)
        with transaction():
            _publish(sites.find(SITE).id, f"Day {day}", now)
            visitors = [
                decide(name, key, now + timedelta(seconds=number))
                for name in (SITE, "other")
                for number in range(per_day)
            ]
        _serve(settings.public_url, now)
        later = now + timedelta(hours=1)
        ledger_jobs.sequence(later)
        with transaction():
            for visitor in visitors[: per_day // 20]:
                site = sites.find(SITE)
                consents_visitors.erase(site.id, visitor, secret_key=key, data_dir=folder, now=later)
        ledger_jobs.sequence(later + timedelta(hours=1))
        sites_jobs.close_days(later)
        ledger_jobs.sequence(later + timedelta(hours=2))
        ledger_jobs.store_checkpoints(later)
        mirror(mirror_of(folder), later)
        if day == DAYS - 2:
            snapshot(folder)
    with transaction():  # some that wait
        for number in range(5):
            decide(SITE, key, now + timedelta(hours=5, seconds=number))


def mirror_of(folder: Path) -> Path:
    """Where another machine would keep the checkpoints of this log."""
    return folder.with_name(f"{folder.name}-mirror")


def mirror(into: Path, now: datetime) -> None:
    """What `samtykke log mirror` does on another machine."""
    signed = reading.checkpoint(LOG)
    assert signed is not None
    checkpoints.store(signed, reading.keys(LOG), reading.tiles_of(LOG), into, today=now.date())


def snapshot(folder: Path) -> None:
    """A copy of the database as it is now."""
    if db.engine.dialect.name != "sqlite":
        return
    source = db.engine.raw_connection()
    try:
        source.cursor().execute("VACUUM INTO ?", (str(folder / "yesterday.db"),))
    finally:
        source.close()


def decide(name: str, key: str, now: datetime) -> str:
    """A decision on a site, made by somebody new; the secret of whose browser it was."""
    site = sites.find(name)
    version = sites.newest(site.id)
    assert version is not None
    choices = {"functional": True, "statistics": False, "advertising": False}
    decision = Decision(new_id(), new_id(), version.number, "nb", "save", "banner", choices)
    decisions.record(site, decision, secret_key=key, now=now)
    return decision.visitor


def _publish(site_id: str, title: str, now: datetime) -> None:
    document = sites.default_document("nb", name="Butikken")
    document["texts"]["nb"]["title"] = title
    controller = document["controller"]
    controller["name"], controller["address"] = "Butikken AS", "Storgata 1, 0155 Oslo"
    controller["contacts"]["email"] = "hei@shop.example.no"
    sites.save_draft(site_id, document, by="history", now=now)
    sites.publish(site_id, note="", by="history", now=now)


def _serve(public_url: str, now: datetime) -> None:
    embed.forget()
    try:
        made = embed.script(SITE, public_url=public_url, now=now)
    except Unavailable:
        return  # nothing is built here
    with transaction():
        embed.store(made, now=now)
