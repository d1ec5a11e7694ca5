"""What is known of an experiment: before it starts, and while it runs or when it ended. Pure."""

from dataclasses import dataclass
from datetime import date

from server.analytics.experiments.confidence_sequence import Arm
from server.analytics.experiments.outcome import Outcome
from server.analytics.experiments.power import Plan
from server.sites.values import Planned


@dataclass(frozen=True)
class Forecast:
    """What an experiment would find, by the figures of the last four weeks."""

    plan: Plan
    detectable: float | None
    """The difference of rates, 0 … 1, that at least 80 of 100 such experiments find; None: there is none."""
    last_day: date
    """The last day that would count, if it were started today and went on to its limit."""

    @property
    def planned(self) -> Planned:
        """What is fixed when it starts."""
        return Planned(self.plan.days, self.plan.tuned_for, self.detectable)


@dataclass(frozen=True)
class Progress:
    """What the figures of an experiment show so far, or showed when it ended."""

    outcome: Outcome
    a: Arm
    b: Arm
    begins: date
    """The first day of which figures can count."""
