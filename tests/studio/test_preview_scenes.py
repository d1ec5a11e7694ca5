"""The live preview knows where visitors see each field of the editor."""

from typing import Any, get_args

import pytest

from server.sites import service as sites
from server.sites.document_types import STANDARD_SECTIONS, TEXT_KEYS, Document
from server.studio.draft import form_binding
from server.studio.draft.preview_scenes import SCENES, STATES, Scene, State
from tests.notices.test_notice import activity, processor
from tests.sites.documents import service


def full() -> Document:
    """A document that has each kind of part."""
    document = sites.default_document(name="Butikken")
    parts: Any = document
    parts["services"] = [service()]
    parts["notice"]["activities"] = [activity()]
    parts["notice"]["processors"] = [processor()]
    return document


ROOTS = tuple((key,) for key in full() if key not in ("default_language", "schema_version"))
NAMES = sorted(form_binding.fields_of(full(), *ROOTS))


def matches(pattern: str, name: str) -> bool:
    """Whether a field's name has this pattern, as `static/studio/preview_scenes.js` has it."""
    steps, given = pattern.split("."), name.split(".")
    return len(steps) == len(given) and all(
        step in ("*", part) for step, part in zip(steps, given, strict=True)
    )


def scene_of(name: str) -> Scene | None:
    """Where visitors see a field; None for a name that is no field's."""
    return next((scene for pattern, scene in SCENES.items() if matches(pattern, name)), None)


def test_every_field_has_one_place_where_visitors_meet_it_or_says_that_none_does() -> None:
    found = {name: [pattern for pattern in SCENES if matches(pattern, name)] for name in NAMES}

    assert {name: patterns for name, patterns in found.items() if len(patterns) != 1} == {}


def test_no_pattern_is_for_a_field_that_there_is_not() -> None:
    unused = [pattern for pattern in SCENES if not any(matches(pattern, name) for name in NAMES)]

    assert unused == []


@pytest.mark.parametrize("state", get_args(State))
def test_every_state_is_met_through_some_field_and_has_a_name(state: State) -> None:
    assert state in STATES
    assert any(scene.state == state for scene in SCENES.values())


def test_parts_of_the_notice_are_sections_of_it() -> None:
    parts = {scene.part for scene in SCENES.values() if scene.state == "notice"}

    assert parts - {"{2}"} <= set(STANDARD_SECTIONS)


def test_texts_that_no_visitor_reads_are_few_and_named() -> None:
    unread = [key for key in TEXT_KEYS if not SCENES[f"texts.*.{key}"].state]

    assert unread == ["cookie_name", "days"]


@pytest.mark.parametrize(
    ("name", "state", "part"),
    [
        ("categories.statistics.descriptions.nb", "settings", "category:{1}"),
        ("services.counter.cookies.0.purpose.nn", "settings", "cookie:{1}:{3}"),
        ("texts.en.changed", "again", ""),
        ("notice.sections.who.body.nb", "notice", "{2}"),
        ("behaviour.mapping.ad_storage", "", ""),
    ],
)
def test_a_field_leads_to_what_visitors_see_of_it(name: str, state: str, part: str) -> None:
    scene = scene_of(name)

    assert scene is not None
    assert (scene.state, scene.part) == (state, part)


def test_what_is_no_field_leads_nowhere() -> None:
    assert scene_of("csrf_token") is None
    assert scene_of("texts.nb.title.more") is None
