"""Every script that is served is in the consent log, under a commitment that anybody can make again."""

import hashlib
import json

from flask import Flask
from flask.testing import FlaskClient

from server.core import clock
from server.core.db import transaction
from server.embed import service as embed
from server.ledger.service import reading, sequencing
from server.ledger.values import KIND_RELEASE, Entry, release_commitment
from tests.embed.conftest import Publish


def releases() -> list[Entry]:
    with transaction():
        sequencing.sequence(now=clock.now())
    return [
        entry
        for log in reading.logs()
        for entry in reading.entries(log, 0, 100)
        if entry.kind == KIND_RELEASE
    ]


def test_each_script_that_is_served_is_logged_once(app: Flask, client: FlaskClient, publish: Publish) -> None:
    served = []
    for _ in range(2):
        publish()
        for _ in range(3):
            embed.forget()
            served.append(hashlib.sha256(client.get("/w/shop.js").data).hexdigest())
    first, second = dict.fromkeys(served)
    logged = releases()
    assert [entry.commitment for entry in logged] == [
        release_commitment("shop", 1, first),
        release_commitment("shop", 2, second),
    ]
    assert [entry.subject for entry in logged] == [first[:26], second[:26]]


def test_anybody_can_make_the_commitment_again() -> None:
    fact = json.dumps({"script": "sha256:" + "a" * 64, "site": "shop", "version": 3}, separators=(",", ":"))
    expected = hashlib.sha256(b"samtykke/release/v1\n" + fact.encode()).digest()
    assert release_commitment("shop", 3, "a" * 64) == expected
