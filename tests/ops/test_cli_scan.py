"""The command that scans a website, with a stand-in for the browser."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.app import create_app
from server.core import clock
from server.core.db import transaction
from server.core.guarded_fetch import Failed
from server.ops.cli import run
from server.ops.cli.output import application
from server.scanner.crawl import running
from server.scanner.crawl.job import Job
from server.scanner.observations import Visit
from server.sites import service as sites
from tests.scanner.reports import scans
from tests.scanner.test_scanning import CART, Browser, published
from tests.threads import in_own_thread

SHOP = scans.SHOP


class Command:
    """Runs `samtykke scan`, and keeps what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], browser: Browser) -> None:
        self._capsys = capsys
        self.browser = browser
        self.errors = ""

    def __call__(self, *arguments: str) -> tuple[int, str]:
        self._capsys.readouterr()
        status = in_own_thread(run, create_app, ("scan", *arguments))
        printed = self._capsys.readouterr()
        self.errors = printed.err
        return status, printed.out

    @property
    def job(self) -> Job:
        assert self.browser.job is not None
        return self.browser.job


@pytest.fixture
def scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """In a folder without a database, as on the machine of somebody who audits a website."""
    for name in [name for name in os.environ if name.startswith("SAMTYKKE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    browser = Browser()
    monkeypatch.setattr(running, "crawl", browser)
    yield Command(capsys, browser)
    assert not (tmp_path / "instance").exists()


def test_any_website_is_scanned_without_a_server_and_without_a_database(scan: Command) -> None:
    status, printed = scan("shop.example")
    assert status == 0, scan.errors
    assert scan.job.start == "https://shop.example"
    assert "(before-consent, " in printed
    assert "Google Analytics" in printed
    assert scan.errors == ""


def test_a_named_finding_is_status_1(scan: Command) -> None:
    assert scan(SHOP, "--fail-on", "after-refusal,lifetime")[0] == 0
    status, printed = scan(SHOP, "--fail-on", "after-refusal,before-consent")
    assert status == 1
    assert printed.endswith(" of --fail-on: status 1.\n")
    assert scan(SHOP, "--fail-on", "before-consent", "--fail-from", "fault")[0] == 1
    scan.browser.visits = (Visit("none", stored=(CART,)),)
    assert scan(SHOP, "--fail-on", "before-consent")[0] == 1
    assert scan(SHOP, "--fail-on", "before-consent", "--fail-from", "warning")[0] == 0


def test_with_json_one_value_is_printed_whatever_fails(scan: Command) -> None:
    status, printed = scan(SHOP, "--json", "--fail-on", "before-consent")
    made: dict[str, Any] = json.loads(printed)
    assert status == 1
    assert made["crawl"]["start"] == SHOP
    first = made["findings"][0]
    assert (first["kind"], first["service"]) == ("before-consent", "google_analytics")
    assert first["fingerprint"].startswith("before-consent/")
    assert first["title"]


def test_files_are_written_beside_what_is_printed(scan: Command, tmp_path: Path) -> None:
    status, printed = scan(SHOP, "--sarif", "scan.sarif", "--html", "scan.html")
    assert status == 0, scan.errors
    assert printed.endswith("scan.sarif is written.\nscan.html is written.\n")
    assert json.loads((tmp_path / "scan.sarif").read_bytes())["version"] == "2.1.0"
    assert (tmp_path / "scan.html").read_text("utf-8").startswith("<!doctype html>")
    assert json.loads(scan(SHOP, "--json", "--html", "other.html")[1])["version"] == 1
    assert (tmp_path / "other.html").is_file()


def test_sarif_goes_to_standard_output_alone(scan: Command) -> None:
    status, printed = scan(SHOP, "--sarif", "-", "--html", "scan.html")
    assert status == 0, scan.errors
    assert json.loads(printed)["runs"][0]["tool"]["driver"]["name"] == "samtykke scan"


def test_a_file_that_is_there_stays_and_nothing_is_visited_for_it(scan: Command, tmp_path: Path) -> None:
    (tmp_path / "scan.html").write_text("mine")
    assert scan(SHOP, "--html", "scan.html")[0] == 2
    assert (scan.errors, scan.browser.job) == ("Scan.html is there already.\n", None)
    assert scan(SHOP, "--html", "nowhere/scan.html")[0] == 2
    assert (scan.browser.job, "there is no folder" in scan.errors) == (None, True)
    assert scan(SHOP, "--html", "scan.html", "--force")[0] == 0
    assert (tmp_path / "scan.html").read_text("utf-8") != "mine"


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), "Missing argument 'URL'"),
        ((SHOP, "--fail-on", "tracking"), "'tracking' is no kind of finding; there are before-consent, "),
        ((SHOP, "--pages", "0"), "0 is not in the range 1<=x<=1000"),
        ((SHOP, "--pages", "1001"), "1001 is not in the range"),
        ((SHOP, "--wait", "0.5"), "0.5 is not in the range 1<=x<=120"),
        ((SHOP, "--wait", "nan"), "nan is no number of seconds"),
        ((SHOP, "--json", "--sarif", "-"), "Only one report goes to standard output"),
        ((SHOP, "--html", "-", "--sarif", "-"), "Only one report goes to standard output"),
        ((SHOP, "--site", "butikk", "--declaration", "list.txt"), "are two declarations"),
        ((SHOP, "--page-list", "gone.txt"), "'gone.txt' does not exist"),
        ((SHOP, "--page-list", "empty.txt"), "empty.txt names no page"),
        ((SHOP, "--page-list", "binary.txt"), "binary.txt is no text in UTF-8"),
        ((SHOP, "--page-list", "long.txt"), "long.txt names more than 999 pages"),
        ((SHOP, "--login", "list.txt"), "list.txt: the body is not JSON"),
        ((SHOP, "--login", "state.json"), "state.json is no storage state as Playwright saves it"),
        ((SHOP, "--browser", "list.txt"), "list.txt is not a program that can be started"),
        ((SHOP, "--declaration", "state.json"), "neither a banner document nor a published declaration"),
        ((SHOP, "--pictures", "no/folder"), "No such file or directory"),
        ((SHOP, "--each-category"), "Which categories there are is not known"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_is_visited(
    scan: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], fault: str
) -> None:
    (tmp_path / "list.txt").write_text("/about\n")
    (tmp_path / "empty.txt").write_text("# nothing\n\n")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\xff")
    (tmp_path / "long.txt").write_text("/a\n" * 1_000)
    (tmp_path / "state.json").write_text("{}")
    monkeypatch.setattr("server.core.guarded_fetch.get", _unreachable)
    status, printed = scan(*arguments)
    assert (status, printed, scan.browser.job) == (2, "", None)
    assert len(scan.errors.splitlines()) == 1
    assert fault.lower() in scan.errors.lower()


