"""The log's key is made once, is readable by nobody else, and can be changed for another."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from server.core.errors import Invalid
from server.ledger.service.signing import FILE, rotate, signer


def test_the_key_is_made_at_the_first_start_and_stored(tmp_path: Path) -> None:
    made = signer(tmp_path, "a.example")
    assert signer(tmp_path, "a.example").public == made.public
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_of_many_that_start_at_once_one_makes_the_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: signer(tmp_path, "a.example").public, range(32)))
    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_rotated_key_is_another_one(tmp_path: Path) -> None:
    old = signer(tmp_path, "a.example").public
    new = rotate(tmp_path, "a.example").public
    assert new != old
    assert signer(tmp_path, "a.example").public == new
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a key",
        generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ],
)
def test_a_damaged_key_is_not_replaced_silently(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(Invalid, match="the log's key"):
        signer(tmp_path, "a.example")
    assert (tmp_path / FILE).read_bytes() == content
