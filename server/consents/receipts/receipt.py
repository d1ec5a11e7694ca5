r"""Receipts: the record and the proof that it is in the consent log, as one file.

```json
{"format": "samtykke/receipt/v1", "record": {…}, "salt": "<hex>", "entry": "<hex>", "proof": "c2sp.org/tlog-proof@v1\nindex …"}
```

`proof` is the text that https://c2sp.org/tlog-proof defines: index, path and signed checkpoint. With the
log's public key, the file can be verified offline. Apart from whitespace and key order, any change is found.
"""  # noqa: E501 - a file's form in one line

import base64
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from server.consents.record import SALT_BYTES, commitment
from server.core.canonical import canonical
from server.ledger.note import BadNote, Key, exact_base64, trusted_checkpoint
from server.ledger.tree import HASH_BYTES, leaf_hash, verify_inclusion
from server.ledger.values import KIND_DECISION, Proof, entry_bytes

FORMAT = "samtykke/receipt/v1"
MAX_RECEIPT = 256 * 1024
"""Most bytes of a receipt."""

_HEAD = "c2sp.org/tlog-proof@v1"
_KEYS = frozenset({"format", "record", "salt", "entry", "proof"})
_RECORD = {
    "v": int,
    "site": str,
    "cid": str,
    "idem": str,
    "version": int,
    "cfg": str,
    "lang": str,
    "action": str,
    "surface": str,
    "choices": dict,
    "services": dict,
    "signals": dict,
    "decided_at": str,
    "recorded_at": str,
    "expires_at": str,
}
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)
_HEX = re.compile(r"(?:[0-9a-f]{2})*", re.ASCII)


class InvalidReceipt(ValueError):
    """A receipt that cannot be verified. The message is a sentence that says why."""


@dataclass(frozen=True)
class Verified:
    """The verified content of a receipt."""

    record: Mapping[str, Any]
    """The decision, as it was recorded."""
    origin: str
    """The log that has it."""
    index: int
    """Its leaf index."""
    size: int
    """Size of the log at the signed checkpoint."""


def write(record: Mapping[str, object], salt: bytes, proof: Proof) -> str:
    """The receipt of a record, with its proof from `ledger.service.reading.prove`."""
    lines = [_HEAD, f"index {proof.index}", *(base64.b64encode(each).decode() for each in proof.path)]
    value = {
        "format": FORMAT,
        "record": dict(record),
        "salt": salt.hex(),
        "entry": proof.entry.hex(),
        "proof": "\n".join(lines) + "\n\n" + proof.checkpoint,
    }
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def verify(receipt: bytes, keys: Collection[Key]) -> Verified:
    """What the receipt proves, if any of these keys has signed its log.

    :raises Refused: it is no receipt, or proves nothing.
    """
    record, salt, entry, proof = _read(receipt)
    if entry_bytes(KIND_DECISION, commitment(salt, _canonical(record))) != entry:
        raise InvalidReceipt(
            "The entry does not commit to this record: one of record, salt and entry was changed."
        )
    index, path, signed = _parts(proof)
    try:
        checkpoint = trusted_checkpoint(signed, keys)
    except BadNote as fault:
        raise InvalidReceipt(f"The checkpoint {fault}.") from fault
    if not verify_inclusion(
        leaf=leaf_hash(entry), index=index, size=checkpoint.size, path=path, root=checkpoint.root
    ):
        raise InvalidReceipt(f"The log {checkpoint.origin} does not have this entry at place {index}.")
    return Verified(record, checkpoint.origin, index, checkpoint.size)


def _read(receipt: bytes) -> tuple[dict[str, Any], bytes, bytes, str]:
    """The parts of a receipt, each of its right form."""
    if len(receipt) > MAX_RECEIPT:
        raise InvalidReceipt(f"The file is no receipt: it has more than {MAX_RECEIPT} bytes.")
    try:
        value = json.loads(
            receipt.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError) as fault:
        raise InvalidReceipt(f"The file is no receipt: {_why(fault)}.") from fault
    if not isinstance(value, dict) or value.keys() != _KEYS:
        raise InvalidReceipt(f"The file is no receipt: it does not have exactly {', '.join(sorted(_KEYS))}.")
    if value["format"] != FORMAT:
        raise InvalidReceipt(f"The receipt is not of the form {FORMAT}.")
    record, proof = value["record"], value["proof"]
    if (
        not isinstance(record, dict)
        or record.keys() != _RECORD.keys()
        or any(type(record[key]) is not kind for key, kind in _RECORD.items())
        or record["v"] != 1
    ):
        raise InvalidReceipt("The record is not of form 1.")
    if not isinstance(proof, str):
        raise InvalidReceipt("The proof is not a text.")
    return record, _bytes("salt", value["salt"], SALT_BYTES), _bytes("entry", value["entry"], 51), proof


def _parts(proof: str) -> tuple[int, tuple[bytes, ...], str]:
    """Place, path and signed checkpoint of a proof's text."""
    above, gap, signed = proof.partition("\n\n")
    head, *lines = above.split("\n")
    found = _INDEX.fullmatch(lines[0]) if lines else None
    if head != _HEAD or found is None or not gap:
        raise InvalidReceipt(f"The proof is not of the form {_HEAD}.")
    try:
        path = tuple(exact_base64(line) for line in lines[1:])
    except BadNote as fault:
        raise InvalidReceipt(f"The path of the proof {fault}.") from fault
    if any(len(each) != HASH_BYTES for each in path):
        raise InvalidReceipt("The path of the proof has something that is no hash.")
    return int(found[1]), path, signed


def _bytes(name: str, text: object, length: int) -> bytes:
    if not isinstance(text, str) or len(text) != 2 * length or not _HEX.fullmatch(text):
        raise InvalidReceipt(f"The {name} is not {length} bytes in hexadecimal.")
    return bytes.fromhex(text)


def _canonical(record: Mapping[str, Any]) -> bytes:
    try:
        return canonical(record)
    except ValueError as fault:
        raise InvalidReceipt(f"The record is not of form 1: {_why(fault)}.") from fault


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text[:20]} is not a whole number")


def _why(fault: Exception) -> str:
    return "it nests too deeply" if isinstance(fault, RecursionError) else str(fault).rstrip(".")
