"""What an assistant may ask and change, by the protocol's own client over a pipe."""

import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from flask import Flask, current_app
from hypothesis import given
from limits import RateLimitItemPerHour
from mcp import ClientSession, StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client

from server.accounts.service import audit_log, tokens, users
from server.core import clock, programs
from server.core.db import end_reading, transaction
from server.core.errors import Invalid
from server.core.limits import counters
from server.ops import assistants
from server.ops.assistants import callers, draft_edits, serving
from server.ops.assistants.callers import WhoAsks
from server.sites import draft_history, edit_records
from server.sites import service as sites
from server.sites.values import Site
from tests.ops.test_cli import Prints, folder, out
from tests.processes import ROOT, environment
from tests.sites.documents import cookie, documents, publishable, service, with_services
from tests.threads import in_own_thread

__all__ = ["folder", "out"]

READING = {
    "list_sites",
    "site_overview",
    "figures",
    "findings",
    "unpublished_changes",
    "read_draft",
    "search_catalog",
    "catalog_service",
}
ABOUT_A_SITE: dict[str, dict[str, Any]] = {
    "site_overview": {},
    "figures": {},
    "findings": {},
    "unpublished_changes": {},
    "read_draft": {"section": "texts"},
    "edit_draft": {"revision": 2, "edits": [{"place": ["controller", "name"], "value": "Ny AS"}]},
}

Ask = Callable[..., Any]


@pytest.fixture
def shop(app: Flask) -> Site:
    with transaction():
        made = sites.create("shop", "Butikken", ["shop.no"], by="x", now=clock.now())
        sites.save_draft(made.id, publishable(), by="x", now=clock.now())
        sites.create("other", "Andre", ["other.no"], by="x", now=clock.now())
    return made


@pytest.fixture
def person(app: Flask, shop: Site) -> Callable[..., WhoAsks]:
    def make(role: str = "owner", *, only: bool = False) -> WhoAsks:
        with transaction():
            users.create_user(
                f"{role}@shop.no",
                role,
                password="tre hester på vidda",
                site_ids=[shop.id] if only else None,
                now=clock.now(),
            )
        return callers.of_account(f"{role}@shop.no")

    return make


@pytest.fixture
def token(app: Flask, shop: Site) -> Callable[..., WhoAsks]:
    def make(*scopes: str, only: bool = False) -> WhoAsks:
        with transaction():
            _, secret = tokens.create_token(
                name="bot", scopes=scopes, site_ids=[shop.id] if only else None, by="x", now=clock.now()
            )
        return callers.of_token(secret)

    return make


def asking(who: WhoAsks) -> Ask:
    """Asks a server in this process, by the protocol's client."""
    made = serving.server(current_app._get_current_object(), who)  # type: ignore[attr-defined]

    def ask(tool: str, **arguments: Any) -> Any:
        async def call() -> Any:
            async with Client(made) as client:
                return await client.call_tool(tool, arguments)

        result = in_own_thread(anyio.run, call)
        if result.is_error:
            return result.content[0].text
        return result.structured_content

    return ask


# --- over a pipe ------------------------------------------------------------------------------------------


def over_a_pipe(data: Path, use: Callable[[ClientSession], Awaitable[Any]], **more: str) -> Any:
    """What `use` does with a session with `samtykke mcp`, as assistants start it."""
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "server", "mcp"],
        env={**environment(data), "PYTHONPATH": str(ROOT), **more},
        cwd=data.parent,
    )

    async def talk() -> Any:
        async with AsyncExitStack() as opened:
            with (data.parent / "errors.txt").open("w") as errors:
                read, write = await opened.enter_async_context(stdio_client(command, errlog=errors))
                session = await opened.enter_async_context(ClientSession(read, write))
                await session.initialize()
                found = await use(session)
                await opened.aclose()
        return found

    return in_own_thread(anyio.run, talk)


def test_an_assistant_reads_and_edits_over_a_pipe_and_publishes_nothing(out: Prints, folder: Path) -> None:
    out("site", "create", "butikk", "--name", "Butikken", "--domain", "butikk.example")
    secret = out("token", "create", "--site", "butikk", "--scope", "sites:write").strip()

    async def use(session: ClientSession) -> Any:
        tools = await session.list_tools()
        draft = await session.call_tool("read_draft", {"site": "butikk", "section": "controller"})
        edits = [{"place": ["controller", "name"], "value": "Butikken AS"}]
        wanted = {"site": "butikk", "revision": draft.structured_content["revision"], "edits": edits}
        edited = await session.call_tool("edit_draft", wanted)
        again = await session.call_tool("edit_draft", wanted)
        return tools.tools, edited, again

    tools, edited, again = over_a_pipe(folder / "data", use, SAMTYKKE_TOKEN=secret)

    assert {tool.name for tool in tools} == READING | {"edit_draft"}
    assert {tool.name for tool in tools if tool.annotations.read_only_hint} == READING
    assert (edited.is_error, edited.structured_content["revision"]) == (False, 2)
    assert again.is_error
    assert "its revision is 2" in again.content[0].text
    assert json.loads(out("banner", "export", "butikk"))["controller"]["name"] == "Butikken AS"
    assert out("banner", "versions", "butikk") == ""


