"""Invitations: somebody is given a role by a link, and chooses the password of the account that it makes.

A link works once, for 72 hours. Sending the invitation again makes another link, and ends the one before.
Nobody but the invited ever has the password.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from server.accounts import one_time_links, passwords
from server.accounts.models import Invitation as Row
from server.accounts.models import InvitationGroup, InvitationSite
from server.accounts.service import account_mail, users
from server.accounts.service.account_mail import Letter
from server.accounts.values import COMMAND_LINE, Account, Identity
from server.core.db import db
from server.core.errors import Conflict, Forbidden, NotFound
from server.core.ids import PATTERN, new_id

LIFETIME = timedelta(hours=72)
"""How long a link works."""

KEPT = timedelta(days=30)
"""How long an invitation is kept after its link could last work: its page says what became of it."""

PAGE = "invitation"
"""The page of the studio that a link opens."""

State = Literal["open", "expired", "accepted", "withdrawn", "replaced"]


@dataclass(frozen=True)
class Invitation:
    """An invitation as shown to administrators and to the invited."""

    invitation_id: str
    email: str
    role: str
    all_sites: bool
    site_ids: frozenset[str]
    created_at: datetime
    created_by: str
    """E-mail address of who invites, or `command line`."""
    expires_at: datetime
    state: State
    group_ids: frozenset[str] = frozenset()
    """The groups whose sites the role is for, besides those named."""

    @property
    def reach(self) -> frozenset[str] | None:
        """The sites that the role is for by name; None means all."""
        return None if self.all_sites else self.site_ids


class Ended(NotFound):
    """A link that works no more; its reason begins with `invitation_`."""

    def __init__(self, invitation: Invitation) -> None:
        super().__init__("this link works no more", reason=f"invitation_{invitation.state}")
        self.invitation = invitation


def invite(
    email: str,
    role: str,
    *,
    site_ids: Collection[str] | None,
    group_ids: Collection[str] = (),
    by: str,
    now: datetime,
) -> tuple[Invitation, str]:
    """Invite somebody to a role, for these sites and those of these groups, or for all if `site_ids` is None.

    Returns the token of the link, too.

    An invitation of the same address that is open is replaced.

    :raises Invalid: the address or role is not valid, or no site and no group is named.
    :raises Conflict: `email_taken`.
    """
    address = users.address(email)
    users.check_role(role, site_ids, group_ids)
    _refuse_taken(address)
    _end(Row.email == address, "replaced", now)
    return _add(address, role, site_ids, group_ids, by, now)


def renew(invitation_id: str, *, by: str, now: datetime) -> tuple[Invitation, str]:
    """Make another link for an invitation that was not accepted; the one before works no more.

    :raises NotFound: `invitation_unknown`.
    :raises Conflict: `invitation_ended`, it was accepted, withdrawn or replaced; `email_taken`.
    """
    old = invitation(invitation_id, now=now)
    _refuse_taken(old.email)
    if not _end(Row.id == old.invitation_id, "replaced", now):
        raise _ended_already()
    return _add(old.email, old.role, old.reach, old.group_ids, by, now)


def withdraw(invitation_id: str, *, now: datetime) -> Invitation:
    """Let a link work no more, and its e-mail not be sent if it still waits.

    :raises NotFound: `invitation_unknown`.
    :raises Conflict: `invitation_ended`, it was accepted, withdrawn or replaced.
    """
    known = invitation(invitation_id, now=now)
    if not _end(Row.id == known.invitation_id, "withdrawn", now):
        raise _ended_already()
    return invitation(invitation_id, now=now)


def invitation(invitation_id: str, *, now: datetime) -> Invitation:
    """One invitation.

    :raises NotFound: `invitation_unknown`.
    """
    row = (
        db.session.get(Row, invitation_id, populate_existing=True)
        if PATTERN.fullmatch(invitation_id)
        else None
    )
    if row is None:
        raise NotFound("there is no such invitation", reason="invitation_unknown")
    return _invitation(row, now)


def listed(*, now: datetime) -> tuple[Invitation, ...]:
    """Invitations that nobody has accepted, newest first: open, expired and withdrawn."""
    rows = db.session.scalars(
        sa.select(Row).where(Row.outcome.in_(("", "withdrawn"))).order_by(Row.created_at.desc(), Row.id)
    ).all()
    return tuple(_invitation(row, now) for row in rows)


def open_link(typed: str, *, now: datetime) -> Invitation:
    """The invitation of a token, or of the address of a link.

    :raises NotFound: `invitation_unknown`; or `Ended`, with what became of it.
    """
    unknown = NotFound("is not a link of an invitation; copy all of it", reason="invitation_unknown")
    found = one_time_links.read(typed)
    row = db.session.get(Row, found[0], populate_existing=True) if found else None
    if found is None or row is None or not one_time_links.opens(found[1], row.digest):
        raise unknown
    known = _invitation(row, now)
    if known.state != "open":
        raise Ended(known)
    return known


def accept(typed: str, password: str, *, now: datetime, words: Collection[str] = ()) -> Identity:
    """Make the account of an invitation, with the password that the invited has chosen.

    :param words: see `users.create_user`

    :raises NotFound: as `open_link`; also if somebody else was faster.
    :raises Invalid: the password is not valid.
    :raises Conflict: `email_taken`, an account was made meanwhile: `join` adds the role to it.
    """
    known = open_link(typed, now=now)
    passwords.check(password, email=known.email, words=words)
    _use(known, now)
    identity, _password = users.create_user(
        known.email,
        known.role,
        password=password,
        site_ids=known.reach,
        group_ids=known.group_ids,
        now=now,
    )
    return identity


def join(typed: str, identity: Identity, *, now: datetime) -> Account:
    """Give the role of an invitation to an account that exists: its sites and groups come on top.

    An owner of every site may do everything already, and stays what they are.

    :raises NotFound: as `open_link`.
    :raises Forbidden: the invitation is for another address.
    :raises Conflict: `connected`, `role_elsewhere`, as `merged`.
    """
    known = open_link(typed, now=now)
    if identity.email != known.email:
        raise Forbidden(f"this invitation is for {known.email}", reason="invitation_of_another")
    role, site_ids, group_ids = merged(users.user(identity.user_id), known)
    _use(known, now)
    return users.change_user(identity.user_id, role=role, site_ids=site_ids, group_ids=group_ids, now=now)


def merged(has: Account, given: Invitation) -> tuple[str, frozenset[str] | None, frozenset[str]]:
    """Role, sites and groups of an account once it has joined; None for the sites means all.

    An account has one role, so an invitation to another one is only taken if it names all of the account's
    sites and groups: on those that it does not name, nobody has given that role.

    :raises Conflict: `connected`, the role comes from the identity provider at each login; or
        `role_elsewhere`, there is another role on sites that the invitation does not name.
    """
    if has.connected:
        raise Conflict("the role of this account comes from single sign-on at each login", reason="connected")
    if has.role == "owner" and has.all_sites:
        return has.role, None, frozenset()
    inside = has.site_ids <= given.site_ids and has.group_ids <= given.group_ids
    names_all = given.all_sites or (not has.all_sites and inside)
    if has.role != given.role and not names_all:
        raise Conflict("you have another role on other sites", reason="role_elsewhere")
    if has.all_sites or given.all_sites:
        return given.role, None, frozenset()
    return given.role, has.site_ids | given.site_ids, has.group_ids | given.group_ids


def send(invited: Invitation, letter: Letter, *, where: str, now: datetime) -> None:
    """Send the link by e-mail; `where` are the names of the sites."""
    account_mail.send_invitation(
        letter,
        invitation_id=invited.invitation_id,
        invited_by=invited.created_by,
        role=invited.role,
        where="" if invited.all_sites else where,
        now=now,
    )


def link(token: str, *, public_url: str) -> str:
    """The address of a link, for the invited alone: in which language they read it, their browser says."""
    return one_time_links.address(public_url, PAGE, token)


def forget(*, now: datetime) -> int:
    """Delete invitations whose links could last work `KEPT` ago; returns how many."""
    old = sa.select(Row.id).where(Row.expires_at <= now - KEPT)
    for table in (InvitationSite, InvitationGroup):
        db.session.execute(sa.delete(table).where(table.invitation_id.in_(old)))
    gone = db.session.execute(sa.delete(Row).where(Row.expires_at <= now - KEPT).returning(Row.id))
    return len(gone.all())


# --- internal --------------------------------------------------------------------------------------------


def _add(
    address: str,
    role: str,
    site_ids: Collection[str] | None,
    group_ids: Collection[str],
    by: str,
    now: datetime,
) -> tuple[Invitation, str]:
    token = one_time_links.new_token(new_id())
    row = Row(
        id=token[:22],
        digest=one_time_links.stored(token),
        email=address,
        role=role,
        all_sites=site_ids is None,
        created_at=now,
        created_by=by,
        expires_at=now + LIFETIME,
        ended_at=None,
        outcome="",
    )
    db.session.add(row)
    db.session.flush()
    for site_id in sorted(set(site_ids or ())):
        db.session.add(InvitationSite(invitation_id=row.id, site_id=site_id))
    for group_id in sorted(set(group_ids if site_ids is not None else ())):
        db.session.add(InvitationGroup(invitation_id=row.id, group_id=group_id))
    db.session.flush()
    return _invitation(row, now), token


def _end(which: sa.ColumnElement[bool], outcome: str, now: datetime) -> bool:
    """End those of these invitations that have not ended, and their e-mail; False if there was none."""
    ended = (
        sa.update(Row)
        .where(which, Row.ended_at.is_(None))
        .values(ended_at=now, outcome=outcome)
        .returning(Row.id, Row.email)
    )
    rows = db.session.execute(ended).all()
    for row in rows:
        account_mail.drop_invitation(row.email, row.id, now=now)
    return bool(rows)


def _use(known: Invitation, now: datetime) -> None:
    """Whoever ends an invitation has it: a second transaction waits here, and finds it used."""
    if not _end(Row.id == known.invitation_id, "accepted", now):
        raise Ended(invitation(known.invitation_id, now=now))


def _refuse_taken(address: str) -> None:
    if users.with_address(address) is not None:
        raise Conflict(
            f"{address} has an account already",
            reason="email_taken",
            errors={"email": "has an account already"},
        )


def _stands(maker: str) -> bool:
    """Whether who invited may still invite: an owner who has left leaves no way in."""
    if maker == COMMAND_LINE.name:
        return True
    account = users.with_address(maker)
    who = users.active_identity(account.user_id) if account else None
    return who is not None and who.may("user.manage")


def _ended_already() -> Conflict:
    return Conflict("this invitation has ended already", reason="invitation_ended")


def _invitation(row: Row, now: datetime) -> Invitation:
    of_it = sa.select(InvitationSite.site_id).where(InvitationSite.invitation_id == row.id)
    site_ids = frozenset(db.session.scalars(of_it))
    grouped = sa.select(InvitationGroup.group_id).where(InvitationGroup.invitation_id == row.id)
    group_ids = frozenset(db.session.scalars(grouped))
    return Invitation(
        row.id,
        row.email,
        row.role,
        row.all_sites,
        site_ids,
        row.created_at,
        row.created_by,
        row.expires_at,
        _state(row, site_ids | group_ids, now),
        group_ids,
    )


def _state(row: Row, named: frozenset[str], now: datetime) -> State:
    """The state; `named` are the sites and groups that are left of those that it is for."""
    if row.outcome in ("accepted", "withdrawn", "replaced"):
        return row.outcome  # type: ignore[return-value]
    if not row.all_sites and not named:
        return "withdrawn"  # with the last of its sites and groups, which was deleted
    if row.expires_at <= now:
        return "expired"
    return "open" if _stands(row.created_by) else "withdrawn"
