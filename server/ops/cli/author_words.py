"""Who saved, published or applied something, in the lines of commands. Pure."""

from collections.abc import Mapping

from server.sites.values import program_of


def in_line(author: str, programs: Mapping[str, str]) -> str:
    """An author as a line names them; their JSON has the id of a token.

    :param programs: id → name of the tokens that are still there
    """
    token_id = program_of(author)
    if token_id is None:
        return author
    name = programs.get(token_id)
    if name is None:
        return f"a program (API token {token_id[:6]}, deleted)"
    return f"the program {name or token_id[:6]} (API token)"
