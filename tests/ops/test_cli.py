"""What the commands print, and the status they leave with."""

import json
import os
import shutil
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import click
import pyotp
import pytest
from click.testing import CliRunner

import server.analytics.service
from server.accounts.service import audit_log, factors, sessions, users
from server.analytics import sample_year
from server.app import create_app
from server.catalog.files import FOLDER
from server.consents.service import decisions
from server.core import clock
from server.core.db import transaction
from server.core.settings import Settings
from server.ledger import jobs
from server.ledger.service import reading
from server.notices.request_rules import Content
from server.notices.service import requester
from server.notifications.service import inbox
from server.ops import serve
from server.ops.cli import cli, run
from server.sites import approvals
from server.sites import service as sites
from tests.consents.shops import decision
from tests.threads import in_own_thread


@pytest.fixture
def folder(tmp_path: Path, migrated_once: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The parent of a data folder with a migrated database, which is set in the environment."""
    for name in [name for name in os.environ if name.startswith("SAMTYKKE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SAMTYKKE_DATA_DIR", str(tmp_path / "data"))
    shutil.copytree(migrated_once, tmp_path / "data")
    return tmp_path


@pytest.fixture
def out(folder: Path, capsys: pytest.CaptureFixture[str]) -> "Prints":
    capsys.readouterr()
    return Prints(capsys)


class Prints:
    """Runs commands and keeps what they printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.status = 0
        self.errors = ""

    def __call__(self, *arguments: str) -> str:
        self.status = in_own_thread(run, create_app, arguments)
        printed = self._capsys.readouterr()
        self.errors = printed.err
        return printed.out

    def json(self, *arguments: str) -> object:
        """What the command prints with `--json`."""
        return json.loads(self(*arguments, "--json"))


def _make_site(out: Prints) -> None:
    out("site", "create", "butikk", "--name", "Butikken", "--domain", "butikk.example")
    assert out.status == 0


def commands(group: click.Command = cli, path: str = "") -> dict[str, click.Command]:
    """Every command by its words, groups among them."""
    found = {path: group} if path else {}
    for name, inner in getattr(group, "commands", {}).items():
        found |= commands(inner, f"{path} {name}".strip())
    return found


WORKING = {path: command for path, command in commands().items() if not isinstance(command, click.Group)}
"""Those that do something."""

THAT_GO_ON = {"up", "serve", "worker"}
"""Those that run until they are stopped."""


@pytest.mark.parametrize("path", ["", *commands()])
def test_every_command_has_help(path: str) -> None:
    done = CliRunner().invoke(cli, [*path.split(), "--help"], obj=create_app)
    assert done.exit_code == 0, path
    assert "Usage:" in done.output


@pytest.mark.parametrize("path", WORKING)
def test_every_command_can_answer_in_json(path: str) -> None:
    assert "--json" in {name for option in WORKING[path].params for name in option.opts}


def asked_without_a_database(folder: Path) -> dict[str, list[str]]:
    """What needs no database; what is written goes into the folder."""
    return {
        "catalog check": [str(FOLDER / "matomo.json")],
        "catalog export": [str(folder)],
        "catalog list": ["--category", "statistics"],
        "catalog new": ["our_service"],
        "catalog show": ["google_analytics"],
        "scan": ["http://127.0.0.1:9/", "--browser", "/nowhere/chromium"],
    }


ABOUT_SITES = {
    "group create": ["kjeden", "butikk", "--name", "Kjeden"],
    "group list": [],
    "group show": ["kjeden"],
    "group export": ["kjeden"],
    "group remove": ["butikk"],
    "group add": ["kjeden", "butikk", "--take"],
    "group share": ["butikk"],
    "group delete": ["kjeden"],
    "bulk pause": ["--all"],
    "bulk resume": ["--status", "paused"],
    "bulk tag": ["oslo", "--site", "butikk"],
    "bulk untag": ["oslo", "--tag", "oslo", "--dry-run"],
    "bulk publish": ["--site", "butikk"],
    "retention run": [],
    "retention set": ["butikk", "30"],
    "retention show": ["butikk"],
    "site create": ["ny", "--name", "Ny", "--domain", "ny.example"],
    "site delete": ["butikk"],
    "site duplicate": ["butikk", "filial", "--name", "Filialen", "--domain", "filial.example"],
    "site list": [],
    "site pause": ["butikk"],
    "site rename": ["butikk", "Butikken på hjørnet"],
    "site restore": ["butikk"],
    "site resume": ["butikk"],
}
"""Commands about sites, of which `butikk` is one."""


def about_files(folder: Path) -> dict[str, list[str]]:
    """Commands about sites as files, with a file of one that is not there yet."""
    (folder / "files").mkdir()
    (folder / "files" / "avdeling.yaml").write_text("name: Avdelingen\ndomains: [avdeling.example]\n")
    return {
        "apply": [str(folder / "files")],
        "group import": [group_file(folder)],
        "plan": [str(folder / "files")],
        "site export": ["butikk"],
    }


ABOUT_PEOPLE = {
    "audit export": [],
    "user create": ["kari@example.no", "--role", "editor"],
    "user reset": ["kari@example.no"],
    "user invite": ["siv@example.no", "--role", "editor"],
    "mcp": ["--as", "kari@example.no"],
}


def about_tokens(out: Prints) -> dict[str, list[str]]:
    create = ["--site", "butikk", "--scope", "sites:read"]
    made = out.json("token", "create", *create)
    token_id = str(made["id"])  # type: ignore[index]
    return {
        "token create": create,
        "token list": [],
        "token revoke": [token_id],
        "token rotate": [token_id],
    }


def test_with_json_every_command_prints_one_value(out: Prints, folder: Path) -> None:
    published(out, folder)
    number, receipt, keys = stored(folder)
    (folder / "receipt.json").write_text(receipt)
    arguments = {
        "analytics close": [],
        "analytics export": ["butikk", "-o", str(folder / "figures.csv")],
        "analytics privacy": ["butikk", "--lump", "week"],
        "analytics reconcile": [],
        "analytics show": ["butikk"],
        "analytics silent": [],
        "backup": [str(folder / "copy.db")],
        "banner cancel": ["butikk"],
        "banner check": ["butikk"],
        "banner export": ["butikk"],
        "banner import": ["butikk", str(folder / "draft.json")],
        "banner publish": ["butikk"],
        "banner rollback": ["butikk", "1"],
        "banner versions": ["butikk"],
        "banner waiting": ["butikk"],
        **asked_without_a_database(folder),
        **ABOUT_SITES,
        **about_files(folder),
        "consents erase": [number],
        "consents export": ["butikk"],
        "consents show": [number],
        "demo": [],
        "erasure list": [],
        "erasure replay": [],
        "erasure scrub": [],
        "log fsck": [],
        "log manifest": ["butikk", "2026-11-01"],
        "log mirror": ["http://127.0.0.1:9", "--to", str(folder), "--key", keys],
        "log rotate-key": [],
        "log verify": [str(folder / "receipt.json"), "--key", keys],
        "migrate": [],
        "register export": ["butikk", "-o", str(folder / "record.csv")],
        **about_tokens(out),
        **ABOUT_PEOPLE,
    }
    assert arguments.keys() == WORKING.keys() - THAT_GO_ON
    # Nobody listens, no day is over, nothing is scheduled, no browser is there: reported on stderr alone.
    not_there = {"log mirror", "log manifest", "banner cancel", "scan"}
    for path in sorted(arguments, key=lambda path: path in ("consents erase", "token revoke")):
        printed = out(*path.split(), *arguments[path], "--json")
        assert out.status == (2 if path in not_there else 0), (path, out.errors)
        if path in not_there:
            assert (printed, len(out.errors.splitlines())) == ("", 1)
        else:
            json.loads(printed)


def group_file(folder: Path) -> str:
    """A file of a group with the looks of the draft that is in another one."""
    look = json.loads((folder / "draft.json").read_text())["appearance"]
    group = {"key": "andre", "name": "Andre", "document": {"appearance": look}, "sites": ["butikk"]}
    (folder / "group.json").write_text(json.dumps(group))
    return str(folder / "group.json")


def test_a_service_is_looked_up_and_checked_without_a_database(
    out: Prints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SAMTYKKE_DATA_DIR")
    assert out("catalog", "list", "_pk_id.1.abcd").split("\t")[:2] == ["matomo", "Matomo"]
    assert (out("catalog", "list", "xyzzy"), out.status) == ("", 2)
    assert out.errors == "The catalog has no service that xyzzy belongs to.\n"
    assert "stores: _pk_id* (cookie, the website's own, P13M)" in out("catalog", "show", "matomo")
    assert "stores: not confirmed" in out("catalog", "show", "google_maps")
    figures = dict(line.split("\t", 1) for line in out("catalog", "list", "--figures").splitlines())
    assert int(figures["services"]) == len(out("catalog", "list").splitlines())
    assert figures["says hosts"].endswith("%")
    out("catalog", "list", "matomo", "--figures")
    assert out.status == 2
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({**json.loads((FOLDER / "matomo.json").read_text()), "category": "best"}))
    printed = out("catalog", "check", str(wrong))
    assert (out.status, printed) == (
        1,
        "category: is not one of necessary, functional, statistics, advertising\n",
    )


def test_exports_are_one_array_with_json(out: Prints, folder: Path) -> None:
    published(out, folder)
    assert out.json("consents", "export", "butikk") == []
    assert out.json("erasure", "list") == []
    numbers = {stored(folder)[0] for _ in range(3)}
    lines = out("consents", "export", "butikk").splitlines()
    assert out.json("consents", "export", "butikk") == [json.loads(line) for line in lines]
    assert {json.loads(line)["consent_id"] for line in lines} == numbers
    for number in numbers:
        out("consents", "erase", number)
    erased = out.json("erasure", "list")
    assert isinstance(erased, list)
    assert [" ".join(each.values()) for each in erased] == out("erasure", "list").splitlines()
    assert len(erased) == 3
    assert out("consents", "export", "butikk", "--from", "2026-11-22", "--to", "2026-11-21") == ""
    assert (out.status, "is after the last day" in out.errors) == (2, True)
    assert out("consents", "export", "butikk", "--format", "csv", "--json") == ""
    assert out.status == 2


def published(out: Prints, folder: Path) -> None:
    """A site with a banner, whose draft is also in a file."""
    _make_site(out)
    draft = json.loads(out("banner", "export", "butikk"))
    draft["controller"].update(
        name="Butikken AS", contacts={"email": "post@butikk.example", "phone": "", "url": ""}
    )
    (folder / "draft.json").write_text(json.dumps(draft))
    out("banner", "import", "butikk", str(folder / "draft.json"))
    out("banner", "publish", "butikk")
    assert out.status == 0, out.errors


def test_a_publication_is_scheduled_listed_replaced_and_cancelled(out: Prints, folder: Path) -> None:
    published(out, folder)
    at = (clock.now() + timedelta(days=3)).replace(microsecond=0)
    made = json.loads(out("banner", "publish", "butikk", "--at", at.isoformat(), "--note", "Ny", "--json"))
    assert (made["state"], made["publish_at"], made["note"]) == ("scheduled", at.isoformat(), "Ny")
    assert json.loads(out("banner", "waiting", "butikk", "--json")) == [made]

    again = ("banner", "publish", "butikk", "--at", (at + timedelta(hours=1)).isoformat())
    assert (out(*again), out.status) == ("", 2)
    assert "nother publication waits" in out.errors
    assert out(*again, "--replace").startswith("publication 2\tscheduled\t")

    assert out("banner", "cancel", "butikk").startswith("publication 2\tcancelled\t")
    assert (out("banner", "waiting", "butikk"), out.status) == ("", 0)


@pytest.mark.parametrize(
    ("moment", "fault"),
    [
        ("in the morning", "is not a time such as"),
        ("2027-01-01T09:00", "names no time zone"),
        ("2020-01-01T09:00Z", "has passed"),
    ],
)
def test_a_time_that_nothing_can_be_scheduled_for_is_refused(
    out: Prints, folder: Path, moment: str, fault: str
) -> None:
    published(out, folder)
    assert (out("banner", "publish", "butikk", "--at", moment), out.status) == ("", 2)
    assert fault in out.errors


def stored(folder: Path) -> tuple[str, str, str]:
    """A decision in the log: its number, its receipt and the log's key."""
    settings = Settings.from_env({"SAMTYKKE_DATA_DIR": str(folder / "data")})
    with create_app(settings).app_context():
        with transaction():
            receipt, _ = decisions.record(
                sites.find("butikk"), decision(), secret_key=settings.secret_key, now=clock.now()
            )
        jobs.sequence()
        site = sites.find("butikk")
        found = (
            decisions.receipt(
                site.id, receipt.consent_id, now=clock.now(), checkpoint_every=timedelta(seconds=5)
            ),
            reading.keys()[0].vkey,
        )
        serve.close_connections()
    return receipt.consent_id, *found


FAULTS: dict[str, dict[str, str]] = {
    "not migrated": {"SAMTYKKE_DATA_DIR": "{tmp}/new"},
    "a newer schema": {"SAMTYKKE_DATA_DIR": "{tmp}/newer"},
    "a data folder that is a file": {"SAMTYKKE_DATA_DIR": "{tmp}/file"},
    "a data folder that cannot be made": {"SAMTYKKE_DATA_DIR": "{tmp}/file/below"},
    "a database that is none": {"SAMTYKKE_DATA_DIR": "{tmp}/garbage"},
    "a database that is a folder": {"SAMTYKKE_DATA_DIR": "{tmp}/odd"},
    "a database that is away": {
        "SAMTYKKE_DATA_DIR": "{tmp}/away",
        "SAMTYKKE_DATABASE_URL": "postgresql+psycopg://x@127.0.0.1:9/x",
    },
    "a URL that is none": {"SAMTYKKE_DATA_DIR": "{tmp}/url", "SAMTYKKE_DATABASE_URL": "nonsense"},
}

WRONG = {
    "apply": ["{tmp}/none"],
    "analytics close": ["--now", "tomorrow"],
    "analytics export": ["nowhere", "-o", "{tmp}/figures.csv"],
    "analytics privacy": ["nowhere"],
    "analytics reconcile": ["--nosuch"],
    "analytics show": ["nowhere"],
    "analytics silent": ["butikk"],
    "audit export": ["--since", "nowhere"],
    "backup": ["{tmp}/none/copy.db"],
    "banner cancel": ["nowhere"],
    "banner check": ["nowhere"],
    "banner export": ["nowhere"],
    "banner import": ["nowhere", "{tmp}/file"],
    "banner publish": ["nowhere"],
    "banner rollback": ["nowhere", "1"],
    "banner versions": ["nowhere"],
    "banner waiting": ["nowhere"],
    "bulk pause": [],
    "bulk publish": ["--group", "nothing"],
    "bulk resume": ["--site", "nowhere"],
    "bulk tag": ["a, b", "--all"],
    "bulk untag": ["oslo", "--status", "gone"],
    "catalog check": ["{tmp}/none.json"],
    "catalog export": ["{tmp}/none"],
    "catalog list": ["--category", "nothing"],
    "catalog new": ["matomo"],
    "catalog show": ["nothing"],
    "consents erase": ["0000-0000-0000-0000"],
    "consents export": ["nowhere"],
    "consents show": ["0000-0000-0000-0000"],
    "demo": ["--nosuch"],
    "erasure list": ["--nosuch"],
    "erasure replay": ["{tmp}/file"],
    "erasure scrub": ["--nosuch"],
    "group add": ["nothing", "butikk"],
    "group create": ["X", "butikk", "--name", "X"],
    "group delete": ["nothing"],
    "group export": ["nothing"],
    "group import": ["{tmp}/none.json"],
    "group list": ["--nosuch"],
    "group remove": ["nowhere"],
    "group share": ["nowhere"],
    "group show": ["nothing"],
    "log fsck": ["--nosuch"],
    "log manifest": ["nowhere", "2026-11-01"],
    "log mirror": ["http://127.0.0.1:9", "--to", "{tmp}/file", "--key", "x"],
    "log rotate-key": ["--nosuch"],
    "log verify": ["{tmp}", "--key", "{tmp}/none"],
    "mcp": ["--as", "nobody@example.no"],
    "migrate": ["--nosuch"],
    "plan": ["{tmp}/none"],
    "register export": ["nowhere", "-o", "{tmp}/record.csv"],
    "retention run": ["--now", "yesterday"],
    "retention set": ["nowhere", "1"],
    "retention show": ["nowhere"],
    "serve": ["--port", "{port}"],
    "site create": ["X", "--name", "X", "--domain", "x.example"],
    "scan": ["https://nowhere.example", "--site", "nowhere"],
    "site delete": ["nowhere"],
    "site duplicate": ["nowhere", "filial", "--name", "Filialen", "--domain", "filial.example"],
    "site export": ["nowhere"],
    "site list": ["--nosuch"],
    "site pause": ["nowhere"],
    "site rename": ["nowhere", "Butikken"],
    "site restore": ["nowhere"],
    "site resume": ["nowhere"],
    "token create": ["--site", "nowhere", "--scope", "sites:read"],
    "token list": ["--site", "nowhere"],
    "token revoke": ["nothing"],
    "token rotate": ["nothing"],
    "up": ["--port", "{port}"],
    "user create": ["nobody", "--role", "owner"],
    "user reset": ["nobody@example.no"],
    "user invite": ["nobody", "--role", "owner"],
    "worker": ["--nosuch"],
}
"""What nobody can do with each command, even where everything else is well."""


@pytest.fixture
def filled(folder: Path) -> Iterator[Callable[[str], str]]:
    """Fills in what stands for a port that is taken, and for a folder with odd things in it."""
    (folder / "file").write_text("nothing that anybody could read")
    for name in ("garbage", "odd", "newer"):
        (folder / name).mkdir()
    (folder / "garbage" / "samtykke.db").write_bytes(b"no database" * 1000)
    (folder / "odd" / "samtykke.db").mkdir()
    newer = sqlite3.connect(folder / "newer" / "samtykke.db")
    newer.executescript("CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES (9)")
    newer.close()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        yield lambda text: text.replace("{tmp}", str(folder)).replace("{port}", port)


def assert_is_one_sentence(out: Prints, printed: str) -> None:
    assert (out.status, printed) == (2, ""), out.errors
    assert len(out.errors.splitlines()) == 1, out.errors
    assert out.errors.endswith(".\n")
    assert "Traceback" not in out.errors


@pytest.mark.parametrize("path", WRONG)
def test_what_cannot_be_done_is_reported_in_one_sentence(
    out: Prints, filled: Callable[[str], str], path: str
) -> None:
    assert WRONG.keys() == WORKING.keys()
    assert_is_one_sentence(out, out(*path.split(), *map(filled, WRONG[path])))


@pytest.mark.parametrize("fault", FAULTS)
def test_where_it_cannot_be_done_every_command_says_so_in_one_sentence(
    out: Prints, filled: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    for path in sorted(WORKING):
        if fault == "not migrated" and path in ("migrate", "up"):
            continue
        for name, value in FAULTS[fault].items():
            monkeypatch.setenv(name, filled(value))
        arguments = (filled(argument) for argument in WRONG[path] if argument != "--nosuch")
        assert_is_one_sentence(out, out(*path.split(), *arguments))


def test_a_command_in_the_wrong_folder_creates_nothing(
    out: Prints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.delenv("SAMTYKKE_DATA_DIR")
    monkeypatch.chdir(elsewhere)
    for command in (["site", "list"], ["banner", "export", "butikk"], ["consents", "export", "butikk"]):
        assert_is_one_sentence(out, out(*command))
        assert "SAMTYKKE_DATA_DIR" in out.errors
    assert list(elsewhere.iterdir()) == []


def test_a_folder_cannot_be_written_like_a_file(out: Prints, folder: Path) -> None:
    published(out, folder)
    number, _, _ = stored(folder)
    assert_is_one_sentence(out, out("consents", "show", number, "--receipt", str(folder)))
    assert str(folder) in out.errors


def test_an_unforeseen_fault_is_one_sentence_too(out: Prints, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(**_options: object) -> None:
        raise RuntimeError("nobody has thought of this\nnor of that")

    monkeypatch.setattr(sites, "each_site", stumble)
    assert_is_one_sentence(out, out("site", "list"))
    assert out.errors == "Something went wrong here: RuntimeError: nobody has thought of this.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nosuch",), "No such command 'nosuch': see samtykke --help.\n"),
        (("serve", "--nosuch"), "No such option '--nosuch': see samtykke serve --help.\n"),
        (("log", "verify"), "Missing argument 'RECEIPT.json': see samtykke log verify --help.\n"),
    ],
)
def test_wrong_usage_is_reported_in_one_sentence(
    out: Prints, arguments: tuple[str, ...], message: str
) -> None:
    assert out(*arguments) == ""
    assert (out.status, out.errors) == (2, message)


