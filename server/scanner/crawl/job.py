"""What is asked of the process that browses, and what it says while it works: one JSON value a line. Pure."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from server.scanner.observations import Choice, Page, Text

MOST_PAGES = 1_000

MOST_CONCURRENT = 16

Way = Literal["start", "list", "sitemap", "link", "alternate"]
"""How a page was found, as `Page.found`."""


@dataclass(frozen=True)
class FoundPage:
    """A page that was found."""

    url: Text
    """Whole, with its query: it is what is asked for."""
    found: Way


@dataclass(frozen=True)
class Job:
    """What is to be visited, and within which limits."""

    start: str
    """Address of the first page."""
    listed: tuple[str, ...] = ()
    """Further pages, visited before those that are found."""
    follow: bool = True
    """Whether pages are looked for in the sitemap and in the links of pages."""
    pages: int = 20
    """How many are visited at most."""
    wait: float = 10
    """Seconds for which a page is left alone after it was loaded, for what comes late."""
    first_wait: float = 40
    """The same for the first page."""
    choices: tuple[Choice, ...] = ("none", "reject_all", "accept_all")
    """The visits to each page. With `accept_all`, a withdrawal is tried on the first page."""
    categories: tuple[str, ...] = ()
    """Keys of the categories that are allowed alone, in a visit each."""
    robots: bool = True
    """Whether pages are left out that robots.txt says are not for robots."""
    allow_private: bool = False
    """Whether private and loopback addresses may be reached."""
    storage_state: str = ""
    """File with the cookies of a login, as Playwright records it. It never leaves the machine."""
    pictures: str = ""
    """Folder for pictures of the pages; empty: none are taken."""
    browser: str = ""
    """Chromium's path."""
    tools: str = ""
    """Folder with autoconsent and its rules; empty: other consent tools are not recognised."""
    memory: int = 1_400_000_000
    """Bytes that the process and its browser may use."""
    seconds: float = 3_600
    """How long all may take."""
    visit_bytes: int = 50_000_000
    """Bytes that one visit may receive."""
    concurrency: int = 10
    """Visits at the same time."""
    pause: float = 0.25
    """Seconds between two requests for pages."""
    load_seconds: float = 30
    """How long a page may take to load."""
    connect_to: dict[str, str] = field(default_factory=dict)
    """`HOST:PORT` → `IP:PORT` that is connected to instead, `*` for any host, as `--connect-to` of curl;
    the caller vouches for the address."""
    any_certificate: bool = False
    """Whether certificates are not checked: for a server on this machine."""
    found: tuple[FoundPage, ...] = ()
    """What an earlier process found, in its order."""
    visited: tuple[str, ...] = ()
    """What an earlier process finished."""
    alone: bool = False
    """Whether nothing but `found` is visited: a page with which an earlier process ended."""


def check(job: Job) -> None:
    """Refuse a job that cannot be done.

    :raises ValueError: what is wrong with it, as a sentence.
    """
    for url in (job.start, *job.listed):
        try:
            parts = urlsplit(url)
            whole = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 80) > 0
        except ValueError:
            whole = False
        if not whole or len(url) > 2_000:
            raise ValueError(f"{url[:200]!r} is not an address that starts with https:// or http://")
    for name, value, least, most in (
        ("pages", job.pages, 1, MOST_PAGES),
        ("wait", job.wait, 0, 120),
        ("first_wait", job.first_wait, 0, 300),
        ("concurrency", job.concurrency, 1, MOST_CONCURRENT),
        ("pause", job.pause, 0, 60),
        ("load_seconds", job.load_seconds, 1, 300),
        ("seconds", job.seconds, 1, 86_400),
        ("memory", job.memory, 200_000_000, 1 << 40),
        ("visit_bytes", job.visit_bytes, 1_000, 1 << 40),
    ):
        if not least <= value <= most:
            raise ValueError(f"{name} is {value}; it may be from {least} to {most}")


# --- what the process says -------------------------------------------------------------------------------


class Started(msgspec.Struct, frozen=True, tag="started"):
    """The browser runs."""

    browser: Text
    """Name and version."""
    sandboxed: bool
    """Whether the browser's own sandbox is on; as root it cannot be."""


class Found(msgspec.Struct, frozen=True, tag="found"):
    """Pages that were not known before."""

    pages: tuple[FoundPage, ...]


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """The visits to a page have begun."""

    page: FoundPage


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The visits to a page are over."""

    url: Text
    """As it was asked for."""
    page: Page


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """All is over; nothing follows."""

    whole: bool
    left: int


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Nothing can be visited; nothing follows."""

    why: Text


Event = Started | Found | Begun | Done | Ended | Refused

LONGEST_LINE = 64_000_000
"""Bytes of an event: visits have bounded lists of bounded texts."""

_reading = msgspec.json.Decoder(Event)


def read_event(line: bytes) -> Event:
    """An event of the process.

    :raises ValueError: it is none.
    """
    return _reading.decode(line)


def written(event: Event | Job) -> bytes:
    """An event, or a job, as a line."""
    return msgspec.json.encode(event) + b"\n"


def read_job(line: bytes) -> Job:
    """The job in a line.

    :raises ValueError: it is none.
    """
    job = msgspec.json.decode(line, type=Job)
    check(job)
    return job
