"""The command that scans a website. It needs no server, and a database only to look a site up."""

import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from server.core.errors import Invalid, Malformed
from server.ops.cli.output import application, check_target, json_option, read_json, show, write_file

if TYPE_CHECKING:
    from server.scanner.scanning import Held, Wanted

_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)

_STDOUT = Path("-")

_LIST_BYTES = 4_000_000
"""How much of a list of pages is read."""

_MOST_LISTED = 999
"""Pages of a list; with the first they are as many as a scan visits."""

_SECONDS = 15.0
"""How long the server of a declaration may take."""


@dataclass(frozen=True)
class _Asked:
    """What was typed."""

    url: str
    site: str | None
    declaration: Path | None
    pages: int | None
    list_file: Path | None
    wait: float
    each_category: bool
    no_robots: bool
    login: Path | None
    pictures: Path | None
    browser: Path | None
    resume: Path | None
    fail_on: frozenset[str]
    fail_from: Literal["note", "warning", "fault"]
    sarif: Path | None
    html: Path | None
    force: bool
    as_json: bool


def _kinds(_context: click.Context, _option: click.Parameter, named: str | None) -> frozenset[str]:
    if named is None:
        return frozenset()
    from server.scanner import scanning

    try:
        return scanning.kinds(named)
    except ValueError as fault:
        raise click.BadParameter(str(fault)) from fault


def _address(_context: click.Context, _argument: click.Parameter, typed: str) -> str:
    """What was typed as an address; without a scheme it is `https`."""
    text = typed.strip()
    return text if "://" in text else f"https://{text}"


@click.command
@click.argument("url", callback=_address)
@click.option("--site", metavar="KEY", help="Hold it against this site's banner, in the local database.")
@click.option("--declaration", type=_EXISTING, help="Hold it against a banner document or a cookies.json.")
@click.option("--pages", type=click.IntRange(1, 1000), help="Pages at most; 20, or those of the list.")
@click.option(
    "--page-list", "list_file", type=_EXISTING, help="Pages to visit, one URL a line; no others then."
)
@click.option("--wait", type=click.FloatRange(1, 120), default=10, show_default=True, help="Seconds a page.")
@click.option("--each-category", is_flag=True, help="Also allow each category alone.")
@click.option("--no-robots", is_flag=True, help="Visit what robots.txt says is not for robots.")
@click.option("--login", type=_EXISTING, help="Storage state of a login, as Playwright saves it.")
@click.option("--pictures", type=click.Path(file_okay=False, path_type=Path), help="Folder for pictures.")
@click.option("--browser", type=_EXISTING, help="Chromium, if it is not found.")
@click.option("--resume", type=_FILE, help="File by which a scan that was stopped goes on.")
@click.option("--fail-on", metavar="FINDING,…", callback=_kinds, help="Status 1 if one of these is there.")
@click.option(
    "--fail-from",
    type=click.Choice(("note", "warning", "fault")),
    default="note",
    show_default=True,
    help="The least that a finding weighs for --fail-on.",
)
@click.option("--sarif", type=_FILE, help="Write SARIF 2.1.0 for code scanning; - is standard output.")
@click.option("--html", type=_FILE, help="Write one HTML file to read and attach.")
@click.option("--force", is_flag=True, help="Overwrite files.")
@json_option
def scan(**given: Any) -> int:
    """Visit the website at URL in a browser, and say what it sets before and after each answer.

    Each page is visited untouched, after refusing and after accepting everything, each time in a fresh
    profile. Needs the extra `scanner` and Chromium. Says what was seen, never whether that is lawful.
    """
    asked = _Asked(**given)
    _check(asked)
    from server.core import clock, guarded_fetch
    from server.scanner import scanning

    fetching = partial(
        guarded_fetch.get,
        headers={},
        timeout=_SECONDS,
        allow_private=True,
        allow_http=True,
        limit=scanning.DECLARATION_BYTES,
    )
    with _progress() as progress:
        made = scanning.scan(_wanted(asked), _held(asked), get=fetching, now=clock.now, progress=progress)
    contents: dict[Path, bytes] = {}
    if asked.sarif:
        contents[asked.sarif] = scanning.as_sarif(made)
    if asked.html:
        contents[asked.html] = scanning.as_html(made, asked.pictures)
    for file, content in contents.items():
        _write(file, content, force=asked.force)
    found = scanning.failing(made, asked.fail_on, asked.fail_from)
    if asked.as_json:
        show(scanning.as_json(made), (), as_json=True)
    elif _STDOUT not in contents:
        for line in scanning.as_text(made):
            click.echo(line)
        show(None, _end(contents, len(found)), as_json=False)
    if not found and (why := scanning.not_shown(made)):
        # After the report, which says it of each page: a build must not pass because nothing was looked at.
        raise Invalid(why)
    return 1 if found else 0


