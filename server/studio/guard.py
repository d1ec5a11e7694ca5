"""Authorisation of pages: one guard runs before every view, and every view names its permission."""

from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, g, redirect, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf

from server.accounts.service import sessions
from server.accounts.values import PERMISSIONS, Identity
from server.core import clock
from server.core.errors import DomainError, Forbidden, NotFound
from server.core.time_zones import UTC
from server.sites import service as sites
from server.sites.values import Site

SECRET = "login"  # noqa: S105 - the name under which the session's secret stands in the signed cookie
ANYBODY = "anybody"
"""Instead of a permission: no login is needed."""
SOMEBODY = "somebody"
"""Instead of a permission: any logged-in user."""

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

csrf = CSRFProtect()


class StaleForm(DomainError):
    """A form whose CSRF token is missing, invalid or of another session; nothing was done."""

    status = 419
    reason = "form_expired"


class _Studio(Blueprint):
    """A blueprint whose views all name a permission."""

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **kwargs: Any
    ) -> None:
        """Add a page.

        :raises RuntimeError: the view does not name a permission.
        """
        if not hasattr(view_func, "needs"):
            raise RuntimeError(f"the studio's page {rule} does not say who may see it")
        super().add_url_rule(rule, endpoint, view_func, *args, **kwargs)


blueprint = _Studio("studio", __name__, url_prefix="/studio")


def needs(permission: str) -> Callable[[View], View]:
    """Name the permission of a view; on a page of a site, it is needed for that site."""
    if permission not in (*PERMISSIONS, ANYBODY, SOMEBODY):
        raise RuntimeError(f"there is no permission {permission!r}")

    def mark(view: View) -> View:
        view.needs = permission  # type: ignore[attr-defined]
        return view

    return mark


def identity() -> Identity:
    """The logged-in user."""
    return cast("Identity", g.identity)


def site() -> Site:
    """The site in the URL."""
    return cast("Site", g.site)


def zone() -> ZoneInfo:
    """The time zone that times are shown in: the one that the user has chosen, else that of the site."""
    chosen = identity().time_zone
    return ZoneInfo(chosen) if chosen else site_zone()


def site_zone() -> ZoneInfo:
    """The time zone by which figures have days: that of the site in the URL, and UTC where there is none."""
    if "zone" not in g:
        g.zone = sites.time_zone(g.site.id) if g.get("site") else ZoneInfo(UTC)
    return cast("ZoneInfo", g.zone)


def may(permission: str) -> bool:
    """Whether the user has a permission, on the site in the URL if there is one."""
    return identity().may(permission, g.site.id if g.get("site") else None)


@blueprint.record_once
def _install(state: BlueprintSetupState) -> None:
    # The API uses tokens; only forms of the studio are checked, by the guard.
    state.app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    # A form is valid as long as its session.
    state.app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    # It compares the Referer with the Host header, which proxies rewrite; Sec-Fetch-Site is more reliable.
    state.app.config.setdefault("WTF_CSRF_SSL_STRICT", False)
    csrf.init_app(state.app)


@blueprint.before_request
def _guard() -> ResponseReturnValue | None:
    g.area = "studio"
    needed = _needed()
    g.identity = sessions.identity_of(session[SECRET], now=clock.now()) if SECRET in session else None
    if g.identity is None and needed != ANYBODY:
        return _to_login()
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        _check_form()
    _check_site()
    if needed not in (ANYBODY, SOMEBODY) and not may(needed):
        raise Forbidden(f"your role, {identity().role}, does not include this")
    return None


@blueprint.after_request
def _private(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _needed() -> str:
    view: Any = current_app.view_functions[request.endpoint or ""]
    return cast("str", view.needs)


def _check_site() -> None:
    key = (request.view_args or {}).pop("key", None)
    g.site = None
    if key is None:
        return
    try:
        found = sites.find(key)
    except NotFound:
        found = None
    if found is None or not identity().sees(found.id):
        # The same answer for both: without a role on a site, its existence is not revealed.
        raise NotFound("there is no such site", reason="site_unknown")
    g.site = found


def _check_form() -> None:
    try:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise StaleForm("this form was sent from another website; nothing was done")
        csrf.protect()
    except CSRFError as fault:
        raise StaleForm("the form was too old, or made for another login; nothing was done") from fault


def _to_login() -> ResponseReturnValue:
    if "HX-Request" in request.headers:
        # The page keeps what was typed; after logging in in another tab, it can be saved.
        return Response(status=401, headers={"HX-Reswap": "none", "HX-Trigger": "login-ended"})
    address = url_for("studio.login")
    if request.method == "GET" and request.path != url_for("studio.home"):
        address += "?next=" + quote(request.full_path.rstrip("?"), safe="")
    return redirect(address, 303)


def renewed_token() -> str:
    """A new CSRF token of the present session, for a page with an expired one."""
    return cast("str", generate_csrf())
