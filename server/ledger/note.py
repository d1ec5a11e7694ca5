"""Signed notes and checkpoints, as C2SP defines them: a text, and below it who has signed it.

https://c2sp.org/signed-note (Ed25519, signature type 0x01) and https://c2sp.org/tlog-checkpoint. A checkpoint
says how large a log is and what its root is; its key's name is the log's origin.
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
"""Characters of a note that are looked at."""

MAX_SIGNATURES = 100
"""Signatures of a note that are looked at."""

_ED25519 = b"\x01"
_DASH = "\N{EM DASH} "
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_VKEY = re.compile(r"(?P<name>[^+]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/=]+)", re.ASCII)


class BadNote(ValueError):
    """A note, a checkpoint or a key that cannot be believed; the message ends a sentence about it."""


@dataclass(frozen=True)
class Key:
    """A public key with the name under which it signs."""

    name: str
    public: bytes
    """Ed25519, 32 bytes."""

    @property
    def id(self) -> bytes:
        """Four bytes by which a signature finds its key. They prove nothing."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key as people hand it on: `name+id+key`."""
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
    """One line below a note."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Checkpoint:
    """How large a log is, and what its root is."""

    origin: str
    """The log's name in the world, and its key's."""
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def key_of(vkey: str) -> Key:
    """The key in `name+id+key`.

    :raises BadNote: it is none, or not an Ed25519 key.
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
    """The note: the text, which ends with a line end, signed under a name.

    :raises BadNote: text or name cannot stand in a note.
    """
    _check_text(text)
    if not _is_name(name):
        raise BadNote("has a key's name that cannot be written")
    key = Key(name, private.public_key().public_bytes_raw())
    encoded = base64.b64encode(key.id + private.sign(text.encode())).decode()
    return f"{text}\n{_DASH}{name} {encoded}\n"


def split(note: str) -> tuple[str, list[Signature]]:
    """The text of a note, and its signatures, unchecked.

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
    """The text of a note, and which of the keys have signed it: at least one.

    Signatures of other keys are passed over. One that claims to be by one of the keys must be.

    :raises BadNote: it is not a signed note, none of the keys signed it, or one did not where it says so.
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

    Lines that extend it are signed like the rest, and mean nothing here.

    :raises BadNote: it is none.
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

    :raises BadNote: the note, the signature or the checkpoint is not as it should be.
    """
    text, signers = opened(note, keys)
    checkpoint = checkpoint_of(text)
    if all(key.name != checkpoint.origin for key in signers):
        raise BadNote(f"is of the log {checkpoint.origin}, which has not signed it")
    return checkpoint


def exact_base64(text: str) -> bytes:
    """The bytes in a base64 text (RFC 4648, section 4), when it is the one way of writing them.

    :raises BadNote: it is not.
    """
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise BadNote("has base64 that is not sound") from fault
    # The last character may carry bits that mean nothing: a proof that was changed there is refused, too.
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
