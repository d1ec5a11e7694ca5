"""Who saved, published or asked, in words. Pure."""

from collections.abc import Mapping

from server.accounts.values import COMMAND_LINE, SCHEDULE
from server.sites.values import program_of
from server.studio.language import gettext, lazy_gettext

NOBODY = {COMMAND_LINE.name: lazy_gettext("Command line"), SCHEDULE.name: lazy_gettext("Scheduled job")}
"""Author or actor that is nobody → its name on screen."""

_SHORT = 6
"""Characters of a token's id that distinguish it, as in the audit log."""


def named(author: str, programs: Mapping[str, str]) -> str:
    """The author of a version, draft or publication as the studio names them, anywhere in a sentence.

    :param programs: id → name of the tokens that are still there
    """
    token_id = program_of(author)
    if token_id is None:
        return str(NOBODY.get(author, author))
    name = programs.get(token_id)
    if name is None:
        return gettext("API token %(id)s (deleted)", id=token_id[:_SHORT])
    if not name:
        return gettext("API token %(id)s", id=token_id[:_SHORT])
    return gettext("%(name)s (API token)", name=name)
