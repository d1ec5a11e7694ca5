"""User accounts: creating, changing and disabling them, and authentication by password."""

import re
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.accounts import passwords, queries
from server.accounts.models import ExternalIdentity, PasswordReset, User, UserGroup, UserSite
from server.accounts.service import account_alarms, account_mail, audit_log, sessions, tokens
from server.accounts.values import ROLES, Account, Actor, Identity, Token
from server.core.db import db
from server.core.errors import Conflict, Invalid, NotFound, Unauthenticated
from server.core.ids import PATTERN, new_id
from server.core.plain_text import invisible
from server.notifications.service import delivering

_EMAIL = re.compile(r"[^\s@\x00-\x20]{1,64}@[^\s@.\x00-\x20]+(?:\.[^\s@.\x00-\x20]+)*")


def create_user(
    email: str,
    role: str,
    *,
    password: str | None,
    site_ids: Collection[str] | None,
    group_ids: Collection[str] = (),
    now: datetime,
    words: Collection[str] = (),
) -> tuple[Identity, str]:
    """Create a user, for all sites or for these and those of these groups.

    Returns the password too; it is generated if None.

    :param words: of which the password must not be made; see `passwords.check`

    :raises Invalid: the address, role or password is not valid, or no site and no group is named.
    :raises Conflict: `email_taken`.
    """
    found = address(email)
    check_role(role, site_ids, group_ids)
    if password is not None:
        passwords.check(password, email=found, words=words)
    secret = password if password is not None else passwords.generate()
    row = _row(found, role, passwords.digest(secret), all_sites=site_ids is None, now=now)
    _add_unless_taken(row)
    _set_reach(row, site_ids, group_ids)
    if role == "owner":
        account_alarms.owner_added(_account(row), now=now)
    return queries.identity(row), secret


def create_user_without_password(
    email: str,
    role: str,
    *,
    site_ids: Collection[str] | None,
    group_ids: Collection[str] = (),
    now: datetime,
) -> Identity:
    """Create a user whom no password lets in; as `create_user`."""
    found = address(email)
    check_role(role, site_ids, group_ids)
    row = _row(found, role, "", all_sites=site_ids is None, now=now)
    _add_unless_taken(row)
    _set_reach(row, site_ids, group_ids)
    if role == "owner":
        account_alarms.owner_added(_account(row), now=now)
    return queries.identity(row)


def users() -> tuple[Account, ...]:
    """All users, ordered by address."""
    rows = db.session.scalars(sa.select(User).order_by(User.email)).all()
    named = db.session.execute(sa.select(UserSite.user_id, UserSite.site_id)).all()
    grouped = db.session.execute(sa.select(UserGroup.user_id, UserGroup.group_id)).all()
    connected = set(db.session.scalars(sa.select(ExternalIdentity.user_id)))
    return tuple(
        queries.account(
            row,
            frozenset(site for user, site in named if user == row.id),
            frozenset(group for user, group in grouped if user == row.id),
            connected=row.id in connected,
        )
        for row in rows
    )


def with_permission(permission: str, site_id: str) -> tuple[str, ...]:
    """Addresses of the users who can log in and have a permission on a site, ordered.

    :raises KeyError: there is no such permission.
    """
    return tuple(row.email for row in queries.active(permission, site_id))


def people_of(site_id: str) -> dict[str, str]:
    """Id → address of the users who can log in and see a site, by address; two reads."""
    return {row.id: row.email for row in queries.active("site.read", site_id)}


def everybody() -> dict[str, str]:
    """Id → address of the users who can log in, by address; one read."""
    query = sa.select(User.id, User.email).where(User.disabled_at.is_(None)).order_by(User.email)
    return {row.id: row.email for row in db.session.execute(query)}


