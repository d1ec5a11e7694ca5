"""Signed notes and checkpoints as defined by C2SP.

https://c2sp.org/signed-note (Ed25519, signature type 0x01) and https://c2sp.org/tlog-checkpoint. A checkpoint
states size and root of a log; the name of its key is the log's origin.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from server.ledger.tree import HASH_BYTES

MAX_NOTE = 64 * 1024
"""Most characters of a note."""

MAX_SIGNATURES = 100
"""Most signatures of a note."""

_ED25519 = b"\x01"
_DASH = "\N{EM DASH} "
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_VKEY = re.compile(r"(?P<name>[^+]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/=]+)", re.ASCII)


class BadNote(ValueError):
    """A malformed or untrusted note, checkpoint or key; the message ends a sentence about it."""


@dataclass(frozen=True)
class Key:
    """A public key with the name under which it signs."""

    name: str
    public: bytes
    """Ed25519, 32 bytes."""

    @property
    def id(self) -> bytes:
        """Four bytes that identify the key of a signature; no security property."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key as C2SP vkey: `name+id+key`."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether this key made the signature of the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Signature:
    """A signature line of a note."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Checkpoint:
    """Size and root of a log."""

    origin: str
    """Origin of the log, and name of its key."""
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def key_of(vkey: str) -> Key:
    """Parse a C2SP vkey, `name+id+key`.

    :raises BadNote: it is malformed, or not an Ed25519 key.
    """
    found = _VKEY.fullmatch(vkey.strip())
    if found is None or not _is_name(found["name"]):
        raise BadNote("is not a key of the form name+id+key")
    encoded = exact_base64(found["key"])
    if len(encoded) != 33 or encoded[:1] != _ED25519:
        raise BadNote("is not an Ed25519 key")
    key = Key(found["name"], encoded[1:])
    if key.id.hex() != found["id"]:
        raise BadNote("does not fit its own id")
    return key


def sign(text: str, name: str, private: Ed25519PrivateKey) -> str:
    """The note: the text, which ends with a line feed, signed under a name.

    :raises BadNote: text or name cannot be in a note.
    """
    _check_text(text)
    if not _is_name(name):
        raise BadNote("has a key's name that cannot be written")
    key = Key(name, private.public_key().public_bytes_raw())
    encoded = base64.b64encode(key.id + private.sign(text.encode())).decode()
    return f"{text}\n{_DASH}{name} {encoded}\n"


def split(note: str) -> tuple[str, list[Signature]]:
    """The text of a note, and its signatures, not verified.

    :raises BadNote: it is not a signed note.
    """
    if len(note) > MAX_NOTE:
        raise BadNote("is too long")
    text, gap, below = note.rpartition("\n\n")
    text += "\n"
    if not gap or not below.endswith("\n"):
        raise BadNote("is not a signed note")
    _check_text(text)
    lines = below[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise BadNote("has too many signatures")
    return text, [_signature(line) for line in lines]


def opened(note: str, keys: Collection[Key]) -> tuple[str, list[Key]]:
    """The text of a note, and those of the keys that have signed it: at least one.

    Signatures of unknown keys are ignored. A signature under the name and id of a known key must be valid.

    :raises BadNote: it is not a signed note, none of the keys signed it, or a signature is invalid.
    """
    text, signatures = split(note)
    signers = []
    for each in signatures:
        for key in keys:
            if (key.name, key.id) != (each.name, each.key_id):
                continue
            if not key.signed(text, each.signature):
                raise BadNote(f"was changed after {key.name} signed it")
            if key not in signers:
                signers.append(key)
    if not signers:
        raise BadNote("is not signed by any key that is trusted here")
    return text, signers


def checkpoint_of(text: str) -> Checkpoint:
    """The checkpoint in a note's text.

    Extension lines are signed too, and ignored here.

    :raises BadNote: it is malformed.
    """
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 3 or not all(lines) or not _NUMBER.fullmatch(lines[1]):
        raise BadNote("is not a checkpoint")
    root = exact_base64(lines[2])
    if len(root) != HASH_BYTES:
        raise BadNote("is not a checkpoint")
    return Checkpoint(lines[0], int(lines[1]), root)


def trusted_checkpoint(note: str, keys: Collection[Key]) -> Checkpoint:
    """The checkpoint in a note that the log itself has signed with one of the keys.

    :raises BadNote: the note, the signature or the checkpoint is invalid.
    """
    text, signers = opened(note, keys)
    checkpoint = checkpoint_of(text)
    if all(key.name != checkpoint.origin for key in signers):
        raise BadNote(f"is of the log {checkpoint.origin}, which has not signed it")
    return checkpoint


def exact_base64(text: str) -> bytes:
    """The bytes of a base64 text (RFC 4648, section 4) in its canonical form.

    :raises BadNote: it is malformed or not canonical.
    """
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise BadNote("has base64 that is not sound") from fault
    # The unused bits of the last character must be zero: a proof that was changed there is refused, too.
    if base64.b64encode(value).decode() != text:
        raise BadNote("has base64 that is not sound")
    return value


def _signature(line: str) -> Signature:
    name, gap, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not gap or not _is_name(name):
        raise BadNote("has a line among its signatures that is none")
    value = exact_base64(encoded)
    if len(value) < 5:
        raise BadNote("has a signature that is too short")
    return Signature(name, value[:4], value[4:])


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        raise BadNote("has a text that cannot be signed")
    try:
        text.encode()
    except UnicodeEncodeError as fault:
        raise BadNote("has a text that cannot be signed") from fault


def _is_name(name: str) -> bool:
    return bool(name) and not any(character.isspace() or character in "+\n" for character in name)
