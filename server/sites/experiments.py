"""Use cases of experiments: two versions of a banner are live at once, until one of them is again.

Variant A is the version that was live, or a draft that was kept for it and is published first; variant B is
the draft, published as the next version. When the experiment ends, A's content is published again as the
version after it. So the newest version alone says what visitors get: both variants, if it is the variant of
another version, and else that version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from server.core.db import db, insert
from server.core.errors import Conflict, Invalid, NotFound
from server.sites import document, lint, models, publishing, queries, service, variants
from server.sites.document_types import Document
from server.sites.values import (
    LARGEST_VERSION,
    Draft,
    Experiment,
    ExperimentResult,
    KeptVariant,
    Planned,
    Site,
    Version,
)

_KEPT = cast("sa.Table", models.VariantDraft.__table__)

LONGEST = 365
"""The most days that an experiment may take: visitors and the banner around it change."""


@dataclass(frozen=True)
class _Pair:
    """Two variants that can be compared."""

    live: Version
    a: Document
    b: Document
    a_is_kept: bool
    """Whether A is a draft that was kept, and not the live version."""


def keep_variant(site_id: str, *, by: str, now: datetime, expected_revision: int | None = None) -> None:
    """Keep the draft as variant A of the next experiment, instead of the live version; the draft goes on.

    :raises Invalid: the draft is no banner document of this release.
    :raises PreconditionFailed: `changed_meanwhile`.
    :raises NotFound: `site_unknown`.
    """
    stored = publishing.locked_draft(site_id, expected_revision)
    row = {"document": publishing.text(document.load(stored.document)), "kept_at": now, "kept_by": by}
    kept = insert(_KEPT).values(site_id=site_id, **row)
    db.session.execute(kept.on_conflict_do_update(index_elements=["site_id"], set_=row))


def drop_variant(site_id: str) -> None:
    """Forget the draft that was kept as variant A, so that A is the live version; does nothing without one.

    :raises NotFound: `site_unknown`.
    """
    publishing.locked_draft(site_id)
    db.session.execute(sa.delete(_KEPT).where(_KEPT.c.site_id == site_id))


def kept_variant(site_id: str) -> KeptVariant | None:
    """The draft that is kept as variant A of the next experiment; None: A is the live version."""
    return queries.kept_variant(site_id)


def start(
    site_id: str, plan: Planned, *, by: str, now: datetime, expected_revision: int | None = None
) -> Experiment:
    """Publish the draft as a variant beside variant A, each for half of all page views.

    Variant A is the live version, or the draft that was kept for it, which is published first.

    :raises Invalid: the limit is not 1 to `LONGEST` days, nothing is published yet, the variants are the same
        or differ in more than texts and appearance, or the lint finds an error in a variant; `errors` names
        the fields.
    :raises Conflict: `experiment_running`.
    :raises PreconditionFailed: `changed_meanwhile`.
    :raises NotFound: `site_unknown`.
    """
    stored = publishing.locked_draft(site_id, expected_revision)
    publishing.refuse_during_experiment(site_id)
    if not 1 <= plan.limit_days <= LONGEST:
        fault = f"is not 1 to {LONGEST} days"
        raise Invalid(f"the limit {fault}", errors={"limit_days": fault})
    site = service.find_by_id(site_id)
    pair = _comparable(site, stored)
    number = _newest_number(site_id) + 1
    a = pair.live
    if pair.a_is_kept:
        a = publishing.append(site, pair.a, note=f"Variant A of experiment {number}", by=by, now=now)
        drop_variant(site_id)
    note = f"Variant B of experiment {number}, beside version {a.number}"
    made = publishing.append(site, pair.b, note=note, by=by, now=now, variant_of=a.number)
    started = Experiment(site_id, number, a.number, made.number, now, by, plan)
    _insert(started)
    return started


def check(site_id: str) -> Mapping[str, object]:
    """What stands against comparing the draft with variant A, by field; empty if nothing does.

    :raises NotFound: `site_unknown`.
    """
    try:
        _comparable(service.find_by_id(site_id), service.draft(site_id))
    except Invalid as fault:
        return fault.errors
    return {}


def _comparable(site: Site, draft: Draft) -> _Pair:
    """Variant A and the draft, if they can be compared.

    :raises Invalid: says why they cannot; `errors` names the fields.
    """
    live, b = service.newest(site.id), document.load(draft.document)
    if live is None:
        fault = "is not published yet: the first variant of an experiment is a published version"
        raise Invalid(f"the banner {fault}", reason="not_comparable", errors={"draft": fault})
    kept = queries.kept_variant(site.id)
    a = live.document if kept is None else document.load(kept.document)
    # A kept draft must not ask for anything that the live version does not: nobody is asked again.
    against_live = {} if kept is None else variants.forbidden_differences(live.document, a)
    faults = {f"variant_a.{field}": why for field, why in against_live.items()} or variants.differences(a, b)
    if faults:
        field, sentence = next(iter(faults.items()))
        raise Invalid(
            f"the draft cannot be compared with variant A: {field} {sentence}",
            reason="not_comparable",
            errors=faults,
        )
    prefix = "variant_a" if kept else f"version.{live.number}"
    publishing.refuse(variants.findings(a, b, prefix=prefix, domains=site.domains))
    return _Pair(live, a, b, a_is_kept=kept is not None)


def end(site_id: str, number: int, result: ExperimentResult, *, by: str, now: datetime) -> Version:
    """End an experiment: variant A alone is what visitors get, as the next version, which is returned.

    :raises Conflict: `experiment_ended`: it has ended before.
    :raises NotFound: `site_unknown`, or `experiment_unknown`.
    """
    publishing.locked_draft(site_id)
    running = experiment(site_id, number)
    if running.ended_at is not None:
        raise Conflict(f"experiment {number} has ended", reason="experiment_ended")
    table = models.Experiment
    db.session.execute(
        sa.update(table)
        .where(table.site_id == site_id, table.number == number)
        .values(
            ended_at=now,
            ended_by=by,
            outcome=result.outcome,
            days=result.days,
            low=result.low,
            high=result.high,
        )
    )
    a = service.version(site_id, running.version_a)
    note = f"As version {a.number}: experiment {number} has ended"
    # Not linted again: an experiment must be able to end even if lint rules have changed since.
    return publishing.append(service.find_by_id(site_id), a.published_document, note=note, by=by, now=now)


def publish_winner(site_id: str, number: int, *, by: str, now: datetime) -> Version:
    """Publish variant B, which was clearly better, as the next version; the draft is unchanged.

    :raises Conflict: `no_winner`: the experiment runs, or B was not clearly better; `published_meanwhile`:
        a version came after the experiment, which this would undo.
    :raises Invalid: `not_publishable`: the lint finds an error in it by now; `errors` names the fields.
    :raises NotFound: `site_unknown`, or `experiment_unknown`.
    """
    publishing.locked_draft(site_id)
    ended, site = experiment(site_id, number), service.find_by_id(site_id)
    if ended.result is None or ended.result.outcome != "b_is_better":
        raise Conflict(f"variant B of experiment {number} is no winner", reason="no_winner")
    if (newest := service.newest(site_id)) is None or newest.number != ended.version_b + 1:
        raise Conflict(
            f"other versions were published after experiment {number}; under Versions,"
            f" version {ended.version_b} can be published again all the same",
            reason="published_meanwhile",
        )
    winner = service.version(site_id, ended.version_b)
    publishing.refuse(lint.findings(winner.document, site.domains))
    note = f"As version {winner.number}: variant B won experiment {number}"
    return publishing.append(site, winner.published_document, note=note, by=by, now=now)


def experiment(site_id: str, number: int) -> Experiment:
    """The experiment with this number.

    :raises NotFound: `experiment_unknown`.
    """
    found = queries.experiment(site_id, number) if 0 < number <= LARGEST_VERSION else None
    if found is None:
        raise NotFound("there is no such experiment", reason="experiment_unknown")
    return found


def of_site(site_id: str) -> tuple[Experiment, ...]:
    """All experiments of a site, newest first."""
    return queries.experiments(site_id)


def running() -> tuple[Experiment, ...]:
    """The experiments of all sites that have not ended."""
    return queries.running_experiments()


def _newest_number(site_id: str) -> int:
    return max((each.number for each in queries.experiments(site_id)), default=0)


def _insert(started: Experiment) -> None:
    plan = started.plan
    row = {
        "site_id": started.site_id,
        "number": started.number,
        "version_a": started.version_a,
        "version_b": started.version_b,
        "started_at": started.started_at,
        "started_by": started.started_by,
        "limit_days": plan.limit_days,
        "tuned_for": plan.tuned_for,
        "detectable": plan.detectable,
    }
    db.session.execute(sa.insert(models.Experiment).values(row))
