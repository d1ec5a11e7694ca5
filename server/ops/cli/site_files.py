"""Commands about sites as files: what a folder of them would change, applying it, and writing them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from server.core.errors import DomainError
from server.ops.cli.output import application, fault_lines, json_option, show, write_file
from server.ops.cli.shown_tokens import shown_token
from server.ops.cli.sites import site

if TYPE_CHECKING:
    from server.ops.cli.as_code.backend import Backend, How
    from server.ops.cli.as_code.folder import Fault, SiteFile
    from server.ops.cli.as_code.remote import Server

_Command = TypeVar("_Command", bound=Callable[..., Any])

FAILURES = ("change", "drift", "finding")
"""What `plan` may fail on."""

format_option = click.option(
    "--format", "form", type=click.Choice(("yaml", "json")), default="yaml", show_default=True
)


def _remote_options(command: _Command) -> _Command:
    command = click.option(
        "--token-file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="File with the token for --server; without it, the variable SAMTYKKE_TOKEN has it.",
    )(command)
    return click.option(
        "--server",
        "url",
        metavar="URL",
        help="A server, by its API; without it, this machine's database.",
    )(command)


def _failures(_context: click.Context, _option: click.Parameter, text: str) -> frozenset[str]:
    chosen = frozenset(filter(None, text.split(",")))
    if unknown := sorted(chosen - set(FAILURES)):
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(FAILURES)}.")
    return chosen


@click.command
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--init", is_flag=True, help="Write a file for each site that has none yet, and plan nothing.")
@click.option(
    "--fail-on",
    default="",
    metavar="WHAT,…",
    callback=_failures,
    help="Exit with 1 where something would change (change), may have been changed in the studio (drift), or "
    "a banner cannot be published (finding).",
)
@format_option
@_remote_options
@json_option
def plan(
    folder: Path,
    url: str | None,
    token_file: Path | None,
    form: "Any",
    *,
    fail_on: frozenset[str],
    init: bool,
    as_json: bool,
) -> int:
    """Say what the files in FOLDER would change, and who would be asked again. Nothing is changed.

    Each file is that of one site: YAML or JSON, named for its key, or with the key in it.
    """
    from server.ops.cli.as_code import words

    with _reaching(url, token_file) as reached:
        if init:
            return _write_new(reached, folder, form, as_json=as_json)
        found = _plans(reached, folder)
    if found is None:
        return 2
    lines = (line for file, planned in found for line in words.plan_lines(planned, file.path.name))
    show([{"file": file.path.name, **planned} for file, planned in found], lines, as_json=as_json)
    return 1 if fail_on & {what for _, planned in found for what in _what_is_there(planned)} else 0


@click.command
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--publish", is_flag=True, help="Publish each banner, too, unless visitors have it already.")
@click.option("--note", default="", help="What is published and why, for colleagues.")
@click.option("--overwrite", is_flag=True, help="Also undo what was changed in the studio meanwhile.")
@_remote_options
@json_option
def apply(
    folder: Path,
    url: str | None,
    token_file: Path | None,
    note: str,
    *,
    publish: bool,
    overwrite: bool,
    as_json: bool,
) -> int:
    """Make sites what the files in FOLDER say: each as a whole, or not at all.

    What a file does not name stays as it is. Where a file is wrong, no site is changed. Exit status 1 where a
    site could not be changed; the others are.
    """
    from server.ops.cli.as_code import words
    from server.ops.cli.as_code.backend import How

    if note and not publish:
        raise click.UsageError("--note is for --publish, which is not given.")
    done: list[dict[str, Any]] = []
    how = How(overwrite=overwrite, publish=publish, note=note)
    with _reaching(url, token_file) as reached:
        found = _plans(reached, folder)
        if found is None:
            return 2
        try:
            for file, _planned in found:
                outcome = _applied(reached, file, how)
                done.append(outcome)
                if not as_json and "failed" not in outcome:
                    show(None, words.outcome_lines(outcome), as_json=False)
        finally:
            # Also what was done before a fault that ends it, such as a server that does not answer any more.
            if as_json:
                show(done, (), as_json=True)
    return 1 if any("failed" in each for each in done) else 0


@site.command("export")
@click.argument("key")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Where to write; without it, to the terminal."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@format_option
@_remote_options
@json_option
def export(
    key: str,
    output: Path | None,
    url: str | None,
    token_file: Path | None,
    form: "Any",
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Write the site KEY, its settings and its draft, as a file for `plan` and `apply`."""
    from server.ops.cli.as_code.text import text

    with _reaching(url, token_file) as reached:
        made = text(reached.content(key), "json" if as_json else form)
    if output is None:
        click.echo(made, nl=False)
        return
    write_file(output, made.encode(), force=force)
    show({"site": key, "file": str(output)}, [f"The site {key} is written to {output}."], as_json=as_json)


