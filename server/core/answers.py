"""An HTTP answer as a value, for handlers that no framework calls. Pure."""

from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answer:
    """An HTTP response; `Content-Length` is added to it."""

    status: int
    headers: Headers
    body: bytes = b""
