"""Languages of a page of the editor: which of them it shows, and the texts that are missing in each. Pure.

A page has all languages of a text below each other. Who writes in some of them alone shows these; the browser
keeps that. The main language is always there, since the others are translated from it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.sites.values import languages
from server.studio.draft.form_binding import Form, value_at

FEW = 4
"""Most languages that are all shown to somebody who has not chosen; of more, the first two are."""

STAR = "*"
"""Stands for any language: `texts.*.title` for `texts.nb.title` and so on."""


@dataclass(frozen=True)
class PageLanguage:
    """A language of the document on a page of the editor."""

    code: str
    """BCP 47 tag."""
    name: str
    """What the language calls itself."""
    main: bool
    """Whether it is the main language of the banner."""
    shown: bool
    """Whether the page has fields for it."""
    missing: tuple[str, ...]
    """Names of its fields that are empty and should not be."""


def shown(spoken: Sequence[str], chosen: Collection[str], also: Collection[str] = ()) -> tuple[str, ...]:
    """The languages of which a page has the fields, in the order of the document.

    :param spoken: the languages of the document, the main one first
    :param chosen: those that somebody wants to see, a star for all; those of other documents do not count
    :param also: those that are shown whatever was chosen, such as the one that a link leads to
    """
    wanted = set(spoken) if STAR in chosen else {code for code in chosen if code in spoken}
    if not wanted:
        wanted = set(spoken if len(spoken) <= FEW else spoken[:2])
    return tuple(code for code in spoken if code == spoken[0] or code in wanted or code in also)


def missing(form: Form, needed: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Language → names of the fields of a form in which it has no text, those that it must have first.

    :param needed: what every language must have, as `texts.*.title`, in the order of the page; other texts
        are missing where another language has them, since visitors then read that one
    """
    spoken = languages(form.document)
    patterns: dict[str, dict[str, str]] = {}
    for name, path in form.names.items():
        at = next((i for i, step in enumerate(path) if i and step in spoken), None)
        if at is not None:
            # The number of steps in a name is that of its path: keys have no dots.
            steps = name.split(".")
            patterns.setdefault(".".join((*steps[:at], STAR, *steps[at + 1 :])), {})[str(path[at])] = name
    always = dict.fromkeys(needed)
    found: dict[str, list[str]] = {code: [] for code in spoken}
    for pattern in dict.fromkeys((*always, *patterns)):
        names = patterns.get(pattern, {})
        empty = [code for code, name in names.items() if _empty(form, name)]
        if pattern in always or len(empty) < len(names):
            for code in empty:
                found[code].append(names[code])
    return {code: tuple(names) for code, names in found.items()}


def of_page(
    form: Form,
    needed: Iterable[str],
    chosen: Collection[str],
    also: Collection[str] = (),
    *,
    names: Mapping[str, str],
) -> tuple[PageLanguage, ...]:
    """All languages of a document, the main one first, as a page shows them; parameters as above.

    `names` has what the languages call themselves. Those with an error or with two values to choose from are
    always shown.
    """
    spoken = languages(form.document)
    lacking = missing(form, needed)
    troubled = {
        step
        for name in (*form.errors, *form.stored)
        for step in map(str, form.names.get(name, ()))
        if step in spoken
    }
    visible = shown(spoken, chosen, {*also, *troubled})
    return tuple(
        PageLanguage(code, names.get(code, code), code == spoken[0], code in visible, lacking[code])
        for code in spoken
    )


def _empty(form: Form, name: str) -> bool:
    return not str(value_at(form.document, form.names[name])).strip()
