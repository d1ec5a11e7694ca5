"""Who may see which page. One guard stands before every view, and every view names its permission."""

from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import quote

from flask import Blueprint, Response, current_app, g, redirect, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf

from server.accounts import service as accounts
from server.accounts.values import PERMISSIONS, Identity
from server.core import clock
from server.core.errors import DomainError, Forbidden, NotFound
from server.sites import service as sites
from server.sites.values import Site

SECRET = "login"  # noqa: S105 - the name under which the session's secret stands in the signed cookie
ANYBODY = "anybody"
"""In place of a permission: also who is not logged in."""
SOMEBODY = "somebody"
"""In place of a permission: whoever is logged in."""

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

csrf = CSRFProtect()


class StaleForm(DomainError):
    """A form that was not made for this login, or not by us; nothing was done."""

    status = 419
    reason = "form_expired"


class _Studio(Blueprint):
    """A blueprint whose every view says who may see it."""

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
    """Say which permission a view needs; on a page of a site, it is needed for that site."""
    if permission not in (*PERMISSIONS, ANYBODY, SOMEBODY):
        raise RuntimeError(f"there is no permission {permission!r}")

    def mark(view: View) -> View:
        view.needs = permission  # type: ignore[attr-defined]
        return view

    return mark


def identity() -> Identity:
    """Who is logged in."""
    return cast("Identity", g.identity)


def site() -> Site:
    """The site that the address names."""
    return cast("Site", g.site)


def may(permission: str) -> bool:
    """Whether who is logged in may do this, on the site that the address names if it names one."""
    return identity().may(permission, g.site.id if g.get("site") else None)


@blueprint.record_once
def _install(state: BlueprintSetupState) -> None:
    # The API proves itself by tokens; forms of the studio are checked in the guard, and nothing else is.
    state.app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    # A form may be open as long as its login lasts.
    state.app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    # It compares the Referer with the Host header, which proxies rewrite; Sec-Fetch-Site says more.
    state.app.config.setdefault("WTF_CSRF_SSL_STRICT", False)
    csrf.init_app(state.app)


@blueprint.before_request
def _guard() -> ResponseReturnValue | None:
    g.area = "studio"
    needed = _needed()
    g.identity = accounts.identity_of(session[SECRET], now=clock.now()) if SECRET in session else None
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
        # One answer for both: who may not see a site does not learn that it is there.
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
        # The page stays as it is, with everything that was typed; logging in elsewhere is enough to go on.
        return Response(status=401, headers={"HX-Reswap": "none", "HX-Trigger": "login-ended"})
    address = url_for("studio.login")
    if request.method == "GET" and request.path != url_for("studio.home"):
        address += "?next=" + quote(request.full_path.rstrip("?"), safe="")
    return redirect(address, 303)


def renewed_token() -> str:
    """A form token of the present login, for a page whose own has become too old."""
    return cast("str", generate_csrf())
