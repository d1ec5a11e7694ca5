"""The words for what is measured: one name, one definition and one denominator for each measure. Pure.

Studio, API and documentation take their words from here. Which of the measures a site has, its figures say
(`Cells.measures`): what comes from the banner's events is absent where a site does not count impressions.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A measure in words."""

    label: str
    """Its name on screen."""
    definition: str
    """What is counted, as a sentence."""
    of: str | None = None
    """The measure that it is usually divided by; None if it stands alone."""


TERMS: Mapping[str, Term] = {
    "shown": Term("Shown", "How often the banner was shown."),
    "decided": Term("Decided", "Decisions: accepted all, rejected all and saved a selection together."),
    "ignored": Term("Ignored", "Shown and left without a decision: shown − decided.", "shown"),
    "accept_all": Term("Accepted all", "Decisions that allowed every category with one button.", "decided"),
    "reject_all": Term(
        "Rejected all", "Decisions that allowed no optional category with one button.", "decided"
    ),
    "save": Term(
        "Saved a selection", "Decisions on each category by itself, saved from the settings.", "decided"
    ),
    "granted": Term(
        "Granted",
        "Decisions that allowed a category, by accepting all or in a selection; one figure per category.",
        "decided",
    ),
    "withdraw": Term("Withdrawn", "Withdrawals of an earlier consent. They are not among the decided."),
    "settings_opened": Term("Settings opened", "How often the settings were opened.", "shown"),
    "closed": Term("Closed without a choice", "How often the banner was closed without a decision.", "shown"),
    "signal": Term(
        "Objected by signal",
        "Visits whose browser objected by itself (Global Privacy Control, Do Not Track).",
        "shown",
    ),
    "placeholder": Term("Placeholder allowed", "Contents that were allowed from their placeholder."),
    "failed": Term("Failed to show", "How often the banner should have been shown and was not."),
    "time_to_decision": Term(
        "Time to decision", "Time from showing the banner to the decision, in four classes."
    ),
}
"""Measure → its words, in the order of columns."""

CONSENT_RATE = "granted / decided"
OPT_IN_RATE = "granted / shown"
"""The two rates of a category as formulas; undefined where the denominator is absent or withheld."""


def label(measure: str) -> str:
    """The name of a measure on screen.

    :raises KeyError: there is no such measure.
    """
    return TERMS[measure].label


def definition(measure: str) -> str:
    """What a measure counts, as a sentence.

    :raises KeyError: there is no such measure.
    """
    return TERMS[measure].definition
