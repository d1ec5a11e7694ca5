"""Agreements with processors as they are stored, and the reminders of their end."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server.core.db import db, end_reading, transaction
from server.core.errors import NotFound, PreconditionFailed
from server.notices import agreement_jobs
from server.notices.parties import Agreement, party_id
from server.notices.service import agreements, register
from server.sites import service as sites
from server.sites.values import Site
from tests.notices.test_notice import processor

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HOST = party_id("Host AB")


@pytest.fixture
def site(app: Flask) -> Site:
    """A site whose draft names a processor."""
    with transaction():
        made = sites.create("butikken", "Butikken", ["www.butikken.no"], by="tests", now=NOW)
        document = sites.draft(made.id).document
        document["notice"]["processors"] = [{**processor(), "name": "Host AB"}]
        sites.save_draft(made.id, document, by="tests", now=NOW)
    return made


def store(site: Site, name: str = "Host AB", **facts: Any) -> Agreement:
    found = agreements.agreements(site.id).get(party_id(name), Agreement(party_id(name), name))
    with transaction():
        return agreements.save(site.id, replace(found, reference="x", **facts), by="kari", now=NOW)


def reminders() -> list[str]:
    end_reading()
    rows = db.session.execute(sa.text("SELECT data FROM notification WHERE kind = 'agreement.expiring'"))
    return sorted(json.loads(row.data)["when"] for row in rows)


def test_an_agreement_is_stored_changed_and_removed_with_its_revision(site: Site) -> None:
    first = store(site, note="a\nb", expires_on=date(2027, 1, 1))
    assert agreements.agreements(site.id)[HOST] == first
    second = store(site, note="c")
    assert (second.revision, second.updated_by) == (2, "kari")
    with pytest.raises(PreconditionFailed), transaction():
        agreements.save(site.id, first, by="ola", now=NOW)
    with pytest.raises(PreconditionFailed), transaction():
        agreements.save(site.id, replace(first, revision=0), by="ola", now=NOW)
    with pytest.raises(PreconditionFailed), transaction():
        agreements.remove(site.id, first)
    with transaction():
        agreements.remove(site.id, second)
    with pytest.raises(PreconditionFailed), transaction():
        agreements.save(site.id, second, by="ola", now=NOW)
    with pytest.raises(NotFound), transaction():
        agreements.remove(site.id, Agreement(HOST, "Host AB"))
    assert agreements.agreements(site.id) == {}


def test_staff_are_reminded_once_before_an_agreement_ends_once_after_and_anew_of_a_new_end(
    site: Site,
) -> None:
    store(site, expires_on=NOW.date() + timedelta(days=90))
    sent = [agreement_jobs.remind(NOW + timedelta(days=day)) for day in range(100)]
    assert [day for day, count in enumerate(sent) if count] == [30, 91]
    assert reminders() == ["ending", "expired"]
    store(site, expires_on=NOW.date() + timedelta(days=400), remind_days=5)
    assert agreement_jobs.remind(NOW + timedelta(days=394)) == 0
    assert agreement_jobs.remind(NOW + timedelta(days=395)) == 1


def test_nobody_is_reminded_of_a_party_that_no_document_names(site: Site) -> None:
    store(site, "Gone Ltd", expires_on=NOW.date())
    assert agreement_jobs.remind(NOW) == 0
    found = register.of_site(site.id, "version", now=NOW)
    assert [one.name for one in found.former] == ["Gone Ltd"]
    assert (found.source, found.party(party_id("Gone Ltd")).uses) == ("draft", ())
