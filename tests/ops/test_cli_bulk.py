"""`samtykke bulk`: what the studio does with many sites, from the command line."""

import json
from pathlib import Path

import pytest

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.settings import Settings
from server.database import application
from server.sites import approvals, bulk, bulk_records, groups, tags
from server.sites import service as sites
from server.sites.values import Site
from tests.ops.test_cli import Prints, folder, out
from tests.sites.documents import publishable, service

__all__ = ["folder", "out"]


@pytest.fixture
def known(out: Prints, folder: Path) -> None:
    """Three sites; `kaffe` and `te` can be published, and `kaffe` is."""
    for key in ("kaffe", "kakao", "te"):
        out("site", "create", key, "--name", key.title(), "--domain", f"{key}.example")
    with application(Settings.from_env()).app_context(), transaction():
        for key in ("kaffe", "te"):
            sites.save_draft(find(key).id, publishable(), by="kari", now=clock.now())
        sites.publish(find("kaffe").id, note="", by="kari", now=clock.now())
        tags.replace(find("te").id, ["oslo"])
        groups.create("kjeden", "Kjeden", find("kaffe"), ("texts",), by="kari", now=clock.now())


def find(key: str) -> Site:
    return sites.find(key)


def paused() -> list[str]:
    with application(Settings.from_env()).app_context():
        return [one.key for one in sites.each_site() if one.pause]


def rows(printed: str) -> list[list[str]]:
    return [line.split("\t") for line in printed.splitlines()]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (["--all"], ["kaffe", "kakao", "te"]),
        (["--site", "te", "--site", "kaffe"], ["kaffe", "te"]),
        (["--group", "kjeden"], ["kaffe"]),
        (["--tag", "oslo"], ["te"]),
        (["--status", "draft"], ["kakao", "te"]),
        (["--status", "draft", "--tag", "oslo", "--site", "te"], ["te"]),
    ],
)
def test_sites_are_chosen_as_in_the_studio_and_each_is_a_line(
    out: Prints, chosen: list[str], expected: list[str]
) -> None:
    dry = out("bulk", "pause", *chosen, "--dry-run")
    assert (rows(dry), paused()) == ([[key, "would be paused"] for key in expected], [])
    assert rows(out("bulk", "pause", *chosen, "--note", "Feil")) == [[key, "paused"] for key in expected]
    assert (out.status, paused()) == (0, expected)
    assert rows(out("bulk", "pause", *chosen)) == ([[key, "as it was"] for key in expected])
    assert out.status == 0


@pytest.mark.usefixtures("known")
def test_what_is_done_is_one_action_that_the_studio_lists(out: Prints) -> None:
    out("bulk", "tag", " Oslo ", "--all")
    out("bulk", "untag", "oslo", "--site", "kakao", "--dry-run")
    with application(Settings.from_env()).app_context():
        (action,) = bulk_records.newest(user_id=None, limit=9, without=bulk.unlisted())
        events = audit_log.audit_events(only=None, limit=2)
        assert (action.kind, action.asked_by, action.user_id) == ("tag", "command line", None)
        assert (action.progress.done, action.progress.unchanged) == (2, 1)
        assert [(one.action, one.detail) for one in events] == [
            ("site_tagged", f"+ oslo (bulk action {action.id})")
        ] * 2


@pytest.mark.usefixtures("known")
def test_a_dry_run_of_publishing_says_who_is_asked_again_where(out: Prints) -> None:
    with application(Settings.from_env()).app_context(), transaction():
        more = {**publishable(), "services": [*publishable()["services"], service("map")]}
        sites.save_draft(find("kaffe").id, more, by="kari", now=clock.now())
    printed = rows(out("bulk", "publish", "--all", "--dry-run"))
    assert out.status == 1, "a draft without a controller cannot be published"
    assert [line[:2] for line in printed] == [
        ["kaffe", "would be published"],
        ["kakao", "cannot be published"],
        ["te", "would be published"],
    ]
    assert printed[0][2:] == ["1 changes", "asked again: Statistikk"]
    assert printed[1][2].endswith("errors: samtykke banner check kakao")
    assert printed[2][3] == "everybody is asked"
    values = out.json("bulk", "publish", "--site", "te", "--dry-run")
    assert isinstance(values, list)
    assert (values[0]["site"], values[0]["outlook"], out.status) == ("te", "publish", 0)
    with application(Settings.from_env()).app_context():
        assert sites.newest(find("te").id) is None
        assert bulk_records.newest(user_id=None, limit=9) == ()


@pytest.mark.usefixtures("known")
def test_what_cannot_be_published_is_named_and_the_others_are(out: Prints) -> None:
    printed = rows(out("bulk", "publish", "--all", "--note", "Sommer"))
    assert out.status == 1
    assert printed[0] == ["kaffe", "as it was"]
    assert printed[1][:2] == ["kakao", "not done"]
    assert printed[2] == ["te", "done", "version 1"]
    values = json.loads(out("bulk", "publish", "--site", "kakao", "--json"))
    assert (values[0]["state"], values[0]["reason"], out.status) == ("failed", "not_publishable", 1)
    with application(Settings.from_env()).app_context():
        newest = sites.newest(find("te").id)
        assert newest is not None
        assert (newest.note, newest.published_by) == ("Sommer", "command line")


@pytest.mark.usefixtures("known")
def test_where_a_second_person_approves_publishing_asks_for_it(out: Prints) -> None:
    for name in ("a", "b"):
        out("user", "create", f"{name}@example.no", "--role", "owner")
    with application(Settings.from_env()).app_context(), transaction():
        approvals.require(find("te").id, required=True, now=clock.now())
    assert rows(out("bulk", "publish", "--site", "te", "--dry-run"))[0][1] == "would ask for approval"
    assert rows(out("bulk", "publish", "--site", "te")) == [
        ["te", "done", "asked for approval: publication 1"]
    ]
    assert rows(out("bulk", "publish", "--site", "te", "--dry-run"))[0][1].startswith("cannot be published")


@pytest.mark.usefixtures("known")
def test_who_chooses_no_site_is_told_how(out: Prints) -> None:
    for wrong, said in (
        ([], "Say which sites"),
        (["--tag", "nowhere"], "No site matches"),
        (["--group", "nowhere"], "There is no group 'nowhere'"),
        (["--site", "nowhere"], "There is no site 'nowhere'"),
    ):
        assert (out("bulk", "resume", *wrong), out.status, said in out.errors) == ("", 2, True), out.errors
