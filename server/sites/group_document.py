"""The document of a group as a program or a file sends it, checked. Pure.

It is a part of a banner document. So it is checked as one, completed to a whole by what every site begins
with; what it says is then what sites can follow.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from server.core.errors import Invalid
from server.sites import defaults, document, inheritance
from server.sites.document_types import PART_KEY
from server.sites.values import CONSENT_SERVICE, NECESSARY

_NAMES = frozenset(str(place[0]) for places in inheritance.PARTS.values() for place in places)


def checked(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The document of a group that shares the parts that are there, as it is stored.

    Keys of a part that are absent have the values that every site begins with. The service that describes
    the storage of this product is left out: it is each site's own.

    :raises Invalid: it shares nothing, or more than sites can; or `errors` names each field that is wrong,
        e.g. `services.0.name`.
    """
    if unknown := sorted(str(name) for name in sent if name not in _NAMES):
        fault = "is not a part that sites can share"
        raise Invalid("some fields are not as they should be", errors={unknown[0][:200]: fault})
    parts = inheritance.parts_of(sent)
    if not parts and "behaviour" not in sent:
        raise Invalid("some fields are not as they should be", errors={"parts": "are not chosen yet"})
    return inheritance.of_parts(document.load(_whole(sent)), parts)


def _whole(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The same as the document of a site, to which it adds nothing that could be wrong."""
    base: Any = defaults.default_document()
    whole = {**base, **sent}
    texts = sent.get("texts")
    if isinstance(texts, Mapping) and texts:
        whole["default_language"] = next(iter(texts))
    if isinstance(sent.get("behaviour"), Mapping):
        whole["behaviour"] = {**base["behaviour"], **sent["behaviour"]}
    if isinstance(sent.get("services"), list) and not any(map(_is_ours, sent["services"])):
        # Last, so that what is wrong is named by where it was sent.
        whole["services"] = [*sent["services"], *base["services"]]
    if "categories" not in sent:
        whole["categories"] = list(_categories(sent, base["categories"]))
    return whole


def _is_ours(service: Any) -> bool:
    return isinstance(service, Mapping) and service.get("key") == CONSENT_SERVICE


def _categories(sent: Mapping[str, Any], known: list[Any]) -> Iterator[dict[str, Any]]:
    """The categories that what is shared names, which the sites have and the group does not share."""
    services, behaviour = sent.get("services"), sent.get("behaviour")
    mapping = behaviour.get("mapping") if isinstance(behaviour, Mapping) else None
    named: list[object] = [NECESSARY]
    if isinstance(services, list):
        named += [each.get("category") for each in services if isinstance(each, Mapping)]
    if isinstance(mapping, Mapping):
        named += mapping.values()
    keys = dict.fromkeys(each for each in named if isinstance(each, str) and PART_KEY.fullmatch(each))
    for order, key in enumerate(keys):
        yield {**known[-1], "key": key, "order": order}
