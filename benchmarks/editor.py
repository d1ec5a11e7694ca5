"""The server time of the studio's pages, with thirty services in three languages and a thousand sites."""

import tempfile
import time
from pathlib import Path
from statistics import median

from flask import Flask
from flask.testing import FlaskClient

from server.accounts.service import sessions, users
from server.app import create_app
from server.catalog import service as catalog
from server.core import clock, garbage_collection
from server.core.db import transaction
from server.core.settings import Settings
from server.ops.schema import upgrade
from server.sites import known_services
from server.sites import service as sites

BUDGET, OF_SITES = 60, 100
"""Milliseconds of server time: of a page, and of the list of sites."""

SERVICES, SITES = 30, 1000
CALLS = 11

PAGES = (
    "banner/texts", "banner/categories", "banner/services", "banner/services/{service}",
    "banner/known-services", "banner/appearance", "banner/behaviour", "banner/tools", "banner/controller",
    "banner/notice", "banner/notice/sections/security", "banner/notice/activities", "draft/history",
    "publish", "register", "",
)  # fmt: skip
SEARCHES = ("/studio/search/found?site=many&q=google", "/studio/search/found?site=many&q=site 5")


def report() -> None:
    """Print what each page takes; the first of a process compiles templates and reads language data."""
    print(f"\n## Pages of the studio, {SERVICES} services, three languages, {SITES:,} sites\n")
    print(f"{'':48}   first        p50   budget")
    with tempfile.TemporaryDirectory() as folder:
        app, service = _furnished(Path(folder))
        client = _logged_in(app)
        garbage_collection.freeze()
        addresses = [f"/studio/sites/many/{page.format(service=service)}" for page in PAGES]
        for address in (*addresses, *SEARCHES, "/studio/sites"):
            first, *others = (_asked(client, address) for _ in range(CALLS))
            typical, budget = median(others), OF_SITES if address == "/studio/sites" else BUDGET
            verdict = "ok" if typical < budget else "MISSED"
            print(f"{address:48} {first:7.1f} ms {typical:7.1f} ms   {budget} ms  {verdict}")


def _asked(client: FlaskClient, address: str) -> float:
    """Milliseconds of processor of an answer."""
    began = time.process_time()
    answer = client.get(address)
    took = (time.process_time() - began) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status}")
    return took


def _logged_in(app: Flask) -> FlaskClient:
    """A client with a session of an owner."""
    with app.app_context(), transaction():
        identity, _ = users.create_user(
            "owner@example.no", "owner", password=None, site_ids=None, now=clock.now()
        )
        secret = sessions.open_session(identity, now=clock.now())
    client = app.test_client()
    with client.session_transaction() as stored:
        stored["login"] = secret
    return client


def _furnished(folder: Path) -> tuple[Flask, str]:
    """An application with sites, one of which has many services; also the key of one of these."""
    app = create_app(Settings.from_env({"SAMTYKKE_DATA_DIR": str(folder)}))
    now = clock.now()
    with app.app_context():
        upgrade()
        with transaction():
            site = sites.create("many", "Many", ["www.example.no"], by="bench", now=now)
            known = list(catalog.services())[: SERVICES - 1]
            document, added = known_services.with_known(sites.draft(site.id).document, known, {})
            sites.save_draft(site.id, document, by="bench", now=now)
        for number in range(SITES - 1):
            with transaction():
                sites.create(
                    f"site-{number}", f"Site {number}", [f"w{number}.example.no"], by="bench", now=now
                )
    return app, added[0]["key"]
