"""Commands about the catalog of known services. They need no database."""

import dataclasses
import importlib.metadata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from server.core import parsing
from server.core.plain_text import escaped
from server.ops.cli.output import check_target, json_option, read_json, show, write_file

if TYPE_CHECKING:
    from server.catalog.values import CategoryKey, Figures, Service

CATEGORIES = ("necessary", "functional", "statistics", "advertising")
"""Categories that services are suggested for."""


@click.group
def catalog() -> None:
    """Services that websites use, and what is known of them."""


@catalog.command("list")
@click.argument("text", required=False, default="")
@click.option("--category", type=click.Choice(CATEGORIES), help="Only services that it is suggested for.")
@click.option("--figures", is_flag=True, help="Count them instead: by use, by category, by what is known.")
@json_option
def list_services(text: str, category: str | None, *, figures: bool, as_json: bool) -> None:
    """List known services, or those that TEXT belongs to: a name, a provider, a host or a cookie."""
    from server.catalog import service
    from server.core.errors import NotFound

    if figures:
        if text or category:
            raise click.UsageError(
                "--figures counts all services, and goes with neither TEXT nor --category."
            )
        counted = service.figures()
        show(dataclasses.asdict(counted), _figures(counted), as_json=as_json)
        return
    kind = cast("CategoryKey | None", category)
    found = service.search(text) if text else service.services()
    listed = [each for each in found if kind in (None, each.category)]
    if text and not listed:
        raise NotFound(f"the catalog has no service that {text} belongs to")
    lines = (f"{each.key}\t{each.name}\t{each.category}\t{each.confidence}" for each in listed)
    show([service.as_json(each) for each in listed], lines, as_json=as_json)


@catalog.command("show")
@click.argument("key")
@json_option
def show_service(key: str, *, as_json: bool) -> None:
    """Show what is known of the service KEY."""
    from server.catalog import service

    found = service.find(key)
    show(service.as_json(found), _lines(found), as_json=as_json)


@catalog.command
@click.argument("file")
@json_option
def check(file: str, *, as_json: bool) -> int:
    """Check a FILE that describes a service; `-` reads standard input.

    Status 1 and one line for each field, if something is missing or is not as it should be. What is absent
    and would help is advice, with where to look; the status stays 0.
    """
    from server.catalog import service
    from server.core.errors import Invalid

    value = read_json(file)
    try:
        found = service.check(value)
        errors = dict(service.clashes(found))
    except Invalid as fault:
        errors = {field: str(wrong) for field, wrong in fault.errors.items()}
    if errors:
        show({"errors": errors}, _fault_lines(errors, value), as_json=as_json)
        return 1
    advice = {gap.field: gap.look for gap in service.gaps(found)}
    if file != "-" and Path(file).name != f"{found.key}.json":
        advice["key"] = f"In server/catalog/data/ the file has to be called {found.key}.json."
    lines = [f"{escaped(found.name)}: nothing to say against it."]
    if advice:
        lines += ["", "Absent. If you can confirm it, it helps; never guess:"]
        lines += [f"  {_place(field, value)}: {look}" for field, look in advice.items()]
    show({"errors": {}, "advice": advice}, lines, as_json=as_json)
    return 0


@catalog.command
@click.argument("key")
@click.option("--name", default="", help="What visitors read, such as Google Analytics.")
@click.option("-o", "--output", "file", type=click.Path(dir_okay=False, path_type=Path), help="File.")
@json_option
def new(key: str, name: str, file: Path | None, *, as_json: bool) -> None:
    """Print a description to begin from, for the service KEY, or write it into a file.

    It has every field. `catalog check` names those that are still empty.
    """
    from server.catalog import service
    from server.core import clock

    made = service.template(key, name, clock.now().date().isoformat())
    if file is None:
        show(made, [service.as_file(made).decode().rstrip()], as_json=as_json)
        return
    write_file(file, service.as_file(made))
    lines = [f"{file} is written. Fill it in, then run samtykke catalog check {file}"]
    show({"file": str(file)}, lines, as_json=as_json)


def _fault_lines(errors: Mapping[str, str], value: object) -> Iterator[str]:
    """A line for each fault; fields that have the same one share a line, as in a template."""
    fields: dict[str, list[str]] = {}
    for field, wrong in errors.items():
        fields.setdefault(escaped(wrong), []).append(_place(field, value))
    for wrong, places in fields.items():
        alike = all("," not in place for place in places)
        yield from [f"{', '.join(places)}: {wrong}"] if alike else (f"{place}: {wrong}" for place in places)