def test_the_command_says_for_whom_and_what_it_offers(
    out: Prints, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out("user", "create", "kari@example.no", "--role", "owner")
    found: Any = out.json("mcp", "--as", "kari@example.no")
    assert {each["name"] for each in found} == READING | {"edit_draft"}

    (folder / "t").write_text("smt_" + "x" * 43)
    both = ["--as", "kari@example.no", "--token-file", str(folder / "t")]
    for arguments in ([], both, ["--as", "ola@example.no"]):
        assert out("mcp", *arguments) == ""
        assert (out.status, len(out.errors.splitlines())) == (2, 1)
    out("mcp", "--token-file", str(folder / "t"))
    assert out.errors == "There is no such token, or it was revoked.\n"
    secret = out("token", "create", "--site", "*", "--scope", "sites:write").strip()
    with monkeypatch.context() as set_too:
        set_too.setenv("SAMTYKKE_TOKEN", secret)
        assert out.json("mcp")
        (folder / "empty").write_text("\n")
        for command in (["mcp"], ["plan", str(folder), "--server", "https://samtykke.example.no"]):
            out(*command, "--token-file", str(folder / "empty"))
            assert (out.status, out.errors) == (2, f"There is no token in {folder / 'empty'}.\n"), command
    assert out.json("mcp", "--as", "Kari@Example.no")

    monkeypatch.delattr(assistants, "serving")
    monkeypatch.setitem(sys.modules, "server.ops.assistants.serving", None)
    out("mcp", "--as", "kari@example.no")
    assert (out.status, "pip install 'samtykke[mcp]'" in out.errors) == (2, True)


# --- reading ----------------------------------------------------------------------------------------------


def test_sites_are_found_and_described(shop: Site, token: Callable[..., WhoAsks]) -> None:
    ask = asking(token("sites:read"))

    assert [each["key"] for each in ask("list_sites")["sites"]] == ["other", "shop"]
    assert [each["key"] for each in ask("list_sites", search="butikk")["sites"]] == ["shop"]
    said = ask("site_overview", site="shop")
    assert (said["name"], said["published"], said["draft"]["revision"]) == ("Butikken", None, 2)
    with transaction():
        sites.publish(shop.id, note="Først", by="x", now=clock.now())
    said = ask("site_overview", site="shop")
    assert (said["published"]["version"], said["draft"]["differs_from_published"]) == (1, False)


def test_what_is_not_published_yet_and_who_would_be_asked_again(
    shop: Site, token: Callable[..., WhoAsks]
) -> None:
    with transaction():
        sites.publish(shop.id, note="", by="x", now=clock.now())
        sites.save_draft(shop.id, with_services(service()), by="x", now=clock.now())

    said = asking(token("sites:read"))("unpublished_changes", site="shop")

    assert [each["label"] for each in said["changes"]] == ["Services › Counter"]
    assert said["publishing"]["change"] == "scope"
    assert [each["added"] for each in said["publishing"]["asked_again"]] == [["Counter"]]


def test_findings_figures_and_the_catalog_are_read(shop: Site, token: Callable[..., WhoAsks]) -> None:
    ask = asking(token("sites:read", "analytics:read"))
    with transaction():
        sites.save_draft(shop.id, sites.default_document(), by="x", now=clock.now())

    assert "controller.name" in {each["field"] for each in ask("findings", site="shop")["findings"]}
    figures = ask("figures", site="shop")
    assert (figures["site"], figures["privacy"]["confidence"]) == ("shop", 0.95)
    day = clock.now().date()
    assert "start" in ask("figures", site="shop", start=str(day), end=str(day - timedelta(days=1)))
    assert ask("search_catalog", text="_pk_id.1.abcd")["services"][0]["key"] == "matomo"
    assert ask("catalog_service", key="matomo")["name"] == "Matomo"
    assert "no service" in ask("catalog_service", key="nothing")


# --- rights -----------------------------------------------------------------------------------------------

MAY = {
    "owner": set(ABOUT_A_SITE),
    "publisher": set(ABOUT_A_SITE),
    "editor": set(ABOUT_A_SITE),
    "developer": set(ABOUT_A_SITE),
    "auditor": set(ABOUT_A_SITE) - {"edit_draft"},
    "support": set(),
}


@pytest.mark.parametrize("role", MAY)
def test_an_account_is_lent_with_its_rights_and_no_more(person: Callable[..., WhoAsks], role: str) -> None:
    ask = asking(person(role, only=True))

    for tool, arguments in ABOUT_A_SITE.items():
        assert isinstance(ask(tool, site="shop", **arguments), dict) is (tool in MAY[role]), tool
        assert isinstance(ask(tool, site="other", **arguments), str), tool
    listed = ask("list_sites")
    keys = None if isinstance(listed, str) else [each["key"] for each in listed["sites"]]
    assert keys == (None if role == "support" else ["shop"])


@pytest.mark.parametrize(
    ("scopes", "may"),
    [
        (["sites:read"], set(ABOUT_A_SITE) - {"edit_draft", "figures"}),
        (["sites:write"], set(ABOUT_A_SITE) - {"figures"}),
        (["analytics:read"], {"figures"}),
        (["consents:read", "metrics:read"], set()),
    ],
)
def test_a_token_is_lent_with_its_scopes_and_sites(
    token: Callable[..., WhoAsks], scopes: list[str], may: set[str]
) -> None:
    ask = asking(token(*scopes, only=True))

    for tool, arguments in ABOUT_A_SITE.items():
        assert isinstance(ask(tool, site="shop", **arguments), dict) is (tool in may), tool
        assert isinstance(ask(tool, site="other", **arguments), str), tool


def test_rights_are_taken_away_in_the_middle_of_a_session(person: Callable[..., WhoAsks], shop: Site) -> None:
    person("owner")
    ask = asking(person("editor"))
    assert isinstance(ask("site_overview", site="shop"), dict)
    account = users.with_address("editor@shop.no")
    assert account is not None
    with transaction():
        users.disable_user(account.user_id, now=clock.now())

    assert "nobody can log in" in ask("site_overview", site="shop")
    assert "nobody can log in" in ask("search_catalog", text="matomo")


def test_no_tool_publishes_or_reads_what_is_a_visitors(shop: Site, person: Callable[..., WhoAsks]) -> None:
    made = serving.server(current_app._get_current_object(), person("owner"))  # type: ignore[attr-defined]

    names = {tool.name for tool in in_own_thread(anyio.run, made.list_tools)}

    assert names == READING | {"edit_draft"}


def test_questions_of_a_token_are_counted_and_its_use_is_noted(app: Flask, shop: Site) -> None:
    with transaction():
        known, secret = tokens.create_token(
            name="bot", scopes=["sites:read"], site_ids=None, by="x", now=clock.now()
        )
    ask = asking(callers.of_token(secret))
    assert tokens.token(known.token_id).life.used_at is None

    assert isinstance(ask("list_sites"), dict)

    end_reading()
    assert tokens.token(known.token_id).life.used_at is not None
    spent = RateLimitItemPerHour(programs.PER_TOKEN.amount, 1, "token")
    while not counters(app).spend(spent, known.token_id, now=clock.now()):
        pass
    assert "too many requests" in ask("list_sites")


# --- editing ----------------------------------------------------------------------------------------------


def test_an_edit_is_a_save_on_record_that_can_be_taken_back(
    shop: Site, person: Callable[..., WhoAsks]
) -> None:
    ask = asking(person("editor"))
    edits = [
        {"place": ["controller", "name"], "value": "Ny AS"},
        {"action": "add", "place": ["services"], "value": service()},
        {"place": ["services", "counter", "purpose", "nb"], "value": "Teller"},
    ]

    done = ask("edit_draft", site="shop", revision=2, edits=edits)

    assert done == {"revision": 3, "changed": True, "stops_a_publish": []}
    draft = sites.draft(shop.id)
    assert (draft.updated_by, draft.document["services"][-1]["purpose"]["nb"]) == ("editor@shop.no", "Teller")
    assert draft_history.state(shop.id, 2).document == publishable()
    (event,) = audit_log.audit_events(only=None, limit=1)
    assert (event.action, event.by.name, event.detail) == (
        "draft_assisted",
        "editor@shop.no",
        "+ services › Counter; controller › name",
    )
    assert edit_records.pending(shop) == (), "it is on record once"
    assert sites.newest(shop.id) is None


def test_what_people_edited_before_an_assistant_is_on_record_as_theirs(
    shop: Site, person: Callable[..., WhoAsks]
) -> None:
    ask, content = asking(person("editor")), publishable()
    content["controller"]["address"] = "Storgata 1"
    with transaction():
        edit_records.record(shop)
        sites.save_draft(shop.id, content, by="editor@shop.no", now=clock.now())

    ask("edit_draft", site="shop", revision=3, edits=[{"place": ["controller", "name"], "value": "Ny AS"}])

    assert [(one.action, one.detail) for one in audit_log.audit_events(only=None, limit=2)] == [
        ("draft_assisted", "controller › name"),
        ("draft_edited", "controller › address"),
    ]


def test_of_two_cookies_of_one_name_the_one_that_is_meant_is_edited(
    shop: Site, token: Callable[..., WhoAsks]
) -> None:
    first, second = cookie("_c", host=""), cookie("_c", host="counter.example")
    with transaction():
        sites.save_draft(shop.id, with_services(service(cookies=[first, second])), by="x", now=clock.now())
    ask, place = asking(token("sites:write")), ["services", "counter", "cookies"]

    def edit(revision: int, called: str, **edit: Any) -> Any:
        return ask("edit_draft", site="shop", revision=revision, edits=[{"place": [*place, called], **edit}])

    said = edit(3, "_c", action="remove")
    assert "is that of 2 parts" in said
    assert "'_c cookie', '_c counter.example cookie'" in said
    changed = {**second, "host": "new.example"}
    assert edit(3, "_c counter.example cookie", value=changed)["revision"] == 4
    end_reading()
    assert sites.draft(shop.id).document["services"][-1]["cookies"] == [first, changed]
    assert edit(4, "_c cookie", action="remove")["revision"] == 5
    assert edit(5, "_c", action="remove")["revision"] == 6
    end_reading()
    assert sites.draft(shop.id).document["services"][-1]["cookies"] == []


def test_an_edit_whose_value_was_forgotten_removes_nothing(shop: Site, token: Callable[..., WhoAsks]) -> None:
    ask = asking(token("sites:write"))

    def edit(**edit: Any) -> Any:
        return ask("edit_draft", site="shop", revision=2, edits=[{"place": ["texts", "nn"], **edit}])

    assert "the value has to be there" in edit()
    assert "is not for an edit that removes" in edit(action="remove", value="Hei")
    assert "texts" in edit(value=None)
    assert "nn" in sites.draft(shop.id).document["texts"]
    assert edit(action="remove")["revision"] == 3
    end_reading()
    assert "nn" not in sites.draft(shop.id).document["texts"]


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([{"place": ["controller", "name"], "value": 7}], "controller.name"),
        ([{"place": ["nothing", "name"], "value": "x"}], "nothing at nothing"),
        ([{"place": ["services", "nobody"], "action": "remove"}], "no part with the key 'nobody'"),
        ([{"place": ["texts", "zz"], "action": "remove"}], "nothing at texts › zz"),
        ([{"place": ["controller", "name", "x"], "value": "x"}], "ends before"),
        ([{"place": ["controller"], "value": None}], "controller"),
        ([{"action": "add", "place": ["controller"], "value": {}}], "no list"),
        ([{"action": "add", "place": ["services"], "value": {"key": "x"}}], "services.1"),
        ([{"place": ["appearance", "logo"], "value": "javascript:alert(1)"}], "appearance.logo"),
        ([], "edits"),
        ([{"place": [], "value": 1}], "place"),
    ],
)
def test_an_edit_that_is_wrong_changes_nothing(
    shop: Site, token: Callable[..., WhoAsks], edits: list[dict[str, Any]], said: str
) -> None:
    good = {"place": ["controller", "name"], "value": "Ny AS"}
    before = sites.draft(shop.id)

    answer = asking(token("sites:write"))(
        "edit_draft", site="shop", revision=2, edits=[good, *edits] if edits and edits[0]["place"] else edits
    )

    assert said in answer
    assert sites.draft(shop.id) == before


