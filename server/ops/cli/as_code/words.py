"""Plans and outcomes in lines. Pure."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from server.core.plain_text import escaped
from server.ops.cli.author_words import in_line
from server.sites.values import program_of

LONGEST = 70
"""Characters of a value in a line."""

_ORIGINS = {
    "file": "",
    "studio": "\t(changed in the studio, and not in the file)",
    "both": "\t(changed in the studio, and in the file)",
    "unknown": "",
}

_REASONS = {
    "category_added": "the category is new",
    "service_added": "what came",
    "provider_added": "another provider",
    "recipient_added": "more recipients",
    "country_outside": "information leaves the EEA",
    "signal_added": "more signals",
}


def plan_lines(plan: Mapping[str, Any], name: str, *, publishes: bool = False) -> Iterator[str]:
    """What a plan says of one site; `name` is that of its file.

    Each is one line, whatever stands in the file, in its name or in the answer of a server.
    """
    lines = _plan_lines(plan, escaped(name), publishes=publishes)
    return (escaped(line, keep="\t") for line in lines)


def _plan_lines(plan: Mapping[str, Any], name: str, *, publishes: bool) -> Iterator[str]:
    from server.sites.site_differences import shown

    changes, main = plan["changes"], plan["language"]
    number = f"{len(changes)} change{'' if len(changes) == 1 else 's'}" if changes else "nothing changes"
    yield f"{plan['site']} ({name}): {'a new site' if plan['new'] else number}"
    for change in changes:
        before, after = (_cut(shown(change[side], main)) for side in ("before", "after"))
        yield f"  {_change(change, before, after)}{_ORIGINS[change['origin']]}"
    yield from _warnings(plan)
    yield from _publishing(plan, publishes=publishes)


def outcome_lines(outcome: Mapping[str, Any]) -> Iterator[str]:
    """What applying a file has done to one site."""
    number = len(outcome["changes"])
    done = "nothing changed" if not number else f"{number} change{'' if number == 1 else 's'} made"
    if outcome["created"]:
        done = "made"
    if outcome["published"]:
        done += f", published as version {outcome['published']}"
    yield escaped(f"{outcome['site']}\t{done}", keep="\t")


def is_drift(change: Mapping[str, Any]) -> bool:
    """Whether `apply` refuses a change: the studio made it, or nobody can tell (ADR 48)."""
    return bool(change["origin"] != "file")


def _change(change: Mapping[str, Any], before: str, after: str) -> str:
    match change["kind"]:
        case "moved":
            return f"~ {change['label']}: in another order: {after}"
        case "added":
            return f"+ {change['label']}"
        case "removed":
            return f"- {change['label']}"
    if isinstance(change["before"], list) or isinstance(change["after"], list):
        parts = [f"without {before}"] * bool(change["before"]) + [f"with {after}"] * bool(change["after"])
        return f"~ {change['label']}: {', '.join(parts)}"
    return f"~ {change['label']}: {before} → {after}"


def _warnings(plan: Mapping[str, Any]) -> Iterator[str]:
    origins = {change["origin"] for change in plan["changes"]}
    if origins & {"studio", "both"}:
        yield (
            f"  Drift: since a file was applied {_applied(plan['applied'])}, there were changes in the "
            "studio. Take them into the file, or apply with --overwrite."
        )
    elif "unknown" in origins and not plan["new"]:
        yield (
            "  No file with these fields was applied before, so that drift cannot be told. What differs is "
            "replaced only with --overwrite."
        )


def _applied(applied: Mapping[str, Any]) -> str:
    at = datetime.fromisoformat(applied["at"]).astimezone(UTC)
    token_id, name = program_of(applied["by"]), applied.get("program")
    by = in_line(applied["by"], {token_id: name} if token_id and name is not None else {})
    return f"at {at:%Y-%m-%d %H:%M} UTC by {by}"


def _publishing(plan: Mapping[str, Any], *, publishes: bool) -> Iterator[str]:
    for finding in plan["findings"]:
        if finding["severity"] == "error":
            yield f"  Stops a publish: {finding['field']} {finding['message']}"
    coming = plan["publishing"]
    if coming is None:
        yield "  Publishing: visitors have this banner already."
        return
    begin = f"  Publishing {'makes' if publishes else 'would make'} version {coming['version']}"
    if coming["change"] == "first":
        yield f"{begin}, the first: everybody is asked."
    elif not coming["asked_again"]:
        yield f"{begin}. Nobody is asked again."
    else:
        yield f"{begin}. Asked again are those who had accepted:"
        for each in coming["asked_again"]:
            added = f": {', '.join(each['added'])}" if each["added"] else ""
            yield f"    {each['name']} – {_REASONS.get(each['reason'], each['reason'])}{added}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
