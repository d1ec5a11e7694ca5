"""The draft of a site on the pages of its website: who gets it, and what."""

import copy
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.accounts.service import sessions, users
from server.accounts.values import Identity
from server.core import clock
from server.core.db import transaction
from server.embed import draft_configuration, service
from server.embed.draft_tokens import LIFETIME
from server.embed.values import BLOCKING, FLOATING, SIGNALS
from server.sites import deletion
from server.sites import service as sites
from server.sites.values import Site
from tests.conftest import PUBLIC_URL
from tests.embed.conftest import NOW, Publish
from tests.sites.documents import with_behaviour

PAGE = "https://shop.example.no"
DRAFT = "/w/shop/draft"


@dataclass
class Editor:
    """Somebody who edits the banner of the shop, with a link to its draft."""

    app: Flask
    client: FlaskClient
    site: Site
    identity: Identity
    secret: str
    token: str

    def ask(self, token: str | None = None, path: str = DRAFT, **headers: str) -> TestResponse:
        """What a page of the shop gets."""
        given = {"Origin": PAGE, "Authorization": f"Bearer {token or self.token}", **headers}
        return self.client.get(path, headers={name: text for name, text in given.items() if text})

    def save(self, title: str, **behaviour: object) -> None:
        document = copy.deepcopy(sites.draft(self.site.id).document)
        document["texts"]["nb"]["title"] = title
        with transaction():
            sites.save_draft(self.site.id, with_behaviour(document, **behaviour), by="a test", now=NOW)


