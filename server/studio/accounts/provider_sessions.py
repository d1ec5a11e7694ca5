"""Sessions that the identity provider opens, accounts connected to it, and the way out through it."""

from datetime import datetime, timedelta
from typing import Any

from flask import session, url_for
from sqlalchemy.exc import IntegrityError

from server.accounts.service import (
    audit_log,
    message_choices,
    provider_login,
    sessions,
    single_sign_on,
    users,
)
from server.accounts.service.sessions import ProviderSession
from server.accounts.service.single_sign_on import Entered, Grant
from server.accounts.values import Actor, Identity
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict
from server.core.http import settings
from server.core.ids import new_id
from server.notifications.service import outbox
from server.notifications.values import Message
from server.studio import language, session_devices
from server.studio.accounts.users import reach
from server.studio.guard import INVITATION, SECRET

CONNECTING = "connecting"
"""The name under which it stands in the signed cookie whom the provider has named, until they have proved
that the account of their address is theirs."""

BY_PROVIDER = "by_provider"
"""The name under which it stands in the cookie that the login was one by the provider: pages then ask for
that again, and not for a password. It grants nothing."""

LIFETIME = timedelta(minutes=10)
"""How long they may take."""

BREAK_GLASS = "login.break_glass"


def enter(who: Grant, provider_session: ProviderSession, proved_at: datetime) -> Identity:
    """Begin a new session for somebody whom the provider has named, replacing the browser's present one.

    :raises Conflict, Forbidden: as `single_sign_on.enter`.
    """
    now = clock.now()
    with transaction():
        entered = single_sign_on.enter(who, now=now)
        if SECRET in session:
            sessions.close_session(session[SECRET])
        secret = sessions.open_session(
            entered.identity,
            now=now,
            device=session_devices.device(),
            limits=session_devices.limits(),
            provider_session=provider_session,
            proved_at=proved_at,
        )
        _note(entered, now)
        audit_log.record_event("login", by=entered.identity.actor, detail=_actor().name, now=now)
    invitation = session.get(INVITATION)
    language.start_session()
    session[SECRET] = secret
    session[BY_PROVIDER] = True
    if invitation is not None:
        session[INVITATION] = invitation
    return entered.identity


def ask_for_password(who: Grant, provider_session: ProviderSession) -> None:
    """Remember whom the provider has named, until they have logged in to the account of their address."""
    session[CONNECTING] = {
        "issuer": who.issuer,
        "subject": who.subject,
        "email": who.email,
        "role": who.role,
        "sites": who.site_ids,
        "groups": who.group_ids,
        "session": provider_session.name,
        "second_factor": provider_session.second_factor,
        "until": (clock.now() + LIFETIME).timestamp(),
    }


def connecting(email: str, *, now: datetime) -> bool:
    """Whether the provider has named the owner of this address, who only has to prove the account."""
    waiting: dict[str, Any] | None = session.get(CONNECTING)
    return waiting is not None and waiting["email"] == email and now.timestamp() < waiting["until"]


def connect(known: Identity, *, now: datetime) -> ProviderSession | None:
    """Connect the account of somebody who has just proved it, if the provider has named them before.

    Returns the session at the provider, or None: they have logged in with a password, and nothing more.

    :raises Conflict: as `single_sign_on.connect`.
    """
    named = connecting(known.email, now=now)
    waiting: dict[str, Any] = session.pop(CONNECTING, None) or {}
    if not named:
        return None
    site_ids = None if waiting["sites"] is None else tuple(waiting["sites"])
    who = Grant(
        waiting["issuer"],
        waiting["subject"],
        waiting["email"],
        waiting["role"],
        site_ids,
        tuple(waiting["groups"]),
    )
    try:
        entered = single_sign_on.connect(known.user_id, who, now=now)
    except IntegrityError as fault:
        raise Conflict("this account is connected already", reason="connected") from fault
    _note(entered, now)
    audit_log.record_event("account_connected", by=known.actor, detail=_actor().name, now=now)
    return ProviderSession(waiting["session"], waiting["second_factor"])


def may_log_in_locally(known: Identity, *, now: datetime) -> bool:
    """Whether somebody with the right password may go on with it."""
    if settings().local_login or connecting(known.email, now=now):
        return True
    return users.user(known.user_id).break_glass


def tell_of_break_glass(known: Identity, *, now: datetime) -> None:
    """Record, and tell the owners, that the break-glass account was used where only it has a password."""
    if settings().local_login or not users.user(known.user_id).break_glass:
        return
    data: dict[str, str | int | None] = {"email": known.email, "host": settings().public_host}
    message = Message("", BREAK_GLASS, data, key=f"{BREAK_GLASS} {new_id()}")
    outbox.record(message, message_choices.recipients("", BREAK_GLASS), now=now)
    audit_log.record_event("break_glass_login", by=known.actor, now=now)


def way_out() -> str:
    """Where a browser is sent to log out at the provider too; empty if there is no such page."""
    provider = settings().oidc
    if provider is None or not sessions.is_by_provider(session[SECRET]):
        return ""
    back_to = settings().public_url + url_for("studio.login")
    return provider_login.way_out(provider, back_to=back_to, language=language.current(), now=clock.now())


def _note(entered: Entered, now: datetime) -> None:
    """Append what the provider's claims have changed."""
    email, by = entered.identity.email, _actor()
    present = users.user(entered.identity.user_id)
    if entered.created:
        audit_log.record_event("user_created", by=by, subject=email, detail=reach(present), now=now)
    if entered.before is not None:
        detail = f"{reach(entered.before)} → {reach(present)}"
        audit_log.record_event("user_changed", by=by, subject=email, detail=detail, now=now)
        users.record_token_changes(entered.programs, by=by, now=now)


def _actor() -> Actor:
    """The identity provider, as the originator of what its claims change."""
    provider = settings().oidc
    return Actor("provider", provider.host if provider else "")
