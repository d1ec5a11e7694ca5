"""Tokens of links that show a draft on the website's own pages (docs/adr/0033). Pure.

A token is signed, not encrypted: it names a site and a session of the studio, and opens neither.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData

from server.core.errors import Forbidden
from server.core.signing import signer

LIFETIME = timedelta(minutes=30)
"""How long a link shows the draft, however often it is opened."""

_PURPOSE = "samtykke/draft"


@dataclass(frozen=True)
class DraftGrant:
    """What a token says: who may see the draft of which site, and until when."""

    site_id: str
    session: str
    """Reference of the session in which the link was made (`server.accounts.service.sessions`)."""
    language: str
    """In which the person reads the studio, as BCP 47 tag."""
    expires_at: datetime
    """To the second."""


def granted(site_id: str, session: str, language: str, *, now: datetime) -> DraftGrant:
    """A grant that begins now."""
    return DraftGrant(site_id, session, language, (now + LIFETIME).replace(microsecond=0))


def sign(grant: DraftGrant, *, secret_key: str) -> str:
    """The token of a grant; only characters that need no escape in an address."""
    expires = int(grant.expires_at.timestamp())
    return signer(secret_key, _PURPOSE).dumps([grant.site_id, grant.session, grant.language, expires])


def read(token: str, *, secret_key: str, now: datetime) -> DraftGrant:
    """The grant of a token.

    :raises Forbidden: `draft_refused`, it was not signed here; `draft_expired`.
    """
    try:
        site_id, session, language, expires = signer(secret_key, _PURPOSE).loads(token)
    except BadData as fault:
        raise Forbidden("this link was not made by this server", reason="draft_refused") from fault
    grant = DraftGrant(site_id, session, language, datetime.fromtimestamp(expires, UTC))
    if now >= grant.expires_at:
        raise Forbidden("this link has expired", reason="draft_expired")
    return grant
