"""The form for the next experiment: which states of the banner are compared, and what stands against it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import request

from server.core.errors import NotFound
from server.sites import experiments, states
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import BannerState, Pending
from server.studio.draft import editor_links, finding_words
from server.studio.draft.editor_links import EditorLink
from server.studio.editor import finding_list
from server.studio.guard import site
from server.studio.language import gettext
from server.studio.local_times import Groups
from server.studio.publishing import state_names


@dataclass(frozen=True)
class Arm:
    """A variant as it was chosen."""

    state: BannerState
    document: Document
    fault: str = ""
    """Why this is not what was chosen, as the end of a sentence; empty if it is."""

    @property
    def title(self) -> str:
        """What the state is called in a sentence."""
        return state_names.in_sentence(self.state)


@dataclass(frozen=True)
class Chosen:
    """Both variants, and what stands against comparing them."""

    a: Arm
    b: Arm
    against: tuple[tuple[EditorLink, str], ...]
    """Where something is wrong, and what, in words: the first `finding_list.MOST`."""
    left: int
    """How much more is wrong."""
    coming: Pending | None
    """What publishing variant A decides; None if visitors have it already, or it cannot be published."""

    @property
    def faults(self) -> Mapping[str, str]:
        """What is wrong with the choice itself, by field of the form."""
        return {name: arm.fault for name, arm in (("a", self.a), ("b", self.b)) if arm.fault}

    @property
    def has_draft(self) -> bool:
        """Whether saving the draft would change what is compared."""
        return "draft" in (self.a.state.kind, self.b.state.kind)


def chosen(live: int) -> Chosen:
    """The variants that the request names: without a choice, the live version and the draft.

    :param live: the number of the newest version
    """
    a, b = _arm("a", str(live)), _arm("b", states.DRAFT)
    checked = experiments.check(site().id, a.state.name, b.state.name)
    words, first = _Words(a, b), list(checked.faults.items())[: finding_list.MOST]
    against = tuple(words.of(path, str(message)) for path, message in first)
    return Chosen(a, b, against, len(checked.faults) - len(first), checked.coming)


def options(choice: Chosen, live: int) -> Groups:
    """The states to choose from; those that are chosen are there, however old."""
    offered = states.offered(site().id)
    older = {arm.state for arm in (choice.a, choice.b)} - set(offered)
    return state_names.groups([*offered, *older], live=live)


def _arm(field: str, default: str) -> Arm:
    asked = request.values.get(field, "") or default
    try:
        return Arm(*states.find(site().id, asked))
    except NotFound:
        return Arm(
            *states.find(site().id, default), fault=gettext("is not there any more: choose another one")
        )


class _Words:
    """Where the fault of a field is, and what is said of it; what is in the draft leads to its editor."""

    def __init__(self, a: Arm, b: Arm) -> None:
        self._arms = {experiments.A: a, experiments.B: b}
        self._known: dict[str, finding_words.Known] = {}

    def of(self, path: str, message: str) -> tuple[EditorLink, str]:
        variant, _, inside = path.partition(".")
        if variant not in self._arms:
            return self._difference(path, message)
        arm = self._arms[variant]
        if variant not in self._known:
            self._known[variant] = finding_words.known_by(sites.findings(arm.document, site()))
        link = editor_links.link_to(inside, arm.document)
        name = gettext("Variant A") if variant == experiments.A else gettext("Variant B")
        label = f"{name} › {link.label}"
        said = finding_words.said_of(inside, message, arm.document, self._known[variant])
        return _linked(arm, replace(link, label=label)), said

    def _difference(self, path: str, message: str) -> tuple[EditorLink, str]:
        """A fault of both together, which is put right in the draft if one of them is the draft."""
        a, b = self._arms[experiments.A], self._arms[experiments.B]
        arm = a if a.state.kind == "draft" else b
        link = editor_links.link_to(path, arm.document)
        return _linked(arm, link), finding_words.said_of(path, message, arm.document, {})


def _linked(arm: Arm, link: EditorLink) -> EditorLink:
    """The link, if the editor has what it leads to; else what it is called."""
    return link if arm.state.kind == "draft" else replace(link, endpoint="")
