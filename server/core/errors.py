"""What can go wrong in the product's own words.

Slices raise these where the fault is known; `server.core.error_answers` turns them into answers, and the
command line into one sentence. Neither knows which slice raised them.
"""

from collections.abc import Mapping


class DomainError(Exception):
    """A fault that has a name. `reason` is a stable snake_case word that programs may rely on."""

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
    """The input could not even be read."""

    status = 400
    reason = "malformed"


class Unauthenticated(DomainError):
    """Nobody, or nobody known, is asking."""

    status = 401
    reason = "authentication_required"


class Forbidden(DomainError):
    """Somebody known is asking for something that is not theirs."""

    status = 403
    reason = "forbidden"


class NotFound(DomainError):
    """There is no such thing."""

    status = 404
    reason = "not_found"


class Conflict(DomainError):
    """The request contradicts what is stored."""

    status = 409
    reason = "conflict"


class PreconditionFailed(DomainError):
    """What the request was based on has changed meanwhile."""

    status = 412
    reason = "changed_meanwhile"


class TooLarge(DomainError):
    """The body is larger than the endpoint reads."""

    status = 413
    reason = "too_large"


class Invalid(DomainError):
    """The input was read, and `errors` names the fields that are wrong."""

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
    """Nothing was stored, and it is not the caller's fault; try again after `retry_after` seconds."""

    status = 503
    reason = "unavailable"

    def __init__(self, message: str, *, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


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
