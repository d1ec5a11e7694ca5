"""What proves a decision: its receipt, checked offline, and the standard forms of it."""

from server.consents.receipts.receipt import MAX_RECEIPT, InvalidReceipt, Verified, verify, write

__all__ = ["MAX_RECEIPT", "InvalidReceipt", "Verified", "verify", "write"]
