"""A person who logs in by an identity provider, step by step."""

import html
import http.client
import re
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from tests.studio.conftest import Visitor

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_REFRESH = re.compile(r'<meta http-equiv="refresh" content="0;url=([^"]+)">')


def leave(visitor: Visitor, **fields: str) -> str:
    """Press the button of the login page; the address that the browser is sent to."""
    return leads_to(pressed(visitor, **fields))


def leads_to(answer: TestResponse) -> str:
    """The address that a page sends the browser to."""
    found = _REFRESH.search(answer.text)
    assert found, answer.text
    return html.unescape(found[1])


def pressed(visitor: Visitor, **fields: str) -> TestResponse:
    """Press the button of the login page."""
    token = _TOKEN.search(visitor.get("/login").text) or _TOKEN.search(visitor.get("/account").text)
    assert token
    return visitor.client.post("/studio/single-sign-on", data={"csrf_token": token[1], **fields})


def at_provider(address: str) -> str:
    """Be at the provider; the address that it sends the browser back to, without its host."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    location = connection.getresponse().getheader("Location") or ""
    connection.close()
    back = urlsplit(location)
    return f"{back.path}?{back.query}"


def come_back(visitor: Visitor, address: str) -> TestResponse:
    """Come back with the provider's answer."""
    return visitor.client.get(at_provider(address))


def sign_on(visitor: Visitor, **fields: str) -> TestResponse:
    """All of it."""
    return come_back(visitor, leave(visitor, **fields))
