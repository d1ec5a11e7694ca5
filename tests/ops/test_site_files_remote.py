"""Plans and applying files by the API of a server, and the examples of the guide, run as they stand."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from server.accounts.service import tokens
from server.core import clock
from server.core.db import transaction
from server.core.errors import Malformed
from server.core.strict_yaml import strict_yaml
from server.ops.cli.as_code.remote import server
from server.sites import service as sites
from tests.ops.test_cli import Prints, folder, out
from tests.processes import ROOT
from tests.serving import Served, serving
from tests.sites.documents import publishable

__all__ = ["folder", "out"]

GUIDE = (ROOT / "docs" / "consent-as-code.md").read_text(encoding="utf-8")


def fenced(language: str, beginning: str) -> str:
    """The example of the guide that begins so."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.M | re.S)
    return str(next(text for text in found if text.startswith(beginning)))


PIPELINE = fenced("sh", "# ci:")
WORKFLOW: Any = strict_yaml(fenced("yaml", "# .github/")).value


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("live")) as served:
        yield served


@pytest.fixture
def token(live: Served) -> Callable[..., str]:
    """A token with these scopes for a server that has a site with a publishable draft."""

    def make(*scopes: str) -> str:
        with live.app.app_context():
            key = f"butikk-{len(list(sites.each_site()))}"
            with transaction():
                made = sites.create(key, "Butikken", [f"{key}.example"], by="x", now=clock.now())
                sites.save_draft(made.id, publishable(), by="x", now=clock.now())
                _, secret = tokens.create_token(
                    name="ci", scopes=scopes, site_ids=[made.id], by="command line", now=clock.now()
                )
        return secret

    return make


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch, token: Callable[..., str]) -> None:
    """A token that may write, in the environment."""
    for name in [name for name in os.environ if name.startswith("SAMTYKKE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SAMTYKKE_TOKEN", token("sites:write"))


def test_files_are_written_planned_and_applied_from_another_machine(
    out: Prints, live: Served, write: None, folder: Path
) -> None:
    here = ["--server", live.address]
    where = folder / "remote"
    assert out("plan", str(where), "--init", *here).count("is written") == 1
    (file,) = where.iterdir()
    assert "nothing changes" in out("plan", str(where), *here)
    assert out("apply", str(where), *here) == f"{file.stem}\tnothing changed\n"
    file.write_text(file.read_text().replace("name: Butikken\n", "name: 'no'\n"))

    assert "  ~ Name: Butikken → no" in out("plan", str(where), *here, "--fail-on", "drift,finding")
    assert out.status == 0
    assert (
        out("apply", str(where), "--publish", *here)
        == f"{file.stem}\t1 change made, published as version 1\n"
    )
    assert out("site", "export", file.stem, *here) == file.read_text()
    with live.app.app_context():
        assert sites.find(file.stem).name == "no"
        assert sites.find(file.stem).domains == (f"{file.stem}.example",)


def test_drift_names_the_program_that_applied_a_file_and_says_when(
    out: Prints, live: Served, write: None, folder: Path
) -> None:
    here, where = ["--server", live.address], folder / "remote"
    out("plan", str(where), "--init", *here)
    (file,) = where.iterdir()
    out("apply", str(where), *here)
    with live.app.app_context(), transaction():
        sites.rename(sites.find(file.stem).id, "Fra studio")

    said, planned = out("plan", str(where), *here), out.json("plan", str(where), *here)

    assert re.search(
        r"^  Drift: since a file was applied at \d{4}-\d\d-\d\d \d\d:\d\d UTC by the program ci "
        r"\(API token\), there were changes in the studio\.",
        said,
        re.M,
    )
    applied: Any = planned[0]["applied"]  # type: ignore[index]
    assert applied["by"].startswith("token ")
    assert applied["at"].endswith("+00:00")


def test_faults_that_the_server_finds_are_named_by_file_line_and_field(
    out: Prints, live: Served, write: None, folder: Path
) -> None:
    where = folder / "remote"
    out("plan", str(where), "--init", "--server", live.address)
    (where / "ny.yaml").write_text("name: Ny\ndomains:\n  - ny.no\n  - 'a b'\ntags: [no]\n")
    (where / "to.yaml").write_text("domains: [to.no]\n")

    assert out("apply", str(where), "--server", live.address) == ""
    assert out.status == 2
    assert out.errors.splitlines() == [
        f"{where}/ny.yaml:4: domains.1: is not a host name such as www.example.no.",
        f"{where}/to.yaml: name: is missing.",
    ]


def test_a_token_that_only_reads_plans_and_is_refused_at_applying(
    out: Prints,
    live: Served,
    token: Callable[..., str],
    folder: Path,
) -> None:
    secret = folder / "token"
    secret.write_text(token("sites:read") + "\n")
    how = ["--server", live.address, "--token-file", str(secret)]
    where = folder / "remote"
    out("plan", str(where), "--init", *how)

    assert out("plan", str(where), *how) != ""
    assert out("apply", str(where), *how) == ""
    assert out.status == 1
    assert "does not have the scope banner:write or sites:write" in out.errors
    assert secret.read_text().strip() not in out.errors


def test_an_unknown_token_ends_it_at_once_in_one_sentence(
    out: Prints, live: Served, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMTYKKE_TOKEN", "smt_" + "x" * 43)
    (folder / "aa.yaml").write_text("name: A\n")
    (folder / "bb.yaml").write_text("name: B\n")

    assert out("plan", str(folder), "--server", live.address) == ""
    assert (out.status, out.errors) == (2, "There is no such token, or it was revoked.\n")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://consent.example.no/", ""),
        ("http://127.0.0.1:8000", ""),
        ("http://localhost:8000", ""),
        ("http://[::1]:8000", ""),
        ("http://consent.example.no", "https"),
        ("http://127.0.0.1.example.no", "https"),
        ("http://10.0.0.1", "https"),
        ("https://kari:hemmelig@consent.example.no", "password"),
        ("ftp://consent.example.no", "such as"),
        ("consent.example.no", "such as"),
        ("https://consent.example.no?x=1", "such as"),
        ("https://", "such as"),
        ("https://[::1", "such as"),
    ],
)
def test_a_token_is_sent_to_no_address_where_others_could_read_it(url: str, said: str) -> None:
    if not said:
        assert server(url, "smt_x").url == url.rstrip("/")
        return
    with pytest.raises(Malformed) as refused:
        server(url, "smt_x")
    assert said in refused.value.message
    assert "hemmelig" not in refused.value.message


