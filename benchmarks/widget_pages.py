"""One small page with each consent tool in turn, as a website serves it, and a stand-in for trackers."""

import json
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import brotli

HERE = Path(__file__).parent
PEERS, PACKAGES = HERE / "peers", HERE / "node_modules"

SCRIPTS = 20
"""How many scripts wait for consent on the page that has some: one inline, one fetched, and so on."""

TITLE = "You decide about cookies"
MESSAGE = (
    "We use cookies. Some are needed for this site to work. If you agree, we and our partners also store and "
    "read data on your device to remember what you have set, to count how the site is used and to show you "
    "advertising that suits you. You can change your mind at any time."
)
"""Texts for the peers that have none of their own."""

CATEGORIES = ("functional", "statistics", "advertising")


@dataclass(frozen=True)
class Tool:
    """A consent tool: how a blocked script is marked for it, and where its buttons are."""

    name: str
    accept: str
    reject: str
    banner: str
    settings: str = ""
    """What opens the second layer; empty where there is none."""
    dialog: str = ""
    marked: str = ""
    """The attributes of a blocked script; empty where the tool's configuration holds them."""


NONE = Tool("none", "", "", "")
"""The page without any tool: what the others are held against."""

TOOLS = (
    Tool(
        "samtykke",
        accept="#samtykke [data-samtykke-action=accept-all]",
        reject="#samtykke [data-samtykke-action=reject-all]",
        banner="#samtykke",
        settings="#samtykke [data-samtykke-action=settings]",
        dialog="#samtykke-settings",
        marked='type="text/plain" data-consent="{category}"',
    ),
    Tool(
        "osano",
        accept=".cc-window .cc-allow",
        reject=".cc-window .cc-deny",
        banner=".cc-window",
        marked='type="text/plain"',
    ),
    Tool(
        "vanilla",
        accept="#cc-main .cm [data-role=all]",
        reject="#cc-main .cm [data-role=necessary]",
        banner="#cc-main .cm",
        settings="#cc-main .cm [data-role=show]",
        dialog="#cc-main .pm",
        marked='type="text/plain" data-category="{category}"',
    ),
    Tool(
        "tarteaucitron",
        accept="#tarteaucitronPersonalize2",
        reject="#tarteaucitronAllDenied2",
        banner="#tarteaucitronAlertBig",
        settings="#tarteaucitronCloseAlert",
        dialog="#tarteaucitron",
    ),
    Tool(
        "klaro",
        accept="#klaro .cookie-notice .cm-btn-success",
        reject="#klaro .cookie-notice .cn-decline",
        banner="#klaro .cookie-notice",
        settings="#klaro .cookie-notice .cn-learn-more",
        dialog="#klaro .cookie-modal",
        marked='type="text/plain" data-type="application/javascript" data-name="{category}"',
    ),
    Tool(
        "c15t",
        accept="[data-testid=consent-banner-accept-button]",
        reject="[data-testid=consent-banner-reject-button]",
        banner="[data-testid=consent-banner-card]",
        settings="[data-testid=consent-banner-customize-button]",
        dialog="[data-testid=consent-dialog-card]",
    ),
)

SECOND = replace(TOOLS[0], name="second")
"""Ours again, for a site whose main language is not the page's: its visitors need another one."""


