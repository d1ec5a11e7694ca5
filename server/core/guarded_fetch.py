"""The one way in which the server requests addresses that people typed in.

Against server-side request forgery (CWE-918): `server.core.addresses` says what is allowed,
`server.core.guarded_connections` connects to it. Redirects are answers, not followed. There are no proxies,
no cookies and no passwords, whatever the environment names.

`http.client` frames, on a socket made here: no library has to be kept from looking names up again, and each
read and write gets what is left of the one deadline.
"""

import http.client
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from server.core.addresses import FetchFault, Refused, Url, parse
from server.core.bounded_sockets import BoundedSocket, Deadline
from server.core.guarded_connections import INTERNET, Network, connection

BODY_BYTES = 4096
"""How much of an answer's body is read."""

ANSWER_HEADERS = (
    "content-encoding",
    "content-security-policy",
    "content-type",
    "location",
    "retry-after",
)
"""What an answer holds of its headers; several of one name have commas between them (RFC 9110 § 5.3)."""

_OVERHEAD = 65_536
"""Bytes that an answer may have before and between its body: status, headers, sizes of chunks."""


class Failed(FetchFault):
    """A request that was allowed, and has no usable answer."""


@dataclass(frozen=True)
class Answer:
    """What a server answered, redirects and errors too."""

    status: int
    """Three digits, from 200."""
    headers: Mapping[str, str]
    """`ANSWER_HEADERS` that it has, by name in lower case."""
    body: bytes
    """Its beginning, as sent: a content coding stays on it."""
    complete: bool
    """Whether that is all of it."""


# --- requests ---------------------------------------------------------------------------------------------


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float,
    allow_private: bool,
    limit: int = BODY_BYTES,
    network: Network = INTERNET,
) -> Answer:
    """Post to a URL, and read at most `limit` bytes of the answer; `http` where `allow_private` is on.

    It takes at most `timeout` seconds in all.

    :raises Refused: the URL, an address of its host or a header is not allowed. Nothing was sent.
    :raises Failed: there is no usable answer. The other server may have had the request.
    """
    target = parse(url, allow_http=allow_private, allow_private=allow_private)
    request = _Request("POST", target, headers, body, limit)
    return _send(request, Deadline(timeout), network, allow_private=allow_private)


def get(
    url: str,
    headers: Mapping[str, str],
    *,
    timeout: float,
    allow_private: bool,
    allow_http: bool = False,
    limit: int = BODY_BYTES,
    network: Network = INTERNET,
) -> Answer:
    """Get at most `limit` bytes of what is at a URL; `http` where it is allowed or `allow_private` is on.

    It takes at most `timeout` seconds in all.

    :raises Refused: the URL, an address of its host or a header is not allowed. Nothing was sent.
    :raises Failed: there is no usable answer.
    """
    target = parse(url, allow_http=allow_http or allow_private, allow_private=allow_private)
    request = _Request("GET", target, headers, None, limit)
    return _send(request, Deadline(timeout), network, allow_private=allow_private)


@dataclass(frozen=True)
class _Request:
    method: str
    url: Url
    headers: Mapping[str, str]
    body: bytes | None
    limit: int


def _send(request: _Request, deadline: Deadline, network: Network, *, allow_private: bool) -> Answer:
    url = request.url
    headers = _request_headers(request)
    reaching = connection(url, deadline, allow_private=allow_private, network=network)
    with _failures(url.host), reaching as connected:
        return _exchange(request, headers, connected, deadline)


# --- headers ----------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[!-~](?:[ -~\t]*[!-~])?")

_FIXED = frozenset(
    {"accept-encoding", "connection", "content-length", "cookie", "expect", "host", "te", "trailer"}
    | {"transfer-encoding", "upgrade"}
)
"""What callers may not set: it frames the request, names another host, or would be sent to strangers."""


def _request_headers(request: _Request) -> dict[str, str]:
    """:raises Refused: a header is not allowed."""
    for name, value in request.headers.items():
        if not _TOKEN.fullmatch(name) or name.lower() in _FIXED or name.lower().startswith("proxy-"):
            raise Refused("header_not_allowed", f"the header {name!r} may not be set")
        if not _VALUE.fullmatch(value):
            raise Refused("header_not_allowed", f"the value of the header {name} is not printable ASCII")
    headers = {"Host": request.url.authority, "Connection": "close", "Accept-Encoding": "identity"}
    if not any(name.lower() == "user-agent" for name in request.headers):
        headers["User-Agent"] = "Samtykke"
    return {**headers, **request.headers}


# --- the exchange -----------------------------------------------------------------------------------------


def _exchange(
    request: _Request, headers: Mapping[str, str], connected: socket.socket, deadline: Deadline
) -> Answer:
    """Send a request and read the answer.

    :raises OSError: the time is over or the connection broke.
    :raises http.client.HTTPException: the answer is not HTTP, is cut off or has too much before its body.
    :raises ValueError: the same, from where `http.client` does not wrap it.
    """
    bounded = BoundedSocket(connected, deadline, request.limit + _OVERHEAD)
    client = http.client.HTTPConnection(request.url.host, request.url.port)
    client.auto_open = 0  # it never connects by itself
    client.sock = cast("socket.socket", bounded)
    client.request(request.method, request.url.target, request.body, headers)
    with client.getresponse() as response:
        if response.status < 200:  # an interim answer: nothing was asked for that has one
            raise http.client.HTTPException(f"status {response.status}")
        start = response.read(request.limit + 1)
        if response.length and len(start) <= request.limit:
            raise http.client.IncompleteRead(start, response.length)
    values = {name: ", ".join(response.headers.get_all(name, ())).split() for name in ANSWER_HEADERS}
    return Answer(
        status=response.status,
        headers=MappingProxyType({name: " ".join(words) for name, words in values.items() if words}),
        body=start[: request.limit],
        complete=len(start) <= request.limit,
    )


# --- failures ---------------------------------------------------------------------------------------------

# The first that fits: most are kinds of others further down.
_FAILURES: tuple[tuple[type[Exception], str, str], ...] = (
    (ssl.SSLCertVerificationError, "certificate_invalid", "has no valid certificate for this name"),
    (ssl.SSLError, "tls_failed", "does not speak TLS as it is required"),
    (TimeoutError, "timeout", "took too long"),
    (socket.gaierror, "name_not_resolved", "has no address"),
    (OSError, "connection_failed", "cannot be reached, or closed the connection"),
    (http.client.HTTPException, "answer_malformed", "gave no answer that is sound HTTP"),
    (ValueError, "answer_malformed", "gave no answer that is sound HTTP"),
)


@contextmanager
def _failures(host: str) -> Iterator[None]:
    """Raise `Failed` for what goes wrong with a host."""
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as fault:
        reason, words = next((reason, words) for kind, reason, words in _FAILURES if isinstance(fault, kind))
        detail = f": {fault.verify_message}" if isinstance(fault, ssl.SSLCertVerificationError) else ""
        raise Failed(reason, f"{host} {words}{detail}") from fault
