"""How commands reach the application and how they print."""

import codecs
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.core import parsing
from server.core.errors import Conflict, DomainError, Malformed
from server.core.plain_text import escaped
from server.core.settings import Settings
from server.core.strict_json import strict_json

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.exc import DBAPIError

CreateApp = Callable[[Settings], "Flask"]

_NO_TABLE = ("no such table", "no such column")
"""How SQLite says that its schema is another one."""

_UNDEFINED = ("42P01", "42703")
"""How PostgreSQL does: undefined_table, undefined_column."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
"""The option that every command has."""


def day(text: str) -> date:
    """The type of arguments that are days."""
    found = parsing.day(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is not a day such as 2026-11-22.")
    return found


def moment(text: str) -> datetime:
    """The type of arguments that are times; in UTC unless they say otherwise."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise click.BadParameter(f"{text!r} is not a time such as 2026-11-22T12:00:00Z.") from fault


@contextmanager
def application(create_app: CreateApp | None = None, *, new: bool = False) -> Iterator[Settings]:
    """An application with its context, for a command that reads or writes the database.

    It has the database alone. A command that serves gives its own `create_app`: what is loaded once, before
    there are several processes, is loaded for all of them. Only with `new` may it be without a database:
    other commands would create an empty one where they were started in the wrong folder.
    """
    from server import database
    from server.core import logs

    settings = Settings.from_env(existing=not new)
    logs.configure()
    with (create_app or database.application)(settings).app_context():
        yield settings


def show(value: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Print `lines`, or `value` as JSON; what would move a terminal's cursor or hide something is escaped."""
    if as_json:
        made = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2, default=str)
        click.echo(escaped(made, keep="\n"))
        return
    for line in lines:
        click.echo(escaped(line, keep="\n\t"))


def show_stream(values: Iterable[object]) -> None:
    """Print many values as one JSON array, one a line, however many there are."""
    before = "["
    for value in values:
        click.echo(before + escaped(json.dumps(value, ensure_ascii=False, allow_nan=False)), nl=False)
        before = ",\n"
    click.echo("[]" if before == "[" else "]")


def show_ready(value: object) -> None:
    """Print what a command that goes on has begun, as one line of JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, allow_nan=False))


def read_json(source: str) -> Any:
    """The JSON in a file, or on standard input for `-`.

    A byte order mark at its beginning, which some editors write, is passed over (RFC 8259, 8.1).

    :raises Malformed: it cannot be read.
    """
    try:
        raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as fault:
        raise Malformed(f"cannot read {source}: {fault.strerror}") from fault
    return strict_json(raw.removeprefix(codecs.BOM_UTF8))


def write_file(file: Path, content: bytes, *, force: bool = False) -> None:
    """Write a file beside its place and move it there, so that it is whole or as it was before.

    :param force: whether a file may be overwritten
    :raises Conflict: there is one, or something that is no plain file, such as a symbolic link.
    """
    from server.core.filesystems import write_atomically

    check_target(file, force=force)
    write_atomically(file, content, replace=force)


def check_target(file: Path, *, force: bool = False) -> None:
    """Whether `write_file` would write there.

    :raises Conflict: as `write_file`.
    """
    if file.is_symlink() or (file.exists() and not file.is_file()):
        raise Conflict(f"{file} is not a plain file, and stays as it is")
    if file.exists() and not force:
        raise Conflict(f"{file} is there already")


def fault_lines(fault: DomainError) -> Iterator[str]:
    """A fault as one sentence; where fields are wrong, they are named in it, each once."""
    sentence = fault.message[:1].upper() + fault.message[1:]
    wrongs = ((field, _text(wrong)) for field, wrong in fault.errors.items())
    named = "; ".join(f"{field}: {wrong}" for field, wrong in wrongs if wrong not in fault.message)
    yield escaped(f"{sentence}: {named}." if named else f"{sentence}.")


def usage_line(fault: click.ClickException) -> str:
    """What is wrong with how a command was called, and where to read how it is done, as one sentence."""
    context = getattr(fault, "ctx", None)
    wrong = " ".join(fault.format_message().split()).rstrip(".")
    return escaped(f"{wrong}: see {context.command_path} --help." if context else f"{wrong}.")


def unexpected_line(fault: Exception) -> str:
    """What a fault says that no command has foreseen, as one sentence."""
    from sqlalchemy.exc import DBAPIError

    if isinstance(fault, DBAPIError):
        return database_line(fault)
    return f"Something went wrong here: {type(fault).__name__}: {one_line(fault)}"


def database_line(fault: "DBAPIError") -> str:
    """The error of the database, as one sentence."""
    message = one_line(fault.orig)
    if message.startswith(_NO_TABLE) or getattr(fault.orig, "sqlstate", None) in _UNDEFINED:
        return "The database does not have the schema of this release: run `samtykke migrate` first."
    return f"The database did not do it: {message}"


def file_line(fault: OSError) -> str:
    """What the operating system has refused, as one sentence."""
    named = f"{fault.filename}: " if fault.filename else ""
    return escaped(f"It cannot be done: {named}{fault.strerror or one_line(fault)}.")


def one_line(fault: BaseException | None) -> str:
    """The first line of what a fault says, as a sentence."""
    lines = str(fault).strip().splitlines()
    return escaped(f"{lines[0].rstrip('.')}.") if lines else "no more is known."


def _text(wrong: object) -> str:
    if isinstance(wrong, Mapping):
        return str(wrong.get("message", wrong))
    return str(wrong).rstrip(".")
