"""What a sample site is: something to learn on, that nobody visits; and what is to be tried on it. Pure."""

from collections.abc import Callable
from datetime import timedelta
from typing import Literal, get_args

from server.core.errors import Conflict
from server.sites.values import Draft, Site

Task = Literal["text", "finding", "compare", "undo", "theme"]
"""Something to try on a sample site."""

TASKS: tuple[Task, ...] = get_args(Task)
"""In the order in which they are proposed."""

UNUSED = timedelta(days=30)
"""How long a sample site stays that nobody edits."""


def refuse(site: Site) -> None:
    """Refuse what would let visitors or programs get something of a sample site.

    :raises Conflict: `sample_site`.
    """
    if site.sample_of is not None:
        raise Conflict(
            "this is a sample site to learn on: nothing on it is published or used outside of the studio",
            reason="sample_site",
        )


def done_by(before: Draft, after: Draft, count: Callable[[Draft], int]) -> frozenset[Task]:
    """What a save of a sample site's draft has tried.

    :param count: the number of findings in a draft
    """
    if after.undoes is not None:
        return frozenset({"undo"})
    done: set[Task] = set()
    old, new = before.document, after.document
    if old["texts"] != new["texts"]:
        done.add("text")
    if old["appearance"] != new["appearance"] and _shape(after) != _shape(before):
        done.add("theme")
    if count(after) < count(before):
        done.add("finding")
    return frozenset(done)


def _shape(draft: Draft) -> tuple[object, ...]:
    """What every theme sets, besides colours: a colour that is put right is no choice of a theme."""
    look = draft.document["appearance"]
    return look["layout"], look["position"], look["settings"], look["scheme"], look["radius"], look["size"]
