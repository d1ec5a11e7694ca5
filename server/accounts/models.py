"""Tables of users and their logins, invitations, API tokens, the audit log, and counters of failed logins."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base


class User(Base):
    """A user of the studio."""

    __tablename__ = "user_account"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    """In lower case."""
    password_hash: Mapped[str]
    """argon2id, PHC string; empty: there is no password, and none matches."""
    role: Mapped[str] = mapped_column(sa.String(10))
    all_sites: Mapped[bool]
    """Whether the role counts for every site; otherwise for those in `user_site` and of `user_group`."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(sa.String(2), default="")
    """Of the studio and of messages; empty: not chosen."""
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="")
    """IANA name of the zone of times in the studio; empty: that of each site."""
    break_glass: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether it may log in with its password where only single sign-on is allowed; at most one."""


class UserSite(Base):
    """A site of a user."""

    __tablename__ = "user_site"

    user_id: Mapped[str] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True)
    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)


class UserGroup(Base):
    """A group of sites of a user: the role counts for the sites that are in it now."""

    __tablename__ = "user_group"

    user_id: Mapped[str] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True)
    group_id: Mapped[str] = mapped_column(sa.ForeignKey("site_group.id"), primary_key=True)


class PublishersOnly(Base):
    """A site on which editors ask, and publishers publish."""

    __tablename__ = "publishers_only"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)


class Invitation(Base):
    """An invitation to have an account. The link has the secret, this row its digest."""

    __tablename__ = "invitation"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    """In lower case."""
    role: Mapped[str] = mapped_column(sa.String(10))
    all_sites: Mapped[bool]
    """Whether it counts for every site; otherwise for those in `invitation_site` and `invitation_group`."""
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(sa.String(254))
    """E-mail address of who invites, or `command line`."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    """When it was accepted, withdrawn or replaced; None: it was not."""
    outcome: Mapped[str] = mapped_column(sa.String(9))
    """`accepted`, `withdrawn` or `replaced`; empty while `ended_at` is None."""


class InvitationSite(Base):
    """A site of an invitation."""

    __tablename__ = "invitation_site"

    invitation_id: Mapped[str] = mapped_column(sa.ForeignKey("invitation.id"), primary_key=True)
    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)


class InvitationGroup(Base):
    """A group of sites of an invitation."""

    __tablename__ = "invitation_group"

    invitation_id: Mapped[str] = mapped_column(sa.ForeignKey("invitation.id"), primary_key=True)
    group_id: Mapped[str] = mapped_column(sa.ForeignKey("site_group.id"), primary_key=True)


class PasswordReset(Base):
    """A link by which a user chooses another password. The link has the secret, this row its digest."""

    __tablename__ = "password_reset"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    """When it, or another link of the user, was used."""


class DeferredTask(Base):
    """What somebody typed at a page that says nothing about accounts, for the worker; kept for seconds."""

    __tablename__ = "deferred_task"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    """`reset` or `refusal`."""
    sealed: Mapped[bytes]
    """The address and the language, encrypted (`server.core.sealing`)."""
    created_at: Mapped[datetime] = mapped_column(index=True)


class MessageChoice(Base):
    """How often a user wants messages of a kind; the kind's own default if there is no row."""

    __tablename__ = "message_choice"

    user_id: Mapped[str] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    frequency: Mapped[str] = mapped_column(sa.String(7))


class Session(Base):
    """A session. The browser stores the secret, this row its digest."""

    __tablename__ = "user_session"

    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """When it has been idle for too long, or lasted too long."""
    last_seen_at: Mapped[datetime | None]
    """To some minutes; None: not since the row has this column."""
    device: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
    """Class of device, browser and system, of closed lists; empty: unknown."""
    country: Mapped[str] = mapped_column(sa.String(5), default="", server_default="")
    """What the CDN's header named at the login; empty: nothing."""
    proved_at: Mapped[datetime | None]
    """When its user last proved who they are; None: at the login."""
    provider_session: Mapped[str | None] = mapped_column(sa.String(255))
    """The session at the identity provider (`sid`) by which it was opened; empty: the provider named none.
    None: it was opened with a password."""
    provider_factor: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether the identity provider had shown then that it has asked for a second factor."""


class ExternalIdentity(Base):
    """What an identity provider calls a user; they log in by it alone."""

    __tablename__ = "external_identity"

    issuer: Mapped[str] = mapped_column(sa.String(300), primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    """`sub`, which the provider gives to nobody else; addresses it may give to others later."""
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("user_account.id"), unique=True)
    connected_at: Mapped[datetime]


class SignOn(Base):
    """A login that goes on at the identity provider. Deleted when its answer comes."""

    __tablename__ = "sign_on"

    state: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    """Digest of what comes back with the answer."""
    browser: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Digest of a secret in the cookie of the browser that began it."""
    nonce: Mapped[str] = mapped_column(sa.String(43))
    verifier: Mapped[str] = mapped_column(sa.String(43))
    next_path: Mapped[str] = mapped_column(sa.Text)
    """The page of the studio to go on to; empty: its first."""
    kept: Mapped[str] = mapped_column(sa.Text)
    """A form that is kept until after the login, encrypted; empty: none."""
    again: Mapped[bool]
    """Whether the person has to show the provider who they are, even if they are logged in there."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class UsedLogoutToken(Base):
    """A logout token of the identity provider that was used, until it would be too old anyway."""

    __tablename__ = "used_logout_token"

    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    """Of its issuer and `jti`."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AuthenticatorApp(Base):
    """The authenticator app of a user: a second factor."""

    __tablename__ = "authenticator_app"

    user_id: Mapped[str] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True)
    sealed: Mapped[bytes]
    """Encrypted secret (`server.core.sealing`)."""
    last_step: Mapped[int] = mapped_column(sa.BigInteger)
    """The time step of the last code that was used: neither it nor one before counts again."""
    added_at: Mapped[datetime]


