"""JSON as it is sent."""

import json

JSON_TYPE = "application/json"

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def json_body(value: object) -> bytes:
    """The bytes of a JSON body, in UTF-8 and with a line feed at the end."""
    return (_ENCODER.encode(value) + "\n").encode()
