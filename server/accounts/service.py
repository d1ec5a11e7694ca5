"""What others can do with accounts: people, their sessions, the programs' tokens, and the audit trail."""

from server.accounts.people import (
    authenticate,
    change_password,
    change_user,
    create_user,
    disable_user,
    enable_user,
    reset_password,
    user,
    users,
)
from server.accounts.sessions import SESSION_LIFETIME, close_session, identity_of, open_session
from server.accounts.tokens import authorise, create_token, grant_site, revoke_token, token, tokens
from server.accounts.trail import (
    actors,
    check_trail,
    mark,
    note,
    note_refusal,
    trail,
    trail_digest,
    trail_head,
)

__all__ = [
    "SESSION_LIFETIME",
    "actors",
    "authenticate",
    "authorise",
    "change_password",
    "change_user",
    "check_trail",
    "close_session",
    "create_token",
    "create_user",
    "disable_user",
    "enable_user",
    "grant_site",
    "identity_of",
    "mark",
    "note",
    "note_refusal",
    "open_session",
    "reset_password",
    "revoke_token",
    "token",
    "tokens",
    "trail",
    "trail_digest",
    "trail_head",
    "user",
    "users",
]