class Passkey(Base):
    """A passkey of a user: the second factor, or all that a login needs."""

    __tablename__ = "passkey"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(sa.LargeBinary(1023), unique=True)
    public_key: Mapped[bytes]
    """COSE_Key (RFC 9052)."""
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    """How often it has signed, as it said last; 0: it does not count."""
    name: Mapped[str] = mapped_column(sa.String(60))
    added_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class UsedChallenge(Base):
    """A challenge that a passkey has answered, rightly or not: it is answered once."""

    __tablename__ = "used_challenge"

    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class RecoveryCode(Base):
    """A recovery code of a user. They have the code, this row its digest."""

    __tablename__ = "recovery_code"

    user_id: Mapped[str] = mapped_column(sa.ForeignKey("user_account.id"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    used_at: Mapped[datetime | None]


class PendingLogin(Base):
    """A login whose password was right, and whose second factor is awaited. The browser has the secret."""

    __tablename__ = "pending_login"

    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ApiToken(Base):
    """An API token. The program stores the secret, this row its digest."""

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    scopes: Mapped[str]
    """Space-separated."""
    all_sites: Mapped[bool]
    """Whether it counts for every site; otherwise for those in `api_token_site`."""
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(sa.String(254))
    """The maker's e-mail address, or `command line`."""
    maker_id: Mapped[str | None] = mapped_column(sa.ForeignKey("user_account.id"))
    """The user whose permissions limit those of the token; None if it was created on the command line."""
    revoked_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    """When it stops working; None: it does not."""
    why_unlimited: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    """Why it does not expire, in the words of who made it."""
    hint: Mapped[str] = mapped_column(sa.String(4), default="", server_default="")
    """The last characters of the secret."""
    used_at: Mapped[datetime | None]
    """To an hour."""
    rotated_at: Mapped[datetime | None]
    old_digest: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32), index=True)
    """Of the secret before, while it may still work."""
    old_until: Mapped[datetime | None]
    old_hint: Mapped[str] = mapped_column(sa.String(4), default="", server_default="")
    old_used_at: Mapped[datetime | None]
    """When the secret before was used, to an hour."""


class ApiTokenSite(Base):
    """A site of a token."""

    __tablename__ = "api_token_site"

    token_id: Mapped[str] = mapped_column(sa.ForeignKey("api_token.id"), primary_key=True)
    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)


class AuditEntry(Base):
    """An audit event. Never changed or deleted."""

    __tablename__ = "trail_entry"

    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    """From 1 on, without gaps."""
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(sa.String(10))
    """Kind of actor: `person`, `token`, `command`, `schedule` or `provider`."""
    by: Mapped[str] = mapped_column(sa.String(300))
    action: Mapped[str] = mapped_column(sa.String(20))
    site_id: Mapped[str | None] = mapped_column(sa.String(22))
    """No foreign key: an event outlives its site."""
    subject: Mapped[str] = mapped_column(sa.String(300))
    detail: Mapped[str] = mapped_column(sa.String(300))
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Of this row and the digest of its predecessor."""

    __table_args__ = (sa.Index("ix_trail_entry_site_id_number", "site_id", "number"),)


class AuditHead(Base):
    """The single row with size and digest of the audit log; locked by the transaction that appends."""

    __tablename__ = "trail_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always 1."""
    size: Mapped[int] = mapped_column(sa.BigInteger)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    """Of the newest event."""


class AuditDelivery(Base):
    """How far a target outside has got with the audit log."""

    __tablename__ = "audit_delivery"

    target: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    """Digest of its address."""
    number: Mapped[int] = mapped_column(sa.BigInteger)
    """Of the last event that it has got; 0: none."""
    claimed_until: Mapped[datetime | None]
    """Until when one worker alone delivers to it, or nobody does after a fault."""
    delivered_at: Mapped[datetime | None]


class LoginAttempt(Base):
    """A counter of failed logins within a window; contains no addresses."""

    __tablename__ = "login_attempt"

    name: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    """The limit, and a keyed digest of its subject: a network, an account or a browser."""
    count: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    """When the window ends, and the row is deleted."""


class OwnerToken(Base):
    """A token that makes the first owner. The terminal has the secret, this row its digest."""

    __tablename__ = "owner_token"

    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime]
