"""Receipts that prove nothing, and why: one list for the command and the page that check them.

The genuine receipt that they are made of is in the log of `tests.ledger.keys.SIGNER`.
"""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from server.consents.receipts import write
from server.consents.record import commitment
from server.core.canonical import canonical
from server.ledger import note, tree
from server.ledger.note import Key
from server.ledger.service.signing import Signer
from server.ledger.values import KIND_DECISION, KIND_ERASURE, Proof, entry_bytes
from tests.ledger.keys import NEXT, SIGNER

LOG = f"{SIGNER.host}/log/2026h2"
KEYS = [SIGNER.key(LOG)]
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Order of the group of Ed25519."""

RECORD: dict[str, Any] = {
    "v": 1,
    "site": "butikk",
    "cid": "0" * 26,
    "idem": "A" * 22,
    "version": 3,
    "cfg": "sha256:" + "a" * 64,
    "lang": "nb",
    "action": "save",
    "surface": "banner",
    "choices": {"functional": True, "statistics": False},
    "services": {},
    "signals": {"gpc": False},
    "decided_at": "2026-11-22T12:00:00.000Z",
    "recorded_at": "2026-11-22T12:00:00.000Z",
    "expires_at": "2027-11-22T12:00:00.000Z",
}
SALT = bytes(range(32))
ENTRY = entry_bytes(KIND_DECISION, commitment(SALT, canonical(RECORD)))


def proof(
    index: int = 5, size: int = 11, *, entry: bytes = ENTRY, signer: Signer = SIGNER, origin: str = LOG
) -> Proof:
    """The proof of an entry in a log of this size, whose other entries are of no interest."""
    leaves = [tree.leaf_hash(bytes([number])) for number in range(size)]
    leaves[index] = tree.leaf_hash(entry)
    path: list[bytes] = []
    span, at = leaves, index
    while len(span) > 1:
        half = 1 << (len(span) - 1).bit_length() - 1
        near, far = (span[:half], span[half:]) if at < half else (span[half:], span[:half])
        path.insert(0, tree.root_of(far))
        at, span = (at if at < half else at - half), near
    signed = signer.sign(note.Checkpoint(origin, size, tree.root_of(leaves)))
    return Proof("2026h2", origin, index, size, entry, tuple(path), signed)


GENUINE = write(RECORD, SALT, proof()).encode()


@dataclass(frozen=True)
class Forgery:
    """A file that must be refused."""

    name: str
    file: bytes
    named: str
    """What the command's sentence holds."""
    fault: str
    """Why the page refuses it: a key of its words."""


def forgeries() -> list[Forgery]:
    """Every file that must be refused with the keys `KEYS`."""
    return [*_no_receipts(), *_changed_receipts(), *_changed_proofs(), *_other_signatures()]


