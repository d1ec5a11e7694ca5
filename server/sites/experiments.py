"""Use cases of experiments: two versions of a banner are live at once, until one of them is again.

Both variants are states of the banner that staff choose: the draft, an earlier state of it, or a version.
Variant A is the live version, or else is published first; variant B is published as the version after it.
When the experiment ends, A's content is published again as the version after that. So the newest version
alone says what visitors get: both variants, if it is the variant of another version, and else that version.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from server.core.db import db
from server.core.errors import Conflict, Invalid, NotFound
from server.sites import (
    document,
    lint,
    models,
    publication_rules,
    publications,
    publishing,
    queries,
    service,
    states,
    variants,
)
from server.sites.document_types import Document
from server.sites.publication_rules import Publication
from server.sites.values import (
    LARGEST_VERSION,
    Experiment,
    ExperimentResult,
    Pending,
    Planned,
    Site,
    Version,
)

LONGEST = 365
"""The most days that an experiment may take: visitors and the banner around it change."""

A, B = "variant_a", "variant_b"
"""What fields of the variants begin with in errors."""


@dataclass(frozen=True)
class Checked:
    """What stands against an experiment with two variants, and what publishing A for it decides."""

    faults: Mapping[str, object] = dataclasses.field(default_factory=dict)
    """By field; empty if they can be compared. What is wrong in one variant begins with `A` or `B`."""
    coming: Pending | None = None
    """What publishing variant A decides; None if it is live, or cannot be published."""


@dataclass(frozen=True)
class Pair:
    """Two variants that can be compared."""

    live: Version
    a: Document
    b: Document

    @property
    def a_is_live(self) -> bool:
        """Whether visitors have variant A already."""
        return self.a == self.live.document


def start(
    site_id: str,
    plan: Planned,
    *,
    by: str,
    now: datetime,
    a: str | None = None,
    b: str = states.DRAFT,
    expected_revision: int | None = None,
    expected_version: int | None = None,
) -> Experiment:
    """Publish variant B beside variant A, each for half of all page views.

    Variant A is published first, as the version before B, unless it is what visitors get already.

    :param a: the name of the state that is variant A (`server.sites.states`); None: the live version
    :param b: the same of variant B
    :param expected_version: the newest version when the caller looked

    :raises Invalid: the limit is not 1 to `LONGEST` days, nothing is published yet, the variants are the same
        or differ in more than texts and appearance, or the lint finds an error in a variant; `errors` names
        the fields.
    :raises Conflict: `experiment_running`, `approval_required`, `publication_waiting`.
    :raises PreconditionFailed: `changed_meanwhile`.
    :raises NotFound: `site_unknown`, `version_unknown`, or `revision_unknown`.
    """
    publishing.locked_draft(site_id, expected_revision)
    site = service.find_by_id(site_id)
    publishing.refuse_during_experiment(site.id)
    publishing.refuse_without_approval(site)
    publications.make_room(site, replacing=None, by=by, now=now)
    return _begin(site, chosen(site, plan, a, b, expected_version), plan, by=by, now=now)


def start_approved(site: Site, publication: Publication, *, now: datetime) -> Experiment:
    """Start what a second person has approved, with the variants as they were then; the draft is locked.

    :raises Invalid: as `start`.
    :raises Conflict: `experiment_running`.
    """
    publishing.refuse_during_experiment(site.id)
    live, plan = service.newest(site.id), publication.plan
    assert live is not None  # noqa: S101 - something was live when it was asked for
    assert plan is not None  # noqa: S101 - its kind says so
    kept = publication.variant_a
    a = states.load(site.id, str(live.number)) if kept is None else document.load(kept)
    pair = Pair(live, a, document.load(publication.document))
    _refuse_incomparable(site, pair)
    return _begin(site, pair, plan, by=publication.asked_by, now=now, fulfils=publication.number)


def chosen(site: Site, plan: Planned, a: str | None, b: str, expected_version: int | None) -> Pair:
    """The variants of an experiment that could be started now.

    :raises Invalid, PreconditionFailed, NotFound: as `start`.
    """
    if not 1 <= plan.limit_days <= LONGEST:
        fault = f"is not 1 to {LONGEST} days"
        raise Invalid(f"the limit {fault}", errors={"limit_days": fault})
    pair = _comparable(site, a, b)
    publishing.refuse_other_version(site.id, expected_version)
    return pair


def _begin(
    site: Site, pair: Pair, plan: Planned, *, by: str, now: datetime, fulfils: int | None = None
) -> Experiment:
    number = _newest_number(site.id) + 1
    first = pair.live
    if not pair.a_is_live:
        why = f"Variant A of experiment {number}"
        first = publishing.append(site, pair.a, note=why, by=by, now=now, fulfils=fulfils)
    note = f"Variant B of experiment {number}, beside version {first.number}"
    made = publishing.append(
        site, pair.b, note=note, by=by, now=now, variant_of=first.number, fulfils=fulfils
    )
    started = Experiment(site.id, number, first.number, made.number, now, by, plan)
    _insert(started)
    return started


def check(site_id: str, a: str | None = None, b: str = states.DRAFT) -> Checked:
    """What stands against comparing two states of a banner, and what publishing the first would decide.

    :raises NotFound: `site_unknown`, `version_unknown`, or `revision_unknown`.
    """
    try:
        pair = _comparable(service.find_by_id(site_id), a, b)
    except Invalid as fault:
        return Checked(fault.errors)
    return Checked(coming=None if pair.a_is_live else publishing.decided(pair.live, pair.a))


def _comparable(site: Site, name_a: str | None, name_b: str) -> Pair:
    """The variants, if they can be compared.

    :raises Invalid: says why they cannot; `errors` names the fields.
    """
    live = service.newest(site.id)
    if live is None:
        fault = "is not published yet: an experiment begins from a published version"
        raise Invalid(f"the banner {fault}", reason="not_comparable", errors={"draft": fault})
    pair = Pair(live, _loaded(site.id, name_a or str(live.number), A), _loaded(site.id, name_b, B))
    _refuse_incomparable(site, pair)
    return pair


def _refuse_incomparable(site: Site, pair: Pair) -> None:
    faults = variants.differences(pair.a, pair.b)
    if faults:
        field, sentence = next(iter(faults.items()))
        raise Invalid(
            f"the variants cannot be compared: {field} {sentence}", reason="not_comparable", errors=faults
        )
    publishing.refuse(variants.findings(pair.a, pair.b, names=(A, B), domains=site.domains))
    if publication_rules.needs_reason(pair.live, pair.a):
        field = f"{A}.behaviour.consent_mode"
        fault = "lets tags send before visitors have chosen: publish that first, with a note that says why"
        raise Invalid(f"{field} {fault}", reason="not_publishable", errors={field: fault})


def _loaded(site_id: str, name: str, variant: str) -> Document:
    """The banner of a state, with the faults of one that this release does not accept named by variant."""
    try:
        return states.load(site_id, name)
    except Invalid as fault:
        errors = {f"{variant}.{place}": why for place, why in fault.errors.items()}
        raise Invalid(fault.message, reason=fault.reason, errors=errors) from fault


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
        a version came after the experiment, which this would undo; `approval_required`,
        `publication_waiting`.
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
    publishing.refuse_during_experiment(site.id)
    publishing.refuse_without_approval(site)
    publications.make_room(site, replacing=None, by=by, now=now)
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
