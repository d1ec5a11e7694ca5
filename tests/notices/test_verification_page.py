"""Anybody can check a receipt in a browser: it finds what the command finds, and sends nothing to anybody."""

import base64
import html
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import current_app
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from server.consents.receipts import InvalidReceipt, verify, write
from server.ledger import jobs
from server.ledger.service import reading
from server.notices.verification_pages import SOURCES
from tests.chromium import AXE
from tests.consents.receipts.forgeries import GENUINE, KEYS, OTHER_KEYS, RECORD, SALT, forgeries, proof
from tests.consents.shops import ORIGIN, open_shop, sent
from tests.serving import STATIC, Served, serving

VISITOR = "A" * 22

CHECK_ALL = """async (files) => {
  const found = [];
  const verdict = document.getElementById("verdict");
  for (const file of files) {
    const bytes = Uint8Array.from(atob(file), (sign) => sign.charCodeAt(0));
    const given = new DataTransfer();
    given.items.add(new File([bytes], "receipt.json"));
    delete verdict.dataset.result;
    const input = document.getElementById("file");
    input.files = given.files;
    const done = new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        if (!verdict.dataset.result) return;
        observer.disconnect();
        resolve();
      });
      observer.observe(verdict, { attributes: true });
    });
    input.dispatchEvent(new Event("change"));
    await done;
    found.push([verdict.dataset.result, verdict.dataset.fault, verdict.textContent]);
  }
  return found;
}"""
"""Chooses one file after the other, and gives what the page says of each."""

DROP = """(file) => {
  const dataTransfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(file), (sign) => sign.charCodeAt(0));
  dataTransfer.items.add(new File([bytes], "dropped.json"));
  const drop = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
  if (document.body.dispatchEvent(drop)) throw new Error("the browser would open the file");
}"""
"""Drops a file beside the field."""

WITHOUT_ED25519 = """
const native = SubtleCrypto.prototype.importKey;
SubtleCrypto.prototype.importKey = function (format, data, algorithm, ...rest) {
  if ((algorithm.name ?? algorithm) === "Ed25519") {
    return Promise.reject(new DOMException("Unrecognized name", "NotSupportedError"));
  }
  return native.call(this, format, data, algorithm, ...rest);
};
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose log is signed and has a decision."""
    with serving(tmp_path_factory.mktemp("verification")) as started:
        with started.app.app_context():
            decide()
        yield started


def decide() -> None:
    assert open_shop(current_app.test_client()).post(sent(visitor=VISITOR)).status_code == 201
    jobs.sequence()


def own_receipt(served: Served) -> bytes:
    """The receipt of the decision."""
    client, headers = served.app.test_client(), {"Authorization": f"Bearer {VISITOR}", "Origin": ORIGIN}
    me = "/api/v1/sites/butikk/me"
    (record,) = client.get(me, headers=headers).get_json()["records"]
    receipt: bytes = client.get(f"{me}/receipts/{record['consent_id']}", headers=headers).data
    return receipt


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """The page, opened; from then on without a network."""
    context = browser.new_context(locale="en-GB")
    opened = context.new_page()
    opened.goto(f"{served.address}/log/verify")
    context.set_offline(True)
    yield opened
    context.close()


def trust(page: Page, keys: Sequence[Any] = KEYS) -> None:
    page.evaluate("document.getElementById('keys').closest('details').open = true")
    page.get_by_label("Keys that are trusted").fill("\n".join(key.vkey for key in keys))


def check(page: Page, *files: bytes) -> list[list[str]]:
    found: list[list[str]] = page.evaluate(CHECK_ALL, [base64.b64encode(file).decode() for file in files])
    return found


# --- over HTTP ---------------------------------------------------------------------------------------------


def test_the_page_is_open_to_anybody_and_may_load_its_own_files_alone(client: FlaskClient) -> None:
    answer = client.get("/log/verify")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'none'" in policy
    assert "'self'" not in policy
    assert "<form" in answer.text
    assert "has signed nothing yet" in answer.text


def test_the_page_states_every_key_that_has_signed_and_is_fetched_again_when_one_is_new(
    client: FlaskClient,
) -> None:
    before = client.get("/log/verify").headers["ETag"]
    open_shop(client).post(sent())
    jobs.sequence()
    answer = client.get("/log/verify", headers={"If-None-Match": before})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"
    (known,) = reading.keys()
    assert known.vkey in html.unescape(answer.text)
    again = client.get("/log/verify", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "nb-NO,nb;q=0.9,en;q=0.8", "nb"),
        ("", "nn", "nn"),
        ("", "sv", "nb"),
        ("", "fr,en;q=0.5", "en"),
        ("?lang=nn", "en", "nn"),
        ("?lang=%3Cscript%3E", "nb", "nb"),
    ],
)
def test_the_page_is_in_the_readers_language(
    client: FlaskClient, query: str, accepted: str, language: str
) -> None:
    answer = client.get(f"/log/verify{query}", headers={"Accept-Language": accepted} if accepted else {})
    assert answer.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in answer.text
    assert "Accept-Language" in answer.headers["Vary"]


def test_the_code_can_be_read_and_is_small(client: FlaskClient) -> None:
    modules = {path.name for path in (STATIC / "notices" / "verify").glob("*.js")}
    assert set(SOURCES) == modules
    for name in SOURCES:
        with client.get(f"/static/notices/verify/{name}") as answer:
            assert answer.status_code == 200
            assert len(answer.get_data(as_text=True).splitlines()) < 250