def test_an_edit_of_an_older_revision_is_refused(shop: Site, token: Callable[..., WhoAsks]) -> None:
    ask = asking(token("sites:write"))

    for revision in (1, 3):
        edits = [{"place": ["controller", "name"], "value": "Ny AS"}]
        assert "its revision is 2" in ask("edit_draft", site="shop", revision=revision, edits=edits)
    assert sites.draft(shop.id).revision == 2


@given(documents())
def test_every_value_that_a_place_names_can_be_set_to_itself(document: Any) -> None:
    for service_ in document["services"]:
        place = ["services", service_["key"], "name"]
        assert draft_edits.edited(document, place, service_["name"]) == document
    for language in document["texts"]:
        without = draft_edits.without(document, ["texts", language])
        assert language not in without["texts"]
        assert language in document["texts"]


@pytest.mark.parametrize(
    "place", [[], ["x", "y"], ["services", "nobody", "name"], ["texts", "zz", "title", "x"]]
)
def test_a_place_that_is_not_there_is_named(place: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        draft_edits.edited(publishable(), place, "x")
    assert refused.value.errors.keys() == {"place"}


def test_what_nobody_foresaw_is_not_told(
    shop: Site, token: Callable[..., WhoAsks], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_rest: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(sites, "check", stumble)
    answer = asking(token("sites:read"))("findings", site="shop")

    assert answer == "Error executing tool findings"
