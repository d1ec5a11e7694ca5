"""Each site may have a responsible person: somebody whom colleagues ask, and who sees the site."""

import pytest
from flask import Flask

from server.accounts.service import users
from server.core.db import transaction
from server.core.errors import Invalid
from server.sites import bulk, bulk_records, deletion, jobs, listing, responsibility, samples, tags
from server.sites import service as sites
from server.sites.bulk_rules import Progress
from server.sites.listing import NOBODY, Wanted
from server.sites.values import Site
from tests.sites.test_bulk import NOW, begin, person, states


@pytest.fixture
def two(app: Flask) -> list[Site]:
    with transaction():
        return [sites.create(f"s{n}", f"S{n}", [f"www.s{n}.no"], by="kari", now=NOW) for n in range(2)]


def keys(responsible: str) -> list[str]:
    found = listing.page(Wanted(responsible=responsible), after=None, limit=9, only=None)
    return [one.site.key for one in found]


def test_the_list_has_and_filters_who_is_responsible(two: list[Site]) -> None:
    kari = person("kari@example.no", "owner")
    with transaction():
        assert responsibility.assign(two[0].id, kari.user_id)
        assert not responsibility.assign(two[0].id, kari.user_id)
    assert (keys(kari.user_id), keys(NOBODY), keys("x")) == (["s0"], ["s1"], [])
    assert [one.responsible for one in listing.page(Wanted(), after=None, limit=9, only=None)] == [
        kari.user_id,
        None,
    ]
    assert responsibility.people(only=None) == {kari.user_id}
    assert responsibility.people(only=[two[1].id]) == frozenset()
    with transaction():
        assert responsibility.assign(two[0].id, None)
    assert responsibility.of_site(two[0].id) is None


def test_what_only_sites_outside_of_lists_have_is_not_offered(two: list[Site]) -> None:
    kari = person("kari@example.no", "owner")
    with transaction():
        sample = samples.make(kari.user_id, language="en", now=NOW)
        for one, tag in ((two[0], "oslo"), (sample, "learning")):
            tags.add(one.id, tag)
            responsibility.assign(one.id, kari.user_id)
    assert tags.known(only=None) == ("oslo",)
    assert responsibility.people(only=None) == {kari.user_id}
    with transaction():
        deletion.delete(two[0].id, by="kari", now=NOW)
    for only in (None, [two[0].id, two[1].id]):
        assert (tags.known(only=only), responsibility.people(only=only)) == ((), frozenset())


def test_nobody_is_responsible_for_a_site_that_they_do_not_see(two: list[Site]) -> None:
    person("kari@example.no", "owner")
    ola = person("ola@example.no", "editor", two[1])
    gone = person("gone@example.no", "editor")
    with transaction():
        users.disable_user(gone.user_id, now=NOW)
    for stranger in (ola.user_id, gone.user_id, "nonsense"):
        with pytest.raises(Invalid) as refused, transaction():
            responsibility.assign(two[0].id, stranger)
        assert "responsible" in refused.value.errors


def test_many_sites_get_a_responsible_person_and_the_earlier_ones_back(two: list[Site]) -> None:
    kari, ola = person("kari@example.no", "owner"), person("ola@example.no", "editor", *two[1:])
    with transaction():
        responsibility.assign(two[1].id, kari.user_id)
    made = begin("assign", two, kari, user_id=ola.user_id, email=ola.email)
    jobs.run_bulk_actions(NOW)
    assert states(made) == [("s0", "failed", "invalid"), ("s1", "done", "")]
    with transaction():
        back = bulk.undo(made, by=kari, now=NOW)
    jobs.run_bulk_actions(NOW)
    assert bulk_records.find(back).progress == Progress(done=1)
    assert responsibility.of_site(two[1].id) == kari.user_id


@pytest.mark.parametrize("lost", ["disabled", "sites"])
def test_who_loses_access_is_not_responsible_any_more(two: list[Site], lost: str) -> None:
    kari, ola = person("kari@example.no", "owner"), person("ola@example.no", "owner")
    with transaction():
        responsibility.assign(two[0].id, kari.user_id)
        responsibility.assign(two[1].id, ola.user_id)
        if lost == "disabled":
            users.disable_user(kari.user_id, now=NOW)
        else:
            users.change_user(kari.user_id, role="editor", site_ids=[two[1].id], now=NOW)
    assert responsibility.of_site(two[0].id) is None
    assert responsibility.people(only=None) == {ola.user_id}
    assert (keys(kari.user_id), keys(NOBODY), keys(ola.user_id)) == ([], ["s0"], ["s1"])
    listed = listing.page(Wanted(), after=None, limit=9, only=None)
    assert [one.responsible for one in listed] == [None, ola.user_id]
    with transaction():
        assert not responsibility.assign(two[0].id, None)
        users.enable_user(kari.user_id, now=NOW)
        users.change_user(kari.user_id, role="owner", site_ids=None, now=NOW)
    # Who has said that nobody is responsible does not get the one from before with their access.
    assert responsibility.of_site(two[0].id) is None


def test_undoing_leaves_alone_whom_somebody_else_has_named_since(two: list[Site]) -> None:
    kari, ola, siv = (person(f"{name}@example.no", "owner") for name in ("kari", "ola", "siv"))
    with transaction():
        responsibility.assign(two[1].id, kari.user_id)
    made = begin("assign", two, kari, user_id=ola.user_id, email=ola.email)
    jobs.run_bulk_actions(NOW)
    with transaction():
        responsibility.assign(two[1].id, siv.user_id)
        back = bulk.undo(made, by=kari, now=NOW)
    jobs.run_bulk_actions(NOW)
    assert states(back) == [("s0", "done", ""), ("s1", "failed", "changed_since")]
    assert [responsibility.of_site(one.id) for one in two] == [None, siv.user_id]
