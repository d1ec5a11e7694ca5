"""Names of which a password must not be made: those of this server and of the sites of an account."""

from collections.abc import Collection

from server.core.http import settings
from server.sites import service as sites


def password_words(site_ids: Collection[str] | None) -> tuple[str, ...]:
    """The words of an account with these sites, or with all; see `server.accounts.passwords.check`."""
    return (settings().public_host, *sites.names(only=site_ids))
