"""The command with which anybody checks a receipt, without us and without a database."""

from pathlib import Path

import click

from server.consents.receipts import MAX_RECEIPT, InvalidReceipt, verify
from server.core.errors import Invalid
from server.ledger.note import BadNote, Key, key_of
from server.ops.cli.output import json_option, show


@click.command("verify")
@click.argument("receipt", metavar="RECEIPT.json")
@click.option(
    "--key",
    "key",
    metavar="VKEY",
    required=True,
    help="The log's public key, name+id+key, or a file with such keys, one a line (as /log/key gives them).",
)
@json_option
@click.pass_context
def verify_receipt(context: click.Context, receipt: str, key: str, *, as_json: bool) -> None:
    """Check that RECEIPT.json proves a decision, offline.

    Recomputes the commitment from the record and its salt, the leaf from the entry, the root from the path,
    and checks the signature of the checkpoint. Exit status 1 and one sentence when one of them does not fit.
    """
    keys, raw = _keys(key), _read(receipt)
    try:
        proved = verify(raw, keys)
    except InvalidReceipt as fault:
        show({"proved": False, "why": str(fault)}, [str(fault)], as_json=as_json)
        context.exit(1)
    record = proved.record
    value = {
        "proved": True,
        "log": proved.origin,
        "index": proved.index,
        "size": proved.size,
        "record": dict(record),
    }
    lines = (
        f"Proved: the log {proved.origin} has this record at place {proved.index} of {proved.size}.",
        f"{record['site']}, {record['recorded_at']}: {record['action']} on version {record['version']}"
        f" in {record['lang']}, number {record['cid']}",
    )
    show(value, lines, as_json=as_json)


def _read(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_RECEIPT + 1)
    except OSError as fault:
        raise Invalid(f"cannot read {path}: {fault.strerror}") from fault


def _keys(text: str) -> list[Key]:
    """The keys that are trusted: the one in `text`, or those in the file that it names."""
    path = Path(text)
    try:
        lines = path.read_text("utf-8").splitlines() if path.is_file() else [text]
    except (OSError, ValueError) as fault:
        raise Invalid(f"cannot read the keys in {text}") from fault
    try:
        keys = [key_of(line) for line in lines if line.strip()]
    except BadNote as fault:
        raise Invalid(f"--key {fault}") from fault
    if not keys:
        raise Invalid("--key names a file without keys")
    return keys