@pytest.mark.parametrize("secret", ["", "smt x", "smt_\n", "smt_é", "x\r\nX-Other: 1"])
def test_what_is_no_token_is_not_sent(secret: str) -> None:
    with pytest.raises(Malformed):
        server("https://consent.example.no", secret)


class _Elsewhere(BaseHTTPRequestHandler):
    answers: tuple[int, bytes] = (302, b"")

    def do_GET(self) -> None:
        status, body = type(self).answers
        self.send_response(status)
        self.send_header("Location", "https://evil.example/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_rest: object) -> None:
        pass


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (302, b"", "The server sends elsewhere: name the address that it is at.\n"),
        (200, b"<html>", "The server answered 200, and not as Samtykke answers.\n"),
        (502, b"bad gateway", "The server answered 502, and not as Samtykke answers.\n"),
        (500, b'{"message": "\\u001b[2Jout of order"}', "\\u001b[2Jout of order.\n"),
        (200, b"[" * 100_000, "The server answered 200, and not as Samtykke answers.\n"),
        (200, b"[1]", "The server answered 200, and not as Samtykke answers.\n"),
    ],
)
def test_what_answers_otherwise_than_samtykke_is_one_sentence(
    out: Prints, folder: Path, monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, said: str
) -> None:
    monkeypatch.setenv("SAMTYKKE_TOKEN", "smt_hemmelig")
    handler = type("Handler", (_Elsewhere,), {"answers": (status, body)})
    with HTTPServer(("127.0.0.1", 0), handler) as other:
        thread = Thread(target=other.handle_request)
        thread.start()
        printed = out("site", "export", "x1", "--server", f"http://127.0.0.1:{other.server_port}")
        thread.join()

    assert (printed, out.status, out.errors) == ("", 2, said)


@pytest.mark.parametrize("key", ["../outside", "/tmp/outside", "a/b", "UPPER", "x1\n", 7, None])
def test_what_a_server_calls_a_site_names_no_file_outside_of_the_folder(
    out: Prints, folder: Path, monkeypatch: pytest.MonkeyPatch, key: object
) -> None:
    monkeypatch.setenv("SAMTYKKE_TOKEN", "smt_hemmelig")
    page = json.dumps({"sites": [{"key": key}], "next": None}).encode()
    handler = type("Handler", (_Elsewhere,), {"answers": (200, page)})
    before = sorted(folder.rglob("*"))
    with HTTPServer(("127.0.0.1", 0), handler) as other:
        thread = Thread(target=other.handle_request)
        thread.start()
        out("plan", str(folder / "sites"), "--init", "--server", f"http://127.0.0.1:{other.server_port}")
        thread.join()

    assert (out.status, "whose key is none" in out.errors) == (2, True)
    assert [path for path in sorted(folder.rglob("*")) if path.is_file() or path in before] == before


