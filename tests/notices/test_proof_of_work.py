"""Work before a form is sent: only the solution of a challenge that was made here, for this site, in time."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.notices import proof_of_work
from tests.notices.solving import encoded, solution

KEY, NOW = b"k" * 32, datetime(2026, 11, 29, 12, tzinfo=UTC)
CHALLENGE = proof_of_work.challenge("butikk", key=KEY, now=NOW)
SOLUTION = solution(CHALLENGE)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def test_a_solution_is_accepted_until_the_challenge_expires() -> None:
    for later in (timedelta(0), proof_of_work.LASTS):
        found = proof_of_work.solved(SOLUTION, "butikk", key=KEY, now=NOW + later)
        assert found.challenge == json.loads(CHALLENGE)["challenge"]
        assert found.expires_at == NOW + proof_of_work.LASTS


@pytest.mark.parametrize(
    ("answer", "site", "key", "now"),
    [
        (SOLUTION, "butikk", KEY, NOW + proof_of_work.LASTS + timedelta(seconds=1)),
        (SOLUTION, "hytta", KEY, NOW),
        (SOLUTION, "butikk", b"l" * 32, NOW),
        (solution(CHALLENGE, number=-1), "butikk", KEY, NOW),
        (solution(CHALLENGE, number=True), "butikk", KEY, NOW),
        (solution(CHALLENGE, number="1"), "butikk", KEY, NOW),
        (solution(CHALLENGE, algorithm="SHA-1"), "butikk", KEY, NOW),
        (solution(CHALLENGE, signature="0" * 64), "butikk", KEY, NOW),
        (solution(CHALLENGE, salt="a?expires=9999999999&site=butikk&"), "butikk", KEY, NOW),
        (solution(CHALLENGE, salt=json.loads(CHALLENGE)["salt"] + "site=hytta&"), "hytta", KEY, NOW),
        (solution(CHALLENGE, salt="\ud800"), "butikk", KEY, NOW),
        (encoded([1]), "butikk", KEY, NOW),
        (encoded({"algorithm": "SHA-256"}), "butikk", KEY, NOW),
        ("", "butikk", KEY, NOW),
        ("!", "butikk", KEY, NOW),
        ("å" * 8, "butikk", KEY, NOW),
        ("A" * 5000, "butikk", KEY, NOW),
    ],
)
def test_every_other_answer_is_refused(answer: str, site: str, key: bytes, now: datetime) -> None:
    with pytest.raises(proof_of_work.NotSolved):
        proof_of_work.solved(answer, site, key=key, now=now)


@given(
    st.dictionaries(st.sampled_from(["algorithm", "challenge", "number", "salt", "signature"]), JSON) | JSON
)
def test_any_json_can_be_sent(value: object) -> None:
    for sent in (value, {**value, "algorithm": "SHA-256"} if isinstance(value, dict) else value):
        with pytest.raises(proof_of_work.NotSolved):
            proof_of_work.solved(encoded(sent), "butikk", key=KEY, now=NOW)
