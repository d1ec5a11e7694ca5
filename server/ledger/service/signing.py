"""The key that signs checkpoints: a file that is not in the database or its backups."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from server.core.errors import Invalid
from server.core.filesystems import write_atomically
from server.ledger import note
from server.ledger.note import Checkpoint, Key

FILE = "log-key.pem"
"""Name of the key file in the data folder."""


@dataclass(frozen=True)
class Signer:
    """The signer of this deployment's logs."""

    host: str
    """Public URL of this server: prefix of the origins of its logs."""
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return self.private.public_key().public_bytes_raw()

    def origin(self, log: str) -> str:
        """The origin of a log that begins now."""
        return f"{self.host}/log/{log}"

    def key(self, origin: str) -> Key:
        """The public key under the origin of a log."""
        return Key(origin, self.public)

    def sign(self, checkpoint: Checkpoint) -> str:
        """The checkpoint as a signed note."""
        return note.sign(checkpoint.text, checkpoint.origin, self.private)


def signer(folder: Path, host: str) -> Signer:
    """The signer with the key in this folder, which is created if absent.

    :raises Invalid: the key file cannot be read.
    """
    path = folder / FILE
    if not path.exists():
        write_atomically(path, _fresh(), mode=0o600, replace=False)
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as fault:
        raise Invalid(f"the log's key in {path} cannot be read") from fault
    if not isinstance(private, Ed25519PrivateKey):
        raise Invalid(f"the log's key in {path} is not an Ed25519 key")
    return Signer(host, private)


def rotate(folder: Path, host: str) -> Signer:
    """Replace the key; returns the new signer. The old private key is deleted; its signatures stay valid."""
    write_atomically(folder / FILE, _fresh(), mode=0o600)
    return signer(folder, host)


def _fresh() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