# --- internal ---------------------------------------------------------------------------------------------


@contextmanager
def _reaching(url: str | None, token_file: Path | None) -> "Iterator[Backend]":
    """The server that is named, or this machine's database."""
    server = _server(url, token_file)
    if server is not None:
        from server.ops.cli.as_code.remote import Remote

        yield Remote(server)
        return
    with application():
        from server.ops.cli.as_code.local import Local

        yield Local()


def _server(url: str | None, token_file: Path | None) -> "Server | None":
    """The server that is meant; None: this machine's database.

    :raises Malformed: the address or the token is none.
    :raises OSError: the file of the token cannot be read.
    """
    if url is None:
        if token_file is not None:
            raise click.UsageError("--token-file is for --server, which is not given.")
        return None
    from server.ops.cli.as_code.remote import server

    return server(url, shown_token(token_file))


def _applied(reached: "Backend", file: "SiteFile", how: "How") -> dict[str, Any]:
    """What applying a file has done, or why it could not be applied, which is printed.

    :raises DomainError: the next file would fare no better.
    """
    from server.core.plain_text import escaped

    try:
        return reached.apply(file.key, file.value, how)
    except DomainError as fault:
        if not getattr(fault, "of_one_file", True):
            raise
        for line in fault_lines(fault):
            click.echo(escaped(f"{file.path}: {line}"), err=True)
        return {"site": file.key, "failed": fault.message, "errors": dict(fault.errors)}


def _plans(reached: "Backend", folder: Path) -> "list[tuple[SiteFile, dict[str, Any]]] | None":
    """The plan of each file; None if one of them is wrong, which is printed: each fault of each file."""
    from server.ops.cli.as_code.folder import faults_of, read

    content = read(folder)
    faults, found = list(content.faults), []
    for file in content.files:
        try:
            found.append((file, reached.plan(file.key, file.value)))
        except DomainError as fault:
            if not getattr(fault, "of_one_file", True):
                raise
            faults += faults_of(file, fault)
    _print(faults)
    return None if faults else found


def _print(faults: "list[Fault]") -> None:
    from server.core.plain_text import escaped

    for fault in sorted(faults, key=lambda one: (str(one.path), one.line or 0)):
        click.echo(escaped(str(fault)), err=True)


def _what_is_there(planned: Mapping[str, Any]) -> Iterator[str]:
    from server.ops.cli.as_code.words import is_drift

    if planned["changes"] or planned["new"]:
        yield "change"
    if any(is_drift(change) for change in planned["changes"]):
        yield "drift"
    if any(finding["severity"] == "error" for finding in planned["findings"]):
        yield "finding"


def _write_new(reached: "Backend", folder: Path, form: Any, *, as_json: bool) -> int:
    """Write a file for each site that has none in the folder."""
    from server.ops.cli.as_code.folder import SUFFIXES
    from server.ops.cli.as_code.text import text

    folder.mkdir(exist_ok=True)
    written = []
    for key in reached.keys():  # noqa: SIM118 - it is no mapping
        if not any((folder / f"{key}{suffix}").exists() for suffix in SUFFIXES):
            path = folder / f"{key}.{form}"
            write_file(path, text(reached.content(key), form).encode())
            written.append(path)
    lines = [f"{path} is written." for path in written] or ["Each site has a file already."]
    show([str(path) for path in written], lines, as_json=as_json)
    return 0
