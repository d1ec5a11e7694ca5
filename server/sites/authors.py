"""How versions, drafts and publications name who made them, and what their names say."""

from collections.abc import Iterable, Mapping

from server.accounts.service import tokens, users
from server.accounts.values import COMMAND_LINE, Actor
from server.core.errors import NotFound
from server.sites.values import PROGRAM, program_of


def author(token_id: str) -> str:
    """How versions, drafts and publications name a program."""
    return f"{PROGRAM}{token_id}"


def programs(names: Iterable[str]) -> Mapping[str, str]:
    """Id → name of the tokens of the programs among those who are named so; without those that are gone.

    One query, and none where no program is among them.
    """
    wanted = {token_id for name in names if (token_id := program_of(name)) is not None}
    return tokens.names(wanted) if wanted else {}


def actor_of(name: str) -> Actor:
    """Whom the audit log names for what versions, drafts and publications have from `name`."""
    if name == COMMAND_LINE.name:
        return COMMAND_LINE
    token_id = program_of(name)
    if token_id is None:
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
    token_id = program_of(name)
    if token_id is None:
        return name in users.with_permission("banner.publish", site_id)
    try:
        return tokens.token(token_id).grants("banner.publish", site_id)
    except NotFound:
        return False
