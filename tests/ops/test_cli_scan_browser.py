"""The command that scans a website, from the terminal to a real browser and back."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

PAGES = {
    "/": b"""<!doctype html><title>Shop</title>
<script>document.cookie = "_ga=GA1.1.secret; max-age=63072000"</script>
<a href="/about?token=secret">About</a>""",
    "/about": b"""<!doctype html><title>About</title>
<img src='/pixel.gif?visitor=secret'><img src='?visitor=secret'>""",
}


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGES.get(self.path.partition("?")[0])
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_given: object) -> None:
        """Say nothing."""


@pytest.fixture
def shop() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.scanner
def test_a_website_is_scanned_into_every_form_and_no_value_gets_into_one(shop: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SAMTYKKE_")}
    command = [sys.executable, "-m", "server", "scan", shop, "--wait", "1", "--json"]
    files = ("--sarif", "a.sarif", "--html", "a.html", "--pictures", "p")
    done = subprocess.run(
        [*command, *files, "--fail-on", "before-consent"],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    report = json.loads(done.stdout)
    assert report["summary"]["pages"] == 2
    assert [(each["kind"], each["service"]) for each in report["findings"] if each["weight"] == "fault"] == [
        ("before-consent", "google_analytics")
    ]
    html = (tmp_path / "a.html").read_text("utf-8")
    sarif = (tmp_path / "a.sarif").read_text("utf-8")
    assert "data:image/jpeg;base64," in html
    assert json.loads(sarif)["runs"][0]["invocations"][0]["executionSuccessful"] is True
    assert [text for text in (done.stdout, html, sarif) if "secret" in text] == []
    assert {each.name for each in tmp_path.iterdir()} == {"a.sarif", "a.html", "p"}