def test_a_wrong_field_is_reported_once(out: Prints) -> None:
    out("site", "create", "x", "--name", "Butikken", "--domain", "butikk.example")

    assert out.status == 2
    assert out.errors == "The key is not 2 to 40 of a-z, 0-9 and -.\n"


def test_a_site_is_made_listed_and_its_draft_published(out: Prints, folder: Path) -> None:
    names = ("--domain", "butikk.example", "--staging-domain", "Test.butikk.example")
    out("site", "create", "butikk", "--name", "Butikken", *names)
    known = {
        "key": "butikk",
        "name": "Butikken",
        "domains": ["butikk.example"],
        "staging_domains": ["test.butikk.example"],
    }
    assert out.json("site", "list") == [{**known, "paused_at": None, "deleted_at": None}]
    draft = json.loads(out("banner", "export", "butikk"))
    assert out("banner", "check", "butikk")
    assert out.status == 1, "a draft without a controller cannot be published"
    draft["controller"].update(
        name="Butikken AS", contacts={"email": "post@butikk.example", "phone": "", "url": ""}
    )
    file = folder / "draft.json"
    file.write_text(json.dumps(draft))
    out("banner", "import", "butikk", str(file))
    assert out.status == 0, out.errors
    for wrong in (["nb"], ["nb=a", "nb=b"], ["nb=a"]):
        out("banner", "publish", "butikk", *(word for text in wrong for word in ("--announce", text)))
        assert (out.status, "announce" in out.errors.lower()) == (2, True), out.errors
    announced = {"nb": "Ny = bedre", "nn": "Ny", "en": "New"}
    texts = [word for code, text in announced.items() for word in ("--announce", f"{code}={text}")]
    out("banner", "publish", "butikk", "--note", "The first", *texts)
    assert out.status == 0, out.errors
    versions: Any = out.json("banner", "versions", "butikk")
    assert [(each["version"], each["note"], each["announcement"]) for each in versions] == [
        (1, "The first", announced)
    ]
    out("banner", "rollback", "butikk", "1")
    assert out.status == 0
    assert len(out.json("banner", "versions", "butikk")) == 2  # type: ignore[arg-type]


