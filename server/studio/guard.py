"""Authorisation of pages: one guard runs before every view, and every view names its permission."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf

from server.accounts.service import factors, first_owner, sessions
from server.accounts.values import EVERYBODY, NEED_PROOF, PERMISSIONS, Identity
from server.core import clock
from server.core.bodies import FORM_TYPE, MAX_BODY, read_form
from server.core.db import transaction
from server.core.errors import DomainError, Forbidden, NotFound
from server.core.http import settings
from server.core.time_zones import UTC
from server.sites import service as sites
from server.sites.values import Site
from server.studio import kept_forms, session_devices
from server.studio.kept_forms import KeptForm

SECRET = "login"  # noqa: S105 - the name under which the session's secret stands in the signed cookie
INVITATION = "invitation"
"""The name under which the token of an opened invitation stands in the cookie until it is answered."""
ANYBODY = "anybody"
"""Instead of a permission: no login is needed."""
SOMEBODY = "somebody"
"""Instead of a permission: any logged-in user."""

MOST_FIELDS = 40_000
"""Most fields of a form of somebody who has logged in."""

LARGEST_BEFORE_LOGIN = 384 * 1024
"""Most bytes of a form that comes without a login: one that is kept for after it fits."""

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


NOWHERE = "studio.nothing_here"
"""The endpoint of every address below the studio's that is no page."""

blueprint = _Studio("studio", __name__, url_prefix="/studio")


def needs(permission: str, *, proof: bool | None = None) -> Callable[[View], View]:
    """Name the permission of a view; on a page of a site, it is needed for that site.

    :param proof: whether it also needs a recent proof of who is logged in, if anybody is; None: if it changes
        something by a permission of `NEED_PROOF`
    """
    if permission not in (*PERMISSIONS, ANYBODY, SOMEBODY):
        raise RuntimeError(f"there is no permission {permission!r}")

    def mark(view: View) -> View:
        view.needs = permission  # type: ignore[attr-defined]
        view.proof = proof  # type: ignore[attr-defined]
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
    _refuse_crowded()
    needed = _needed()
    g.identity = _logged_in()
    if g.identity is None and needed != ANYBODY:
        return _to_login()
    g.person = g.identity.user_id if g.identity else None  # for the log of what is refused
    if request.method not in ("GET", "HEAD", "OPTIONS") and (answer := _check_form()) is not None:
        return answer
    if needed != ANYBODY and request.endpoint not in WITHOUT_FACTOR and lacks_factor():
        return _to_factors()
    _check_site()
    if needed not in (ANYBODY, SOMEBODY) and not may(needed):
        raise Forbidden(f"your role, {identity().role}, does not include this")
    lacks_proof = g.identity is not None and needs_proof(request.endpoint or "", request.method)
    return _to_proof() if lacks_proof and not proved() else None


def lacks_factor() -> bool:
    """Whether who is logged in needs a second factor and has none: they can do nothing but add one."""
    if not _needs_factor(identity()) or sessions.is_by_provider(session[SECRET]):
        return False  # the identity provider asks for it
    return not factors.of(identity().user_id).any


def _needs_factor(who: Identity) -> bool:
    """Whether this server demands a second factor of somebody."""
    return not settings().require_second_factor.isdisjoint((EVERYBODY, who.role))


def _is_without_factor_of_provider() -> bool:
    """Whether the provider opened the session and showed no second factor: it was not demanded then."""
    opened = sessions.provider_session(session[SECRET])
    return opened is not None and not opened.second_factor


WITHOUT_FACTOR = frozenset(
    {
        "studio.own_factors",
        "studio.new_app",
        "studio.add_app",
        "studio.passkey_options",
        "studio.add_passkey",
        "studio.confirmation",
        "studio.confirm",
        "studio.confirm_in_place",
        "studio.log_out",
    }
)
"""The pages of who needs a second factor, and has none."""


def needs_proof(endpoint: str, method: str) -> bool:
    """Whether a request needs a recent proof of who is there."""
    view: Any = current_app.view_functions[endpoint]
    if view.proof is not None:
        return cast("bool", view.proof)
    return method == "POST" and view.needs in NEED_PROOF


def proved() -> bool:
    """Whether who is logged in has recently proved who they are."""
    return sessions.is_proved(session[SECRET], now=clock.now())


