"""A browser that solves the challenge of a form, as `static/notices/requests.js` does."""

import base64
import hashlib
import html
import json
import re


def solution(challenge: str, **changes: object) -> str:
    """The answer to a challenge, with some of its fields changed."""
    asked = json.loads(challenge)
    numbers = range(asked["maxNumber"] + 1)
    salt = asked["salt"]
    number = next(n for n in numbers if _digest(salt, n) == asked["challenge"])
    fields = {name: asked[name] for name in ("algorithm", "challenge", "salt", "signature")}
    return encoded({**fields, "number": number, **changes})


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def challenge_of(page: str) -> str:
    """The challenge in the form of a page."""
    found = re.search(r'data-challenge="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


def _digest(salt: str, number: int) -> str:
    return hashlib.sha256(f"{salt}{number}".encode()).hexdigest()