def test_a_site_on_which_a_request_waits_is_not_deleted(out: Prints) -> None:
    _make_site(out)
    app = create_app(Settings.from_env(os.environ))
    with app.app_context(), transaction():
        requester.send(
            sites.find("butikk").id,
            "access",
            Content("Kari", "kari@example.no", ""),
            language="nb",
            confirmable=False,
            secret_key=app.extensions["samtykke"].secret_key,
            now=clock.now(),
        )
    out("site", "delete", "butikk")
    assert out.status == 2
    assert out.errors == "Requests of data subjects still wait for an answer; answer them first.\n"
    assert out.json("site", "list")[0]["deleted_at"] is None  # type: ignore[index]


def test_a_group_of_sites_follows_the_site_that_shares_its_values(out: Prints, folder: Path) -> None:
    _make_site(out)
    out("site", "create", "kiosk", "--name", "Kiosken", "--domain", "kiosk.example")
    out("group", "create", "kjeden", "butikk", "--name", "Kjeden", "--share", "texts", "--share", "services")
    assert out.json("group", "list") == [{"key": "kjeden", "name": "Kjeden", "sites": 1}]
    out("group", "add", "kjeden", "butikk")
    assert (out.status, "in a group already" in out.errors) == (2, True)
    out("group", "add", "kjeden", "kiosk")
    for key, title, accent in (("kiosk", "Kiosken spør", "#111111"), ("butikk", "Velkommen", "#123456")):
        draft = json.loads(out("banner", "export", key))
        draft["texts"]["nb"]["title"] = title if key == "butikk" else draft["texts"]["nb"]["title"]
        draft["texts"]["nn"]["title"] = title
        draft["appearance"]["colours"]["light"]["accent"] = accent
        (folder / "draft.json").write_text(json.dumps(draft))
        out("banner", "import", key, str(folder / "draft.json"))
    assert out.json("group", "share", "butikk") == {
        "values": 2,
        "sites": [
            {"key": each, "changed": each == "kiosk", "errors": {}}
            for each in sorted(("butikk", "kiosk"), key=lambda key: _id(folder, key))
        ],
    }
    found = json.loads(out("banner", "export", "kiosk"))
    assert found["texts"]["nb"]["title"] == "Velkommen"
    assert found["texts"]["nn"]["title"] == "Kiosken spør"
    assert found["appearance"]["colours"]["light"]["accent"] == "#111111"
    shown: Any = out.json("group", "show", "kjeden")
    assert shown["sites"] == [{"key": "butikk", "own_values": 0}, {"key": "kiosk", "own_values": 1}]
    out("group", "remove", "kiosk")
    out("group", "share", "kiosk")
    assert (out.status, "is in no group" in out.errors) == (2, True)
    out("group", "create", "annen", "kiosk", "--name", "Annen", "--share", "nonsense")
    assert (out.status, "nonsense" in out.errors) == (2, True)


