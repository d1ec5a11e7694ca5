"""Work that a browser does before it sends a form: given out, and accepted once."""

from datetime import datetime
from typing import cast

import sqlalchemy as sa

from server.core.db import db, insert
from server.core.errors import Conflict, Invalid
from server.core.sealing import derived
from server.notices import models, proof_of_work

_CHALLENGE = cast("sa.Table", models.SolvedChallenge.__table__)


def challenge(site_key: str, *, secret_key: str, now: datetime) -> str:
    """Work for a browser that has the form, as JSON."""
    key = derived(secret_key, "requests/challenge")
    return proof_of_work.challenge(site_key, key=key, now=now)


def accept(site_id: str, site_key: str, answer: str, *, secret_key: str, now: datetime) -> None:
    """Accept the solution of a challenge, once.

    :raises Invalid: it is none; `errors` names `proof`.
    :raises Conflict: `already_sent`: it was accepted before.
    """
    key = derived(secret_key, "requests/challenge")
    try:
        found = proof_of_work.solved(answer, site_key, key=key, now=now)
    except proof_of_work.NotSolved as fault:
        raise Invalid(str(fault), reason="proof_invalid", errors={"proof": str(fault)}) from fault
    row = {"site_id": site_id, "challenge": found.challenge, "expires_at": found.expires_at}
    once = insert(_CHALLENGE).values(row).on_conflict_do_nothing()
    if db.session.execute(once.returning(_CHALLENGE.c.challenge)).one_or_none() is None:
        raise Conflict("this form was sent before", reason="already_sent")