def _no_receipts() -> Iterator[Forgery]:
    duplicate = GENUINE.replace(b'"version":3', b'"version":3,"version":4')
    for name, file, fault in (
        ("an empty file", b"", "empty"),
        ("null", b"null", "other_file"),
        ("a list", b"[]", "other_file"),
        ("an object without anything", b"{}", "other_file"),
        ("what is not UTF-8", b"\xff", "not_text"),
        ("a byte order mark in front", b"\xef\xbb\xbf" + GENUINE, "not_json"),
        ("a picture", b"\x89PNG\r\n\x1a\n\x00", "not_text"),
        ("a web page", b"<!doctype html><title>404</title>", "not_json"),
        ("very deep nesting", b"[" * 100_000, "too_deep"),
        ("NaN", b"NaN", "not_json"),
        ("a key twice", b'{"a":1,"a":2}', "duplicate_key"),
        ("a key of the record twice", duplicate, "duplicate_key"),
        ("too much", b" " * 300_000, "too_large"),
        ("a receipt that is followed by too much", GENUINE + b" " * 300_000, "too_large"),
        ("a receipt that is followed by something", GENUINE + b"{}", "not_json"),
        ("a comma too many", GENUINE.replace(b"false}", b"false,}", 1), "not_json"),
        ("a line feed in a text", GENUINE.replace(b'"nb"', b'"n\nb"'), "not_json"),
        ("single quotes", GENUINE.replace(b'"nb"', b"'nb'"), "not_json"),
        ("the first half", GENUINE[: len(GENUINE) // 2], "truncated"),
        ("all but the last sign", GENUINE.rstrip()[:-1], "truncated"),
        ("another product's file", b'{"version":"2","consents":[{"purpose":"ads"}]}', "other_file"),
        ("the list of everything", b'{"site":"butikk","records":[],"before":null}', "all_records"),
        ("ISO 27560", b'{"@context":{},"@type":"dpv:ConsentReceipt"}', "iso27560"),
        ("Kantara", b'{"version":"KI-CR-v1.1.0","jurisdiction":"EEA"}', "kantara"),
    ):
        yield Forgery(name, file, "no receipt", fault)


def _changed_receipts() -> Iterator[Forgery]:
    changes: list[tuple[str, Callable[[dict[str, Any]], object], str, str]] = [
        ("another form", lambda v: v.update(format="samtykke/receipt/v2"), "of the form", "other_format"),
        ("a form that is no text", lambda v: v.update(format=1), "of the form", "other_format"),
        ("a part too many", lambda v: v.update(more=1), "exactly", "parts"),
        ("a part named like an object's own", lambda v: v.update(__proto__=1), "exactly", "parts"),
        ("a part missing", lambda v: v.pop("salt"), "exactly", "parts"),
        ("a short salt", lambda v: v.update(salt="00"), "salt", "bytes"),
        ("a salt in capitals", lambda v: v.update(salt=v["salt"].upper()), "salt", "bytes"),
        ("a salt that is no text", lambda v: v.update(salt=7), "salt", "bytes"),
        ("no entry", lambda v: v.update(entry=None), "entry", "bytes"),
        ("an entry that is too long", lambda v: v.update(entry=v["entry"] + "00"), "entry", "bytes"),
        ("a record that is a list", lambda v: v.update(record=[]), "form 1", "record_form"),
        ("a field too many", lambda v: v["record"].update(more=1), "form 1", "record_form"),
        ("a field missing", lambda v: v["record"].pop("lang"), "form 1", "record_form"),
        ("a truth for a number", lambda v: v["record"].update(v=True), "form 1", "record_form"),
        ("another number of the form", lambda v: v["record"].update(v=2), "form 1", "record_form"),
        ("a fraction", lambda v: v["record"].update(version=1.5), "no receipt", "fraction"),
        ("an exponent", lambda v: v["record"].update(version=1e30), "no receipt", "fraction"),
        ("a text for a number", lambda v: v["record"].update(version="3"), "form 1", "record_form"),
        ("half of a surrogate pair", lambda v: v["record"].update(lang="\ud800"), "form 1", "record_form"),
        ("a key beyond ASCII", lambda v: v["record"]["choices"].update({"å": True}), "form 1", "record_form"),
        ("another answer", lambda v: v["record"]["choices"].update(statistics=True), "entry", "changed"),
        ("one answer more", lambda v: v["record"]["choices"].update(zz=True), "entry", "changed"),
        ("a number of another size", lambda v: v["record"].update(version=3 + 2**70), "entry", "changed"),
        ("another time", lambda v: v["record"].update(decided_at="2026-11-22T12:00:00Z"), "entry", "changed"),
        ("another salt", lambda v: v.update(salt="00" * 32), "entry", "changed"),
        ("another entry", lambda v: v.update(entry="00" * 51), "entry", "changed"),
        (
            "an entry of another kind",
            lambda v: v.update(entry=entry_bytes(KIND_ERASURE, ENTRY[-32:]).hex()),
            "entry",
            "changed",
        ),
    ]
    for name, change, named, fault in changes:
        value = json.loads(GENUINE)
        change(value)
        yield Forgery(name, json.dumps(value).encode(), named, fault)


def _changed_proofs() -> Iterator[Forgery]:
    text: str = json.loads(GENUINE)["proof"]
    above, signed = text.split("\n\n", 1)
    lines, below = above.split("\n"), signed.split("\n")
    note_line = below[4]
    form, place, checkpoint, after = "tlog-proof", "place", "checkpoint", "changed_after"
    for name, changed, named, fault in (
        ("a proof that is no text", [], "not a text", "proof_form"),
        ("an empty proof", "", form, "proof_form"),
        ("an index with a zero in front", text.replace("index 5", "index 05"), form, "proof_form"),
        ("an index below zero", text.replace("index 5", "index -5"), form, "proof_form"),
        ("a line that is not known", text.replace("index", "extra AA==\nindex"), form, "proof_form"),
        ("another form of proof", text.replace("@v1", "@v2"), form, "proof_form"),
        ("lines that end as on Windows", text.replace("\n", "\r\n"), form, "proof_form"),
        ("a step that is no hash", text.replace(lines[2], "AA=="), "path", "proof_form"),
        ("a step that is not sound", text.replace(lines[2], "?" * 44), "path", "proof_form"),
        ("a step with unused bits", text.replace(lines[2], _unused_bits(lines[2])), "path", "proof_form"),
        ("another index", text.replace("index 5", "index 4"), place, "not_included"),
        ("an index beyond the log", text.replace("index 5", "index 11"), place, "not_included"),
        ("the largest index", text.replace("index 5", f"index {10**19 - 1}"), place, "not_included"),
        ("a step missing", text.replace(lines[2] + "\n", ""), place, "not_included"),
        ("a step too many", text.replace(lines[-1], lines[-1] + "\n" + lines[-1]), place, "not_included"),
        ("two steps exchanged", _exchanged(text, lines[2], lines[3]), place, "not_included"),
        ("a step that was changed", text.replace(lines[2], _flipped(lines[2])), place, "not_included"),
        ("another size", text.replace("\n11\n", "\n12\n"), checkpoint, after),
        ("another root", text.replace(below[2], _flipped(below[2])), checkpoint, after),
        (
            "a signature that was changed",
            text.replace(note_line, _resigned(note_line)),
            checkpoint,
            "changed_after",
        ),
        (
            "a signature that is malleated",
            text.replace(note_line, _malleated(note_line)),
            checkpoint,
            "changed_after",
        ),
        ("a signature that was cut", text.replace(note_line, _cut(note_line)), checkpoint, after),
        ("a line below that was not signed", text + "more\n", "checkpoint", "note_form"),
        ("no signature", text.replace(note_line + "\n", ""), "checkpoint", "note_form"),
        ("no last line feed", text.rstrip("\n"), "checkpoint", "note_form"),
        ("a hyphen for a dash", text.replace("\N{EM DASH}", "-"), "checkpoint", "note_form"),
    ):
        yield Forgery(name, _with(proof=changed), named, fault)


def _other_signatures() -> Iterator[Forgery]:
    yield _signed("another key", proof(signer=NEXT), "not signed by any key", "unknown_key")
    yield _signed(
        "the key of another log",
        proof(origin=LOG.replace("h2", "h1")),
        "not signed by any key",
        "unknown_key",
    )
    private, bad = SIGNER.private, "is not a checkpoint"
    for name, text, named, fault in (
        ("a log that has not signed", f"elsewhere/log\n11\n{'A' * 43}=\n", "has not signed it", "other_log"),
        (
            "a text that is no checkpoint",
            f"{LOG}\n011\n{'A' * 43}=\n",
            "is not a checkpoint",
            "checkpoint_form",
        ),
        ("a root that is too short", f"{LOG}\n11\nAAAA\n", bad, "checkpoint_form"),
        ("a root that is missing", f"{LOG}\n11\n", bad, "checkpoint_form"),
    ):
        above = json.loads(GENUINE)["proof"].split("\n\n", 1)[0]
        yield Forgery(name, _with(proof=f"{above}\n\n{note.sign(text, LOG, private)}"), named, fault)
    other = RECORD | {"action": "accept_all"}
    lonely = entry_bytes(KIND_DECISION, commitment(SALT, canonical(other)))
    genuine = json.loads(GENUINE)["proof"]
    yield Forgery(
        "another answer with a commitment of its own",
        _with(record=other, entry=lonely.hex(), proof=genuine),
        "does not have this entry",
        "not_included",
    )


def _signed(name: str, made: Proof, named: str, fault: str) -> Forgery:
    return Forgery(name, write(RECORD, SALT, made).encode(), named, fault)


def _with(**changes: object) -> bytes:
    return json.dumps({**json.loads(GENUINE), **changes}).encode()


def _flipped(encoded: str) -> str:
    raw = bytearray(base64.b64decode(encoded))
    raw[7] ^= 1
    return base64.b64encode(raw).decode()


def _unused_bits(encoded: str) -> str:
    """The same bytes, written with a bit that counts for nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return encoded[:-2] + alphabet[alphabet.index(encoded[-2]) | 1] + "="


def _exchanged(text: str, one: str, other: str) -> str:
    return text.replace(one, "\0").replace(other, one).replace("\0", other)


def _resigned(line: str) -> str:
    name, encoded = line.rsplit(" ", 1)
    raw = bytearray(base64.b64decode(encoded))
    raw[20] ^= 1
    return f"{name} {base64.b64encode(raw).decode()}"


def _malleated(line: str) -> str:
    """The same signature with the order of the group added to its scalar, which careless checks accept."""
    name, encoded = line.rsplit(" ", 1)
    raw = base64.b64decode(encoded)
    scalar = int.from_bytes(raw[-32:], "little") + ORDER
    return f"{name} {base64.b64encode(raw[:-32] + scalar.to_bytes(32, 'little')).decode()}"


def _cut(line: str) -> str:
    name, encoded = line.rsplit(" ", 1)
    return f"{name} {base64.b64encode(base64.b64decode(encoded)[:-1]).decode()}"


def _keys() -> Iterator[tuple[str, list[Key]]]:
    yield "no key", []
    yield "another key", [NEXT.key(LOG)]
    yield "the key under another name", [SIGNER.key(LOG + "x")]


OTHER_KEYS = dict(_keys())
"""Keys with which not even the genuine receipt proves anything."""
