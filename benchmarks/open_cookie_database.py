"""The catalog beside the Open Cookie Database: `python -m benchmarks.open_cookie_database FILE`.

FILE is its `open-cookie-database.csv`; nothing is downloaded. Facts are compared, and no text is read. Rows
join by the name of the cookie, where the platform or the domain agrees too. What is decided of each conflict
stands in `docs/catalog-review.md`.
"""

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from server.catalog import service as catalog
from server.catalog.matching import fixed_characters, name_matches
from server.catalog.values import CategoryKey, Service, Storage

REVIEW = Path(__file__).parents[1] / "docs" / "catalog-review.md"

Side = Literal["tracking", "other", "unknown"]

_TOLERANCE = 0.04
"""Of a lifetime: 90 days are three months, 400 days thirteen."""

_SECONDS = {
    "second": 1,
    "sec": 1,
    "minute": 60,
    "min": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 604_800,
    "month": 2_629_800,
    "year": 31_557_600,
}
_ISO_DATE = {"Y": "year", "M": "month", "W": "week", "D": "day"}
_ISO_TIME = {"H": "hour", "M": "minute", "S": "second"}

_LEAST_FIXED = 4
"""Characters that a pattern gives at least: `_s*` of there would match half of all cookies."""

_LEAST_WORD = 3
_SAYS_NOTHING = frozenset(
    {
        "ads",
        "analytics",
        "app",
        "chat",
        "com",
        "consent",
        "cookie",
        "cookies",
        "data",
        "gmbh",
        "group",
        "inc",
        "limited",
        "llc",
        "ltd",
        "media",
        "net",
        "online",
        "platforms",
        "services",
        "software",
        "tag",
        "technologies",
        "the",
        "video",
        "web",
    }
)
"""Words in names of companies that do not tell one from another."""


@dataclass(frozen=True)
class Row:
    """One cookie of the other database: its facts."""

    platform: str
    category: str
    name: str
    """With a star where the database says that any characters may follow."""
    domain: str
    retention: str
    controller: str
    privacy_link: str


@dataclass(frozen=True)
class Pair:
    """The same cookie in both."""

    row: Row
    service: Service
    stored: Storage
    same_owner: bool
    """Whether the platform or the domain agrees too. For what is necessary here, the name is enough."""

    @property
    def category(self) -> CategoryKey:
        """Our category of the cookie."""
        return self.stored.category or self.service.category


def rows(lines: Iterable[str]) -> Iterator[Row]:
    """The rows of the CSV file."""
    for each in csv.DictReader(lines):
        name = each["Cookie / Data Key name"].strip()
        star = "*" if each["Wildcard match"] == "1" and not name.endswith("*") else ""
        yield Row(
            platform=each["Platform"],
            category=each["Category"],
            name=name + star,
            domain=each["Domain"],
            retention=each["Retention period"],
            controller=each["Data Controller"],
            privacy_link=each["User Privacy & GDPR Rights Portals"].strip(),
        )


def joined(theirs: Iterable[Row], ours: Iterable[Service]) -> list[Pair]:
    """Every cookie that both have: of one name, and of one platform or domain or necessary here."""
    stored = [(each, place) for each in ours for place in each.storage]
    named = [
        Pair(row, each, place, _same_owner(row, each, place))
        for row in theirs
        for each, place in stored
        if _same_name(place.name, row.name)
    ]
    return [pair for pair in named if pair.same_owner or pair.category == "necessary"]


def _same_name(one: str, other: str) -> bool:
    if one == other:
        return True
    return any(
        name_matches(pattern, name)
        for pattern, name in ((one, other), (other, one))
        if "*" in pattern and fixed_characters(pattern) >= _LEAST_FIXED
    )


def _same_owner(row: Row, service: Service, stored: Storage) -> bool:
    domain = row.domain.split()[0].lstrip(".").lower() if row.domain.split() else ""
    if stored.host and domain and f".{domain}".endswith(f".{stored.host.lstrip('.')}"):
        return True
    provider = service.provider.name if service.provider else ""
    ours = _words(service.key, service.name, provider, *service.aliases)
    return bool(ours & _words(row.platform, row.controller))


def _words(*texts: str) -> set[str]:
    found = re.findall(r"[a-z0-9]+", " ".join(texts).lower().replace("_", " "))
    return {word for word in found if len(word) >= _LEAST_WORD} - _SAYS_NOTHING


# --- what differs ----------------------------------------------------------------------------------------


def side_of(category: str) -> Side:
    """Whether a category of either is one of measuring and advertising."""
    match category.lower():
        case "marketing" | "analytics" | "statistics" | "advertising":
            return "tracking"
        case "functional" | "security" | "necessary":
            return "other"
        case _:
            return "unknown"


def conflicts(pairs: Iterable[Pair]) -> dict[tuple[str, str], set[str]]:
    """Service and cookie → their categories, where one of both says that it measures or advertises, one not.

    Rows that disagree with each other are a conflict too.
    """
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for pair in pairs:
        if {side_of(pair.row.category), side_of(pair.category)} == {"tracking", "other"}:
            found[pair.service.key, pair.stored.name].add(pair.row.category)
    return dict(found)