@pytest.fixture
def editor(app: Flask, client: FlaskClient, publish: Publish, monkeypatch: pytest.MonkeyPatch) -> Editor:
    """An editor of a shop that has published its banner, and saved another draft since."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    service.forget()
    publish("Publisert")
    site = sites.find("shop")
    with transaction():
        identity, _ = users.create_user(
            "ada@example.no", "editor", password="tre hester på vidda", site_ids=[site.id], now=NOW
        )
        secret = sessions.open_session(identity, now=NOW)
    token, _ = service.draft_token(
        site, secret, "nn", secret_key=app.extensions["samtykke"].secret_key, now=NOW
    )
    made = Editor(app, client, site, identity, secret, token)
    made.save("Et nytt spørsmål")
    return made


def reason(answer: TestResponse) -> tuple[int, str]:
    """Why it was refused, which a page of the shop may read."""
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None
    return answer.status_code, answer.json["reason"]


def test_who_may_edit_the_banner_gets_the_draft_with_all_that_belongs_to_it(editor: Editor) -> None:
    answer = editor.ask()

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert answer.headers["Vary"] == "Origin"
    assert "Set-Cookie" not in answer.headers
    found = answer.json
    assert found is not None
    assert found["words"]["texts"][0] == "Et nytt spørsmål"
    assert (found["site"], found["origin"]) == ("shop", PUBLIC_URL)
    assert found["draft"] == draft_configuration.NOWHERE
    assert (found["language"], found["seconds"]) == ("nn", 1800)
    assert set(found["parts"]["settings"]) == set(found["settings"])
    assert set(found["settings"].values()) == {found["extra"]}


def test_the_files_that_the_draft_names_are_those_of_the_published_script(editor: Editor) -> None:
    found = editor.ask().json
    assert found is not None

    for path in {found["extra"], found["parts"]["extra"]["asked"], *found["parts"]["extra"]["debug"]}:
        assert editor.client.get(path).status_code == 200
    # No file has anything of the draft: what is in files, everybody may fetch.
    assert "Et nytt spørsmål".encode() not in editor.client.get(found["extra"]).data


def test_it_is_the_draft_as_it_is_saved_at_that_moment(editor: Editor) -> None:
    editor.save("Nyere utkast")

    found = editor.ask().json

    assert found is not None
    assert found["words"]["texts"][0] == "Nyere utkast"


def test_a_text_that_a_language_of_the_draft_lacks_is_shown_in_the_main_one(editor: Editor) -> None:
    changed = copy.deepcopy(sites.draft(editor.site.id).document)
    changed["texts"]["en"]["title"] = ""
    with transaction():
        sites.save_draft(editor.site.id, changed, by="a test", now=NOW)

    found = editor.ask().json

    assert found is not None
    assert found["languages"]["en"]["texts"][0] == "Et nytt spørsmål"


def test_what_the_published_script_does_not_have_is_named_and_events_never_are(editor: Editor) -> None:
    editor.save(
        "Et nytt spørsmål",
        consent_mode="basic",
        automatic_blocking=True,
        impressions=True,
        floating_button=True,
    )

    found = editor.ask().json

    assert found is not None
    assert found["parts"]["missing"] == [SIGNALS, BLOCKING]
    assert FLOATING not in found["parts"]["missing"]
    assert found["parts"]["floating"] is True


def test_a_link_shows_nothing_once_it_has_expired(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + LIFETIME - timedelta(seconds=1))
    assert editor.ask().status_code == 200
    monkeypatch.setattr(clock, "now", lambda: NOW + LIFETIME)
    assert reason(editor.ask()) == (403, "draft_expired")


def test_a_link_ends_when_its_person_logs_out(editor: Editor) -> None:
    with transaction():
        sessions.close_session(editor.secret)

    assert reason(editor.ask()) == (403, "draft_ended")


def test_a_link_ends_with_the_role_that_edits(editor: Editor) -> None:
    with transaction():
        users.change_user(editor.identity.user_id, role="auditor", site_ids=[editor.site.id], now=NOW)

    assert reason(editor.ask()) == (403, "draft_ended")


def test_a_link_ends_when_the_site_is_taken_from_its_person(editor: Editor, publish: Publish) -> None:
    publish(key="hytta")
    with transaction():
        users.change_user(editor.identity.user_id, role="editor", site_ids=[sites.find("hytta").id], now=NOW)

    assert reason(editor.ask()) == (403, "draft_ended")


def test_a_link_ends_when_its_person_is_disabled(editor: Editor) -> None:
    with transaction():
        users.create_user("eier@example.no", "owner", password="tre hester på vidda", site_ids=None, now=NOW)
        users.disable_user(editor.identity.user_id, now=NOW)

    assert reason(editor.ask()) == (403, "draft_ended")


def test_a_link_to_the_draft_of_one_site_shows_no_other(editor: Editor, publish: Publish) -> None:
    publish(key="hytta")

    assert reason(editor.ask(path="/w/hytta/draft")) == (403, "draft_refused")


def test_a_link_to_the_draft_ends_with_the_site(editor: Editor) -> None:
    with transaction():
        deletion.delete(editor.site.id, by="ada@example.no", now=NOW)

    answer = editor.ask()

    assert (answer.status_code, answer.json and answer.json["reason"]) == (404, "site_deleted")


@pytest.mark.parametrize("token", ["nothing", "WyJhIl0.x", "æøå".encode().decode("latin-1")])
def test_a_forged_link_shows_nothing(editor: Editor, token: str) -> None:
    assert reason(editor.ask(token)) == (403, "draft_refused")


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Basic abc"])
def test_without_a_token_there_is_no_draft(editor: Editor, given: str) -> None:
    assert reason(editor.ask(Authorization=given)) == (401, "authentication_required")


def test_a_token_in_the_address_counts_for_nothing(editor: Editor) -> None:
    answer = editor.ask(path=f"{DRAFT}?token={editor.token}", Authorization="")

    assert reason(answer) == (401, "authentication_required")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://shop.example.no.evil.example", "null", ""]
)
def test_no_other_website_may_read_the_answer(editor: Editor, origin: str) -> None:
    for answer in (editor.ask(Origin=origin), editor.client.options(DRAFT, headers={"Origin": origin})):
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_page_of_the_site_may_ask_with_the_header(editor: Editor) -> None:
    answer = editor.client.options(
        DRAFT,
        headers={
            "Origin": PAGE,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization",
        },
    )

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_nothing_is_changed_through_this_address(editor: Editor) -> None:
    answer = editor.client.post(DRAFT, headers={"Origin": PAGE, "Authorization": f"Bearer {editor.token}"})

    assert reason(answer) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, OPTIONS"


def test_a_site_that_does_not_exist_has_no_draft(editor: Editor) -> None:
    answer = editor.client.get("/w/nowhere/draft", headers={"Authorization": f"Bearer {editor.token}"})

    assert answer.status_code == 404


def test_a_fault_that_nobody_foresaw_is_readable_for_the_page(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object, **_named: object) -> None:
        raise RuntimeError("something")

    monkeypatch.setattr(service, "draft", fail)

    assert reason(editor.ask()) == (500, "internal_error")