def test_a_server_that_is_away_is_one_sentence_without_the_token(
    out: Prints, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMTYKKE_TOKEN", "smt_hemmelig")

    out("site", "export", "x1", "--server", "http://127.0.0.1:9")

    assert (out.status, len(out.errors.splitlines())) == (2, 1)
    assert "hemmelig" not in out.errors
    out("plan", str(folder), "--token-file", "x")
    assert "--token-file is for --server" in out.errors


# --- the guide --------------------------------------------------------------------------------------------


@pytest.fixture
def machine(tmp_path: Path, live: Served, token: Callable[..., str]) -> dict[str, str]:
    """The environment of a machine that runs pipelines: `samtykke` is installed there."""
    command = tmp_path / "bin" / "samtykke"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m server "$@"\n')
    command.chmod(0o755)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SAMTYKKE_")}
    return {
        **inherited,
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "SAMTYKKE_SERVER": live.address,
        "SAMTYKKE_TOKEN": token("sites:write"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_SHA": "0123abcd",
        "BRANCH": "topic",
        "COMMIT": "0123abcd",
    }


def run(script: str, where: Path, machine: dict[str, str], **more: str) -> "subprocess.CompletedProcess[str]":
    """As GitHub runs a step: bash, which ends at the first fault."""
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=where,
        env={**machine, **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


@pytest.fixture
def repository(tmp_path: Path, machine: dict[str, str]) -> Path:
    """A checkout whose files were applied once, with a change in one of them."""
    here = '--server "$SAMTYKKE_SERVER"'
    script = f"samtykke plan sites --init {here}; samtykke apply sites {here}"
    done = run(script, tmp_path, machine)
    assert done.returncode == 0, done.stderr
    (file,) = (tmp_path / "sites").iterdir()
    file.write_text(file.read_text().replace("name: Butikken\n", "name: Nye Butikken\n"))
    return tmp_path


def site_of(repository: Path) -> str:
    return next((repository / "sites").iterdir()).stem


def test_the_pipeline_of_the_guide_plans_on_a_branch_and_applies_on_main(
    live: Served, repository: Path, machine: dict[str, str]
) -> None:
    planned = run(PIPELINE, repository, machine)
    assert planned.returncode == 0, planned.stderr
    assert "Butikken → Nye Butikken" in planned.stdout
    with live.app.app_context():
        assert sites.find(site_of(repository)).name == "Butikken"

    applied = run(PIPELINE, repository, machine, BRANCH="main")

    assert applied.returncode == 0, applied.stderr
    with live.app.app_context():
        found = sites.find(site_of(repository))
        version = sites.newest(found.id)
    assert found.name == "Nye Butikken"
    assert version is not None
    assert version.note == "0123abcd"


def test_the_workflow_of_the_guide_is_one_and_its_steps_do_what_they_are_named_for(
    live: Served, repository: Path, machine: dict[str, str]
) -> None:
    assert WORKFLOW.keys() == {"name", "on", "permissions", "concurrency", "jobs"}
    job = WORKFLOW["jobs"]["consent"]
    assert job["env"] == {
        "SAMTYKKE_SERVER": "${{ vars.SAMTYKKE_SERVER }}",
        "SAMTYKKE_TOKEN": "${{ secrets.SAMTYKKE_TOKEN }}",
    }
    steps = {step["name"]: step for step in job["steps"] if "run" in step}
    assert steps.keys() == {"Install", "Plan", "Apply"}
    assert steps["Apply"]["if"] == "github.event_name == 'push'"

    planned = run(steps["Plan"]["run"], repository, machine)
    assert planned.returncode == 0, planned.stderr
    assert "Nye Butikken" in Path(machine["GITHUB_STEP_SUMMARY"]).read_text()
    applied = run(steps["Apply"]["run"], repository, machine)
    assert applied.returncode == 0, applied.stderr

    with live.app.app_context(), transaction():
        sites.rename(sites.find(site_of(repository)).id, "Fra studio")
    drifted = run(steps["Plan"]["run"], repository, machine)
    assert drifted.returncode == 1
    assert "changed in the studio" in drifted.stdout


def test_the_first_file_of_the_guide_is_one(out: Prints, folder: Path) -> None:
    example = fenced("yaml", "key: butikken")
    settings = example[: example.index("banner:")]
    where = folder / "guide"
    where.mkdir()
    (where / "butikken.yaml").write_text(settings)

    assert "butikken (butikken.yaml): a new site" in out("plan", str(where))
    made: Any = json.loads(out("apply", str(where), "--json"))
    assert [each["created"] for each in made] == [True]