@blueprint.after_request
def _private(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _logged_in() -> Identity | None:
    """Who is logged in; their session goes on, unless only a page asks by itself."""
    found = sessions.seen(session[SECRET], now=clock.now()) if SECRET in session else None
    if found is None:
        return None
    who, due = found
    if _needs_factor(who) and _is_without_factor_of_provider():
        with transaction():
            sessions.close_session(session[SECRET])
        return None
    if due and request.endpoint not in BY_THEMSELVES:
        with transaction():
            sessions.keep_open(session[SECRET], now=clock.now(), limits=session_devices.limits())
    return who


BY_THEMSELVES = frozenset(
    {"studio.give_sign", "studio.present_session", "studio.running_lump", "studio.unread_messages"}
)
"""What open pages ask for by themselves, which is no sign of somebody who is there."""


def _refuse_crowded() -> None:
    """Refuse a form that is made to be slow to read, before it is.

    :raises TooLarge: it has too many bytes or fields; less is enough without a login.
    """
    if SECRET not in session:
        # Forms with files, too: their headers are slower to read than fields.
        read_form(request, LARGEST_BEFORE_LOGIN, kept_forms.MOST_FIELDS)
    elif request.mimetype == FORM_TYPE:
        read_form(request, MAX_BODY, MOST_FIELDS)


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
    if found is None or not sees(found) or not _reaches(found):
        # The same answer for both: without a role on a site, its existence is not revealed.
        raise NotFound("there is no such site", reason="site_unknown")
    g.site = found
    g.identity = within(identity(), found)


def sees(found: Site) -> bool:
    """Whether the person sees a site; a sample site only its own person does."""
    if found.sample_of is not None:
        return found.sample_of == identity().user_id
    return identity().sees(found.id)


def within(who: Identity, found: Site) -> Identity:
    """A person on a site: on their own sample site the role counts too, whatever sites it is for."""
    if found.sample_of != who.user_id:
        return who
    return replace(who, site_ids=who.site_ids | {found.id})


def _reaches(found: Site) -> bool:
    """Whether the page exists for a site: of a deleted one, owners have what brings it back."""
    if found.deletion is None:
        return True
    return request.endpoint in OF_DELETED_SITES and identity().may("site.edit", found.id)


OF_DELETED_SITES = frozenset({"studio.deleted_site", "studio.restore_site"})
"""The pages of a site that is deleted."""


def _check_form() -> ResponseReturnValue | None:
    try:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise StaleForm("this form was sent from another website; nothing was done")
        csrf.protect()
    except CSRFError as fault:
        if "HX-Request" in request.headers and g.identity is not None:
            return _renewed()
        if (answer := _offered_again()) is not None:
            return answer
        raise StaleForm("the form was too old, or made for another login; nothing was done") from fault
    return None


def _renewed() -> Response:
    """A token for the form that the page has, and whose it is: the page sends it again, or asks first."""
    renewed = {"token": generate_csrf(), "email": identity().email}
    headers = {"HX-Reswap": "none", "HX-Trigger": json.dumps({"form-renewed": renewed})}
    return Response(status=StaleForm.status, headers=headers)


def _offered_again() -> ResponseReturnValue | None:
    """A form with a token of another session, for the person who is logged in now to confirm."""
    form = _kept()
    if g.identity is None or form is None:
        return None
    return render_template("studio/go_on.html", form=form), StaleForm.status


def _kept() -> KeptForm | None:
    """The form that was sent, if it may be sent again.

    Only one of our own pages: what another website makes somebody send must not come with a login to go on.
    """
    if request.method != "POST" or not _is_own_page() or request.endpoint in NOT_KEPT:
        return None
    files = [name for name, file in request.files.items() if file.filename]
    path = request.full_path.rstrip("?")
    return kept_forms.kept(path, request.form.items(multi=True), files)


def _is_own_page() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.origin == request.host_url.rstrip("/")


NOT_KEPT = frozenset(
    {
        "studio.log_in",
        "studio.log_in_again",
        "studio.confirm",
        "studio.confirm_in_place",
        "studio.begin_single_sign_on",
        "studio.give_factor",
        "studio.give_factor_again",
        "studio.log_in_with_passkey",
        "studio.log_in_with_passkey_again",
        "studio.passkey_challenge",
        "studio.passkey_options",
        "studio.add_passkey",
        "studio.log_out",
        "studio.create_first_owner",
        "studio.open_invitation",
        "studio.leave_for_invitation",
        "studio.ask_for_password",
        "studio.open_new_password",
        "studio.set_new_password",
    }
)
"""Forms about the login itself, and of links that work once."""


def _to_login() -> ResponseReturnValue:
    if "HX-Request" in request.headers:
        # The page keeps what was typed, asks for the login, and sends it again.
        return Response(status=401, headers={"HX-Reswap": "none", "HX-Trigger": "login-ended"})
    if request.headers.get("Sec-Fetch-Dest") == "iframe":
        return render_template("studio/frame_ended.html"), 401
    if (form := _kept()) is not None:
        sealed = kept_forms.seal(form, secret_key=settings().secret_key, now=clock.now())
        return render_template("studio/login.html", kept=sealed, next=None, email="", fault=None), 401
    if settings().local_login and first_owner.is_awaited():
        return redirect(url_for("studio.welcome"), 303)
    address = url_for("studio.login")
    if request.method == "GET" and request.path != url_for("studio.home"):
        address += "?next=" + quote(request.full_path.rstrip("?"), safe="")
    return redirect(address, 303)


def _to_factors() -> ResponseReturnValue:
    if request.endpoint in BY_THEMSELVES:
        return Response(status=204)
    address = url_for("studio.own_factors")
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address, 303)


def _to_proof() -> ResponseReturnValue:
    if "HX-Request" in request.headers:
        # As for a login that has ended: the page keeps what was typed, asks, and sends it again.
        return Response(status=401, headers={"HX-Reswap": "none", "HX-Trigger": "login-ended"})
    if request.method != "POST":
        return redirect(url_for("studio.confirmation", next=request.full_path.rstrip("?")), 303)
    form = _kept()
    sealed = kept_forms.seal(form, secret_key=settings().secret_key, now=clock.now()) if form else ""
    has = factors.of(identity().user_id)
    shown: dict[str, object] = {"kept": sealed, "next": None, "lost": form is None, "errors": {}}
    return render_template("studio/confirm.html", **shown, factor=has.any, passkey=has.passkeys > 0), 401
