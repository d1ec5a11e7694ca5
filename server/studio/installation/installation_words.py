"""What is said of the installation of the script on a page: what is wrong, and what mends it."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.scanner.values import Code, Fault
from server.studio import sentences
from server.studio.language import gettext, lazy_gettext


@dataclass(frozen=True)
class Words:
    """A fault in words."""

    what: str
    """What is wrong, with places for its facts."""
    mend: str
    """What to do about it."""


WORDS: Mapping[Code, Words] = {
    "not_published": Words(
        lazy_gettext("The banner is not published, so the script does nothing yet."),
        lazy_gettext("Publish the banner."),
    ),
    "unreachable": Words(
        lazy_gettext("The page could not be fetched. %(sentence)s"),
        lazy_gettext("Check the address. What only your own network reaches cannot be looked at from here."),
    ),
    "status": Words(
        lazy_gettext("The server of the website answered with the error %(status)s."),
        lazy_gettext("Open it in a private window. If it works there, the website turns away programs."),
    ),
    "too_many_redirects": Words(
        lazy_gettext("The page sends on to another one again and again."),
        lazy_gettext("Type the address that the browser shows in the end."),
    ),
    "redirected_away": Words(
        lazy_gettext("The page sends visitors on to %(host)s, which is no host of this website."),
        lazy_gettext("Add that host under Website, or check another page."),
    ),
    "not_html": Words(
        lazy_gettext("There is no web page at this address, but a file (%(type)s)."),
        lazy_gettext("Check a page that visitors read."),
    ),
    "too_large": Words(
        lazy_gettext("The page is larger than two megabytes, and the script is not in what was read."),
        lazy_gettext("Put the script first in the head of the page."),
    ),
    "no_tag": Words(
        lazy_gettext("The script is not on the page: visitors are not asked."),
        lazy_gettext("Put the script tag first in the head of every page."),
    ),
    "tag_in_tag_manager": Words(
        lazy_gettext(
            "The script is not on the page itself. If Google Tag Manager loads it, it comes after everything"
            " that it should hold back."
        ),
        lazy_gettext("Put the script tag into the page, above the snippet of the tag manager."),
    ),
    "other_key": Words(
        lazy_gettext("The page has the script of another site, with the key %(key)s."),
        lazy_gettext("Put the script tag of this site in its place."),
    ),
    "twice": Words(
        lazy_gettext("The script is on the page more than once; all but the first do nothing."),
        lazy_gettext("Remove the tag in line %(other)s, and leave the one in line %(first)s."),
    ),
    "not_in_head": Words(
        lazy_gettext("The script is not in the head of the page, so visitors see the banner later."),
        lazy_gettext("Move the script tag into the head, before all other scripts."),
    ),
    "late": Words(
        lazy_gettext("%(service)s loads before the script, which cannot hold it back then."),
        lazy_gettext("Move the script tag above it."),
    ),
    "consent_mode_late": Words(
        lazy_gettext(
            "The script tag stands after %(service)s, so Google’s tags start before consent is set."
        ),
        lazy_gettext("Move the script tag above it, first in the head of the page."),
    ),
    "deferred": Words(
        lazy_gettext(
            "The script has %(attribute)s, so other scripts run before it. Signals to tools and"
            " automatic blocking come too late then."
        ),
        lazy_gettext("Remove %(attribute)s from the script tag."),
    ),
    "blocked_by_policy": Words(
        lazy_gettext("The Content Security Policy of the page blocks the script (%(directive)s)."),
        lazy_gettext("Add %(origin)s to %(directive)s."),
    ),
    "connection_blocked": Words(
        lazy_gettext(
            "The Content Security Policy of the page blocks what the banner sends (%(directive)s), so answers"
            " are not stored."
        ),
        lazy_gettext("Add %(origin)s to connect-src."),
    ),
    "mixed_content": Words(
        lazy_gettext("The page is encrypted and the script is not, so browsers block it."),
        lazy_gettext("Begin the address of the script with https."),
    ),
    "integrity": Words(
        lazy_gettext("The tag allows an earlier script only, so browsers refuse the present one."),
        lazy_gettext("Copy the tag with integrity again, or use the one without."),
    ),
    "other_consent_tool": Words(
        lazy_gettext("%(service)s is on the page too: visitors are asked twice."),
        lazy_gettext("Remove the tag of %(service)s."),
    ),
    "marked_script_runs": Words(
        lazy_gettext("A script is marked with data-consent, but runs at once."),
        lazy_gettext("Give it the type text/plain."),
    ),
    "marked_element_loads": Words(
        lazy_gettext("An element (%(element)s) is marked with data-consent, but loads at once."),
        lazy_gettext("Change its src to data-consent-src."),
    ),
    "unmarked_service": Words(
        lazy_gettext("%(service)s is on the page and does not wait for an answer."),
        lazy_gettext("Mark it, or turn on automatic blocking."),
    ),
    "host_missing": Words(
        lazy_gettext(
            "%(service)s loads from %(host)s and does not wait for an answer: automatic blocking goes by the"
            " hosts of a service, and this is none of them."
        ),
        lazy_gettext("Add it to the hosts of the service."),
    ),
    "undeclared_service": Words(
        lazy_gettext("%(service)s is on the page and not in the banner, so visitors are not asked about it."),
        lazy_gettext("Add it to the services, and let it wait for an answer; or remove it from the page."),
    ),
    "cached": Words(
        lazy_gettext("Visitors get an old copy of the page, without the script. The newest one has it."),
        lazy_gettext("Empty the cache of the website or of its network."),
    ),
}
"""Code of a fault → what is said of it."""

REASONS: Mapping[str, str] = {
    "name_not_resolved": lazy_gettext("Its host has no address."),
    "certificate_invalid": lazy_gettext("Its host has no valid certificate for this name."),
    "tls_failed": lazy_gettext("Its host does not use TLS as browsers require."),
    "timeout": lazy_gettext("Its host took too long to answer."),
    "connection_failed": lazy_gettext("Its host cannot be reached, or closed the connection."),
    "answer_malformed": lazy_gettext("Its host’s answer is not valid HTTP."),
}
"""Reason for which there is no answer → what is said of it; of others what the guard of requests says."""


_ISOLATE, _END = "\u2068", "\u2069"
"""Names come from the page: they do not turn the sentence around them (Unicode Bidirectional Algorithm)."""


@dataclass(frozen=True)
class SaidFault:
    """A fault as the page shows it."""

    what: str
    mend: str
    where: str
    """The line of the page's HTML; empty: nowhere in particular."""
    stops: bool


def said(fault: Fault) -> SaidFault:
    """A fault in the language of the reader."""
    # What an earlier release stored of the same fault says nothing of some of its facts.
    known = {"other": str(fault.line or "?"), **fault.facts}
    facts = {name: f"{_ISOLATE}{value}{_END}" for name, value in known.items()}
    if "sentence" in facts:
        reason = REASONS.get(fault.facts["reason"])
        facts["sentence"] = str(reason) if reason else sentences.whole(fault.facts["sentence"])
    words = WORDS[fault.code]
    # The sentence about tags that are there twice has their lines.
    line = None if fault.code == "twice" else fault.line
    where = gettext("Line %(number)s of the page", number=line) if line else ""
    return SaidFault(str(words.what) % facts, str(words.mend) % facts, where, fault.stops)
