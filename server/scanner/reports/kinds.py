"""What each kind of finding means in general, whatever was seen: for rules in SARIF, headings and the guide.

Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from server.scanner.findings.finding import Kind


@dataclass(frozen=True)
class KindWords:
    """A kind of finding, for people who have not met it."""

    seen: str
    """What was seen where it is reported."""
    change: str
    """What is usually done about it."""


KIND_WORDS: Mapping[Kind, KindWords] = {
    "before-consent": KindWords(
        "Before the visitor had answered, the page sent a request to, or stored something of, a service that"
        " is not strictly necessary.",
        'Let the element wait: mark it with data-consent, or start it from samtykke.on("change").',
    ),
    "after-refusal": KindWords(
        "The visitor refused everything, and a service that is not strictly necessary was requested or stored"
        " something all the same, at once or when the page was loaded again.",
        "Find what starts it without asking the banner, and let it wait for its category.",
    ),
    "after-withdrawal": KindWords(
        "The visitor allowed everything and then withdrew. What a service had stored is still there, or its"
        " requests go on.",
        "List its cookies and keys in the banner, which then removes them, and reload the page for scripts"
        " that run already.",
    ),
    "outside-choice": KindWords(
        "The visitor allowed one category alone, and a service of another category ran.",
        "Give the element the category of its service, and declare the service in that category.",
    ),
    "undeclared": KindWords(
        "A service, a cookie or a host was seen that the website's declaration does not name.",
        "Add it to the banner, or remove it from the page.",
    ),
    "never-seen": KindWords(
        "The declaration names a service or a cookie that no visit of three whole scans has seen.",
        "Remove it from the banner if it is no longer used.",
    ),
    "lifetime": KindWords(
        "Something stays on the device for longer than the declaration says.",
        "Declare the lifetime that it has, or set it for a shorter time.",
    ),
    "other-consent-tool": KindWords(
        "The page has another consent tool beside this one, or instead of it.",
        "Keep one: two banners ask twice, and neither knows the other's answer.",
    ),
    "tag-missing": KindWords(
        "The page does not have the banner's script.",
        "Put the script tag first in the head of the template of this page.",
    ),
    "tag-late": KindWords(
        "Something loads or runs before the banner's script, which can hold back only what comes after it.",
        "Move the script tag to the beginning of the head.",
    ),
    "consent-mode": KindWords(
        "The signals to Google's tags are missing, come too late, or say something else than the visitor"
        " did.",
        "Let the banner send the default before any of Google's tags, and the update after the answer.",
    ),
    "mixed-content": KindWords(
        "A page over HTTPS asked for something over HTTP.",
        "Write the address with https:.",
    ),
    "necessary-without-reason": KindWords(
        "A service is declared as strictly necessary, and the declaration does not say why.",
        "Write the reason into the banner, or move the service to a category that is asked for.",
    ),
    "no-refusal": KindWords(
        "No way to refuse everything was found in the banner.",
        "Put a button that refuses beside the one that accepts.",
    ),
    "not-observed": KindWords(
        "A page could not be visited, or not to the end. Nothing is known about what it does there.",
        "See why, and scan it again; a page that needs a login needs one for the scan too.",
    ),
}
"""Every kind of finding."""
