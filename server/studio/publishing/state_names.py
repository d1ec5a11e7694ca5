"""What states of a banner are called: the draft, what it was earlier, and versions."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from server.sites.values import BannerState
from server.studio import authors, language, local_times
from server.studio.guard import zone
from server.studio.language import gettext, ngettext
from server.studio.local_times import Groups


def in_sentence(state: BannerState) -> str:
    """As it stands in a sentence: `the draft`, `the draft as saved 28 Nov 2026, 12:03`, `version 3`."""
    if state.kind == "draft":
        return gettext("the draft")
    if state.kind == "saved":
        return gettext("the draft as saved %(when)s", when=_when(state))
    if state.kind == "publication":
        return gettext("publication %(number)s", number=state.number)
    if state.kind == "variant":
        return gettext("variant A of publication %(number)s", number=state.number)
    return gettext("version %(number)s", number=state.number)


def groups(
    offered: Iterable[BannerState], *, live: int | None, differences: Mapping[str, int] = MappingProxyType({})
) -> Groups:
    """Options of a select, each with who made the state and when.

    :param live: the number of the version that is published now
    :param differences: name of a state → how many fields are not as in that version
    """
    groups: dict[str, list[tuple[str, str]]] = {
        gettext("Draft"): [],
        gettext("Versions"): [],
        gettext("Earlier states of the draft"): [],
        gettext("Scheduled or asked for"): [],
    }
    titles = dict(zip(("draft", "version", "saved", "publication"), groups, strict=True))
    titles["variant"] = titles["publication"]
    made = list(offered)
    authors.look_up(state.by for state in made)
    for state in made:
        groups[titles[state.kind]].append((state.name, _option(state, live, differences.get(state.name))))
    return [(title, options) for title, options in groups.items() if options]


def _option(state: BannerState, live: int | None, count: int | None) -> str:
    places = {"when": _when(state), "who": authors.named(state.by)}
    if state.kind == "version" and state.number == live:
        return gettext("Version %(number)s, published now, since %(when)s", number=state.number, **places)
    counted = "" if count is None else f" · {_counted(count)}"
    return _made(state, places) + counted


def _made(state: BannerState, places: Mapping[str, str]) -> str:
    """Who made a state, and when."""
    if state.kind == "draft":
        return gettext("Draft as it is now, saved %(when)s by %(who)s", **places)
    if state.kind == "saved":
        return gettext("Draft saved %(when)s by %(who)s", **places)
    if state.kind == "version":
        return gettext("Version %(number)s, published %(when)s by %(who)s", number=state.number, **places)
    said = in_sentence(state)
    return f"{said[:1].upper()}{said[1:]}, {_when(state)}"


def _counted(differences: int) -> str:
    if not differences:
        return gettext("no difference")
    return ngettext("one difference", "%(num)s differences", differences)


def _when(state: BannerState) -> str:
    return local_times.in_words(state.at.astimezone(zone()), "short minute", language.current())
