"""The product in this process, on the data in a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from server.app import create_app
from server.core.db import db
from server.core.settings import Settings

SECRET_KEY = "faults-only-" + "k" * 32


def settings(folder: Path, database_url: str = "") -> Settings:
    """Settings of a product whose data is in a folder; its database too, unless another is named."""
    return Settings(
        database_url=database_url or f"sqlite:///{folder / 'samtykke.db'}",
        redis_url=None,
        data_dir=folder,
        public_url="https://consent.example.no",
        secret_key=SECRET_KEY,
        trusted_proxies=0,
        country_header=None,
        demo=False,
    )


@contextmanager
def product(folder: Path, *, migrated: bool = True) -> Iterator[Flask]:
    """The product on the data in a folder, its context pushed."""
    folder.mkdir(exist_ok=True)
    app = create_app(settings(folder))
    with app.app_context():
        if not migrated:
            upgrade()
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