# --- before it begins: minutes later is too late ------------------------------------------------------------


def _check(asked: _Asked) -> None:
    """Whether what was asked for fits together, and can be written.

    :raises click.UsageError: it does not fit together.
    :raises Invalid: a file is not what it should be.
    :raises Conflict: as `write_file`.
    """
    if asked.site and asked.declaration:
        raise click.UsageError("--site and --declaration are two declarations: name one")
    files = [file for file in (asked.sarif, asked.html) if file]
    if files.count(_STDOUT) + asked.as_json > 1:
        raise click.UsageError("only one report goes to standard output: write the other into a file")
    if math.isnan(asked.wait):  # it is in no range, and out of none
        raise click.UsageError("--wait: nan is no number of seconds")
    for file in files:
        if file != _STDOUT:
            check_target(file, force=asked.force)
            if not file.absolute().parent.is_dir():
                raise Invalid(f"{file} cannot be written: there is no folder {file.absolute().parent}")
    _check_inputs(asked)
    if asked.pictures:
        asked.pictures.mkdir(exist_ok=True)


def _check_inputs(asked: _Asked) -> None:
    """:raises Invalid: a file that is given is not what it should be."""
    if asked.browser and not os.access(asked.browser, os.X_OK):
        raise Invalid(f"{asked.browser} is not a program that can be started")
    if asked.login:
        state = _json(asked.login)
        if not isinstance(state, dict) or not isinstance(state.get("cookies"), list):
            raise Invalid(f"{asked.login} is no storage state as Playwright saves it")


def _json(file: Path) -> Any:
    """The JSON in a file.

    :raises Invalid: there is none in it.
    """
    try:
        return read_json(str(file))
    except Malformed as fault:
        raise Invalid(f"{file}: {fault.message}") from fault


def _wanted(asked: _Asked) -> "Wanted":
    from server.scanner.scanning import Wanted

    return Wanted(
        asked.url,
        listed=tuple(_listed(asked.list_file)) if asked.list_file else (),
        pages=asked.pages,
        wait=asked.wait,
        each_category=asked.each_category,
        robots=not asked.no_robots,
        login=asked.login,
        pictures=asked.pictures,
        browser=asked.browser,
        state=asked.resume,
    )


def _listed(file: Path) -> Iterator[str]:
    """The pages in a file, without empty lines and comments.

    :raises Invalid: it has none, too many, or is no text.
    """
    with file.open("rb") as opened:
        content = opened.read(_LIST_BYTES + 1)
    try:
        lines = [line.strip() for line in content.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError as fault:
        raise Invalid(f"{file} is no text in UTF-8") from fault
    pages = [line for line in lines if line and not line.startswith("#")]
    if not pages:
        raise Invalid(f"{file} names no page")
    if len(pages) > _MOST_LISTED or len(content) > _LIST_BYTES:
        raise Invalid(f"{file} names more than {_MOST_LISTED} pages")
    yield from pages


def _held(asked: _Asked) -> "Held":
    """The declaration that was named."""
    from server.scanner import scanning

    if asked.declaration:
        return scanning.of_file(str(asked.declaration), _json(asked.declaration))
    if not asked.site:
        return scanning.NOT_GIVEN
    from server.sites import service as sites

    with application():
        site = sites.find(asked.site)
        newest = sites.newest(site.id)
        document = newest.document if newest else sites.draft(site.id).document
    return scanning.of_site(asked.site, document, published=newest is not None)


# --- while it runs, and at its end --------------------------------------------------------------------------


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Says how far a scan is, on the line of a terminal."""
    terminal = sys.stderr.isatty()

    def tell(done: int, found: int) -> None:
        if terminal:
            click.echo(f"\r{done} of {found} pages\x1b[K", nl=False, err=True)

    try:
        yield tell
    finally:
        if terminal:
            click.echo("\r\x1b[K", nl=False, err=True)


def _write(file: Path, content: bytes, *, force: bool) -> None:
    if file == _STDOUT:
        click.echo(content, nl=False)
    else:
        write_file(file, content, force=force)


def _end(contents: Mapping[Path, bytes], failing: int) -> Iterator[str]:
    for file in contents:
        yield f"{file} is written."
    if failing:
        yield f"{failing:,} {'finding' if failing == 1 else 'findings'} of --fail-on: status 1."
