"""What pages write about an alarm: what is usual, what came, and what to do. Pure.

Whole sentences in English; names of languages come in as an argument. E-mails take the figures from here, and
have words of their own in three languages (`server/notifications/texts`).
"""

from datetime import date

from server.analytics.alarms.rule import Alarm, Kind
from server.analytics.values import THRESHOLD

THIN = "\u202f"
"""Narrow no-break space, between thousands."""

WHAT_TO_DO: dict[Kind, tuple[str, ...]] = {
    "no_events": (
        "Open the website in a private window: does the banner come, and does it go when you answer?",
        "If it does not come, look whether the script tag is still on the pages (Install), and whether a "
        "publication or a change of the website came just before.",
        "If it comes and answers are not counted, ask who runs this server: the browsers keep the answers "
        "and send them later.",
    ),
    "impressions_fell": (
        "Look whether the website had fewer visitors, or the script tag is missing on some of its pages.",
        "Open a few pages of different kinds in a private window: does the banner come on each?",
    ),
    "decisions_fell": (
        "Look whether the website had fewer visitors, as after a campaign.",
        "If not, open pages of different kinds in a private window, on a phone too: does the banner come, "
        "and can it be answered?",
        "If this began with a publication, compare the versions, and go back to the one before (Versions).",
    ),
    "opt_in_fell": (
        "Look whether a publication or a change of the website came just before, and compare the versions.",
        "Look whether other visitors come than before, as after a campaign or from another country.",
        "If neither is so, visitors have changed their minds. That is nothing to repair.",
    ),
}
"""Kind → steps, in order."""

SILENT_LANGUAGE = (
    "Open pages of the website in that language in a private window: does the banner come, and does it go "
    "when you answer?",
    "Look whether the script tag is on those pages (Install), and whether their content system was changed.",
    "If this began with a publication, compare the versions, and go back to the one before (Versions).",
)
"""The same for a language in which nothing comes."""

OUTCOMES: dict[str, str] = {
    "usual_again": "Figures are as before.",
    "usual_now": "It stayed so for so long that it is usual now.",
    "worse": "Another alarm has taken its place.",
    "not_comparable": "Figures are released in another way now, and cannot be compared.",
}
"""Outcome → why an alarm was closed, as a sentence."""

CLOSES = "This closes by itself when a released figure is in the usual range again."
CLOSES_WITH_ANY = "This closes by itself when decisions are counted again."


def title(alarm: Alarm, language: str = "") -> str:
    """What is wrong, in a few words.

    :param language: the name of the alarm's language, if it is about one
    """
    if alarm.kind == "no_events":
        return f"No decisions in {language}" if alarm.language else "No decisions"
    return {
        "impressions_fell": "The banner is shown far less than usual",
        "decisions_fell": "Far fewer decisions than usual",
        "opt_in_fell": "Fewer visitors accept all",
    }[alarm.kind]


def what_to_do(alarm: Alarm) -> tuple[str, ...]:
    """Steps, in order."""
    return SILENT_LANGUAGE if alarm.language else WHAT_TO_DO[alarm.kind]


def explanation(alarm: Alarm) -> str:
    """What is usual and what came: `Usually 300–420 decisions on a Tuesday; 112 on 24 November 2026.`"""
    what = {"decided": "decisions", "shown": "times shown", "accepted": "accept all"}[alarm.measure]
    return f"Usually {usual_range(alarm)} {what}{_usually_when(alarm)}; {came(alarm)} {_when(alarm)}."


def usual_range(alarm: Alarm) -> str:
    """`300–420`, `52–58 %`."""
    low, high = _figure(alarm, alarm.low), _figure(alarm, alarm.high)
    if alarm.kind == "opt_in_fell":
        return f"{low.removesuffix(f'{THIN}%')}–{high}"
    return high if low == high else f"{low}–{high}"


def came(alarm: Alarm) -> str:
    """`12`, `fewer than 10`, `35 %`."""
    few = alarm.measure != "accepted" and alarm.came < THRESHOLD
    return f"fewer than {THRESHOLD}" if few else _figure(alarm, alarm.came)


def closing(alarm: Alarm) -> str:
    """When the alarm closes, as a sentence."""
    return CLOSES_WITH_ANY if alarm.kind == "no_events" else CLOSES


def _figure(alarm: Alarm, value: float) -> str:
    if alarm.kind == "opt_in_fell":
        return f"{round(100 * value)}{THIN}%"
    return f"{round(value):,}".replace(",", THIN)


def _usually_when(alarm: Alarm) -> str:
    if alarm.span == "block":
        return f" {_hours(alarm)} on a {alarm.start:%A}"
    return {
        "day": f" on a {alarm.start:%A}",
        "7 days": " in seven days",
        "week": " in a week",
        "4 weeks": " in four weeks",
        "month": " in a month",
    }[alarm.span]


def _when(alarm: Alarm) -> str:
    if alarm.start == alarm.end:
        return f"on {_day(alarm.start)}"
    return f"from {_day(alarm.start)} to {_day(alarm.end)}"


def _hours(alarm: Alarm) -> str:
    begins, ends = hours(alarm)
    return f"between {begins:02}:00 and {ends:02}:00"


def hours(alarm: Alarm) -> tuple[int, int]:
    """The local hours at which a part of a day began and ended; the first one begins at midnight."""
    ends = alarm.hour or 24
    return (0 if ends <= 8 else ends - 2), ends


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"
