"""Inline modules of the script that only some sites need, and their configuration (docs/adr/0007)."""

from collections.abc import Mapping
from typing import Any

from server.embed.values import BLOCKING, DOMAIN, FLOATING, INLINE_MODULES, SIGNALS, Json
from server.sites.document_types import Behaviour, Document
from server.sites.values import NECESSARY, tells_others


def enabled(document: Document) -> tuple[str, ...]:
    """Names of the inline modules that a site needs, in the order in which they run."""
    turned_on = {
        DOMAIN: document["behaviour"]["cookie_domain"] == "site",
        SIGNALS: tells_others(document),
        BLOCKING: bool(blocking(document)),
        FLOATING: document["behaviour"]["floating_button"],
    }
    return tuple(name for name in INLINE_MODULES if turned_on[name])


def signals(behaviour: Behaviour) -> Json:
    """The configuration of consent signals: which tools get them, and the category of each signal type."""
    settings = {"mapping": dict(behaviour["mapping"]), **switched_on(behaviour["tools"])}
    if behaviour["consent_mode"] != "off":
        google = behaviour["google"]
        settings["google"] = {
            "default": {"wait_for_update": google["wait_for_update"]}
            | switched_on({"region": list(google["regions"])}),
            "set": switched_on({key: google[key] for key in ("ads_data_redaction", "url_passthrough")}),
        }
    return settings


def blocking(document: Document) -> list[list[Any]]:
    """Each optional service with the hosts whose elements are blocked automatically; empty if that is off.

    Includes services of hidden categories, which cannot be allowed. The key `necessary` has the hosts of
    necessary services that overlap with one of those: a more specific pattern is let through.
    """
    if not document["behaviour"]["automatic_blocking"]:
        return []
    services = document["services"]
    needed = list(
        dict.fromkeys(h for each in services if each["category"] == NECESSARY for h in each["hosts"])
    )
    found = [
        [each["key"], [host for host in each["hosts"] if host not in needed]]
        for each in services
        if each["category"] != NECESSARY
    ]
    held = [host for _, hosts in found for host in hosts]
    freed = [host for host in needed if any(_overlap(host, other) for other in held)]
    return [[key, hosts] for key, hosts in ([NECESSARY, freed], *found) if hosts]


def _overlap(one: str, other: str) -> bool:
    """Whether both patterns cover a common host; paths are ignored."""
    names = [pattern.partition("/")[0].removeprefix("*") for pattern in (one, other)]
    long, short = sorted(names, key=len, reverse=True)
    return long == short or (short[0] == "." and long.endswith(short))


def switched_on(values: Mapping[str, Any]) -> Json:
    """The values that are neither off nor empty, to save bytes."""
    return {key: value for key, value in values.items() if value}
