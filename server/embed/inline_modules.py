"""Inline modules of the script that only some sites need, and their configuration (docs/adr/0007)."""

from typing import Literal

from server.embed.configuration_types import ConfiguredGoogle, ConfiguredSignals, Owner
from server.embed.values import ANNOUNCING, BLOCKING, COUNTING, DOMAIN, FLOATING, INLINE_MODULES, SIGNALS
from server.sites.document_types import TOOLS, Behaviour, Document, Google
from server.sites.values import NECESSARY, tells_others

_GOOGLE_SET: tuple[Literal["ads_data_redaction", "url_passthrough"], ...] = (
    "ads_data_redaction",
    "url_passthrough",
)


def enabled(document: Document, *, announced: bool = False) -> tuple[str, ...]:
    """Names of the inline modules that a site needs, in the order in which they run.

    `announced` is whether there is something of which returning visitors are notified.
    """
    turned_on = {
        DOMAIN: document["behaviour"]["cookie_domain"] == "site",
        SIGNALS: tells_others(document),
        BLOCKING: bool(blocking(document)),
        FLOATING: document["behaviour"]["floating_button"],
        COUNTING: document["behaviour"]["impressions"],
        ANNOUNCING: announced,
    }
    return tuple(name for name in INLINE_MODULES if turned_on[name])


def signals(behaviour: Behaviour) -> ConfiguredSignals:
    """The configuration of consent signals: which tools get them, and the category of each signal type."""
    settings: ConfiguredSignals = {"mapping": dict(behaviour["mapping"])}
    for tool in TOOLS:
        if behaviour["tools"][tool]:
            settings[tool] = True
    if behaviour["consent_mode"] != "off":
        settings["google"] = _google(behaviour["google"])
    return settings


def _google(google: Google) -> ConfiguredGoogle:
    settings: ConfiguredGoogle = {"default": {"wait_for_update": google["wait_for_update"]}, "set": {}}
    if google["regions"]:
        settings["default"]["region"] = list(google["regions"])
    for option in _GOOGLE_SET:
        if google[option]:
            settings["set"][option] = True
    return settings


def blocking(document: Document) -> list[Owner]:
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
        (each["key"], [host for host in each["hosts"] if host not in needed])
        for each in services
        if each["category"] != NECESSARY
    ]
    held = [host for _, hosts in found for host in hosts]
    freed = [host for host in needed if any(_overlap(host, other) for other in held)]
    return [(key, hosts) for key, hosts in ((NECESSARY, freed), *found) if hosts]


def _overlap(one: str, other: str) -> bool:
    """Whether both patterns cover a common host; paths are ignored."""
    names = [pattern.partition("/")[0].removeprefix("*") for pattern in (one, other)]
    long, short = sorted(names, key=len, reverse=True)
    return long == short or (short[0] == "." and long.endswith(short))