def _id(folder: Path, key: str) -> str:
    settings = Settings.from_env({"SAMTYKKE_DATA_DIR": str(folder / "data")})
    with create_app(settings).app_context():
        found = sites.find(key).id
        serve.close_connections()
    return found


def test_who_runs_the_server_publishes_without_a_second_person_and_that_is_on_record(
    out: Prints, folder: Path
) -> None:
    published(out, folder)
    settings = Settings.from_env({"SAMTYKKE_DATA_DIR": str(folder / "data")})
    with create_app(settings).app_context(), transaction():
        now, site = clock.now(), sites.find("butikk")
        for email in ("kari@butikk.example", "ola@butikk.example"):
            users.create_user(email, "editor", password=None, site_ids=None, now=now)
        approvals.require(site.id, required=True, now=now)
        approvals.ask(site.id, note="", by="kari@butikk.example", now=now)
    out("banner", "publish", "butikk")
    assert (out.status, "nother publication waits" in out.errors.lower()) == (2, True), out.errors
    out("banner", "publish", "butikk", "--replace")
    assert out.status == 0, out.errors
    out("banner", "rollback", "butikk", "1")
    assert out.status == 0, out.errors
    with create_app(settings).app_context():
        events = audit_log.audit_events(only=None, action="published_unapproved", limit=9)
        assert [event.subject for event in events] == ["version 3", "version 2"]


