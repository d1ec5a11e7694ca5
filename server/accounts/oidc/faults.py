"""What is wrong with the answer of a provider."""


class BadAnswer(Exception):
    """An answer that is not to be believed. `reason` is a stable snake_case word, for the server's log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownKey(BadAnswer):
    """A token is signed with a key that the provider's key set does not have: it may have a newer one."""

    def __init__(self) -> None:
        super().__init__("key_unknown")
