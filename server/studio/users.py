"""Administration of users."""

from typing import cast

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log, tokens
from server.accounts.service import users as accounts_users
from server.accounts.values import ROLES, Account, Identity
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, DomainError, Invalid
from server.core.ids import PATTERN
from server.sites import service as sites
from server.studio.guard import blueprint, identity, needs
from server.studio.language import gettext, lazy_gettext
from server.studio.views import page, redirect_with_flash

MEANINGS = {
    "owner": lazy_gettext("May do everything, and manages users and sites."),
    "editor": lazy_gettext(
        "Writes and publishes banners, answers requests, and finds or erases a visitor’s decision."
    ),
    "developer": lazy_gettext(
        "Edits banners and makes API tokens, but does not publish or see visitors’ decisions."
    ),
    "auditor": lazy_gettext("Sees what was published, decided and done, and the figures. Changes nothing."),
}


@blueprint.get("/users")
@needs("user.manage")
def users() -> ResponseReturnValue:
    """All users."""
    found = accounts_users.users()
    theirs = sites.with_ids({site_id for one in found for site_id in one.site_ids})
    return page("users/list.html", users=found, sites={one.id: one for one in theirs})


@blueprint.get("/users/new")
@needs("user.manage")
def new_user() -> ResponseReturnValue:
    """The form for a new user."""
    return _form("users/new.html", 200, {"email": "", "role": "editor", "all": True, "sites": []}, {})


@blueprint.post("/users/new")
@needs("user.manage")
def create_user() -> ResponseReturnValue:
    """Create a user; only this answer shows the password."""
    typed = _typed()
    try:
        with transaction():
            made, password = accounts_users.create_user(
                str(typed["email"]),
                str(typed["role"]),
                password=None,
                site_ids=_chosen(typed),
                now=clock.now(),
            )
            _note("user_created", made.email, _reach(made))
    except (Invalid, Conflict) as fault:
        return _form("users/new.html", fault.status, typed, dict(fault.errors))
    return page("users/password.html", 201, email=made.email, password=password, made=True)


@blueprint.get("/users/<user_id>")
@needs("user.manage")
def user(user_id: str) -> ResponseReturnValue:
    """One user."""
    known = accounts_users.user(user_id)
    typed = {
        "email": known.email,
        "role": known.role,
        "all": known.all_sites,
        "sites": sorted(known.site_ids),
    }
    return _form("users/one.html", 200, typed, {}, user=known)


@blueprint.post("/users/<user_id>")
@needs("user.manage")
def change_user(user_id: str) -> ResponseReturnValue:
    """Change role or sites."""
    typed = _typed()
    try:
        with transaction():
            before, programs = accounts_users.user(user_id), tokens.tokens_of(user_id)
            changed = accounts_users.change_user(
                user_id, role=str(typed["role"]), site_ids=_chosen(typed), now=clock.now()
            )
            _note("user_changed", changed.email, f"{_reach(before)} → {_reach(changed)}")
            accounts_users.record_token_changes(programs, by=identity().actor, now=clock.now())
    except (Invalid, Conflict) as fault:
        return _refused(user_id, fault, typed)
    return redirect_with_flash("user", gettext("Saved. It applies from their next click."), user_id=user_id)


@blueprint.post("/users/<user_id>/access")
@needs("user.manage")
def change_access(user_id: str) -> ResponseReturnValue:
    """Disable or enable a user."""
    try:
        with transaction():
            programs = tokens.tokens_of(user_id)
            if request.form.get("do") == "disable":
                known = accounts_users.disable_user(user_id, now=clock.now())
                outcome = gettext("%(email)s can no longer log in.", email=known.email)
                _note("user_disabled", known.email)
            else:
                known = accounts_users.enable_user(user_id)
                outcome = gettext("%(email)s can log in again.", email=known.email)
                _note("user_enabled", known.email)
            accounts_users.record_token_changes(programs, by=identity().actor, now=clock.now())
    except Conflict as fault:
        return _refused(user_id, fault, None)
    return redirect_with_flash("user", outcome, user_id=user_id)


@blueprint.post("/users/<user_id>/password")
@needs("user.manage")
def reset_password(user_id: str) -> ResponseReturnValue:
    """Reset a password; only this answer shows it."""
    with transaction():
        password = accounts_users.reset_password(user_id)
        known = accounts_users.user(user_id)
        _note("password_reset", known.email)
    return page("users/password.html", email=known.email, password=password, made=False)


def _note(action: str, email: str, detail: str = "") -> None:
    audit_log.record_event(action, by=identity().actor, subject=email, detail=detail, now=clock.now())


def _reach(who: Account | Identity) -> str:
    """A role and its sites, in words for the audit log."""
    keys = [one.key for one in sites.with_ids(who.site_ids)]
    return f"{who.role} of {'every site' if who.all_sites else ', '.join(keys)}"


def _refused(user_id: str, fault: DomainError, typed: dict[str, object] | None) -> Response:
    known = accounts_users.user(user_id)
    typed = typed or {"role": known.role, "all": known.all_sites, "sites": sorted(known.site_ids)}
    errors = dict(fault.errors) or {"general": fault.message}
    return _form("users/one.html", fault.status, typed, errors, user=known)


def _form(
    template: str, status: int, typed: dict[str, object], errors: dict[str, object], **values: object
) -> Response:
    return page(
        template,
        status,
        typed=typed,
        errors=errors,
        roles=[(role, MEANINGS[role]) for role in ROLES],
        # All sites, because each can be ticked; read page by page while the form is rendered.
        every_site=sites.each_site(),
        **values,
    )


def _typed() -> dict[str, object]:
    return {
        "email": request.form.get("email", ""),
        "role": request.form.get("role", ""),
        "all": request.form.get("reach") == "all",
        "sites": [one for one in request.form.getlist("sites") if PATTERN.fullmatch(one)],
    }


def _chosen(typed: dict[str, object]) -> list[str] | None:
    """Ids of the ticked sites that exist; None means all."""
    if typed["all"]:
        return None
    return [one.id for one in sites.with_ids(cast("list[str]", typed["sites"]))]