def test_an_import_with_a_mistake_names_the_field_and_changes_nothing(out: Prints, folder: Path) -> None:
    _make_site(out)
    before = out("banner", "export", "butikk")
    wrong = json.loads(before)
    wrong["appearance"]["colours"]["light"]["text"] = "reddish"
    file = folder / "wrong.json"
    file.write_text(json.dumps(wrong))
    out("banner", "import", "butikk", str(file))
    assert out.status == 2
    assert "appearance.colours.light.text" in out.errors
    assert len(out.errors.strip().splitlines()) == 1
    assert out("banner", "export", "butikk") == before


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":2}', "NaN", "[" * 100_000, '"\\ud800"', "18446744073709551616", ""]
)
def test_an_import_that_is_not_sound_json_is_one_sentence(out: Prints, folder: Path, text: str) -> None:
    _make_site(out)
    (folder / "odd.json").write_text(text)
    out("banner", "import", "butikk", str(folder / "odd.json"))
    assert out.status == 2
    assert "Traceback" not in out.errors
    assert len(out.errors.strip().splitlines()) == 1


def test_an_unknown_site_is_one_sentence(out: Prints) -> None:
    out("banner", "export", "nowhere")
    assert out.status == 2
    assert "nowhere" in out.errors


def test_a_user_is_made_with_a_password_that_is_printed_once(out: Prints) -> None:
    made = out.json("user", "create", "Kari@Example.no", "--role", "editor")
    assert made["email"] == "kari@example.no"  # type: ignore[index]
    assert len(made["password"]) >= 16  # type: ignore[index]
    out("user", "create", "kari@example.no", "--role", "editor")
    assert out.status == 2


