"""What the ground promises about storing."""

import pytest
import sqlalchemy as sa
from flask import Flask

from server.core import clock
from server.core.db import db, transaction
from server.core.ids import new_id
from server.sites.models import Site


def _site() -> Site:
    return Site(id=new_id(), key=new_id().lower().replace("_", "-"), name="Butikk", created_at=clock.now())


def test_what_a_transaction_wrote_is_there_for_the_next(app: Flask) -> None:
    with transaction():
        db.session.add(_site())
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Site)) == 1


def test_a_fault_inside_a_transaction_leaves_nothing(app: Flask) -> None:
    with pytest.raises(LookupError), transaction():
        db.session.add(_site())
        db.session.flush()
        raise LookupError
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Site)) == 0


def test_a_transaction_inside_another_is_a_mistake_of_the_program(app: Flask) -> None:
    with transaction(), pytest.raises(RuntimeError, match="only the edge"), transaction():
        pass


def test_times_are_stored_in_utc(app: Flask) -> None:
    moment = clock.now()
    with transaction():
        site = _site()
        site.created_at = moment
        db.session.add(site)
    assert db.session.scalar(sa.select(Site.created_at)) == moment
