"""A folder of files that say what sites are: what `plan` and `apply` make of it, on this machine."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.ops.cli.as_code import folder as folders
from server.ops.cli.as_code.local import Local
from server.ops.cli.as_code.remote import AnswerFault
from tests.ops.test_cli import Prints, folder, out

__all__ = ["folder", "out"]


@pytest.fixture
def files(out: Prints, folder: Path) -> Path:
    """The files of two sites, which were applied as they are."""
    for key in ("butikk", "kafe"):
        out("site", "create", key, "--name", key.title(), "--domain", f"{key}.example")
    draft = json.loads(out("banner", "export", "butikk"))
    draft["controller"] |= {"name": "Butikken AS", "contacts": {"email": "a@b.no", "phone": "", "url": ""}}
    (folder / "draft.json").write_text(json.dumps(draft))
    for key in ("butikk", "kafe"):
        out("banner", "import", key, str(folder / "draft.json"))
    where = folder / "sites"
    out("plan", str(where), "--init")
    out("apply", str(where))
    assert out.status == 0, out.errors
    return where


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


# --- round trips ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_exported_applied_and_exported_again_has_the_same_bytes(
    out: Prints, folder: Path, files: Path, form: str
) -> None:
    other = folder / "other"
    other.mkdir()
    first = out("site", "export", "butikk", "--format", form)
    (other / f"butikk.{form}").write_text(first)

    assert out("plan", str(other)).splitlines()[0] == f"butikk (butikk.{form}): nothing changes"
    assert out("apply", str(other)) == "butikk\tnothing changed\n"
    assert out("site", "export", "butikk", "--format", form) == first


def test_a_site_is_written_to_a_file_that_is_not_there(out: Prints, folder: Path) -> None:
    out("site", "create", "butikk", "--name", "no", "--domain", "butikk.example")
    target = folder / "butikk.yaml"

    out("site", "export", "butikk", "-o", str(target))
    assert "\nname: 'no'\n" in target.read_text()
    assert out("site", "export", "butikk", "-o", str(target)) == ""
    assert (out.status, "is there already" in out.errors) == (2, True)
    out("site", "export", "butikk", "-o", str(target), "--force")
    assert out.status == 0


def test_the_first_files_are_written_beside_those_that_are_there(out: Prints, files: Path) -> None:
    (files / "kafe.yaml").unlink()
    (files / "butikk.yaml").write_text("name: Mine\n")

    assert out("plan", str(files), "--init") == f"{files / 'kafe.yaml'} is written.\n"
    assert (files / "butikk.yaml").read_text() == "name: Mine\n"
    assert out("plan", str(files), "--init") == "Each site has a file already.\n"


# --- plans ------------------------------------------------------------------------------------------------


def test_a_plan_says_in_words_what_changes_and_who_is_asked_again(out: Prints, files: Path) -> None:
    out("apply", str(files), "--publish")
    change(files / "butikk.yaml", "name: Butikk\n", "name: Butikken på nett\n")
    change(files / "butikk.yaml", "  - butikk.example\n", "  - butikk.example\n  - nett.example\n")
    change(files / "butikk.yaml", "validity_days: 365", "validity_days: 180")
    revised = json.loads(out("site", "export", "kafe", "--format", "json"))
    revised["banner"]["categories"].append(
        {"key": "maps", "names": dict.fromkeys(("nb", "nn", "en"), "Kart"), "order": 9}
    )
    (files / "kafe.yaml").unlink()
    (files / "kafe.json").write_text(json.dumps(revised))

    said = out("plan", str(files)).splitlines()

    assert out.status == 0
    assert said[:4] == [
        "butikk (butikk.yaml): 3 changes",
        "  ~ Name: Butikk → Butikken på nett",
        "  ~ Domains: with nett.example",
        "  ~ Behaviour › validity days: 365 → 180",
    ]
    assert said[4] == "  Publishing would make version 2. Nobody is asked again."
    assert "  + Categories › Kart" in said
    assert said[-2:] == [
        "  Publishing would make version 2. Asked again are those who had accepted:",
        "    Kart – the category is new",
    ]
    assert out("site", "export", "butikk").startswith("key: butikk\nname: Butikk\n")


def test_a_plan_is_one_json_value_for_programs(out: Prints, files: Path) -> None:
    change(files / "butikk.yaml", "name: Butikk\n", "name: Ny\n")

    found: Any = out.json("plan", str(files))

    assert [(each["file"], each["site"], each["new"]) for each in found] == [
        ("butikk.yaml", "butikk", False),
        ("kafe.yaml", "kafe", False),
    ]
    assert found[0]["changes"] == [
        {
            "field": "name",
            "label": "Name",
            "kind": "changed",
            "before": "Butikk",
            "after": "Ny",
            "origin": "file",
        }
    ]


def test_what_the_studio_changed_is_shown_and_not_overwritten_by_itself(out: Prints, files: Path) -> None:
    out("site", "rename", "butikk", "Fra studio")
    change(files / "kafe.yaml", "name: Kafe\n", "name: Kafeen\n")

    said = out("plan", str(files), "--fail-on", "drift")
    assert out.status == 1
    assert "  ~ Name: Fra studio → Butikk\t(changed in the studio, and not in the file)" in said
    assert "  Drift: since a file was applied at " in said

    assert out("apply", str(files)) == "kafe\t1 change made\n"
    assert out.status == 1
    assert "name: was changed in the studio" in out.errors
    assert out("apply", str(files), "--overwrite").splitlines() == [
        "butikk\t1 change made",
        "kafe\tnothing changed",
    ]
    assert out.status == 0


@pytest.mark.parametrize(
    ("edit", "fails"),
    [
        (lambda file: None, set()),
        (lambda file: change(file, "name: Butikk\n", "name: Ny\n"), {"change"}),
        (lambda file: change(file, "name: Butikken AS\n", "name: ''\n"), {"change", "finding"}),
    ],
)
def test_a_pipeline_chooses_what_it_fails_on(
    out: Prints, files: Path, edit: Callable[[Path], None], fails: set[str]
) -> None:
    edit(files / "butikk.yaml")
    for what in ("change", "drift", "finding"):
        out("plan", str(files), "--fail-on", what)
        assert out.status == (1 if what in fails else 0), what
    out("plan", str(files), "--fail-on", "change,drift,finding")
    assert out.status == (1 if fails else 0)
    out("plan", str(files), "--fail-on", "weather")
    assert out.status == 2


def test_what_is_refused_at_applying_is_drift_in_a_plan(out: Prints, folder: Path) -> None:
    out("site", "create", "ny", "--name", "Ny", "--domain", "ny.example")
    (folder / "sites").mkdir()
    (folder / "sites" / "ny.yaml").write_text("name: Helt ny\n")

    out("plan", str(folder / "sites"), "--fail-on", "drift")
    assert out.status == 1
    out("apply", str(folder / "sites"))
    assert (out.status, "differs from the file" in out.errors) == (1, True)


def test_what_was_done_is_told_before_a_fault_that_ends_it(
    out: Prints, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied = Local.apply

    def apply(local: Local, key: str, value: Any, how: Any) -> dict[str, Any]:
        if key == "kafe":
            raise AnswerFault(502, "the server answered 502, and not as Samtykke answers")
        return applied(local, key, value, how)

    monkeypatch.setattr(Local, "apply", apply)
    change(files / "butikk.yaml", "name: Butikk\n", "name: Ny\n")

    done: Any = out.json("apply", str(files))

    assert [(each["site"], len(each["changes"])) for each in done] == [("butikk", 1)]
    assert (out.status, out.errors) == (2, "The server answered 502, and not as Samtykke answers.\n")


def test_a_note_is_for_what_is_published(out: Prints, files: Path) -> None:
    assert out("apply", str(files), "--note", "Jul") == ""
    assert (out.status, "--note is for --publish" in out.errors) == (2, True)


def test_a_site_that_cannot_be_published_stays_and_the_others_go_on(out: Prints, files: Path) -> None:
    change(files / "butikk.yaml", "name: Butikken AS\n", "name: ''\n")
    change(files / "butikk.yaml", "name: Butikk\n", "name: Ny\n")

    assert (
        out("apply", str(files), "--publish", "--note", "Jul")
        == "kafe\tnothing changed, published as version 1\n"
    )
    assert out.status == 1
    assert len(out.errors.splitlines()) == 1
    assert out("site", "export", "butikk").startswith("key: butikk\nname: Butikk\n")
    done: Any = out.json("apply", str(files), "--publish")
    assert [each.get("failed", "") != "" for each in done] == [True, False]


def test_a_file_makes_a_site_named_for_it_or_for_its_key(out: Prints, files: Path) -> None:
    (files / "hytta.yaml").write_text("name: Hytta\ndomains: [hytta.example]\n")
    (files / "tre.yml").write_text("key: skogen\nname: no\ndomains:\n  - skogen.example\n")

    said = out("plan", str(files))
    assert "hytta (hytta.yaml): a new site" in said
    assert "skogen (tre.yml): a new site" in said
    assert "hytta\tmade\n" in out("apply", str(files))
    assert "skogen\tno\tskogen.example" in out("site", "list")


# --- bad files --------------------------------------------------------------------------------------------


def test_every_fault_of_every_file_is_named_at_once_and_nothing_is_changed(out: Prints, files: Path) -> None:
    change(files / "kafe.yaml", "name: Kafe\n", "name: Kafeen\n")
    (files / "a.yaml").write_text("key: butikken-a\nname: ''\ndomains:\n  - a.no\n  - 'a b'\ngrupe: x\n")
    (files / "b.yaml").write_text("name: B\nname: C\n")
    (files / "cc.json").write_text('{\n "name": "C",\n "domains": ["c.no"],\n "retention_days": -1\n}')
    change(files / "butikk.yaml", "validity_days: 365", "validity_days: 9000")

    for command in ("plan", "apply"):
        assert out(command, str(files)) == ""
        assert out.status == 2
        line = (files / "butikk.yaml").read_text().splitlines().index("    validity_days: 9000") + 1
        said = out.errors.splitlines()
        assert said == [
            f"{files}/a.yaml:2: name: is empty.",
            f"{files}/a.yaml:5: domains.1: is not a host name such as www.example.no.",
            f"{files}/a.yaml:6: grupe: is not a known key.",
            f"{files}/b.yaml:2: the key 'name' appears twice.",
            f"{files}/butikk.yaml:{line}: banner.behaviour.validity_days: "
            "is not a whole number from 1 to 365.",
            f"{files}/cc.json:4: retention_days: is not a whole number from 0 to 1825.",
        ]
    assert "Kafeen" not in out("site", "list")


def hostile(where: Path, outside: Path) -> dict[str, str]:
    """Puts files that nobody should read into a folder; name → what is said of it."""
    outside.write_text("name: Hemmelig\ndomains: [a.no]\n")
    (where / "link.yaml").symlink_to(outside)
    (where / "up.yaml").symlink_to("../" + outside.name)
    (where / "loop.yaml").symlink_to("loop.yaml")
    (where / "gone.yaml").symlink_to("nothing.yaml")
    (where / "folder.yaml").mkdir()
    os.mkfifo(where / "pipe.yaml")
    (where / "huge.yaml").write_bytes(b"a: " + b"x" * folders.LARGEST)
    (where / "latin.yaml").write_bytes("name: Kafé\nx: æ\n".encode("latin-1"))
    (where / "empty.yaml").write_text("")
    (where / "list.json").write_text("[]")
    (where / "broken.json").write_text('{"a": ')
    (where / "UPPER.yaml").write_text("name: X\n")
    (where / "number.yaml").write_text("key: 7\n")
    (where / "bomb.yaml").write_text("a: &a [x, x]\nb: &b [*a, *a]\n")
    (where / "deep.json").write_text("[" * 5000)
    return {
        "link.yaml": "is a link that leads out of the folder",
        "up.yaml": "is a link that leads out of the folder",
        "loop.yaml": "is a link that leads to itself",
        "gone.yaml": "cannot be read: No such file or directory",
        "folder.yaml": "cannot be read: Is a directory",
        "pipe.yaml": "is not a plain file",
        "huge.yaml": "is larger than 1024 KiB",
        "latin.yaml": "is not UTF-8",
        "empty.yaml": "is not an object",
        "list.json": "is not an object",
        "broken.json": "the text is not JSON",
        "UPPER.yaml": "is not 2 to 40 of a-z",
        "number.yaml": "is not 2 to 40 of a-z",
        "bomb.yaml": "anchors",
        "deep.json": "nests deeper",
    }


def test_what_is_no_file_of_a_site_is_one_sentence_each(out: Prints, files: Path, folder: Path) -> None:
    expected = hostile(files, folder / "outside.yaml")
    (files / "README.md").write_text("not read")
    (files / ".hidden.yaml").write_text("not: [read")

    assert out("apply", str(files)) == ""

    assert out.status == 2
    said = {Path(line.split(":")[0]).name: line for line in out.errors.splitlines()}
    assert said.keys() == expected.keys()
    assert len(out.errors.splitlines()) == len(expected)
    for name, words in expected.items():
        assert words in said[name]
    assert "Hemmelig" not in out.errors


def test_two_files_of_one_site_are_refused(out: Prints, files: Path) -> None:
    (files / "x.yaml").write_text("key: butikk\nname: X\n")

    out("apply", str(files))

    assert (out.status, out.errors) == (2, f"{files}/x.yaml:1: key: is butikk, which butikk.yaml is, too.\n")


def test_what_a_file_says_cannot_move_the_cursor_of_a_terminal(out: Prints, files: Path) -> None:
    (files / "x.yaml").write_text('"\\e[2Jname": 1\n')

    out("plan", str(files))

    assert out.status == 2
    assert "\x1b" not in out.errors


def test_the_name_of_a_file_forges_no_line_and_moves_no_cursor(out: Prints, files: Path) -> None:
    change(files / "butikk.yaml", "name: Butikken AS\n", "name: ''\n")
    (files / "butikk.yaml").rename(files / "x\x1b[2J\nkafe (kafe.yaml): nothing changes.yaml")

    planned = out("plan", str(files))
    assert sum(line.startswith("kafe (") for line in planned.splitlines()) == 1
    out("apply", str(files), "--publish")

    assert (out.status, len(out.errors.splitlines())) == (1, 1)
    assert "\x1b" not in planned + out.errors


def test_a_link_within_the_folder_is_followed_and_the_folder_may_be_one(
    out: Prints, files: Path, folder: Path
) -> None:
    (files / "kafe.yaml").rename(files / "kafe.txt")
    (files / "kafe.yaml").symlink_to("kafe.txt")
    (folder / "linked").symlink_to(files)

    assert out("apply", str(folder / "linked")).splitlines() == [
        "butikk\tnothing changed",
        "kafe\tnothing changed",
    ]


@pytest.mark.parametrize("where", ["nothing", "file", "empty"])
def test_a_folder_without_files_of_sites_is_one_sentence(out: Prints, folder: Path, where: str) -> None:
    (folder / "file").write_text("")
    (folder / "empty").mkdir()

    assert out("plan", str(folder / where)) == ""
    assert (out.status, len(out.errors.splitlines())) == (2, 1)
