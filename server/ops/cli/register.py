"""Commands about the register of processors and the record of processing."""

from pathlib import Path

import click

from server.core import clock
from server.ops.cli.output import application, json_option, show

_FORMATS = ("csv", "ods", "pdf")
_LANGUAGES = ("nb", "nn", "en")


@click.group
def register() -> None:
    """Who gets personal data, and the record of processing (GDPR articles 28 and 30)."""


@register.command("export")
@click.argument("key")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="csv", show_default=True, help="File format."
)
@click.option(
    "-o", "--output", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File."
)
@click.option("--language", type=click.Choice(_LANGUAGES), default="nb", show_default=True, help="Language.")
@click.option("--draft", is_flag=True, help="Made from the draft instead of the published version.")
@json_option
def export_record(key: str, form: str, file: Path, language: str, *, draft: bool, as_json: bool) -> None:
    """Write the record of processing of the site KEY to a file. PDF needs the extra `pdf`.

    It is made from the published version, or from the draft if nothing is published. What is not stated is
    written as such, and listed here.
    """
    from server.notices.service import register as registers
    from server.sites import service as sites

    with application() as settings:
        site = sites.find(key)
        found = registers.of_site(site.id, "draft" if draft else "version", now=clock.now())
        sends_mail = settings.smtp_url is not None and settings.mail_from is not None
        record = registers.record(site, found, language, sends_mail=sends_mail)
        content = registers.as_file(record, registers.format_of(form))
    file.write_bytes(content)
    rows = len(record.rows)
    missing = [f"{gap.label}: {gap.name}" if gap.name else gap.label for gap in record.gaps]
    lines = [f"{rows} {'row' if rows == 1 else 'rows'} written to {file}."]
    lines += (f"not stated\t{each}" for each in missing)
    value = {"site": key, "file": str(file), "format": form, "rows": rows, "not_stated": missing}
    show(value, lines, as_json=as_json)
