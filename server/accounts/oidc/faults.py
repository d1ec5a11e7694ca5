"""The fault of a token that newer keys of the provider may put right; all others are `BadAnswer`."""

from server.accounts.values import BadAnswer


class UnknownKey(BadAnswer):
    """A token is signed with a key that the provider's key set does not have: it may have a newer one."""

    def __init__(self) -> None:
        super().__init__("key_unknown")
