"""How many requests a token may send, and what its answers tell of that."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import RateLimitItemPerHour

from server.accounts.service import token_rotation, tokens
from server.core import clock, programs
from server.core.db import transaction


@pytest.fixture
def bearer(app: Flask) -> Callable[..., dict[str, str]]:
    def make(*scopes: str) -> dict[str, str]:
        with transaction():
            _, secret = tokens.create_token(
                name="x", scopes=scopes, site_ids=None, by="command line", now=clock.now()
            )
        return {"Authorization": f"Bearer {secret}"}

    return make


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch, stopped_clock: None) -> None:
    monkeypatch.setattr(programs, "PER_TOKEN", RateLimitItemPerHour(2, 1, "token"))


def test_every_answer_tells_what_is_left(
    client: FlaskClient, bearer: Callable[..., dict[str, str]], stopped_clock: None
) -> None:
    header = bearer("sites:read")
    first = client.get("/api/v1/sites", headers=header)
    assert first.headers["RateLimit-Policy"] == '"token";q=36000;w=3600'
    assert first.headers["RateLimit"] == '"token";r=35999;t=3600'
    # Refusals count, too: of a scope that it lacks, of a site that is not there.
    for path, status in (("/api/v1/sites/none/analytics", 403), ("/api/v1/sites/none", 404)):
        answer = client.get(path, headers=header)
        assert answer.status_code == status
        assert "RateLimit" in answer.headers
    left = [re.search(r"r=(\d+)", one.headers["RateLimit"]) for one in (answer,)]
    assert [one[1] for one in left if one] == ["35997"]


def test_too_many_are_refused_with_the_time_to_wait_and_another_token_is_not(
    client: FlaskClient, bearer: Callable[..., dict[str, str]], two: None
) -> None:
    header, other = bearer("sites:read"), bearer("sites:read")
    assert [client.get("/api/v1/sites", headers=header).status_code for _ in range(3)] == [200, 200, 429]
    refused = client.get("/api/v1/sites", headers=header)
    assert (refused.json or {})["reason"] == "rate_limited"
    assert refused.headers["Retry-After"] == "3600"
    assert refused.headers["RateLimit"] == '"token";r=0;t=3600'
    assert client.get("/api/v1/sites", headers=other).status_code == 200


def test_strangers_and_visitors_are_told_nothing(client: FlaskClient) -> None:
    for header in ({}, {"Authorization": "Bearer smt_" + "x" * 43}):
        answer = client.get("/api/v1/sites", headers=header)
        assert answer.status_code == 401
        assert "RateLimit" not in answer.headers
    assert "RateLimit" not in client.get("/healthz").headers


def test_a_secret_that_is_replaced_spends_of_the_same_limit(
    client: FlaskClient, bearer: Callable[..., dict[str, str]], two: None
) -> None:
    old = bearer("sites:read")
    known = tokens.identify(old["Authorization"], now=clock.now())
    with transaction():
        _, secret = token_rotation.rotate(
            known.token_id, overlap=timedelta(hours=24), by=None, now=clock.now()
        )
    new = {"Authorization": f"Bearer {secret}"}
    assert [client.get("/api/v1/sites", headers=one).status_code for one in (old, new, old)] == [
        200,
        200,
        429,
    ]


def test_use_is_stored_after_the_answer_and_not_with_each(
    client: FlaskClient,
    bearer: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    stopped_clock: None,
) -> None:
    header = bearer("sites:read")
    known = tokens.identify(header["Authorization"], now=clock.now())
    noted: list[str] = []
    really = tokens.note_use

    def note(token_id: str, **options: object) -> bool:
        noted.append(token_id)
        return really(token_id, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(tokens, "note_use", note)
    for _ in range(3):
        client.get("/api/v1/sites", headers=header)
    assert noted == [known.token_id]
    assert tokens.token(known.token_id).life.used_at == clock.now()
