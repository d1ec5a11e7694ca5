"""The public history of a site's notice: which versions changed it, and in which sections.

The cookie declaration belongs to it, as a section of its own: visitors read both together.
"""

import functools
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import cast

from server.notices.declaration import Declaration, Fact, declared
from server.notices.differences import Passage, changed_passages
from server.notices.languages import localized
from server.notices.notice import composed
from server.notices.notice_context import Circumstances
from server.notices.values import Text
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Site, Version

COMPARED = 20
"""Versions that one page of the history compares with those before them."""

COOKIES = "cookie-declaration"
"""Key of the cookie declaration among the sections of a notice, none of which has a hyphen."""

_NOT_IN_THE_NOTICE = frozenset({"appearance"})
"""Parts of a document of which a notice says nothing."""


@dataclass(frozen=True)
class Entry:
    """A version that changed the notice, or of which visitors were notified."""

    version: Version
    replaced_by: Version | None
    """The next version in the history; None: this is what the notice says now, or it is not known here."""
    announcement: Text | None
    """What visitors were notified of; None: they were not."""
    changed: tuple[Text, ...]
    """Headings of the sections that are not as they were; none of a site's first version."""
    first: bool
    """Whether it is the site's first version."""


@dataclass(frozen=True)
class History:
    """A page of the history, newest first."""

    entries: tuple[Entry, ...]
    older: int | None
    """What to give as `before` for the page after this one; None: there is none."""


@dataclass(frozen=True)
class _Reading:
    """How the notices that are compared are made: alike in all but the document."""

    site: Site
    language: str
    about: Circumstances = field(compare=False)
    """Depends on the settings of this process alone."""

    def passages(self, version: Version) -> tuple[Passage, ...]:
        """The notice of a version."""
        notice = composed(version.document, self.site.domains, self.language, self.about)
        cookies = declared(version.document, self.site.domains, self.language)
        return (
            *(
                Passage(part.key, part.heading.text, part.lines, part.heading.language)
                for part in notice.parts
            ),
            Passage(COOKIES, cookies.title.text, tuple(_cookie_lines(cookies)), cookies.title.language),
        )


def history(site: Site, language: str, about: Circumstances, *, before: int | None = None) -> History:
    """A page of the history of a site's notice: it compares `COMPARED` versions with those before them.

    Variants of experiments are left out: they say nothing else than the version beside them.

    :param before: `older` of the page before this one
    """
    newest = sites.newest(site.id)
    if newest is None:
        return History((), None)
    top = newest.number if before is None else min(before, newest.number)
    last = max(1, top - COMPARED - 1)
    found = (sites.version(site.id, number) for number in range(top, last - 1, -1))
    chain, ended = [version for version in found if version.variant_of is None], last == 1
    # The day depends on the newest version, of which the others' fingerprints must not.
    reading = _Reading(site, language, replace(about, since=date.min))
    # The first one of a later page was compared by the page before; here it only says what came next.
    replaced_by, entries = None, []
    for index, version in enumerate(chain):
        older = chain[index + 1] if index + 1 < len(chain) else None
        if older is None and not ended:
            break
        changed = _changed(reading, older, version)
        if changed or version.announcement or older is None:
            if index or before is None:
                entries.append(_entry(version, replaced_by, changed, language, first=older is None))
            replaced_by = version
    return History(tuple(entries), None if ended or len(chain) < 2 else chain[-2].number)


def announced(site: Site, language: str) -> Entry | None:
    """The newest version of which visitors were notified; None: there is none."""
    version = sites.newest_announcement(site.id)
    return None if version is None else _entry(version, None, (), language, first=False)


def previous(version: Version) -> Version | None:
    """The version in force before another one, variants of experiments left out; None: there is none."""
    return _neighbour(version, -1)


def following(version: Version) -> Version | None:
    """The version that replaced another one; None: it is in force.

    The variant of an experiment replaces nothing.
    """
    return _neighbour(version, 1)


def _neighbour(version: Version, step: int) -> Version | None:
    newest = sites.newest(version.site_id)
    last = 0 if newest is None else newest.number
    # A variant stands beside the version with the number before it, and no other one beside the two.
    for number in (version.number + step, version.number + 2 * step):
        if not 1 <= number <= last:
            return None
        found = sites.version(version.site_id, number)
        if found.variant_of is None:
            return found
    return None


def passages(site: Site, version: Version, language: str, about: Circumstances) -> tuple[Passage, ...]:
    """The notice of a version as plain text, to be compared with another one of the same circumstances."""
    return _Reading(site, language, about).passages(version)


def _cookie_lines(found: Declaration) -> Iterator[str]:
    """An entry for everything that a service stores, each fact on a line of its own."""
    for category in found.categories:
        for service in category.services:
            for cookie in service.cookies:
                facts = (f"{found.labels[fact.key].text}: {_values(fact)}" for fact in cookie.facts)
                yield "\n".join((f"{service.name}: {cookie.name}", *facts))


def _values(fact: Fact) -> str:
    return "; ".join(" ".join(value.text.split()) for value in fact.values)


def _entry(
    version: Version, replaced_by: Version | None, changed: tuple[Passage, ...], language: str, *, first: bool
) -> Entry:
    default = version.document["default_language"]
    text, spoken = localized(version.announcement, language, default)
    headings = () if first else tuple(Text(each.heading, each.language) for each in changed)
    return Entry(version, replaced_by, Text(text, spoken) if text else None, headings, first)


def _changed(reading: _Reading, old: Version | None, new: Version) -> tuple[Passage, ...]:
    """The sections of a version that are not what and where they were; all of the first version."""
    if old is None:
        return _fingerprints(reading, new.number, new.content_hash)
    if _noted(old.document) == _noted(new.document):
        return ()
    before, after = (_fingerprints(reading, each.number, each.content_hash) for each in (old, new))
    return changed_passages(before, after)


@functools.lru_cache(maxsize=1024)
def _fingerprints(reading: _Reading, number: int, _content_hash: str) -> tuple[Passage, ...]:
    """The notice of a version with a digest in place of each section's lines, cached in this process.

    To make the notices of twenty versions takes seconds where they name hundreds of services.
    """
    found = reading.passages(sites.version(reading.site.id, number))
    return tuple(
        replace(each, lines=(hashlib.sha256("\n".join(each.lines).encode()).hexdigest(),)) for each in found
    )


def _noted(document: Document) -> dict[str, object]:
    """The parts of a document that a notice may speak of."""
    parts = cast("Mapping[str, object]", document)
    return {key: part for key, part in parts.items() if key not in _NOT_IN_THE_NOTICE}