def test_an_invitation_is_a_link_by_which_an_account_is_made(out: Prints) -> None:
    made = out.json("user", "invite", "Kari@Example.no", "--role", "editor")
    assert made["email"] == "kari@example.no"  # type: ignore[index]
    assert "/studio/invitation#" in made["link"]  # type: ignore[index]
    out("user", "create", "kari@example.no", "--role", "editor")
    out("user", "invite", "kari@example.no", "--role", "editor")
    assert out.status == 2


def test_a_link_for_a_new_password_is_printed_alone(out: Prints) -> None:
    out("user", "create", "kari@example.no", "--role", "editor")
    printed = out("user", "reset", "Kari@example.no")
    assert "/studio/new-password#" in printed
    assert len(printed.split()) == 1
    out("user", "reset", "ola@example.no")
    assert out.status == 2


def test_one_owner_is_the_break_glass_account_and_the_command_line_chooses_it(out: Prints) -> None:
    made = out("user", "create", "nod@example.no", "--role", "owner", "--break-glass")
    assert "It is the break-glass account" in made
    out("user", "create", "kari@example.no", "--role", "editor", "--break-glass")
    assert (out.status, "is not an owner of every site" in out.errors) == (2, True)
    out("user", "create", "ola@example.no", "--role", "owner")
    assert "It is the break-glass account" in out("user", "reset", "ola@example.no", "--break-glass")


def test_a_reset_removes_second_factors_where_it_is_told_to(out: Prints) -> None:
    out("user", "create", "kari@example.no", "--role", "owner")
    now, key = clock.now(), "k" * 32
    with create_app(Settings.from_env()).app_context():
        account = users.with_address("kari@example.no")
        assert account is not None
        known = users.active_identity(account.user_id)
        assert known is not None
        with transaction():
            secret = factors.offer_app("a session", secret_key=key).secret
            factors.add_app(known.user_id, secret, pyotp.TOTP(secret).at(now), now=now, secret_key=key)
            session = sessions.open_session(known, now=now)
    assert len(out("user", "reset", "kari@example.no").split()) == 1
    with create_app(Settings.from_env()).app_context():
        assert factors.of(known.user_id).any
    printed = out("user", "reset", "kari@example.no", "--factors").splitlines()
    assert printed[0] == "Second factors are removed."
    assert "/studio/new-password#" in printed[1]
    with create_app(Settings.from_env()).app_context():
        assert not factors.of(known.user_id).any
        assert sessions.identity_of(session, now=now) is None
        events = audit_log.audit_events(only=None, action="factors_removed", limit=9)
        own = inbox.page(inbox.Reach(known.user_id, (), ()), limit=9)
        assert [(one.kind, one.data["who"]) for one in own] == [("own.factors_removed", "command")]
    again = out.json("user", "reset", "kari@example.no", "--factors")
    assert again["factors_removed"] is False  # type: ignore[index]
    assert [(one.by.kind, one.subject) for one in events] == [("command", "kari@example.no")]


