"""The request of a visitor for which staff look a decision up and erase it, as addresses name it."""

from flask import request

from server.core.errors import NotFound
from server.core.http import settings
from server.core.ids import PATTERN
from server.notices.request_rules import Request
from server.notices.service import requests
from server.studio.guard import may, site


def asked(*, locked: bool = False) -> Request | None:
    """The request that the address or form names, if the user may handle it; its content is not shown."""
    request_id = request.values.get("request", "")
    if not may("request.handle") or not PATTERN.fullmatch(request_id):
        return None
    try:
        return requests.find(site().id, request_id, secret_key=settings().secret_key, locked=locked)
    except NotFound:
        return None