# --- in a browser ------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("native", [True, False], ids=["native", "library"])
def test_the_page_finds_what_the_command_finds(browser: Browser, served: Served, native: bool) -> None:
    context = browser.new_context(locale="en-GB")
    if not native:
        context.add_init_script(WITHOUT_ED25519)
    page = context.new_page()
    page.goto(f"{served.address}/log/verify")
    context.set_offline(True)
    trust(page)
    listed = forgeries()
    found = check(page, *(each.file for each in listed))
    expected = {each.name: ("not", each.fault) for each in listed}
    assert {
        each.name: (result, fault) for each, (result, fault, _) in zip(listed, found, strict=True)
    } == expected
    assert not [text for *_, text in found if re.search(r"[{}]|undefined", text)]

    reformatted = json.dumps(json.loads(GENUINE), indent=2).encode()
    places = [
        write(RECORD, SALT, proof(index, size)).encode() for size in (1, 2, 7, 8) for index in (0, size - 1)
    ]
    assert {result for result, *_ in check(page, GENUINE, reformatted, *places)} == {"proved"}
    assert page.locator("#found dd", has_text="the browser" if native else "@noble/ed25519").count() == 1

    # Bits flipped anywhere: the seed is fixed, so that a fault is found again.
    flips = [flipped(bit) for bit in random.Random(14).sample(range(len(GENUINE) * 8), 150)]
    assert {result for result, *_ in check(page, *flips)} == {"not"}
    for keys in OTHER_KEYS.values():
        trust(page, keys)
        assert check(page, GENUINE)[0][0] == "not"
    context.close()


def flipped(bit: int) -> bytes:
    forged = bytearray(GENUINE)
    forged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidReceipt):
        verify(bytes(forged), KEYS)
    return bytes(forged)


def choose(page: Page, file: bytes) -> None:
    given = {"name": "samtykke-1.json", "mimeType": "application/json", "buffer": file}
    page.get_by_label("Receipt").set_input_files(given)  # type: ignore[arg-type]


def states(page: Page) -> list[str | None]:
    return [each.get_attribute("data-state") for each in page.locator(".steps li").all()]


@pytest.mark.browser
def test_a_receipt_of_this_server_is_checked_step_by_step_without_a_network(
    page: Page, served: Served
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    verdict, receipt = page.get_by_role("status"), own_receipt(served)
    choose(page, receipt)
    expect(verdict).to_have_text("Proved: this answer is in the log, and was not changed.")
    expect(page.locator("#record")).to_contain_text("Functional: yes, Statistics: no")
    assert states(page) == ["passed"] * 4
    choose(page, receipt.replace(b'"statistics":false', b'"statistics":true'))
    expect(verdict).to_contain_text("Not proved. The file was changed")
    assert states(page) == ["passed", "failed", "open", "open"]
    expect(page.get_by_role("heading", name="What the file says, which is not proved")).to_be_visible()
    assert axe(page) == []
    page.evaluate(DROP, base64.b64encode(receipt).decode())
    expect(verdict).to_contain_text("Proved:")
    page.get_by_text("Keys that are trusted").first.click()
    page.get_by_label("Keys that are trusted").fill("abc")
    page.get_by_role("button", name="Check again").click()
    expect(verdict).to_contain_text("The key in line 1 cannot be used.")
    assert states(page) == ["open"] * 4
    assert asked == []


def axe(page: Page) -> list[str]:
    """Barriers on the page as it is."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("axe.run().then((found) => found.violations)")
    return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in found]


REFUSED = """async () => {
    const refused = [];
    document.addEventListener("securitypolicyviolation", (fault) => refused.push(fault.effectiveDirective));
    const settled = (make) => new Promise((done) => { const it = make(); it.onload = it.onerror = done; });
    const made = (tag, more) => Object.assign(document.createElement(tag), more);
    const added = (tag, more) => settled(() => document.head.appendChild(made(tag, more)));
    await fetch("/healthz").catch(() => {});
    await added("script", { src: "/static/dist/choice.js" });
    await added("link", { rel: "stylesheet", href: "/static/notices/choice.css" });
    await settled(() => Object.assign(new Image(), { src: "/static/dist/icon.svg" }));
    await new Promise((done) => setTimeout(done));
    return refused;
}"""


@pytest.mark.browser
def test_the_browser_refuses_every_other_file_of_this_server(page: Page, served: Served) -> None:
    asked: list[str] = []
    page.on("requestfinished", lambda request: asked.append(request.url))
    refused = page.evaluate(REFUSED)
    assert sorted(refused) == ["connect-src", "img-src", "script-src-elem", "style-src-elem"]
    assert asked == []


@pytest.mark.browser
def test_a_saved_page_checks_receipts_too(browser: Browser, served: Served, tmp_path: Path) -> None:
    """As browsers save it: the page, with its script in a folder beside it."""
    client = served.app.test_client()
    saved = client.get("/log/verify?lang=en").text.replace("/static/dist/verify.js", "files/verify.js")
    (tmp_path / "files").mkdir()
    (tmp_path / "verify.html").write_text(saved, encoding="utf-8")
    (tmp_path / "files" / "verify.js").write_bytes((STATIC / "dist" / "verify.js").read_bytes())
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((tmp_path / "verify.html").as_uri())
    choose(page, own_receipt(served))
    expect(page.get_by_role("status")).to_contain_text("Proved:")
    context.close()


@pytest.mark.browser
def test_without_scripts_the_page_names_the_command(browser: Browser, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False, locale="nb-NO")
    page = context.new_page()
    page.goto(f"{served.address}/log/verify")
    expect(page.locator("noscript p")).to_contain_text("bruk kommandoen samtykke log verify")
    expect(page.locator("#file")).to_be_hidden()
    context.close()
