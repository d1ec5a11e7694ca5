"""Saving of the draft while somebody types: the fields of any form of the editor, without a page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import get_template_attribute, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from server.core import clock
from server.core.db import transaction
from server.core.errors import PreconditionFailed, RateLimited
from server.sites import document_places, draft_history
from server.sites import service as sites
from server.sites.document_places import Place
from server.sites.values import Draft
from server.studio import authors, language, local_times
from server.studio.draft import editor_links, field_edits, form_binding, row_edits, storage_rows
from server.studio.draft.field_edits import Outcome
from server.studio.draft.field_words import field_label
from server.studio.draft.form_binding import Form
from server.studio.draft.row_edits import Rows, Table
from server.studio.editor import collisions, drafts, next_finding, origins
from server.studio.guard import blueprint, identity, needs, site, zone
from server.studio.language import gettext
from server.studio.sentences import translated


@blueprint.context_processor
def _last_save() -> dict[str, Any]:
    return {"last_saved": lambda: _when(draft_history.last_save(site().id).updated_at)}


BEFORE = "before."
"""In front of the name of a field: what it had before somebody edited it."""


@blueprint.post("/sites/<key>/banner/autosave")
@needs("banner.edit")
def autosave() -> ResponseReturnValue:
    """Save the edited fields that are valid; says of each of the others why it is not saved."""
    sent = {name: values[-1] for name, values in request.form.lists()}
    before = {name.removeprefix(BEFORE): text for name, text in sent.items() if name.startswith(BEFORE)}
    typed = {name: text for name, text in sent.items() if not name.startswith(BEFORE)}
    for _ in range(drafts.TRIES):
        edit = _edited(sites.draft(site().id), typed, _of(typed, before))
        try:
            with transaction():
                saved = sites.save_draft(
                    site().id,
                    edit.rows.document,
                    by=identity().email,
                    now=clock.now(),
                    expected_revision=edit.newest.revision,
                    automatic=True,
                )
        except PreconditionFailed:
            continue
        return jsonify(_answer(typed, before, edit, saved))
    raise RateLimited("too many requests; try again later", retry_after=1)


@dataclass(frozen=True)
class _Edit:
    """What a form makes of the newest draft."""

    newest: Draft
    table: Table
    outcome: Outcome
    rows: Rows


def _edited(newest: Draft, typed: Mapping[str, str], before: Mapping[str, str]) -> _Edit:
    table = row_edits.table(newest.document, typed)
    fields = {table.in_draft(name): text for name, text in typed.items()}
    had = {table.in_draft(name): text for name, text in before.items()}
    outcome = field_edits.applied(newest.document, fields, had, sites.validate)
    ticked = request.form.getlist("remove")
    rows = row_edits.applied(outcome.document, table, typed, ticked, sites.validate)
    return _Edit(newest, table, outcome, rows)


def _when(moment: datetime) -> str:
    """The time of day of a save in the reader's zone, with the day if it was not today."""
    here = zone()
    local, today = moment.astimezone(here), clock.now().astimezone(here).date()
    form = "clock" if local.date() == today else "short minute"
    return local_times.in_words(local, form, language.current())


def _of(typed: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in before.items() if name in typed}


