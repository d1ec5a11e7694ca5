"""The database of every slice, bound to an application: the whole product's, or one that has nothing else.

Commands and background jobs need no routes; loading those takes longer than most commands do.
"""

from flask import Flask

import server.accounts.models
import server.analytics.models
import server.consents.models
import server.embed.models
import server.ledger.models
import server.sites.models  # noqa: F401 - the rows register themselves with the metadata
from server.core import db
from server.core.settings import Settings


def install(app: Flask, settings: Settings) -> None:
    """Give an application its settings and its database."""
    app.extensions["samtykke"] = settings
    db.install(app, settings.database_url)


def application(settings: Settings) -> Flask:
    """An application with a database and nothing else: no routes, no templates, no rate limits."""
    app = Flask("server")
    install(app, settings)
    return app
