"""From which device somebody is logged in: in closed lists when the session begins, in words on its page."""

from collections.abc import Mapping

from flask import request

from server.accounts.service.sessions import Device, Limits
from server.audience import service as audience
from server.audience.values import BROWSERS, OTHER, SYSTEMS
from server.core.http import settings
from server.studio.language import country_name, gettext, lazy_gettext

_KINDS: Mapping[str, str] = {
    "mobile": lazy_gettext("Mobile"),
    "tablet": lazy_gettext("Tablet"),
    "desktop": lazy_gettext("Computer"),
}


def limits() -> Limits:
    """How long sessions last, by the settings."""
    return Limits(settings().session_idle, settings().session_lifetime)


def device() -> Device:
    """The device of this request; unknown if its headers say nothing that is in the lists."""
    header = settings().country_header
    country = request.headers.get(header, "") if header else None
    found = audience.client_of(request.headers.get("User-Agent", ""), country)
    return Device(found.device, found.browser, found.os, found.country) if found else Device()


def words(one: Device) -> str:
    """A device as its user knows it: *Firefox on Linux, computer*."""
    browser, system = BROWSERS.get(one.browser, ""), SYSTEMS.get(one.system, "")
    kind = str(_KINDS.get(one.kind, ""))
    if browser and system:
        named = gettext("%(browser)s on %(system)s", browser=browser, system=system)
    else:
        named = browser or system or gettext("Unknown browser")
    return f"{named}, {kind.lower()}" if kind else named


def country(one: Device) -> str:
    """The name of the country; empty if it is not known."""
    return country_name(one.country) if one.country not in ("", OTHER) else ""
