"""The draft as a file: what is downloaded can be read again, and nothing is replaced before it was shown."""

import copy
import html
import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from server.core.db import transaction
from server.sites import service as sites
from server.sites.values import Site
from server.studio.sites import site_file
from tests.sites.documents import publishable
from tests.studio.conftest import NOW, Visitor

FILE = "/sites/butikken/file"


def choose(who: Visitor, content: object) -> TestResponse:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return who.post(FILE, {"file": (BytesIO(data), "banner.json")}, content_type="multipart/form-data")


def fields(page: str) -> dict[str, Any]:
    found = re.findall(r'name="(revision|document)" value="([^"]+)"', page)
    return {name: html.unescape(value) for name, value in found}


def downloaded(who: Visitor) -> Any:
    answer = who.get(f"{FILE}/banner.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="butikken.json"'
    return json.loads(answer.data)


def test_file_changes_the_draft_only_after_it_was_shown(site: Site, as_role: Callable[..., Visitor]) -> None:
    editor = as_role("editor")
    document = downloaded(editor)
    assert document == sites.draft(site.id).document
    document["texts"]["nb"]["title"] = "Får vi <lov>?"
    shown = choose(editor, document)
    assert (shown.status_code, "Får vi &lt;lov&gt;?" in shown.text) == (200, True)
    assert "One difference between the draft and the file" in shown.text
    assert sites.draft(site.id).revision == 1
    taken = editor.post(f"{FILE}/take", fields(shown.text), follow_redirects=True)
    assert "One change was taken into the draft." in taken.text
    assert sites.draft(site.id).document == document
    assert "replaced the draft by" in as_role("owner").get("/sites/butikken/trail").text


def test_draft_that_was_saved_meanwhile_is_compared_again(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    editor = as_role("editor")
    shown = choose(editor, publishable())
    with transaction():
        moved = copy.deepcopy(sites.draft(site.id).document)
        moved["texts"]["nb"]["title"] = "Fra en kollega"
        sites.save_draft(site.id, moved, by="ola@example.no", now=NOW)
    again = editor.post(f"{FILE}/take", fields(shown.text))
    assert (again.status_code, "ola@example.no saved this draft" in again.text) == (412, True)
    assert "Fra en kollega" in again.text
    assert sites.draft(site.id).document == moved
    assert editor.post(f"{FILE}/take", fields(again.text)).status_code == 303


WRONG = {
    "nothing": (b"", "is not chosen, or is empty"),
    "no JSON": (b"<html>", "is not JSON that every program reads alike"),
    "a key twice": (b'{"texts": 1, "texts": 2}', "is not JSON that every program reads alike"),
    "too deep": (b"[" * 90 + b"]" * 90, "is not JSON that every program reads alike"),
    "no document": (b"[]", "is not a banner document"),
}


@pytest.mark.parametrize(("content", "fault"), WRONG.values(), ids=WRONG.keys())
def test_file_that_cannot_be_used_is_refused(
    site: Site, as_role: Callable[..., Visitor], content: bytes, fault: str
) -> None:
    answer = choose(as_role("editor"), content)
    assert (answer.status_code, f"The file {fault}." in answer.text) == (422, True)


def test_too_large_file_is_refused(
    site: Site, as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_file, "LARGEST", 1024)
    answer = choose(as_role("editor"), b" " * 1025)
    assert (answer.status_code, "The file is larger than 1 KB." in answer.text) == (422, True)


def test_every_field_that_is_wrong_in_a_file_is_named(site: Site, as_role: Callable[..., Visitor]) -> None:
    editor = as_role("editor")
    document = downloaded(editor)
    document["behaviour"]["validity_days"] = "<b>"
    document["nothing"] = 1
    answer = choose(editor, document)
    assert answer.status_code == 422
    named = re.findall(r'<bdi class="mono">([^<]+)</bdi>', answer.text)
    assert set(named) == {"behaviour.validity_days", "nothing"}


def test_file_that_changes_nothing_is_said_to(site: Site, as_role: Callable[..., Visitor]) -> None:
    editor = as_role("editor")
    answer = choose(editor, downloaded(editor))
    assert (answer.status_code, "has exactly what the draft has" in answer.text) == (422, True)


@pytest.mark.parametrize("sent", ["", "AAAA", "eNo=", "é", "eJyLjgUAARUAuQ=="])
def test_what_no_page_carried_is_refused(site: Site, as_role: Callable[..., Visitor], sent: str) -> None:
    answer = as_role("editor").post(f"{FILE}/take", {"document": sent, "revision": "1"})
    assert (answer.status_code, "The file has to be chosen again." in answer.text) == (422, True)
    assert sites.draft(site.id).revision == 1
