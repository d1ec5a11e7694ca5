"""Administration of users; how they are invited is in `inviting`."""

from collections.abc import Collection, Mapping
from typing import cast

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import (
    audit_log,
    factors,
    invitations,
    password_resets,
    sessions,
    single_sign_on,
    tokens,
)
from server.accounts.service import users as accounts_users
from server.accounts.service.invitations import Invitation
from server.accounts.values import (
    EVERYWHERE,
    NO_RIGHTS,
    OF_PUBLISHERS,
    PERMISSIONS,
    ROLES,
    Account,
    Token,
)
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, DomainError, Invalid
from server.core.http import settings
from server.core.ids import PATTERN
from server.sites import groups
from server.sites import service as sites
from server.studio.guard import blueprint, identity, needs
from server.studio.language import gettext, ngettext
from server.studio.role_names import ACTIONS, MEANINGS
from server.studio.views import page, redirect_with_flash


@blueprint.get("/users")
@needs("user.manage")
def users() -> ResponseReturnValue:
    """All users, and who is invited."""
    return user_list()


def user_list(status: int = 200, *, errors: Mapping[str, object] | None = None) -> Response:
    """The list, with what was refused of an invitation."""
    found, invited = accounts_users.users(), invitations.listed(now=clock.now())
    named = {site_id for one in found for site_id in one.site_ids}
    theirs = sites.with_ids(named | {site_id for one in invited for site_id in one.site_ids})
    return page(
        "users/list.html",
        status,
        errors=errors or {},
        users=found,
        factors=factors.of_all(),
        invited=invited,
        sends_mail=settings().smtp_url is not None,
        sites={one.id: one for one in theirs},
        groups=groups.named(),
        # The table that decides is the table that is shown.
        actions=[(words, PERMISSIONS[name], name) for name, words in ACTIONS.items()],
        all_roles=ROLES,
        meanings=MEANINGS,
        everywhere=EVERYWHERE,
        of_publishers=OF_PUBLISHERS,
    )


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
        "groups": sorted(known.group_ids),
    }
    return _one(known, 200, typed, {})


@blueprint.post("/users/<user_id>")
@needs("user.manage")
def change_user(user_id: str) -> ResponseReturnValue:
    """Change role or sites."""
    typed = typed_user()
    try:
        with transaction():
            before, programs = accounts_users.user(user_id), tokens.tokens_of(user_id)
            _refuse_connected(before)
            changed = accounts_users.change_user(
                user_id,
                role=str(typed["role"]),
                site_ids=chosen_sites(typed),
                group_ids=chosen_groups(typed),
                now=clock.now(),
            )
            note("user_changed", changed.email, f"{reach(before)} → {reach(changed)}")
            others = accounts_users.record_token_changes(programs, by=identity().actor, now=clock.now())
    except (Invalid, Conflict) as fault:
        return _refused(user_id, fault, typed)
    said = gettext("Saved. They are logged out, and have these rights when they log in again.")
    if changed == before:
        said = gettext("Saved. Nothing is different, and they stay logged in.")
    return redirect_with_flash("user", " ".join([said, *_of_programs(others)]), user_id=user_id)


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
                note("user_disabled", known.email)
            else:
                known = accounts_users.enable_user(user_id, now=clock.now())
                outcome = gettext("%(email)s can log in again.", email=known.email)
                note("user_enabled", known.email)
            others = accounts_users.record_token_changes(programs, by=identity().actor, now=clock.now())
    except Conflict as fault:
        return _refused(user_id, fault, None)
    return redirect_with_flash("user", " ".join([outcome, *_of_programs(others)]), user_id=user_id)


@blueprint.post("/users/<user_id>/password")
@needs("user.manage")
def make_reset_link(user_id: str) -> ResponseReturnValue:
    """Make a link by which a user chooses another password; only this answer shows it."""
    try:
        with transaction():
            known = accounts_users.user(user_id)
            token = password_resets.issue(user_id, now=clock.now())
            note("reset_link_made", known.email)
    except Conflict as fault:
        return _refused(user_id, fault, None)
    link = password_resets.link(token, public_url=settings().public_url)
    has_factor = factors.of(user_id).any
    return page("users/reset.html", 201, email=known.email, link=link, user_id=user_id, has_factor=has_factor)