def _place(field: str, value: object) -> str:
    """A field as people look for it in a file: `storage.0.lifetime` is `storage, entry 1 (_ga), lifetime`."""
    words: list[str] = []
    inner: Any = value
    for part in field.split("."):
        place = parsing.number(part) if isinstance(inner, list) else None
        try:
            inner = inner[part if place is None else place]
        except (LookupError, TypeError):
            inner = None
        if place is None:
            words.append(escaped(part))
        else:
            named = inner.get("name") or inner.get("address") if isinstance(inner, dict) else inner
            words.append(f"entry {place + 1} ({escaped(str(named))})" if named else f"entry {place + 1}")
    return ", ".join(words)


@catalog.command
@click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite the files of an earlier export.")
@json_option
def export(folder: Path, *, force: bool, as_json: bool) -> None:
    """Write all descriptions as one file for other projects, and its JSON Schema, into FOLDER.

    Files that are there stay, unless `--force` is given; a symbolic link stays always.

    The descriptions are under CC0 1.0: everybody may use them for everything. Equal releases give equal
    bytes.
    """
    from server.catalog import service

    made = service.exported(importlib.metadata.version("samtykke"))
    targets = [folder / name for name in made]
    for file in targets:
        check_target(file, force=force)  # before any is written
    for file, content in zip(targets, made.values(), strict=True):
        write_file(file, content, force=force)
    written = {str(folder / name): len(content) for name, content in made.items()}
    lines = (f"{file}: {size:,} bytes." for file, size in written.items())
    show({"files": list(written)}, lines, as_json=as_json)


def _figures(counted: "Figures") -> Iterator[str]:
    yield f"services\t{counted.services}"
    groups = (
        ("use", counted.uses),
        ("category", counted.categories),
        ("confidence", counted.confidences),
        ("says", counted.facts),
    )
    for group, counts in groups:
        yield from (
            f"{group} {kind}\t{count}\t{_share(count, counted.services)}" for kind, count in counts.items()
        )
    yield f"cookies, keys and pixels\t{counted.stored}"
    yield f"with a lifetime\t{counted.with_lifetime}\t{_share(counted.with_lifetime, counted.stored)}"


def _share(count: int, of: int) -> str:
    return f"{count / of:.0%}" if of else ""


def _lines(service: "Service") -> Iterator[str]:
    yield f"{service.name} ({service.key})"
    if service.aliases:
        yield f"  also: {', '.join(service.aliases)}"
    yield f"  provider: {_provider(service)}"
    yield f"  category: {service.category}; basis: {service.legal_basis}. {service.category_reason.en}"
    if service.advice:
        yield f"  advice: {service.advice.en}"
    yield f"  purpose: {service.purpose.en}"
    yield f"  what it does: {service.what_it_does.en}"
    facts = {
        "data": _data(service),
        "recipients": ", ".join(service.recipients),
        "transfer": " ".join(filter(None, (service.transfer_country, service.transfer_basis))),
        "privacy notice": service.privacy_link,
        "agreement": service.agreement_link,
        "hosts": ", ".join(service.hosts),
        "consent mode": ", ".join(service.consent_mode),
    }
    yield from (
        f"  {name}: {fact or 'not confirmed'}" for name, fact in facts.items() if fact or name == "hosts"
    )
    yield from _storage(service)
    if service.marking:
        yield f"  marking: {service.marking}"
    yield from (
        f"  stores nothing: {each.name and f'{each.name}: '}{each.note.en}" for each in service.alternatives
    )
    yield from (f"  source: {each.address} ({', '.join(each.facts)})" for each in service.sources)
    yield f"  reviewed: {service.reviewed}; confidence: {service.confidence}"


def _provider(service: "Service") -> str:
    if service.provider is None:
        return "not confirmed, or the website itself"
    return ", ".join(filter(None, (service.provider.name, service.provider.country, service.provider.number)))


def _data(service: "Service") -> str:
    from server.catalog.service import data_in_words

    words = data_in_words(service)
    return f"{words.en} ({', '.join(service.data)})" if words else ""


def _storage(service: "Service") -> Iterator[str]:
    if service.stores_nothing:
        yield "  stores: nothing by itself"
    elif not service.storage:
        yield "  stores: not confirmed"
    for each in service.storage:
        place = each.host or "the website's own"
        lifetime = each.lifetime or "lifetime not confirmed"
        former = "only earlier versions" if each.former else ""
        facts = ", ".join(filter(None, (each.kind, place, lifetime, each.category, former)))
        yield f"  stores: {each.name} ({facts}) {each.purpose.en}"
