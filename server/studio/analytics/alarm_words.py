"""An alarm in words: what is usual, what came, and what to do. Pure."""

from babel.dates import format_date

from server.analytics import alarm_words
from server.analytics.alarm_words import Alarm, Kind
from server.analytics.values import THRESHOLD
from server.studio.language import current, gettext, lazy_gettext
from server.studio.local_times import in_words

TITLES: dict[Kind, str] = {
    "no_events": lazy_gettext("No decisions"),
    "impressions_fell": lazy_gettext("The banner is shown far less than usual"),
    "decisions_fell": lazy_gettext("Far fewer decisions than usual"),
    "opt_in_fell": lazy_gettext("Fewer visitors accept all"),
}
"""Kind → what is wrong."""

WHAT_TO_DO: dict[Kind, tuple[str, ...]] = {
    "no_events": (
        lazy_gettext(
            "Open the website in a private window: does the banner come, and does it go when you answer?"
        ),
        lazy_gettext(
            "If it does not come, check that the script is still on the pages (Install), and whether a "
            "publication or a change of the website came just before."
        ),
        lazy_gettext(
            "If it comes and answers are not counted, ask the operator of this server: the browsers keep the "
            "answers and send them later."
        ),
    ),
    "impressions_fell": (
        lazy_gettext(
            "Check whether the website had fewer visitors, or the script is missing on some of its pages."
        ),
        lazy_gettext("Open different pages in a private window: does the banner come on each of them?"),
    ),
    "decisions_fell": (
        lazy_gettext("Check whether the website had fewer visitors, as after a campaign."),
        lazy_gettext(
            "If not, open different pages in a private window, on a phone too: does the banner come, "
            "and can it be answered?"
        ),
        lazy_gettext(
            "If this began with a publication, compare the versions. Go back to the earlier one if it was "
            "better (Publish)."
        ),
    ),
    "opt_in_fell": (
        lazy_gettext(
            "Check whether a publication or a change of the website came just before. Compare the versions."
        ),
        lazy_gettext(
            "Check whether other visitors come than before, as after a campaign or from another country."
        ),
        lazy_gettext("If neither is so, visitors have changed their minds. Then there is nothing to repair."),
    ),
}
"""Kind → steps, in order."""

SILENT_LANGUAGE = (
    lazy_gettext(
        "Open pages of the website in that language in a private window: does the banner come, and does it "
        "go when you answer?"
    ),
    lazy_gettext(
        "Check that the script is on those pages (Install), and whether their content system was changed."
    ),
    lazy_gettext(
        "If this began with a publication, compare the versions. Go back to the earlier one if it was "
        "better (Publish)."
    ),
)
"""The same for a language in which nothing comes."""

OUTCOMES: dict[str, str] = {
    "usual_again": lazy_gettext("Figures are as before."),
    "usual_now": lazy_gettext("It stayed so for so long that it is usual now."),
    "worse": lazy_gettext("Another alarm has taken its place."),
    "not_comparable": lazy_gettext("Figures are released in another way now, and cannot be compared."),
}
"""Outcome → why an alarm was closed, as a sentence."""


def title(alarm: Alarm, language: str = "") -> str:
    """What is wrong, in a few words.

    :param language: the name of the alarm's language, if it is about one
    """
    if alarm.language and alarm.kind == "no_events":
        return gettext("No decisions in %(language)s", language=language)
    return str(TITLES[alarm.kind])


def what_to_do(alarm: Alarm) -> tuple[str, ...]:
    """Steps, in order."""
    return SILENT_LANGUAGE if alarm.language else WHAT_TO_DO[alarm.kind]


def explanation(alarm: Alarm) -> str:
    """What is usual and what came: `Usually 300–420 decisions on a Tuesday; 112 on 24 November 2026.`"""
    figures = {"usual": _usual(alarm), "came": _came(alarm)}
    first, last = (in_words(day, "day", current()) for day in (alarm.start, alarm.end))
    weekday = format_date(alarm.start, "EEEE", locale=current())
    if alarm.span == "block":
        begins, ends = (f"{hour:02}" for hour in alarm_words.hours(alarm))
        return gettext(
            "Usually %(usual)s between %(begins)s:00 and %(ends)s:00 on a %(weekday)s; %(came)s on %(day)s.",
            **figures,
            begins=begins,
            ends=ends,
            weekday=weekday,
            day=first,
        )
    if alarm.span == "day":
        return gettext(
            "Usually %(usual)s on a %(weekday)s; %(came)s on %(day)s.", **figures, weekday=weekday, day=first
        )
    sentence = {
        "7 days": lazy_gettext("Usually %(usual)s in seven days; %(came)s from %(first)s to %(last)s."),
        "week": lazy_gettext("Usually %(usual)s in a week; %(came)s from %(first)s to %(last)s."),
        "4 weeks": lazy_gettext("Usually %(usual)s in four weeks; %(came)s from %(first)s to %(last)s."),
        "month": lazy_gettext("Usually %(usual)s in a month; %(came)s from %(first)s to %(last)s."),
    }[alarm.span]
    return str(sentence) % {**figures, "first": first, "last": last}


def closing(alarm: Alarm) -> str:
    """When the alarm closes, as a sentence."""
    if alarm.kind == "no_events":
        return gettext("This closes by itself when decisions are counted again.")
    return gettext("This closes by itself when a released figure is in the usual range again.")


def _usual(alarm: Alarm) -> str:
    usual = alarm_words.usual_range(alarm)
    if alarm.measure == "decided":
        return gettext("%(range)s decisions", range=usual)
    if alarm.measure == "shown":
        return gettext("shown %(range)s times", range=usual)
    return gettext("%(range)s accept all", range=usual)


def _came(alarm: Alarm) -> str:
    few = alarm.measure != "accepted" and alarm.came < THRESHOLD
    return gettext("fewer than %(number)s", number=THRESHOLD) if few else alarm_words.came(alarm)
