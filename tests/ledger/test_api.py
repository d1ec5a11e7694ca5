"""Anybody can read the log over HTTP, as C2SP tlog-tiles says, and check it without us."""

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.core import clock
from server.core.db import transaction
from server.ledger import note, tiles, tree
from server.ledger.note import Checkpoint
from server.ledger.service import outbox, reading, sequencing
from server.ledger.tiles import Tile
from server.ledger.values import KIND_DECISION, end_of, log_of
from tests.ledger import merkle
from tests.ledger.keys import NEXT, SIGNER


@pytest.fixture
def log(app: Flask) -> str:
    """A log of 300 entries, by its name."""
    now = clock.now()
    with transaction():
        for number in range(299):
            outbox.append(KIND_DECISION, "s" * 22, str(number), number.to_bytes(32, "big"), now=now)
        sequencing.sequence(now=now, signer=SIGNER)
    return log_of(now)


def checkpoint(client: FlaskClient, prefix: str = "/log") -> Checkpoint:
    vkeys = client.get(f"{prefix}/key").text.splitlines()
    return note.trusted_checkpoint(
        client.get(f"{prefix}/checkpoint").text, [note.key_of(each) for each in vkeys]
    )


def test_who_has_only_http_can_rebuild_and_check_everything(client: FlaskClient, log: str) -> None:
    head = checkpoint(client)
    assert (head.origin, head.size) == (f"consent.example.no/log/{log}", 300)

    def read(wanted: Sequence[Tile]) -> Mapping[Tile, bytes]:
        return {tile: client.get(f"/log/{tile.path}").data for tile in wanted}

    assert tiles.root(head.size, read) == head.root
    entries: list[bytes] = []
    for place in (Tile(tiles.ENTRIES, 0), Tile(tiles.ENTRIES, 1, 44)):
        bundle = client.get(f"/log/{place.path}").data
        while bundle:
            length = int.from_bytes(bundle[:2], "big")
            entries.append(bundle[2 : 2 + length])
            bundle = bundle[2 + length :]
    assert merkle.mth(entries) == head.root
    assert {len(entry) for entry in entries} == {51}
    path = tiles.inclusion(299, 300, read)
    assert tree.verify_inclusion(
        leaf=tree.leaf_hash(entries[299]), index=299, size=300, path=path, root=head.root
    )


def test_the_newest_log_has_an_address_of_its_own_too(client: FlaskClient, log: str) -> None:
    for path in ("checkpoint", "key", "tile/0/000", "tile/0/001.p/44", "tile/entries/000", "tile/1/000.p/1"):
        short, long = client.get(f"/log/{path}"), client.get(f"/log/{log}/{path}")
        assert (short.status_code, long.status_code) == (200, 200)
        assert short.data == long.data


def test_the_checkpoint_is_never_stored_and_tiles_are_for_good(client: FlaskClient, log: str) -> None:
    signed = client.get("/log/checkpoint")
    assert (signed.content_type, signed.headers["Cache-Control"]) == ("text/plain; charset=utf-8", "no-store")
    tile = client.get(f"/log/{log}/tile/0/000")
    assert tile.content_type == "application/octet-stream"
    assert tile.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for answer in (signed, tile, client.get("/log/key"), client.get("/log/tile/0/999")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_tile_without_the_logs_name_is_cached_until_the_next_log(client: FlaskClient, log: str) -> None:
    found = re.fullmatch(
        "public, max-age=([0-9]+), immutable", client.get("/log/tile/0/000").headers["Cache-Control"]
    )
    assert found is not None
    left = (end_of(log) - clock.now()).total_seconds()
    assert abs(int(found[1]) - left) < 120


@pytest.mark.parametrize("log_name", ["2026h2", "2027h1"])
def test_the_next_log_begins_where_this_one_ends(log_name: str) -> None:
    end = end_of(log_name)
    assert log_of(end) > log_name
    assert log_of(datetime.fromtimestamp(end.timestamp() - 1, end.tzinfo)) == log_name


ABSENT = [
    "tile/0/001", "tile/0/001.p/45", "tile/0/000.p/256", "tile/0/000.p/0", "tile/0/002.p/1", "tile/1/000",
    "tile/1/000.p/2", "tile/2/000.p/1", "tile/0/0", "tile/0/x000/000", "tile/entries/001",
    "tile/entries/001.p/45", "tile/entries/x999/x999/x999/x999/x999/999", "tile/64/000", "tile/",
    "tile/63/x999/x999/x999/x999/x999/999", "1999h1/checkpoint", "2026h3/checkpoint", "x/tile/0/000",
    "1999h1/key", "1999h1/tile/0/000",
]  # fmt: skip


def test_what_the_log_has_not_got_is_not_there(client: FlaskClient, log: str) -> None:
    for path in ABSENT:
        answer = client.get(f"/log/{path}")
        assert answer.status_code == 404, path
        assert answer.get_json()["code"] == 404, path
        assert answer.headers["Cache-Control"] == "no-store", path


def test_every_beginning_of_a_tile_is_served(client: FlaskClient, log: str) -> None:
    whole = client.get("/log/tile/0/000").data
    for width in (1, 43, 44):
        assert len(client.get(f"/log/tile/0/001.p/{width}").data) == 32 * width
        assert len(client.get(f"/log/tile/entries/001.p/{width}").data) == 53 * width
        assert client.get(f"/log/tile/0/000.p/{width}").data == whole[: 32 * width]


def test_before_the_first_signature_there_is_nothing(client: FlaskClient) -> None:
    for path in ("checkpoint", "key", "tile/0/000"):
        assert client.get(f"/log/{path}").status_code == 404


def test_earlier_keys_stay_published_below_the_current_one(client: FlaskClient, log: str) -> None:
    with transaction():
        sequencing.sequence(now=clock.now(), signer=NEXT)
    origin = f"consent.example.no/log/{log}"
    expected = [NEXT.key(origin).vkey, SIGNER.key(origin).vkey]
    assert client.get("/log/key").text.splitlines() == expected
    assert checkpoint(client, f"/log/{log}").size == 301


def test_proofs_are_made_for_who_asks(client: FlaskClient, log: str) -> None:
    found = client.get("/log/proof/inclusion?index=7&size=200")
    hashes = tuple(base64.b64decode(each) for each in found.get_json()["hashes"])
    assert hashes == reading.inclusion(log, 7, 200)
    found = client.get(f"/log/{log}/proof/consistency?from=100&to=300")
    hashes = tuple(base64.b64decode(each) for each in found.get_json()["hashes"])
    assert hashes == reading.consistency(log, 100, 300)


REFUSED = [
    ("inclusion?index=300&size=300", 404),
    ("inclusion?index=0&size=301", 404),
    ("inclusion?index=-1&size=3", 422),
    ("inclusion?index=1", 422),
    ("inclusion?index=1&size=x", 422),
    ("inclusion?index=1&size=99999999999999999999", 422),
    ("consistency?from=3&to=2", 404),
    ("consistency?from=3&to=301", 404),
    ("consistency?from=3", 422),
]


def test_proofs_of_what_never_was_are_refused(client: FlaskClient, log: str) -> None:
    for query, status in REFUSED:
        assert client.get(f"/log/proof/{query}").status_code == status, query


def test_the_log_is_described(client: FlaskClient) -> None:
    paths = client.get("/api/v1/openapi.json").get_json()["paths"]
    assert {"/log/checkpoint", "/log/key", "/log/tile/{tile}", "/log/{name}/checkpoint"} <= set(paths)
