"""What waits on a site, or went wrong last, for the pages that mention it."""

from dataclasses import dataclass
from typing import Any

from server.core.http import settings
from server.sites import approvals, document_diff, publication_rules, publications
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.publication_rules import Publication, Standing
from server.sites.values import Site, Version
from server.studio.draft import change_words, finding_words
from server.studio.draft.change_words import Group
from server.studio.guard import identity, may, site
from server.studio.language import gettext
from server.studio.publishing import publication_words


def of_site(draft: Document) -> dict[str, Any]:
    """The publication that waits, or the last one that came to nothing, for a template."""
    found = publications.newest(site().id)
    waiting = found if found and found.waits else None
    over = found if found and _unfinished(found) else None
    return {
        "waiting": waiting,
        "may_replace": bool(
            waiting
            and publication_rules.may_replace(waiting, identity().email, publishes=may("banner.publish"))
        ),
        "changed_since": len(document_diff.changes(waiting.document, draft)) if waiting else 0,
        "over": over,
        "over_faults": faults(over, site()) if over else (),
        "publication_title": publication_words.title,
    }


@dataclass(frozen=True)
class Comparison:
    """Two banners beside each other: one that a publication begins from, and one that it publishes."""

    title: str
    """Empty: it is the only comparison of the publication."""
    states: tuple[tuple[str, str], tuple[str, str]]
    """The name and the title of each."""
    groups: tuple[Group, ...]
    """Everything that differs."""

    @property
    def count(self) -> int:
        """Number of changes."""
        return sum(len(group.lines) for group in self.groups)


def comparisons(publication: Publication, newest: Version) -> tuple[Comparison, ...]:
    """Everything that a publication changes of the newest version, in the order in which it is published.

    An experiment may publish two banners: its variant A is compared with what visitors have, and its variant
    B with that.
    """
    live = (str(newest.number), gettext("Version %(number)s, published now", number=newest.number))
    asked = (
        gettext("What they get when it is published") if publication.waits else gettext("What was asked for")
    )
    last, a = (f"publication-{publication.number}", asked), publication.variant_a
    if a is None:
        return (_comparison("", (live, last), newest.document, publication.document),)
    first = (f"variant-{publication.number}", gettext("Variant A"))
    against_live = gettext("Variant A, compared with version %(number)s", number=newest.number)
    return (
        _comparison(against_live, (live, first), newest.document, a),
        _comparison(
            gettext("Variant B, compared with variant A"),
            (first, (last[0], gettext("Variant B"))),
            a,
            publication.document,
        ),
    )


def _comparison(
    title: str, states: tuple[tuple[str, str], tuple[str, str]], old: Document, new: Document
) -> Comparison:
    return Comparison(title, states, change_words.groups(document_diff.changes(old, new), old, new))


def asked_message() -> str:
    """What is said to the user who has just asked for approval."""
    people = approvals.approvers(site().id, identity().email)
    return publication_words.asked(people, mail=settings().smtp_url is not None)


def rights(publication: Publication) -> dict[str, bool]:
    """What the user may do with it."""
    by, publishes = identity().email, may("banner.publish")
    return {
        "own": publication_rules.is_own(publication, by),
        "may_decide": publication_rules.may_decide(publication, by, publishes=publishes),
        "may_withdraw": publication_rules.may_withdraw(publication, by),
        "may_cancel": publication_rules.may_cancel(publication, publishes=publishes),
        "nobody": publication.state == "requested"
        and not approvals.approvers(publication.site_id, publication.asked_by),
    }


def faults(publication: Publication, of: Site) -> list[tuple[str, str]]:
    """Why it was not published when it was due: fields with their sentences."""
    if publication.not_permitted:
        return []
    document = publication.document
    return finding_words.errors_said(publication.faults, document, sites.findings(document, of))


def _unfinished(publication: Publication) -> bool:
    """Whether it came to nothing, and nothing was published since but what superseded it."""
    newest = sites.newest(publication.site_id)
    return Standing(
        publication.state,
        publication.asked_by,
        publication.closed_at,
        newest.published_at if newest else None,
    ).came_to_nothing
