"""How versions, drafts and publications name who made them, and what their names say."""

from server.accounts.service import tokens, users
from server.accounts.values import COMMAND_LINE, Actor
from server.core.errors import NotFound

_PROGRAM = "token "
"""In front of the id of a token, in what names its program."""


def author(token_id: str) -> str:
    """How versions, drafts and publications name a program."""
    return f"{_PROGRAM}{token_id}"


def actor_of(name: str) -> Actor:
    """Whom the audit log names for what versions, drafts and publications have from `name`."""
    if name == COMMAND_LINE.name:
        return COMMAND_LINE
    token_id = name.removeprefix(_PROGRAM)
    if token_id == name:
        return Actor("person", name)
    try:
        return tokens.token(token_id).actor
    except NotFound:
        return Actor("token", name)


def may_publish(name: str, site_id: str) -> bool:
    """Whether who is named so may publish on a site now.

    A token that has expired meanwhile may: its secret opens nothing any more, but nobody has revoked it.
    """
    if name == COMMAND_LINE.name:
        return True
    token_id = name.removeprefix(_PROGRAM)
    if token_id == name:
        return name in users.with_permission("banner.publish", site_id)
    try:
        return tokens.token(token_id).grants("banner.publish", site_id)
    except NotFound:
        return False
