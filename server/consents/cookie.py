"""The visitor's cookie, said back by the server: what a page writes itself, some browsers forget within days.

Safari keeps a cookie that a script has written for seven days, and one that came with an answer as long as it
says. So where this server is first-party to the page, the page sends its cookie along with the decision and
gets it back, with the same content, but for the mark that the decision still has to be sent: it has arrived.
The server keeps nothing of the cookie.
"""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from server.sites.values import Site

NAME = "samtykke"
"""The page's cookie."""

_LONGEST = 64
"""Bytes of name, sign and value."""

_SENT = "1"
"""How a cookie begins whose decision has arrived; 2 as long as it may not have."""

_ASKED = re.compile(r"cookie=([a-z0-9.-]{0,253})")
_VALUE = re.compile(
    r"[12]\.[1-9a-z][0-9a-z]*\.[0-9a-z]+\.(?:\+[0-9a-z]+)?(?:-[0-9a-z]+)?\.([0-9a-z]+)\.([A-Za-z0-9_-]{22})"
)
"""As in docs/adr/0006; the groups are the second of the decision, and the browser's secret."""


def asked(query: str) -> str | None:
    """The domain for which the page asks its cookie back, empty for its own host; none if it does not ask."""
    found = _ASKED.fullmatch(query)
    return found[1] if found else None


def said_back(
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
    """The `Set-Cookie` that keeps the newest well-formed cookie of this visitor, if the page may ask for it.

    `decided_at` is of the decision that has arrived: the mark of any other one stays, as that may still wait
    in the browser. `domain` must hold both the page of `origin` and this server, and belong to the site;
    empty stands for this very host, which must be the page's.
    """
    page, server = urlsplit(origin).hostname or "", urlsplit(public_url).hostname or ""
    if not (_holds(domain, page, server) and _covers(site, domain) if domain else page == server):
        return None
    found = max(
        (
            (int(parsed[1], 36), parsed[0])
            for cookie in cookies.split(";")
            if (parsed := _parsed(cookie, visitor)) is not None
        ),
        default=None,
    )
    if found is None:
        return None
    seconds = found[0] + int(lasts.total_seconds()) - int(now.timestamp())
    if not 0 < seconds <= int(lasts.total_seconds()) + 86_400:  # over, or of a clock that is days ahead
        return None
    value = found[1]
    if decided_at is not None and found[0] == int(decided_at.timestamp()):
        value = _SENT + value[1:]
    where = f"; Domain={domain}" if domain else ""
    secure = "; Secure" if public_url.startswith("https://") else ""
    return f"{NAME}={value}; Max-Age={seconds}; Path=/; SameSite=Lax{secure}{where}"


def _parsed(cookie: str, visitor: str) -> tuple[str, str] | None:
    """Value and second of a cookie of ours, if it is this visitor's."""
    name, _, value = cookie.strip().partition("=")
    if name != NAME or len(NAME) + 1 + len(value) > _LONGEST:
        return None
    found = _VALUE.fullmatch(value)
    return (value, found[1]) if found and found[2] == visitor else None


def _holds(domain: str, *hosts: str) -> bool:
    return all(host == domain or host.endswith("." + domain) for host in hosts)


def _covers(site: Site, domain: str) -> bool:
    return site.allows_origin(f"https://{domain}") or f"*.{domain}" in site.domains
