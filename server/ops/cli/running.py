"""Commands that run the product."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from server.accounts.values import COMMAND_LINE
from server.core import clock
from server.core.errors import Invalid
from server.core.settings import Settings
from server.ops.cli.output import CreateApp, application, json_option, show, show_ready

if TYPE_CHECKING:
    from server.ops.serve import Listening

_Function = TypeVar("_Function", bound=Callable[..., Any])

FIRST_OWNER = "owner@example.no"
"""The e-mail address of the owner that `up` creates where there is no user yet."""

_host_option = click.option(
    "--host", envvar="HOST", default="127.0.0.1", show_default=True, help="Address to listen on."
)
_port_option = click.option(
    "--port",
    envvar="PORT",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Port to listen on.",
)
_workers_option = click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Web processes."
)


def serving_options(function: _Function) -> _Function:
    """Where a command that serves listens, and with how many processes."""
    return _host_option(_port_option(_workers_option(function)))


@click.command
@serving_options
@json_option
@click.pass_obj
def up(create_app: CreateApp, host: str, port: int, workers: int, *, as_json: bool) -> int:
    """Set everything up, then serve: what `make run` calls.

    Migrates the database, makes the demo site and an owner's account where the demo is on, and serves.
    Without the demo, it prints a token with which the first owner is made in the browser.
    Safe to repeat: a demo site that somebody has changed stays as it is (`samtykke demo` resets it).
    With --json, prints one line with the addresses once it listens on them.
    """
    from server.core.db import transaction
    from server.demo import service as demo_shop
    from server.ops.serve import Listening

    listening = Listening(host, port, workers)
    with _preparing(create_app, listening) as settings:
        _migrate()
        # The demo is there to be looked at, at once; another server waits for its owner.
        with transaction():
            password = _first_owner() if settings.demo else None
        with transaction():
            token = _owner_token(settings)
        if settings.demo:
            with transaction():
                demo_shop.keep_up_to_date(settings.public_url, now=clock.now())
    announcement = _announcement(settings, listening, password, token)
    if not as_json:
        _print_addresses(settings, password)
        _print_welcome(settings, token)
        click.echo(f"Data folder {settings.data_dir}. Stop with Ctrl-C.")
    return _serve(
        create_app, settings, listening, ready=lambda: show_ready(announcement) if as_json else None
    )


@click.command
@serving_options
@json_option
@click.pass_obj
def serve(create_app: CreateApp, host: str, port: int, workers: int, *, as_json: bool) -> int:
    """Serve the web and run the background jobs.

    Prints one line with the address once it listens on it; with --json, as JSON. As long as nobody has an
    account, it prints a token too, with which the first owner is made in the browser.
    """
    from server.core.db import transaction
    from server.ops.serve import Listening

    listening = Listening(host, port, workers)
    with _preparing(create_app, listening) as settings:
        _check_migrated()
        with transaction():
            token = _owner_token(settings)
    announcement = _announcement(settings, listening, None, token)

    def ready() -> None:
        if as_json:
            show_ready(announcement)
            return
        click.echo(f"Listening on http://{listening.address}. Stop with Ctrl-C.")
        # Beside the one line that programs wait for.
        _print_welcome(settings, token, err=True)

    return _serve(create_app, settings, listening, ready=ready)


@click.command
@json_option
@click.pass_obj
def worker(create_app: CreateApp, *, as_json: bool) -> None:
    """Run the background jobs alone, when the web runs elsewhere.

    Prints one line once they run; with --json, as JSON.
    """
    from server.ops.worker import jobs, work

    settings = Settings.from_env(existing=True)
    app = create_app(settings)
    with app.app_context():
        _check_migrated()
    if as_json:
        show_ready({"jobs": [job.name for job in jobs(settings)]})
    else:
        click.echo("The background jobs run. Stop with Ctrl-C.")
    work(app)


@click.command
@json_option
def migrate(*, as_json: bool) -> None:
    """Migrate the database to the newest schema."""
    from server.ops.schema import schema_revision

    with application(new=True):
        before = _migrate()
        after = schema_revision()
    show({"before": before, "after": after}, [f"The database has schema {after}."], as_json=as_json)


@click.command
@click.option("--history", is_flag=True, help="Release a year of sample figures too, marked as such.")
@json_option
def demo(*, history: bool, as_json: bool) -> None:
    """Create the demo site, or reset it."""
    import secrets

    from server.analytics.service import samples
    from server.core.db import transaction
    from server.demo import service as demo_shop

    with application() as settings, transaction():
        now, value = clock.now(), {}
        site = demo_shop.seed(settings.public_url, now=now)
        lines = [f"The demo site {site.key} is ready."]
        if history:
            until = samples.release_year(site.id, now=now, randbelow=secrets.randbelow)
            value, lines = {"sample_until": until}, [*lines, f"It has sample figures until {until}."]
    show({"site": site.key, **value}, lines, as_json=as_json)


@contextmanager
def _preparing(create_app: CreateApp, listening: "Listening") -> Iterator[Settings]:
    """An application before it is served: the address is free and the assets are built."""
    from server.embed import service as embed
    from server.ops import serve as serving

    serving.check_free(listening)
    with application(create_app, new=True) as settings:
        embed.bundle()  # assets that were not built are an error now, not for the first visitor
        yield settings
        serving.close_connections()


def _serve(
    create_app: CreateApp, settings: Settings, listening: "Listening", *, ready: Callable[[], None]
) -> int:
    from server.ops import serve as serving

    for warning in serving.warnings_of(listening, settings):
        click.echo(warning, err=True)
    return serving.serve(create_app, settings, listening, ready=ready)


def _migrate() -> str | None:
    """Migrate the database to the newest schema; returns the schema before, None where it was empty."""
    from server.ops.schema import is_known, schema_revision, upgrade

    before = schema_revision()
    if before is not None and not is_known(before):
        raise Invalid(f"the database has the schema {before} of a newer release than this one")
    upgrade()
    return before


def _check_migrated() -> None:
    from server.ops.schema import newest_revision, schema_revision

    if schema_revision() != newest_revision():
        raise Invalid("the database does not have the schema of this release: run `samtykke migrate` first")


def _first_owner() -> str | None:
    from server.accounts.service import audit_log, users

    if users.users():
        return None
    now = clock.now()
    owner, password = users.create_user(FIRST_OWNER, "owner", password=None, site_ids=None, now=now)
    audit_log.record_event(
        "user_created", by=COMMAND_LINE, subject=owner.email, detail="owner of every site", now=now
    )
    return password


def _owner_token(settings: Settings) -> str | None:
    """A token for the first owner; None where somebody has an account, or only single sign-on makes one."""
    from server.accounts.service import first_owner

    if not settings.local_login:
        return None
    return first_owner.issue_token(now=clock.now()) if first_owner.is_missing() else None


def _announcement(
    settings: Settings, listening: "Listening", password: str | None, token: str | None
) -> dict[str, object]:
    """The addresses of a server that listens, as JSON."""
    url = settings.public_url
    return {
        "listening": f"http://{listening.address}",
        "studio": f"{url}/studio/",
        "api": f"{url}/api/v1/docs",
        "demo": f"{url}/demo/" if settings.demo else None,
        "data_dir": str(settings.data_dir),
        "login": {"email": FIRST_OWNER, "password": password} if password else None,
        "welcome": {"address": f"{url}/studio/welcome", "token": token} if token else None,
    }


def _print_addresses(settings: Settings, password: str | None) -> None:
    if settings.demo:
        click.echo(f"Demo shop   {settings.public_url}/demo/")
    click.echo(f"Studio      {settings.public_url}/studio/")
    click.echo(f"API         {settings.public_url}/api/v1/docs")
    if password:
        click.echo("\nYour login to the studio, shown this once:")
        click.echo(f"  e-mail    {FIRST_OWNER}\n  password  {password}\n")


def _print_welcome(settings: Settings, token: str | None, *, err: bool = False) -> None:
    if token:
        click.echo("\nNobody has an account yet. Make the owner's in the browser, with this token:", err=err)
        click.echo(f"  address   {settings.public_url}/studio/welcome\n  token     {token}\n", err=err)
