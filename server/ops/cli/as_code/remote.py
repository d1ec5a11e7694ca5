"""Plans and applying files by the API of a server, with a token.

Requests go by `guarded_fetch`, which follows no redirect: a token is sent to the server that was named, and
to no other one.
"""

import ipaddress
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from server.core import guarded_fetch
from server.core.addresses import FetchFault
from server.core.errors import DomainError, Malformed
from server.ops.cli.as_code.backend import How
from server.sites.values import KEY

_OF_A_FILE = frozenset((400, 403, 404, 409, 412, 413, 422))

LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes that are read of an answer: a plan has what is there and what the file has."""

SECONDS = 60.0
"""How long one request may take."""


@dataclass(frozen=True)
class Server:
    """A server, and the token for it."""

    url: str
    token: str = field(repr=False)


class AnswerFault(DomainError):
    """What a server refused, or that it gave no answer."""

    def __init__(
        self, status: int, message: str, *, reason: str = "", errors: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message, reason=reason or None, errors=errors)
        self.answered = status
        """Status of the answer; 0: there is none."""

    @property
    def of_one_file(self) -> bool:
        """Whether the next file may fare better."""
        return self.answered in _OF_A_FILE


def server(url: str, token: str) -> Server:
    """The server at an address.

    :raises Malformed: the address is none of a server, or a token would be sent to it in the clear; or the
        token is none.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise Malformed("the address of the server is not such as https://samtykke.example.no")
    if parts.username is not None:
        raise Malformed("the address of the server has a password in it, which is not sent")
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise Malformed("the address of the server is http, where all can read the token: use https")
    if not token:
        raise Malformed("a token is needed: set SAMTYKKE_TOKEN, or name a file with --token-file")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise Malformed("the token has characters that no token has")
    return Server(url.rstrip("/"), token)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class Remote:
    """The sites of a server that a token counts for."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def keys(self) -> Iterator[str]:
        """As `Backend`."""
        after = ""
        while True:
            keys, following = _page(self._ask("GET", f"?limit=100{after}"))
            yield from keys
            if following is None:
                return
            after = f"&after={quote(following)}"

    def content(self, key: str) -> Mapping[str, Any]:
        """As `Backend`."""
        found: Mapping[str, Any] = self._ask("GET", f"/{quote(key)}/file")
        return found

    def plan(self, key: str, value: Any) -> dict[str, Any]:
        """As `Backend`."""
        found: dict[str, Any] = self._ask("POST", f"/{key}/file/plan", {"file": value})
        return found

    def apply(self, key: str, value: Any, how: How) -> dict[str, Any]:
        """As `Backend`."""
        body = {"file": value, "overwrite": how.overwrite, "publish": how.publish, "note": how.note}
        done: dict[str, Any] = self._ask("POST", f"/{key}/file/apply", body)
        return done

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self._server.url}/api/v1/sites{path}"
        headers = {"Authorization": f"Bearer {self._server.token}", "Accept": "application/json"}
        try:
            if method == "GET":
                answer = guarded_fetch.get(
                    url, headers, timeout=SECONDS, allow_private=True, limit=LARGEST_ANSWER
                )
            else:
                sent = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
                headers["Content-Type"] = "application/json"
                answer = guarded_fetch.post(
                    url, sent, headers, timeout=SECONDS, allow_private=True, limit=LARGEST_ANSWER
                )
        except FetchFault as fault:
            raise AnswerFault(0, f"the server did not answer: {fault}") from fault
        return _read(answer)


def _page(value: Mapping[str, Any]) -> tuple[list[str], str | None]:
    """The keys on a page of the list of sites, which become names of files here; and where the next begins.

    :raises AnswerFault: something in it is no key.
    """
    rows, following = value.get("sites"), value.get("next")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise AnswerFault(200, "the server answered 200, and not as Samtykke answers")
    return [_key(row.get("key")) for row in rows], None if following is None else _key(following)


def _key(value: object) -> str:
    if not isinstance(value, str) or not KEY.fullmatch(value):
        raise AnswerFault(200, "the server named a site whose key is none; no file is written for it")
    return value


def _read(answer: guarded_fetch.Answer) -> Any:
    """The JSON of an answer.

    :raises AnswerFault: it is a refusal, a redirect, or not Samtykke's.
    """
    status = answer.status
    if 300 <= status < 400:
        raise AnswerFault(status, "the server sends elsewhere: name the address that it is at")
    try:
        value = json.loads(answer.body) if answer.complete else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise AnswerFault(status, f"the server answered {status}, and not as Samtykke answers")
    if status < 300:
        return value
    errors = value.get("errors")
    raise AnswerFault(
        status,
        str(value.get("message", f"the server answered {status}")),
        reason=str(value.get("reason", "")),
        errors=errors if isinstance(errors, dict) else {},
    )
