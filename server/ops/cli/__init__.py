"""The commands. Each prints one line per result, or one JSON value with `--json`.

Exit status: 0 done, 1 a check found something, 2 wrong usage or input. A fault is one sentence on stderr.

What these modules import when they are loaded is light; each command imports in its body what only it needs.
So help, and a word that was mistyped, are answered at once.
"""

from collections.abc import Sequence

import click

from server.core.errors import DomainError
from server.core.settings import BadSetting
from server.ops.cli.analytics import analytics
from server.ops.cli.assistants import assistants
from server.ops.cli.audit import audit
from server.ops.cli.backup import backup
from server.ops.cli.banners import banner
from server.ops.cli.bulk import bulk
from server.ops.cli.catalog import catalog
from server.ops.cli.consents import consents
from server.ops.cli.erasure import erasure
from server.ops.cli.groups import group
from server.ops.cli.log import log
from server.ops.cli.output import CreateApp, fault_lines, file_line, unexpected_line, usage_line
from server.ops.cli.receipts import verify_receipt
from server.ops.cli.register import register
from server.ops.cli.retention import retention
from server.ops.cli.running import demo, migrate, serve, up, worker
from server.ops.cli.scan import scan
from server.ops.cli.site_files import apply, plan
from server.ops.cli.sites import site
from server.ops.cli.tokens import token
from server.ops.cli.users import user


@click.group(name="samtykke", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="samtykke")
def cli() -> None:
    """Samtykke: cookie consent on your own server."""


for command in (
    up,
    serve,
    worker,
    migrate,
    backup,
    demo,
    user,
    site,
    group,
    bulk,
    banner,
    plan,
    apply,
    scan,
    assistants,
    catalog,
    token,
    audit,
    consents,
    erasure,
    register,
    retention,
    analytics,
    log,
):
    cli.add_command(command)
log.add_command(verify_receipt)


def run(create_app: CreateApp, arguments: Sequence[str]) -> int:
    """Run one command; its exit status."""
    try:
        status = cli.main(list(arguments), prog_name="samtykke", obj=create_app, standalone_mode=False)
    except click.exceptions.Abort:
        return 130
    except click.exceptions.NoArgsIsHelpError as fault:
        fault.show()
        return 2
    except click.ClickException as fault:
        click.echo(usage_line(fault), err=True)
        return 2
    except DomainError as fault:
        for line in fault_lines(fault):
            click.echo(line, err=True)
        return 2
    except BadSetting as fault:
        click.echo(f"{fault}.", err=True)
        return 2
    except OSError as fault:
        click.echo(file_line(fault), err=True)
        return 2
    except Exception as fault:  # noqa: BLE001 - whatever it is, nobody at a terminal is helped by a traceback
        click.echo(unexpected_line(fault), err=True)
        return 2
    return status if isinstance(status, int) else 0
