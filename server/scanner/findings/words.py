"""What a finding says, in English: what was seen, what that means, what to do. Pure.

It says what was seen, and never whether a website keeps a law: no observation decides that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.scanner.findings.finding import Finding, Kind
from server.sites import durations


@dataclass(frozen=True)
class Words:
    """A finding in words."""

    title: str
    """What was seen, without a full stop."""
    explanation: str
    """What it means, and why it is believed; one sentence or two."""
    action: str
    """What to do."""


def of(finding: Finding) -> Words:
    """A finding in words."""
    return _OF_KIND[finding.kind](finding)


TITLES: Mapping[Kind, str] = {
    "before-consent": "Before an answer",
    "after-refusal": "After a refusal",
    "after-withdrawal": "After a withdrawal",
    "outside-choice": "Outside of the choice",
    "undeclared": "Not declared",
    "never-seen": "Declared and never seen",
    "lifetime": "Stays longer than declared",
    "other-consent-tool": "Another consent tool",
    "tag-missing": "The consent script is missing",
    "tag-late": "The consent script comes too late",
    "consent-mode": "Google Consent Mode",
    "mixed-content": "Requests without encryption",
    "necessary-without-reason": "Necessary without a reason",
    "no-refusal": "No way to refuse",
    "not-observed": "Not observed",
}
"""What findings of a kind are headed by."""


# --- what all of them say ----------------------------------------------------------------------------------


STORAGE: Mapping[str, str] = {
    "cookie": "cookie",
    "local_storage": "key in local storage",
    "session_storage": "key in session storage",
    "indexed_db": "IndexedDB database",
    "cache_storage": "cache",
    "service_worker": "service worker",
}
"""Kind of storage → what it is called."""

_SOURCES: Mapping[str, str] = {
    "declared": "the site's own declaration",
    "catalog": "the catalog of services",
    "ordinary_names": "the list of names that websites use for themselves",
    "open_cookie_database": "the Open Cookie Database",
    "third_party_web": "the list of third-party-web",
}

_MATCHED: Mapping[str, str] = {
    "name": "by the name {pattern}",
    "host": "by the host {pattern}",
    "set_by": "by the script from {pattern} that stored it",
}


def on_pages(finding: Finding) -> str:
    """On how many pages it was seen."""
    return "on 1 page" if finding.pages == 1 else f"on {finding.pages} pages"


def subject(finding: Finding) -> str:
    """What a finding is about, with what it is."""
    facts = finding.facts
    if finding.subject_kind == "storage":
        kind = STORAGE.get(facts.get("storage_kind", ""), "item")
        host = facts.get("host", "")
        return f"the {kind} {finding.subject}" + (f" ({host})" if host else "")
    if finding.subject_kind == "service":
        hosts = facts.get("hosts", "")
        return facts.get("name", finding.subject) + (f" ({hosts})" if hosts else "")
    return finding.subject


def belongs(finding: Finding) -> str:
    """To what it seems to belong, and why; empty if a finding says nothing of that."""
    facts = finding.facts
    if "source" not in facts:
        return "" if finding.subject_kind in ("page", "service") else "It is not known whom it belongs to."
    if facts["source"] == "ordinary_names":
        return f"Websites give the name {facts['pattern']} to what they store themselves for {facts['name']}."
    why = _MATCHED[facts["matched"]].format(pattern=facts["pattern"])
    source = _SOURCES[facts["source"]]
    sure = {"certain": "It is", "likely": "It is probably", "possible": "It may be"}[facts["certainty"]]
    purpose = f", {facts['category']}" if facts.get("category") else ", for a purpose that is not known"
    return f"{sure} {facts['name']}{purpose}: recognised {why} ({source})."


def _upper(text: str) -> str:
    """A text at the beginning of a sentence; hosts and names stay as they are."""
    return f"The {text[4:]}" if text.startswith("the ") else text


# --- without consent ---------------------------------------------------------------------------------------


_WHEN: Mapping[str, str] = {
    "before-consent": "before anything was answered",
    "after-refusal": "after everything was refused",
    "after-withdrawal": "after the consent was withdrawn",
    "outside-choice": "although only {allowed} was allowed",
}

_REMEDIES: Mapping[str, str] = {
    "mark": "Mark the element, so that it waits for consent to its category.",
    "wrap": 'Start it from samtykke.on("change", …) in the script, when its category is allowed.',
    "hold_back": "Let it wait for consent by the means of the page's consent tool.",
    "tag_manager": "Let its tag in {carrier} wait for consent to its category.",
    "find": "Find what stores or loads it, and let that wait for consent to its category.",
    "look": "Find out what it is for. If it is not strictly necessary, let it wait for consent.",
    "third_party": "No page can delete what a third party has stored. Let its requests end, and declare how "
    "long it stays: visitors can delete it in their browser.",
    "declare": "Add it to the banner document, or remove it from the pages.",
}


def _without_consent(finding: Finding) -> Words:
    facts = finding.facts
    when = _WHEN[finding.kind].format(allowed=facts.get("allowed", ""))
    if finding.subject_kind == "storage":
        stays = finding.kind == "after-withdrawal"
        title = f"{_upper(subject(finding))} {'was still there' if stays else 'was stored'} {when}"
    elif facts.get("consent_state"):
        state = facts["consent_state"]
        received = "a denied default" if state == "default" else state
        title = f"{subject(finding)} was contacted {when}, in the state {received}"
    else:
        title = f"{subject(finding)} was contacted {when}"
    return Words(f"{title}, {on_pages(finding)}", _meaning(finding), _remedy(finding))


def _remedy(finding: Finding) -> str:
    facts = finding.facts
    return _REMEDIES[facts.get("remedy", "hold_back")].format(carrier=facts.get("brought_by", ""))


def _meaning(finding: Finding) -> str:
    if finding.facts.get("consent_state"):
        note = (
            "Google's tags had received a denied consent state (Consent Mode, advanced). They store "
            "nothing then, and still send the address of the page, the IP address and the kind of browser."
        )
        return f"{belongs(finding)} {note}".strip()
    if finding.facts.get("unclassified"):
        return "It is stored for the website itself. It is not known what for: unclassified."
    return belongs(finding)


# --- against the declaration -------------------------------------------------------------------------------


def _undeclared(finding: Finding) -> Words:
    facts = finding.facts
    stored = f", which stored {facts['stored']}," if facts.get("stored") else ""
    title = f"{_upper(subject(finding))}{stored} was seen {on_pages(finding)} and is not declared"
    brought = facts.get("brought_by")
    why = (
        f" It was brought by {brought}, which is declared, after everything was accepted." if brought else ""
    )
    service = facts.get("declared_service")
    action = (
        f"Add it to the cookies of the service {service} in the banner document, or remove it from the pages."
        if service
        else _REMEDIES["declare"]
    )
    return Words(title, f"{belongs(finding)}{why}".strip(), action)


def _never_seen(finding: Finding) -> Words:
    facts = finding.facts
    of_service = f" of {facts['name']}" if finding.subject_kind == "storage" else ""
    title = (
        f"{_upper(subject(finding))}{of_service} is declared and was seen in none of {facts['scans']} scans"
    )
    meaning = (
        "Visitors are informed of something that may not be there any more. Pages behind a login, forms and "
        "rare steps may use it: a scan does not see these."
    )
    return Words(title, meaning, "Remove it from the banner document if nothing uses it any more.")


def _lifetime(finding: Finding) -> Words:
    facts = finding.facts
    stays, said = lifetime_in_words(facts["lifetime"]), lifetime_in_words(facts["declared"])
    title = f"{_upper(subject(finding))} stays {stays}, declared: {said}"
    meaning = f"It is declared at the service {facts['name']}. It was seen {on_pages(finding)}."
    return Words(
        title, meaning, "Write the lifetime that was seen into the banner document, or store it shorter."
    )


def lifetime_in_words(lifetime: str) -> str:
    """How long something stays, as a banner document says it, in words."""
    if not lifetime:
        return "until it is cleared"
    return "until the session ends" if lifetime == "session" else durations.in_words(lifetime, "en")[0]


def _reasonless(finding: Finding) -> Words:
    return Words(
        f"{subject(finding)} is declared as necessary, and no reason is given",
        "Visitors are not asked about what is necessary; so they are informed why it is.",
        "Write the reason into the banner document, or move the service to another category.",
    )


# --- the consent tool --------------------------------------------------------------------------------------


def _other_tool(finding: Finding) -> Words:
    facts = finding.facts
    if facts.get("both_shown"):
        beside = " and shows its banner beside this site's own"
    elif facts.get("beside"):
        beside = " beside this site's own"
    else:
        beside = " instead of this site's own"
    return Words(
        f"The consent tool {finding.subject} is {on_pages(finding)}{beside}",
        "Visitors answer one tool, and what the other one holds back or reports follows another answer.",
        "Remove one of the two.",
    )


def _tag_missing(finding: Finding) -> Words:
    tool = finding.facts.get("tool")
    return Words(
        f"The consent script was missing {on_pages(finding)}",
        "Nothing is asked there, and nothing waits for an answer."
        + (f" The consent tool {tool} is there instead." if tool else ""),
        "Put the script tag into the head of every page, before other scripts.",
    )


def _tag_late(finding: Finding) -> Words:
    if finding.facts.get("fault") == "not_in_html":
        return Words(
            f"The consent script was not in the HTML {on_pages(finding)}: another script adds it",
            "What the HTML loads comes before it, and cannot be held back.",
            "Put the script tag itself into the head of every page, before other scripts.",
        )
    name, line = finding.facts["name"], finding.facts["line"]
    what = "An inline script" if finding.subject == "inline script" else f"A script from {finding.subject}"
    return Words(
        f"{what} comes before the consent script (line {line}), {on_pages(finding)}",
        f"It belongs to {name}, or starts it. What has run cannot be held back any more.",
        "Put the consent script before it.",
    )


def _no_refusal(finding: Finding) -> Words:
    of_tool = f" of {finding.facts['name']}" if finding.facts.get("name") else ""
    return Words(
        f"No button to refuse everything was found in the banner{of_tool}, {on_pages(finding)}",
        "What happens after a refusal could not be seen there.",
        "Let the first layer have a button to refuse, as easy to find as the one to accept.",
    )


# --- Google Consent Mode -----------------------------------------------------------------------------------


_CONSENT_MODE: Mapping[str, tuple[str, str, str]] = {
    "default_missing": (
        "Google's tags came before an answer and were given no default",
        "Without a default they act as if everything were allowed.",
        "Set gtag('consent', 'default', …) before the first tag: the banner does where Consent Mode is on.",
    ),
    "default_late": (
        "The default for Google's tags came after they had started",
        "What they do until then follows no default.",
        "Put the consent script before the tags.",
    ),
    "default_granted": (
        "The default for Google's tags allows {types} before an answer",
        "They store and send as if the visitor had agreed.",
        "Set the default to denied.",
    ),
    "type_missing": (
        "The default for Google's tags does not name {types}",
        "Nothing tells them what counts for it.",
        "Name all four types in the default, as denied.",
    ),
    "update_missing": (
        "Google's tags received no consent update after everything was accepted",
        "They go on as if nothing were allowed.",
        "Send gtag('consent', 'update', …) with the answer: the banner does where Consent Mode is on.",
    ),
    "granted_after_refusal": (
        "Google's tags sent {states} after a refusal or a withdrawal",
        "They believe that something was allowed.",
        "Look for another update or default that allows it, such as one of a second consent tool.",
    ),
}
"""Fault → what was seen, what it means, what to do."""


def _consent_mode(finding: Finding) -> Words:
    title, meaning, action = _CONSENT_MODE[finding.facts["fault"]]
    named = {key: finding.facts.get(key, "") for key in ("types", "states")}
    return Words(f"{title.format(**named)}, {on_pages(finding)}", meaning, action)


# --- pages -------------------------------------------------------------------------------------------------


def _mixed(finding: Finding) -> Words:
    return Words(
        f"A page over HTTPS asked {finding.subject} without encryption, {on_pages(finding)}",
        "Everybody on the way can read it, and browsers refuse some of it.",
        "Ask for it by https://, or remove it.",
    )


_FAULTS: Mapping[str, str] = {
    "unreachable": "could not be reached",
    "address_not_allowed": "led to an address that scans do not go to",
    "http_error": "answered with an error",
    "not_html": "had something else than HTML",
    "too_large": "sent more than a scan takes in",
    "too_many_redirects": "redirected without end",
    "timed_out": "took longer than a scan waits",
    "browser_ended": "ended the browser",
    "redirected_away": "redirected to another website",
    "dialogs": "showed dialogs, which were closed",
    "download": "started a download, which was refused",
    "memory": "took more memory than a scan has",
    "robots": "may not be visited by what its robots.txt says",
    "choice_failed": "still showed the banner after an answer",
}
"""Fault → what became of a page."""


_WENT_ON = ("dialogs", "download")
"""Faults after which a page is observed all the same."""

_AGAIN: Mapping[str, str] = {
    "robots": "Scan without regard to robots.txt, if the website is yours.",
    "not_html": "Leave the address out of the list, if one was given.",
    "redirected_away": "Scan the other website by itself, if it is yours.",
    "choice_failed": "Answer the banner by hand, and look at what the browser's tools show then.",
}
"""Fault → what to do, where that is not only to look and to scan again."""


def _not_observed(finding: Finding) -> Words:
    fault = finding.facts["fault"]
    number = "1 page" if finding.pages == 1 else f"{finding.pages} pages"
    if fault in _WENT_ON:
        return Words(f"{number} {_FAULTS[fault]}", "The visit went on.", "Look whether visitors need that.")
    return Words(
        f"{number} {_FAULTS[fault]}",
        "What is there was not seen, or not all of it: that nothing else was found there says nothing.",
        _AGAIN.get(fault, "Look at what the evidence names, and scan again."),
    )


_OF_KIND: Mapping[Kind, Callable[[Finding], Words]] = {
    "before-consent": _without_consent,
    "after-refusal": _without_consent,
    "after-withdrawal": _without_consent,
    "outside-choice": _without_consent,
    "undeclared": _undeclared,
    "never-seen": _never_seen,
    "lifetime": _lifetime,
    "other-consent-tool": _other_tool,
    "tag-missing": _tag_missing,
    "tag-late": _tag_late,
    "consent-mode": _consent_mode,
    "mixed-content": _mixed,
    "necessary-without-reason": _reasonless,
    "no-refusal": _no_refusal,
    "not-observed": _not_observed,
}
