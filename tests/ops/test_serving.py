"""Starting and stopping, as an operator sees it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.app import create_app
from server.core.db import sqlite
from server.ops import serve, worker
from server.ops.cli import run
from tests.conftest import settings_for
from tests.processes import (
    PATIENCE,
    ROOT,
    Running,
    a_decision,
    ask,
    environment,
    eventually,
    free_port,
    running,
    samtykke,
)

pytestmark = pytest.mark.servers

CHUNKED = b"""\
POST /api/v1/sites/demo/decisions HTTP/1.1\r
Host: 127.0.0.1\r
Origin: %s\r
Content-Type: text/plain\r
Transfer-Encoding: chunked\r
\r
%s"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def migrated(migrated_once: Path, folder: Path) -> Path:
    """What `samtykke migrate` leaves in a data folder."""
    return Path(shutil.copytree(migrated_once, folder))


def test_one_command_sets_up_serves_stores_counts_and_stops(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(folder, log=log) as product:
        decisions = f"{product.url}/api/v1/sites/demo/decisions"
        for _ in range(20):
            answer = ask(
                decisions, body=a_decision(), headers={"Origin": product.url, "Content-Type": "text/plain"}
            )
            assert answer is not None
            assert answer.status == 201, answer.body

        def counted() -> bool:
            with closing(sqlite.connect(folder / "samtykke.db")) as database:
                return bool(database.execute("SELECT sum(count) FROM decision_count").fetchone() == (20,))

        eventually(counted, what="counting")
        again = samtykke(folder, "analytics", "reconcile", "--json")
        assert json.loads(again.stdout)["decisions"] == 20
        metrics = ask(f"{product.url}/metrics")
        assert metrics is not None
        assert b'samtykke_log_entries{log="' in metrics.body
        families = [family.name for family in text_string_to_metric_families(metrics.body.decode())]
        assert len(set(families)) == len(families)
        family = psutil.Process(product.process.pid).children(recursive=True)
        product.process.send_signal(signal.SIGINT)
        output, _ = product.process.communicate(timeout=PATIENCE)
    assert product.process.returncode == 0
    assert [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert f"{product.url}/demo/" in output
    assert output.count("  password  ") == 1
    assert "unexpected_error" not in _events(log)


@dataclass(frozen=True)
class Commands:
    """Runs commands; what they printed is returned, their status with it if it is not 0."""

    environment: pytest.MonkeyPatch
    captured: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> str:
        status = run(create_app, arguments)
        printed = self.captured.readouterr()
        assert status == 0, printed.err
        return printed.out

    def refused(self, *arguments: str) -> str:
        """The one sentence with which a command ends that cannot do what it is for."""
        assert run(create_app, arguments) == 2
        (line,) = self.captured.readouterr().err.strip().splitlines()
        return str(line)


@pytest.fixture
def commands(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Commands:
    """Commands in this process on `folder`; those that go on say that they are ready, and end."""

    def ready_at_once(*_: object, ready: Callable[[], None]) -> int:
        ready()
        return 0

    for name in [name for name in os.environ if name.startswith("SAMTYKKE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SAMTYKKE_DATA_DIR", str(folder))
    monkeypatch.setattr(serve, "serve", ready_at_once)
    monkeypatch.setattr(worker, "work", lambda _app: None)
    return Commands(monkeypatch, capsys)


def test_the_address_and_the_login_are_printed_in_one_line_of_json(commands: Commands) -> None:
    commands.environment.setenv("SAMTYKKE_DEMO", "on")
    port = free_port()
    first, again = (json.loads(commands("up", "--port", str(port), "--json")) for _ in range(2))
    assert first["listening"] == again["listening"] == f"http://127.0.0.1:{port}"
    assert (first["login"] is not None, again["login"]) == (True, None)


@pytest.mark.usefixtures("migrated")
@pytest.mark.parametrize(("command", "line"), [("serve", "Listening on http://"), ("worker", "The ")])
def test_a_line_of_text_says_that_it_runs(commands: Commands, command: str, line: str) -> None:
    port = ("--port", str(free_port())) if command == "serve" else ()
    printed = commands(command, *port)
    assert printed.startswith(line)
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    ("host", "proxies", "warned"),
    [
        ("127.0.0.1", 0, False),
        ("::1", 0, False),
        ("localhost", 0, False),
        ("0.0.0.0", 0, True),
        ("::", 0, True),
        ("192.0.2.7", 0, True),
        ("consent.example.no", 0, True),
        ("0.0.0.0", 1, False),
    ],
)
def test_an_address_that_strangers_reach_without_a_proxy_is_warned_about(
    tmp_path: Path, host: str, proxies: int, warned: bool
) -> None:
    settings = settings_for(tmp_path, trusted_proxies=proxies)
    warnings = list(serve.warnings_of(serve.Listening(host, 8000, workers=2), settings))
    assert ["SAMTYKKE_TRUSTED_PROXIES" in each for each in warnings] == [True] * warned


@pytest.mark.parametrize(
    ("public_url", "warned"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://127.0.0.1:8101", False),
        ("https://consent.example.no", False),
    ],
)
def test_another_port_than_browsers_ask_is_warned_about(
    tmp_path: Path, public_url: str, warned: bool
) -> None:
    settings = settings_for(tmp_path, public_url=public_url)
    warnings = list(serve.warnings_of(serve.Listening("127.0.0.1", 8101, workers=2), settings))
    assert ["Set SAMTYKKE_PUBLIC_URL" in each for each in warnings] == [True] * warned


def test_a_server_prints_its_address_in_one_line_of_json_and_a_warning_beside_it(migrated: Path) -> None:
    port = free_port()
    command = ("serve", "--host", "0.0.0.0", "--port", str(port), "--json")
    with started(migrated, *command) as process:
        assert process.stdout is not None
        printed = json.loads(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port)):
            pass  # it listens as soon as it says so
        process.send_signal(signal.SIGTERM)
        _, complaints = process.communicate(timeout=PATIENCE)
    assert (printed["listening"], printed["login"]) == (f"http://0.0.0.0:{port}", None)
    assert "SAMTYKKE_TRUSTED_PROXIES" in complaints
    assert process.returncode == 0


def test_the_jobs_that_run_are_printed_as_json(migrated: Path) -> None:
    with started(migrated, "worker", "--json") as process:
        assert process.stdout is not None
        assert "sequence the log" in json.loads(process.stdout.readline())["jobs"]


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A command that goes on, until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server", *arguments],
        cwd=ROOT,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)


def test_an_end_that_is_asked_for_while_the_parts_are_started_comes_in_order() -> None:
    parts = "lambda: (os.kill(os.getppid(), signal.SIGTERM), signal.pause()), signal.pause"
    program = f"""
import os, signal
from server.app import create_app
from server.core.db import sqlite
from server.ops import serve, worker
from server.ops.cli import run
for _ in range(5):
    if not (child := os.fork()):
        os._exit(serve._watch({parts}))
    assert os.waitpid(child, 0)[1] == 0
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=PATIENCE, check=False)
    assert ended.returncode == 0


def test_a_port_that_is_taken_is_reported_before_anything_is_set_up(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = samtykke(folder, "up", "--port", port)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Traceback" not in refused.stderr
    (line,) = refused.stderr.strip().splitlines()
    assert port in line
    assert not (folder / "samtykke.db").exists()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the log of `product` is written."""
    return tmp_path_factory.mktemp("log") / "log"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, log: Path) -> Iterator[Running]:
    """A product for tests that leave it as they found it."""
    with running(tmp_path_factory.mktemp("shared") / "data", log=log) as product:
        yield product