def _answer(typed: Mapping[str, str], before: Mapping[str, str], edit: _Edit, saved: Draft) -> dict[str, Any]:
    """What the page shows: when it was saved, what was not, and what others changed in its fields.

    All names are those of the form that was sent; `rows` says what the draft calls its rows now.
    """
    had, newest, outcome = {**typed, **before}, edit.newest, edit.outcome
    inside = {name: edit.table.in_draft(name) for name in typed}
    shown = {inside[name]: name for name in typed}
    texts = _texts(newest, inside)
    theirs = [name for name, text in texts.items() if text != had[name].replace("\r\n", "\n")]
    after = _texts(saved, {name: edit.rows.after(name, edit.table) for name in typed})
    kept = [name for name in after if inside[name].startswith("new.") or outcome.saved(inside[name])]
    form = Form(newest.document, newest.revision, outcome.names)
    errors = {shown.get(name, name): (form.subject(name), fault) for name, fault in outcome.errors.items()}
    new = edit.rows.errors
    errors |= {name: (field_label(name.split(".")[2], "services"), fault) for name, fault in new.items()}
    return {
        "steps": render_template("studio/banner/edit_steps.html", back=typed.get("next", "")),
        "finding": next_finding.shown_at(typed.get("next", "")),
        **_origins([*before], typed.get("next", ""), form),
        "revision": saved.revision,
        "at": _when(saved.updated_at),
        "errors": {name: _error(name, *each) for name, each in errors.items()},
        "general": [*_elsewhere(newest, outcome), *_collisions(newest, outcome)],
        "conflicts": {shown.get(name, name): form.subject(name) for name in outcome.conflicts},
        "others": authors.named(newest.updated_by)
        if theirs and newest.updated_by != identity().email
        else "",
        "values": {name: after[name] for name in kept if after[name] != typed[name].replace("\r\n", "\n")},
        "rows": _rows(typed, edit, saved),
    }


def _origins(edited: Sequence[str], back: str, form: Form) -> dict[str, Any]:
    """What of the form comes from the group now: the line above it, and the mark of each edited field."""
    origins.forget()
    if origins.current() is None:
        return {}
    mark = get_template_attribute("studio/banner/origin.html", "marked")
    found = {name: origins.origin_of(form, name) for name in edited if name in form.names}
    part = next((origins.part_of(form.names[name]) for name in found), "")
    # Of categories, a page has all.
    place = None if part == "categories" else _part_of(found, form)
    return {
        "group": render_template("studio/banner/group_bar.html", section=part, place_here=place, back=back),
        "origins": {name: str(mark(each, form.subject(name))) for name, each in found.items() if each},
    }


def _part_of(names: Iterable[str], form: Form) -> Place | None:
    """The part of a list that fields are in."""
    places = (document_places.place_of(form.names[name], form.document) for name in names)
    return next((part for part in map(origins.place_of_part, places) if part), None)


def _rows(typed: Mapping[str, str], edit: _Edit, saved: Draft) -> dict[str, dict[str, Any] | None]:
    """Beginning of the names of a row → what the page calls it from now on; None: it is taken away."""
    table, places = edit.table, edit.rows.places
    index = form_binding.service_index(saved.document, table.service)
    if index is None:
        return {}
    cookies = saved.document["services"][index]["cookies"]
    # What a colleague took away has a number that no entry of the draft will have.
    found: dict[str, Any] = {
        table.base(number): _row(table, storage_rows.gone(number), typed[f"was.{number}"])
        for number, at in table.numbers.items()
        if at is None
    }
    for base, at in places.items():
        was = "" if at is None else "\n".join(storage_rows.identity(cookies[at]))
        found[base] = None if at is None else _row(table, at, was)
    return found


def _row(table: Table, number: int, was: str) -> dict[str, Any]:
    return {"base": table.base(number), "number": number, "was": was}


def _texts(draft: Draft, names: Mapping[str, str]) -> dict[str, str]:
    """What fields of a form show of a draft that calls them so."""
    paths = field_edits.names_in(draft.document, names.values())
    return {
        name: field_edits.form_text(inside, form_binding.value_at(draft.document, paths[inside]))
        for name, inside in names.items()
        if inside in paths
    }


def _error(name: str, label: str, fault: str) -> dict[str, str]:
    element = get_template_attribute("studio/macros.html", "error_text")
    return {"label": label, "element": element(name, gettext("This"), fault)}


def _elsewhere(newest: Draft, outcome: Outcome) -> list[str]:
    """Sentences about what the fields that are not saved would make wrong."""
    found = editor_links.named(outcome.elsewhere, newest.document)
    return [f"{each.label} {translated(each.sentence)}." for each in found]


def _collisions(newest: Draft, outcome: Outcome) -> list[str]:
    """Sentences about what collides and is no value of a field."""
    found = [collisions.sentence(one, newest.document, newest.document) for one in outcome.collisions]
    if outcome.gone:
        found.append(gettext("What you are editing was removed meanwhile. Save the draft to put it back."))
    return found
