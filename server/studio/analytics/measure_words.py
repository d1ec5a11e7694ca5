"""The words of `server.analytics.vocabulary` in the language of the reader."""

from collections.abc import Mapping

from server.studio.language import lazy_gettext

LABELS: Mapping[str, str] = {
    "shown": lazy_gettext("Shown"),
    "decided": lazy_gettext("Decided"),
    "ignored": lazy_gettext("Ignored"),
    "accept_all": lazy_gettext("Accepted all"),
    "reject_all": lazy_gettext("Rejected all"),
    "save": lazy_gettext("Saved a selection"),
    "granted": lazy_gettext("Granted"),
    "withdraw": lazy_gettext("Withdrawn"),
    "settings_opened": lazy_gettext("Settings opened"),
    "closed": lazy_gettext("Closed without a choice"),
    "signal": lazy_gettext("Objected by signal"),
    "placeholder": lazy_gettext("Placeholder allowed"),
    "failed": lazy_gettext("Failed to show"),
    "time_to_decision": lazy_gettext("Time to decision"),
}
"""Measure → its name on screen."""

DEFINITIONS: Mapping[str, str] = {
    "shown": lazy_gettext("How often the banner was shown."),
    "decided": lazy_gettext("Decisions: accepted all, rejected all and saved a selection together."),
    "ignored": lazy_gettext("Shown and left without a decision: shown − decided."),
    "accept_all": lazy_gettext("Decisions that allowed every category with one button."),
    "reject_all": lazy_gettext("Decisions that allowed no optional category with one button."),
    "save": lazy_gettext("Decisions on each category by itself, saved from the settings."),
    "granted": lazy_gettext(
        "Decisions that allowed a category, by accepting all or in a selection; one figure per category."
    ),
    "withdraw": lazy_gettext("Withdrawals of an earlier consent. They are not among the decided."),
    "settings_opened": lazy_gettext("How often the settings were opened."),
    "closed": lazy_gettext("How often the banner was closed without a decision."),
    "signal": lazy_gettext("Visits whose browser objected by itself (Global Privacy Control, Do Not Track)."),
    "placeholder": lazy_gettext("Contents that were allowed from their placeholder."),
    "failed": lazy_gettext("How often the banner should have been shown and was not."),
    "time_to_decision": lazy_gettext("Time from showing the banner to the decision, in four classes."),
}
"""Measure → what is counted, as a sentence."""


def label(measure: str) -> str:
    """The name of a measure on screen.

    :raises KeyError: there is no such measure.
    """
    return str(LABELS[measure])


def definition(measure: str) -> str:
    """What a measure counts, as a sentence.

    :raises KeyError: there is no such measure.
    """
    return str(DEFINITIONS[measure])
