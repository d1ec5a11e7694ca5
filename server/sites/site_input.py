"""What staff and programs write of a site, checked: its key, its name and its host names. Pure."""

from collections.abc import Collection

from server.core.errors import Invalid
from server.sites import hosts
from server.sites.values import KEY, fault_in_text, matches

MAX_DOMAINS = 100
"""Most host names of one site."""

LONGEST_NAME = 200
"""Most characters of a site's name."""


def check_key(key: str) -> None:
    """Refuse what cannot stand in the script's address.

    :raises Invalid: `key`.
    """
    if not KEY.fullmatch(key):
        fault = "is not 2 to 40 of a-z, 0-9 and -"
        raise Invalid(f"the key {fault}", errors={"key": fault})


def check_name(name: str) -> None:
    """Refuse what is no name.

    :raises Invalid: `name` is empty, too long, or has characters that no name has.
    """
    fault = fault_in_text(name, longest=LONGEST_NAME, lines=False) if name.strip() else "is empty"
    if fault is not None:
        raise Invalid(f"the name {fault}", errors={"name": fault})


def domains(written: Collection[str], field: str = "domains", *, least: int = 1) -> tuple[str, ...]:
    """Host names as they are stored: in lower case, international ones in their `xn--` form, ordered.

    :raises Invalid: `field`, there are too few or too many; or `field` and an index, for each that is none.
    """
    errors: dict[str, object] = {}
    normalized: set[str] = set()
    for index, text in enumerate(written):
        try:
            normalized.add(hosts.domain(text))
        except ValueError as fault:
            errors[f"{field}.{index}"] = str(fault)
    if not least <= len(written) <= MAX_DOMAINS:
        errors = {field: f"has not {least} to {MAX_DOMAINS} host names"}
    if errors:
        first, sentence = next(iter(errors.items()))
        raise Invalid(f"{first} {sentence}", errors=errors)
    return tuple(sorted(normalized))


def both_domains(
    written: Collection[str], staging: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The host names of a site and those for testing, each as `domains` makes them.

    :raises Invalid: `domains` or `staging_domains`, as `domains` says, or one host name stands in both lists.
    """
    live, tested = domains(written), domains(staging, "staging_domains", least=0)
    if both := sorted({*live} & {*tested}):
        fault = f"has {both[0]}, which stands among the host names too"
        raise Invalid(f"the list for testing {fault}", errors={"staging_domains": fault})
    return live, tested


def refuse_reserved(normalized: Collection[str], reserved: str) -> None:
    """Refuse the server's own host: what is published for it is the server's answer at `/.well-known/`.

    :param reserved: that host; empty: the caller may take it
    :raises Invalid: `domains`.
    """
    if reserved and any(matches(domain, reserved) for domain in normalized):
        fault = "is this server's own host: only an owner of every site may name it"
        raise Invalid(f"{reserved} {fault}", errors={"domains": f"{reserved} {fault}"})
