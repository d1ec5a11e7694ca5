"""Which messages a user wants and how often; and who gets a message about a site."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from server.accounts import queries
from server.accounts.models import MessageChoice, User
from server.core.db import db, insert
from server.core.errors import Invalid, NotFound
from server.notifications import texts
from server.notifications.values import FREQUENCIES, KINDS, Frequency, Recipient

_CHOICE = cast("sa.Table", MessageChoice.__table__)


@dataclass(frozen=True)
class MessageChoices:
    """A user's choices, with the default of each kind that they have not chosen about."""

    frequencies: Mapping[str, Frequency]
    """Kind → how often."""


def message_choices(user_id: str) -> MessageChoices:
    """The choices of a user.

    :raises NotFound: `user_unknown`.
    """
    row = db.session.get(User, user_id)
    if row is None:
        raise NotFound("there is no such user", reason="user_unknown")
    return MessageChoices(_frequencies(user_id))


def choose_messages(user_id: str, choices: MessageChoices) -> None:
    """Store a user's choices.

    :raises Invalid: there is no such kind or frequency.
    """
    errors: dict[str, object] = {}
    for kind, frequency in choices.frequencies.items():
        if kind not in KINDS or frequency not in FREQUENCIES:
            errors[f"frequencies.{kind}"] = f"must be one of {', '.join(FREQUENCIES)}"
    if errors:
        raise Invalid("these choices of messages are not valid", errors=errors)
    rows = [
        {"user_id": user_id, "kind": kind, "frequency": frequency}
        for kind, frequency in choices.frequencies.items()
    ]
    if rows:
        stored = insert(_CHOICE)
        stored = stored.on_conflict_do_update(
            index_elements=["user_id", "kind"], set_={"frequency": stored.excluded.frequency}
        )
        db.session.execute(stored, rows)


def recipients(site_id: str, kind: str) -> tuple[Recipient, ...]:
    """The users who get messages of this kind about this site: those whose role has its permission there.

    :raises KeyError: there is no such kind.
    """
    entitled = queries.active(KINDS[kind].permission, site_id)
    chosen = sa.select(_CHOICE.c.user_id, _CHOICE.c.frequency).where(_CHOICE.c.kind == kind)
    frequencies: dict[str, Frequency] = {row.user_id: row.frequency for row in db.session.execute(chosen)}
    wanted = ((row, frequencies.get(row.id, KINDS[kind].frequency)) for row in entitled)
    return tuple(
        Recipient(row.email, row.language or texts.FALLBACK, frequency, row.id)
        for row, frequency in wanted
        if frequency != "never"
    )


def _frequencies(user_id: str) -> dict[str, Frequency]:
    rows = db.session.execute(
        sa.select(_CHOICE.c.kind, _CHOICE.c.frequency).where(_CHOICE.c.user_id == user_id)
    )
    stored = {row.kind: row.frequency for row in rows}
    return {name: stored.get(name, kind.frequency) for name, kind in KINDS.items()}
