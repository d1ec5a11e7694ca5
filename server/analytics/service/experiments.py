"""Experiments: what one will find, what its figures show, and its end.

What is compared is the share of those who accepted all among those who decided: of all rates it has the least
noise (docs/adr/0018). The figures are the noised numbers of the closed lumps, before they were made whole and
bounded at zero, since their noise has exactly the variance that the intervals take for granted.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction

from server.accounts.service import audit_log
from server.accounts.values import Actor
from server.analytics import queries
from server.analytics.experiments import power
from server.analytics.experiments.confidence_sequence import Arm, Noise, difference, noise_of_accepted
from server.analytics.experiments.outcome import Look, Outcome, outcome, sentences
from server.analytics.experiments.power import Plan
from server.analytics.experiments.progress import Forecast, Progress
from server.analytics.intervals import Interval
from server.analytics.privacy import margins
from server.analytics.privacy.lumps import LumpKind
from server.analytics.privacy.release import ACCEPT_ALL, REJECT_ALL, SAVE, UNIT
from server.analytics.queries import Noised, Released
from server.analytics.service import experiment_messages
from server.analytics.values import DEFAULT_DAYS
from server.core.local_days import day_of
from server.sites import experiments as site_experiments
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Experiment, ExperimentResult, Version, languages, optional_categories

_LUMP_DAYS: dict[LumpKind, int] = {"day": 1, "week": 7, "month": 30}
"""Days of a lump, for plans."""

LEAD = timedelta(days=2)
"""Days after the start until figures are those of the experiment: on the first one it starts, and on the next
browsers may still use the script from before, as an answer that is revalidated."""

_NONE = Arm(0.0, 0.0, Noise(0.0, 0.0, 0.0))


def forecast(site_id: str, days: int, *, now: datetime, variant: Document | None = None) -> Forecast | None:
    """What an experiment of at most so many days would find; None before the first figures.

    Days that are no whole number of lumps are rounded up, since figures come with the end of a lump.

    :param days: 1 to `server.sites.experiments.LONGEST`
    :param variant: one of the variants, whose languages and categories the noise depends on; None: the live
        version has the same
    """
    zone, newest = sites.time_zone(site_id), sites.newest(site_id)
    today = day_of(now, zone)
    window = (today - timedelta(days=DEFAULT_DAYS), today)
    lumps, running = queries.released(site_id, *window), queries.running(site_id)
    if newest is None or running is None or not lumps:
        return None
    counted = _decided(site_id, *window)
    decided = sum(counted.values())
    observed = sum((lump.end - lump.start).days + 1 for lump in lumps)
    lump_days = _LUMP_DAYS[running.kind]
    days = min(-(-days // lump_days), site_experiments.LONGEST // lump_days) * lump_days
    document = variant or newest.document
    categories = len(optional_categories(document))
    plan = Plan(
        decisions_a_day=decided / observed,
        base_rate=counted[ACCEPT_ALL] / decided if decided else 0.0,
        days=days,
        lump_days=lump_days,
        noise=_noise(categories, running.epsilon, len(languages(document))),
    )
    # A lump that runs already when the lead has passed is not counted.
    last_day = today + LEAD + timedelta(days=lump_days - 1 + days - 1)
    return Forecast(plan, power.detectable_difference(plan), last_day)


def progress(experiment: Experiment) -> Progress:
    """What the figures that were released since its start show."""
    begins = day_of(experiment.started_at, sites.time_zone(experiment.site_id)) + LEAD
    looks = list(_looks(experiment, begins))
    result = experiment.result
    if result is None:
        found = outcome((look for look, _, _ in looks), limit=experiment.plan.limit_days)
        days = found.days
    else:
        days = result.days
        found = Outcome(result.outcome, days, Interval(result.low, result.high), experiment.plan.limit_days)
    arms = [(a, b) for look, a, b in looks if look.days <= days]
    a, b = arms[-1] if arms else (_NONE, _NONE)
    return Progress(found, a, b, begins)


def end_if_due(experiment: Experiment, *, by: Actor, now: datetime) -> tuple[Version, Outcome] | None:
    """End an experiment whose result is clear, or whose limit is reached; None while it goes on.

    :raises Conflict: `experiment_ended`.
    """
    found = progress(experiment).outcome
    return (_end(experiment, found, by=by, now=now), found) if found.has_ended else None


def stop(experiment: Experiment, *, by: Actor, now: datetime) -> tuple[Version, Outcome]:
    """End an experiment now; its outcome is `stopped` unless the figures show a clear one.

    :raises Conflict: `experiment_ended`.
    """
    found = progress(experiment).outcome
    if not found.has_ended:
        found = Outcome("stopped", found.days, found.difference, found.limit)
    return _end(experiment, found, by=by, now=now), found


def _end(experiment: Experiment, found: Outcome, *, by: Actor, now: datetime) -> Version:
    """Serve variant A again, with a message and two entries in the audit log."""
    assert found.state != "running"  # noqa: S101 - neither caller ends what goes on
    site_id, number = experiment.site_id, experiment.number
    result = ExperimentResult(found.state, found.days, found.difference.low, found.difference.high)
    made = site_experiments.end(site_id, number, result, by=by.name, now=now)
    experiment_messages.record(experiment, found, now=now)
    for action, subject, detail in (
        ("experiment_ended", f"experiment {number}", sentences(found)),
        ("rolled_back", f"version {made.number}", f"as version {experiment.version_a}"),
    ):
        audit_log.record_event(action, by=by, site_id=site_id, subject=subject, detail=detail, now=now)
    return made


# --- figures ---------------------------------------------------------------------------------------------


def _looks(experiment: Experiment, begins: date) -> Iterator[tuple[Look, Arm, Arm]]:
    """The interval after each lump that lies wholly inside the experiment, and both variants until then."""
    numbers = (experiment.version_a, experiment.version_b)
    lumps = [
        lump
        for lump in queries.released(experiment.site_id, begins, date.max)
        if lump.start >= begins and all(number in lump.leaves.languages for number in numbers)
    ]
    if not lumps:
        return
    noised = queries.noised(experiment.site_id, numbers, lumps[0].start)
    a = b = _NONE
    for lump in lumps:
        a, b = (
            arm + _arm(lump, number, noised.get((lump.start, number), {}))
            for arm, number in zip((a, b), numbers, strict=True)
        )
        days = (lump.end - lumps[0].start).days + 1
        yield Look(days, difference(a, b, tuned_for=experiment.plan.tuned_for)), a, b


def _arm(lump: Released, version: int, noised: Noised) -> Arm:
    leaves, categories = len(lump.leaves.languages[version]), len(lump.leaves.categories[version])
    others = noised.get(REJECT_ALL, 0) + noised.get(SAVE, 0)
    return Arm(noised.get(ACCEPT_ALL, 0) / UNIT, others / UNIT, _noise(categories, lump.epsilon, leaves))


def _noise(categories: int, epsilon: Fraction, leaves: int) -> Noise:
    return noise_of_accepted(margins.variances(categories, epsilon), leaves)


def _decided(site_id: str, first: date, last: date) -> dict[str, int]:
    """Published decisions by measure, of all lumps that ended in the window."""
    counted = dict.fromkeys((ACCEPT_ALL, REJECT_ALL, SAVE), 0)
    for shown in queries.figures(site_id, None, first, last, together=True).values():
        for measures in shown.get("", {}).values():
            for measure in counted:
                counted[measure] += measures.get(measure, 0)
    return counted
