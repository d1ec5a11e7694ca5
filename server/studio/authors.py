"""The names of authors on a page. Those of programs are looked up once, for all that the page asks for."""

from collections.abc import Iterable

from flask import g

from server.sites import authors
from server.sites.values import program_of
from server.studio import author_words


def look_up(stored: Iterable[str]) -> None:
    """Look up the programs among these authors in one query, before a page names each in a row."""
    known: dict[str, str] = g.setdefault("programs", {})
    looked_up: set[str] = g.setdefault("programs_looked_up", set())
    new = {each for each in stored if program_of(each) is not None} - looked_up
    known.update(authors.programs(new))
    looked_up.update(new)


def named(stored: str) -> str:
    """An author as the studio names them."""
    look_up([stored])
    return author_words.named(stored, g.programs)
