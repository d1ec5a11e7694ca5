"""What the documentation says of the code is still so."""

import json
import re
import runpy
from pathlib import Path

import pytest

from server.accounts.values import PERMISSIONS, ROLES
from server.analytics.values import IGNORED, MEASURES, SEEN
from server.analytics.vocabulary import TERMS
from server.core.db import Base
from server.notifications.values import WEBHOOK_KINDS
from server.sites.document import load
from server.studio.role_names import ACTIONS, MEANINGS, ROLE_NAMES

ROOT = Path(__file__).resolve().parents[1]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FILE = re.compile(r"`((?:server|widget|templates|tests|docs|benchmarks|deploy)/[\w./-]*)`")


@pytest.mark.parametrize("text", [CONTRIBUTING, ARCHITECTURE], ids=["CONTRIBUTING", "architecture"])
def test_every_file_that_is_named_exists(text: str) -> None:
    named = set(FILE.findall(text))
    assert len(named) > 10
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_twenty_behaviours_have_a_file_of_their_own() -> None:
    listed = re.findall(r"^\| ([^|`]+) \| `([\w./]+/[\w./]+)` \|$", CONTRIBUTING, re.M)
    behaviours = dict(listed)
    assert len(behaviours) == len(set(behaviours.values())) >= 20
    assert all((ROOT / path).is_file() for path in behaviours.values())


def test_every_table_that_is_named_exists(app: object) -> None:
    owned = re.search(r"^## What each slice owns\n(.+?)^## ", ARCHITECTURE, re.M | re.S)
    assert owned is not None
    cells = [line.split("|")[3] for line in owned[1].splitlines() if line.startswith("| `")]
    named = {table for cell in cells for table in re.findall(r"`(\w+)`", cell)}
    assert len(named) > 15
    assert named <= set(Base.metadata.tables)


def test_the_picture_of_the_architecture_and_its_source_have_every_slice() -> None:
    slices = {each.parent.name for each in (ROOT / "server").glob("*/__init__.py")} - {"migrations"}
    source = re.search(r"```mermaid\n(.+?)```", ARCHITECTURE, re.S)
    assert source is not None
    assert slices - set(re.findall(r'(\w+)\["', source[1])) == set()
    picture = (ROOT / "docs" / "images" / "architecture.svg").read_text(encoding="utf-8")
    assert {each for each in slices if f'id="architecture-flowchart-{each}-' not in picture} == set()


def test_every_decision_that_binds_everybody_is_listed() -> None:
    decisions = {path.name for path in (ROOT / "docs" / "adr").glob("*.md")}
    assert decisions - set(re.findall(r"docs/adr/([\w-]+\.md)", CONTRIBUTING)) == set()


def test_every_kind_of_message_is_documented() -> None:
    page = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    assert {kind for kind in WEBHOOK_KINDS if f"| `{kind}` |" not in page} == set()


BANNER_DOCUMENT = ROOT / "docs" / "banner-document.md"


def test_the_reference_of_the_banner_document_is_what_its_types_give() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "banner_document.py"))["page"]()
    written = BANNER_DOCUMENT.read_text(encoding="utf-8")
    assert written == page, "rewrite it with `python -m docs.banner_document`"


def test_the_page_of_roles_is_what_the_table_of_permissions_gives() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "role_tables.py"))["page"]()
    written = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")
    assert written == page, "rewrite it with `python -m docs.role_tables`"


def test_every_permission_has_words_on_the_page_of_roles() -> None:
    assert set(ACTIONS) == set(PERMISSIONS)
    assert set(MEANINGS) == set(ROLE_NAMES) == set(ROLES)


def test_the_example_of_a_banner_document_can_be_imported() -> None:
    example = re.search(r"```json\n(.+?)```", BANNER_DOCUMENT.read_text(encoding="utf-8"), re.S)
    assert example is not None
    loaded = load(json.loads(example[1]))
    assert loaded["behaviour"]["mapping"]["analytics_storage"] == "statistics"


def test_words_for_figures_are_those_of_the_code() -> None:
    page = (ROOT / "docs" / "figures-and-alarms.md").read_text(encoding="utf-8")
    for measure in (*MEASURES, *SEEN, IGNORED, "granted", "time_to_decision"):
        term = TERMS[measure]
        of = TERMS[term.of].label.lower() if term.of else ""
        assert f"| {term.label} | {term.definition} | {of} |" in page