def seconds(lifetime: str) -> float | None:
    """A lifetime in seconds, of ISO 8601 or of words such as `13 months`; 0: the session; None: not said."""
    text = lifetime.strip().lower()
    if text in ("session", "sessions", "session cookie", "end of session (browser)"):
        return 0
    if lifetime.startswith("P"):
        date, _, time = lifetime[1:].partition("T")
        parts = [
            (number, units[letter])
            for part, units in ((date, _ISO_DATE), (time, _ISO_TIME))
            for number, letter in re.findall(r"([0-9]+)([A-Z])", part)
        ]
        return sum(int(number) * _SECONDS[unit] for number, unit in parts)
    said = re.fullmatch(r"([0-9]+) ([a-z]+?)s?", text)
    return int(said[1]) * _SECONDS[said[2]] if said and said[2] in _SECONDS else None


def lifetime_differs(pair: Pair) -> bool:
    """Whether both say how long the cookie stays, and not the same."""
    one, other = seconds(pair.stored.lifetime), seconds(pair.row.retention)
    if one is None or other is None or not pair.stored.lifetime or not pair.same_owner:
        return False
    return abs(one - other) > _TOLERANCE * max(one, other)


def privacy_link_differs(pair: Pair) -> bool:
    """Whether both have a link to a privacy notice, and these lead to different hosts."""
    one, other = (_host(link) for link in (pair.service.privacy_link, pair.row.privacy_link))
    return pair.same_owner and bool(one and other) and one != other


def _host(link: str) -> str:
    return re.sub(r"^https?://(?:www\.)?", "", link.lower()).partition("/")[0]


# --- what was decided ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Decision:
    """A line of the review: what is said of a cookie there and here, and why."""

    service: str
    stored: str
    theirs: str
    ours: str
    why: str


def decisions(text: str, table: Literal["Categories", "Lifetimes"]) -> list[Decision]:
    """The lines of one of the review's tables."""
    part = text.partition(f"\n## {table}\n")[2].partition("\n## ")[0]
    lines = (line.strip("|").split("|") for line in part.splitlines() if line.startswith("| `"))
    return [Decision(*(cell.strip("` ") for cell in line)) for line in lines]


# --- the report ------------------------------------------------------------------------------------------


def report(file: Path) -> bool:
    """Print what both have, and where they differ.

    :return: whether every difference is reviewed
    """
    with file.open(encoding="utf-8-sig", newline="") as opened:
        theirs = list(rows(opened))
    ours = catalog.services()
    pairs = joined(theirs, ours)
    same = [pair for pair in pairs if pair.same_owner]
    total = sum(len(each.storage) for each in ours)
    print("\n## Beside the Open Cookie Database\n")
    print(f"{len(theirs):,} rows there; {total:,} cookies, keys and pixels of {len(ours)} services here")
    print(
        f"matched: {len({id(pair.row) for pair in same}):,} rows there, "
        f"{len({id(pair.stored) for pair in same}):,} here, "
        f"of {len({pair.service.key for pair in same})} services"
    )
    review = REVIEW.read_text(encoding="utf-8")
    categories = {
        place: (", ".join(sorted(kinds)), _category(place)) for place, kinds in conflicts(pairs).items()
    }
    whole = _print_differences("categories that conflict", categories, decisions(review, "Categories"))
    lifetimes = _lifetimes(pairs)
    whole &= _print_differences("lifetimes that differ", lifetimes, decisions(review, "Lifetimes"))
    print("\nprivacy notices on different hosts:")
    links = (
        (pair.service.key, pair.row.privacy_link, pair.service.privacy_link)
        for pair in pairs
        if privacy_link_differs(pair)
    )
    for key, their_link, our_link in sorted(set(links)):
        print(f"  {key}  there {their_link}  here {our_link}")
    return whole


def _category(place: tuple[str, str]) -> str:
    service = catalog.find(place[0])
    return next(each.category or service.category for each in service.storage if each.name == place[1])


def _lifetimes(pairs: Iterable[Pair]) -> dict[tuple[str, str], tuple[str, str]]:
    """Service and cookie → lifetimes there and here. One row there that agrees is enough."""
    by_place: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_place[pair.service.key, pair.stored.name].append(pair)
    return {
        place: (
            ", ".join(sorted({pair.row.retention for pair in found})),
            ", ".join(sorted({pair.stored.lifetime for pair in found})),
        )
        for place, found in by_place.items()
        if all(lifetime_differs(pair) for pair in found)
    }


def _print_differences(
    title: str, found: Mapping[tuple[str, str], tuple[str, str]], decided: Iterable[Decision]
) -> bool:
    reviewed = {(each.service, each.stored) for each in decided}
    print(f"\n{title}: {len(found)}, of which {len(found.keys() & reviewed)} are reviewed")
    for (service, stored), (theirs, ours) in sorted(found.items()):
        mark = "" if (service, stored) in reviewed else "  NOT REVIEWED"
        print(f"  {service}  {stored}  there {theirs}  here {ours}{mark}")
    for service, stored in sorted(reviewed - found.keys()):
        print(f"  {service}  {stored}  is reviewed, and no longer differs")
    return found.keys() <= reviewed


if __name__ == "__main__":
    sys.exit(not report(Path(sys.argv[1])))
