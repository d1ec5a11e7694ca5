"""The command that assistants start."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.core.errors import Invalid
from server.ops.cli.output import application, json_option, show
from server.ops.cli.shown_tokens import shown_token

if TYPE_CHECKING:
    from server.ops.assistants.callers import WhoAsks


@click.command("mcp")
@click.option("--as", "email", metavar="EMAIL", help="Act for this account, with its rights and no more.")
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Act for the token in this file; without it, for the one in the variable SAMTYKKE_TOKEN.",
)
@json_option
def assistants(email: str | None, token_file: Path | None, *, as_json: bool) -> None:
    """Let an assistant read sites and figures, and edit drafts, over the Model Context Protocol.

    Nothing is published by it, and nothing of single visitors is read. With --json, print the tools and end.
    """
    try:
        from server.ops.assistants import serving
    except ImportError as missing:
        raise Invalid("Assistants need the extra `mcp`: pip install 'samtykke[mcp]'") from missing
    from flask import current_app

    from server.core import limits

    with application() as settings:
        limits.install(current_app, settings.redis_url)
        who = _who(email, token_file)
        who()  # refused here, in a sentence, rather than at the first question
        made = serving.server(current_app._get_current_object(), who)  # type: ignore[attr-defined]
    if as_json:
        show(_tools(made), (), as_json=True)
    else:
        made.run("stdio")


def _who(email: str | None, token_file: Path | None) -> "WhoAsks":
    from server.ops.assistants import callers

    secret = shown_token(token_file)
    if bool(email) == bool(secret):
        raise click.UsageError("say for whom: either --as, or a token by --token-file or SAMTYKKE_TOKEN.")
    return callers.of_account(email) if email else callers.of_token(secret)


def _tools(made: Any) -> list[dict[str, Any]]:
    import anyio

    found = anyio.run(made.list_tools)
    return [
        {
            "name": tool.name,
            "description": tool.description,
            "read_only": tool.annotations.read_only_hint,
        }
        for tool in found
    ]
