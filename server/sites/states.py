"""The states of a banner that are known: its draft, now and earlier, what was published, and what waits."""

from collections.abc import Collection, Iterable, Iterator
from copy import deepcopy
from typing import Literal

from server.core import parsing
from server.core.errors import NotFound
from server.sites import document, document_diff, draft_history, publications, queries, service
from server.sites.document_types import Document
from server.sites.values import BannerState, Version

DRAFT = "draft"
"""The name of the draft as it is."""

_NUMBERED = (DRAFT, "publication", "variant")
"""What stands before the number of a state that is no version."""

OFFERED = 50
"""Versions to choose from: the newest."""


def find(site_id: str, name: str) -> tuple[BannerState, Document]:
    """The state of this name, and its banner.

    :raises NotFound: `site_unknown`; `version_unknown`: no state has such a name; `revision_unknown` or
        `publication_unknown`: this state of the draft is not kept any more.
    """
    if name == DRAFT:
        now = service.draft(site_id)
        return BannerState("draft", now.revision, now.updated_at, now.updated_by), now.document
    kind, dash, written = name.rpartition("-")
    number = parsing.number(written)
    # A state has one name: `draft-01` and `01` are none.
    if number is None or str(number) != written or kind not in (_NUMBERED if dash else ("",)):
        raise NotFound("there is no such version", reason="version_unknown")
    if kind in ("publication", "variant"):
        return _waiting(site_id, number, variant=kind == "variant")
    if kind:
        saved = draft_history.state(site_id, number)
        return BannerState("saved", number, saved.updated_at, saved.updated_by), saved.document
    found = service.version(site_id, number)
    state = BannerState("version", number, found.published_at, found.published_by)
    return state, deepcopy(found.document)  # versions are frozen


def _waiting(site_id: str, number: int, *, variant: bool) -> tuple[BannerState, Document]:
    """What waits to be published, or has waited; or the variant A of an experiment that does."""
    found = publications.find(site_id, number)
    content = found.variant_a if variant else found.document
    if content is None:
        raise NotFound("there is no such version", reason="version_unknown")
    kind: Literal["publication", "variant"] = "variant" if variant else "publication"
    return BannerState(kind, number, found.asked_at, found.asked_by), content


def offered(site_id: str) -> tuple[BannerState, ...]:
    """The draft, the newest versions, then the earlier states of the draft; the newest of each first.

    :raises NotFound: `site_unknown`.
    """
    now, _ = find(site_id, DRAFT)
    versions = queries.published_states(site_id, limit=OFFERED)
    saves = draft_history.earlier_saves(site_id)
    saved = (BannerState("saved", each.revision, each.updated_at, each.updated_by) for each in saves)
    return now, *versions, *saved


def differences(site_id: str, offered: Iterable[BannerState], live: Version) -> dict[str, int]:
    """Name of a state → how many fields it has that are not as in the version that visitors have.

    Documents of versions and saves never change, so each is compared once in this process.
    """
    found: dict[str, int] = {}
    unknown: list[BannerState] = []
    for state in offered:
        known = _counted.get((site_id, live.number, live.content_hash, state))
        if known is None:
            unknown.append(state)
        else:
            found[state.name] = known
    for state, content in _documents(site_id, unknown):
        count = len(document_diff.changes(live.document, content))
        found[state.name] = _counted[site_id, live.number, live.content_hash, state] = count
    if len(_counted) > _MOST_COUNTED:
        _counted.clear()
    return found


_Compared = tuple[str, int, str, BannerState]

_MOST_COUNTED = 10_000
"""States whose differences are remembered, at most; then all are forgotten."""

_counted: dict[_Compared, int] = {}
"""Site, its live version and that version's hash, and a state → in how many fields they differ."""


def _documents(site_id: str, wanted: Collection[BannerState]) -> Iterator[tuple[BannerState, Document]]:
    """States with their banners, those of one kind in one read."""
    versions = {each.number: each for each in wanted if each.kind == "version"}
    for number, published in queries.published_documents(site_id, versions) if versions else ():
        yield versions[number], published
    saves = {each.number: each for each in wanted if each.kind == "saved"}
    for saved in queries.draft_revisions(site_id, saves) if saves else ():
        yield saves[saved.revision], saved.document
    for each in wanted:
        if each.kind not in ("version", "saved"):
            yield each, find(site_id, each.name)[1]


def load(site_id: str, name: str) -> Document:
    """The banner of the state of this name, validated as of this release.

    :raises Invalid: it is no banner document of this release; `errors` names the fields.
    :raises NotFound: as `find`.
    """
    return document.load(find(site_id, name)[1])
