"""Use cases of the scanner: whether the script is installed on a site's page, and since when it is."""

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

import sqlalchemy as sa

from server.accounts.service import message_choices
from server.core import guarded_fetch
from server.core.addresses import FetchFault
from server.core.db import db, insert
from server.core.errors import Invalid
from server.notifications.service import outbox
from server.notifications.values import Message
from server.scanner import content_security_policy, fetching, installation, page, page_services, queries
from server.scanner.fetching import Fetched, Get
from server.scanner.installation import Expected
from server.scanner.models import InstallationCheck
from server.scanner.values import Fault, Installation, Status
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Site, tells_others

TIMEOUT = 15.0
"""Seconds for which a page is waited for, each redirect by itself."""

FAILED, RESTORED = "installation.failed", "installation.restored"
"""Kinds of messages."""

FRESH = "samtykke-check"
"""The parameter that makes a URL one that no cache has seen."""


def getter(*, allow_private: bool, timeout: float = TIMEOUT) -> Get:
    """What gets pages: the one guard, with the headers and the limit of a check.

    :param timeout: seconds
    """
    return fetching.outside_of_transactions(
        partial(
            guarded_fetch.get,
            headers=fetching.HEADERS,
            timeout=timeout,
            allow_private=allow_private,
            allow_http=True,
            limit=fetching.PAGE_BYTES,
        )
    )


def first_page(site: Site) -> str:
    """The page that is looked at unless another one is named: the root of the first host."""
    return f"https://{site.domains[0].removeprefix('*.')}/" if site.domains else ""


def _hosts(site: Site) -> tuple[str, ...]:
    """The hosts whose pages may be looked at: those for testing too."""
    return (*site.domains, *site.staging_domains)


def status(site_id: str) -> Status | None:
    """What the newest check of a site found; None: there was none."""
    return queries.status(site_id)


def statuses(site_ids: Collection[str]) -> Mapping[str, Status]:
    """Site id → what its newest check found, of those that were checked; one read."""
    return queries.statuses(site_ids)


def page_of(site: Site, typed: str, *, allow_private: bool) -> str:
    """The page that somebody means, by its whole URL; without a scheme it is `https`.

    :raises Invalid: `url`: it is no URL, may not be requested, or is on none of the site's hosts.
    """
    text = fetching.whole(typed, allow_private=allow_private)
    host = (urlsplit(text).hostname or "").lower()
    if not fetching.covers(_hosts(site), host):
        hosts = ", ".join(_hosts(site))
        raise Invalid(
            "the page cannot be checked", errors={"url": f"must be on a host of the website: {hosts}"}
        )
    return text


def page_to_look_at(site: Site, url: str) -> str:
    """The page of a check that is to be made again; the first of the website if that one is not its own now.

    Empty: the website has no host.
    """
    return url if fetching.covers(_hosts(site), (urlsplit(url).hostname or "").lower()) else first_page(site)


def check(site: Site, url: str, *, get: Get, public_url: str, now: datetime) -> Installation:
    """Look at a page of a site: whether it has the script, early enough and alone. Nothing is stored.

    :param url: by `page_of`
    :param get: by `getter`
    """
    newest = sites.newest(site.id)
    unpublished = () if newest else (Fault("not_published", {}),)
    document = newest.document if newest else sites.draft(site.id).document
    expected = _expected(site, document, public_url, get)
    found = _faults(url, site, get, expected)
    return Installation(url, now, (*unpublished, *found))


def _faults(url: str, site: Site, get: Get, expected: Expected) -> tuple[Fault, ...]:
    fetched = fetching.fetch(url, get, hosts=_hosts(site))
    if isinstance(fetched, Fault):
        return (fetched,)
    found = _faults_in(fetched, expected)
    if not any(fault.code in ("no_tag", "tag_in_tag_manager") for fault in found):
        return found
    if not fetched.answer.complete:
        return (Fault("too_large", {}),)
    fresh = fetching.fetch(_unseen(fetched.url), get, hosts=_hosts(site))
    if isinstance(fresh, Fetched) and not any(
        fault.code in ("no_tag", "tag_in_tag_manager") for fault in _faults_in(fresh, expected)
    ):
        return (Fault("cached", {}),)
    return found