def test_a_token_is_printed_alone_so_that_scripts_can_keep_it(out: Prints) -> None:
    _make_site(out)
    printed = out("token", "create", "--site", "butikk", "--scope", "analytics:read")
    assert printed.startswith("smt_")
    assert len(printed.split()) == 1


def test_a_token_is_listed_rotated_and_revoked(out: Prints) -> None:
    _make_site(out)
    made = out.json("token", "create", "--site", "butikk", "--scope", "banner:write", "--expires", "90")
    assert isinstance(made, dict)
    listed = out.json("token", "list", "--site", "butikk")
    assert isinstance(listed, list)
    assert [(one["id"], one["sites"], one["used_at"]) for one in listed] == [(made["id"], ["butikk"], None)]
    assert listed[0]["expires_at"] == made["expires_at"]
    rotated = out.json("token", "rotate", str(made["id"]), "--overlap", "7d")
    assert isinstance(rotated, dict)
    assert rotated["token"] != made["token"]
    assert rotated["old_until"]
    before, after = (moment_of(one) for one in (made, rotated))
    assert timedelta(0) <= after - before < timedelta(minutes=5), "90 days again"
    shorter = out.json("token", "rotate", str(made["id"]), "--expires", "30")
    assert isinstance(shorter, dict)
    assert timedelta(days=59) < after - moment_of(shorter) <= timedelta(days=60)
    for wrong in ("never", "0", "731", "soon"):
        out("token", "rotate", str(made["id"]), "--expires", wrong)
        assert out.status == 2, wrong
    assert "is revoked" in out("token", "revoke", str(made["id"]))
    assert out.json("token", "list") == []
    out("token", "rotate", str(made["id"]))
    assert out.status == 2
    out("token", "revoke", "x" * 22)
    assert out.status == 2


def moment_of(said: dict[str, Any]) -> datetime:
    """When a token expires, as a command has printed."""
    return datetime.fromisoformat(said["expires_at"])


def test_a_token_of_the_command_line_has_no_end_with_a_reason_alone(out: Prints) -> None:
    _make_site(out)
    create = ("token", "create", "--site", "*", "--scope", "sites:read", "--expires")
    for wrong in ("never", "731", "0", "soon", "-1", "²"):
        out(*create, wrong)
        assert out.status == 2, wrong
    made = out.json(*create, "never", "--reason", "The till has no update")
    assert isinstance(made, dict)
    assert made["expires_at"] is None
    assert "expires never" in out("token", "list")


def test_people_have_a_role_for_a_group(out: Prints) -> None:
    _make_site(out)
    out("group", "create", "alle", "butikk", "--name", "Alle")
    made = out.json("user", "create", "kari@example.no", "--role", "support", "--group", "alle")
    assert isinstance(made, dict)
    assert (made["role"], made["sites"], made["groups"]) == ("support", [], ["alle"])
    assert "support of group alle" in out(
        "user", "invite", "ola@example.no", "--role", "support", "--group", "alle"
    )
    out("user", "create", "per@example.no", "--role", "support", "--group", "none")
    assert out.status == 2


def test_a_wrong_option_is_status_2(out: Prints) -> None:
    out("user", "create", "kari@example.no", "--role", "king")
    assert out.status == 2


def test_a_new_site_has_no_figures_yet(out: Prints) -> None:
    _make_site(out)
    figures = out.json("analytics", "show", "butikk", "--from", "2026-11-01", "--to", "2026-11-22")
    assert figures["rows"] == []  # type: ignore[index]
    assert figures["privacy"]["released_until"] is None  # type: ignore[index]


def test_figures_are_released_shown_written_and_counted_again(out: Prints, folder: Path) -> None:
    published(out, folder)
    stored(folder)
    assert out.json("analytics", "close") == {"now": ANY, "released": 0}
    later = (clock.now() + timedelta(days=2)).isoformat()
    assert out.json("analytics", "close", "--now", later)["released"] >= 1  # type: ignore[index]
    until = (clock.now() + timedelta(days=3)).date().isoformat()
    lines = out("analytics", "show", "butikk", "--to", until).splitlines()
    assert lines[0].startswith("period\tvalue\tdecided\taccept_all")
    assert lines[-1].startswith("total\t")
    file = folder / "figures.csv"
    out("analytics", "export", "butikk", "--to", until, "-o", str(file))
    assert len(file.read_text().splitlines()) == len(lines) - 1
    assert out.json("analytics", "reconcile") == {"decisions": 1, "erased": 0, "differing": []}


