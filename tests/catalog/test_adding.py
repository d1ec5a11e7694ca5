"""Somebody adds a service: with a template, and with a checker that says what is wrong and what is absent."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from server.app import create_app
from server.catalog import files, service
from server.catalog.values import Service, Storage
from server.core.errors import Conflict, Invalid
from server.ops.cli import run

BARE = {
    "key": "our_chat",
    "name": "Our Chat",
    "use": "chat",
    "category": "functional",
    "category_reason": {"nb": "Det er valgfritt.", "nn": "Det er valfritt.", "en": "It is optional."},
    "legal_basis": "consent",
    "purpose": {"nb": "Svarer på spørsmål.", "nn": "Svarer på spørsmål no.", "en": "Answers questions."},
    "what_it_does": {"nb": "Åpner en boks.", "nn": "Opnar ein boks.", "en": "Opens a box."},
    "sources": [{"address": "https://a.example/", "facts": ["purpose"]}],
    "reviewed": "2026-11-29",
    "confidence": "high",
}
"""No more than what has to be said."""


def checked(capsys: pytest.CaptureFixture[str], file: Path, value: object) -> tuple[int, str]:
    """The status of `catalog check`, and what it prints."""
    file.write_text(json.dumps(value), encoding="utf-8")
    status = run(create_app, ["catalog", "check", str(file)])
    return status, capsys.readouterr().out


def test_the_template_has_every_field_and_the_checker_names_each_that_is_empty() -> None:
    made = service.template("our_chat", "", "2026-11-29")

    # Left out is what few descriptions need.
    assert {field.name for field in fields(Service)} - set(made) == {"stores_nothing"}
    assert {field.name for field in fields(Storage)} - set(made["storage"][0]) == {
        "http_only",
        "category",
        "former",
    }
    with pytest.raises(Invalid) as fault:
        service.check(made)
    filled_in = {"key", "legal_basis", "reviewed"}
    assert set(fault.value.errors) == set(made) - filled_in
    assert all(str(each).startswith("is empty") for each in fault.value.errors.values())


def test_a_template_is_made_only_for_a_key_that_is_free() -> None:
    with pytest.raises(Conflict, match="has a service matomo already"):
        service.template("matomo", "Matomo", "2026-11-29")
    with pytest.raises(Invalid, match="starting with a letter"):
        service.template("Our chat", "", "2026-11-29")


def test_a_new_file_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "our_chat.json"
    asked = ["catalog", "new", "our_chat", "--name", "Our Chat", "-o", str(file)]

    assert run(create_app, asked) == 0
    assert json.loads(file.read_text(encoding="utf-8"))["name"] == "Our Chat"
    before = file.read_bytes()
    assert run(create_app, asked) == 2
    assert file.read_bytes() == before
    assert "is there already" in capsys.readouterr().err


def test_what_is_wrong_is_named_by_its_place_in_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = {"name": "chat_id", "kind": "cookie", "purpose": {"nb": "a", "nn": "b", "en": "c"}}
    wrong = {**BARE, "storage": [{**stored, "lifetime": "2 years"}, {**stored, "purpose": {"nb": "a"}}]}
    status, printed = checked(capsys, tmp_path / "our_chat.json", wrong)

    assert status == 1
    assert printed.splitlines() == [
        "storage, entry 1 (chat_id), lifetime: is not session or an ISO 8601 duration such as P180D",
        "storage, entry 2 (chat_id), purpose, nn: is missing",
        "storage, entry 2 (chat_id), purpose, en: is missing",
    ]


def test_fields_that_are_still_empty_share_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = {**BARE, "use": "", "aliases": [], "provider": {"name": ""}, "privacy_link": ""}
    status, printed = checked(capsys, tmp_path / "our_chat.json", empty)

    assert status == 1
    use, rest = printed.splitlines()
    assert use.startswith("use: is empty; it is one of analytics, tag_manager, ")
    assert rest.startswith("aliases, provider, privacy_link: is empty; leave it out ")


def test_what_is_absent_is_advice_and_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = checked(capsys, tmp_path / "our_chat.json", BARE)

    assert status == 0
    assert printed.startswith("Our Chat: nothing to say against it.\n\nAbsent.")
    for field in ("provider", "recipients", "transfer_country", "hosts", "storage", "marking"):
        assert f"\n  {field}: " in printed


def test_a_file_has_the_name_of_its_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = checked(capsys, tmp_path / "draft.json", BARE)

    assert (status, "the file has to be called our_chat.json" in printed) == (0, True)


def test_a_name_that_another_service_has_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, printed = checked(capsys, tmp_path / "our_chat.json", {**BARE, "aliases": ["Chat", "GA4"]})

    assert status == 1
    assert printed == "aliases, entry 2 (GA4): is a name of Google Analytics too (google_analytics)\n"


def found(**changes: Any) -> dict[str, str]:
    """Field → what is not known of a description with these changes."""
    return {gap.field: gap.what for gap in service.gaps(replace(files.checked(BARE), **changes))}


def test_only_what_applies_is_asked_for() -> None:
    session = Storage("a_key", "session_storage", files.checked(BARE).purpose)
    cookie, local = replace(session, kind="cookie"), replace(session, kind="local_storage")

    assert "storage" not in found(stores_nothing=True)
    assert {"storage.0.lifetime", "storage.1.lifetime"} & set(found(storage=(session, local))) == set()
    assert found(storage=(session, cookie))["storage.1.lifetime"] == "how long a_key stays"
    assert "transfer_basis" not in found()
    assert found(transfer_country="US")["transfer_basis"] == "what the transfer to US rests on"
    assert {"marking", "consent_mode", "alternatives"} & set(found(category="necessary")) == set()


def test_every_description_can_be_checked_and_clashes_with_no_other() -> None:
    for each in service.services():
        assert list(service.clashes(each)) == []
        assert all(gap.look.endswith((".", "…")) for gap in service.gaps(each))


@pytest.mark.parametrize("key", ["²", "٣", "1", "-1"])
def test_a_key_of_digits_is_a_key_that_nobody_knows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    status, printed = checked(capsys, tmp_path / "our_chat.json", {**BARE, key: 1})

    assert (status, printed) == (1, f"{key}: is not a known key\n")


UNSEEN = "\x1b[2J\n\u202e\u2066\u200b\u2028\x9b\U000e0041"


@pytest.mark.parametrize(
    "changes",
    [
        {UNSEEN: 1},
        {"aliases": [UNSEEN, UNSEEN]},
        {"storage": [{"name": UNSEEN, "kind": UNSEEN}]},
        {"provider": {UNSEEN: 1}},
    ],
)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_what_would_move_the_cursor_or_turn_the_text_around_is_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], options: list[str]
) -> None:
    file = tmp_path / "our_chat.json"
    file.write_text(json.dumps({**BARE, **changes}), encoding="utf-8")

    run(create_app, ["catalog", "check", str(file), *options])
    printed = capsys.readouterr().out
    # As JSON it says the places of entries, and not what they are called.
    escaped = "\\u001b[2J\\n\\u202e\\u2066\\u200b\\u2028\\u009b\\udb40\\udc41"
    assert escaped in printed or (options and "[2J" not in printed)
    assert all(line.isprintable() for line in printed.splitlines())


def test_a_file_that_cannot_be_found_is_named_without_what_it_hides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(create_app, ["catalog", "check", str(tmp_path / "\x1b[2J\u202e.json")]) == 2
    assert "\\u001b[2J\\u202e.json" in capsys.readouterr().err


def test_a_byte_order_mark_is_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "our_chat.json"
    file.write_text(json.dumps(BARE), encoding="utf-8-sig")

    assert run(create_app, ["catalog", "check", str(file)]) == 0


@pytest.mark.parametrize("name", ["\udcff", "a\nb", "a\u202eb"])
def test_a_name_that_cannot_be_shown_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    for output in ([], ["-o", str(tmp_path / "our_chat.json")]):
        assert run(create_app, ["catalog", "new", "our_chat", "--name", name, *output]) == 2
        assert capsys.readouterr().err.startswith("The name has what is not UTF-8, or a character")
    assert list(tmp_path.iterdir()) == []


def test_no_command_writes_through_a_symbolic_link(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, folder = tmp_path / "other", tmp_path / "folder"
    folder.mkdir()
    for there in (False, True):
        if there:
            other.write_bytes(b"mine")
        for name, asked in (
            ("our_chat.json", ["new", "our_chat", "-o", str(folder / "our_chat.json")]),
            ("catalog.schema.json", ["export", str(folder)]),
            ("catalog.json", ["export", str(folder), "--force"]),
        ):
            (folder / name).symlink_to(other)
            assert run(create_app, ["catalog", *asked]) == 2
            assert "is not a plain file" in capsys.readouterr().err
            assert [each.name for each in folder.iterdir()] == [name]
            (folder / name).unlink()
    assert other.read_bytes() == b"mine"


def test_an_export_overwrites_only_if_asked_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = tmp_path / "catalog.schema.json"
    schema.write_bytes(b"mine")

    assert run(create_app, ["catalog", "export", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert (schema.read_bytes(), list(tmp_path.iterdir())) == (b"mine", [schema])
    assert run(create_app, ["catalog", "export", str(tmp_path), "--force"]) == 0
    assert json.loads(schema.read_bytes())["title"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["catalog.json", "catalog.schema.json"]


def test_what_is_no_file_is_not_written_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "catalog.json").mkdir()

    assert run(create_app, ["catalog", "export", str(tmp_path), "--force"]) == 2
    assert "is not a plain file" in capsys.readouterr().err
