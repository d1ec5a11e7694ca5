"""What the commands print, and the status they leave with."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.app import create_app
from server.ops.cli import cli, run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a migrated database, set in the environment."""
    for name in [name for name in os.environ if name.startswith("SAMTYKKE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SAMTYKKE_DATA_DIR", str(tmp_path / "data"))
    assert run(create_app, ["migrate"]) == 0
    return tmp_path


@pytest.fixture
def out(folder: Path, capsys: pytest.CaptureFixture[str]) -> "Prints":
    capsys.readouterr()
    return Prints(capsys)


class Prints:
    """Runs commands and keeps what they printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.status = 0
        self.errors = ""

    def __call__(self, *arguments: str) -> str:
        self.status = run(create_app, arguments)
        printed = self._capsys.readouterr()
        self.errors = printed.err
        return printed.out

    def json(self, *arguments: str) -> object:
        """What the command prints with `--json`."""
        return json.loads(self(*arguments, "--json"))


def _make_site(out: Prints) -> None:
    out("site", "create", "butikk", "--name", "Butikken", "--domain", "butikk.example")
    assert out.status == 0


def test_every_command_has_help() -> None:
    def commands(group: object, path: tuple[str, ...]) -> list[tuple[str, ...]]:
        inner = getattr(group, "commands", {})
        return [path, *(found for name in inner for found in commands(inner[name], (*path, name)))]

    for path in commands(cli, ()):
        done = CliRunner().invoke(cli, [*path, "--help"], obj=create_app)
        assert done.exit_code == 0, path
        assert "Usage:" in done.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nosuch",), "No such command 'nosuch': see samtykke --help.\n"),
        (("serve", "--nosuch"), "No such option '--nosuch': see samtykke serve --help.\n"),
        (("log", "verify"), "Missing argument 'RECEIPT.json': see samtykke log verify --help.\n"),
    ],
)
def test_wrong_usage_is_told_in_one_sentence(out: Prints, arguments: tuple[str, ...], told: str) -> None:
    assert out(*arguments) == ""
    assert (out.status, out.errors) == (2, told)


def test_a_wrong_field_is_told_once(out: Prints) -> None:
    out("site", "create", "x", "--name", "Butikken", "--domain", "butikk.example")

    assert out.status == 2
    assert out.errors == "The key is not 2 to 40 of a-z, 0-9 and -.\n"


def test_a_site_is_made_listed_and_its_draft_published(out: Prints, folder: Path) -> None:
    _make_site(out)
    assert out.json("site", "list") == [{"key": "butikk", "name": "Butikken", "domains": ["butikk.example"]}]
    draft = json.loads(out("banner", "export", "butikk"))
    assert out("banner", "check", "butikk")
    assert out.status == 1, "a draft without a controller cannot be published"
    draft["controller"].update(
        name="Butikken AS", contacts={"email": "post@butikk.example", "phone": "", "url": ""}
    )
    file = folder / "draft.json"
    file.write_text(json.dumps(draft))
    out("banner", "import", "butikk", str(file))
    assert out.status == 0, out.errors
    out("banner", "publish", "butikk", "--note", "The first")
    assert out.status == 0, out.errors
    (version,) = out.json("banner", "versions", "butikk")  # type: ignore[misc]
    assert (version["version"], version["note"]) == (1, "The first")  # type: ignore[index]
    out("banner", "rollback", "butikk", "1")
    assert out.status == 0
    assert len(out.json("banner", "versions", "butikk")) == 2  # type: ignore[arg-type]


def test_an_import_with_a_mistake_names_the_field_and_changes_nothing(out: Prints, folder: Path) -> None:
    _make_site(out)
    before = out("banner", "export", "butikk")
    wrong = json.loads(before)
    wrong["appearance"]["colours"]["light"]["text"] = "reddish"
    file = folder / "wrong.json"
    file.write_text(json.dumps(wrong))
    out("banner", "import", "butikk", str(file))
    assert out.status == 2
    assert "appearance.colours.light.text" in out.errors
    assert len(out.errors.strip().splitlines()) == 1
    assert out("banner", "export", "butikk") == before


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":2}', "NaN", "[" * 100_000, '"\\ud800"', "18446744073709551616", ""]
)
def test_an_import_that_is_not_sound_json_is_one_sentence(out: Prints, folder: Path, text: str) -> None:
    _make_site(out)
    (folder / "odd.json").write_text(text)
    out("banner", "import", "butikk", str(folder / "odd.json"))
    assert out.status == 2
    assert "Traceback" not in out.errors
    assert len(out.errors.strip().splitlines()) == 1


def test_an_unknown_site_is_one_sentence(out: Prints) -> None:
    out("banner", "export", "nowhere")
    assert out.status == 2
    assert "nowhere" in out.errors


def test_a_user_is_made_with_a_password_that_is_printed_once(out: Prints) -> None:
    made = out.json("user", "create", "Kari@Example.no", "--role", "editor")
    assert made["email"] == "kari@example.no"  # type: ignore[index]
    assert len(made["password"]) >= 16  # type: ignore[index]
    out("user", "create", "kari@example.no", "--role", "editor")
    assert out.status == 2


def test_a_token_is_printed_alone_so_that_scripts_can_keep_it(out: Prints) -> None:
    _make_site(out)
    printed = out("token", "create", "--site", "butikk", "--scope", "analytics:read")
    assert printed.startswith("smt_")
    assert len(printed.split()) == 1


def test_a_wrong_option_is_status_2(out: Prints) -> None:
    out("user", "create", "kari@example.no", "--role", "king")
    assert out.status == 2


def test_figures_of_a_new_site_are_withheld_not_missing(out: Prints) -> None:
    _make_site(out)
    figures = out.json("analytics", "butikk", "--from", "2026-11-01", "--to", "2026-11-22")
    assert figures["threshold"] == 10  # type: ignore[index]
    assert figures["totals"]["decided"] is None  # type: ignore[index]


def test_consents_are_exported_line_by_line(out: Prints) -> None:
    _make_site(out)
    assert out("consents", "export", "butikk", "--format", "jsonl") == ""
    assert out("consents", "export", "butikk", "--format", "csv").startswith("consent_id,")
