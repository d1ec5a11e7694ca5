"""What a site's owner chooses about releases."""

from fractions import Fraction

from server.analytics import queries
from server.analytics.models import ReleaseSetting
from server.analytics.values import EPSILONS, LUMP_CHOICES, ReleaseChoice
from server.core.db import Base, db, insert
from server.core.errors import Invalid

_SETTING = Base.metadata.tables[ReleaseSetting.__tablename__]


def chosen(site_id: str) -> ReleaseChoice:
    """What was chosen, or the default."""
    return queries.setting(site_id)


def choose(site_id: str, *, lump: str | None = None, epsilon: str | None = None) -> ReleaseChoice:
    """Change one or both; in force from the next lump on, so that no lump is released twice.

    :param lump: one of `LUMP_CHOICES`
    :param epsilon: one of `EPSILONS`, as a decimal
    :raises Invalid: names the field that is neither.
    """
    before = chosen(site_id)
    found = next((one for one in LUMP_CHOICES if one == lump), None) if lump else before.lump
    share = next((one for one in EPSILONS if _text(one) == epsilon), None)
    share = share if epsilon else before.epsilon
    if found is None:
        raise Invalid(
            "the period of release must be chosen",
            errors={"lump": f"must be one of {', '.join(LUMP_CHOICES)}"},
        )
    if share is None:
        raise Invalid(
            "ε must be chosen", errors={"epsilon": f"must be one of {', '.join(map(_text, EPSILONS))}"}
        )
    row = {"site_id": site_id, "lump": found, "epsilon": share}
    statement = insert(_SETTING).values(row)
    db.session.execute(statement.on_conflict_do_update(index_elements=["site_id"], set_=row))
    return ReleaseChoice(found, share)


def _text(epsilon: Fraction) -> str:
    return str(float(epsilon)).removesuffix(".0")
