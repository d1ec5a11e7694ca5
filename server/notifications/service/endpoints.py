"""Webhook endpoints of a site: adding, changing, rotating the secret, disabling and deleting."""

from collections.abc import Collection
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from server.core import addresses
from server.core.db import db
from server.core.errors import Conflict, Invalid, NotFound
from server.core.ids import PATTERN, new_id
from server.notifications import models, queries, signing
from server.notifications.service import delivering, outbox
from server.notifications.values import WEBHOOK_KINDS, Endpoint

MAX_ENDPOINTS = 20
"""Most endpoints of one site."""

MAX_URL = 2000
"""Characters of an endpoint's address."""

_ENDPOINT = cast("sa.Table", models.Endpoint.__table__)


def endpoints(site_id: str) -> tuple[Endpoint, ...]:
    """The endpoints of a site, oldest first."""
    return queries.endpoints(site_id)


def endpoint(site_id: str, endpoint_id: str) -> Endpoint:
    """One endpoint.

    :raises NotFound: `endpoint_unknown`.
    """
    found = queries.endpoint(site_id, endpoint_id) if PATTERN.fullmatch(endpoint_id) else None
    if found is None:
        raise NotFound("there is no such webhook endpoint", reason="endpoint_unknown")
    return found


def create_endpoint(
    site_id: str,
    url: str,
    kinds: Collection[str],
    *,
    in_order: bool,
    by: str,
    now: datetime,
    private: bool = False,
) -> Endpoint:
    """Add an endpoint; `private` allows private and loopback addresses, and http.

    :raises Invalid: the address is not allowed or has an endpoint, or no or unknown kinds were chosen.
    :raises Conflict: `too_many_endpoints`.
    """
    _check(url, kinds, private=private)
    outbox.lock(site_id)  # Two who add at once would both be the last one that is allowed.
    others = queries.endpoints(site_id)
    if any(one.url == url for one in others):
        fault = "has an endpoint already: change that one"
        raise Invalid(f"the webhook endpoint cannot be added: url {fault}", errors={"url": fault})
    if len(others) >= MAX_ENDPOINTS:
        fault = f"a site has at most {MAX_ENDPOINTS} webhook endpoints"
        raise Conflict(fault, reason="too_many_endpoints", errors={"url": f"is too much: {fault}"})
    endpoint_id = new_id()
    row = {
        "site_id": site_id,
        "id": endpoint_id,
        "url": url,
        "kinds": _joined(kinds),
        "in_order": in_order,
        "secret_number": 1,
        "rotated_at": None,
        "created_at": now,
        "created_by": by,
        "disabled_at": None,
        "disabled_why": "",
    }
    db.session.execute(_ENDPOINT.insert(), [row])
    return endpoint(site_id, endpoint_id)


def change_endpoint(
    site_id: str, endpoint_id: str, url: str, kinds: Collection[str], *, in_order: bool, private: bool = False
) -> Endpoint:
    """Change address, kinds and order. What waits is sent to the new address.

    :raises Invalid: as in `create_endpoint`.
    :raises NotFound: `endpoint_unknown`.
    """
    _check(url, kinds, private=private)
    return _update(endpoint(site_id, endpoint_id), url=url, kinds=_joined(kinds), in_order=in_order)


def rotate_secret(site_id: str, endpoint_id: str, *, now: datetime) -> Endpoint:
    """Give an endpoint a new secret; for a day messages are signed with the previous one too.

    :raises NotFound: `endpoint_unknown`.
    :raises Conflict: `rotated_already`: the previous one is still in use, and would end at once.
    """
    old = endpoint(site_id, endpoint_id)
    if old.rotated_at is not None and now < old.rotated_at + signing.OVERLAP:
        raise Conflict(
            "the secret was replaced in the last 24 hours, and the one before is still in use; "
            "if both are known to others, delete the endpoint and add it again",
            reason="rotated_already",
        )
    return _update(old, secret_number=old.secret_number + 1, rotated_at=now)


def disable_endpoint(site_id: str, endpoint_id: str, *, by: str, now: datetime) -> Endpoint:
    """Send an endpoint nothing more, nor what waits; that can be sent again from the delivery log.

    :raises NotFound: `endpoint_unknown`.
    """
    old = endpoint(site_id, endpoint_id)
    if old.disabled_at is not None:
        return old
    delivering.drop_pending(site_id, endpoint_id, why="The endpoint was switched off.", now=now)
    return _update(old, disabled_at=now, disabled_why=f"Switched off by {by}.")


def enable_endpoint(site_id: str, endpoint_id: str) -> Endpoint:
    """Send an endpoint what happens from now on.

    :raises NotFound: `endpoint_unknown`.
    """
    return _update(endpoint(site_id, endpoint_id), disabled_at=None, disabled_why="")


def delete_endpoint(site_id: str, endpoint_id: str, *, now: datetime) -> Endpoint:
    """Delete an endpoint; its deliveries stay in the log for as long as others.

    :raises NotFound: `endpoint_unknown`.
    """
    old = endpoint(site_id, endpoint_id)
    delivering.drop_pending(site_id, endpoint_id, why="The endpoint was deleted.", now=now)
    db.session.execute(sa.delete(_ENDPOINT).where(_of(old)))
    return old


def secret(one: Endpoint, *, secret_key: str) -> str:
    """The secret that an endpoint verifies with."""
    return signing.secret(one.endpoint_id, one.secret_number, secret_key=secret_key)


def _update(old: Endpoint, **changes: object) -> Endpoint:
    db.session.execute(sa.update(_ENDPOINT).where(_of(old)).values(changes))
    return endpoint(old.site_id, old.endpoint_id)


def _of(one: Endpoint) -> sa.ColumnElement[bool]:
    return sa.and_(_ENDPOINT.c.site_id == one.site_id, _ENDPOINT.c.id == one.endpoint_id)


def _joined(kinds: Collection[str]) -> str:
    return " ".join(name for name in WEBHOOK_KINDS if name in kinds)


def _check(url: str, kinds: Collection[str], *, private: bool) -> None:
    errors: dict[str, object] = {}
    if fault := _fault_in_url(url, private=private):
        errors["url"] = fault
    if not kinds or not set(kinds) <= set(WEBHOOK_KINDS):
        errors["kinds"] = "choose at least one"
    if errors:
        field, sentence = next(iter(errors.items()))
        raise Invalid(f"the webhook endpoint cannot be used: {field} {sentence}", errors=errors)


def _fault_in_url(url: str, *, private: bool) -> str:
    """What is wrong with an address; a host name's own addresses are judged each time it is called."""
    if len(url) > MAX_URL:
        return f"has more than {MAX_URL} characters"
    try:
        addresses.parse(url, allow_http=private, allow_private=private)
    except addresses.Refused as fault:
        return f"cannot be used: {fault.message}"
    return ""