def test_without_its_extra_a_parquet_file_is_refused_in_one_sentence(
    out: Prints, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make_site(out)
    file = folder / "figures.parquet"
    export = ("analytics", "export", "butikk", "--format", "parquet", "-o", str(file))
    assert out(*export) == f"0 rows written to {file}.\n"
    monkeypatch.delitem(sys.modules, "server.analytics.service.parquet")
    monkeypatch.delattr(server.analytics.service, "parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    file.unlink()
    assert (out(*export), out.status, file.exists()) == ("", 2, False)
    assert out.errors == "Parquet files need the extra `parquet`: pip install 'samtykke[parquet]'.\n"


def test_the_demo_site_gets_sample_figures_once(out: Prints, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_year, "DAYS", 7)
    made = out.json("demo", "--history")
    assert isinstance(made, dict)
    until = made["sample_until"]
    assert out("analytics", "show", "demo").splitlines()[0] == f"Sample figures until {until}."
    assert out("demo", "--history") == ""
    assert (out.status, out.errors) == (
        2, "The site has figures already, and sample figures come before the first.\n",
    )  # fmt: skip


def test_after_an_older_database_was_restored_nothing_is_drawn_again(out: Prints, folder: Path) -> None:
    published(out, folder)
    stored(folder)
    out("analytics", "close")
    out("backup", str(folder / "copy.db"))
    now = clock.now()

    def closed(days: int) -> tuple[object, list[str]]:
        done = out.json("analytics", "close", "--now", (now + timedelta(days=days)).isoformat())
        until = (now + timedelta(days=9)).date().isoformat()
        figures = out.json("analytics", "show", "butikk", "--to", until)
        assert isinstance(done, dict)
        assert isinstance(figures, dict)
        return done["released"], [row["period"] for row in figures["rows"]]

    released, days = closed(2)
    assert released == len(days) == 2
    database = folder / "data" / "samtykke.db"
    for name in ("-wal", "-shm"):
        database.with_name(database.name + name).unlink(missing_ok=True)
    (folder / "copy.db").replace(database)

    assert closed(2) == (0, [])
    assert closed(3) == (1, [(date.fromisoformat(days[-1]) + timedelta(1)).isoformat()])


def test_an_owner_chooses_longer_lumps_and_a_smaller_epsilon(out: Prints) -> None:
    _make_site(out)
    assert out.json("analytics", "privacy", "butikk") == {"site": "butikk", "lump": "auto", "epsilon": 1.0}
    chosen = {"site": "butikk", "lump": "month", "epsilon": 0.25}
    assert out.json("analytics", "privacy", "butikk", "--lump", "month", "--epsilon", "0.25") == chosen
    assert out.json("analytics", "privacy", "butikk") == chosen


def test_consents_are_exported_line_by_line(out: Prints) -> None:
    _make_site(out)
    assert out("consents", "export", "butikk", "--format", "jsonl") == ""
    assert out("consents", "export", "butikk", "--format", "csv").startswith("consent_id,")


def test_a_group_is_moved_to_another_server_as_a_file(out: Prints, folder: Path) -> None:
    for key in ("kaffe", "te", "kakao"):
        out("site", "create", key, "--name", key.title(), "--domain", f"{key}.example")
    out("group", "create", "kjeden", "kaffe", "--name", "Kjeden", "--share", "texts")
    out("group", "add", "kjeden", "te")
    moved = json.loads(out("group", "export", "kjeden"))
    assert (moved["key"], moved["sites"], list(moved["document"])) == ("kjeden", ["kaffe", "te"], ["texts"])
    moved["document"]["texts"]["nb"]["title"] = "Velkommen"
    moved["name"] = "Butikkene"
    moved["sites"] += ["kakao", "finnes-ikke"]
    file = folder / "group.json"
    file.write_text(json.dumps(moved))
    printed = out("group", "import", str(file), "--take")
    assert printed.splitlines() == [
        "The group kjeden is imported.",
        "kakao\tput into the group",
        "finnes-ikke\tis not on this server",
    ]
    for key in ("kaffe", "te", "kakao"):
        assert json.loads(out("banner", "export", key))["texts"]["nb"]["title"] == "Velkommen", key
    again = out.json("group", "import", str(file))
    assert isinstance(again, dict)
    assert (again["name"], again["added"], again["absent"]) == ("Butikkene", [], ["finnes-ikke"])
    out("group", "delete", "kjeden")
    out("group", "import", str(file))
    assert json.loads(out("group", "export", "kjeden"))["sites"] == ["kaffe", "kakao", "te"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sites": "kaffe"}, "this is no file of a group: sites is not there"),
        ({"extra": 1}, "this is no file of a group: extra is unknown"),
        ({"key": "K"}, "the key is not 2 to 40 of a-z, 0-9 and -"),
        ({"document": {}}, "some fields are not as they should be"),
        ({"document": {"texts": {"nb": {"title": 1}}}}, "the banner document cannot be used: texts.nb"),
    ],
)
def test_a_file_that_is_no_group_changes_nothing(
    out: Prints, folder: Path, change: dict[str, object], said: str
) -> None:
    _make_site(out)
    out("group", "create", "kjeden", "butikk", "--name", "Kjeden")
    whole = json.loads(out("group", "export", "kjeden"))
    file = folder / "group.json"
    file.write_text(json.dumps({**whole, **change}))
    assert (out("group", "import", str(file)), out.status) == ("", 2)
    assert said[:1].upper() + said[1:] in out.errors
    assert json.loads(out("group", "export", "kjeden")) == whole
