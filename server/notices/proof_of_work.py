"""Work that a browser does before it sends a form, so that programs do not send thousands. Pure.

The challenges of ALTCHA (https://altcha.org/docs/v2/proof-of-work/): find the number whose digest with a salt
is given. No third party takes part, nobody solves puzzles, and nothing is stored about the visitor.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import parse_qs

from altcha import v1

LARGEST = 100_000
"""The number is at most this: about a third of a second of a laptop, and some seconds of an old phone."""

LASTS = timedelta(hours=2)
"""How long a challenge may be answered: somebody who writes a long message should not lose it."""

LONGEST_ANSWER = 1000
"""Characters of an answer."""


class NotSolved(Exception):
    """An answer that is missing, wrong, expired, or of another site."""


@dataclass(frozen=True)
class Solved:
    """A challenge that was solved."""

    challenge: str
    """Hexadecimal digest that only this challenge has."""
    expires_at: datetime


def challenge(site_key: str, *, key: bytes, now: datetime) -> str:
    """A new challenge as JSON, for the form of a site."""
    made = v1.create_challenge(
        v1.ChallengeOptions(max_number=LARGEST, hmac_key=key, expires=now + LASTS, params={"site": site_key})
    )
    return json.dumps(made.to_dict(), sort_keys=True)


def solved(answer: str, site_key: str, *, key: bytes, now: datetime) -> Solved:
    """The challenge that an answer solves: base64 of JSON, as ALTCHA has it.

    :raises NotSolved: it does not.
    """
    payload = _payload(answer)
    right, _why = v1.verify_solution(payload, key, check_expires=False)
    if not right:
        raise NotSolved("the answer is wrong")
    # The salt is what was signed here, so it has these parameters once.
    parameters = parse_qs(payload["salt"].partition("?")[2])
    expires_at = datetime.fromtimestamp(int(parameters["expires"][0]), UTC)
    if expires_at < now:
        raise NotSolved("the challenge has expired")
    if parameters["site"] != [site_key]:
        raise NotSolved("the challenge is of another site")
    return Solved(payload["challenge"], expires_at)


def _payload(answer: str) -> v1.PayloadType:
    if not answer or len(answer) > LONGEST_ANSWER:
        raise NotSolved("there is no answer")
    try:
        value = json.loads(base64.b64decode(answer, validate=True))
    except (binascii.Error, ValueError, RecursionError) as fault:
        raise NotSolved("the answer cannot be read") from fault
    texts = ("challenge", "salt", "signature")
    if not isinstance(value, dict) or value.get("algorithm") != "SHA-256":
        raise NotSolved("the answer cannot be read")
    found = [value.get(name) for name in texts]
    if (
        not all(isinstance(each, str) and each.isascii() for each in found)
        or type(value.get("number")) is not int
    ):
        raise NotSolved("the answer cannot be read")
    return cast("v1.PayloadType", value)