def _unreachable(url: str, **_given: object) -> object:
    raise Failed("connection_failed", f"{url} cannot be reached")


def test_without_the_extra_or_chromium_one_sentence_says_what_to_install(scan: Command) -> None:
    scan.browser.fault = running.NotPossible("Visiting websites needs Chromium: install it.")
    assert scan(SHOP) == (2, "")
    assert scan.errors == "Visiting websites needs Chromium: install it.\n"


def test_a_website_that_cannot_be_visited_passes_no_check(scan: Command) -> None:
    scan.browser.visits = (
        Visit("none", faults=("unreachable",)),
        Visit("reject_all", faults=("unreachable",)),
    )
    status, printed = scan(SHOP, "--fail-on", "before-consent")
    assert status == 2
    assert "0 pages visited. 1 page could not be visited." in printed
    assert scan.errors == f"No page of {SHOP} could be visited: it could not be reached.\n"
    assert scan(SHOP, "--fail-on", "not-observed")[0] == 1


def test_pages_come_from_a_list_with_comments(scan: Command, tmp_path: Path) -> None:
    (tmp_path / "pages.txt").write_bytes(
        b"\xef\xbb\xbf# the shop\r\nhttps://shop.example/a\r\n\r\n  /b  \r\n"
    )
    assert scan(SHOP, "--page-list", "pages.txt")[0] == 0, scan.errors
    assert scan.job.listed == ("https://shop.example/a", "https://shop.example/b")
    assert (scan.job.follow, scan.job.pages) == (False, 3)


