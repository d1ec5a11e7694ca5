"""The server time of a notice and of a cookie declaration with three hundred services."""

import tempfile
import time
from pathlib import Path
from statistics import median

from flask import Flask
from flask.testing import FlaskClient

from server.app import create_app
from server.core import clock, garbage_collection
from server.core.db import transaction
from server.core.settings import Settings
from server.ops.schema import upgrade
from server.sites import service as sites
from server.sites.document_types import Cookie, Document, Service

BUDGET = 200
"""Milliseconds of server time."""

SERVICES, COOKIES = 300, 4
"""Services, and cookies of each."""

CALLS = 11

_CATEGORIES = ("functional", "statistics", "advertising")
_COUNTRIES = ("NO", "US", "DE", "IE")


def report() -> None:
    """Print what each page takes; the first of a process compiles templates and reads language data."""
    print(f"\n## Public pages of a site with {SERVICES} services and {SERVICES * COOKIES:,} cookies\n")
    print(f"{'':32}   first        p50       bytes   budget")
    with tempfile.TemporaryDirectory() as folder:
        app = _furnished(Path(folder))
        client = app.test_client()
        garbage_collection.freeze()
        for path in ("notice", "notice.json", "cookies", "cookies.json", "cookies?embed=1"):
            first, *others = (_asked(client, f"/s/many/{path}") for _ in range(CALLS))
            typical, size = median(took for took, _ in others), first[1]
            verdict = "ok" if typical < BUDGET else "MISSED"
            print(
                f"/s/SITE/{path:24} {first[0]:7.1f} ms {typical:7.1f} ms {size:11,}   {BUDGET} ms  {verdict}"
            )


def _asked(client: FlaskClient, path: str) -> tuple[float, int]:
    """Milliseconds of processor, and bytes, of an answer."""
    began = time.process_time()
    answer = client.get(path)
    took = (time.process_time() - began) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return took, len(answer.data)


def _furnished(folder: Path) -> Flask:
    """An application with a published site that has many services."""
    app = create_app(Settings.from_env({"SAMTYKKE_DATA_DIR": str(folder)}))
    now = clock.now()
    with app.app_context():
        upgrade()
        with transaction():
            site = sites.create("many", "Many", ["www.example.no"], by="bench", now=now)
            sites.save_draft(site.id, _document(sites.draft(site.id).document), by="bench", now=now)
            sites.publish(site.id, note="", by="bench", now=now)
    return app


def _document(start: Document) -> Document:
    controller = {**start["controller"], "name": "Mange AS", "address": "Storgata 1, 0155 Oslo"}
    controller["contacts"] = {"email": "hei@example.no", "phone": "", "url": ""}
    services = [*start["services"], *map(_service, range(SERVICES))]
    return {**start, "controller": controller, "services": services}  # type: ignore[typeddict-item]


def _service(number: int) -> Service:
    return {
        "key": f"service_{number}",
        "name": f"Service {number}",
        "provider": f"Provider {number // 2} Ltd",
        "category": _CATEGORIES[number % 3],
        "purpose": _said("Measures how the pages are used, and which of them lead to a purchase"),
        "data": _said("IP address, pages that are read, time, kind of device and browser"),
        "legal_basis": "consent",
        "necessary_reason": {},
        "country": _COUNTRIES[number % 4],
        "transfer_basis": "standard_contractual_clauses",
        "retention": "P14M",
        "privacy_link": f"https://provider{number}.example/privacy",
        "shared_with": [f"Partner {number} Ltd", "Another partner Ltd"],
        "processor_agreement": "https://example.no/agreement",
        "hosts": [f"provider{number}.example"],
        "cookies": [_cookie(number, index) for index in range(COOKIES)],
        "stores_nothing": False,
        "catalog": {"key": "", "version": ""},
    }


def _cookie(number: int, index: int) -> Cookie:
    return {
        "name": f"_c{number}_{index}",
        "host": f".provider{number}.example",
        "kind": "cookie",
        "lifetime": ("session", "P1Y", "P90D", "PT30M")[index % 4],
        "purpose": _said("Distinguishes one visit from another"),
    }


def _said(text: str) -> dict[str, str]:
    return dict.fromkeys(("nb", "nn", "en"), text)


if __name__ == "__main__":
    report()
