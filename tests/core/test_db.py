"""What the ground promises about storing."""

import os
import socket

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


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux tells these options")
def test_a_connection_notices_that_the_other_machine_has_vanished(app: Flask) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite is on this machine")
    with db.engine.connect() as connection:
        descriptor = connection.connection.driver_connection.fileno()  # type: ignore[union-attr]
        with socket.socket(fileno=os.dup(descriptor)) as seen:
            if seen.family == socket.AF_UNIX:
                pytest.skip("a local socket has no such options")
            assert seen.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 10_000
            assert seen.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