def test_options_reach_the_browser(scan: Command, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"cookies": []}')
    status, _ = scan(
        SHOP, "--pages", "3", "--wait", "1", "--no-robots", "--login", "state.json",
        "--pictures", "pictures", "--resume", "going.on", "--browser", sys.executable,
    )  # fmt: skip
    assert status == 0, scan.errors
    asked = scan.job
    assert (asked.pages, asked.wait, asked.first_wait, asked.robots) == (3, 1, 4, False)
    assert Path(asked.storage_state).name == "state.json"
    assert (tmp_path / "pictures").is_dir()
    assert asked.browser == sys.executable
    assert scan.browser.state == Path("going.on")


def test_a_declaration_in_a_file_is_what_it_is_held_against(scan: Command, tmp_path: Path) -> None:
    (tmp_path / "cookies.json").write_bytes(published())
    status, printed = scan(
        SHOP, "--declaration", "cookies.json", "--each-category", "--fail-on", "undeclared"
    )
    assert status == 1, scan.errors
    assert scan.job.categories == ("statistics",)
    assert "Held against the declaration in cookies.json." in printed


def test_colours_are_for_terminals_alone(scan: Command) -> None:
    assert "\x1b" not in scan(SHOP)[1]


def test_a_terminal_is_told_how_far_it_is(scan: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert scan(SHOP)[0] == 0
    assert "\r1 of 2 pages" in scan.errors


def test_names_that_a_page_chose_move_no_cursor(scan: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def hostile(*_given: object, **_named: object) -> object:
        return scans.hostile().crawl

    monkeypatch.setattr(running, "crawl", hostile)
    for arguments in ((), ("--json",), ("--sarif", "-")):
        status, printed = scan(SHOP, *arguments)
        assert status == 0, scan.errors
        assert not {sign for sign in printed if sign < " "} - {"\n"}, arguments
        assert "\u202e" not in printed


class TestWithADatabase:
    """A site of this machine is looked up."""

    @pytest.fixture
    def folder(
        self, tmp_path: Path, migrated_once: Path, scan: Command, monkeypatch: pytest.MonkeyPatch
    ) -> Path:
        monkeypatch.setenv("SAMTYKKE_DATA_DIR", str(tmp_path / "data"))
        shutil.copytree(migrated_once, tmp_path / "data")
        made = ("site", "create", "butikk", "--name", "Butikken", "--domain", "shop.example")
        assert in_own_thread(run, create_app, made) == 0
        return tmp_path

    def test_its_draft_is_what_a_scan_is_held_against(self, folder: Path, scan: Command) -> None:
        status, printed = scan(SHOP, "--site", "butikk", "--each-category")
        assert status == 0, scan.errors
        assert "Held against the draft of the site butikk; nothing is published." in printed
        assert scan.job.categories == ("functional", "statistics", "advertising")

    def test_or_what_was_published_last(self, folder: Path, scan: Command) -> None:
        assert in_own_thread(run, create_app, ("banner", "export", "butikk")) == 0
        assert in_own_thread(publish, folder) == 0
        assert "Held against the published banner of the site butikk." in scan(SHOP, "--site", "butikk")[1]

    def test_an_unknown_site_is_one_sentence(self, folder: Path, scan: Command) -> None:
        assert scan(SHOP, "--site", "nowhere") == (2, "")
        assert (len(scan.errors.splitlines()), scan.browser.job) == (1, None)


def publish(folder: Path) -> int:
    """Publish the banner of `butikk`."""
    with application(), transaction():
        site = sites.find("butikk")
        document = sites.draft(site.id).document
        document["controller"]["name"] = "Butikken AS"
        document["controller"]["contacts"]["email"] = "post@shop.example"
        sites.save_draft(site.id, document, by="x", now=clock.now(), expected_revision=None)
    return run(create_app, ("banner", "publish", "butikk"))
