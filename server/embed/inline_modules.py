"""What only some sites have in their script at once, and what it is told (docs/adr/0007)."""

from collections.abc import Mapping
from typing import Any

from server.embed.values import BLOCKING, DOMAIN, FLOATING, INLINE_MODULES, SIGNALS, Json
from server.sites.values import NECESSARY, Document, tells_others


def needed(document: Document) -> tuple[str, ...]:
    """Names of the inline modules that a site needs, in the order in which they run."""
    turned_on = {
        DOMAIN: document["behaviour"]["cookie_domain"] == "site",
        SIGNALS: tells_others(document),
        BLOCKING: bool(blocking(document)),
        FLOATING: document["behaviour"]["floating_button"],
    }
    return tuple(name for name in INLINE_MODULES if turned_on[name])


def signals(behaviour: Mapping[str, Any]) -> Json:
    """Who on the page is told what was decided, and which category stands for what they may do."""
    told = {"mapping": dict(behaviour["mapping"]), **switched_on(behaviour["tools"])}
    if behaviour["consent_mode"] != "off":
        google = behaviour["google"]
        told["google"] = {
            "default": {"wait_for_update": google["wait_for_update"]}
            | switched_on({"region": list(google["regions"])}),
            "set": switched_on({key: google[key] for key in ("ads_data_redaction", "url_passthrough")}),
        }
    return told


def blocking(document: Document) -> list[list[Any]]:
    """Each optional service with the hosts whose elements are held back unasked; none unless that is on.

    Those of hidden categories too, which nobody can allow. Under the key `necessary` come the hosts of
    necessary services that share addresses with one of those: what they name more exactly is let through.
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
    """Whether the host of some address is covered by both patterns; their paths are not looked at."""
    names = [pattern.partition("/")[0].removeprefix("*") for pattern in (one, other)]
    long, short = sorted(names, key=len, reverse=True)
    return long == short or (short[0] == "." and long.endswith(short))


def switched_on(values: Mapping[str, Any]) -> Json:
    """What says something: no bytes are spent on what is off or empty."""
    return {key: value for key, value in values.items() if value}