def test_every_line_of_the_log_is_json_and_none_has_an_address(product: Running, log: Path) -> None:
    port = int(product.url.rsplit(":", 1)[1])
    for line in (b"NONSENSE\r\n\r\n", b"GET /secret-path HTTP/1.1\r\nBad Header: x\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port)) as visitor:
            visitor.sendall(line)
            assert visitor.recv(100).startswith(b"HTTP/1.1 400")
    eventually(lambda: log.read_text().count("invalid_request") == 2, what="the lines")
    for chunks in (b"zz\r\n", b"5\r\nab", b"5\r\nabcdeXX0\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port)) as visitor:
            visitor.sendall(CHUNKED % (product.url.encode(), chunks))
            visitor.shutdown(socket.SHUT_WR)
            assert visitor.recv(100).startswith(b"HTTP/1.1 400")
    events = _events(log)
    assert "invalid_request" in events
    assert "unexpected_error" not in events
    text = log.read_text()
    for printed in ("127.0.0.1", "NONSENSE", "secret-path", "Bad Header"):
        assert printed not in text


def _events(log: Path) -> list[str]:
    """What the lines of a log are about, each of which is JSON."""
    return [json.loads(line)["event"] for line in log.read_text().splitlines()]


def test_without_the_demo_a_token_makes_the_owner_until_there_is_one(commands: Commands) -> None:
    first, again = (json.loads(commands("up", "--port", str(free_port()), "--json")) for _ in range(2))
    assert first["login"] is None
    assert first["welcome"]["address"] == "http://127.0.0.1:8000/studio/welcome"
    assert first["welcome"]["token"] != again["welcome"]["token"]
    assert "  token     " in commands("up", "--port", str(free_port()))
    commands("user", "create", "kari@example.no", "--role", "owner")
    assert json.loads(commands("serve", "--port", str(free_port()), "--json"))["welcome"] is None
    assert "  token     " not in commands("up", "--port", str(free_port()))


def test_the_password_is_shown_on_the_first_start_alone(commands: Commands) -> None:
    commands.environment.setenv("SAMTYKKE_DEMO", "on")
    first, second = (commands("up", "--port", str(free_port())) for _ in range(2))
    assert "  password  " in first
    assert "  password  " not in second


def test_a_worker_that_dies_is_started_again(product: Running) -> None:
    parent = psutil.Process(product.process.pid)

    def worker() -> psutil.Process | None:
        # The web part has processes of its own, the worker has none.
        parts = parent.children()
        with suppress(psutil.NoSuchProcess):  # it ended between the two looks
            return next((one for one in parts if not one.children()), None) if len(parts) == 2 else None
        return None

    first = eventually(worker, what="a worker")
    first.kill()
    again = eventually(lambda: (one := worker()) and one.pid != first.pid and one, what="another worker")
    assert again


def test_a_database_that_was_not_migrated_is_one_clear_sentence(commands: Commands) -> None:
    assert "samtykke migrate" in commands.refused("serve", "--port", str(free_port()))


def test_a_wrong_setting_is_one_clear_sentence(commands: Commands) -> None:
    commands.environment.setenv("SAMTYKKE_DEMO", "perhaps")
    assert "SAMTYKKE_DEMO" in commands.refused("migrate")


def test_an_unwritable_data_folder_is_one_clear_sentence(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    commands.environment.setenv("SAMTYKKE_DATA_DIR", str(tmp_path / "file" / "data"))
    assert "SAMTYKKE_DATA_DIR" in commands.refused("migrate")


def test_a_database_that_is_away_is_one_clear_sentence(commands: Commands) -> None:
    away = f"postgresql+psycopg://127.0.0.1:{free_port()}/none"
    commands.environment.setenv("SAMTYKKE_DATABASE_URL", away)
    assert "database" in commands.refused("migrate")


LOADED_BY_SERVE = """
from server.app import create_app
from server.core.settings import Settings
from server.ops import serve

serve._Web(lambda: create_app(Settings.from_env()), {}).load()
"""


@pytest.mark.parametrize("load", ["import wsgi", LOADED_BY_SERVE], ids=["wsgi", "serve"])
def test_a_web_process_leaves_what_it_has_loaded_out_of_garbage_collection(load: str, migrated: Path) -> None:
    """A full collection of it would keep the request that starts it waiting for 80 ms."""
    code = f"{load}\nimport gc; print(gc.get_freeze_count(), len(gc.get_objects()))"
    command, environ = [sys.executable, "-c", code], environment(migrated)
    ran = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=True)
    frozen, others = map(int, ran.stdout.split())
    assert frozen > 9 * others
