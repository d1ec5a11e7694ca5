"""Commands about people."""

import sys

import click

from server.accounts.values import COMMAND_LINE, ROLES
from server.core import clock
from server.ops.cli.output import application, json_option, show


@click.group
def user() -> None:
    """People who work in the studio."""


@user.command
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What they may do.")
@click.option("--site", "keys", multiple=True, metavar="KEY", help="Only this site; may be repeated.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@json_option
def create(
    email: str,
    role: str,
    keys: tuple[str, ...],
    *,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Let EMAIL into the studio. Without --password-stdin a password is made and printed once."""
    from server.accounts.service import audit_log, users
    from server.core.db import transaction
    from server.sites import service as sites

    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with application(), transaction():
        site_ids = [sites.find(key).id for key in keys] or None
        now = clock.now()
        identity, password = users.create_user(email, role, password=given, site_ids=site_ids, now=now)
        detail = f"{identity.role} of {', '.join(keys) or 'every site'}"
        audit_log.record_event(
            "user_created", by=COMMAND_LINE, subject=identity.email, detail=detail, now=now
        )
    value: dict[str, object] = {"email": identity.email, "role": identity.role, "sites": list(keys) or "all"}
    lines = [f"{identity.email} is {identity.role} of {', '.join(keys) or 'every site'}."]
    if given is None:
        value["password"] = password
        lines.append(f"Password, shown this once: {password}")
    show(value, lines, as_json=as_json)
