"""The leaves of a lump: versions that were live, in their languages. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from server.analytics.privacy.release import Leaf
from server.core.local_days import day_of
from server.sites.values import Version, languages, optional_categories


@dataclass(frozen=True)
class Leaves:
    """Leaves of a lump, from what was published and never from what was counted."""

    languages: Mapping[int, tuple[str, ...]]
    """Live version, oldest first → its languages, the default one first."""
    categories: Mapping[int, tuple[str, ...]]
    """Live version → its optional categories."""

    def __iter__(self) -> Iterator[Leaf]:
        """Every leaf, in order."""
        for version, codes in self.languages.items():
            yield from (Leaf(version, code) for code in codes)

    def leaf(self, version: int, language: str) -> Leaf:
        """The leaf under which a decision counts.

        A late decision on a version that is no longer live counts for the oldest live one, and one in a
        language which that version does not have for its default language.
        """
        live = version if version in self.languages else next(iter(self.languages))
        codes = self.languages[live]
        return Leaf(live, language if language in codes else codes[0])


def live_leaves(versions: Sequence[Version], start: date, end: date, zone: ZoneInfo) -> Leaves:
    """The leaves of a lump from `start` to `end` (inclusive), one for each live version and language.

    :param versions: all that the site ever published, at least one, in any order
    """
    live = live_versions(versions, start, end, zone)
    return Leaves(
        {version.number: languages(version.document) for version in live},
        {version.number: optional_categories(version.document) for version in live},
    )


def live_versions(versions: Sequence[Version], start: date, end: date, zone: ZoneInfo) -> Sequence[Version]:
    """The versions that were live at any time of a lump, oldest first.

    A version is live from the day of its publication until the day after it was replaced, since browsers may
    use the old script for a day. The first variant of an experiment is replaced together with the second. On
    days before the first publication the first version counts as live.

    :param versions: all that the site ever published, at least one, in any order
    """
    ordered = sorted(versions, key=lambda version: version.number)
    first = [day_of(version.published_at, zone) for version in ordered]
    last = [following + timedelta(days=1) for following in first[1:]] + [date.max]
    for place in reversed(range(len(ordered) - 1)):
        if ordered[place + 1].variant_of == ordered[place].number:
            last[place] = last[place + 1]
    live = [
        version
        for version, begins, ends in zip(ordered, first, last, strict=True)
        if begins <= end and start <= ends
    ]
    return live or ordered[:1]
