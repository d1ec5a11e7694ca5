"""In which values sites differ from their group, or from one that they are to be put into, in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.core.http import settings
from server.sites import inheritance
from server.sites import service as sites
from server.sites.inheritance import GroupDocument, OwnValue
from server.sites.values import Group, Site
from server.studio.draft import change_words
from server.studio.draft.change_words import Group as Section
from server.studio.guard import identity

LISTED = 40
"""Most values of one site in a list of sites; the page of the site's own values has all."""


@dataclass(frozen=True)
class Differences:
    """The values of a site of which the group has others."""

    site: Site
    number: int
    sections: tuple[Section, ...]
    """By page of the editor, from the group's value to the site's; the first `LISTED` of them."""
    editable: bool
    """Whether the reader may edit them."""

    @property
    def left_out(self) -> int:
        """How many are not listed."""
        return self.number - sum(len(section.lines) for section in self.sections)


def of_sites(group: Group, members: Iterable[Site]) -> list[Differences]:
    """What differs on these sites. What only a site has is left out: the group has nothing there."""
    return [_of_site(group, one) for one in members]


def in_words(one: Site, content: GroupDocument, own: Sequence[OwnValue]) -> Differences:
    """Some values of a site of which its group has others.

    :param content: the document of the group, as this site has it
    """
    draft = sites.draft(one.id).document
    changes = [each.change for each in own[:LISTED]]
    shown = change_words.groups(changes, inheritance.inherited(content, draft), draft)
    return Differences(one, len(own), shown, identity().may("banner.edit", one.id))


def _of_site(group: Group, one: Site) -> Differences:
    content = inheritance.for_site(group.document, one.key, public_url=settings().public_url)
    own = inheritance.own_values(content, sites.draft(one.id).document)
    return in_words(one, content, [each for each in own if not each.only_here])
