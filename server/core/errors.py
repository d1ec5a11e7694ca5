"""Domain errors, and the JSON that answers them.

Slices raise them where the fault is known; `server.core.error_answers` turns them into answers, and the
command line into one sentence. Neither knows which slice raised them.
"""

from collections.abc import Mapping
from http import HTTPStatus


class DomainError(Exception):
    """A named fault. `reason` is a stable snake_case word that programs may rely on."""

    status = 500
    reason = "internal_error"

    def __init__(
        self, message: str, *, reason: str | None = None, errors: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or type(self).reason
        self.errors: Mapping[str, object] = errors or {}
        """Field path (dots and list indices) → what is wrong with it."""


class Malformed(DomainError):
    """The input cannot be parsed."""

    status = 400
    reason = "malformed"


class Unauthenticated(DomainError):
    """The request is not authenticated."""

    status = 401
    reason = "authentication_required"


class Forbidden(DomainError):
    """The request is authenticated but not authorised."""

    status = 403
    reason = "forbidden"


class NotFound(DomainError):
    """The object does not exist."""

    status = 404
    reason = "not_found"


class Conflict(DomainError):
    """The request contradicts what is stored."""

    status = 409
    reason = "conflict"


class Gone(DomainError):
    """The object was there, and is closed for good or for now."""

    status = 410
    reason = "gone"


class PreconditionFailed(DomainError):
    """The object was changed since the request's revision."""

    status = 412
    reason = "changed_meanwhile"


class TooLarge(DomainError):
    """The body is larger than allowed."""

    status = 413
    reason = "too_large"


class Invalid(DomainError):
    """The input is invalid; `errors` names the fields."""

    status = 422
    reason = "invalid"


class RateLimited(DomainError):
    """Too many requests; try again after `retry_after` seconds."""

    status = 429
    reason = "rate_limited"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """Nothing was stored, because of a fault on the server; try again after `retry_after` seconds."""

    status = 503
    reason = "unavailable"

    def __init__(self, message: str, *, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def error_body(fault: DomainError) -> dict[str, object]:
    """The JSON body of the answer to a fault."""
    body: dict[str, object] = {
        "code": fault.status,
        "status": HTTPStatus(fault.status).phrase,
        "message": fault.message,
        "reason": fault.reason,
    }
    if fault.errors:
        body["errors"] = dict(fault.errors)
    return body


def flatten(messages: object, path: str = "") -> dict[str, object]:
    """marshmallow's nested messages as field path → sentence, e.g. `categories.2.key`."""
    if isinstance(messages, Mapping):
        flat: dict[str, object] = {}
        for key, value in messages.items():
            inner = path if key == "_schema" else f"{path}.{key}".lstrip(".")
            flat.update(flatten(value, inner))
        return flat
    sentence = " ".join(str(m) for m in messages) if isinstance(messages, list) else str(messages)
    return {path or "body": sentence}
