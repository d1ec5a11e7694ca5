"""Keys that tests sign logs with."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.ledger.service.signing import Signer

HOST = "consent.example.no"
SIGNER = Signer(HOST, Ed25519PrivateKey.from_private_bytes(b"1" * 32))
NEXT = Signer(HOST, Ed25519PrivateKey.from_private_bytes(b"2" * 32))
"""Who signs after the key was rotated."""