def seeing(user_id: sa.ColumnElement[str], site_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition of a query that a user can log in, and that their role counts for a site."""
    return queries.seeing(user_id, site_id)


def addresses(user_ids: Collection[str]) -> dict[str, str]:
    """Id → address of those of these users that there are, by address; one read."""
    query = sa.select(User.id, User.email).where(User.id.in_(user_ids)).order_by(User.email)
    return {row.id: row.email for row in db.session.execute(query)}


def user(user_id: str) -> Account:
    """One user.

    :raises NotFound: `user_unknown`.
    """
    return _account(_user(user_id))


def with_address(email: str) -> Account | None:
    """The user with this address, who may be disabled; None if there is none."""
    row = db.session.scalar(sa.select(User).where(User.email == email))
    return _account(row) if row is not None else None


def active_identity(user_id: str) -> Identity | None:
    """A user with the permissions that they have now; None: there is none such, or they are disabled."""
    row = db.session.get(User, user_id, populate_existing=True)
    return None if row is None or row.disabled_at is not None else queries.identity(row)


def change_user(
    user_id: str,
    *,
    role: str,
    site_ids: Collection[str] | None,
    group_ids: Collection[str] = (),
    now: datetime,
) -> Account:
    """Change a user's role or sites. Their sessions end, and e-mail about other sites is dropped.

    :raises Invalid: there is no such role, or no site and no group is named.
    :raises NotFound: `user_unknown`.
    :raises Conflict: `last_owner`.
    """
    check_role(role, site_ids, group_ids)
    row = _user(user_id)
    if role != "owner" or site_ids is not None:
        _keep_an_owner(row)
    before = queries.identity(row), _account(row)
    row.role, row.all_sites = role, site_ids is None
    row.break_glass = row.break_glass and role == "owner" and row.all_sites
    _set_reach(row, site_ids, group_ids)
    if _owns_more(_account(row), before[1]):
        account_alarms.owner_added(_account(row), now=now)
    if (queries.identity(row), _account(row)) != before:
        sessions.end_all(row.id)  # what somebody may do changes only with a new login
    drop_unseen(row.id, now=now)
    return user(user_id)


def drop_unseen(user_id: str, *, now: datetime) -> None:
    """Send a user no e-mail that waits about sites that their role is not for any more.

    :raises NotFound: `user_unknown`.
    """
    row = _user(user_id)
    if not row.all_sites:
        why = "The recipient may not see this site any more."
        delivering.drop_emails(row.email, sites=queries.sites_of(row), why=why, now=now)


def disable_user(user_id: str, *, now: datetime) -> Account:
    """Disable a user, end their sessions and links for a new password, and send them no e-mail that waits.

    :raises NotFound: `user_unknown`.
    :raises Conflict: `last_owner`.
    """
    row = _user(user_id)
    _keep_an_owner(row)
    row.disabled_at = row.disabled_at or now
    sessions.end_all(row.id)
    _end_links(row, now)
    delivering.drop_emails(row.email, sites=None, why="The recipient was disabled.", now=now)
    return user(user_id)


def enable_user(user_id: str, *, now: datetime) -> Account:
    """Enable a disabled user.

    :raises NotFound: `user_unknown`.
    """
    row = _user(user_id)
    if row.disabled_at is not None and row.role == "owner":
        account_alarms.owner_added(_account(row), now=now)
    row.disabled_at = None
    return user(user_id)


def record_token_changes(before: Collection[Token], *, by: Actor, now: datetime) -> tuple[Token, ...]:
    """Append an event for each of these tokens whose rights have changed, and return those as they are now.

    A token's rights follow from the account of its maker: call this after changing an account, with the
    tokens as they were before.
    """
    changed = []
    for old in before:
        new = tokens.token(old.token_id)
        if new.rights == old.rights:
            continue
        changed.append(new)
        audit_log.record_event(
            "token_changed",
            by=by,
            site_id=next(iter(old.site_ids)) if len(old.site_ids) == 1 and not old.all_sites else None,
            subject=old.actor.name,
            detail=f"{old.rights} → {new.rights}",
            now=now,
        )
    return tuple(changed)


def set_password(user_id: str, new: str, *, now: datetime) -> None:
    """Set a user's new password, which was checked; all their sessions and links for another one end.

    :raises NotFound: `user_unknown`.
    """
    row = _user(user_id)
    row.password_hash = passwords.digest(new)
    sessions.end_all(row.id)
    _end_links(row, now)


def drop_password(user_id: str, *, now: datetime) -> None:
    """Leave a user without a password: none lets them in, and links for a new one end.

    :raises NotFound: `user_unknown`.
    """
    row = _user(user_id)
    row.password_hash = ""
    _end_links(row, now)


def make_break_glass(user_id: str) -> None:
    """Make a user the break-glass owner instead of whoever was.

    :raises NotFound: `user_unknown`.
    :raises Conflict: `not_an_owner`, of every site; or `connected`, and so without a password.
    """
    row = _user(user_id)
    if row.role != "owner" or not row.all_sites or row.disabled_at is not None:
        raise Conflict(f"{row.email} is not an owner of every site", reason="not_an_owner")
    if queries.is_connected(row.id):
        raise Conflict(f"{row.email} logs in by the identity provider", reason="connected")
    db.session.execute(sa.update(User).where(User.break_glass).values(break_glass=False))
    row.break_glass = True


def change_password(
    user_id: str, current: str, new: str, *, now: datetime, words: Collection[str] = ()
) -> None:
    """Set a user's own new password; all their sessions, and links for another one, end.

    :param words: see `create_user`

    :raises Invalid: `current` is wrong (under `current`), or the new one is not valid (under `password`).
    :raises NotFound: `user_unknown`.
    """
    row = _user(user_id)
    if not passwords.matches(row.password_hash, current):
        raise Invalid(
            "the current password is not right", reason="wrong_password", errors={"current": "is not right"}
        )
    passwords.check(new, email=row.email, words=words)
    set_password(user_id, new, now=now)


def authenticate(email: str, password: str, *, now: datetime) -> Identity:
    """The user with this address and password. An unknown address costs the same time as a wrong password.

    :raises Unauthenticated: `wrong_login`.
    :raises Unavailable: too many people are logging in at once.
    """
    typed = email.strip().lower()
    known = len(typed) <= 254 and _EMAIL.fullmatch(typed)
    row = db.session.scalar(sa.select(User).where(User.email == typed)) if known else None
    # Who has no password costs the same time as a wrong one, too.
    right = passwords.matches((row.password_hash or None) if row else None, password)
    if row is None or not right or (row.disabled_at is not None and row.disabled_at <= now):
        raise Unauthenticated("the e-mail address or the password is wrong", reason="wrong_login")
    return queries.identity(row)


def address(email: str) -> str:
    """An e-mail address as it is stored: in lower case.

    :raises Invalid: it is none.
    """
    found = email.strip().lower()
    if invisible(found):
        fault = "has a character that cannot be seen"
        raise Invalid(f"the e-mail address {fault}", errors={"email": fault})
    if len(found) > 254 or not _EMAIL.fullmatch(found):
        raise Invalid(
            f"{email[:254]!r} is not an e-mail address", errors={"email": "is not an e-mail address"}
        )
    return found


def check_role(role: str, site_ids: Collection[str] | None, group_ids: Collection[str] = ()) -> None:
    """Accept a role for these sites and those of these groups, or for all if `site_ids` is None.

    :raises Invalid: there is no such role, or no site and no group is named.
    """
    if role not in ROLES:
        raise Invalid(f"{role!r} is not a role", errors={"role": f"must be one of {', '.join(ROLES)}"})
    if site_ids is not None and not site_ids and not group_ids:
        raise Invalid("a role needs a site to count for", errors={"sites": "must be at least one, or all"})


# --- internal --------------------------------------------------------------------------------------------


def _row(email: str, role: str, password_hash: str, *, all_sites: bool, now: datetime) -> User:
    return User(
        id=new_id(),
        email=email,
        password_hash=password_hash,
        role=role,
        all_sites=all_sites,
        created_at=now,
        disabled_at=None,
        break_glass=False,
    )


def _owns_more(now: Account, before: Account) -> bool:
    """Whether somebody has become an owner, or an owner of every site."""
    return now.role == "owner" and (before.role != "owner" or (now.all_sites and not before.all_sites))


def _add_unless_taken(row: User) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as fault:
        raise Conflict(
            f"{row.email} has an account already", reason="email_taken", errors={"email": "is taken"}
        ) from fault


def _user(user_id: str) -> User:
    row = db.session.get(User, user_id) if PATTERN.fullmatch(user_id) else None
    if row is None:
        raise NotFound("there is no such user", reason="user_unknown")
    return row


def _end_links(row: User, now: datetime) -> None:
    open_ones = sa.update(PasswordReset).where(
        PasswordReset.user_id == row.id, PasswordReset.ended_at.is_(None)
    )
    db.session.execute(open_ones.values(ended_at=now))
    account_mail.drop_resets(row.email, now=now)


def _keep_an_owner(row: User) -> None:
    # Locked, so that two owners cannot remove each other at the same moment.
    owners = sa.select(User.id).where(User.role == "owner", User.all_sites, User.disabled_at.is_(None))
    if set(db.session.scalars(owners.order_by(User.id).with_for_update())) == {row.id}:
        raise Conflict(
            f"{row.email} is the last owner of every site; make somebody else an owner first",
            reason="last_owner",
        )


def _account(row: User) -> Account:
    named = sa.select(UserSite.site_id).where(UserSite.user_id == row.id)
    grouped = sa.select(UserGroup.group_id).where(UserGroup.user_id == row.id)
    return queries.account(
        row,
        frozenset(db.session.scalars(named)),
        frozenset(db.session.scalars(grouped)),
        connected=queries.is_connected(row.id),
    )


def _set_reach(row: User, site_ids: Collection[str] | None, group_ids: Collection[str]) -> None:
    """Name the sites and groups of a role; of none where it is for all sites, `site_ids` None."""
    for table in (UserSite, UserGroup):
        db.session.execute(sa.delete(table).where(table.user_id == row.id))
    for site_id in sorted(set(site_ids or ())):
        db.session.add(UserSite(user_id=row.id, site_id=site_id))
    for group_id in sorted(set(group_ids if site_ids is not None else ())):
        db.session.add(UserGroup(user_id=row.id, group_id=group_id))
    db.session.flush()