@dataclass
class Website:
    """The pages' own server and the trackers' one."""

    ours: str
    bundles: Path
    tracked: list[str] = field(default_factory=list)
    """Paths that the trackers' server was asked for."""

    def __post_init__(self) -> None:
        website = self

        class Page(_Handler):
            def content(self) -> tuple[str, bytes] | None:
                return website.page(self.path.partition("?")[0])

        class Tracker(_Handler):
            def content(self) -> tuple[str, bytes] | None:
                website.tracked.append(self.path)
                return "text/javascript", _ran(int(self.path.strip("/")[:-3])).encode()

        self.servers = [_serve(Page), _serve(Tracker)]
        self.url = f"http://127.0.0.1:{self.servers[0].server_address[1]}"
        self.tracker = f"http://tracker.localhost:{self.servers[1].server_address[1]}"

    def page(self, path: str) -> tuple[str, bytes] | None:
        """The kind and content of what is at a path."""
        if path.startswith("/files/"):
            return _file(path.removeprefix("/files/"), self.bundles)
        tool = next((each for each in (NONE, *TOOLS, SECOND) if path.startswith(f"/{each.name}/")), None)
        return ("text/html", self._html(tool, path.endswith("/blocked")).encode()) if tool else None

    def address(self, tool: Tool, *, blocked: bool = False) -> str:
        """Where the page with a tool is, without or with scripts that wait for consent."""
        return f"{self.url}/{tool.name}/{'blocked' if blocked else ''}"

    def _html(self, tool: Tool, blocked: bool) -> str:  # noqa: FBT001
        scripts = self._scripts() if blocked else []
        head = "" if tool is NONE else (PEERS / f"{tool.name}.html").read_text(encoding="utf-8").strip()
        filled = {
            "{ours}": self.ours,
            "{title}": TITLE,
            "{message}": MESSAGE,
            "{blocked}": json.dumps(scripts).replace("</", "<\\/"),
        }
        for name, value in filled.items():
            head = head.replace(name, value)
        page = (PEERS / "page.html").read_text(encoding="utf-8")
        return page.replace("{head}", head).replace("{marked}", _marked(tool, scripts))

    def _scripts(self) -> list[dict[str, str]]:
        return [
            {"src": f"{self.tracker}/{number}.js"} if number % 2 else {"text": _ran(number)}
            for number in range(SCRIPTS)
        ]

    def close(self) -> None:
        """Stop serving."""
        for server in self.servers:
            server.shutdown()
            server.server_close()


@contextmanager
def website(ours: str) -> Iterator[Website]:
    """The website, with our script from a product that runs at `ours`."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["node", PEERS / "bundle.mjs", folder], check=True)
        site = Website(ours, Path(folder))
        try:
            yield site
        finally:
            site.close()


def _ran(number: int) -> str:
    return f"(window.ran ||= []).push({number});"


def _marked(tool: Tool, scripts: list[dict[str, str]]) -> str:
    if not tool.marked:
        return ""
    lines = []
    for number, script in enumerate(scripts):
        attributes = tool.marked.format(category=CATEGORIES[number % len(CATEGORIES)])
        # klaro keeps the address apart as well; the others read the real one.
        source = f' src="{script["src"]}" data-src="{script["src"]}"' if "src" in script else ""
        lines.append(f"<script {attributes}{source}>{script.get('text', '')}</script>")
    return "\n".join(lines)


def _file(name: str, bundles: Path) -> tuple[str, bytes] | None:
    file = bundles / name if (bundles / name).is_file() else PACKAGES / name
    kinds = {".js": "text/javascript", ".css": "text/css"}
    return (kinds[file.suffix], file.read_bytes()) if file.is_file() and file.suffix in kinds else None


@cache
def _compressed(content: bytes) -> bytes:
    return bytes(brotli.compress(content, quality=11))


class _Handler(BaseHTTPRequestHandler):
    """Files as a careful website serves them: brotli 11, persistent connections, cached for a year."""

    protocol_version = "HTTP/1.1"

    def content(self) -> tuple[str, bytes] | None:
        raise NotImplementedError

    def do_GET(self) -> None:
        found = self.content()
        if found is None:
            return self._answer(404, {}, b"")
        kind, content = found
        age = "no-cache" if kind == "text/html" else "public, max-age=31536000, immutable"
        headers = {"Content-Type": f"{kind}; charset=utf-8", "Content-Encoding": "br", "Cache-Control": age}
        return self._answer(200, headers, _compressed(content))

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        # A visitor may leave while something is on its way.
        with suppress(ConnectionError):
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silence: what is measured is measured in the browser."""


def _serve(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server