def _faults_in(fetched: Fetched, expected: Expected) -> tuple[Fault, ...]:
    headers = fetched.answer.headers
    read = page.read(page.decoded(fetched.html, headers.get("content-type", "")), fetched.url)
    policies = list(content_security_policy.parsed(headers.get("content-security-policy", "")))
    for each in read.elements:
        if each.tag == "meta" and each.attributes.get("http-equiv", "").lower() == "content-security-policy":
            policies += content_security_policy.parsed(each.attributes.get("content", ""))
    return installation.faults(read, policies, expected)


def _unseen(url: str) -> str:
    parts = urlsplit(url)
    query = f"{parts.query}&" if parts.query else ""
    return parts._replace(query=f"{query}{FRESH}={secrets.token_hex(4)}", fragment="").geturl()


def _expected(site: Site, document: Document, public_url: str, get: Get) -> Expected:
    behaviour = document["behaviour"]
    blocking = behaviour["automatic_blocking"]
    return Expected(
        public_url=public_url,
        key=site.key,
        early=tells_others(document) or blocking,
        blocks_automatically=blocking,
        consent_mode=behaviour["consent_mode"],
        served=partial(_served, get),
        service_of=partial(page_services.service_of, document),
    )


def _served(get: Get, url: str) -> bytes | None:
    try:
        answer = get(url)
    except FetchFault:
        return None
    return answer.body if answer.status == HTTPStatus.OK and answer.complete else None


# --- what is stored ----------------------------------------------------------------------------------------


def store(site: Site, made: Installation, *, now: datetime) -> None:
    """Store what a check found in place of the one before, and send a message if it matters.

    Staff are sent one when a site that was live has faults twice in a row, and one when it is live again.
    """
    before = db.session.get(InstallationCheck, site.id, populate_existing=True, with_for_update=True)
    live, again = made.live, before is not None and before.live_since is None
    messaged = before is not None and before.messaged
    if before is not None and before.ever_live and not live and again and not messaged:
        messaged = _record(site, FAILED, made, now)
    elif messaged and live:
        _record(site, RESTORED, made, now)
        messaged = False
    values = {
        "site_id": site.id,
        "url": made.url,
        "checked_at": made.at,
        "faults": json.dumps([asdict(fault) for fault in made.faults], ensure_ascii=False),
        "live_since": (before.live_since if before and before.live_since else made.at) if live else None,
        "ever_live": live or (before is not None and before.ever_live),
        "messaged": messaged,
    }
    statement = insert(InstallationCheck.__table__).values(values)  # type: ignore[arg-type]
    changed = {name: value for name, value in values.items() if name != "site_id"}
    db.session.execute(statement.on_conflict_do_update(index_elements=["site_id"], set_=changed))


def _record(site: Site, kind: str, made: Installation, now: datetime) -> bool:
    fault = next((fault for fault in made.faults if fault.stops), None)
    data: dict[str, str | int | None] = {
        "site": site.key,
        "site_name": site.name,
        "url": made.url,
        "fault": fault.code if fault else None,
    }
    message = Message(site.id, kind, data, key=f"{kind} {made.at:%Y%m%dT%H%M%S}")
    outbox.record(message, message_choices.recipients(site.id, kind), now=now)
    return True


def postpone(site_id: str, *, now: datetime) -> None:
    """Let the next check of a site wait as after this one, of which nothing is known."""
    here = InstallationCheck.site_id == site_id
    db.session.execute(sa.update(InstallationCheck).where(here).values(checked_at=now))


def due(*, good_before: datetime, bad_before: datetime) -> tuple[tuple[str, str], ...]:
    """Id of a site and page, of the checks that are to be made again (`queries.due`)."""
    return queries.due(good_before=good_before, bad_before=bad_before)
