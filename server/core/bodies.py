"""Bodies of requests, read up to a limit."""

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Request

from server.core.errors import Malformed, TooLarge

MAX_BODY = 1024 * 1024
"""Most bytes of a request body; endpoints for visitors have smaller limits."""

FORM_TYPE = "application/x-www-form-urlencoded"

MOST_FIELDS = 10_000
"""Most fields of a form that comes without a login."""


def read_body(request: Request, limit: int = MAX_BODY) -> bytes:
    """The body of a request.

    :raises TooLarge: it has more than `limit` bytes.
    :raises Malformed: it is truncated, or not encoded as HTTP demands.
    """
    if (request.content_length or 0) > limit:
        raise TooLarge(f"the body has more than {limit} bytes")
    # Werkzeug truncates a chunked body, which has no length, silently: one more byte reveals it.
    request.max_content_length = limit + 1
    try:
        body = request.get_data(cache=True)
    except RequestEntityTooLarge as fault:
        raise TooLarge(f"the body has more than {limit} bytes") from fault
    except HTTPException as fault:
        raise Malformed("the body breaks off") from fault
    except Exception as fault:  # every WSGI server has its own exception for malformed encodings
        raise Malformed("the body is not packed as HTTP demands") from fault
    if len(body) > limit:
        raise TooLarge(f"the body has more than {limit} bytes")
    return body


def read_form(request: Request, limit: int, most_fields: int = MOST_FIELDS) -> MultiDict[str, str]:
    """The fields of a form without files; none if the body is something else.

    Reading a field takes as long as reading a hundred bytes of text, so they are counted before.

    :raises TooLarge: it has more than `limit` bytes, or more than `most_fields` fields.
    :raises Malformed: it breaks off.
    """
    body = read_body(request, limit)
    if request.mimetype != FORM_TYPE:
        return MultiDict()
    if body.count(b"&") >= most_fields:
        raise TooLarge(f"the form has more than {most_fields} fields")
    return request.form
