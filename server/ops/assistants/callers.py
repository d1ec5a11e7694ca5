"""In whose name an assistant asks: an account or a token, with the rights that it has at that moment."""

from collections.abc import Callable
from dataclasses import dataclass

from server.accounts.service import tokens, users
from server.accounts.values import Actor, Bearer, Identity
from server.core import clock, programs
from server.core.db import transaction
from server.core.errors import Forbidden, Unauthenticated
from server.sites import authors
from server.sites import service as sites
from server.sites.values import Site


@dataclass(frozen=True)
class Caller:
    """Who asks, as they are now."""

    who: Identity | Bearer

    @property
    def actor(self) -> Actor:
        """Who the audit log names."""
        return self.who.actor

    @property
    def name(self) -> str:
        """How a draft names who saved it."""
        return self.who.email if isinstance(self.who, Identity) else authors.author(self.who.token_id)

    @property
    def visible(self) -> frozenset[str] | None:
        """Ids of the sites that they see; None: all."""
        if isinstance(self.who, Bearer):
            return self.who.visible
        return None if self.who.all_sites else self.who.site_ids

    def require(self, permission: str, site_id: str | None = None) -> None:
        """Refuse what they may not do, on a site where one is meant.

        :raises Forbidden: `forbidden`.
        """
        sees = site_id is None or self.who.sees(site_id)
        if not (sees and self.who.may(permission, site_id)):
            raise Forbidden("the account or token that this assistant acts for may not do this")

    def site(self, key: str, permission: str) -> Site:
        """A site, for somebody who may do something there.

        :raises NotFound: `site_unknown`, `site_deleted`.
        :raises Forbidden: `forbidden`.
        """
        self.require(permission)
        found = sites.find_seen(key, self.who.sees)
        self.require(permission, found.id)
        return found


WhoAsks = Callable[[], Caller]
"""Who asks, read again each time: rights are taken away at once."""


def of_account(email: str) -> WhoAsks:
    """An account by its address.

    Each call raises `Unauthenticated` (`login_required`) if nobody can log in with it.
    """

    def who() -> Caller:
        account = users.with_address(email.strip().lower())
        found = users.active_identity(account.user_id) if account else None
        if found is None:
            raise Unauthenticated(f"nobody can log in as {email[:254]}", reason="login_required")
        return Caller(found)

    return who


def of_token(secret: str) -> WhoAsks:
    """A token by its secret. Each call counts towards its limit, and it is noted that it is used.

    Each call raises what `tokens.identify` raises of a token that is not valid, and `RateLimited`.
    """

    def who() -> Caller:
        now = clock.now()
        bearer = tokens.identify(f"Bearer {secret}", now=now)
        programs.enter(bearer.token_id, noted=bearer.noted, old_secret=bearer.old_secret)
        if not bearer.noted:
            with transaction():
                tokens.note_use(bearer.token_id, old_secret=bearer.old_secret, now=now)
        return Caller(bearer)

    return who
