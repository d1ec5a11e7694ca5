"""Renewal of the visitor's cookie by the server: browsers limit the lifetime of cookies set by scripts.

Safari keeps a cookie set by a script for seven days, and one set by `Set-Cookie` for its full lifetime. So
where this server is first-party to the page, the page sends its cookie with the decision and gets it back
with the same content, except that the decision is marked as acknowledged. The server stores no cookie.
"""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from server.sites.values import Site

NAME = "samtykke"
"""The page's cookie."""

_MAX_LENGTH = 64
"""Bytes of name, sign and value."""

_ACKNOWLEDGED = "1"
"""First character of a cookie whose decision is acknowledged; 2 while it may not be stored."""

_REQUESTED = re.compile(r"cookie=([a-z0-9.-]{0,253})")
_VALUE = re.compile(
    r"[12]\.[1-9a-z][0-9a-z]*\.[0-9a-z]+\.(?:\+[0-9a-z]+)?(?:-[0-9a-z]+)?\.([0-9a-z]+)\.([A-Za-z0-9_-]{22})"
)
"""As in docs/adr/0006; the groups are the second of the decision, and the browser's secret."""


def requested_domain(query: str) -> str | None:
    """The domain for which the page requests its cookie, empty for its own host; None if it requests none."""
    found = _REQUESTED.fullmatch(query)
    return found[1] if found else None


def renewed_cookie(
    cookies: str,
    domain: str,
    *,
    site: Site,
    visitor: str,
    origin: str,
    public_url: str,
    decided_at: datetime | None,
    lasts: timedelta,
    now: datetime,
) -> str | None:
    """The `Set-Cookie` that renews the newest well-formed cookie of this visitor; None if not allowed.

    `decided_at` is the time of the stored decision: a cookie of another decision keeps its mark, as that may
    still be queued in the browser. `domain` must contain both the page of `origin` and this server, and
    belong to the site; empty means this host, which must be that of the page. The lifetime `lasts` counts
    from the decision.
    """
    page, server = urlsplit(origin).hostname or "", urlsplit(public_url).hostname or ""
    if not (_contains(domain, page, server) and _covers(site, domain) if domain else page == server):
        return None
    newest = max(
        (
            (int(parsed[1], 36), parsed[0])
            for cookie in cookies.split(";")
            if (parsed := _parsed(cookie, visitor)) is not None
        ),
        default=None,
    )
    if newest is None:
        return None
    seconds = newest[0] + int(lasts.total_seconds()) - int(now.timestamp())
    if not 0 < seconds <= int(lasts.total_seconds()) + 86_400:  # expired, or of a clock that is days ahead
        return None
    value = newest[1]
    if decided_at is not None and newest[0] == int(decided_at.timestamp()):
        value = _ACKNOWLEDGED + value[1:]
    where = f"; Domain={domain}" if domain else ""
    secure = "; Secure" if public_url.startswith("https://") else ""
    return f"{NAME}={value}; Max-Age={seconds}; Path=/; SameSite=Lax{secure}{where}"


def _parsed(cookie: str, visitor: str) -> tuple[str, str] | None:
    """Value and base-36 second of a cookie, if it is this visitor's; None if malformed."""
    name, _, value = cookie.strip().partition("=")
    if name != NAME or len(NAME) + 1 + len(value) > _MAX_LENGTH:
        return None
    found = _VALUE.fullmatch(value)
    return (value, found[1]) if found and found[2] == visitor else None


def _contains(domain: str, *hosts: str) -> bool:
    return all(host == domain or host.endswith("." + domain) for host in hosts)


def _covers(site: Site, domain: str) -> bool:
    return site.allows_origin(f"https://{domain}") or f"*.{domain}" in site.domains
