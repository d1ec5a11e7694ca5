"""The composition root: settings, extensions, slices and error pages become one application."""

import posixpath
from pathlib import Path

from flask import Flask, Response, g, render_template, request
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from server import database
from server.accounts import api as accounts
from server.accounts.values import EVERYBODY, ROLES
from server.analytics import api as analytics
from server.audience import api as audience
from server.catalog import api as catalog
from server.catalog import service as known_services
from server.consents import api as consents
from server.core import (
    bodies,
    db,
    error_answers,
    garbage_collection,
    headers,
    host_header,
    http,
    limits,
    logs,
    monitoring,
    mounting,
    programs,
    shipped,
)
from server.core.errors import DomainError, NotFound
from server.core.settings import BadSetting, Settings
from server.demo import pages as demo_pages
from server.demo import third_parties as demo_third_parties
from server.embed import api as embed
from server.ledger import api as ledger
from server.notices import api as notices
from server.notices import fault_pages
from server.ops import api_docs, health, metrics, well_known
from server.sites import api as sites
from server.sites import (
    bulk_kinds,
    group_api,
    publication_api,  # noqa: F401 - its routes are of the blueprint of sites
    site_file_api,  # noqa: F401 - the same
)
from server.studio import language
from server.studio import pages as studio
from server.studio.accounts import back_channel

SERVED = ("api/", "demo/", "dist/", "error.css", "notices/")
"""What is served of `static/`; in a checkout, sources and tools of the build are beside it."""


class _Product(Flask):
    def send_static_file(self, filename: str) -> Response:
        if not posixpath.normpath(filename).startswith(SERVED):
            raise NotFound("there is nothing here")
        return super().send_static_file(filename)


def create_app(settings: Settings) -> Flask:
    """Create the application; nothing is read from the environment below this line.

    :raises BadSetting: a role that there is not is named by the mapping of single sign-on, or as one that
        needs a second factor.
    """
    _check_roles(settings)
    app = _Product(
        __name__,
        template_folder=str(shipped.folder("templates")),
        static_folder=str(shipped.folder("static")),
    )
    app.session_interface = http.SessionCookie()
    _configure(app, settings)
    database.install(app, settings)
    Migrate(app, db.db, directory=str(Path(__file__).parent / "migrations"))
    limits.install(app, settings.redis_url)
    programs.install(app)
    accounts.install(app)
    language.install(app)
    logs.configure()
    monitoring.install(app)
    headers.install(app)
    _mount(app)
    # After flask-smorest, whose error handlers these replace.
    error_answers.install(app, _error_page)
    _wrap(app, settings)
    bulk_kinds.register()
    # A fifth of a second that the first save of a draft would wait for.
    known_services.load()
    return app


def _check_roles(settings: Settings) -> None:
    """What a role is, the ground does not know, where settings are read."""
    for each in settings.oidc.role_map if settings.oidc else ():
        if each.role not in ROLES:
            known = ", ".join(ROLES)
            raise BadSetting(f"SAMTYKKE_OIDC_ROLE_MAP names the role {each.role!r}; there are {known}")
    if unknown := settings.require_second_factor - {EVERYBODY, *ROLES}:
        raise BadSetting(
            f"SAMTYKKE_REQUIRE_SECOND_FACTOR names {sorted(unknown)[0]!r}, which is not off, {EVERYBODY}"
            f" or one of the roles {', '.join(ROLES)}"
        )


def application() -> Flask:
    """The application with settings from the environment, for WSGI servers."""
    app = create_app(Settings.from_env())
    garbage_collection.freeze()
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        DEBUG=False,  # whatever FLASK_DEBUG says: it would show faults to strangers
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=bodies.MAX_BODY,
        MAX_FORM_MEMORY_SIZE=bodies.MAX_BODY,
        TRUSTED_HOSTS=_hosts(settings),
        SESSION_COOKIE_NAME="__Host-samtykke_studio" if settings.secure else "samtykke_studio",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        API_TITLE="Samtykke",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.jinja_env.globals.update(csp_nonce=headers.csp_nonce)


def _hosts(settings: Settings) -> list[str]:
    return [settings.own_host, "127.0.0.1", "localhost"]


def _error_page(fault: DomainError) -> Response:
    # Nothing may ask for an address where the Host is unknown.
    if fault_pages.is_public_page(request.path) and fault.reason != "host_unknown":
        return fault_pages.fault_page(fault)
    html = render_template("error.html", status=fault.status, message=fault.message, area=g.get("area"))
    return Response(html, fault.status, mimetype="text/html")


def _wrap(app: Flask, settings: Settings) -> None:
    """The WSGI middleware, from the inside out."""
    app.wsgi_app = mounting.Mount(  # type: ignore[method-assign]
        app.wsgi_app,
        [embed.handler(app), embed.draft_handler(app), consents.handler(app), audience.handler(app)],
        trusted_hosts=app.config["TRUSTED_HOSTS"],
        headers=headers.security_headers(secure=settings.secure),
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        # X-Forwarded-Host is never used: absolute URLs come from SAMTYKKE_PUBLIC_URL.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    app.wsgi_app = host_header.RequireHost(app.wsgi_app)  # type: ignore[method-assign]


def _mount(app: Flask) -> None:
    app.url_map.converters["int"] = http.PlainNumber
    api = http.Api(app)
    api.spec.components.security_scheme("token", http.TOKEN_SCHEME)
    api.spec.components.security_scheme("visitor", consents.VISITOR_SCHEME)
    api.spec.components.security_scheme("draft", embed.DRAFT_SCHEME)
    embed.describe(api)
    app.register_blueprint(demo_pages.blueprint)
    app.register_blueprint(demo_third_parties.blueprint)
    api.register_blueprint(sites.blueprint)
    api.register_blueprint(group_api.blueprint)
    api.register_blueprint(catalog.blueprint)
    api.register_blueprint(consents.blueprint)
    consents.describe(api)
    audience.describe(api)
    api.register_blueprint(analytics.blueprint)
    api.register_blueprint(ledger.blueprint)
    for blueprint in notices.BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.register_blueprint(studio.blueprint)
    app.register_blueprint(back_channel.blueprint)
    api.register_blueprint(health.blueprint)
    api.register_blueprint(metrics.blueprint)
    api.register_blueprint(well_known.blueprint)
    app.register_blueprint(api_docs.blueprint)
