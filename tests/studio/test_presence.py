"""People of the same site see who else is editing the draft, and forgotten soon."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.db import db
from server.sites import jobs, presence
from server.sites.models import EditorPresence
from server.sites.values import Site
from tests.studio.conftest import NOW, Visitor


def sign(who: Visitor, site: Site, **fields: str) -> list[str]:
    answer: Any = who.post(f"/sites/{site.key}/banner/presence", {"tab": "one", "page": "texts", **fields})
    assert answer.status_code == 200
    others: list[str] = answer.json["others"]
    return others


def rows() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(EditorPresence)) or 0


def test_others_are_named_with_their_page_and_field_until_they_are_gone(
    site: Site, other: Site, as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    anna, kari = as_role("editor", site), as_role("owner")
    assert sign(anna, site) == []
    assert sign(kari, site) == ["editor-1@example.no is editing Texts now"]
    sign(anna, site, field="texts.nb.title")
    sign(anna, site, tab="two", page="services", field="no.such.field")
    assert len(sign(kari, site)) == 1
    # Another site is another matter.
    assert sign(kari, other) == []
    sign(anna, site, tab="two", gone="1")
    assert sign(kari, site) == ["editor-1@example.no is editing Texts now: Title"]

    late = NOW + presence.SEEN + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert sign(kari, site, page="<script>") == []
    assert sign(anna, site) == ["owner-0@example.no is editing the banner now"]
    later = late + presence.FORGOTTEN
    monkeypatch.setattr(clock, "now", lambda: later)
    assert jobs.forget_presence() == 3
    assert rows() == 0


def test_a_name_with_control_characters_is_taken_without_them(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    assert sign(as_role("editor"), site, tab="a\0b", field="x\0y") == []
    assert rows() == 1


def test_who_only_has_the_page_open_is_not_said_to_edit_and_learns_what_others_save(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    anna, kari = as_role("editor", site), as_role("owner")
    sign(anna, site)
    assert len(sign(kari, site)) == 1
    assert sign(anna, site, idle="1") == ["owner-0@example.no is editing Texts now"]
    assert sign(kari, site) == []

    def newest() -> int:
        answer: Any = anna.post(f"/sites/{site.key}/banner/presence", {"tab": "one", "idle": "1"})
        return int(answer.json["revision"])

    before = newest()
    page = f"/sites/{site.key}/banner/texts"
    assert kari.save(page, {"texts.nb.title": "Fra Kari"}).status_code == 303
    assert newest() == before + 1
