"""Notes and checkpoints are C2SP's: others' signatures are passed over, and nothing changed is believed."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from server.ledger import note
from server.ledger.note import BadNote, Checkpoint, Key

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "consent.example.no/log/2026h2"
KEY = Key(ORIGIN, PRIVATE.public_key().public_bytes_raw())
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
CHECKPOINT = Checkpoint(ORIGIN, 70_000, bytes(range(32)))
NOTE = note.sign(CHECKPOINT.text, ORIGIN, PRIVATE)

# From the Go project's golang.org/x/mod/sumdb/note, which the specification was written from.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_and_a_key_of_another_implementation_are_read() -> None:
    key = note.key_of(GO_KEY)
    text, signers = note.opened(GO_NOTE, [key])
    assert text == GO_NOTE.partition("\n\n")[0] + "\n"
    assert (signers, key.vkey) == ([key], GO_KEY)


def test_a_checkpoint_is_written_as_the_specification_says() -> None:
    assert CHECKPOINT.text == f"{ORIGIN}\n70000\n{base64.b64encode(bytes(range(32))).decode()}\n"
    assert NOTE.startswith(f"{CHECKPOINT.text}\n— {ORIGIN} ")
    assert note.trusted_checkpoint(NOTE, [KEY]) == CHECKPOINT


def test_a_key_says_itself_in_one_line() -> None:
    name, key_id, encoded = KEY.vkey.split("+", 2)
    assert (name, key_id) == (ORIGIN, KEY.id.hex())
    assert base64.b64decode(encoded) == b"\x01" + KEY.public
    assert note.key_of(KEY.vkey) == KEY


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+00000000+AA==",
        KEY.vkey.replace(KEY.id.hex(), "00000000"),
        KEY.vkey.replace(ORIGIN, "consent.example.no/log/2026h1"),
        KEY.vkey.replace("+A", "+B", 1),
        KEY.vkey[:-1],
        KEY.vkey + "A",
        "with space" + KEY.vkey[KEY.vkey.index("+") :],
        GO_KEY.replace("c74f20a3", "C74F20A3"),
    ],
)
def test_what_is_no_key_is_refused(vkey: str) -> None:
    with pytest.raises(BadNote):
        note.key_of(vkey)


def test_signatures_of_others_are_passed_over() -> None:
    witness = note.sign(CHECKPOINT.text, "witness.example", OTHER).rpartition("\n\n")[2]
    same_name = note.sign(CHECKPOINT.text, ORIGIN, OTHER).rpartition("\n\n")[2]
    unknown_kind = f"— other.example {base64.b64encode(bytes(2500)).decode()}\n"
    for line in (witness, same_name, unknown_kind):
        assert note.trusted_checkpoint(NOTE + line, [KEY]) == CHECKPOINT
        text, _, own = NOTE.rpartition("\n\n")
        assert note.trusted_checkpoint(f"{text}\n\n{line}{own}", [KEY]) == CHECKPOINT


def test_a_note_without_a_trusted_signature_is_refused() -> None:
    stranger = Key(ORIGIN, OTHER.public_key().public_bytes_raw())
    with pytest.raises(BadNote, match="not signed by any key"):
        note.opened(NOTE, [stranger])
    with pytest.raises(BadNote, match="not signed by any key"):
        note.opened(NOTE, [])


def test_a_witness_cannot_stand_in_for_the_log() -> None:
    witness = Key("witness.example", OTHER.public_key().public_bytes_raw())
    signed = note.sign(CHECKPOINT.text, witness.name, OTHER)
    with pytest.raises(BadNote, match="has not signed it"):
        note.trusted_checkpoint(signed, [witness, KEY])


def test_a_signature_that_is_wrong_spoils_the_note_beside_a_right_one() -> None:
    text, _, line = NOTE.rpartition("\n\n")
    value = bytearray(base64.b64decode(line.split(" ")[2]))
    value[-1] ^= 1
    forged = f"— {ORIGIN} {base64.b64encode(bytes(value)).decode()}\n"
    with pytest.raises(BadNote, match="changed after"):
        note.opened(f"{text}\n\n{forged}{line}", [KEY])


@given(st.integers(0, len(NOTE.encode()) * 8 - 1))
def test_one_bit_makes_a_checkpoint_worthless(bit: int) -> None:
    changed = bytearray(NOTE.encode())
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises((BadNote, UnicodeDecodeError)):
        note.trusted_checkpoint(bytes(changed).decode(), [KEY])


def test_every_bit_of_a_checkpoint_counts() -> None:
    for bit in range(len(NOTE.encode()) * 8):
        test_one_bit_makes_a_checkpoint_worthless.hypothesis.inner_test(bit)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n7\n",
        f"{ORIGIN}\n07\n{'A' * 43}=\n",
        f"{ORIGIN}\n-7\n{'A' * 43}=\n",
        f"{ORIGIN}\n7\nAAAA\n",
        f"{ORIGIN}\n7\n{'A' * 43}\n",
        f"{ORIGIN}\n7\n{'A' * 42}B=\n",
        f"\n7\n{'A' * 43}=\n",
        f"{ORIGIN}\n7\n{'A' * 43}=\n\n",
        f"{ORIGIN}\n٧\n{'A' * 43}=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        note.checkpoint_of(text)


def test_lines_that_extend_a_checkpoint_are_signed_and_mean_nothing() -> None:
    signed = note.sign(f"{CHECKPOINT.text}extension 5\n", ORIGIN, PRIVATE)
    assert note.trusted_checkpoint(signed, [KEY]) == CHECKPOINT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— name\n",
        "text\n\n— name \n",
        "text\n\n- name AAAAAAA=\n",
        "text\n\n— name AAAA\n",
        "text\n\n— na+me AAAAAAA=\n",
        f"te\x00xt\n\n{NOTE.rpartition(chr(10) * 2)[2]}",
        f"te\rxt\n\n{NOTE.rpartition(chr(10) * 2)[2]}",
        NOTE.removesuffix("\n"),
        NOTE + "text\n",
        NOTE + "\n",
        "x" * 70_000 + NOTE,
        NOTE + f"— name {base64.b64encode(bytes(5)).decode()}\n" * 101,
    ],
)
def test_what_is_no_signed_note_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        note.opened(text, [KEY])


@pytest.mark.parametrize(
    ("text", "name"), [("no line end", "n"), ("t\x07\n", "n"), ("t\n", "a b"), ("t\n", ""), ("\ud800\n", "n")]
)
def test_what_cannot_stand_in_a_note_is_not_signed(text: str, name: str) -> None:
    with pytest.raises(BadNote):
        note.sign(text, name, PRIVATE)