@blueprint.post("/users/<user_id>/sessions")
@needs("user.manage")
def end_sessions(user_id: str) -> ResponseReturnValue:
    """End all sessions of a user."""
    with transaction():
        known = accounts_users.user(user_id)
        ended = sessions.end_all(known.user_id)
        note("sessions_ended", known.email, str(ended))
    said = gettext("%(email)s is logged out everywhere.", email=known.email)
    return redirect_with_flash("user", said, user_id=user_id)


@blueprint.post("/users/<user_id>/disconnect")
@needs("user.manage")
def disconnect_user(user_id: str) -> ResponseReturnValue:
    """Let a user log in by the identity provider no more; a link lets them choose a password."""
    try:
        with transaction():
            known = single_sign_on.disconnect(user_id)
            note("account_disconnected", known.email)
    except Conflict as fault:
        return _refused(user_id, fault, None)
    said = gettext("%(email)s is disconnected, and needs a link to choose a password.", email=known.email)
    return redirect_with_flash("user", said, user_id=user_id)


def note(action: str, email: str, detail: str = "") -> None:
    """Append an event about a user by who is logged in."""
    audit_log.record_event(action, by=identity().actor, subject=email, detail=detail, now=clock.now())


def reach(who: Account | Invitation) -> str:
    """A role with its sites and groups, in words for the audit log."""
    if who.all_sites:
        return f"{who.role} of every site"
    keys = [one.key for one in sites.with_ids(who.site_ids)]
    named = groups.named()
    keys += [f"group {named[one].key}" for one in sorted(who.group_ids) if one in named]
    return f"{who.role} of {', '.join(keys)}"


def _of_programs(changed: Collection[Token]) -> list[str]:
    """What becomes of the programs of somebody whose account was changed: a sentence for each kind."""
    stopped = [one.actor.name for one in changed if one.rights == NO_RIGHTS]
    others = [one.actor.name for one in changed if one.rights != NO_RIGHTS]
    said = []
    if stopped:
        said.append(
            ngettext(
                "One API token works no more: %(names)s.",
                "%(num)s API tokens work no more: %(names)s.",
                len(stopped),
                names=", ".join(stopped),
            )
        )
    if others:
        said.append(
            ngettext(
                "One API token has other rights now: %(names)s.",
                "%(num)s API tokens have other rights now: %(names)s.",
                len(others),
                names=", ".join(others),
            )
        )
    return said


def _refuse_connected(known: Account) -> None:
    if known.connected:
        raise Conflict("the role of this account comes from single sign-on at each login")


def _refused(user_id: str, fault: DomainError, typed: dict[str, object] | None) -> Response:
    known = accounts_users.user(user_id)
    typed = typed or {
        "role": known.role,
        "all": known.all_sites,
        "sites": sorted(known.site_ids),
        "groups": sorted(known.group_ids),
    }
    errors = dict(fault.errors) or {"general": fault.message}
    return _one(known, fault.status, typed, errors)


def _one(known: Account, status: int, typed: dict[str, object], errors: dict[str, object]) -> Response:
    """The page of a user."""
    return user_form(
        "users/one.html",
        status,
        typed,
        errors,
        user=known,
        factors=factors.of(known.user_id),
        programs=tokens.tokens_of(known.user_id),
    )


def user_form(
    template: str, status: int, typed: dict[str, object], errors: dict[str, object], **values: object
) -> Response:
    """A page with the form of role and sites."""
    return page(
        template,
        status,
        typed=typed,
        errors=errors,
        # The least trusted first: nobody gets more because it stood at the top.
        roles=[(role, MEANINGS[role]) for role in reversed(ROLES)],
        # All sites, because each can be ticked; read page by page while the form is rendered.
        every_site=sites.each_site(),
        every_group=groups.named(),
        **values,
    )


def typed_user() -> dict[str, object]:
    """What was sent of the form."""
    return {
        "email": request.form.get("email", ""),
        "role": request.form.get("role", ""),
        "all": request.form.get("reach") == "all",
        "sites": [one for one in request.form.getlist("sites") if PATTERN.fullmatch(one)],
        "groups": [one for one in request.form.getlist("groups") if PATTERN.fullmatch(one)],
    }


def chosen_sites(typed: dict[str, object]) -> list[str] | None:
    """Ids of the ticked sites that exist; None means all."""
    if typed["all"]:
        return None
    return [one.id for one in sites.with_ids(cast("list[str]", typed["sites"]))]


def chosen_groups(typed: dict[str, object]) -> list[str]:
    """Ids of the ticked groups that exist; none where the role is for all sites."""
    if typed["all"]:
        return []
    known = groups.named()
    return [one for one in cast("list[str]", typed["groups"]) if one in known]
