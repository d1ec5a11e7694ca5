"""The database of all slices, bound to an application: the whole product, or one with nothing else.

Commands and background jobs need no routes; loading those takes longer than most commands.
"""

from flask import Flask

import server.accounts.models
import server.analytics.models
import server.audience.models
import server.consents.models
import server.embed.models
import server.ledger.models
import server.notices.models
import server.notifications.models
import server.sites.models  # noqa: F401 - the rows register themselves with the metadata
from server.core import db
from server.core.settings import Settings


def install(app: Flask, settings: Settings) -> None:
    """Initialise settings and database of an application."""
    app.extensions["samtykke"] = settings
    db.install(app, settings.database_url)


def application(settings: Settings) -> Flask:
    """An application with a database and nothing else: no routes, no templates, no rate limits."""
    app = Flask("server")
    install(app, settings)
    return app
