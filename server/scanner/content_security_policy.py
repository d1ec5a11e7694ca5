"""What a page's Content Security Policies let it load and whom they let it call. Pure.

By CSP level 3 (https://www.w3.org/TR/CSP3/), as far as external scripts and connections go. A policy that
only reports holds nothing back, and is not given here.
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult, unquote, urlsplit

Policy = Mapping[str, tuple[str, ...]]
"""Directive in lower case → what it allows, as written."""

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_LARGEST_PORT = 65_535
_NO_PORT, _NO_PORT_OF_ADDRESS = -1, -2
"""What a source and an address have in the place of a port that is none; they match nothing."""

_HASH = re.compile(r"'(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})'", re.IGNORECASE)


def parsed(header: str) -> tuple[Policy, ...]:
    """The policies of a header or a `meta` element; several in one header have commas between them."""
    return tuple(policy for text in header.split(",") if (policy := _policy(text)))


def _policy(text: str) -> Policy:
    found: dict[str, tuple[str, ...]] = {}
    for part in text.split(";"):
        words = part.split()
        if words:
            found.setdefault(words[0].lower(), tuple(words[1:]))
    return found


def script_refusal(policies: Sequence[Policy], url: str, page: str, *, nonce: str, integrity: str) -> str:
    """The directive that keeps a page from loading a script that stands in its HTML; empty: none does.

    :param nonce: of the element; empty: it has none
    :param integrity: of the element, as written
    """
    for policy in policies:
        name, sources = _effective(policy, "script-src-elem", "script-src", "default-src")
        if sources is not None and not _script_allowed(sources, url, page, nonce, integrity):
            return name
    return ""


def connection_refusal(policies: Sequence[Policy], url: str, page: str) -> str:
    """The directive that keeps a page's scripts from calling this address; empty: none does."""
    for policy in policies:
        name, sources = _effective(policy, "connect-src", "default-src")
        if sources is not None and not _address_allowed(sources, url, page):
            return name
    return ""


def _effective(policy: Policy, *names: str) -> tuple[str, tuple[str, ...] | None]:
    for name in names:
        if name in policy:
            return name, policy[name]
    return "", None


def _script_allowed(sources: tuple[str, ...], url: str, page: str, nonce: str, integrity: str) -> bool:
    if nonce and f"'nonce-{nonce}'" in sources:
        return True
    allowed = {(kind.lower(), digest) for each in sources for kind, digest in _HASH.findall(each)}
    given = {
        (kind.lower(), digest)
        for kind, digest in _HASH.findall(" ".join(f"'{w}'" for w in integrity.split()))
    }
    if given and given <= allowed:
        return True
    if any(each.lower() == "'strict-dynamic'" for each in sources):
        return False  # then hosts do not count
    return _address_allowed(sources, url, page)


def _address_allowed(sources: tuple[str, ...], url: str, page: str) -> bool:
    try:
        asked, here = urlsplit(url), urlsplit(page)
    except ValueError:
        return False  # What is no address, no browser loads.
    return any(_matches(each, asked, here) for each in sources)


def _matches(source: str, url: SplitResult, page: SplitResult) -> bool:
    """CSP3 § 6.7.2.8, "Does url match expression in origin with redirect count?"."""
    text = source.lower()
    if text == "*":
        return url.scheme in ("http", "https", "ws", "wss") or url.scheme == page.scheme
    if text == "'self'":
        same = (url.hostname, _port(url)) == (page.hostname, _port(page))
        upgraded = url.hostname == page.hostname and _is_default(url) and _is_default(page)
        return (same or upgraded) and _scheme_fits(page.scheme, url.scheme)
    if text.startswith("'"):
        return False
    if re.fullmatch(r"[a-z][a-z0-9+.-]*:", text):
        return _scheme_fits(text[:-1], url.scheme)
    return _host_fits(source, url, page)


_SOURCE = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?P<host>\*|(?:\*\.)?[A-Za-z0-9_.-]+)(?::(?P<port>[0-9]+|\*))?(?P<path>/.*)?"
)


def _host_fits(source: str, url: SplitResult, page: SplitResult) -> bool:
    found = _SOURCE.fullmatch(source)
    if found is None:
        return False
    if not _scheme_fits(found["scheme"].lower() if found["scheme"] else page.scheme, url.scheme):
        return False
    host, asked = found["host"].lower(), (url.hostname or "").lower()
    if host.startswith("*."):
        if not asked.endswith(host[1:]):
            return False
    elif host not in ("*", asked):
        return False
    return _port_fits(found["port"], url) and _path_fits(found["path"] or "", url.path)


def _scheme_fits(allowed: str, asked: str) -> bool:
    """An allowed scheme also allows its secure form."""
    return asked == allowed or (allowed, asked) in {
        ("http", "https"),
        ("ws", "wss"),
        ("ws", "http"),
        ("ws", "https"),
        ("wss", "https"),
    }


def _port_fits(allowed: str | None, url: SplitResult) -> bool:
    if allowed is None:
        return _is_default(url)
    if allowed == "*":
        return True
    digits = allowed.lstrip("0") or "0"
    # A port has five digits at most; Python refuses to read thousands of them.
    port = int(digits) if len(digits) <= len(str(_LARGEST_PORT)) else _NO_PORT
    return _port(url) in (port, 443 if port == 80 else port)


def _path_fits(allowed: str, asked: str) -> bool:
    if not allowed or allowed == "/":
        return True
    want, have = unquote(allowed), unquote(asked or "/")
    return have.startswith(want) if want.endswith("/") else have == want


def _port(url: SplitResult) -> int | None:
    """The port of an address; `_NO_PORT_OF_ADDRESS` where it has one that is none."""
    try:
        return url.port or _PORTS.get(url.scheme)
    except ValueError:
        return _NO_PORT_OF_ADDRESS


def _is_default(url: SplitResult) -> bool:
    return _port(url) == _PORTS.get(url.scheme)
